//! Answers that are data: asked for by a JSON Schema, checked against it here, and repaired once.

mod strict;

use jsonschema::Validator;
use mortise_sdk::Failure;
use serde_json::{Value, json};

use crate::budget::Usage;
use crate::completion::{Answer, Question};
use crate::input::Options;
use crate::message::{Message, Role};
use crate::refusal::Places;

/// So many problems are told to the model: what comes after them mostly comes from them.
const PROBLEMS_MAX: usize = 10;
/// A problem quotes the value, which may be long.
const PROBLEM_MAX_CHARS: usize = 300;

/// What answers have to be like.
pub struct Shape {
    validator: Validator,
    format: Value,
}

/// Data that fits.
#[derive(Debug)]
pub struct Checked {
    /// The model's answer.
    pub answer: Answer,
    /// The data that it is.
    pub data: Value,
    /// The first answer did not fit.
    pub is_repaired: bool,
}

/// What is wrong with an answer.
struct Problem {
    /// JSON Pointer into the answer.
    field: String,
    message: String,
}

impl Shape {
    /// Of a JSON Schema, whose name the model sees; `field` is where it stands in the step's input.
    pub fn new(name: &str, mut schema: Value, field: &str) -> Result<Self, Failure> {
        let wrong = |why: String| Failure::misconfigured(why).with_field(field);
        let validator = jsonschema::options()
            .build(&schema)
            .map_err(|error| wrong(format!("this is no JSON Schema: {error}")))?;
        if schema["type"] != "object" {
            return Err(wrong(
                "a model answers with an object: give the schema `type: object` at its top, and what is asked for as a property"
                    .to_owned(),
            ));
        }
        // It is said here already, and OpenAI does not take it everywhere.
        if let Some(schema) = schema.as_object_mut() {
            schema.shift_remove("$schema");
        }
        let strict = strict::fits(&schema);
        let format = json!({
            "type": "json_schema",
            "json_schema": { "name": name, "schema": schema, "strict": strict },
        });
        Ok(Self { validator, format })
    }

    /// Asks, checks the answer, and asks once more where it does not fit.
    pub fn ask(
        &self,
        mut messages: Vec<Message>,
        options: &Options,
        places: &Places,
        spent: &mut Usage,
    ) -> Result<Checked, Failure> {
        let first = self.put(&messages, options, places, spent)?;
        let problems = match self.check(&first.text) {
            Ok(data) => {
                return Ok(Checked {
                    answer: first,
                    data,
                    is_repaired: false,
                });
            }
            Err(problems) => problems,
        };
        messages.push(Message::text(Role::Assistant, first.text));
        messages.push(Message::text(Role::User, repair(&problems)));
        let second = self.put(&messages, options, places, spent)?;
        match self.check(&second.text) {
            Ok(data) => Ok(Checked {
                answer: second,
                data,
                is_repaired: true,
            }),
            Err(problems) => Err(mismatch(&problems, &second.text)),
        }
    }

    fn put(
        &self,
        messages: &[Message],
        options: &Options,
        places: &Places,
        spent: &mut Usage,
    ) -> Result<Answer, Failure> {
        let mut question = Question::new(options, messages);
        question.response_format = Some(&self.format);
        question.ask(options, places, spent)
    }

    fn check(&self, text: &str) -> Result<Value, Vec<Problem>> {
        let data: Value = serde_json::from_str(text).map_err(|error| {
            vec![Problem {
                field: String::new(),
                message: format!("it is not JSON: {error}"),
            }]
        })?;
        let problems: Vec<Problem> = self
            .validator
            .iter_errors(&data)
            .take(PROBLEMS_MAX)
            .map(|error| Problem {
                field: error.instance_path().as_str().to_owned(),
                message: error.to_string().chars().take(PROBLEM_MAX_CHARS).collect(),
            })
            .collect();
        match problems.is_empty() {
            true => Ok(data),
            false => Err(problems),
        }
    }
}

/// What the model is told of an answer that does not fit.
fn repair(problems: &[Problem]) -> String {
    let mut text =
        "Your answer does not fit the JSON Schema. Give the whole answer again, corrected, as JSON and nothing else. What is wrong:"
            .to_owned();
    for problem in problems {
        let place = match problem.field.as_str() {
            "" => "the answer",
            field => field,
        };
        text += &format!("\n- {place}: {}", problem.message);
    }
    text
}

fn mismatch(problems: &[Problem], answer: &str) -> Failure {
    let (field, message) = problems.first().map_or(("", ""), |problem| {
        (problem.field.as_str(), problem.message.as_str())
    });
    let place = match field {
        "" => String::new(),
        field => format!(" at `{field}`"),
    };
    let failure = Failure::reject(format!(
        "the model's answer does not fit the schema{place}, even after it was asked to correct it: {message}"
    ));
    failure
        .with_code("schema_mismatch")
        .with_field(field)
        .with_body(answer.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_that_is_none_is_the_authors_affair() {
        for (schema, words) in [
            (json!({ "type": "objekt" }), "no JSON Schema"),
            (json!({ "type": "array" }), "`type: object`"),
            (
                json!({ "type": "object", "$ref": "https://schemas.example/a" }),
                "no JSON Schema",
            ),
        ] {
            let failure = Shape::new("data", schema, "/schema").err().unwrap();
            assert!(failure.message.contains(words), "{}", failure.message);
            assert_eq!(failure.cause.unwrap().field.as_deref(), Some("/schema"));
        }
    }

    #[test]
    fn a_problem_names_its_field() {
        let schema = json!({
            "type": "object",
            "properties": { "lines": { "type": "array", "items": { "properties": { "price": { "type": "number" } } } } },
        });
        let shape = Shape::new("data", schema, "/schema").unwrap();
        let problems = shape
            .check(r#"{"lines":[{"price":1},{"price":"x"}]}"#)
            .unwrap_err();
        assert_eq!(problems[0].field, "/lines/1/price");
        assert_eq!(problems.len(), 1);
        let failure = mismatch(&problems, "{}");
        assert_eq!(
            failure.cause.unwrap().field.as_deref(),
            Some("/lines/1/price")
        );
        assert!(
            shape.check("Here you are: {}").unwrap_err()[0]
                .message
                .starts_with("it is not JSON")
        );
        assert!(shape.check("{}").is_ok());
    }
}
