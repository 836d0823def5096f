//! `chat`: a model's answer to a prompt or to a conversation.

use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::budget::Usage;
use crate::completion::Question;
use crate::message::{Message, Role};
use crate::refusal::Places;

pub struct Chat;

question! {
    /// A prompt, or a conversation.
    pub struct Input {
        /// What is asked; or `messages`.
        prompt: Option<String>,
        /// The conversation so far; or `prompt`.
        messages: Option<Vec<Message>>,
        /// What the model has to keep to, before everything else.
        instructions: Option<String>,
        /// Only the most likely words, which together have this probability; instead of `temperature`.
        #[schemars(range(min = 0, max = 1))]
        top_p: Option<f64>,
        /// Texts that end the answer; up to four.
        #[serde(default)]
        #[schemars(length(max = 4))]
        stop: Vec<String>,
    }
}

/// What the model said.
#[derive(Serialize, JsonSchema)]
pub struct Output {
    /// What the model said.
    text: String,
    /// The model that answered: its exact version.
    model: String,
    /// OpenAI's id of the completion.
    id: String,
    /// Tokens that OpenAI has counted.
    usage: Usage,
    /// What it cost by the step's `prices`, without what OpenAI takes off; null where it has none.
    cost: Option<f64>,
}

impl Action for Chat {
    const NAME: &'static str = "chat";
    const SUMMARY: &'static str = "answers a prompt or a conversation";
    // See `completion`.
    const REPEAT: Repeat = Repeat::Safe;
    type Input = Input;
    type Output = Output;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<Output>, Failure> {
        let (messages, places) = input.conversation()?;
        let options = input.options();
        let mut question = Question::new(&options, &messages);
        question.top_p = input.top_p;
        question.stop = &input.stop;
        let mut usage = Usage::default();
        let answer = question.ask(&options, &places, &mut usage)?;
        Ok(Outcome::Done(Output {
            text: answer.text,
            model: answer.model,
            id: answer.id,
            cost: options.budget.cost(&usage),
            usage,
        }))
    }

    fn examples() -> Vec<Example> {
        vec![
            Example::new(
                "a short summary",
                json!({
                    "model": "gpt-5.6",
                    "instructions": "Answer in one sentence.",
                    "prompt": "Summarize: the delivery was late and two of five boxes were wet.",
                    "max-tokens": 400,
                    "prices": { "input-per-million": 1.25, "output-per-million": 10.0 },
                    "max-cost": 0.01,
                }),
            ),
            Example::new(
                "a conversation",
                json!({
                    "model": "gpt-5.6",
                    "messages": [
                        { "role": "user", "content": "Where is order 1001?" },
                        { "role": "assistant", "content": "It left on Monday." },
                        { "role": "user", "content": "And when will it be here?" },
                    ],
                }),
            ),
        ]
    }
}

impl Input {
    /// All messages, and where they come from.
    fn conversation(&self) -> Result<(Vec<Message>, Places), Failure> {
        let (own, messages) = match (&self.prompt, &self.messages) {
            (Some(prompt), None) => ("/prompt", vec![Message::text(Role::User, prompt)]),
            (None, Some(messages)) if !messages.is_empty() => ("/messages", messages.clone()),
            _ => {
                return Err(Failure::misconfigured(
                    "a chat has `prompt` or `messages`, one of them",
                ));
            }
        };
        let instructions = self.instructions.as_ref();
        let first = instructions.map(|text| Message::text(Role::System, text));
        let places = Places {
            before: instructions.map(|_| "/instructions"),
            messages: own,
            format: "",
        };
        Ok((first.into_iter().chain(messages).collect(), places))
    }
}

#[cfg(test)]
mod tests {
    use mortise_sdk::Disposition;
    use mortise_sdk::fake::{self, Answer, Host};
    use mortise_sdk::http::Body;
    use serde_json::Value;

    use super::*;
    use crate::completion::{sample, sample_of};

    fn chat(input: Value, answer: Answer) -> (Result<Value, Failure>, Option<Value>) {
        let host = Host::new().answer(answer).install();
        let output = fake::invoke::<Chat>(&input);
        let sent = host
            .requests()
            .into_iter()
            .next()
            .map(|request| match request.body {
                Body::Bytes(bytes) => serde_json::from_slice(&bytes).unwrap(),
                _ => panic!("no body"),
            });
        (output, sent)
    }

    #[test]
    fn only_what_is_said_is_sent() {
        let (output, sent) = chat(
            json!({ "model": "gpt-5.6", "prompt": "hi" }),
            sample("hello"),
        );
        let messages = json!([{ "role": "user", "content": "hi" }]);
        assert_eq!(
            sent,
            Some(json!({ "model": "gpt-5.6", "messages": messages }))
        );
        let usage = json!({ "input_tokens": 10, "output_tokens": 5, "total_tokens": 15 });
        assert_eq!(
            output.unwrap(),
            json!({
                "text": "hello", "model": "gpt-5.6-2026-06-01", "id": "chatcmpl-1", "usage": usage, "cost": null,
            })
        );
    }

    #[test]
    fn everything_that_can_be_said_is_sent() {
        let image = json!([
            { "type": "text", "text": "what is it" },
            { "type": "image_url", "image_url": { "url": "https://files.example/a.png", "detail": "low" } },
        ]);
        let input = json!({
            "model": "m", "instructions": "be kind", "messages": [{ "role": "user", "content": image }],
            "temperature": 0.5, "top-p": 0.9, "seed": 7, "stop": ["END"], "reasoning-effort": "low",
            "max-tokens": 50, "prices": { "input-per-million": 1, "output-per-million": 2 },
        });
        let (output, sent) = chat(input, sample("a cat"));
        let expected = json!({
            "model": "m",
            "messages": [
                { "role": "system", "content": "be kind" },
                { "role": "user", "content": image },
            ],
            "temperature": 0.5, "seed": 7, "reasoning_effort": "low", "max_completion_tokens": 50,
            "top_p": 0.9, "stop": ["END"],
        });
        assert_eq!(sent, Some(expected));
        assert_eq!(output.unwrap()["cost"], 0.00002);
    }

    #[test]
    fn an_answer_that_is_none_is_named() {
        let said = |content: Value, refusal: Value| json!({ "role": "assistant", "content": content, "refusal": refusal });
        let prices = json!({ "input-per-million": 1, "output-per-million": 1 });
        let plain = json!({ "model": "m", "prompt": "hi" });
        let capped = json!({ "model": "m", "prompt": "hi", "prices": prices, "max-cost": 0.001 });
        let low = json!({ "model": "m", "prompt": "hi", "max-total-tokens": 14 });
        for (input, answer, code) in [
            (
                &plain,
                sample_of(said(Value::Null, json!("I cannot")), "stop"),
                "refusal",
            ),
            (
                &plain,
                sample_of(said(json!("half"), Value::Null), "length"),
                "truncated",
            ),
            (
                &plain,
                sample_of(said(json!(""), Value::Null), "content_filter"),
                "content_filter",
            ),
            (
                &capped,
                sample_of(said(json!("half"), Value::Null), "length"),
                "cost_cap_exceeded",
            ),
            (&low, sample("hello"), "cost_cap_exceeded"),
        ] {
            let failure = chat(input.clone(), answer).0.unwrap_err();
            assert_eq!(failure.disposition, Disposition::Reject, "{code}");
            assert_eq!(failure.cause.unwrap().code.as_deref(), Some(code));
        }
        let empty = chat(plain, sample_of(said(Value::Null, Value::Null), "stop"));
        assert_eq!(empty.0.unwrap_err().disposition, Disposition::Unclear);
    }

    #[test]
    fn what_makes_no_sense_is_not_sent() {
        let both = json!({ "model": "m", "prompt": "a", "messages": [{ "role": "user", "content": "b" }] });
        let long = json!({ "model": "m", "prompt": "x".repeat(400), "max-total-tokens": 50 });
        for (input, disposition) in [
            (both, Disposition::Misconfigured),
            (json!({ "model": "m" }), Disposition::Misconfigured),
            (
                json!({ "model": "m", "messages": [] }),
                Disposition::Misconfigured,
            ),
            (long, Disposition::Reject),
        ] {
            let (output, sent) = chat(input, sample("never"));
            assert_eq!(output.unwrap_err().disposition, disposition);
            assert_eq!(sent, None);
        }
    }
}
