//! OpenAI: its ways, its errors and what a step may spend first, then a question to a model and its
//! answer, then what is done with them.

mod budget;
mod openai;
mod refusal;

mod completion;
#[macro_use]
mod input;
mod message;
mod structured;

mod account;
mod chat;
mod classify;
mod embed;
mod extract;

pub use account::Account;

mortise_sdk::export! {
    plugin: openai::plugin,
    check: Account,
    actions: [chat::Chat, extract::Extract, classify::Classify, embed::Embed],
}
