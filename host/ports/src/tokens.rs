//! Tokens of the admin listener: what is kept of them, which opens nothing.

use std::future::Future;

use mortise_model::Timestamp;
use mortise_model::id::{Digest, Namespace, TokenId};
use serde::{Deserialize, Serialize};

use crate::audit::Deed;
use crate::error::StoreError;

/// Keeps tokens.
pub trait Tokens: Send + Sync + 'static {
    /// All tokens, by id, which is by age.
    ///
    /// # Errors
    /// Where they cannot be read.
    fn tokens(&self) -> impl Future<Output = Result<Vec<Token>, StoreError>> + Send;

    /// Keeps a token and adds the deed to the audit log, both or neither. Durable when it returns.
    ///
    /// # Errors
    /// `Full` or `Failed`; nothing was kept then.
    fn keep_token(
        &self,
        token: Token,
        deed: Deed,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Removes a token and adds the deed to the audit log, both or neither. Durable when it returns.
    ///
    /// # Errors
    /// `Full` or `Failed`; nothing has changed then.
    fn remove_token(
        &self,
        token: &TokenId,
        deed: Deed,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// A token without what opens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Its name.
    pub id: TokenId,
    /// The sha256 of its text. The text is 256 random bits, so nobody finds it by trying.
    pub digest: Digest,
    /// What it may.
    pub scopes: Vec<Scope>,
    /// The only namespace that it may see; none means all of them.
    pub namespace: Option<Namespace>,
    /// What it is for, as whoever made it says.
    pub note: String,
    /// Who made it.
    pub by: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// What a token may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Look at everything but tokens and the audit log.
    Read,
    /// Start runs and decide about them.
    Run,
    /// Change what is active: reload, pause, resume, move.
    Deploy,
    /// Make connections, try, rotate and remove them.
    Secrets,
    /// Take plugins from the registry.
    #[serde(rename = "registry:pull")]
    RegistryPull,
    /// Bring plugins to the registry, yank and remove them; and take them.
    #[serde(rename = "registry:push")]
    RegistryPush,
    /// All of it, and tokens and the audit log.
    Admin,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Read,
        Self::Run,
        Self::Deploy,
        Self::Secrets,
        Self::RegistryPull,
        Self::RegistryPush,
        Self::Admin,
    ];

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Run => "run",
            Self::Deploy => "deploy",
            Self::Secrets => "secrets",
            Self::RegistryPull => "registry:pull",
            Self::RegistryPush => "registry:push",
            Self::Admin => "admin",
        }
    }

    /// The scope of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.word() == word)
    }
}
