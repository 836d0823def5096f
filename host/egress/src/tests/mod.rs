//! Over real loopback sockets: each test scripts the other side.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod addresses;
mod grants;
mod requests;

mod peer;

mod answers;
mod limits;
mod losses;
mod pooling;
mod reaching;
mod secure;
