//! Databases: what a plugin asks of `mortise:plugin/sql` is carried out here.
//!
//! [`Databases::transact`] takes statements of one [`At`], a connection with its credential and its
//! reach, and carries them out in one transaction or not at all. Whatever the database is, a [`pool`]
//! keeps a few connections to it, sockets come from `mortise_egress::Client::dial` alone, and what comes
//! back is bounded in rows, bytes and time. [`dialect`] says which database an origin is of; each has a
//! folder of its own.
//!
//! An [`Error`] is honest about what became of the statements: [`Error::sent`] is false only where none
//! of them left, and a SQLSTATE stands where it is certain that nothing was kept.

mod settings;
mod statement;

mod access;
mod error;
mod tls;

mod dialect;
mod meter;
mod pool;
mod postgres;

mod databases;

pub use access::{Access, AccessError, Credentials};
pub use databases::{At, Databases, Transacting, Transactor};
pub use dialect::Dialect;
pub use error::Error;
pub use settings::Settings;
pub use statement::{Rows, Statement, Value};
