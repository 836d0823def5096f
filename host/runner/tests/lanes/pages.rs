//! Pages: walked one after the other, collected, and forgotten.

use mortise_model::Fact;
use mortise_model::entry::End;
use mortise_model::plan::{Action, Collect, Items, OnFailure, OperationKind};
use mortise_model::{Disposition, Plan};
use mortise_ports::plugins::{Call, Invocation, Turn};

use crate::plans::{at, foreach, operation, paged, plan, step, work};
use crate::world::{Answer, Script, World, code, output};

/// Three pages, and whatever is done with their records.
fn pages(call: &Call) -> Answer {
    match &call.invocation {
        Invocation::Action {
            turn: Turn::Next(token),
            ..
        } => match token.as_str() {
            "2" => Answer::Page("[3,4]", Some("3")),
            _ => Answer::Page("[5]", None),
        },
        _ if call.step.as_str() == "fetch" => Answer::Page("[1,2]", Some("2")),
        _ => Answer::Echo,
    }
}

#[tokio::test(start_paused = true)]
async fn pages_are_walked_and_what_happened_in_them_is_forgotten() {
    let each = foreach(
        "each",
        Items::Pages("fetch".into()),
        2,
        vec![work("w", "line")],
    );
    let world = World::new(vec![plan(vec![paged("fetch"), each])], Script::by(pages)).await;
    let (run, end) = world.run("{}").await;
    assert_eq!(output(&end), r#"{"count":5,"failed":0}"#);
    let calls = world.script.calls();
    let works = calls.iter().filter(|call| call.step.ends_with(".w"));
    let mut inputs: Vec<&str> = works.map(|call| call.input.as_str()).collect();
    inputs.sort_unstable();
    assert_eq!(inputs, ["1", "2", "3", "4", "5"]);
    let fetches = calls.iter().filter(|call| call.step == "each");
    let keys: Vec<String> = fetches.map(|call| call.key.clone()).collect();
    assert_eq!(keys, [format!("{run}.each.1"), format!("{run}.each.2")]);
    let facts = world.facts(run).await;
    let started = |item: &str| {
        facts
            .iter()
            .any(|fact| matches!(fact, Fact::AttemptStarted { step, .. } if step.as_str() == item))
    };
    assert!(
        !started("each[2].w"),
        "the second page is forgotten: {facts:?}"
    );
    let done = facts.iter().filter(|f| matches!(f, Fact::PageDone { .. }));
    assert_eq!(done.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn pages_are_collected_up_to_a_limit() {
    let collect = |records_max| {
        let pages = "fetch".into();
        let collect = Collect { pages, records_max };
        plan(vec![paged("fetch"), step("all", Action::Collect(collect))])
    };
    let world = World::new(vec![collect(5)], Script::by(pages)).await;
    assert_eq!(output(&world.run("{}").await.1), "[1,2,3,4,5]");
    let world = World::new(vec![collect(4)], Script::by(pages)).await;
    assert_eq!(code(&world.run("{}").await.1), "collect-limit");
}

#[tokio::test(start_paused = true)]
async fn a_crash_in_the_middle_of_a_page_costs_no_page() {
    let each = foreach(
        "each",
        Items::Pages("fetch".into()),
        1,
        vec![work("w", "line")],
    );
    let hanging = Script::by(|call| match call.step.as_str() {
        "each[3].w" => Answer::Hang,
        _ => pages(call),
    });
    let world = World::new(vec![plan(vec![paged("fetch"), each])], hanging).await;
    let run = world.send("{}").await;
    world.script.called(6).await;
    let before = world.script.steps();
    let world = world.crash(Script::by(pages)).await;
    world.rest(run).await;
    assert_eq!(output(&world.end(run).await), r#"{"count":5,"failed":0}"#);
    assert_eq!(before.last().map(String::as_str), Some("each[3].w"));
    assert_eq!(world.script.steps(), ["each[3].w", "each", "each[4].w"]);
}

/// A `foreach` whose step is taken back with its item, and a step after it that fails.
fn undone(items: Items, batch: Option<u32>) -> Plan {
    let mut w = work("w", "line");
    let takes_back = operation(OperationKind::Action, at("line"));
    w.undo = Some(takes_back.into());
    let mut each = foreach("each", items, 2, vec![w]);
    if let Action::Foreach(foreach) = &mut each.action {
        foreach.batch = batch;
    }
    let mut last = work("last", "event");
    last.on_failure = OnFailure::Fail;
    plan(vec![paged("fetch"), each, last])
}

fn fails_last(call: &Call) -> Answer {
    match call.step.as_str() {
        "last" => Answer::Fail(Disposition::Reject),
        _ => pages(call),
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_foreach_did_is_taken_back_with_its_items() {
    let pages = || Items::Pages("fetch".into());
    let list = || Items::List(at("event"));
    let cases: [(Items, Option<u32>, &[&str]); 4] = [
        (pages(), None, &["5", "4", "3", "2", "1"]),
        (pages(), Some(2), &["[5]", "[3,4]", "[1,2]"]),
        (list(), None, &["9", "8", "7"]),
        (list(), Some(2), &["[9]", "[7,8]"]),
    ];
    for (items, batch, expected) in cases {
        let plans = vec![undone(items, batch)];
        // The process dies while the last but one is taken back.
        let dies = Script::by(move |call| match call.step.as_str() {
            "each[1].w.undo" => Answer::Hang,
            _ => fails_last(call),
        });
        let world = World::new(plans.clone(), dies).await;
        let run = world.send("[7,8,9]").await;
        world.script.ended(".undo", expected.len() - 1).await;
        let mut taken = world.script.taken_back();
        let world = world.crash(Script::by(fails_last)).await;
        world.rest(run).await;
        assert!(matches!(world.end(run).await, End::Failed { .. }));
        taken.pop();
        taken.extend(world.script.taken_back());
        assert_eq!(taken, expected);
    }
}
