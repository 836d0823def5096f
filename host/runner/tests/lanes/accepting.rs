//! How events become runs: ids, keys, places, and requests that plugins understand.

use std::sync::Arc;

use mortise_model::entry::End;
use mortise_model::event::{Origin, TriggerKind};
use mortise_model::plan::{
    Body, Concurrency, Deduplicate, OperationKind, Plan, Respond, Source, Webhook, WhenFull,
};
use mortise_model::template::Template;
use mortise_model::{Fact, Status};
use mortise_ports::memory::MemoryStore;
use mortise_ports::plugins::{Call, Invocation, RawRequest};
use mortise_runner::{NewEvent, Refusal, Settings};

use crate::plans::{at, operation, plan, triggered, work};
use crate::world::{Answer, PATIENCE, Script, World, code, json, namespace, settings};

fn book() -> Plan {
    plan(vec![work("book", "event")])
}

#[tokio::test(start_paused = true)]
async fn no_more_is_accepted_than_may_be_under_way() {
    let settings = Settings {
        live_max: 6,
        ..settings()
    };
    let script = Script::by(|_| Answer::Hang);
    let world = World::with(MemoryStore::new(), vec![book()], script, settings).await;
    for _ in 0..6 {
        world.send("{}").await;
    }
    let refusal = world.accept(world.event("main", None, "{}")).await;
    let refusal = refusal.unwrap_err();
    assert!(
        matches!(refusal, Refusal::Overloaded { live: 6, .. }),
        "{refusal:?}"
    );
    world.script.called(4).await;
    assert_eq!(world.script.calls().len(), 4, "there are four lanes");
}

#[tokio::test(start_paused = true)]
async fn the_same_event_starts_one_run() {
    let world = World::new(vec![book()], Script::new([Answer::Give("1")])).await;
    let event = |payload| world.event("main", Some("e-1"), payload);
    let first = world.accept(event("{}")).await.unwrap();
    let (second, end) = world.accept_and_wait(event("{}"), PATIENCE).await.unwrap();
    assert_eq!((second.run, second.duplicate), (first.run, true));
    assert_eq!(end.unwrap().status(), Status::Succeeded);
    let refusal = world.accept(event("{\"other\":1}")).await.unwrap_err();
    let (event_id, run) = ("e-1".to_owned(), first.run);
    assert_eq!(refusal, Refusal::Conflict { event_id, run });
}

#[tokio::test(start_paused = true)]
async fn the_same_key_starts_one_run_and_a_key_that_fails_parks_one() {
    let failure = Source::Failure { of: None };
    let keyed = Plan {
        deduplicate: Some(Deduplicate {
            key: at("event.id"),
            within_ms: 60_000,
        }),
        ..book()
    };
    let alarm = triggered(crate::plans::named("alarm", vec![]), failure);
    let world = World::new(vec![keyed, alarm], Script::by(|_| Answer::Give("1"))).await;
    let first = world.send(r#"{"id":1}"#).await;
    assert_eq!(world.send(r#"{"id":1,"other":2}"#).await, first);
    assert_ne!(world.send(r#"{"id":2}"#).await, first);
    tokio::time::sleep(std::time::Duration::from_secs(61)).await;
    assert_ne!(world.send(r#"{"id":1}"#).await, first);
    for (event, expected) in [("{}", "missing-path"), (r#"{"id":null}"#, "key")] {
        let (_, end) = world.run(event).await;
        assert_eq!(code(&end), expected);
    }
    assert_eq!(world.runs("alarm").await.len(), 2);
    let twice = |_| world.event("main", Some("bad"), "{}");
    let accepted = world.accept(twice(1)).await.unwrap();
    assert!(world.accept(twice(2)).await.unwrap().duplicate);
    assert_eq!(world.rest(accepted.run).await, Status::Parked);
    assert_eq!(
        world.runs("alarm").await.len(),
        3,
        "what is known starts nothing"
    );
}

fn limited(when_full: WhenFull) -> Plan {
    Plan {
        concurrency: Some(Concurrency {
            key: at("event"),
            limit: 1,
            when_full,
        }),
        ..book()
    }
}

#[tokio::test(start_paused = true)]
async fn runs_of_one_key_go_one_after_the_other() {
    let settings = Settings {
        queue_max: 2,
        ..settings()
    };
    let script = Script::by(|_| Answer::Hold("1"));
    let plans = vec![limited(WhenFull::Queue)];
    let world = World::with(MemoryStore::new(), plans, script, settings).await;
    let mut runs = Vec::new();
    for _ in 0..3 {
        runs.push(world.send("\"a\"").await);
    }
    world.send("\"b\"").await;
    world.script.called(2).await;
    assert_eq!(world.script.busiest(), 2, "one of each key");
    let refusal = world.accept(world.event("main", None, "\"a\"")).await;
    let refusal = refusal.unwrap_err();
    assert!(
        matches!(refusal, Refusal::QueueFull { queue_max: 2, .. }),
        "{refusal:?}"
    );
    for run in runs {
        world.script.release(2);
        assert_eq!(world.rest(run).await, Status::Succeeded);
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_finds_no_place_is_skipped_and_whoever_waits_is_told() {
    let script = Script::by(|_| Answer::Hold("1"));
    let world = World::new(vec![limited(WhenFull::Skip)], script).await;
    world.send("\"a\"").await;
    world.script.called(1).await;
    let (_, end) = world.run("\"a\"").await;
    assert!(matches!(end, End::Skipped { .. }), "{end:?}");
}

fn webhook(plan: Plan) -> Plan {
    let kind = OperationKind::Webhook {
        answers: false,
        subscribes: false,
    };
    let uses = operation(kind, Template::Literal(json("{}")));
    triggered(
        plan,
        Source::Webhook(Webhook {
            path: "/orders".into(),
            method: "POST".into(),
            body: Body::Json,
            respond: Respond::Accepted,
            uses: Some(Arc::new(uses)),
            verify: None,
            declared: None,
        }),
    )
}

fn request(world: &World) -> NewEvent {
    let raw =
        r#"{"method":"POST","path_and_query":"/orders?x=1","headers":[["a","b"]],"body":"eyJ9"}"#;
    NewEvent {
        origin: Origin {
            trigger: "trigger".into(),
            kind: TriggerKind::Webhook,
        },
        ..world.event("main", None, raw)
    }
}

/// Two events; of the second request the first one is known already.
fn orders(call: &Call) -> Answer {
    match call.invocation {
        Invocation::Receive { .. } => Answer::Events(&[("o-1", "{\"n\":1}"), ("o-2", "{\"n\":2}")]),
        _ => Answer::Echo,
    }
}

#[tokio::test(start_paused = true)]
async fn a_plugin_understands_a_request_as_the_first_step() {
    let script = Script::by(orders);
    let world = World::new(vec![webhook(book())], script).await;
    let first = world.accept(request(&world)).await.unwrap().run;
    assert_eq!(world.rest(first).await, Status::Succeeded);
    let runs = world.runs("main").await;
    assert_eq!(runs.len(), 2);
    assert_eq!(world.rest(runs[1].run).await, Status::Succeeded);
    let mut inputs: Vec<String> = world.script.calls()[1..]
        .iter()
        .map(|call| call.input.clone())
        .collect();
    inputs.sort();
    assert_eq!(inputs, ["{\"n\":1}", "{\"n\":2}"]);
    // The application sends it again.
    let again = world.accept(request(&world)).await.unwrap().run;
    assert_eq!(world.rest(again).await, Status::Skipped);
    let End::Skipped { why, of } = world.end(again).await else {
        panic!("not skipped")
    };
    assert!(why.contains(&first.to_string()), "{why}");
    let known = of.unwrap();
    assert_eq!((known.event.as_str(), known.run), ("o-1", first));
    assert_eq!(world.runs("main").await.len(), 3);
    assert_eq!(world.script.calls().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn an_event_that_is_known_with_another_body_is_parked() {
    // Alone, as the first of several, and as a further one.
    let script = Script::by(|call| match (&call.invocation, call.step.as_str()) {
        (Invocation::Receive { request, .. }, _) => match request.path_and_query.as_str() {
            "/1" => Answer::Events(&[("o-1", "1")]),
            "/2" => Answer::Events(&[("o-1", "2")]),
            "/3" => Answer::Events(&[("o-1", "3"), ("o-2", "3")]),
            _ => Answer::Events(&[("o-3", "4"), ("o-1", "4")]),
        },
        _ => Answer::Echo,
    });
    let world = World::new(vec![webhook(book())], script).await;
    let send = async |path: &str| {
        let raw =
            format!(r#"{{"method":"POST","path_and_query":"{path}","headers":[],"body":""}}"#);
        let event = NewEvent {
            payload: json(&raw),
            ..request(&world)
        };
        let run = world.accept(event).await.unwrap().run;
        (run, world.rest(run).await)
    };
    let (first, status) = send("/1").await;
    assert_eq!(status, Status::Succeeded);
    for path in ["/2", "/3"] {
        let (run, status) = send(path).await;
        assert_eq!(status, Status::Parked, "{path}");
        let end = world.end(run).await;
        assert_eq!(code(&end), "event-conflict");
        let End::Parked { step, failure } = end else {
            panic!("not parked")
        };
        assert_eq!(step.unwrap().as_str(), "receive-event");
        assert!(failure.message.contains("`o-1`"), "{}", failure.message);
        assert!(failure.message.contains(&first.to_string()));
    }
    let (run, status) = send("/4").await;
    assert_eq!(status, Status::Succeeded);
    let parked = world.runs("main").await;
    let parked: Vec<_> = parked.iter().filter(|r| r.run > run).collect();
    assert_eq!(parked.len(), 1);
    assert_eq!(code(&world.end(parked[0].run).await), "event-conflict");
    assert_eq!(parked[0].event_id, "o-1");
    let facts = world.facts(parked[0].run).await;
    assert!(
        matches!(&facts[1], Fact::EventReceived { event, .. } if event.payload == json("4").into())
    );
    for run in world.runs("main").await {
        world.rest(run.run).await;
    }
    let runs = world.runs("main").await;
    let succeeded = runs.iter().filter(|r| r.status == Status::Succeeded);
    assert_eq!(succeeded.count(), 3, "o-1, o-2 and o-3");
}

#[tokio::test(start_paused = true)]
async fn keys_are_one_where_their_values_are_equal_and_of_one_type() {
    let keyed = Plan {
        deduplicate: Some(Deduplicate {
            key: at("event.o"),
            within_ms: 60_000,
        }),
        ..book()
    };
    let script = Script::by(|_| Answer::Echo);
    let world = World::new(vec![keyed], script).await;
    for (event, duplicate) in [
        (r#"{"o":1}"#, false),
        (r#"{"o":"1"}"#, false),
        (r#"{"o":"=1"}"#, false),
        (r#"{"o":1.0}"#, true),
        (r#"{"o":"1"}"#, true),
        (r#"{"o":{"a":1,"b":2}}"#, false),
        (r#"{"o":{"b": 2, "a": 1}}"#, true),
        (r#"{"o":"{\"a\":1,\"b\":2}"}"#, false),
        (r#"{"o":true}"#, false),
        (r#"{"o":"true"}"#, false),
    ] {
        let accepted = world.accept(world.event("main", None, event)).await;
        assert_eq!(accepted.unwrap().duplicate, duplicate, "{event}");
    }
}

#[tokio::test(start_paused = true)]
async fn events_of_a_request_have_runs_of_their_own_where_a_key_decides() {
    let keyed = Plan {
        deduplicate: Some(Deduplicate {
            key: at("event.n"),
            within_ms: 60_000,
        }),
        ..book()
    };
    let script = Script::by(orders);
    let world = World::new(vec![webhook(keyed)], script).await;
    let first = world.accept(request(&world)).await.unwrap().run;
    assert_eq!(world.rest(first).await, Status::Skipped);
    assert_eq!(world.runs("main").await.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_request_is_answered_after_its_events_are_durable() {
    let script = Script::by(orders);
    let world = World::new(vec![webhook(book())], script).await;
    let raw = RawRequest {
        method: "POST".into(),
        path_and_query: "/orders".into(),
        headers: Vec::new(),
        body: b"{}".to_vec(),
    };
    let plan = world.active[0].clone();
    let (answer, accepted) = world.receive_now(plan, "trigger", raw).await.unwrap();
    assert_eq!((answer.status, accepted.len()), (202, 2));
    for accepted in accepted {
        let status = world.wait(&namespace(), accepted.run, PATIENCE).await;
        assert_eq!(status, Some(Status::Succeeded));
    }
}
