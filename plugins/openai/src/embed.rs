//! `embed`: texts as vectors, to compare them by.

use mortise_sdk::http::Request;
use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Timeout, Turn};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::budget::{Budget, Prices, Usage, estimated};
use crate::openai::{self, Settings};
use crate::refusal::Places;

pub struct Embed;

/// One text, or a list of them.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// The model, such as `text-embedding-3-small`.
    model: String,
    /// One text, or a list of up to 2048 of them; none is empty.
    input: Texts,
    /// Numbers in a vector, where they should be fewer than the model has by itself.
    #[schemars(range(min = 1))]
    dimensions: Option<u32>,
    /// Give up after so long, such as `20s`.
    timeout: Option<Timeout>,
    /// What a million tokens cost, for an estimate of the cost and for `max-cost`; there is no output.
    prices: Option<Prices>,
    /// The most that this step may cost, in the currency of `prices`.
    #[schemars(range(min = 0))]
    max_cost: Option<f64>,
    /// The most tokens that this step may take.
    #[schemars(range(min = 1))]
    max_total_tokens: Option<u64>,
}

/// One text, or a list of them.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Texts {
    /// One.
    One(String),
    /// Several.
    Several(Vec<String>),
}

#[derive(Serialize)]
struct Question<'a> {
    model: &'a str,
    input: &'a Texts,
    #[serde(skip_serializing_if = "Option::is_none")]
    dimensions: Option<u32>,
    encoding_format: &'a str,
}

/// Vectors.
#[derive(Serialize, JsonSchema)]
pub struct Output {
    /// A vector for each text, in the order of the texts.
    embeddings: Vec<Vec<f64>>,
    /// The model that made them.
    model: String,
    /// Tokens that OpenAI has counted.
    usage: Usage,
    /// What it cost by the step's `prices`; null where it has none.
    cost: Option<f64>,
}

#[derive(Deserialize)]
struct Embeddings {
    data: Vec<Embedding>,
    model: String,
    #[serde(default)]
    usage: Counted,
}

#[derive(Deserialize)]
struct Embedding {
    index: usize,
    embedding: Vec<f64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Counted {
    prompt_tokens: u64,
    total_tokens: u64,
}

impl Action for Embed {
    const NAME: &'static str = "embed";
    const SUMMARY: &'static str = "makes vectors of texts";
    // See `completion`.
    const REPEAT: Repeat = Repeat::Safe;
    type Input = Input;
    type Output = Output;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<Output>, Failure> {
        let settings = Settings::read()?;
        let budget = Budget {
            prices: input.prices,
            max_cost: input.max_cost,
            max_total_tokens: input.max_total_tokens,
        };
        budget.allow(&Usage::default(), input.input.tokens(), None)?;
        let request = Request::post(settings.url("/embeddings")).json(&Question {
            model: &input.model,
            input: &input.input,
            dimensions: input.dimensions,
            encoding_format: "float",
        })?;
        let timeout_ms = input.timeout.map(Timeout::as_ms);
        let response = openai::ask(request, &settings, timeout_ms, &Places::none())?;
        let mut told: Embeddings = response.json()?;
        told.data.sort_by_key(|one| one.index);
        if told.data.len() != input.input.count() {
            let why = format!(
                "there are {} vectors for {} texts",
                told.data.len(),
                input.input.count()
            );
            return Err(Failure::unclear(why).with_body(response.bytes()));
        }
        let usage = Usage {
            input_tokens: told.usage.prompt_tokens,
            output_tokens: 0,
            total_tokens: told.usage.total_tokens,
        };
        budget.hold(&usage)?;
        Ok(Outcome::Done(Output {
            embeddings: told.data.into_iter().map(|one| one.embedding).collect(),
            model: told.model,
            cost: budget.cost(&usage),
            usage,
        }))
    }

    fn examples() -> Vec<Example> {
        vec![Example::new(
            "two texts",
            json!({
                "model": "text-embedding-3-small",
                "input": ["a stuck door", "a door that does not open"],
                "dimensions": 4,
            }),
        )]
    }
}

impl Texts {
    fn all(&self) -> &[String] {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::Several(texts) => texts,
        }
    }

    fn count(&self) -> usize {
        self.all().len()
    }

    /// Tokens, about.
    fn tokens(&self) -> u64 {
        self.all().iter().map(|text| estimated(text.len())).sum()
    }
}

#[cfg(test)]
mod tests {
    use mortise_sdk::Disposition;
    use mortise_sdk::fake::{self, Answer, Host};
    use serde_json::{Value, json};

    use super::*;

    fn answer(vectors: &Value) -> Answer {
        let body = json!({
            "object": "list", "model": "text-embedding-3-small", "data": vectors,
            "usage": { "prompt_tokens": 8, "total_tokens": 8 },
        });
        Answer::json(200, &body.to_string())
    }

    #[test]
    fn vectors_come_in_the_order_of_the_texts() {
        let vectors = json!([
            { "object": "embedding", "index": 1, "embedding": [0.5] },
            { "object": "embedding", "index": 0, "embedding": [-0.25] },
        ]);
        let _host = Host::new().answer(answer(&vectors)).install();
        let prices = json!({ "input-per-million": 0.5 });
        let input = json!({ "model": "m", "input": ["a", "b"], "prices": prices });
        let output = fake::invoke::<Embed>(&input).unwrap();
        assert_eq!(output["embeddings"], json!([[-0.25], [0.5]]));
        assert_eq!(output["cost"], 0.000004);
        assert_eq!(output["usage"]["total_tokens"], 8);
    }

    #[test]
    fn a_vector_that_is_missing_is_noticed() {
        let vectors = json!([{ "object": "embedding", "index": 0, "embedding": [0.5] }]);
        let _host = Host::new().answer(answer(&vectors)).install();
        let input = json!({ "model": "m", "input": ["a", "b"] });
        let failure = fake::invoke::<Embed>(&input).unwrap_err();
        assert_eq!(failure.disposition, Disposition::Unclear);
    }

    #[test]
    fn texts_that_are_too_long_for_the_cap_are_not_sent() {
        let host = Host::new().install();
        let input = json!({ "model": "m", "input": "x".repeat(80), "max-total-tokens": 20 });
        let failure = fake::invoke::<Embed>(&input).unwrap_err();
        assert_eq!(
            failure.cause.unwrap().code.as_deref(),
            Some("cost_cap_exceeded")
        );
        assert_eq!(host.requests().len(), 0);
    }
}
