//! A connector for any plain HTTP application that the tests put up, with each role that a
//! connector may have. It needs no secret.

mod attachment;
mod challenge;
mod generate;
mod job;
mod list;
mod news;
mod order;

use mortise_sdk::Plugin;

fn plugin() -> Plugin {
    Plugin::new("test/feed", env!("CARGO_PKG_VERSION"), "Feed")
        .summary("lists, jobs, files, news and orders of a plain application")
        .licence("Apache-2.0")
        // What it wants in addition, another version of it says at this place.
        .host("feed.example.com")
}

mortise_sdk::export! {
    plugin: plugin,
    actions: [list::List, generate::Generate, job::Job, attachment::Attachment],
    polling: [news::NewsOf],
    webhooks: [order::Order, challenge::Challenge],
}
