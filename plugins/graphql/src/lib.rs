//! GraphQL: how a server is asked and what its answers mean, then a document and a list that is walked.

mod answer;
mod graphql;
#[macro_use]
mod document;

mod account;
mod list;
mod query;

pub use account::Account;

mortise_sdk::export! {
    plugin: graphql::plugin,
    check: Account,
    actions: [query::Query, list::List],
}
