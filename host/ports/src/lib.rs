//! What the engine needs from the world, in its own terms: the traits that a store and a sandbox
//! implement, and the conformance suite that every store passes.
//!
//! The traits speak of runs, claims and plans, never of keys and ranges. Whatever changes a run
//! is fenced by a claim, so that an implementation shared by many nodes fits without bending.
//! Times come in as values.
//!
//! Reading order: [`journal`] keeps runs; [`inbox`] what they are told; [`payloads`] what is too
//! large for a journal, and [`files`] what is no JSON; [`logs`] what plugins say; [`runs`] is the reading side; [`triggers`] and
//! [`catalog`] are what starts and describes runs; [`gates`] what is known of applications;
//! [`secrets`] what opens them, sealed; [`tokens`] who may ask for what, and [`audit`] what they did;
//! [`uploads`] and [`artifacts`] are the registry; [`plugins`] does the work. [`conformance`] holds them to their word, and
//! [`memory`] is the model that keeps it.

pub mod artifacts;
pub mod audit;
pub mod catalog;
pub mod conformance;
pub mod error;
pub mod files;
pub mod gates;
pub mod inbox;
pub mod journal;
pub mod logs;
pub mod memory;
pub mod payloads;
pub mod plugins;
pub mod runs;
pub mod secrets;
pub mod tokens;
pub mod triggers;
pub mod uploads;

pub use artifacts::Artifacts;
pub use audit::Audit;
pub use catalog::Catalog;
pub use error::StoreError;
pub use files::Files;
pub use gates::Gates;
pub use inbox::Inbox;
pub use journal::Journal;
pub use logs::Logs;
pub use payloads::Payloads;
pub use plugins::Plugins;
pub use runs::Runs;
pub use secrets::Secrets;
pub use tokens::Tokens;
pub use triggers::Triggers;
pub use uploads::Uploads;

/// Everything that keeps: one value implements all of it.
pub trait Store:
    Journal
    + Inbox
    + Payloads
    + Files
    + Logs
    + Runs
    + Triggers
    + Gates
    + Secrets
    + Tokens
    + Audit
    + Catalog
    + Uploads
    + Artifacts
{
}

impl<T> Store for T where
    T: Journal
        + Inbox
        + Payloads
        + Files
        + Logs
        + Runs
        + Triggers
        + Gates
        + Secrets
        + Tokens
        + Audit
        + Catalog
        + Uploads
        + Artifacts
{
}
