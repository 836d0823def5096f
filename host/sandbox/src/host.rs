//! What guests may ask of the host: one file per interface of `wit/imports.wit`, and WASI.

pub(crate) mod connection;
pub(crate) mod context;
pub(crate) mod files;
pub(crate) mod frozen;
pub(crate) mod http;
pub(crate) mod log;
pub(crate) mod mail;
pub(crate) mod multipart;
pub(crate) mod sql;
pub(crate) mod state;
pub(crate) mod wasi;
