//! BigQuery.
