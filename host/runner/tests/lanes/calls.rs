//! Workflows that call each other, and workflows that look after failures.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use mortise_model::entry::{End, Letter};
use mortise_model::event::TriggerKind;
use mortise_model::plan::{Decision, OnFailure, Source, Step};
use mortise_model::{Disposition, Fact, Json, Plan, RunId, Status};

use crate::plans::{approval, call, named, parallel, pause, plan, triggered, work};
use crate::world::{Answer, Script, World, code, large, namespace, output};

#[tokio::test(start_paused = true)]
async fn a_called_workflow_gives_its_output() {
    let plans = || {
        vec![
            plan(vec![call("archive", "child", "event.id")]),
            named("child", vec![work("keep", "event")]),
        ]
    };
    let world = World::new(plans(), Script::by(|_| Answer::Echo)).await;
    let (run, end) = world.run(r#"{"id":"x"}"#).await;
    assert_eq!(output(&end), "\"x\"");
    let children = world.runs("child").await;
    assert_eq!(children.len(), 1);
    assert_eq!(children[0].parent, Some(run));
    assert_eq!(children[0].origin.kind, TriggerKind::Call);
}

#[tokio::test(start_paused = true)]
async fn a_large_value_goes_to_the_called_run_and_back() {
    let plans = vec![
        plan(vec![
            call("archive", "child", "event"),
            work("after", "steps.archive.output"),
        ]),
        named("child", vec![work("keep", "event")]),
    ];
    let world = World::new(plans, Script::by(|_| Answer::Large)).await;
    let (_, end) = world.run(&large('y')).await;
    assert!(matches!(end, End::Succeeded { .. }), "{end:?}");
    let inputs: Vec<String> = world.script.calls().into_iter().map(|c| c.input).collect();
    assert!(inputs == [large('y'), large('x')]);
}

#[tokio::test(start_paused = true)]
async fn a_workflow_that_fails_fails_its_caller_and_a_parked_one_is_waited_for() {
    let mut keep = work("keep", "event");
    keep.on_failure = OnFailure::Fail;
    let plans = vec![
        plan(vec![call("archive", "failing", "event")]),
        named("waiting", vec![call("archive", "parked", "event")]),
        named("failing", vec![keep]),
        named("parked", vec![work("keep", "event")]),
    ];
    let script = Script::by(|_| Answer::Fail(Disposition::Reject));
    let world = World::new(plans, script).await;
    assert_eq!(code(&world.run("{}").await.1), "child-failed");
    let event = world.event("waiting", None, "{}");
    let run = world.accept(event).await.unwrap().run;
    world.script.called(2).await;
    let child = world.runs("parked").await[0].run;
    assert_eq!(world.rest(child).await, Status::Parked);
    assert_eq!(world.status(run).await, Status::Waiting);
    let (by, why) = ("somebody".to_owned(), "given up".to_owned());
    world.told(child, Letter::Discard { by, why }).await;
    assert_eq!(world.rest(run).await, Status::Parked);
    assert_eq!(code(&world.end(run).await), "child-cancelled");
}

#[tokio::test(start_paused = true)]
async fn a_call_is_refused_what_the_workflow_does_not_take_by_hand() {
    let input = r#"{"type":"object","properties":{"id":{"type":"integer"}},"required":["id"]}"#;
    let input = Some(Json::parse(input).unwrap());
    let child = named("child", vec![work("keep", "event")]);
    let plans = vec![
        plan(vec![call("archive", "child", "event")]),
        triggered(child, Source::Manual { input }),
    ];
    let world = World::new(plans, Script::by(|_| Answer::Echo)).await;
    let (_, end) = world.run(r#"{"id":"x"}"#).await;
    let End::Parked { failure, .. } = end else {
        panic!("{end:?}");
    };
    assert_eq!(
        (failure.disposition, failure.code.as_str()),
        (Disposition::Reject, "call-input")
    );
    assert_eq!(failure.cause.unwrap().field.as_deref(), Some("/id"));
    assert!(failure.message.contains("workflow `child`"));
    assert!(world.runs("child").await.is_empty());
    let (_, end) = world.run(r#"{"id":7}"#).await;
    assert_eq!(output(&end), r#"{"id":7}"#);
}

#[tokio::test(start_paused = true)]
async fn calls_have_a_depth_and_an_address() {
    let plans = vec![
        plan(vec![call("again", "main", "event")]),
        named("lost", vec![call("nobody", "gone", "event")]),
    ];
    let world = World::new(plans, Script::new([])).await;
    let (_, end) = {
        let event = world.event("lost", None, "{}");
        let (accepted, end) = world
            .accept_and_wait(event, crate::world::PATIENCE)
            .await
            .unwrap();
        (accepted, end.unwrap())
    };
    assert_eq!(code(&end), "workflow-missing");
    world.send("{}").await;
    // The deepest one is parked, and all others wait for it.
    loop {
        let runs = world.runs("main").await;
        let parked: Vec<_> = runs.iter().filter(|r| r.status == Status::Parked).collect();
        if let [parked] = parked[..] {
            assert_eq!(runs.len(), 17);
            assert_eq!(code(&world.end(parked.run).await), "call-depth-max");
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn who_cancels_a_run_cancels_what_it_called() {
    let plans = vec![
        plan(vec![call("archive", "child", "event")]),
        named("child", vec![work("keep", "event")]),
    ];
    for answer in [Answer::Hang, Answer::Obey("1")] {
        let script = Script::by(move |_| answer.clone());
        let world = World::new(plans.clone(), script).await;
        let run = world.send("{}").await;
        world.script.called(1).await;
        let child = world.runs("child").await[0].run;
        let (by, why) = ("somebody".to_owned(), "a mistake".to_owned());
        world.told(run, Letter::Cancel { by, why }).await;
        assert_eq!(world.rest(run).await, Status::Cancelled);
        assert_eq!(world.rest(child).await, Status::Cancelled);
        assert_eq!(world.script.calls().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn what_an_error_workflow_calls_starts_none_when_it_fails() {
    let failing = |mut step: Step| {
        step.on_failure = OnFailure::Fail;
        vec![step]
    };
    let mut plans = vec![
        plan(vec![work("book", "event")]),
        named("desk", failing(call("on", "pager", "event"))),
        named("pager", failing(work("tell", "event"))),
    ];
    for name in ["alarm", "second"] {
        let workflow = named(name, failing(call("hand", "desk", "event")));
        plans.push(triggered(workflow, Source::Failure { of: None }));
    }
    let script = Script::by(|_| Answer::Fail(Disposition::Reject));
    let world = World::new(plans, script).await;
    world.run("{}").await;
    world.script.called(3).await;
    // What fails is told outward, so nothing is under way any more once the outermost is at rest.
    for (name, count) in [("alarm", 1), ("second", 1), ("desk", 2), ("pager", 2)] {
        let runs = world.runs(name).await;
        for run in &runs {
            assert_eq!(world.rest(run.run).await, Status::Failed, "{name}");
        }
        assert_eq!(runs.len(), count, "{name}");
    }
    assert_eq!(world.script.calls().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_parked_run_starts_the_workflows_that_look_after_failures() {
    let failure = |of: Option<&str>| Source::Failure {
        of: of.map(|name| vec![name.into()]),
    };
    let plans = vec![
        triggered(plan(vec![work("book", "event")]), failure(None)),
        triggered(named("alarm", vec![work("tell", "event")]), failure(None)),
        triggered(
            named("other", vec![work("tell", "event")]),
            failure(Some("x")),
        ),
    ];
    // The alarm fails as well, which starts nothing any more.
    let script = Script::by(|_| Answer::Fail(Disposition::Reject));
    let world = World::new(plans, script).await;
    let (run, _) = world.run(r#"{"id":1}"#).await;
    world.script.called(2).await;
    let alarms = world.runs("alarm").await;
    assert_eq!(alarms.len(), 1);
    assert_eq!(world.rest(alarms[0].run).await, Status::Parked);
    let sequence = world.facts(run).await.len() - 1;
    assert_eq!(alarms[0].event_id, format!("{run}.{sequence}"));
    let told: serde_json::Value = serde_json::from_str(&world.script.calls()[1].input).unwrap();
    assert_eq!(told["run"], run.to_string());
    assert_eq!(told["failure"]["code"], "scripted");
    assert_eq!(told["input"]["id"], 1);
    assert!(world.runs("other").await.is_empty());
    assert_eq!(world.runs("main").await.len(), 1, "never of itself");
    // Replayed without success, it is one more failure.
    let (by, why) = ("somebody".to_owned(), "again".to_owned());
    let event = Some(Json::parse(r#"{"id":2}"#).unwrap().into());
    let from = None;
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
    world.script.called(4).await;
    assert_eq!(world.runs("alarm").await.len(), 2);
    let facts = world.facts(run).await;
    assert!(
        facts
            .iter()
            .any(|fact| matches!(fact, Fact::Replayed { .. }))
    );
    assert_eq!(world.script.calls()[2].key, format!("{run}.book.0.1"));
}

fn replay(from: Option<&str>, event: Option<&str>) -> Letter {
    let (by, why) = ("somebody".to_owned(), "again".to_owned());
    Letter::Replay {
        from: from.map(Into::into),
        event: event.map(|text| Json::parse(text).unwrap().into()),
        by,
        why,
    }
}

/// A workflow that is given a minute, and calls one that takes a minute and a half and charges then.
fn impatient() -> Vec<Plan> {
    let timeout_ms = Some(60_000);
    let steps = vec![work("before", "event"), call("charge", "child", "event")];
    vec![
        Plan {
            timeout_ms,
            ..plan(steps)
        },
        named("child", vec![pause("w", 90_000), work("pay", "event")]),
    ]
}

fn echo() -> Script {
    Script::by(|_| Answer::Echo)
}

async fn timed_out(world: &World) -> (RunId, RunId) {
    let run = world.send(r#"{"id":1}"#).await;
    assert_eq!(world.rest(run).await, Status::Parked);
    assert_eq!(code(&world.end(run).await), "run-timeout");
    let children = world.runs("child").await;
    assert_eq!(children.len(), 1);
    (run, children[0].run)
}

async fn pays(world: &World) -> usize {
    let steps = world.script.steps();
    steps.iter().filter(|step| *step == "pay").count()
}

#[tokio::test(start_paused = true)]
async fn a_replay_after_the_timeout_waits_for_the_run_that_was_called() {
    for (from, waits) in [(None, false), (Some("charge"), false), (None, true)] {
        let world = World::new(impatient(), echo()).await;
        let (run, child) = timed_out(&world).await;
        if waits {
            // Its end is kept for the run that called it.
            assert_eq!(world.rest(child).await, Status::Succeeded);
            assert_eq!(world.status(run).await, Status::Parked);
        }
        world.told(run, replay(from, None)).await;
        world.becomes(run, Status::Succeeded).await;
        assert_eq!(world.runs("child").await.len(), 1, "{from:?}");
        assert_eq!(pays(&world).await, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_replay_that_calls_anew_cancels_the_run_that_was_called() {
    for (from, event) in [(Some("before"), None), (None, Some(r#"{"id":2}"#))] {
        let world = World::new(impatient(), echo()).await;
        let (run, child) = timed_out(&world).await;
        world.told(run, replay(from, event)).await;
        assert_eq!(world.rest(child).await, Status::Cancelled);
        // Only the one that was called then pays.
        world.script.ended("pay", 1).await;
        assert_eq!(world.rest(child).await, Status::Cancelled);
        let children = world.runs("child").await;
        assert_eq!(children.len(), 2, "{from:?}");
        assert_eq!(world.rest(children[1].run).await, Status::Succeeded);
        assert_eq!(pays(&world).await, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn who_gives_a_parked_run_up_cancels_what_it_called() {
    let (by, why) = ("somebody".to_owned(), "hopeless".to_owned());
    let letters = [
        Letter::Discard {
            by: by.clone(),
            why: why.clone(),
        },
        Letter::Cancel { by, why },
    ];
    for letter in letters {
        let world = World::new(impatient(), echo()).await;
        let (run, child) = timed_out(&world).await;
        world.told(run, letter).await;
        assert_eq!(world.rest(child).await, Status::Cancelled);
        world.becomes(run, Status::Cancelled).await;
        assert_eq!(pays(&world).await, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_a_sibling_called_is_waited_for_and_one_that_failed_is_called_anew() {
    let branches = vec![
        ("a", vec![call("bad", "failing", "event")]),
        ("b", vec![call("good", "child", "event")]),
    ];
    let mut refused = work("refused", "event");
    refused.on_failure = OnFailure::Fail;
    let plans = vec![
        plan(vec![parallel("both", branches)]),
        named("child", vec![pause("w", 90_000), work("pay", "event")]),
        named("failing", vec![refused]),
    ];
    // From the step that failed or from the other one: what failed is never waited for.
    for (from, goods) in [(None, 1), (Some("both.b.good"), 2)] {
        let is_corrected = Arc::new(AtomicBool::new(false));
        let corrected = Arc::clone(&is_corrected);
        let script = Script::by(move |call| match call.step.as_str() {
            "refused" if !corrected.load(Ordering::Relaxed) => Answer::Fail(Disposition::Reject),
            _ => Answer::Echo,
        });
        let world = World::new(plans.clone(), script).await;
        let run = world.send("{}").await;
        assert_eq!(world.rest(run).await, Status::Parked);
        assert_eq!(code(&world.end(run).await), "child-failed");
        is_corrected.store(true, Ordering::Relaxed);
        world.told(run, replay(from, None)).await;
        world.script.ended("pay", 1).await;
        world.becomes(run, Status::Succeeded).await;
        assert_eq!(world.runs("failing").await.len(), 2, "{from:?}");
        assert_eq!(world.runs("child").await.len(), goods);
        assert_eq!(pays(&world).await, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_comes_behind_what_parks_the_run_is_kept() {
    let branches = vec![
        ("a", vec![approval("ok")]),
        ("b", vec![call("good", "child", "event")]),
    ];
    let plans = vec![
        plan(vec![parallel("both", branches)]),
        named("child", vec![pause("w", 1_000)]),
    ];
    let decided = |decision| Letter::Decided {
        step: "both.a.ok".into(),
        decision,
        by: "somebody".to_owned(),
        why: String::new(),
    };
    let world = World::new(plans, echo()).await;
    let run = world.send("{}").await;
    world.becomes(run, Status::Waiting).await;
    // While its workflow is paused, what it is told comes together.
    let main = "main".into();
    world.pause(&namespace(), &main, true).await.unwrap();
    world.told(run, decided(Decision::Reject)).await;
    let child = world.runs("child").await[0].run;
    assert_eq!(world.rest(child).await, Status::Succeeded);
    world.pause(&namespace(), &main, false).await.unwrap();
    assert_eq!(world.rest(run).await, Status::Parked);
    world.told(run, replay(None, None)).await;
    world.becomes(run, Status::Waiting).await;
    world.told(run, decided(Decision::Approve)).await;
    world.becomes(run, Status::Succeeded).await;
    assert_eq!(world.runs("child").await.len(), 1);
}
