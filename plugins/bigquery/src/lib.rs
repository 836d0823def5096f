//! BigQuery, by its API v2.
//!
//! `bigquery` is how it is asked, `jobs` the work that it does in its own time, `schema` and `rows`
//! what tables hold, and `parameters` what a query is given; the rest are the operations.

mod bigquery;
mod jobs;
mod parameters;
mod rows;
mod schema;
mod statement;

pub mod account;
mod create_table;
mod execute;
mod insert_rows;
mod list_datasets;
mod list_rows;
mod list_tables;
mod load_json;
mod query;

mortise_sdk::export! {
    plugin: bigquery::plugin,
    check: account::Account,
    actions: [
        query::Query,
        execute::Execute,
        insert_rows::InsertRows,
        load_json::LoadJson,
        create_table::CreateTable,
        list_datasets::ListDatasets,
        list_tables::ListTables,
        list_rows::ListRows,
    ],
}
