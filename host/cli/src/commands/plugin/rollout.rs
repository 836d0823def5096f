//! `mortise plugin rollout` and `mortise plugin rollback`

use clap::Args;
use mortise_api::rollouts::Wanted;
use mortise_registry::diff::Difference;
use serde_json::{Value, json};

use crate::access::Access;
use crate::args::Data;
use crate::commands::differences;
use crate::commands::workflows::diagnostic;
use crate::exit::{Code, Outcome, Stop};
use crate::output::{self, cell, list};
use crate::progress;

/// Has a share of the new runs take a version of a plugin.
#[derive(Args)]
pub struct Rollout {
    /// The plugin with its version, such as `acme/shop@1.2.0`; without it what stands is listed
    #[arg(value_name = "NAME@VERSION", requires = "how")]
    plugin: Option<String>,
    /// So many of a hundred new runs take it: 0 to 100
    #[arg(long, value_name = "PERCENT", group = "how", requires = "plugin", value_parser = clap::value_parser!(u8).range(0..=100))]
    share: Option<u8>,
    /// Say what it would change, and change nothing
    #[arg(long, group = "how", requires = "plugin")]
    dry_run: bool,
    #[command(flatten)]
    data: Data,
}

/// Takes a rollout back.
#[derive(Args)]
pub struct Rollback {
    /// The plugin, such as `acme/shop`
    #[arg(value_name = "NAME")]
    plugin: String,
    #[command(flatten)]
    data: Data,
}

/// Rolls out, or lists what is rolled out.
///
/// # Errors
/// `NotFound` where there is no such version; `NotAllowed` where it asks for more than is granted;
/// `Failed` where the manifests are not valid with it.
pub async fn run(rollout: Rollout) -> Outcome {
    let settings = rollout.data.resolve()?.settings;
    let is_json = rollout.data.json;
    let Some(name) = &rollout.plugin else {
        let access = Access::find(&settings).await?;
        return list_all(&access, is_json).await;
    };
    let (plugin, version) = split(name)?;
    let access = Access::find(&settings).await?;
    let Some(share) = rollout.share else {
        let outlook = access.outlook(plugin, version).await?;
        return match is_json {
            true => output::json(&outlook),
            false => output::text(&said(&outlook)?),
        };
    };
    let wanted = Wanted {
        plugin: plugin.to_owned(),
        version: version.to_owned(),
        share,
    };
    // What is known already is not shown again when only its share changes.
    let outlook = match stands(&access, &wanted).await? {
        true => None,
        false => Some(access.outlook(plugin, version).await?),
    };
    if let (Some(outlook), false) = (&outlook, is_json) {
        output::text(&said(outlook)?)?;
    }
    let mut view = match access.roll_out(&wanted).await? {
        Ok(view) => view,
        Err(diagnostics) => return invalid(name, &diagnostics, is_json),
    };
    if is_json {
        if let Some(found) = outlook.and_then(|outlook| outlook.get("differences").cloned()) {
            view["differences"] = found;
        }
        return output::json(&view);
    }
    let workflows = names(&view);
    output::text(&format!(
        "`{name}` is taken by {share} of 100 new runs of {workflows}; runs under way go on as they began"
    ))
}

/// Takes a rollout back.
///
/// # Errors
/// `NotFound` where no version of the plugin is rolled out.
pub async fn back(rollback: Rollback) -> Outcome {
    let settings = rollback.data.resolve()?.settings;
    let plugin = &rollback.plugin;
    let name = plugin.split('@').next().unwrap_or(plugin);
    let access = Access::find(&settings).await?;
    let done = access.roll_back(name).await?;
    if done.get("comes_back") == Some(&Value::Bool(true)) {
        progress::note(
            "warning: it lies in the folder of plugins still, and no `mortise.lock` pins another version: the \
             next reload takes the newest for all runs. Take the file out of the folder, or pin the version \
             in the manifests",
        );
    }
    if rollback.data.json {
        return output::json(&done);
    }
    let version = cell(&done, &["version"]);
    output::text(&format!(
        "`{name}@{version}` is taken by no new run any more; runs that began with it end on it, and parked \
         ones can be moved with `mortise runs move ID --to VERSION`"
    ))
}

/// The name and the version of `acme/shop@1.2.0`.
fn split(name: &str) -> Outcome<(&str, &str)> {
    let parts = name.split_once('@');
    let parts =
        parts.filter(|(plugin, version)| plugin.matches('/').count() == 1 && !version.is_empty());
    parts.ok_or_else(|| {
        Stop::usage(format!(
            "`{name}` does not name a version of a plugin: write it whole, such as `acme/shop@1.2.0`"
        ))
    })
}

/// Whether this version is rolled out already.
async fn stands(access: &Access, wanted: &Wanted) -> Outcome<bool> {
    let standing = access.rollouts().await?;
    let mut items = list(&standing, "items");
    Ok(items.any(|one| {
        cell(one, &["plugin"]) == wanted.plugin && cell(one, &["version"]) == wanted.version
    }))
}

async fn list_all(access: &Access, is_json: bool) -> Outcome {
    let rollouts = access.rollouts().await?;
    if is_json {
        return output::json(&rollouts);
    }
    let rows: Vec<Vec<String>> = list(&rollouts, "items").map(row).collect();
    let head = [
        "PLUGIN",
        "VERSION",
        "SHARE",
        "SINCE",
        "WORKFLOWS",
        "RUNS",
        "OTHERS",
    ];
    output::table(&head, &rows)
}

fn row(rollout: &Value) -> Vec<String> {
    vec![
        cell(rollout, &["plugin"]),
        cell(rollout, &["version"]),
        format!("{} %", cell(rollout, &["share"])),
        cell(rollout, &["since"]),
        names(rollout),
        cell(rollout, &["runs", "candidate"]),
        cell(rollout, &["runs", "base"]),
    ]
}

fn names(rollout: &Value) -> String {
    let names: Vec<String> = list(rollout, "workflows")
        .map(|one| cell(one, &["workflow"]))
        .collect();
    match names.is_empty() {
        true => "no workflow".to_owned(),
        false => names.join(", "),
    }
}

/// What a version would change, in words.
fn said(outlook: &Value) -> Outcome<String> {
    let texts = |member: &str| -> String {
        let texts: Vec<String> = list(outlook, member).map(|one| cell(one, &[])).collect();
        texts.join(", ")
    };
    let found = outlook.get("differences").cloned().unwrap_or_default();
    let found: Vec<Difference> = serde_json::from_value(found).map_err(Stop::defect)?;
    let (plugin, version) = (cell(outlook, &["plugin"]), cell(outlook, &["version"]));
    Ok(format!(
        "{plugin} {} -> {version}, used by {}\n{}",
        texts("from"),
        texts("workflows"),
        differences::text(&found)
    ))
}

fn invalid(name: &str, diagnostics: &[Value], is_json: bool) -> Outcome {
    if is_json {
        output::json(&json!({ "diagnostics": diagnostics }))?;
    } else {
        let lines: Vec<String> = diagnostics.iter().map(diagnostic).collect();
        output::text(&lines.join("\n"))?;
    }
    Err(Stop::new(
        Code::Failed,
        format!("the manifests are not valid with `{name}`, so no run takes it"),
    ))
}
