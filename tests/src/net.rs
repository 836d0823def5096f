//! A network of this machine alone, for requests that want to go where they must not: an application, a
//! listener inside that nobody may reach, and the name server that leads to either.

mod application;
mod dns;
mod inside;

pub use application::{Answer, Application, Then};
pub use dns::{NameServer, Zone};
pub use inside::Inside;
