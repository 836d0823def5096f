#![allow(clippy::unwrap_used, clippy::expect_used)]

use mortise_sdk::{Disposition, Failure, Outcomes, RawTransform, fake};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Filter, Fold, Map};

fn read(path: &str) -> String {
    std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    operation: String,
    program: String,
    #[serde(default)]
    records: Vec<String>,
    #[serde(default)]
    gives: Vec<Outcome>,
    refused: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Outcome {
    Records(Vec<String>),
    Failure(String),
}

fn apply(operation: &str, program: &str, records: Vec<String>) -> Result<Outcomes, Failure> {
    let config = json!({ "program": program }).to_string();
    match operation {
        "map" => Map::apply_all(&config, records),
        "filter" => Filter::apply_all(&config, records),
        _ => Fold::apply_all(&config, records),
    }
}

#[test]
fn every_case_gives_what_it_says() {
    let cases: Vec<Case> = serde_saphyr::from_str(&read("tests/cases/programs.yaml")).unwrap();
    for Case {
        operation,
        program,
        records,
        gives,
        refused,
    } in cases
    {
        let outcomes = match (apply(&operation, &program, records), refused) {
            (Ok(outcomes), None) => outcomes,
            (Err(failure), Some(expected)) => {
                assert_eq!(failure.message, expected);
                continue;
            }
            (Ok(_), Some(expected)) => panic!("{operation} `{program}` is not refused: {expected}"),
            (Err(failure), None) => panic!("{operation} `{program}`: {}", failure.message),
        };
        assert_eq!(outcomes.len(), gives.len(), "{operation} `{program}`");
        for (index, (outcome, expected)) in outcomes.into_iter().zip(gives).enumerate() {
            match (outcome, expected) {
                (Ok(outputs), Outcome::Records(expected)) => {
                    assert_eq!(outputs, expected, "`{program}`")
                }
                (Err(failure), Outcome::Failure(expected)) => {
                    assert_eq!(failure.message, expected, "`{program}`");
                    assert_eq!(failure.disposition, Disposition::Reject);
                    assert_eq!(failure.cause.unwrap().record, Some(index as u32));
                }
                (Ok(outputs), Outcome::Failure(_)) => {
                    panic!("{operation} `{program}` gives {outputs:?}")
                }
                (Err(failure), Outcome::Records(_)) => {
                    panic!("{operation} `{program}`: {}", failure.message)
                }
            }
        }
    }
}

#[test]
fn a_wrong_program_is_the_authors_to_change() {
    let failure = apply("map", ".a |", vec!["1".to_owned()]).unwrap_err();
    assert_eq!(failure.disposition, Disposition::Misconfigured);
    assert_eq!(failure.cause.unwrap().field.as_deref(), Some("/program"));
    let failure = Map::apply_all("{\"programme\":\".\"}", Vec::new()).unwrap_err();
    assert!(
        failure.message.contains("unknown field `programme`"),
        "{}",
        failure.message
    );
    let long = apply("map", &format!(".{}", " ".repeat(70_000)), Vec::new()).unwrap_err();
    assert_eq!(
        long.message,
        "the program has 70001 bytes, 65536 are allowed"
    );
}

#[test]
fn more_programs_than_are_remembered_still_run() {
    for round in 0..2 {
        for number in 0..100 {
            let outcomes = apply("map", &format!(". + {number}"), vec!["1".to_owned()]).unwrap();
            assert_eq!(
                outcomes[0],
                Ok(vec![(number + 1).to_string()]),
                "round {round}"
            );
        }
    }
}

#[test]
fn a_deep_result_ends_at_a_limit() {
    let outcomes = apply(
        "map",
        "reduce range(1000) as $i (0; [.])",
        vec!["null".to_owned()],
    )
    .unwrap();
    assert_eq!(
        outcomes[0].as_ref().unwrap_err().message,
        "the result is nested deeper than 512 levels"
    );
}

#[test]
fn the_descriptor_and_its_examples_fit_their_schemas_and_run() {
    let schema: Value = serde_json::from_str(&read("../../wit/descriptor.schema.json")).unwrap();
    let descriptor = serde_json::to_value(crate::descriptor()).unwrap();
    assert_eq!(
        jsonschema::validate(&schema, &descriptor).map_err(|error| error.to_string()),
        Ok(())
    );
    let records: Vec<&Value> = descriptor["operations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|o| &o["records"])
        .collect();
    assert_eq!(records, ["each", "each", "all"]);
    assert_eq!(fake::run_examples::<Map>(), Ok(()));
    assert_eq!(fake::run_examples::<Filter>(), Ok(()));
    assert_eq!(fake::run_examples::<Fold>(), Ok(()));
}
