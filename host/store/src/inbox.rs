//! What runs are told.

use std::sync::Arc;

use mortise_model::Letter;
use mortise_ports::inbox::{Delivery, Post};
use mortise_ports::journal::Claim;
use mortise_ports::{Inbox, StoreError};

use crate::job::{PostItem, Work};
use crate::letters;
use crate::shared::{answer, answered, blocking};
use crate::store::SledStore;
use crate::sync::lock;

impl Inbox for SledStore {
    async fn send(&self, post: Post) -> Result<Delivery, StoreError> {
        let post = PostItem::new(&post, self.shared.settings.record_max_bytes)?;
        let size_bytes = post.bytes.len();
        let (reply, received) = answer();
        let work = Work::Send(Box::new(post), reply);
        self.shared.submit(size_bytes, || Ok((work, ()))).await?;
        answered(received).await
    }

    async fn letters(
        &self,
        claim: &Claim,
        after: Option<u64>,
    ) -> Result<Vec<(u64, Letter)>, StoreError> {
        {
            let mut claims = lock(&self.shared.claims);
            if !claims.holds(claim) {
                return Err(StoreError::Fenced(claim.run));
            }
            if !claims.letters.wait(claim.run) {
                return Ok(Vec::new());
            }
        }
        let (shared, claim) = (Arc::clone(&self.shared), claim.clone());
        blocking(move || {
            let read = letters::read(&shared.db, (&claim.namespace, claim.run), after)?;
            let letters = read.into_iter();
            Ok(letters
                .map(|(mark, letter)| (mark.number, letter))
                .collect())
        })
        .await
    }

    fn callback_key(&self) -> [u8; 32] {
        self.shared.callback_key
    }
}
