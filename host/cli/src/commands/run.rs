//! `mortise run`

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use mortise_api::query::{self, Extent, Seen};
use mortise_api::start::by_hand;
use mortise_api::view::run::RunView;
use mortise_model::entry::End;
use mortise_model::{Json, Namespace};

use super::input;
use crate::args::{From, folders, isolated};
use crate::exit::{Code, Outcome, Stop};
use crate::manifests::Manifests;
use crate::progress::progress;
use crate::settings::{LogFormat, Settings};
use crate::{cache, logging, output, wire};

/// Runs one workflow once. It knows this one file: workflows that it calls are not there
#[derive(Args)]
#[command(
    after_help = "Examples:\n  mortise run order.yaml --input order.json --plugins plugins\n  echo '{\"id\": 1}' | mortise run order.yaml --input - --plugins plugins"
)]
pub struct Run {
    /// The workflow's manifest
    file: PathBuf,
    /// The event, as JSON; `-` reads it from stdin
    #[arg(long, value_name = "FILE|-")]
    input: PathBuf,
    /// Folder of the plugins, a file NAME.wasm each [env: MORTISE_PLUGINS]
    #[arg(long, value_name = "DIR")]
    plugins: Option<PathBuf>,
    /// Keep the run in this data folder; otherwise nothing is kept
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Run plugins in worker processes that hold no secret and no socket [env: MORTISE_ISOLATE]
    #[arg(long)]
    isolate: bool,
    #[command(flatten)]
    from: From,
}

/// A run may wait for retries; nobody waits longer than that.
const PATIENCE: Duration = Duration::from_secs(365 * 86_400);

/// Runs a workflow and prints its output.
///
/// # Errors
/// `Failed` where it did not succeed, with the sentence that says why.
pub async fn run(run: Run) -> Outcome {
    let mut flags = folders(&[("plugins", &run.plugins)]);
    flags.extend(isolated(run.isolate));
    let mut settings = run.from.resolve(&flags)?.settings;
    if settings.log_level == Settings::default().log_level {
        // Whoever runs one workflow wants its output, and no more of the rest than problems.
        settings.log_level = "warn".to_owned();
        settings.log_format = LogFormat::Text;
    }
    logging::start(&settings)?;
    let input = Json::parse(text(&run.input)?)
        .map_err(|error| Stop::usage(format!("`{}` is not JSON: {error}", run.input.display())))?;
    let manifests = Manifests::of_files(std::slice::from_ref(&run.file))?;
    let Some(manifests) = manifests.get(..1) else {
        return Err(Stop::defect("one file is in no folder"));
    };
    // `MORTISE_DATA` is the daemon's: only a flag says that this run shall be kept.
    match &run.data {
        Some(data) => {
            once(
                &settings,
                data,
                Some(cache::in_data(data)),
                manifests,
                input,
            )
            .await
        }
        None => {
            let data = tempfile::tempdir().map_err(Stop::environment)?;
            once(&settings, data.path(), cache::of_user(), manifests, input).await
        }
    }
}

fn text(path: &Path) -> Outcome<String> {
    String::from_utf8(input::read(path)?)
        .map_err(|_| Stop::usage(format!("`{}` is not text in UTF-8", path.display())))
}

async fn once(
    settings: &Settings,
    data: &Path,
    compiled: Option<PathBuf>,
    manifests: &[Manifests],
    input: Json,
) -> Outcome {
    let engine = wire::engine(settings, data, compiled, manifests).await?;
    let plan = engine.plans.into_iter().flat_map(|(_, plans)| plans).next();
    let plan = plan.ok_or_else(|| Stop::defect("a manifest without errors gave no plan"))?;
    let event = by_hand(plan, input, None).map_err(Stop::failed)?;
    let ended = {
        let _progress = progress("running");
        engine.runner.accept_and_wait(event, PATIENCE).await
    };
    let (accepted, end) = ended.map_err(Stop::environment)?;
    let namespace = Namespace::default_namespace();
    let outcome = match end.as_deref() {
        Some(End::Succeeded { output }) => {
            let output = query::whole(&*engine.store, &namespace, accepted.run, output).await?;
            output::text(output.as_str())
        }
        _ => {
            let store = &*engine.store;
            let seen = Seen {
                extent: Extent::UpTo(0),
                links: engine.runner.links(),
            };
            let view = query::run(store, &namespace, accepted.run, &seen).await?;
            Err(Stop::new(Code::Failed, why(view)))
        }
    };
    engine
        .runner
        .drain(Duration::from_millis(settings.drain_timeout_ms))
        .await;
    let store = engine.store;
    tokio::task::spawn_blocking(move || store.close())
        .await
        .map_err(Stop::defect)?;
    outcome
}

fn why(view: Option<RunView>) -> String {
    let Some(view) = view else {
        return "the run is gone".to_owned();
    };
    match (view.failure, view.why) {
        (Some(failure), _) if failure.code == "workflow-missing" => format!(
            "{}; `mortise run` knows the one file that it is given, so start a daemon with the whole folder for this",
            failure.sentence
        ),
        (Some(failure), _) => failure.sentence,
        (None, Some(why)) => format!("the run was {}: {why}", view.status),
        (None, None) => format!("the run is {}", view.status),
    }
}
