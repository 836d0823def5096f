//! What the OCI distribution and image specifications say, as far as it is about texts: names, paths,
//! ranges and manifests. Nothing here reads, writes or serves.
//!
//! [`name`] says what things may be called; [`path`] which endpoint a path is, [`range`] which bytes
//! are meant; [`manifest`] reads manifests, and [`kind`] says what they describe.

pub mod kind;
pub mod manifest;
pub mod name;
pub mod path;
pub mod range;

pub use kind::Kind;
pub use manifest::Manifest;
pub use name::Reference;
pub use path::Endpoint;
