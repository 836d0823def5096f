//! `text/template`: texts made of records by templates in the language of Jinja.
//!
//! A template sees its record and nothing else: no files, no clock, no other templates. What it may
//! do is counted, and what a record lacks is a failure instead of a hole in a letter.

mod template;

use mortise_sdk::Plugin;

pub use template::Template;

fn plugin() -> Plugin {
    Plugin::new("mortise/text", env!("CARGO_PKG_VERSION"), "Text")
        .summary("makes texts of records by templates")
        .licence("Apache-2.0")
}

mortise_sdk::export! { plugin: plugin, transforms: [Template] }
