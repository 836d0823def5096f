//! A connector for Slack: messages, files, people and channels through its Web API, and events through its Events API.
//!
//! [`slack`] says what the plugin is, [`call`] asks a method, [`refusal`] says what an error means, and [`pages`] follows
//! cursors. The rest is one file for each operation.

mod call;
mod pages;
mod refusal;
mod slack;

mod account;
mod find_channel;
mod find_user;
mod list_messages;
mod message;
mod post_message;
mod reply_in_thread;
mod update_message;
mod upload_file;

mod event;
mod message_event;
mod reaction_event;

pub use account::Account;

mortise_sdk::export! {
    plugin: slack::plugin,
    check: Account,
    actions: [
        post_message::PostMessage,
        update_message::UpdateMessage,
        reply_in_thread::ReplyInThread,
        upload_file::UploadFile,
        find_user::FindUser,
        find_channel::FindChannel,
        list_messages::ListMessages,
    ],
    webhooks: [message_event::Message, reaction_event::Reaction],
}
