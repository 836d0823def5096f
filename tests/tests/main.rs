//! Everything that is tested from outside, in one binary, so that it is linked once.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod house;

mod common;

mod access;
mod authors;
mod clock;
mod commands;
mod connections;
mod databases;
mod documents;
mod egress;
mod expressions;
mod faults;
mod files;
mod folder;
mod inbound;
mod isolate;
mod loader;
mod mail;
mod namespaces;
mod pressure;
mod registry;
mod registry_client;
mod rollouts;
mod scale;
mod scenarios;
mod templates;
