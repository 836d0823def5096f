//! `jq/map`, `jq/filter`, `jq/fold`: programs in jq, run by jaq over records.
//!
//! The host runs this same component, kept warm, for the expressions of a manifest. Programs see
//! nothing but their input: no time, no environment, no other inputs. Numbers that a program only
//! passes on keep every digit; its arithmetic is that of jq, in floating point.

mod operations;
mod prelude;
mod program;
mod write;

use mortise_sdk::Plugin;

pub use operations::{Filter, Fold, Map};

fn plugin() -> Plugin {
    Plugin::new("mortise/jq", env!("CARGO_PKG_VERSION"), "jq")
        .summary("transforms records with programs in jq")
        .licence("Apache-2.0")
}

mortise_sdk::export! { plugin: plugin, transforms: [Map, Filter, Fold] }
