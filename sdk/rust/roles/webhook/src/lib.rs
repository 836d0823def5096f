//! A trigger that the help desk Desk calls.

mod account;
mod desk;
mod ticket_closed;

mortise_sdk::export! {
    plugin: desk::plugin,
    check: account::Account,
    webhooks: [ticket_closed::TicketClosed],
}
