//! What may stand in `scenario.yaml`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::Value;

use crate::paths;
use crate::sink::{Behaviour, Rule, Target};

/// A scenario.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Script {
    /// What it shows, in one sentence.
    pub shows: String,
    /// A folder of manifests, from the root of the checkout, in addition to the scenario's own.
    #[serde(default)]
    pub workflows: Option<PathBuf>,
    /// Plugins that it finds beside the basic ones and those that connections and calls name.
    #[serde(default)]
    pub plugins: Vec<String>,
    /// Guests of `tests/guests` that the daemon finds among its plugins.
    #[serde(default)]
    pub guests: Vec<String>,
    /// Fakes of applications that are served: their names in capitals stand for their addresses, `DESK` for that of
    /// the desk.
    #[serde(default)]
    pub fakes: Vec<String>,
    /// Further words and what they stand for, in manifests as well.
    #[serde(default)]
    pub words: BTreeMap<String, String>,
    /// Connections that are made before the daemon starts, by name.
    #[serde(default)]
    pub connections: BTreeMap<String, Connection>,
    /// Settings of the daemon, in addition to those of [`crate::daemon::Launch::new`]; null takes
    /// one of these away.
    #[serde(default)]
    pub settings: BTreeMap<String, Option<String>>,
    /// Whether a daemon runs. Commands need none.
    #[serde(default = "yes")]
    pub daemon: bool,
    /// What the sink answers to its first requests; after that as `rules` say.
    #[serde(default)]
    pub sink: Vec<Behaviour>,
    /// What the sink answers to which requests; 200 to all others.
    #[serde(default)]
    pub rules: Vec<Rule>,
    /// What is done, in order.
    pub play: Vec<Step>,
    /// Every request that the sink gets, in order.
    #[serde(default)]
    pub received: Option<Value>,
    /// What the sink has got in the end.
    #[serde(default)]
    pub sent: Vec<Sent>,
}

impl Script {
    /// The plugins that it uses, without the basic ones.
    #[must_use]
    pub fn plugins(&self) -> BTreeSet<&str> {
        let connections = self.connections.values();
        let connections = connections.filter_map(|one| one.plugin.strip_prefix("mortise/"));
        let calls = self.play.iter().filter_map(|step| step.call.as_ref());
        let calls = calls.filter_map(|call| Some(call.uses.split_once('/')?.0));
        let named = self.plugins.iter().map(String::as_str);
        let all = connections.chain(calls).chain(named);
        all.filter(|name| !self.guests.iter().any(|guest| guest == name))
            .collect()
    }
}

/// One step: exactly one of the fields up to the empty line, and what is expected of it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Step {
    /// Sends a request to a hook, or to any other address without a token.
    #[serde(default)]
    pub post: Option<Post>,
    /// Sends a request to the admin listener, with the token.
    #[serde(default)]
    pub admin: Option<Post>,
    /// Starts a workflow by hand, through the admin listener.
    #[serde(default)]
    pub start: Option<Start>,
    /// Calls one operation, as a workflow of one step.
    #[serde(default)]
    pub call: Option<Call>,
    /// Runs a command: `mortise` with these arguments.
    #[serde(default)]
    pub mortise: Option<Vec<String>>,
    /// Waits until the sink has got so many requests.
    #[serde(default)]
    pub arrived: Option<usize>,
    /// Waits until the sink has got what is expected.
    #[serde(default)]
    pub sent: Option<Sent>,
    /// Waits until the admin listener says what is expected.
    #[serde(default)]
    pub until: Option<Until>,
    /// Waits until the daemon's log has each of these texts.
    #[serde(default)]
    pub logged: Option<Vec<String>>,
    /// Waits until so many requests are held by the sink.
    #[serde(default)]
    pub held: Option<usize>,
    /// Lets every request go that the sink holds, and holds none any more.
    #[serde(default)]
    pub release: Option<Release>,
    /// Rules of the sink that go before those it has.
    #[serde(default)]
    pub rules: Option<Vec<Rule>>,
    /// Ends the daemon, or waits for its end, and starts it again.
    #[serde(default)]
    pub restart: Option<Restart>,
    /// Puts the manifests of a folder of the scenario over those of the daemon; null takes one away.
    #[serde(default)]
    pub manifests: Option<Manifests>,
    /// Sends SIGHUP to the daemon.
    #[serde(default)]
    pub hangup: Option<Hangup>,

    /// Of a request: it is sent so often, with `INDEX` standing for 1, 2, 3…
    #[serde(default)]
    pub times: Option<usize>,
    /// Of a request that is sent several times: all at the same moment.
    #[serde(default)]
    pub together: bool,
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
    /// Of a command: a file that stdout is, to the byte.
    #[serde(default)]
    pub golden: Option<PathBuf>,
    /// Of a command: what it gets on stdin.
    #[serde(default)]
    pub stdin: String,
    /// Of a command that prints a link and waits: a person opens it, at the address of this fake, and agrees.
    #[serde(default)]
    pub agree: Option<String>,
    /// Words for later steps: each with a JSON Pointer into what came of this one, which is
    /// `{answer, run}` of a request, `{json}` of a command, `{requests}` of `sent` and `{is}` of
    /// `until`.
    #[serde(default)]
    pub keep: BTreeMap<String, String>,
}

/// What a step does.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "as the fields of `Step`")]
pub enum Deed<'a> {
    Post(&'a Post),
    Admin(&'a Post),
    Start(&'a Start),
    Call(&'a Call),
    Mortise(&'a [String]),
    Arrived(usize),
    Sent(&'a Sent),
    Until(&'a Until),
    Logged(&'a [String]),
    Held(usize),
    Release,
    Rules(&'a [Rule]),
    Restart(Restart),
    Manifests(&'a Manifests),
    Hangup,
}

impl Step {
    /// What it does.
    ///
    /// # Errors
    /// Where that is nothing, or more than one thing.
    pub fn deed(&self) -> Result<Deed<'_>> {
        let deeds = [
            self.post.as_ref().map(Deed::Post),
            self.admin.as_ref().map(Deed::Admin),
            self.start.as_ref().map(Deed::Start),
            self.call.as_ref().map(Deed::Call),
            self.mortise.as_deref().map(Deed::Mortise),
            self.arrived.map(Deed::Arrived),
            self.sent.as_ref().map(Deed::Sent),
            self.until.as_ref().map(Deed::Until),
            self.logged.as_deref().map(Deed::Logged),
            self.held.map(Deed::Held),
            self.release.map(|Release::All| Deed::Release),
            self.rules.as_deref().map(Deed::Rules),
            self.restart.map(Deed::Restart),
            self.manifests.as_ref().map(Deed::Manifests),
            self.hangup.map(|Hangup::Daemon| Deed::Hangup),
        ];
        match deeds.into_iter().flatten().collect::<Vec<_>>()[..] {
            [deed] => Ok(deed),
            [] => bail!("a step does something: `post`, `mortise`, `until`…"),
            [..] => bail!("a step does one thing"),
        }
    }
}

/// A request.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Post {
    /// Below `/hooks` or `/api/v1`, with a slash; or a whole address.
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

/// A connection with secrets.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Connection {
    /// The plugin's name: `mortise/slack`.
    pub plugin: String,
    /// Fakes whose addresses are its origins.
    #[serde(default, deserialize_with = "one_or_many")]
    pub fake: Vec<String>,
    /// Further origins.
    #[serde(default)]
    pub origins: Vec<String>,
    /// The scheme by which it authenticates; the plugin's first without it.
    #[serde(default)]
    pub scheme: Option<String>,
    /// What is not secret.
    #[serde(default)]
    pub settings: serde_json::Map<String, Value>,
    /// What is.
    #[serde(default)]
    pub secrets: BTreeMap<String, Secret>,
}

/// A secret of a connection.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Secret {
    /// As it is.
    Text(String),
    /// In a file of JSON.
    File {
        /// The file, in the scenario's folder or from the root of the checkout.
        file: PathBuf,
        /// JSON Pointer into it.
        at: String,
    },
}

impl Secret {
    /// Its value.
    ///
    /// # Errors
    /// Where the file does not hold it.
    pub fn value(&self, case: &Path) -> Result<String> {
        match self {
            Self::Text(text) => Ok(text.clone()),
            Self::File { file, at } => {
                let json: Value = serde_json::from_slice(&file_of(case, file)?)?;
                let value = json.pointer(at).and_then(Value::as_str);
                let value =
                    value.with_context(|| format!("no text at `{at}` in {}", file.display()))?;
                Ok(value.to_owned())
            }
        }
    }
}

/// A call of one operation.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Call {
    /// The operation, as a step names it.
    pub uses: String,
    /// The connection.
    #[serde(default)]
    pub connection: Option<String>,
    /// Its input.
    #[serde(default = "nothing")]
    pub with: Value,
    /// Of a transform.
    #[serde(default)]
    pub records: Option<Value>,
    /// As a step's.
    #[serde(default)]
    pub retry: Option<Value>,
    /// Gives the records of all pages.
    #[serde(default)]
    pub collect: bool,
}

/// Some of what the sink got, and what has to hold of it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Sent {
    /// Which requests.
    #[serde(default)]
    pub to: Target,
    /// So many.
    #[serde(default)]
    pub count: Option<usize>,
    /// With so many different idempotency keys.
    #[serde(default)]
    pub keys: Option<usize>,
    /// So many at most were under way at the same moment, and at one moment so many.
    #[serde(default)]
    pub at_once: Option<usize>,
    /// At least so many milliseconds between one and the next.
    #[serde(default)]
    pub apart_ms: Option<u64>,
    /// At least so many milliseconds from the first to the last.
    #[serde(default)]
    pub over_ms: Option<u64>,
    /// Themselves, in order: `{method, path, headers, body}`.
    #[serde(default)]
    pub requests: Option<Value>,
}

/// What the admin listener says sooner or later.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Until {
    /// Asked for: a path below `/api/v1`, or a whole address.
    pub get: String,
    /// What is expected of the body: JSON, else text.
    pub is: Value,
}

/// What becomes of held requests.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Release {
    /// All are answered.
    All,
}

/// Who is told.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hangup {
    /// The daemon.
    Daemon,
}

/// How the daemon ends before it starts again.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Restart {
    /// By SIGTERM.
    Stop,
    /// By SIGKILL.
    Kill,
    /// By SIGKILL, and it stays away for so many milliseconds: times of its schedules go by.
    Away(u64),
    /// By itself: the sink kills it.
    Killed,
}

/// How the manifests change.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Manifests {
    /// A folder below the scenario's: its files replace those of the same names.
    #[serde(default)]
    pub put: Option<PathBuf>,
    /// These files go.
    #[serde(default)]
    pub remove: Vec<String>,
}

fn nothing() -> Value {
    Value::Object(serde_json::Map::new())
}

fn one_or_many<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Names {
        One(String),
        Many(Vec<String>),
    }
    Ok(match Names::deserialize(from)? {
        Names::One(name) => vec![name],
        Names::Many(names) => names,
    })
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
        let script: Self =
            serde_saphyr::from_str(&text).with_context(|| format!("{}", file.display()))?;
        for (index, step) in script.play.iter().enumerate() {
            let deed = step.deed();
            deed.with_context(|| format!("{}: step {}", file.display(), index + 1))?;
        }
        Ok(script)
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

/// An expected value with every `{"$read": NAME}` replaced by the JSON of that file.
///
/// # Errors
/// Where a file is not there or not JSON.
pub fn with_files(case: &Path, value: &Value) -> Result<Value> {
    Ok(match value {
        Value::Object(members) => match members.get("$read").and_then(Value::as_str) {
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
