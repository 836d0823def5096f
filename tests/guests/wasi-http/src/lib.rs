//! Sends one request, either way that there is: through the contract's own interface and through
//! `wasi:http`. It tells what came of it; the tests hold both ways against each other.

mod contract;
mod wasi;

use std::collections::BTreeMap;

use mortise_sdk::http::Response;
use mortise_sdk::{Action, Failure, Outcome, Plugin, Repeat, Scheme, Transform, Turn};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What to send.
#[derive(Deserialize, JsonSchema)]
struct Input {
    url: String,
    #[serde(default)]
    method: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// How large a body.
    #[serde(default)]
    bytes: usize,
    /// How long it waits for an answer.
    #[serde(default)]
    timeout_ms: Option<u32>,
    /// Whether anything but an answer with 2xx fails.
    #[serde(default)]
    strict: bool,
}

/// What came of it.
#[derive(Default, Serialize, JsonSchema)]
struct Output {
    /// `answered`, or a word for why not.
    outcome: String,
    /// The code of `wasi:http`, or the words of the contract.
    text: String,
    status: u16,
    headers: BTreeMap<String, String>,
    /// How large the answer's body is.
    bytes: usize,
    /// The beginning of the answer's body, in hexadecimal digits.
    head: String,
}

/// A request without an answer.
struct Unanswered {
    outcome: &'static str,
    text: String,
}

/// More of an answer is not told.
const HEAD_MAX_BYTES: usize = 16;

fn tell(sent: Result<Response, Unanswered>, strict: bool) -> Result<Outcome<Output>, Failure> {
    let answer = match sent {
        Ok(answer) if strict => answer.ok()?,
        Ok(answer) => answer,
        Err(Unanswered { outcome, text }) => {
            return Ok(Outcome::Done(Output {
                outcome: outcome.to_owned(),
                text,
                ..Output::default()
            }));
        }
    };
    let body = answer.bytes();
    let head = body.iter().take(HEAD_MAX_BYTES);
    Ok(Outcome::Done(Output {
        outcome: "answered".to_owned(),
        text: String::new(),
        status: answer.status,
        bytes: body.len(),
        head: head.map(|byte| format!("{byte:02x}")).collect(),
        headers: answer.headers.into_iter().collect(),
    }))
}

/// Sends through `mortise:plugin/http`.
struct Contract;

impl Action for Contract {
    const NAME: &'static str = "contract";
    const SUMMARY: &'static str = "sends through the contract";
    const REPEAT: Repeat = Repeat::Safe;
    type Input = Input;
    type Output = Output;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<Output>, Failure> {
        tell(contract::send(&input), input.strict)
    }
}

/// Sends through `wasi:http`.
struct Wasi;

impl Action for Wasi {
    const NAME: &'static str = "wasi";
    const SUMMARY: &'static str = "sends through `wasi:http`";
    const REPEAT: Repeat = Repeat::Safe;
    type Input = Input;
    type Output = Output;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<Output>, Failure> {
        tell(wasi::send(&input), input.strict)
    }
}

/// Sends many through `wasi:http`, and reads no answer before all have come.
struct Many;

/// What to send, and how often.
#[derive(Deserialize, JsonSchema)]
struct ManyInput {
    url: String,
    count: usize,
}

impl Action for Many {
    const NAME: &'static str = "many";
    const SUMMARY: &'static str = "sends many requests at once";
    const REPEAT: Repeat = Repeat::Safe;
    type Input = ManyInput;
    /// What became of each.
    type Output = Vec<String>;

    fn invoke(input: ManyInput, _: Turn) -> Result<Outcome<Vec<String>>, Failure> {
        Ok(Outcome::Done(wasi::many(&input.url, input.count)))
    }
}

/// Tries to send, where nothing can be sent.
struct Pure;

impl Transform for Pure {
    const NAME: &'static str = "pure";
    const SUMMARY: &'static str = "tries to send where nothing can be sent";
    type Config = Input;
    type Record = serde_json::Value;
    type Output = String;

    fn apply(config: &Input, _: serde_json::Value) -> Result<Vec<String>, Failure> {
        match wasi::send(config) {
            Ok(answer) => Ok(vec![format!("answered {}", answer.status)]),
            Err(unanswered) => Ok(vec![unanswered.text]),
        }
    }
}

fn plugin() -> Plugin {
    Plugin::new("mortise/wasi-http", env!("CARGO_PKG_VERSION"), "Ways out")
        .authentication(Scheme::bearer("token", "token"))
}

mortise_sdk::export! {
    plugin: plugin,
    actions: [Contract, Wasi, Many],
    transforms: [Pure],
}
