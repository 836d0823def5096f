//! `mortise test`

mod judge;
mod mocks;
mod play;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use clap::Args;
use mortise_manifest::Diagnostic;
use mortise_manifest::cases::{Case, Suite, Suites};
use mortise_model::Plan;
use mortise_sandbox::Sandbox;
use serde::Serialize;
use serde_json::json;

use crate::args::{From, folders};
use crate::exit::{Code, Outcome, Stop};
use crate::manifests::{Manifests, has_errors, report};
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
    /// Only cases whose name has this text in it; that there is none is wrong usage
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
/// `Failed` where a case fails or a manifest has errors, `Usage` where no case is wanted.
pub async fn run(test: Test) -> Outcome {
    let settings = test
        .from
        .resolve(&folders(&[("plugins", &test.plugins)]))?
        .settings;
    let manifests = Manifests::of_files(&test.files)?;
    let sandbox = wire::idle_sandbox(&settings).await?;
    let loaded = wire::load_plugins(&sandbox, &settings).await?.all();
    let suites: Vec<Suites> = manifests.iter().map(|f| f.suites(&loaded)).collect();
    let found: Vec<Diagnostic> = suites.iter().flat_map(|s| s.diagnostics.clone()).collect();
    if !test.json {
        report(&found)?;
    } else if has_errors(&found) {
        print(&test, &[], &found)?;
        return Err(Stop::silent(Code::Failed));
    }
    is_any_wanted(&test, &suites)?;
    let mut verdicts = Vec::new();
    for suites in &suites {
        let plans: Vec<Plan> = suites.suites.iter().map(|s| s.plan.clone()).collect();
        for suite in &suites.suites {
            let cases = suite.cases.iter().filter(|case| wanted(&test, case));
            for case in cases {
                verdicts.push(verdict(&sandbox, &plans, suite, case).await?);
            }
        }
    }
    print(&test, &verdicts, &found)?;
    if verdicts.iter().any(|verdict| !verdict.ok) {
        return Err(Stop::silent(Code::Failed));
    }
    Ok(())
}

/// Refuses a text that no case has in its name: a script with a slip in it would pass for ever.
fn is_any_wanted(test: &Test, suites: &[Suites]) -> Outcome {
    let Some(text) = &test.only else {
        return Ok(());
    };
    let suites = suites.iter().flat_map(|suites| &suites.suites);
    let cases: Vec<&Case> = suites.flat_map(|suite| &suite.cases).collect();
    if cases.iter().any(|case| wanted(test, case)) {
        return Ok(());
    }
    let names: Vec<String> = cases.iter().map(|c| format!("`{}`", c.name)).collect();
    let names = if names.is_empty() {
        "there are no tests".to_owned()
    } else {
        format!("there are {}", names.join(", "))
    };
    Err(Stop::usage(format!(
        "no test has `{text}` in its name: {names}"
    )))
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

fn print(test: &Test, verdicts: &[Verdict], found: &[Diagnostic]) -> Outcome {
    let failed = verdicts.iter().filter(|verdict| !verdict.ok).count();
    if test.json {
        return output::json(&json!({
            "cases": verdicts,
            "passed": verdicts.len() - failed,
            "failed": failed,
            "diagnostics": found,
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
