//! `xml/parse`: records from XML 1.0, of any size.
//!
//! `walk` goes over the document event by event, `element` makes a value of what is inside of a
//! record, and `parse` makes pages of the records. Nothing outside of the document is ever read, and
//! nothing that it declares is expanded.

mod declared;
mod element;
mod parse;
mod path;
mod walk;

use mortise_sdk::Plugin;

pub use parse::Parse;

fn plugin() -> Plugin {
    Plugin::new("mortise/xml", env!("CARGO_PKG_VERSION"), "XML")
        .summary("reads XML, page by page")
        .licence("Apache-2.0")
}

mortise_sdk::export! { plugin: plugin, actions: [Parse] }
