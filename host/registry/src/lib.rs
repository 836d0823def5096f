//! Plugin artifacts: where the files of plugins come from.
//!
//! So far that is one folder with a file `NAME.wasm` for each plugin. What a file is called is for
//! people: name and version stand in the component.

pub mod folder;

pub use folder::{FolderError, PluginFile, scan};
