//! The action `job`.

use mortise_sdk::http::Request;
use mortise_sdk::{Action, Example, Failure, Json, Outcome, Repeat, Turn, context};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::order::Id;

/// Orders a job, `POST URL`, and gives its result when the application is done.
pub struct Job;

/// Which job.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Input {
    /// Where jobs are ordered; the job itself is at `URL/ID`.
    url: String,
    /// How its end is learnt.
    mode: Mode,
    /// How often to ask.
    #[serde(default = "poll_ms")]
    poll_ms: u64,
}

fn poll_ms() -> u64 {
    1_000
}

/// How the end of a job is learnt.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Mode {
    /// By asking.
    Poll,
    /// The application says so.
    Callback,
}

/// What the application answers to an order.
#[derive(Deserialize)]
struct Ordered {
    id: Option<Id>,
}

/// What it says about a job.
#[derive(Deserialize)]
struct Progress {
    #[serde(default)]
    done: bool,
    #[serde(default)]
    result: Value,
}

/// What comes back with the next turn.
#[derive(Serialize, Deserialize)]
struct Token {
    /// An application that calls back need not give one.
    id: Option<String>,
}

impl Action for Job {
    const NAME: &'static str = "job";
    const SUMMARY: &'static str = "orders a job and waits for its result";
    const REPEAT: Repeat = Repeat::Keyed;
    type Input = Input;
    type Output = Value;

    fn invoke(input: Input, turn: Turn) -> Result<Outcome<Value>, Failure> {
        match turn {
            Turn::Resumed {
                callback: Some(body),
                ..
            } => body.read("callback").map(Outcome::Done),
            Turn::Resumed { token, .. } => input.look(&token),
            Turn::Start | Turn::Next(_) => input.order(),
        }
    }

    fn examples() -> Vec<Example> {
        let url = "http://127.0.0.1:9000/jobs";
        vec![
            Example::new(
                "asks twice a second",
                json!({ "url": url, "mode": "poll", "poll-ms": 500 }),
            ),
            Example::new("is called", json!({ "url": url, "mode": "callback" })),
        ]
    }
}

impl Input {
    fn order(&self) -> Result<Outcome<Value>, Failure> {
        let order = match self.mode {
            Mode::Poll => json!({}),
            Mode::Callback => json!({ "callback": context::callback_url()? }),
        };
        let request = Request::post(&self.url).anonymous().idempotent();
        let ordered: Ordered = request.json(&order)?.send()?.ok()?.json()?;
        self.wait(&Token {
            id: ordered.id.map(Id::into_text),
        })
    }

    /// Asks how far it is.
    fn look(&self, token: &Json) -> Result<Outcome<Value>, Failure> {
        let token: Token = token.read("token")?;
        let Some(id) = &token.id else {
            return Err(Failure::reject(
                "the application gave the job no id to ask for",
            ));
        };
        let url = crate::order::at(&self.url, id);
        let progress: Progress = Request::get(url).anonymous().send()?.ok()?.json()?;
        match progress.done {
            true => Ok(Outcome::Done(progress.result)),
            false => self.wait(&token),
        }
    }

    fn wait(&self, token: &Token) -> Result<Outcome<Value>, Failure> {
        match self.mode {
            Mode::Poll => Outcome::later(token, self.poll_ms),
            Mode::Callback => Outcome::until_called(token),
        }
    }
}
