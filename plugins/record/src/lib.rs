//! `record/map`: records by a declared mapping of fields, with exact decimals.
//!
//! A mapping is checked once for each call and then run over every record: `rule` is what a step
//! says, `plan` what that becomes, `tape` a record as it was read, `apply` the writing of the
//! new one. Nothing is copied that is not changed: text and numbers that a mapping only moves leave
//! as they came, digit for digit.

mod apply;
mod convert;
mod evaluate;
mod expression;
mod map;
mod path;
mod plan;
mod rule;
mod tape;

use mortise_sdk::Plugin;
use plugin_fields::number;

pub use map::Map;

fn plugin() -> Plugin {
    Plugin::new("mortise/record", env!("CARGO_PKG_VERSION"), "Record")
        .summary("maps records field by field, with exact decimals")
        .licence("Apache-2.0")
}

mortise_sdk::export! { plugin: plugin, transforms: [Map] }
