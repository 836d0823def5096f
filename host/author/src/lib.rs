//! What the authors of plugins need, in one binary: new plugins, and components made of them.
//!
//! [`embedded`] holds the SDKs and the contract. [`NewPlugin`] makes a folder of them that builds. [`build()`]
//! calls the tool of the folder's [`Language`], and makes a component of what it gave; [`finish`] writes down
//! in it what it is made of. [`template`] has integrations to begin with. Nothing here loads or calls a plugin.

pub mod build;
mod component;
pub mod embedded;
mod finish;
mod language;
mod new;
pub mod template;
mod world;

pub use build::{BuildError, Built, Package, build};
pub use finish::{Facts, finish};
pub use language::{Language, Role};
pub use new::{NewError, NewPlugin};
