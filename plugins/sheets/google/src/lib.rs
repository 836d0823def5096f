//! What the connectors of Google have in common: how a connection proves who it is, and what the
//! errors of Google's APIs mean.

mod authentication;
mod refusal;

pub use authentication::{TOKEN_HOST, TOKEN_ORIGIN, consent, service_account, token_url};
pub use refusal::{Refusal, ask, moved};
