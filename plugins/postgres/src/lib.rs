//! A connector for PostgreSQL.

mod database;

mod names;
mod output;
mod rows;
mod values;

mod batch;
mod delete;
mod insert;
mod list_tables;
mod query;
mod query_pages;
mod transaction;
mod transaction_once;
mod update;
mod upsert;

mod new_rows;

pub use database::Account;

mortise_sdk::export! {
    plugin: database::plugin,
    check: Account,
    actions: [
        query::Query,
        query_pages::QueryPages,
        insert::Insert,
        upsert::Upsert,
        update::Update,
        delete::Delete,
        batch::Batch,
        transaction::Transaction,
        transaction_once::TransactionOnce,
        list_tables::ListTables,
    ],
    polling: [new_rows::NewRows],
}
