//! A connector for mail: sends through an SMTP server, and watches a mailbox on an IMAP server.
//!
//! [`servers`] says what the plugin is and how connections are made. [`send`] is the action, [`new_messages`] the
//! trigger, whose [`cursor`] knows what was seen. [`account`] tries a connection.

mod account;
mod cursor;
mod message;
mod new_messages;
mod send;
mod servers;

pub use account::Account;
pub use servers::Settings;

mortise_sdk::export! {
    plugin: servers::plugin,
    check: Account,
    actions: [send::Send],
    polling: [new_messages::NewMessages],
}
