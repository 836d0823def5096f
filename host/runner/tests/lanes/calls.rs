//! Workflows that call each other, and workflows that look after failures.

use mortise_model::entry::{End, Letter};
use mortise_model::event::TriggerKind;
use mortise_model::plan::{OnFailure, Source, Step};
use mortise_model::{Disposition, Fact, Json, Status};

use crate::plans::{call, named, plan, triggered, work};
use crate::world::{Answer, Script, World, code, large, output};

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
