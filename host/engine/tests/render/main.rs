//! Templates to values, case by case: each case of `cases.json` names a template in the plan's own
//! form and what must come of it on the run below.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::HashMap;
use std::sync::Arc;

use mortise_engine::render::{paths, programs, render};
use mortise_engine::scope::{RUN_FIELDS, Scope};
use mortise_engine::{apply, fold};
use mortise_model::json::Segment;
use mortise_model::plan::{
    Action, Foreach, Items, OnFailure, OnItemFailure, Operation, OperationKind, Retry, Step,
};
use mortise_model::template::{Path, Template};
use mortise_model::{
    Digest, Disposition, Entry, Fact, Failure, Json, Payload, Plan, Run, ScopePath, StepPath,
    Timestamp, descriptor, entry,
};
use serde_json::{Value, json};

const EVENT: &str = r#"{"id":"A-1","price":12.50,"lines":[{"sku":"x"},{"sku":"y"}],"note":null}"#;
const STORED: &str = r#"{"total":3,"text":"a \"b\""}"#;

fn plan() -> Plan {
    let operation = Operation {
        plugin: "t/p".into(),
        version: "1.0.0".into(),
        digest: Digest([0; 32]),
        uses: "p/o".into(),
        name: "o".into(),
        kind: OperationKind::Action,
        repeat: descriptor::Repeat::Safe,
        with: Template::Literal(Json::null()),
        connection: None,
        hosts: Vec::new(),
        retry: Retry::default(),
        timeout_ms: 1,
        on_unclear: None,
    };
    let step = |id: &str| Step {
        id: id.into(),
        condition: None,
        action: Action::Operation(Arc::new(operation.clone())),
        on_failure: OnFailure::Park,
        undo: None,
    };
    let lines = Step {
        action: Action::Foreach(Box::new(Foreach {
            items: Items::List(Template::Literal(Json::null())),
            name: "line".into(),
            at_once: 1,
            batch: None,
            on_failure: OnItemFailure::Stop,
            steps: vec![step("sum"), step("stock")],
        })),
        ..step("lines")
    };
    Plan {
        format: 1,
        namespace: "default".into(),
        workflow: "w".into(),
        description: None,
        vars: Json::parse(r#"{"large":1000}"#).unwrap(),
        triggers: Vec::new(),
        steps: vec![step("sum"), step("left_out"), lines, step("later")],
        finally: Vec::new(),
        output: None,
        concurrency: None,
        deduplicate: None,
        timeout_ms: None,
        retain_ms: None,
    }
}

fn run(plan: &Plan) -> Run {
    let accepted: entry::Accepted = serde_json::from_value(json!({
        "run": "01J00000000000000000000000", "namespace": "default", "workflow": "w",
        "plan": Digest([0; 32]), "version": 1, "origin": {"trigger": "orders", "kind": "webhook"},
        "event": {"id": "e-1", "payload": {"inline": null}},
    }))
    .unwrap();
    let mut accepted = Box::new(accepted);
    accepted.event.payload = Json::parse(EVENT).unwrap().into();
    accepted.event.request = Some(Json::parse(r#"{"query":{"q":"1"}}"#).unwrap());
    let input = entry::StepInput {
        with: Json::null().into(),
        records: None,
    };
    let digest = Digest::of(STORED.as_bytes());
    let facts = [
        Fact::Accepted(accepted),
        Fact::Started,
        Fact::AttemptStarted {
            step: "sum".into(),
            attempt: 1,
            turn: 0,
            input: Some(input),
        },
        Fact::AttemptSucceeded {
            step: "sum".into(),
            output: Payload::Stored {
                digest,
                size_bytes: STORED.len() as u64,
            },
            failures: Vec::new(),
            requests: Vec::new(),
        },
        Fact::StepSkipped {
            step: "left_out".into(),
        },
        Fact::ItemsTaken {
            step: "lines".into(),
            items: Json::null().into(),
            count: 2,
            next: None,
        },
        Fact::StepFailed {
            step: "lines[0].sum".into(),
            failure: Failure::new(Disposition::Reject, "sold-out", "there is none left"),
        },
    ];
    let entries: Vec<(u32, Entry)> = facts
        .into_iter()
        .map(|fact| Entry {
            at: Timestamp(1_741_944_413_007),
            fact,
        })
        .enumerate()
        .map(|(sequence, entry)| (u32::try_from(sequence).unwrap(), entry))
        .collect();
    fold(plan, &entries, u32::try_from(entries.len()).unwrap()).unwrap()
}

/// The scope of a case: the workflow's own steps, or the first item of `lines`.
fn scope<'a>(
    (plan, run): (&'a Plan, &'a Run),
    at: &'a ScopePath,
    loaded: &'a HashMap<Digest, Json>,
) -> Scope<'a> {
    Scope {
        plan,
        run,
        at,
        loaded,
        item: &|foreach, item| Json::of(&format!("{foreach} {item}")).ok(),
        link: &|step| format!("https://hooks/callbacks/{step}"),
    }
}

#[test]
fn templates_give_what_the_cases_say() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("cases.json")).unwrap();
    let plan = plan();
    let run = run(&plan);
    assert!(cases.len() > 15);
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let template: Template = serde_json::from_str(&case["template"].to_string()).unwrap();
        let named = paths(&template);
        let at = match case.get("at") {
            Some(step) => StepPath::from(step.as_str().unwrap()).seen_from(),
            None => ScopePath::root(),
        };
        let nothing = HashMap::new();
        let wanted: Vec<Digest> = scope((&plan, &run), &at, &nothing).stored(&named).collect();
        let loaded: HashMap<Digest, Json> = wanted
            .into_iter()
            .map(|digest| (digest, Json::parse(STORED).unwrap()))
            .collect();
        let scope = scope((&plan, &run), &at, &loaded);
        let given = programs(&template, &scope).map(|programs| {
            programs
                .into_iter()
                .map(|program| program.input)
                .collect::<Vec<_>>()
        });
        if let Some(expected) = case.get("programs") {
            let given: Vec<Value> = given
                .as_ref()
                .unwrap()
                .iter()
                .map(|json| json.read().unwrap())
                .collect();
            assert_eq!(
                &Value::from(given),
                expected,
                "{name}: what the programs are given"
            );
        }
        // Each program stands for what it was given.
        let result = given.and_then(|results| render(&template, &scope, results));
        match result {
            Ok(value) => assert_eq!(
                value.as_str(),
                case["value"].as_str().expect(name),
                "{name}"
            ),
            Err(failure) => assert_eq!(
                failure.message,
                case["failure"].as_str().expect(&failure.message),
                "{name}"
            ),
        }
    }
}

#[test]
fn every_field_below_run_has_a_value() {
    let plan = plan();
    let run = run(&plan);
    let (at, nothing) = (ScopePath::root(), HashMap::new());
    let scope = scope((&plan, &run), &at, &nothing);
    for field in RUN_FIELDS {
        let segments = vec![Segment::Field("run".into()), Segment::Field(field.into())];
        let value = scope
            .value(&Path {
                segments,
                optional: false,
            })
            .unwrap();
        assert!(value.as_str().len() > 2, "{field}: {value:?}");
    }
}

#[test]
fn an_entry_for_a_step_that_is_not_in_the_plan_is_a_defect() {
    let plan = plan();
    let mut run = run(&plan);
    let entry = Entry {
        at: Timestamp(0),
        fact: Fact::StepSkipped {
            step: "nobody".into(),
        },
    };
    assert!(apply(&plan, &mut run, &entry).is_err());
}
