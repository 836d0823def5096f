//! Plugin artifacts: where the files of plugins come from, and what has to be true of them.
//!
//! [`folder`] is the simplest source: a file `NAME.wasm` for each plugin. What a file is called is for
//! people: name and version stand in the component. [`gate`] says what a plugin lacks,
//! [`diff`] what another version of it changes.

pub mod diff;
pub mod folder;
pub mod gate;

pub use folder::{FolderError, PluginFile, scan};
