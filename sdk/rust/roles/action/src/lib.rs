//! An action of the help desk Desk.

mod account;
mod create_ticket;
mod desk;

mortise_sdk::export! {
    plugin: desk::plugin,
    check: account::Account,
    actions: [create_ticket::CreateTicket],
}
