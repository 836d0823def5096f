//! What an author writes down: `tests/NAME.yaml`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use mortise_mail::message::Refused;
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

/// The name that stands for the interface `check`, which belongs to no operation.
pub const CHECK: &str = "check";

/// A script for one operation.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Script {
    /// Its name, or `check`.
    pub operation: String,
    /// What the connection is like; without it no connection is used.
    #[serde(default)]
    pub connection: Option<Connection>,
    /// Files that inputs may name, by id.
    #[serde(default)]
    pub files: BTreeMap<String, File>,
    /// Where this application means something else by an answer: a status, or `reset`, and the
    /// disposition that it comes to, or `done`.
    #[serde(default)]
    pub dispositions: BTreeMap<String, String>,
    /// What is played.
    pub cases: Vec<Case>,
}

/// A connection of a script.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Connection {
    /// Id of the authentication scheme; the first without it.
    #[serde(default)]
    pub scheme: Option<String>,
    /// Settings; `base-url` is put in.
    #[serde(default)]
    pub settings: serde_json::Map<String, Value>,
    /// Secrets by name; `test-NAME` for those that are left out.
    #[serde(default)]
    pub secrets: BTreeMap<String, String>,
}

/// A file that an input names.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct File {
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
    /// Such as `text/plain`.
    #[serde(default)]
    pub content_type: Option<String>,
    /// What it holds.
    pub text: String,
}

/// One call, or the calls for all pages of one.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Case {
    /// For people.
    pub name: String,
    /// Title of the descriptor's example that this case plays: its input and output count.
    #[serde(default)]
    pub example: Option<String>,
    /// The step's `with`. `{base-url}` in a text stands for the application's address.
    #[serde(default)]
    pub input: Option<Value>,
    /// Of a transform.
    #[serde(default)]
    pub records: Option<Vec<Value>>,
    /// Of polling: where the last poll ended.
    #[serde(default)]
    pub cursor: Option<Value>,
    /// Of a webhook: what comes in. It is signed as the descriptor declares.
    #[serde(default)]
    pub request: Option<Incoming>,
    /// Of a webhook that registers itself: what is called instead of sending it a request. The address is
    /// `https://hooks.example/hooks/test`.
    #[serde(default)]
    pub call: Option<Registration>,
    /// Of a webhook: what the subscription remembers.
    #[serde(default)]
    pub memory: Option<Value>,
    /// What the plugin asks the application, and what that answers.
    #[serde(default)]
    pub exchanges: Vec<Exchange>,
    /// What has to come of it.
    #[serde(default)]
    pub expect: Expect,
}

/// What a webhook does that registers itself with the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Registration {
    /// It asks the application to send its requests.
    Subscribe,
    /// It asks it not to send them any more.
    Unsubscribe,
}

/// What has to come of a case. What is left out is not looked at.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Expect {
    /// The output.
    #[serde(default)]
    pub output: Option<Value>,
    /// All records of all pages, or those of a transform.
    #[serde(default)]
    pub records: Option<Vec<Value>>,
    /// Events of polling or of a webhook: `id` and `payload`.
    #[serde(default)]
    pub events: Option<Vec<Event>>,
    /// Where the next poll goes on.
    #[serde(default)]
    pub cursor: Option<Value>,
    /// There is more now.
    #[serde(default)]
    pub more: Option<bool>,
    /// What a subscription remembers.
    #[serde(default)]
    pub memory: Option<Value>,
    /// Of `check`: the account's id.
    #[serde(default)]
    pub account: Option<String>,
    /// It has to fail.
    #[serde(default)]
    pub failure: Option<Failure>,
    /// Records that a transform leaves out: number and field.
    #[serde(default)]
    pub failures: Option<Vec<RecordFailure>>,
}

/// An event.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Event {
    /// The application's id.
    pub id: String,
    /// What it holds; not looked at without it.
    #[serde(default)]
    pub payload: Option<Value>,
}

/// A failure. What is left out is not looked at.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Failure {
    /// What the engine should do.
    pub disposition: String,
    /// The application's code.
    #[serde(default)]
    pub code: Option<String>,
    /// HTTP status.
    #[serde(default)]
    pub status: Option<u16>,
    /// JSON Pointer.
    #[serde(default)]
    pub field: Option<String>,
    /// The sentence.
    #[serde(default)]
    pub message: Option<String>,
}

/// A record that a transform leaves out.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RecordFailure {
    /// From 0.
    pub record: u32,
    /// JSON Pointer.
    #[serde(default)]
    pub field: Option<String>,
}

/// A request and its answer: of HTTP, a transaction with a database, or a session with a mail server.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Exchange {
    /// What the plugin sends.
    #[serde(default)]
    pub request: Option<Expected>,
    /// Or the statements of a transaction.
    #[serde(default)]
    pub sql: Option<Vec<Statement>>,
    /// Or what it asks its mail servers for: `{send: {…}}`, `probe`, `{fetch: {…}}`, `{examine: NAME}` or `mailboxes`.
    /// What is empty or false is left out.
    #[serde(default)]
    pub mail: Option<Value>,
    /// What it gets.
    pub answer: Answer,
}

impl Exchange {
    /// As a person calls it.
    #[must_use]
    pub fn named(&self) -> String {
        if let Some(request) = &self.request {
            return format!("{} {}", request.method, request.path);
        }
        if let Some(statements) = &self.sql {
            let texts = statements.iter().map(|statement| statement.text.as_str());
            return texts.collect::<Vec<_>>().join("; ");
        }
        let mail = self.mail.as_ref();
        mail.map_or_else(String::new, |asked| format!("mail: {asked}"))
    }
}

/// A statement of SQL. `{idempotency-key}` in a parameter stands for the call's key.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Statement {
    /// Its text; white space counts as one space.
    pub text: String,
    /// What is bound.
    #[serde(default)]
    pub parameters: Vec<Value>,
}

/// What a statement gives.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Rows {
    /// The names of the columns.
    #[serde(default)]
    pub columns: Vec<String>,
    /// A value for each column.
    #[serde(default)]
    pub rows: Vec<Vec<Value>>,
    /// As many as there are rows without it.
    #[serde(default)]
    pub affected: Option<u64>,
}

/// What a database says instead.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SqlError {
    /// Five characters; empty where nothing came back.
    pub sqlstate: String,
    /// In words.
    pub message: String,
}

/// What a request has to be like. `{idempotency-key}` in a text stands for the call's key.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Expected {
    /// `GET` without it.
    #[serde(default = "get")]
    pub method: String,
    /// Without the query.
    pub path: String,
    /// Parameters of the query: all of them.
    #[serde(default)]
    pub query: BTreeMap<String, String>,
    /// Headers that it has among others.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The whole body as JSON.
    #[serde(default)]
    pub json: Option<Value>,
    /// The whole body as fields of a form.
    #[serde(default)]
    pub form: Option<BTreeMap<String, String>>,
    /// Texts that the body holds.
    #[serde(default)]
    pub contains: Vec<String>,
}

/// An answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Answer {
    /// 200 without it.
    #[serde(default = "ok")]
    pub status: u16,
    /// Headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body as JSON. `{base-url}` in a text stands for the application's address.
    #[serde(default)]
    pub json: Option<Value>,
    /// Or as text.
    #[serde(default)]
    pub text: Option<String>,
    /// Of a transaction: what each statement gives.
    #[serde(default)]
    pub results: Vec<Rows>,
    /// Or what the database says instead.
    #[serde(default)]
    pub error: Option<SqlError>,
    /// Of mail: what the server gives. Of `send` that is its reply, of `probe` its name, of the others messages, what
    /// the mailbox holds, or names.
    #[serde(default)]
    pub mail: Option<Value>,
    /// Of mail that is sent: the recipients that the server refuses, or with `mail` left out, why it refuses all of it.
    #[serde(default)]
    pub refused: Vec<Refused>,
    /// Of a mailbox: the server refuses, in these words.
    #[serde(default)]
    pub no: Option<String>,
}

/// A request to a webhook.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Incoming {
    /// `POST` without it.
    #[serde(default = "post")]
    pub method: String,
    /// Headers besides those of the signature.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body as JSON.
    #[serde(default)]
    pub json: Option<Value>,
    /// Or as text.
    #[serde(default)]
    pub text: Option<String>,
}

fn get() -> String {
    "GET".to_owned()
}

fn post() -> String {
    "POST".to_owned()
}

fn ok() -> u16 {
    200
}

/// Why there is no script.
#[derive(Debug, Error)]
pub enum ScriptError {
    /// The folder or a file of it cannot be read.
    #[error("`{}` cannot be read: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is no script.
    #[error("`{}` is no script: {why}", path.display())]
    Malformed {
        /// Which.
        path: PathBuf,
        /// Line, column and what is wrong.
        why: String,
    },
}

/// The scripts of a folder: every file in it that ends in `.yaml`, by name. Blocks.
///
/// # Errors
/// The first that cannot be read.
pub fn read(folder: &Path) -> Result<Vec<Script>, ScriptError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source| ScriptError::Unreadable { path, source }
    };
    let entries = fs::read_dir(folder).map_err(unreadable(folder))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(unreadable(folder))?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "yaml")
        {
            paths.push(path);
        }
    }
    paths.sort();
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).map_err(unreadable(&path))?;
        parse(&text).map_err(|why| ScriptError::Malformed { path, why })
    };
    paths.into_iter().map(read).collect()
}

/// One script.
///
/// # Errors
/// Line, column and what is wrong.
pub fn parse(text: &str) -> Result<Script, String> {
    // `country: NO` stays text.
    let options = serde_saphyr::options! { strict_booleans: true };
    let script: Script =
        serde_saphyr::from_str_with_options(text, options).map_err(|error| error.to_string())?;
    let exchanges = script.cases.iter().flat_map(|case| &case.exchanges);
    let mut kinds = exchanges.map(|one| {
        let kinds = [one.request.is_some(), one.sql.is_some(), one.mail.is_some()];
        kinds.into_iter().filter(|is_there| *is_there).count()
    });
    match kinds.any(|count| count != 1) {
        true => Err("an exchange has one of `request`, `sql` and `mail`".to_owned()),
        false => Ok(script),
    }
}
