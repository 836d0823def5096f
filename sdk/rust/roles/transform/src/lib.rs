//! A transform: contacts in, tidy contacts out.

mod tidy_contact;

use mortise_sdk::Plugin;

fn plugin() -> Plugin {
    Plugin::new("example/sample-plugin", env!("CARGO_PKG_VERSION"), "Tidy")
        .summary("tidies contacts")
        .licence("Apache-2.0")
}

mortise_sdk::export! { plugin: plugin, transforms: [tidy_contact::TidyContact] }
