//! A trigger that asks the help desk Desk for new tickets.

mod account;
mod desk;
mod new_tickets;

mortise_sdk::export! {
    plugin: desk::plugin,
    check: account::Account,
    polling: [new_tickets::NewTickets],
}
