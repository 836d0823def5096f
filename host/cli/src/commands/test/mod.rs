//! `mortise test`

mod judge;
mod mocks;
mod play;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use clap::Args;
use mortise_manifest::cases::{Case, Suite};
use mortise_model::Plan;
use mortise_sandbox::Sandbox;
use serde::Serialize;
use serde_json::json;

use crate::args::{From, folders};
use crate::exit::{Code, Outcome, Stop};
use crate::manifests::{Manifests, report};
use crate::{output, progress, wire};

/// Runs the tests of manifests.
#[derive(Args)]
#[command(
    after_help = "Example:\n  mortise test workflows/*.yaml --plugins plugins\n\nTransforms and expressions are real; what reaches an application is played by the `mock` of the\ncase, and time is virtual: a wait of two days takes no time. Nothing leaves this machine."
)]
pub struct Test {
    /// Manifests
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Folder of the plugins, a file NAME.wasm each [env: MORTISE_PLUGINS]
    #[arg(long, value_name = "DIR")]
    plugins: Option<PathBuf>,
    /// Only cases whose name has this text in it
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    #[command(flatten)]
    from: From,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What came of a case.
#[derive(Serialize)]
struct Verdict {
    file: String,
    name: String,
    line: u32,
    ok: bool,
    duration_ms: u64,
    /// Everything that is not as the case expects.
    differences: Vec<String>,
}

/// Runs every case and says what is not as expected.
///
/// # Errors
/// `Failed` where a case fails or a manifest has errors.
pub async fn run(test: Test) -> Outcome {
    let settings = test
        .from
        .resolve(&folders(&[("plugins", &test.plugins)]))?
        .settings;
    let manifests = Manifests::of_files(&test.files)?;
    let sandbox = wire::idle_sandbox(&settings).await?;
    let loaded = wire::load_plugins(&sandbox, &settings).await?.all();
    let mut verdicts = Vec::new();
    for folder in &manifests {
        let suites = folder.suites(&loaded);
        report(&suites.diagnostics)?;
        let plans: Vec<Plan> = suites.suites.iter().map(|s| s.plan.clone()).collect();
        for suite in &suites.suites {
            let cases = suite.cases.iter().filter(|case| wanted(&test, case));
            for case in cases {
                verdicts.push(verdict(&sandbox, &plans, suite, case).await?);
            }
        }
    }
    print(&test, &verdicts)?;
    if verdicts.iter().any(|verdict| !verdict.ok) {
        return Err(Stop::silent(Code::Failed));
    }
    Ok(())
}

fn wanted(test: &Test, case: &Case) -> bool {
    test.only
        .as_ref()
        .is_none_or(|text| case.name.contains(text.as_str()))
}

async fn verdict(
    sandbox: &Arc<Sandbox>,
    plans: &[Plan],
    suite: &Suite,
    case: &Case,
) -> Outcome<Verdict> {
    #[allow(
        clippy::disallowed_methods,
        reason = "how long a case took, for a person; the case itself sees virtual time"
    )]
    let since = Instant::now();
    let stage = play::Stage::new(Arc::clone(sandbox), plans, suite, case)?;
    let played = stage.play().await?;
    let differences = judge::differences(case, &played);
    Ok(Verdict {
        file: suite.file.clone(),
        name: case.name.clone(),
        line: case.line,
        ok: differences.is_empty(),
        duration_ms: u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX),
        differences,
    })
}

fn print(test: &Test, verdicts: &[Verdict]) -> Outcome {
    let failed = verdicts.iter().filter(|verdict| !verdict.ok).count();
    if test.json {
        return output::json(&json!({
            "cases": verdicts,
            "passed": verdicts.len() - failed,
            "failed": failed,
        }));
    }
    let mut lines = Vec::new();
    for verdict in verdicts {
        let word = if verdict.ok { "ok    " } else { "FAILED" };
        lines.push(format!(
            "{word} {}:{} {} ({} ms)",
            verdict.file, verdict.line, verdict.name, verdict.duration_ms
        ));
        lines.extend(
            verdict
                .differences
                .iter()
                .map(|text| format!("       {text}")),
        );
    }
    lines.push(format!(
        "{} passed, {failed} failed",
        verdicts.len() - failed
    ));
    if verdicts.is_empty() {
        progress::note("there are no cases: write them under `tests` in the manifest");
    }
    output::text(&lines.join("\n"))
}
