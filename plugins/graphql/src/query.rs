//! `query`: sends one document, a query or a mutation, and gives its data.

use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::answer::Error;
use crate::graphql::{self, Question};

pub struct Query;

document! {
    /// A document, and how it is sent.
    pub struct Input {}
}

/// What the server gave.
#[derive(Serialize, JsonSchema)]
pub struct Output {
    /// The data, as the document asks for it.
    data: Value,
    /// What could not be given, with `allow-partial`; otherwise empty.
    errors: Vec<Error>,
    /// What the server says besides, such as the cost; null where it says nothing.
    extensions: Option<Value>,
}

impl Action for Query {
    const NAME: &'static str = "query";
    const SUMMARY: &'static str = "sends a query or a mutation and gives its data";
    const REPEAT: Repeat = Repeat::Keyed;
    type Input = Input;
    type Output = Output;

    fn invoke(input: Input, _: Turn) -> Result<Outcome<Output>, Failure> {
        let question = Question {
            query: &input.query,
            variables: &input.variables,
            operation_name: input.operation_name.as_deref(),
        };
        let answer = graphql::ask(&question, &input.way())?.whole(input.allow_partial)?;
        Ok(Outcome::Done(Output {
            data: answer.data,
            errors: answer.errors,
            extensions: answer.extensions,
        }))
    }

    fn examples() -> Vec<Example> {
        vec![
            Example::new(
                "an order",
                json!({
                    "query": "query Order($id: ID!) { order(id: $id) { id total } }",
                    "variables": { "id": "1001" },
                }),
            ),
            Example::new(
                "a note on an order",
                json!({
                    "query": "mutation Note($id: ID!, $text: String!) { addNote(orderId: $id, text: $text) { note { id } } }",
                    "variables": { "id": "1001", "text": "rang twice" },
                    "timeout": "20s",
                }),
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use mortise_sdk::fake::{self, Answer, Host};
    use mortise_sdk::http::Body;

    use super::*;

    #[test]
    fn a_document_leaves_with_its_variables() {
        let answer = Answer::json(
            200,
            r#"{"data":{"order":{"total":1.10}},"extensions":{"cost":1}}"#,
        );
        let settings = json!({ "base-url": "https://api.example" });
        let host = Host::new().settings(&settings).answer(answer).install();
        let input = json!({ "query": "query A { a } query B { b }", "operation-name": "B", "variables": { "x": [1] } });
        let output = fake::invoke::<Query>(&input).unwrap();
        assert_eq!(
            output,
            json!({ "data": { "order": { "total": 1.1 } }, "errors": [], "extensions": { "cost": 1 } })
        );
        let Body::Bytes(sent) = &host.requests()[0].body else {
            panic!("no body");
        };
        let sent: Value = serde_json::from_slice(sent).unwrap();
        assert_eq!(
            sent,
            json!({ "query": input["query"], "operationName": "B", "variables": { "x": [1] } })
        );
    }

    #[test]
    fn a_field_that_is_not_known_is_named() {
        let failure =
            fake::invoke::<Query>(&json!({ "query": "{ a }", "variable": {} })).unwrap_err();
        assert_eq!(failure.cause.unwrap().field.as_deref(), Some("/variable"));
    }
}
