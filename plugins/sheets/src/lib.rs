//! Google Sheets, by its API v4.
//!
//! `sheets` is how it is asked, `a1` how places are written, `header` how columns get names, and
//! `table` a sheet with a header; the rest are the operations.

mod a1;
mod header;
mod sheets;
mod table;
mod values;

pub mod account;
mod append_rows;
mod clear;
mod create_sheet;
mod create_spreadsheet;
mod find_row;
mod list_rows;
mod list_sheets;
mod new_rows;
mod read_range;
mod update_range;
mod upsert_row;

mortise_sdk::export! {
    plugin: sheets::plugin,
    check: account::Account,
    actions: [
        read_range::ReadRange,
        list_rows::ListRows,
        find_row::FindRow,
        append_rows::AppendRows,
        upsert_row::UpsertRow,
        update_range::UpdateRange,
        clear::Clear,
        list_sheets::ListSheets,
        create_sheet::CreateSheet,
        create_spreadsheet::CreateSpreadsheet,
    ],
    polling: [new_rows::NewRows],
}
