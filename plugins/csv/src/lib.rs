//! `csv/parse` and `csv/write`: records from and to CSV (RFC 4180), of any size.
//!
//! `rows` finds rows in text, `types` turns fields into values, `parse` makes pages of records of them
//! and `write` goes the other way. Both are actions, because transforms reach no files.

mod dialect;
mod parse;
mod rows;
mod types;
mod write;

use mortise_sdk::Plugin;

pub use parse::Parse;
pub use write::Write;

fn plugin() -> Plugin {
    Plugin::new("mortise/csv", env!("CARGO_PKG_VERSION"), "CSV")
        .summary("reads and writes CSV, page by page")
        .licence("Apache-2.0")
}

mortise_sdk::export! { plugin: plugin, actions: [Parse, Write] }
