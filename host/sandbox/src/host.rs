//! What guests may ask of the host: one file per interface of `wit/imports.wit`, WASI, and the
//! way that requests of either take.

pub(crate) mod connection;
pub(crate) mod context;
pub(crate) mod database;
pub(crate) mod direct;
pub(crate) mod files;
pub(crate) mod frozen;
pub(crate) mod http;
pub(crate) mod log;
pub(crate) mod mail;
pub(crate) mod mailbox;
pub(crate) mod multipart;
pub(crate) mod post;
pub(crate) mod sql;
pub(crate) mod state;
pub(crate) mod wasi;
pub(crate) mod wasi_http;
pub(crate) mod way;
