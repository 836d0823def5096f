//! Transforms: they reach nothing, so their examples are played as they are.

use mortise_model::Json;
use mortise_model::descriptor::{OperationDescriptor, Records};
use mortise_model::failure::RecordFailure as Left;
use mortise_ports::Plugins;
use mortise_ports::plugins::{Invocation, Outcome};
use serde_json::Value;

use super::{input, json, judge};
use crate::lab::{How, Lab, Played};
use crate::report::Report;
use crate::script::{Case, Expect, RecordFailure, Script};

pub async fn play<P: Plugins>(
    lab: &Lab<P>,
    script: &Script,
    declared: &OperationDescriptor,
    report: &mut Report,
) {
    let operation = script.operation.as_str();
    let schema = judge::validator(&declared.output);
    let examples = declared.examples.iter().filter_map(example);
    let cases: Vec<Case> = examples.chain(script.cases.iter().cloned()).collect();
    for case in &cases {
        let invocation = Invocation::Transform {
            config: input(case),
            records: json(&Value::from(case.records.clone().unwrap_or_default())),
        };
        let played = lab.call(script, invocation.clone(), How::plain(&[])).await;
        report.put(operation, &case.name, "case", outcome(case, &played));
        if let Ok(Outcome::Output { output, .. }) = &played.report.result {
            let output = judge::value(output);
            let fits = match (&output, declared.records) {
                (Value::Array(records), Records::Each) => records
                    .iter()
                    .try_for_each(|record| judge::fits(schema.as_ref(), record)),
                _ => judge::fits(schema.as_ref(), &output),
            };
            report.put(operation, &case.name, "output-schema", fits);
        }
        let again = lab.call(script, invocation, How::plain(&[])).await;
        let is_same = format!("{:?}", played.report.result) == format!("{:?}", again.report.result);
        let found = match is_same {
            true => Ok(()),
            false => Err("the same records gave something else in a fresh instance".to_owned()),
        };
        report.put(operation, &case.name, "same-answer", found);
    }
}

/// An example of the descriptor as a case.
fn example(example: &Json) -> Option<Case> {
    let example: Value = example.read().ok()?;
    Some(Case {
        name: format!("example: {}", example.get("title")?.as_str()?),
        example: None,
        input: example.get("input").cloned(),
        records: example.get("records").and_then(Value::as_array).cloned(),
        cursor: None,
        request: None,
        call: None,
        memory: None,
        exchanges: Vec::new(),
        expect: Expect {
            output: example.get("output").cloned(),
            ..Expect::default()
        },
    })
}

fn outcome(case: &Case, played: &Played) -> Result<(), String> {
    let (output, failures) = match judge::gave(played, case)? {
        None => return Ok(()),
        Some(Outcome::Output { output, failures }) => (judge::value(output), failures),
        Some(_) => return Err("it gave something else than records".to_owned()),
    };
    let records = case.expect.records.clone().map(Value::from);
    if let Some(expected) = records.or_else(|| case.expect.output.clone()) {
        judge::same("result", &output, &expected)?;
    }
    let left = |left: &Left| RecordFailure {
        record: left.record,
        field: left.field.clone(),
    };
    let left: Vec<RecordFailure> = failures.iter().map(left).collect();
    match &case.expect.failures {
        Some(expected) if *expected != left => Err(format!(
            "the records that are left out are {left:?} and should be {expected:?}"
        )),
        _ => Ok(()),
    }
}
