//! `list`: walks a list that comes in pages, as the specification of cursor connections has it: an object
//! with `nodes` or `edges`, and `pageInfo { hasNextPage endCursor }`.

use mortise_sdk::{Action, Example, Failure, Outcome, Repeat, Turn};
use serde_json::{Value, json};

use crate::graphql::{self, Question};

pub struct List;

document! {
    /// A query, and where its list is.
    pub struct Input {
        /// JSON Pointer to the list within the data, such as `/shop/orders`: the object that has `nodes`
        /// or `edges`, and `pageInfo`.
        items: String,
        /// The variable that the query passes on as the list's `after`.
        #[serde(default = "after")]
        variable: String,
    }
}

fn after() -> String {
    "after".to_owned()
}

impl Action for List {
    const NAME: &'static str = "list";
    const SUMMARY: &'static str = "walks a list that a query gives in pages";
    // The key goes along as with `query`, for servers that are asked by POST alone.
    const REPEAT: Repeat = Repeat::Keyed;
    const PAGED: bool = true;
    type Input = Input;
    /// A node of the list, with the fields that the query asks for.
    type Output = Value;

    fn invoke(mut input: Input, turn: Turn) -> Result<Outcome<Value>, Failure> {
        let cursor: Option<String> = turn.page()?;
        if let Some(cursor) = &cursor {
            input
                .variables
                .insert(input.variable.clone(), cursor.as_str().into());
        }
        let question = Question {
            query: &input.query,
            variables: &input.variables,
            operation_name: input.operation_name.as_deref(),
        };
        let answer = graphql::ask(&question, &input.way())?.whole(input.allow_partial)?;
        let list = answer.data.pointer(&input.items);
        let list = list.filter(|list| list.is_object()).ok_or_else(|| {
            let why = format!(
                "the data has no list at `{}`: it is `{}`",
                input.items,
                shortened(&answer.data)
            );
            Failure::misconfigured(why).with_field("/items")
        })?;
        let next = next(list, &input.items)?;
        if next.is_some() && next == cursor {
            return Err(Failure::misconfigured(format!(
                "the server gives the same page for ever: does the query pass `${}` on as `after` of `{}`?",
                input.variable, input.items
            ))
            .with_field("/variable"));
        }
        Outcome::page(nodes(list, &input.items)?, next)
    }

    fn examples() -> Vec<Example> {
        vec![Example::new(
            "all orders",
            json!({
                "query": "query Orders($after: String) { orders(first: 50, after: $after) { nodes { id total } pageInfo { hasNextPage endCursor } } }",
                "items": "/orders",
            }),
        )]
    }
}

/// The nodes, without those that the server could not give.
fn nodes(list: &Value, items: &str) -> Result<Vec<Value>, Failure> {
    let nodes = list["nodes"].as_array();
    let nodes: Vec<Value> = match (nodes, list["edges"].as_array()) {
        (Some(nodes), _) => nodes.clone(),
        (None, Some(edges)) => edges.iter().map(|edge| edge["node"].clone()).collect(),
        (None, None) => {
            return Err(Failure::misconfigured(format!(
                "the list at `{items}` has neither `nodes` nor `edges`: ask for `nodes {{ … }}`"
            ))
            .with_field("/query"));
        }
    };
    Ok(nodes.into_iter().filter(|node| !node.is_null()).collect())
}

/// The cursor of the next page; none at the end.
fn next(list: &Value, items: &str) -> Result<Option<String>, Failure> {
    let info = &list["pageInfo"];
    match (&info["hasNextPage"], &info["endCursor"]) {
        (Value::Bool(false), _) => Ok(None),
        (Value::Bool(true), Value::String(cursor)) => Ok(Some(cursor.clone())),
        _ => Err(Failure::misconfigured(format!(
            "the list at `{items}` does not say where it ends: ask for `pageInfo {{ hasNextPage endCursor }}`"
        ))
        .with_field("/query")),
    }
}

/// The start of a value, for a sentence.
fn shortened(value: &Value) -> String {
    const MAX_CHARS: usize = 200;
    let text = value.to_string();
    match text.char_indices().nth(MAX_CHARS) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use mortise_sdk::Json;
    use mortise_sdk::fake::{self, Answer, Host};
    use mortise_sdk::http::Body;

    use super::*;

    fn page(list: &Value, turn: Turn) -> (Result<Outcome<Value>, Failure>, Value) {
        let body = json!({ "data": { "shop": { "orders": list } } }).to_string();
        let settings = json!({ "base-url": "https://api.example" });
        let host = Host::new()
            .settings(&settings)
            .answer(Answer::json(200, &body))
            .install();
        let input = json!({ "query": "q", "variables": { "n": 2 }, "items": "/shop/orders", "variable": "cursor" });
        let outcome = fake::turn::<List>(&input, turn);
        let Body::Bytes(sent) = host.requests().remove(0).body else {
            panic!("no body");
        };
        (
            outcome,
            serde_json::from_slice::<Value>(&sent).unwrap()["variables"].clone(),
        )
    }

    fn next(cursor: &str) -> Turn {
        Turn::Next(Json::of(cursor).unwrap())
    }

    #[test]
    fn a_list_is_walked_by_its_cursor() {
        let first = json!({ "nodes": [{ "id": 1 }, null], "pageInfo": { "hasNextPage": true, "endCursor": "c2" } });
        let (outcome, sent) = page(&first, Turn::Start);
        let token = Some(Json::of("c2").unwrap());
        assert_eq!(
            outcome.unwrap(),
            Outcome::Page {
                records: vec![json!({ "id": 1 })],
                next: token
            }
        );
        assert_eq!(sent, json!({ "n": 2 }));
        let last = json!({ "edges": [{ "node": { "id": 2 } }], "pageInfo": { "hasNextPage": false, "endCursor": "c3" } });
        let (outcome, sent) = page(&last, next("c2"));
        assert_eq!(
            outcome.unwrap(),
            Outcome::Page {
                records: vec![json!({ "id": 2 })],
                next: None
            }
        );
        assert_eq!(sent, json!({ "n": 2, "cursor": "c2" }));
    }

    #[test]
    fn a_query_that_cannot_be_walked_is_told_what_it_lacks() {
        let info = json!({ "hasNextPage": true, "endCursor": "c2" });
        for (list, turn, field, words) in [
            (
                json!({ "nodes": [], "pageInfo": info }),
                next("c2"),
                "/variable",
                "`$cursor`",
            ),
            (
                json!({ "nodes": [] }),
                Turn::Start,
                "/query",
                "`pageInfo { hasNextPage endCursor }`",
            ),
            (
                json!({ "pageInfo": info }),
                Turn::Start,
                "/query",
                "`nodes { … }`",
            ),
            (json!(null), Turn::Start, "/items", "`/shop/orders`"),
        ] {
            let failure = page(&list, turn).0.unwrap_err();
            assert!(failure.message.contains(words), "{}", failure.message);
            assert_eq!(failure.cause.unwrap().field.as_deref(), Some(field));
        }
    }
}
