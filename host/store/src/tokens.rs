//! Tokens, each with its entry in the audit log.

use std::sync::Arc;

use mortise_model::id::TokenId;
use mortise_ports::audit::Deed;
use mortise_ports::tokens::Token;
use mortise_ports::{StoreError, Tokens};

use crate::audit;
use crate::keys;
use crate::record;
use crate::shared::blocking;
use crate::store::SledStore;

impl Tokens for SledStore {
    async fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        let shared = Arc::clone(&self.shared);
        blocking(move || {
            let all = keys::all_tokens();
            let tokens = record::scan::<Token>(&shared.db, &all);
            tokens.map(|found| found.map(|(_, token)| token)).collect()
        })
        .await
    }

    async fn keep_token(&self, token: Token, deed: Deed) -> Result<(), StoreError> {
        let bytes = record::encode(&token, self.shared.settings.record_max_bytes)?;
        let kept = vec![(keys::token(&token.id), bytes)];
        audit::add(&self.shared, deed, kept).await.map(drop)
    }

    async fn remove_token(&self, token: &TokenId, deed: Deed) -> Result<(), StoreError> {
        let gone = vec![(keys::token(token), Vec::new())];
        audit::add(&self.shared, deed, gone).await.map(drop)
    }
}
