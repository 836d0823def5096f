//! The only way out of the host.
//!
//! A [`Request`] is made from what a plugin asked for, a [`Reach`] says what the place that it is
//! made from may reach, and [`Client::send`] gives the answer or says honestly what became of the
//! request: refused, not sent, or sent and not answered.
//!
//! On the way the URL is checked against the reach, the name is resolved, **every address is checked
//! before it is connected to**, and every phase has a limit with a name. Redirects are never
//! followed and the environment's proxies are never asked: either would lead past these checks.
//! Nothing here knows a secret by itself: credentials come in as headers that the caller added.
//!
//! Connections are pooled and driven by the task that waits for the answer, so a request costs no
//! task, no channel between threads and one timer.

mod settings;

mod address;
mod grant;
mod peer;
mod request;

mod error;

mod connect;
mod link;
mod nameservers;
mod pool;
mod resolve;
mod watch;
mod wire;

mod client;

#[cfg(test)]
mod tests;

pub use address::AddressClass;
pub use client::{Client, Response};
pub use error::{Cause, Denied, Error, MessagePart, Part, SetupError};
pub use grant::{GrantError, Place, Reach};
pub use nameservers::NameServers;
pub use peer::Peer;
pub use request::{Invalid, Request, Timeouts};
pub use resolve::{Lookup, Resolve, SystemResolver};
pub use settings::Settings;
