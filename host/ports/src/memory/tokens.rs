//! Tokens and the audit log, in memory.

use mortise_model::id::TokenId;

use super::{MemoryStore, State, Write};
use crate::audit::{Audit, AuditEntry, AuditHead, Deed};
use crate::error::StoreError;
use crate::tokens::{Token, Tokens};

impl Tokens for MemoryStore {
    async fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        Ok(self.state().tokens.values().cloned().collect())
    }

    async fn keep_token(&self, token: Token, deed: Deed) -> Result<(), StoreError> {
        self.state().write(Write::Other, |state| {
            state.tokens.insert(token.id.clone(), token);
            state.audit(deed);
        })
    }

    async fn remove_token(&self, token: &TokenId, deed: Deed) -> Result<(), StoreError> {
        self.state().write(Write::Other, |state| {
            state.tokens.remove(token);
            state.audit(deed);
        })
    }
}

impl Audit for MemoryStore {
    async fn audit(&self, deed: Deed) -> Result<AuditEntry, StoreError> {
        self.state().write(Write::Other, |state| state.audit(deed))
    }

    async fn audited(&self, after: u64, limit: usize) -> Result<Vec<AuditEntry>, StoreError> {
        let state = self.state();
        let behind = state.audited.iter().filter(|entry| entry.number > after);
        Ok(behind.take(limit).cloned().collect())
    }

    async fn audit_head(&self) -> Result<Option<AuditHead>, StoreError> {
        Ok(self.state().audited.last().map(AuditEntry::head))
    }
}

impl State {
    pub(super) fn audit(&mut self, deed: Deed) -> AuditEntry {
        let entry = deed.after(self.audited.last().map(AuditEntry::head));
        self.audited.push(entry.clone());
        entry
    }
}
