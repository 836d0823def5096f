//! What a run is told: callbacks, decisions, replays, moves.

use mortise_model::entry::{End, Letter};
use mortise_model::plan::{Action, Decision, Plan, Wait};
use mortise_model::{Fact, Payload, Status};
use mortise_ports::inbox::Delivery;
use mortise_ports::runs::Page;
use mortise_ports::{Catalog as _, Runs as _};

use crate::plans::{at, callback, parallel, plan, step, work};
use crate::world::{Answer, Script, World, code, json, namespace, output};

fn answer(step: &str, body: &str) -> Letter {
    Letter::Callback {
        step: step.into(),
        body: json(body).into(),
    }
}

#[tokio::test(start_paused = true)]
async fn a_callback_ends_a_wait_at_an_address_that_was_known_before() {
    let steps = vec![work("ask", "waits.answer.url"), callback("answer")];
    let world = World::new(vec![plan(steps)], Script::by(|_| Answer::Give("1"))).await;
    let run = world.send("{}").await;
    world.becomes(run, Status::Waiting).await;
    let url: String = serde_json::from_str(&world.script.calls()[0].input).unwrap();
    let secret = url.strip_prefix("https://hooks.example.com/callbacks/");
    let address = world.links().open(secret.unwrap()).unwrap();
    assert_eq!((address.run, address.step.as_str()), (run, "answer"));
    assert_eq!(world.told(run, answer("answer", "7")).await, Delivery::Kept);
    assert_eq!(world.rest(run).await, Status::Succeeded);
    assert_eq!(output(&world.end(run).await), "7");
    let late = world.told(run, answer("answer", "8")).await;
    assert_eq!(late, Delivery::AtRest(Status::Succeeded));
}

#[tokio::test(start_paused = true)]
async fn a_callback_that_comes_before_its_wait_is_not_lost() {
    let steps = vec![work("slow", "event"), callback("answer")];
    let world = World::new(vec![plan(steps)], Script::by(|_| Answer::Hold("1"))).await;
    let run = world.send("{}").await;
    world.script.called(1).await;
    world.told(run, answer("answer", "7")).await;
    world.script.release(1);
    assert_eq!(world.rest(run).await, Status::Succeeded);
    assert_eq!(output(&world.end(run).await), "7");
}

#[tokio::test(start_paused = true)]
async fn a_lane_that_waits_for_a_call_reads_its_letters() {
    let branches = vec![
        ("slow", vec![work("call", "event")]),
        ("quick", vec![callback("answer"), work("then", "event")]),
    ];
    let script = Script::by(|call| match call.step.as_str() {
        "both.slow.call" => Answer::Hold("1"),
        _ => Answer::Give("2"),
    });
    let world = World::new(vec![plan(vec![parallel("both", branches)])], script).await;
    let run = world.send("{}").await;
    world.script.called(1).await;
    world.told(run, answer("both.quick.answer", "7")).await;
    world.script.called(2).await;
    assert_eq!(world.script.steps()[1], "both.quick.then");
    world.script.release(1);
    assert_eq!(world.rest(run).await, Status::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn a_suspended_application_calls_back() {
    use mortise_ports::plugins::{Invocation, Turn};
    let script = Script::new([Answer::Suspend(3_600_000, true), Answer::Give("1")]);
    let world = World::new(vec![plan(vec![work("job", "event")])], script).await;
    let run = world.send("{}").await;
    world.becomes(run, Status::Waiting).await;
    let url = world.script.calls()[0].callback_url.clone();
    let secret = url.strip_prefix("https://hooks.example.com/callbacks/");
    assert_eq!(world.links().open(secret.unwrap()).unwrap().run, run);
    let body = format!("\"{}\"", "y".repeat(Payload::INLINE_MAX_BYTES));
    let kept = world
        .keep_for(&namespace(), run, json(&body))
        .await
        .unwrap();
    let (step, body_of) = ("job".into(), kept);
    world
        .told(
            run,
            Letter::Callback {
                step,
                body: body_of,
            },
        )
        .await;
    assert_eq!(world.rest(run).await, Status::Succeeded);
    let Invocation::Action { turn, .. } = &world.script.calls()[1].invocation else {
        panic!("not an action")
    };
    let expected = Turn::Resumed {
        token: json("\"token\""),
        answer: Some(json(&body)),
    };
    assert!(*turn == expected);
}

fn approval(otherwise: Decision) -> Plan {
    let within_ms = 60_000;
    let wait = Wait::Approval {
        within_ms,
        otherwise,
    };
    plan(vec![step("ok", Action::Wait(wait))])
}

async fn asked(world: &World) -> usize {
    let page = Page {
        before: None,
        limit: 10,
    };
    let approvals = world.store.approvals(&namespace(), page).await.unwrap();
    approvals.asked.len()
}

#[tokio::test(start_paused = true)]
async fn a_person_decides_and_the_question_is_asked_no_more() {
    let decided = |decision| Letter::Decided {
        step: "ok".into(),
        decision,
        by: "ann".to_owned(),
        why: "seen".to_owned(),
    };
    let world = World::new(vec![approval(Decision::Reject)], Script::new([])).await;
    let run = world.send("{}").await;
    world.becomes(run, Status::Waiting).await;
    assert_eq!(asked(&world).await, 1);
    world.told(run, decided(Decision::Approve)).await;
    assert_eq!(world.rest(run).await, Status::Succeeded);
    let expected = r#"{"decision":"approve","by":"ann","why":"seen"}"#;
    assert_eq!(output(&world.end(run).await), expected);
    assert_eq!(asked(&world).await, 0);
    let run = world.send("{}").await;
    world.becomes(run, Status::Waiting).await;
    world.told(run, decided(Decision::Reject)).await;
    assert_eq!(world.rest(run).await, Status::Parked);
    assert_eq!(asked(&world).await, 0);
}

#[tokio::test(start_paused = true)]
async fn what_nobody_decides_is_decided_by_the_manifest() {
    let world = World::new(vec![approval(Decision::Reject)], Script::new([])).await;
    assert_eq!(code(&world.run("{}").await.1), "approval-expired");
    let world = World::new(vec![approval(Decision::Approve)], Script::new([])).await;
    let (_, end) = world.run("{}").await;
    assert!(matches!(end, End::Succeeded { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_time_to_wait_until_is_a_time() {
    let wait = Wait::Until(at("event.at"));
    let world = World::new(
        vec![plan(vec![step("until", Action::Wait(wait))])],
        Script::new([]),
    )
    .await;
    let (run, _) = world.run(r#"{"at":"2027-01-15T08:10:00Z"}"#).await;
    let waited = world
        .facts(run)
        .await
        .into_iter()
        .find_map(|fact| match fact {
            Fact::StepWaiting { until, .. } => Some(until.to_string()),
            _ => None,
        });
    assert_eq!(waited.as_deref(), Some("2027-01-15T08:10:00.000Z"));
    assert_eq!(code(&world.run(r#"{"at":"soon"}"#).await.1), "wait-until");
}

#[tokio::test(start_paused = true)]
async fn a_parked_run_keeps_what_answers_it_until_it_goes_on() {
    let branches = vec![
        ("failing", vec![work("book", "event")]),
        ("waiting", vec![callback("answer")]),
    ];
    let reject = Answer::Fail(mortise_model::Disposition::Reject);
    let script = Script::new([reject, Answer::Give("1")]);
    let world = World::new(vec![plan(vec![parallel("both", branches)])], script).await;
    let run = world.send("{}").await;
    assert_eq!(world.rest(run).await, Status::Parked);
    let delivery = world.told(run, answer("both.waiting.answer", "7")).await;
    assert_eq!(delivery, Delivery::Kept);
    // One that cannot be obeyed parks it again, and loses nothing.
    let plan = mortise_model::Digest::of(b"no such plan");
    let letter = Letter::Move {
        plan,
        version: 9,
        by: "ann".to_owned(),
        why: String::new(),
    };
    world.told(run, letter).await;
    world.becomes(run, Status::Parked).await;
    let (by, why) = ("ann".to_owned(), "again".to_owned());
    let (from, event) = (None, None);
    world
        .told(
            run,
            Letter::Replay {
                from,
                event,
                by,
                why,
            },
        )
        .await;
    world.becomes(run, Status::Succeeded).await;
    let expected = r#"{"failing":{"book":1},"waiting":{"answer":7}}"#;
    assert_eq!(output(&world.end(run).await), expected);
}

#[tokio::test(start_paused = true)]
async fn a_run_goes_on_with_another_version_where_that_fits() {
    let old = plan(vec![callback("answer"), work("old", "event")]);
    let new = plan(vec![callback("answer"), work("new", "event")]);
    let other = plan(vec![work("before", "event"), callback("answer")]);
    let world = World::new(vec![old], Script::by(|_| Answer::Give("1"))).await;
    let run = world.send("{}").await;
    world.becomes(run, Status::Waiting).await;
    for (plan, fits) in [(other, false), (new, true)] {
        let revision = world.store.active(&namespace()).await.unwrap().revision;
        let plans = vec![plan];
        let active = world
            .store
            .publish(&namespace(), revision, plans.into())
            .await;
        let active = active.unwrap().plans.remove(0);
        let letter = Letter::Move {
            plan: active.digest,
            version: active.version,
            by: "ann".to_owned(),
            why: "a better one".to_owned(),
        };
        world.told(run, letter).await;
        let read = |facts: &[Fact]| {
            let read = |fact: &&Fact| matches!(fact, Fact::LetterRead { letter: Letter::Move { plan, .. }, .. } if *plan == active.digest);
            facts.iter().any(|fact| read(&fact))
        };
        while !read(&world.facts(run).await) {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        let facts = world.facts(run).await;
        let moved = facts.iter().any(|f| matches!(f, Fact::Moved { .. }));
        assert_eq!(moved, fits);
    }
    world.told(run, answer("answer", "7")).await;
    assert_eq!(world.rest(run).await, Status::Succeeded);
    assert_eq!(world.script.steps(), ["new"]);
}
