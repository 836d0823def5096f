//! The same action for many inputs at once, where the application has an endpoint for it.

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::bindings::batch::exports::mortise::plugin::batch as raw;
use crate::descriptor::{Example, Operation, Repeat, Role, schema_in, schema_out};
use crate::{Failure, json};

/// One batch operation.
pub trait Batch {
    /// Kebab-case, unique among the batch operations.
    const NAME: &'static str;
    /// One sentence: lower case, no full stop.
    const SUMMARY: &'static str;
    /// What a second call with the same keys does.
    const REPEAT: Repeat;
    /// One input.
    type Input: DeserializeOwned + JsonSchema;
    /// One result.
    type Output: Serialize + JsonSchema;

    /// One result for each item, in the same order; an `Err` is a failure of all of them.
    fn invoke(items: Vec<Item<Self::Input>>)
    -> Result<Vec<Result<Self::Output, Failure>>, Failure>;

    /// Inputs that work, for people and for tests.
    fn examples() -> Vec<Example> {
        Vec::new()
    }
}

/// One input with its own key.
#[derive(Clone, Debug, PartialEq)]
pub struct Item<T> {
    /// Pass it on to the application wherever the application takes one.
    pub idempotency_key: String,
    /// The input.
    pub input: T,
}

/// The descriptor's entry.
pub fn operation<B: Batch>() -> Operation {
    let mut operation = Operation::new(
        B::NAME,
        Role::Batch,
        B::SUMMARY,
        schema_in::<B::Input>(),
        schema_out::<B::Output>(),
    );
    operation.repeat = B::REPEAT;
    operation.examples = B::examples();
    operation
}

/// From the component's export to the trait. An input that cannot be read fails alone.
pub fn invoke<B: Batch>(items: Vec<raw::Item>) -> Result<Vec<Result<String, Failure>>, Failure> {
    let mut results: Vec<Result<String, Failure>> = Vec::with_capacity(items.len());
    let mut readable = Vec::with_capacity(items.len());
    let mut places = Vec::with_capacity(items.len());
    for (index, item) in items.into_iter().enumerate() {
        match json::read::<B::Input>(&item.input, "input") {
            Ok(input) => {
                places.push(index);
                readable.push(Item {
                    idempotency_key: item.idempotency_key,
                    input,
                });
                results.push(Ok(String::new()));
            }
            Err(failure) => results.push(Err(failure.with_record(index))),
        }
    }
    if readable.is_empty() {
        return Ok(results);
    }
    let outputs = B::invoke(readable)?;
    if outputs.len() != places.len() {
        let message = format!(
            "`{}` gave {} results for {} items",
            B::NAME,
            outputs.len(),
            places.len()
        );
        return Err(Failure::unclear(message));
    }
    for (index, output) in places.into_iter().zip(outputs) {
        results[index] = output
            .and_then(|output| json::write(&output))
            .map_err(|failure| failure.with_record(index));
    }
    Ok(results)
}
