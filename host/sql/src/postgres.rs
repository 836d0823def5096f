//! PostgreSQL: its protocol by tokio-postgres, over sockets of egress.

mod bind;
mod failure;
mod link;
mod open;
mod read;
mod time;
mod transact;
mod words;

pub(crate) use link::Link;
