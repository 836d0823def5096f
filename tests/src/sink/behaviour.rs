//! What the sink does with which request.

use std::collections::{HashMap, VecDeque};

use serde::Deserialize;
use serde_json::Value;

use super::Received;
use crate::matching;

/// What the sink does with a request.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Behaviour {
    /// Answers.
    Answer {
        /// The status.
        status: u16,
        /// Headers.
        #[serde(default)]
        headers: HashMap<String, String>,
        /// The body, as JSON; none for an empty one.
        #[serde(default)]
        json: Option<Value>,
        /// How long it takes about it, in milliseconds.
        #[serde(default)]
        after_ms: u64,
    },
    /// Closes the connection without an answer.
    Reset,
    /// Answers 200 once [`super::Sink::release`] was called.
    Hold,
    /// Answers 200 once so many requests to its path have come that are gathered: nobody gets an
    /// answer who comes alone.
    Gather(usize),
    /// Kills the process that [`super::Sink::aim_at`] named, with SIGKILL, and answers nothing.
    Kill,
}

impl Behaviour {
    /// Answers with a status and nothing else.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::Answer {
            status,
            headers: HashMap::new(),
            json: None,
            after_ms: 0,
        }
    }

    /// Answers 200 with `{"ok":true}`.
    #[must_use]
    pub fn ok() -> Self {
        Self::Answer {
            status: 200,
            headers: HashMap::new(),
            json: Some(serde_json::json!({ "ok": true })),
            after_ms: 0,
        }
    }
}

impl Default for Behaviour {
    fn default() -> Self {
        Self::ok()
    }
}

/// What the requests get that it is about.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Which requests.
    #[serde(default)]
    pub to: Target,
    /// One after the other; the last one from then on.
    pub give: VecDeque<Behaviour>,
}

/// Some of the requests.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Target {
    /// With this method.
    #[serde(default)]
    pub method: Option<String>,
    /// To this path; with its query where there is one here. `/jobs/*` is all that begin so.
    #[serde(default)]
    pub path: Option<String>,
    /// With a body that has this, as [`matching`] compares.
    #[serde(default)]
    pub body: Option<Value>,
    /// With headers that are so.
    #[serde(default)]
    pub headers: HashMap<String, String>,
}

impl Target {
    /// Whether a request is one of them.
    #[must_use]
    pub fn fits(&self, request: &Received) -> bool {
        let method = self.method.as_ref();
        let body = self.body.as_ref();
        method.is_none_or(|method| *method == request.method)
            && self.path.as_ref().is_none_or(|path| fits(path, request))
            && body.is_none_or(|body| matching::differences(body, &request.json()).is_empty())
            && (self.headers.iter()).all(|(name, value)| request.header(name) == value)
    }
}

fn fits(path: &str, request: &Received) -> bool {
    match path.strip_suffix('*') {
        Some(beginning) => request.path.starts_with(beginning),
        None if path.contains('?') => path == request.path,
        None => path == request.route(),
    }
}

/// What requests get.
#[derive(Debug, Default)]
pub struct Answers {
    /// The next ones, whatever they are.
    pub script: VecDeque<Behaviour>,
    /// After these, the ones that fit; the first rule counts.
    pub rules: VecDeque<Rule>,
    /// All others.
    pub default: Behaviour,
}

impl Answers {
    /// What this request gets.
    pub fn next(&mut self, request: &Received) -> Behaviour {
        if let Some(behaviour) = self.script.pop_front() {
            return behaviour;
        }
        let rule = self.rules.iter_mut().find(|rule| rule.to.fits(request));
        let given = rule.and_then(|rule| match rule.give.len() {
            0 | 1 => rule.give.front().cloned(),
            _ => rule.give.pop_front(),
        });
        given.unwrap_or_else(|| self.default.clone())
    }
}
