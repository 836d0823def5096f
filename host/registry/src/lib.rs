//! Plugin artifacts: where the files of plugins come from, where they go, and what has to be true of them.
//!
//! [`folder`] is one that has a file `NAME.wasm` for each plugin; what a file is called is for
//! people: name and version stand in the component. [`gate`] says what a plugin lacks, [`diff`] what another
//! version of it changes. [`artifact`] is how a plugin lies in a registry, [`signature`] who vouches for it, and
//! [`client`] talks to a registry. [`oci`] is how ours is spoken to, and [`admission`] what stands before and behind it.

pub mod admission;
pub mod artifact;
pub mod client;
pub mod diff;
pub mod folder;
pub mod gate;
pub mod oci;
pub mod signature;

pub use folder::{FolderError, PluginFile, scan};
