//! `list/dedupe`, `list/join`, `list/aggregate`, `list/sort`, `list/chunk`: what needs all records at once.
//!
//! `all` is how such an operation is called and what it may cost, `scalar` is what values are
//! compared by. Records pass through as they are written; arithmetic is exact.

mod aggregate;
mod all;
mod chunk;
mod dedupe;
mod join;
mod scalar;
mod sort;

use mortise_sdk::Plugin;

use all::All;

/// `list/dedupe`
pub type Dedupe = All<dedupe::Dedupe>;
/// `list/join`
pub type Join = All<join::Join>;
/// `list/aggregate`
pub type Aggregate = All<aggregate::Aggregate>;
/// `list/sort`
pub type Sort = All<sort::Sort>;
/// `list/chunk`
pub type Chunk = All<chunk::Chunk>;

fn plugin() -> Plugin {
    Plugin::new("mortise/list", env!("CARGO_PKG_VERSION"), "List")
        .summary("joins, groups, sorts and dedupes lists of records")
        .licence("Apache-2.0")
}

mortise_sdk::export! { plugin: plugin, transforms: [Dedupe, Join, Aggregate, Sort, Chunk] }

#[cfg(test)]
mod tests;
