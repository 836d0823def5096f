//! What may stand in `scenario.yaml`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::Value;

use crate::paths;
use crate::sink::Behaviour;

/// A scenario.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Script {
    /// What it shows, in one sentence.
    pub shows: String,
    /// A folder of manifests, from the root of the checkout, in addition to the scenario's own.
    #[serde(default)]
    pub workflows: Option<PathBuf>,
    /// Settings of the daemon, in addition to those of [`crate::daemon::Launch::new`]; null takes
    /// one of these away.
    #[serde(default)]
    pub settings: BTreeMap<String, Option<String>>,
    /// Whether a daemon runs. Commands need none.
    #[serde(default = "yes")]
    pub daemon: bool,
    /// What the sink answers to its first requests; 200 after that.
    #[serde(default)]
    pub sink: Vec<Behaviour>,
    /// What is done, in order.
    pub play: Vec<Step>,
    /// Every request that the sink gets, in order.
    #[serde(default)]
    pub received: Option<Vec<Value>>,
}

/// One step: exactly one of the first five, and what is expected of it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Step {
    /// Sends a request to a hook.
    #[serde(default)]
    pub post: Option<Post>,
    /// Sends a request to the admin listener, with the token.
    #[serde(default)]
    pub admin: Option<Post>,
    /// Starts a workflow by hand, through the admin listener.
    #[serde(default)]
    pub start: Option<Start>,
    /// Runs a command: `mortise` with these arguments. `DATA`, `DIR`, `PLUGINS` and `RUN` stand for
    /// the folders and the last run.
    #[serde(default)]
    pub mortise: Option<Vec<String>>,
    /// Waits until the sink has got so many requests.
    #[serde(default)]
    pub arrived: Option<usize>,

    /// Of a request: `{status, headers, body}`.
    #[serde(default)]
    pub answer: Option<Value>,
    /// Of a request: the run that it started, once it is at rest.
    #[serde(default)]
    pub run: Option<Value>,
    /// Of a command: the exit code, 0 where nothing stands here.
    #[serde(default)]
    pub exit: i32,
    /// Of a command: what stdout has as JSON.
    #[serde(default)]
    pub json: Option<Value>,
    /// Of a command: texts that stdout contains.
    #[serde(default)]
    pub stdout: Vec<String>,
    /// Of a command: texts that stderr contains.
    #[serde(default)]
    pub stderr: Vec<String>,
    /// Of a command: what it gets on stdin.
    #[serde(default)]
    pub stdin: String,
}

/// A request.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Post {
    /// Below `/hooks` or `/api/v1`, with a slash.
    pub path: String,
    /// The method.
    #[serde(default = "post")]
    pub method: String,
    /// Headers; without a `content-type` the request has that of JSON.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body: a file, in the scenario's folder or from the root of the checkout.
    #[serde(default)]
    pub file: Option<PathBuf>,
    /// The body: JSON.
    #[serde(default)]
    pub json: Option<Value>,
    /// The body: text as it is.
    #[serde(default)]
    pub text: Option<String>,
}

/// A start by hand.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Start {
    /// The workflow.
    pub workflow: String,
    /// Its input.
    pub input: Value,
}

fn yes() -> bool {
    true
}

fn post() -> String {
    "POST".to_owned()
}

impl Script {
    /// Reads `scenario.yaml` of a folder.
    ///
    /// # Errors
    /// Where it is not one.
    pub fn read(case: &Path) -> Result<Self> {
        let file = case.join("scenario.yaml");
        let text = std::fs::read_to_string(&file).with_context(|| format!("{}", file.display()))?;
        serde_saphyr::from_str(&text).with_context(|| format!("{}", file.display()))
    }
}

/// A file that a scenario names: in its own folder, else from the root of the checkout.
///
/// # Errors
/// Where it is in neither.
pub fn file_of(case: &Path, name: &Path) -> Result<Vec<u8>> {
    let own = case.join(name);
    let file = if own.exists() {
        own
    } else {
        paths::root().join(name)
    };
    std::fs::read(&file).with_context(|| format!("{}", file.display()))
}

/// An expected value with every `{"$file": NAME}` replaced by the JSON of that file.
///
/// # Errors
/// Where a file is not there or not JSON.
pub fn with_files(case: &Path, value: &Value) -> Result<Value> {
    Ok(match value {
        Value::Object(members) => match members.get("$file").and_then(Value::as_str) {
            Some(name) => {
                serde_json::from_slice(&file_of(case, Path::new(name))?).context(name.to_owned())?
            }
            None => {
                let members = members
                    .iter()
                    .map(|(name, value)| Ok((name.clone(), with_files(case, value)?)));
                Value::Object(members.collect::<Result<_>>()?)
            }
        },
        Value::Array(items) => Value::Array(
            items
                .iter()
                .map(|item| with_files(case, item))
                .collect::<Result<_>>()?,
        ),
        other => other.clone(),
    })
}
