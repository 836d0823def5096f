//! A question to a model, and its answer.
//!
//! OpenAI takes no idempotency key, and its own clients send none and ask again where no answer came: a
//! question changes nothing but the bill. So the operations say `safe`, and what is unclear is asked
//! again. It may be paid twice; `max-cost` holds for each attempt.

use mortise_sdk::Failure;
use mortise_sdk::http::Request;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::budget::{self, Allowance, Usage, estimated};
use crate::input::{Effort, Options};
use crate::message::Message;
use crate::openai::{self, Settings, TokenLimit};
use crate::refusal::Places;

/// What a message has besides its text, about.
const TOKENS_PER_MESSAGE: u64 = 4;

/// What is sent. What is not said is left out, so that the model's own defaults hold.
#[derive(Default, Serialize)]
pub struct Question<'a> {
    model: &'a str,
    messages: &'a [Message],
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_effort: Option<Effort>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub stop: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_format: Option<&'a Value>,
}

/// What a model said.
#[derive(Debug)]
pub struct Answer {
    /// The id of the completion.
    pub id: String,
    /// The model that answered: its exact version.
    pub model: String,
    /// What it said.
    pub text: String,
}

#[derive(Deserialize)]
struct Completion {
    id: String,
    model: String,
    choices: Vec<Choice>,
    #[serde(default)]
    usage: Counted,
}

#[derive(Deserialize)]
struct Choice {
    message: Said,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Said {
    content: Option<String>,
    refusal: Option<String>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(default)]
struct Counted {
    prompt_tokens: u64,
    completion_tokens: u64,
    total_tokens: u64,
}

impl<'a> Question<'a> {
    /// With what every question may say.
    pub fn new(options: &'a Options, messages: &'a [Message]) -> Self {
        Self {
            model: &options.model,
            messages,
            temperature: options.temperature,
            seed: options.seed,
            reasoning_effort: options.reasoning_effort,
            ..Self::default()
        }
    }

    /// Asks, within the step's budget, of which `spent` is used already and grows by what this takes.
    pub fn ask(
        mut self,
        options: &Options,
        places: &Places,
        spent: &mut Usage,
    ) -> Result<Answer, Failure> {
        let settings = Settings::read()?;
        let budget = &options.budget;
        let allowance = budget.allow(spent, self.tokens(), options.max_tokens)?;
        match settings.token_limit {
            TokenLimit::MaxCompletionTokens => self.max_completion_tokens = allowance.max_tokens,
            TokenLimit::MaxTokens => self.max_tokens = allowance.max_tokens,
        }
        let request = Request::post(settings.url("/chat/completions")).json(&self)?;
        let response = openai::ask(request, &settings, options.timeout_ms, places)?;
        let completion: Completion = response.json()?;
        spent.add(completion.usage.into());
        let answer = completion.said(options, allowance, response.bytes())?;
        budget.hold(spent)?;
        Ok(answer)
    }

    /// Tokens of what is asked, about.
    fn tokens(&self) -> u64 {
        let format = self
            .response_format
            .map_or(0, |format| format.to_string().len());
        let bytes: usize = self.messages.iter().map(Message::bytes).sum();
        estimated(bytes + format) + TOKENS_PER_MESSAGE * self.messages.len() as u64
    }
}

impl Completion {
    /// What the model said, where it said all of it.
    fn said(self, options: &Options, allowance: Allowance, body: &[u8]) -> Result<Answer, Failure> {
        let Some(choice) = self.choices.into_iter().next() else {
            return Err(Failure::unclear("the model gave no answer").with_body(body));
        };
        let message = choice.message;
        if let Some(words) = message.refusal.filter(|words| !words.is_empty()) {
            return Err(Failure::reject(format!("the model refuses: {words}")).with_code("refusal"));
        }
        match choice.finish_reason.as_deref() {
            Some("length") => {
                let cut_off = || truncated(options.max_tokens);
                return Err(allowance.cap.map_or_else(cut_off, budget::cut_off));
            }
            Some("content_filter") => {
                let why = "the content filter took the answer away: what was asked, or what would have been answered, is not allowed";
                return Err(Failure::reject(why).with_code("content_filter"));
            }
            _ => {}
        }
        match message.content {
            Some(text) => Ok(Answer {
                id: self.id,
                model: self.model,
                text,
            }),
            None => Err(Failure::unclear("the answer has no text").with_body(body)),
        }
    }
}

fn truncated(max_tokens: Option<u64>) -> Failure {
    let message = match max_tokens {
        Some(most) => format!("the answer was cut off after {most} tokens: raise `max-tokens`, or ask for less"),
        None => "the answer was cut off, because the model cannot say more at once: ask for less, or take another model".to_owned(),
    };
    Failure::reject(message)
        .with_code("truncated")
        .with_field("/max-tokens")
}

impl From<Counted> for Usage {
    fn from(counted: Counted) -> Self {
        Self {
            input_tokens: counted.prompt_tokens,
            output_tokens: counted.completion_tokens,
            total_tokens: counted.total_tokens,
        }
    }
}

/// An answer for tests.
#[cfg(test)]
pub fn sample(content: &str) -> mortise_sdk::fake::Answer {
    sample_of(
        serde_json::json!({ "role": "assistant", "content": content, "refusal": null }),
        "stop",
    )
}

/// An answer for tests, with any message and end.
#[cfg(test)]
pub fn sample_of(message: Value, finish_reason: &str) -> mortise_sdk::fake::Answer {
    let body = serde_json::json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-5.6-2026-06-01",
        "choices": [{ "index": 0, "message": message, "finish_reason": finish_reason }],
        "usage": { "prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15 },
    });
    mortise_sdk::fake::Answer::json(200, &body.to_string())
}
