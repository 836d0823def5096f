//! A plugin that does what plugins should not do: the input says which. The sandbox's tests hold
//! what comes of it.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod act;
mod hook;
mod leaf;
mod nag;
mod raid;
mod raw;
mod twist;

use mortise_sdk::Plugin;

fn plugin() -> Plugin {
    Plugin::new("mortise/hostile", env!("CARGO_PKG_VERSION"), "Hostile")
}

mortise_sdk::export! {
    plugin: plugin,
    actions: [act::Act, leaf::Leaf, raid::Raid],
    polling: [nag::Nag],
    webhooks: [hook::Hook, hook::Reply, hook::Proof],
    transforms: [twist::Twist],
}
