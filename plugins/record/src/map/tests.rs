#![allow(clippy::unwrap_used, clippy::expect_used)]

use mortise_sdk::{Disposition, Failure, RawTransform, fake};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Map;

fn read(path: &str) -> String {
    std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn the_order_of_the_bench_becomes_exactly_its_invoice() {
    let workflow: Value = serde_saphyr::from_str(&read("../../bench/workflow.yaml")).unwrap();
    let invoice: Value = serde_json::from_str(&read("../../bench/invoice.json")).unwrap();
    let order = read("../../bench/order.json");
    let outcomes = Map::apply_all(&workflow["steps"][0]["with"].to_string(), vec![order]).unwrap();
    let made = &outcomes[0].as_ref().unwrap()[0];
    assert_eq!(serde_json::from_str::<Value>(made).unwrap(), invoice);
    // As values, 50.0 would be equal to 50.
    assert!(
        made.contains(r#""amount":50}"#) && made.ends_with(r#""total":362.3,"memo":""}"#),
        "{made}"
    );
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    with: Value,
    #[serde(default)]
    records: Vec<String>,
    #[serde(default)]
    gives: Vec<Outcome>,
    refused: Option<Wrong>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Outcome {
    Records(Vec<String>),
    Failure(Wrong),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wrong {
    field: Option<String>,
    message: String,
}

fn check(name: &str, failure: &Failure, disposition: Disposition, expected: &Wrong) {
    assert_eq!(failure.disposition, disposition, "{name}");
    // Where in the text serde stopped, and what it knows besides, is left out.
    assert_eq!(
        failure.message.split(", expected").next().unwrap(),
        expected.message,
        "{name}"
    );
    let field = failure.cause.as_ref().and_then(|cause| cause.field.clone());
    assert_eq!(field, expected.field, "{name}");
}

#[test]
fn every_case_gives_what_it_says() {
    let cases: Vec<Case> = serde_saphyr::from_str(&read("tests/cases/mappings.yaml")).unwrap();
    for Case {
        name,
        with,
        records,
        gives,
        refused,
    } in cases
    {
        let count = records.len();
        let outcomes = match (Map::apply_all(&with.to_string(), records), refused) {
            (Ok(outcomes), None) => outcomes,
            (Err(failure), Some(expected)) => {
                check(&name, &failure, Disposition::Misconfigured, &expected);
                continue;
            }
            (Ok(_), Some(_)) => panic!("{name}: it is not refused"),
            (Err(failure), None) => panic!("{name}: {}", failure.message),
        };
        assert_eq!((outcomes.len(), gives.len()), (count, count), "{name}");
        for (index, (outcome, expected)) in outcomes.iter().zip(&gives).enumerate() {
            let name = format!("{name}, record {index}");
            match (outcome, expected) {
                (Ok(outputs), Outcome::Records(expected)) => {
                    assert_eq!(outputs, expected, "{name}")
                }
                (Err(failure), Outcome::Failure(expected)) => {
                    check(&name, failure, Disposition::Reject, expected);
                    assert_eq!(
                        failure.cause.as_ref().unwrap().record,
                        Some(index as u32),
                        "{name}"
                    );
                }
                (Ok(outputs), Outcome::Failure(_)) => panic!("{name}: gives {outputs:?}"),
                (Err(failure), Outcome::Records(_)) => panic!("{name}: {}", failure.message),
            }
        }
    }
}

#[test]
fn nesting_ends_at_a_limit_and_not_at_the_end_of_the_stack() {
    let config = json!({ "fields": { "a": { "flatten": "." } } }).to_string();
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let outcomes =
        Map::apply_all(&config, vec![nested(100), nested(101), nested(1_000_000)]).unwrap();
    assert_eq!(outcomes[0], Ok(vec!["{\"a\":[]}".to_owned()]));
    for outcome in &outcomes[1..] {
        assert_eq!(
            outcome.as_ref().unwrap_err().message,
            "the record is nested deeper than 100 levels"
        );
    }
    for expression in [
        "(".repeat(100_000),
        "-".repeat(100_000),
        "not ".repeat(100_000),
    ] {
        let config = json!({ "fields": { "a": expression } }).to_string();
        let failure = Map::apply_all(&config, Vec::new()).unwrap_err();
        assert!(
            failure.message.contains("nested deeper than 32 levels"),
            "{}",
            failure.message
        );
    }
}

#[test]
fn the_descriptor_and_its_examples_fit_their_schemas_and_run() {
    let schema: Value = serde_json::from_str(&read("../../wit/descriptor.schema.json")).unwrap();
    let descriptor = serde_json::to_value(crate::descriptor()).unwrap();
    let valid = |schema: &Value, value: &Value| {
        jsonschema::validate(schema, value).map_err(|error| error.to_string())
    };
    assert_eq!(valid(&schema, &descriptor), Ok(()));
    let input = &descriptor["operations"][0]["input"];
    for example in Map::examples() {
        assert_eq!(valid(input, &example.input), Ok(()));
    }
    assert_eq!(fake::run_examples::<Map>(), Ok(()));
    let workflow: Value = serde_saphyr::from_str(&read("../../bench/workflow.yaml")).unwrap();
    assert_eq!(valid(input, &workflow["steps"][0]["with"]), Ok(()));
    let unknown = json!({ "fields": { "a": { "valu": ".a" } } });
    assert!(
        valid(input, &unknown).is_err(),
        "checking a manifest finds unknown keys"
    );
}
