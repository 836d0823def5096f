//! `http/request`: one HTTP request to an address that the operator granted.
//!
//! It declares no hosts of its own: a step reaches what the manifest's `grants` name, or the origins
//! of the connection that it names.

mod request;

use mortise_sdk::Plugin;

pub use request::Request;

fn plugin() -> Plugin {
    Plugin::new("mortise/http", env!("CARGO_PKG_VERSION"), "HTTP")
        .summary("sends HTTP requests to granted addresses")
        .licence("Apache-2.0")
}

mortise_sdk::export! { plugin: plugin, actions: [Request] }
