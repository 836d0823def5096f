//! `mortise plugin check`

use std::path::PathBuf;

use clap::Args;
use mortise_ports::Plugins as _;
use mortise_registry::gate::{self, Finding, Level};
use serde::Serialize;

use super::built;
use crate::args::From;
use crate::commands::input;
use crate::exit::{Code, Outcome, Stop};
use crate::settings::Flags;
use crate::{output, wire};

/// The static gate: what every registry asks before it takes a plugin.
#[derive(Args)]
pub struct Check {
    /// A WebAssembly component, or the folder of a plugin that is built
    #[arg(default_value = ".")]
    file: PathBuf,
    #[command(flatten)]
    from: From,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct View<'a> {
    findings: &'a [Finding],
}

/// Prints every finding.
///
/// # Errors
/// `Failed` where one of them is an error.
pub async fn run(check: Check) -> Outcome {
    let settings = check.from.resolve(&Flags::new())?.settings;
    let file = built(&check.file)?;
    let sandbox = wire::idle_sandbox(&settings).await?;
    let findings = match sandbox.load(input::subject(&file)?).await {
        Ok(plugin) => gate::check(&plugin),
        Err(error) => vec![gate::unloadable(&error)],
    };
    if check.json {
        output::json(&View {
            findings: &findings,
        })?;
    } else {
        output::text(&text(&file.display().to_string(), &findings))?;
    }
    if gate::refuses(&findings) {
        return Err(Stop::silent(Code::Failed));
    }
    Ok(())
}

fn text(file: &str, findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let level = level(finding.level);
        let place = match finding.place.as_str() {
            "" => String::new(),
            place => format!(" {place}:"),
        };
        text.push_str(&format!(
            "{level}[{}]:{place} {}\n",
            finding.code, finding.message
        ));
    }
    let count = |level| {
        findings
            .iter()
            .filter(|finding| finding.level == level)
            .count()
    };
    let (errors, advice) = (count(Level::Error), count(Level::Advice));
    text + &format!("{file}: {errors} errors, {advice} pieces of advice\n")
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Advice => "advice",
    }
}
