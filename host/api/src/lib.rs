//! HTTP: what the outside may ask of a daemon, and how it is answered.
//!
//! Three listeners: **hooks** takes events, **registry** plugins, **admin** everything else. This crate alone knows status
//! codes, and it alone turns what the journal holds into what people read: the command line prints
//! the same views, whether it asks a daemon or opens the store itself.
//!
//! Reading order: [`settings`]; [`listen`] takes connections; [`problem`] is every refusal;
//! [`routes`] says which path belongs to which workflow; [`hooks`] and [`start`] turn requests
//! into events; [`view`] is how runs and workflows are shown, [`query`] reads them from a store;
//! [`connections`] is what has secrets, [`callback`] where people come back to that agreed to one;
//! [`tokens`] is who may ask for what, [`audit`] what they did;
//! [`orders`] is what people decide about runs; [`reload`] puts other manifests in place,
//! [`rollouts`] other versions of plugins beside them; [`admin`] serves all of it; [`registry`] is a listener of its own,
//! and [`standing`] what is decided about what it has.

pub mod admin;
pub mod app;
pub mod audit;
pub mod callback;
pub mod connections;
pub mod hooks;
pub mod listen;
pub mod orders;
pub mod problem;
pub mod query;
pub mod registry;
pub mod reload;
pub mod rollouts;
pub mod routes;
pub mod settings;
pub mod standing;
pub mod start;
pub mod tokens;
pub mod view;

pub use app::App;
pub use settings::Settings;
