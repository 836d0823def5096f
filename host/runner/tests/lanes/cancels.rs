//! Runs that are cancelled at their end, or where they are parked.

use mortise_model::entry::{End, Letter};
use mortise_model::plan::OnFailure;
use mortise_model::{Disposition, RunId, Status};

use crate::plans::{approval, ending, parallel, plan, undoable, work};
use crate::world::{Answer, Script, World};

fn cancel(why: &str) -> Letter {
    let (by, why) = ("somebody".to_owned(), why.to_owned());
    Letter::Cancel { by, why }
}

fn failing(id: &str) -> mortise_model::plan::Step {
    let mut step = work(id, "event");
    step.on_failure = OnFailure::Fail;
    step
}

/// Fails what is called `last` and never answers what hangs.
fn script(hangs: &'static [&'static str]) -> Script {
    Script::by(move |call| match call.step.as_str() {
        "last" => Answer::Fail(Disposition::Reject),
        step if hangs.contains(&step) => Answer::Hang,
        _ => Answer::Echo,
    })
}

async fn cancelled(world: &World, run: RunId) {
    assert_eq!(world.rest(run).await, Status::Cancelled);
    assert!(matches!(world.end(run).await, End::Cancelled { .. }));
}

#[tokio::test(start_paused = true)]
async fn the_first_cancel_goes_on_with_what_stands_under_finally() {
    let branches = vec![
        ("left", vec![work("hang", "event"), work("never", "event")]),
        ("right", vec![approval("ok")]),
    ];
    let finally = vec![
        approval("asked"),
        parallel("both", branches),
        work("close", "event"),
    ];
    let plans = vec![ending(plan(vec![work("first", "event")]), finally)];
    let world = World::new(plans, script(&["finally.both.left.hang"])).await;
    let run = world.send("{}").await;
    world.becomes(run, Status::Waiting).await;
    world.told(run, cancel("once")).await;
    world.script.called(2).await;
    assert_eq!(world.script.steps(), ["first", "finally.both.left.hang"]);
    assert_eq!(world.status(run).await, Status::Running);
    // A second one ends it at once, and a call that hangs does not keep it.
    world.told(run, cancel("twice")).await;
    cancelled(&world, run).await;
    assert_eq!(world.script.steps().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_is_under_way_at_the_end_is_stopped_and_the_rest_is_done() {
    let branches = vec![
        ("left", vec![work("hang", "event"), work("never", "event")]),
        ("right", vec![approval("ok")]),
    ];
    let both = || parallel("both", branches.clone());
    let cases = [
        (vec![approval("asked")], 1),
        (vec![work("hang", "event")], 2),
        (vec![both()], 2),
    ];
    for (mut finally, calls) in cases {
        finally.push(work("close", "event"));
        let plans = vec![ending(plan(vec![work("first", "event")]), finally)];
        let world = World::new(plans, script(&["finally.hang", "finally.both.left.hang"])).await;
        let run = world.send("{}").await;
        world.script.called(calls).await;
        if calls == 1 {
            world.becomes(run, Status::Waiting).await;
        }
        world.told(run, cancel("once")).await;
        cancelled(&world, run).await;
        let steps = world.script.steps();
        assert_eq!(steps.len(), calls + 1, "{steps:?}");
        assert_eq!(steps.last().unwrap(), "finally.close");
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_run_that_is_cancelled_still_takes_the_rest_back() {
    let steps = vec![undoable("a"), undoable("b"), failing("last")];
    let plans = vec![ending(plan(steps), vec![work("close", "event")])];
    let world = World::new(plans, script(&["b.undo"])).await;
    let run = world.send("{}").await;
    world.script.called(4).await;
    world.told(run, cancel("once")).await;
    cancelled(&world, run).await;
    assert_eq!(
        world.script.steps(),
        ["a", "b", "last", "b.undo", "a.undo", "finally.close"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_parked_run_that_is_cancelled_goes_to_its_end_and_one_that_is_discarded_does_not() {
    let parks = |undo: bool| {
        let last = if undo {
            failing("last")
        } else {
            work("last", "event")
        };
        ending(
            plan(vec![undoable("a"), last]),
            vec![work("close", "event")],
        )
    };
    let refuses = || {
        Script::by(|call| match call.step.as_str() {
            "last" | "a.undo" => Answer::Fail(Disposition::Reject),
            _ => Answer::Echo,
        })
    };
    let (by, why) = ("somebody".to_owned(), "hopeless".to_owned());
    let discard = Letter::Discard { by, why };
    let cases: [(bool, Letter, &[&str]); 4] = [
        (false, cancel("enough"), &["a", "last", "finally.close"]),
        (false, discard.clone(), &["a", "last"]),
        (
            true,
            cancel("enough"),
            &["a", "last", "a.undo", "finally.close"],
        ),
        (true, discard, &["a", "last", "a.undo"]),
    ];
    for (undo, letter, expected) in cases {
        let world = World::new(vec![parks(undo)], refuses()).await;
        let run = world.send("{}").await;
        assert_eq!(world.rest(run).await, Status::Parked);
        world.told(run, letter).await;
        world.becomes(run, Status::Cancelled).await;
        cancelled(&world, run).await;
        assert_eq!(world.script.steps(), expected);
    }
}
