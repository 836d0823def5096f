//! Connections: what a step may use of an application, under a name.
//!
//! A connection has settings that anybody may read, origins that are fixed when it is made, and
//! secrets, which no plugin, log, page or command gets to see. They lie sealed in the store, under
//! a key that comes from outside of the data folder; opened they are in this process alone, and leave
//! it only in requests to the connection's origins, after every check of those.
//!
//! Reading order: [`key`] and `seal` are how secrets lie at rest, [`record`] is what is kept of a
//! connection, [`vault`] makes, rotates and opens them. [`scheme`] is what a plugin declares;
//! [`credential`] puts secrets into requests by its [`template`]s, signs with them ([`sign`], `sigv4`, `oauth1`),
//! knows the senders of webhooks by them ([`signature`]), and takes them out of what others see
//! ([`scrub`]). What applications give for secrets are [`tokens`]: [`obtain`] gets them, in the words of
//! [`oauth2`] or of a login (`session`). [`connections`] is what calls use.

pub mod connections;
pub mod credential;
pub mod key;
mod oauth1;
pub mod oauth2;
pub mod obtain;
pub mod record;
pub mod scheme;
pub mod scrub;
mod seal;
mod session;
pub mod sign;
pub mod signature;
mod sigv4;
pub mod template;
pub mod tokens;
pub mod vault;

pub use connections::{Connection, Connections, RenewError};
pub use credential::Credential;
pub use key::{KeyError, MasterKey};
pub use record::{NewSecret, View};
pub use scheme::{Algorithm, Scheme};
pub use vault::{NewConnection, Vault, VaultError};
