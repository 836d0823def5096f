//! `mortise plugin`, a file for each command.

mod approve;
mod build;
mod call;
mod check;
mod dev;
mod diff;
mod inspect;
mod keygen;
mod keys;
mod new;
mod pull;
mod push;
mod remote;
mod rollout;
mod search;
mod sign;
mod standing;
mod subject;
mod test;
mod verify;
mod yank;

use std::path::{Path, PathBuf};

use clap::Subcommand;

use crate::exit::{Outcome, Stop};

/// Commands about plugins.
#[derive(Subcommand)]
pub enum Plugin {
    /// Begin a plugin: a folder that builds, in one of six languages
    #[command(
        after_help = "Examples:\n  mortise plugin new crm --lang python --role connector\n  mortise plugin new tidy --lang rust --role transform --namespace acme"
    )]
    New(new::New),
    /// Make the component of a plugin's folder, with the tools of its language
    #[command(after_help = "Example:\n  mortise plugin build crm --out plugins/crm.wasm")]
    Build(build::Build),
    /// Build and test whenever a file changes
    Dev(dev::Dev),
    /// Call one operation once, in the sandbox
    #[command(
        after_help = "Examples:\n  mortise plugin run find --input find.json --host api.example.com\n  mortise plugin run tidy --plugin dist/tidy.wasm --records contacts.json"
    )]
    Run(call::Called),
    /// Look into a plugin's file: what it is, what it does, what it wants
    Inspect(inspect::Inspect),
    /// Say what a plugin lacks, without calling it: contract, descriptor, schemas, examples, credentials
    #[command(after_help = "Example:\n  mortise plugin check dist/crm.wasm --json")]
    Check(check::Check),
    /// Play a plugin against the application that its tests describe, and hold it against the specification
    #[command(
        after_help = "Examples:\n  mortise plugin test\n  mortise plugin test dist/crm.wasm --tests tests --junit report.xml"
    )]
    Test(test::Test),
    /// Say what another version breaks, asks for and adds
    #[command(after_help = "Example:\n  mortise plugin diff crm-1.0.0.wasm crm-1.1.0.wasm")]
    Diff(diff::Diff),
    /// Have a share of the new runs take a version, or list what is rolled out
    #[command(
        visible_alias = "rollouts",
        after_help = "Examples:\n  mortise plugin rollout acme/shop@1.2.0 --dry-run --data data\n  mortise plugin rollout acme/shop@1.2.0 --share 10 --data data\n  mortise plugin rollout --data data\n\nThe version is looked for in the folder of plugins of the daemon, which needs no restart. Another `--share`\nchanges it; `mortise plugin rollback` takes it back; `mortise lock --upgrade` and `mortise workflows reload`\nfinish it."
    )]
    Rollout(rollout::Rollout),
    /// Have new runs take none of a rollout any more; runs under way end on what they have
    #[command(after_help = "Example:\n  mortise plugin rollback acme/shop --data data")]
    Rollback(rollout::Rollback),
    /// Put a plugin into a registry
    Push(push::Push),
    /// Take a plugin from a registry, if somebody whom you trust has signed it
    Pull(pull::Pull),
    /// List the plugins of a registry
    Search(search::Search),
    /// Let the daemon run a version of its registry
    Approve(approve::Approve),
    /// Offer a version of the daemon's registry to nobody any more
    Yank(yank::Yank),
    /// Sign a plugin, in a registry or in a file
    Sign(sign::Sign),
    /// Check who signed a plugin, in a registry or in a file
    Verify(verify::Verify),
    /// Make a pair of keys to sign plugins with
    Keygen(keygen::Keygen),
}

/// Does what was asked about plugins.
///
/// # Errors
/// Why it was not done.
pub async fn run(plugin: Plugin) -> Outcome {
    match plugin {
        Plugin::New(new) => new::run(new),
        Plugin::Build(build) => build::run(build).await,
        Plugin::Dev(dev) => dev::run(dev).await,
        Plugin::Run(call) => call::run(call).await,
        Plugin::Diff(diff) => diff::run(diff).await,
        Plugin::Rollout(rollout) => rollout::run(rollout).await,
        Plugin::Rollback(rollback) => rollout::back(rollback).await,
        Plugin::Push(push) => push::run(push).await,
        Plugin::Pull(pull) => pull::run(pull).await,
        Plugin::Search(search) => search::run(search).await,
        Plugin::Approve(approve) => approve::run(approve).await,
        Plugin::Yank(yank) => yank::run(yank).await,
        Plugin::Sign(sign) => sign::run(sign).await,
        Plugin::Verify(verify) => verify::run(verify).await,
        Plugin::Keygen(keygen) => keygen::run(&keygen),
        Plugin::Inspect(inspect) => inspect::run(inspect).await,
        Plugin::Check(check) => check::run(check).await,
        Plugin::Test(test) => test::run(test).await,
    }
}

/// The component that is meant: a file itself, or the one in `dist` of a plugin's folder.
///
/// # Errors
/// Where a folder has none, or several.
fn built(path: &Path) -> Outcome<PathBuf> {
    if !path.is_dir() {
        return Ok(path.to_owned());
    }
    let dist = path.join("dist");
    let files = mortise_registry::scan(&dist).unwrap_or_default();
    let shown = dist.display();
    match files.as_slice() {
        [file] => Ok(file.path.clone()),
        [] => Err(Stop::not_found(format!(
            "there is no component in `{shown}`: build it with `mortise plugin build`"
        ))),
        _ => Err(Stop::usage(format!(
            "there are several components in `{shown}`: name the one that is meant"
        ))),
    }
}
