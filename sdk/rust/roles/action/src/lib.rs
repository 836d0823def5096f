//! Actions of the help desk Desk.

mod account;
mod create_ticket;
mod desk;
mod list_tickets;
mod upload_file;

mortise_sdk::export! {
    plugin: desk::plugin,
    check: account::Account,
    actions: [create_ticket::CreateTicket, list_tickets::ListTickets, upload_file::UploadFile],
}
