//! A connector for the help desk Desk.

mod account;
mod create_ticket;
mod desk;
mod list_tickets;
mod new_tickets;
mod ticket_closed;
mod upload_file;

mortise_sdk::export! {
    plugin: desk::plugin,
    check: account::Account,
    actions: [create_ticket::CreateTicket, list_tickets::ListTickets, upload_file::UploadFile],
    polling: [new_tickets::NewTickets],
    webhooks: [ticket_closed::TicketClosed],
}
