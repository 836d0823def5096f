//! Mail: messages sent through a connection's SMTP server, and read from its IMAP server.
//!
//! Reading order: [`settings`] are the operator's limits and `server` is what a connection says of its servers.
//! [`message`] has the values that come in and go out. `stream` leads there, through egress, and encrypts.
//! `compose` makes a message of what a plugin wants to send, or names the field that cannot be sent; `smtp` speaks
//! RFC 5321 and `deliver` is the whole way of a message. `imap` speaks RFC 9051, `fetch` is the whole way of
//! reading, `parse` takes a message apart. [`Mailer`] is all of it for the caller, who has the credential;
//! a [`Postman`] is it, or what takes its place in a rehearsal.
//!
//! Nothing here keeps a connection: one call is one session.

mod compose;
mod deliver;
mod error;
mod fetch;
mod imap;
mod login;
mod mailer;
pub mod message;
mod parse;
mod postman;
mod server;
pub mod settings;
mod smtp;
mod stream;

pub use error::Error;
pub use login::{Login, Proof};
pub use mailer::{Mailer, Way};
pub use postman::{Asked, Carrying, Given, Postman};
pub use settings::Settings;
