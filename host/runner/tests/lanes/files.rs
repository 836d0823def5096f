//! Files of runs: when they are kept, and who is given them.

use std::sync::{Arc, Mutex};

use futures::FutureExt as _;
use mortise_model::entry::End;
use mortise_model::{Disposition, RunId};
use mortise_ports::Files as _;
use mortise_ports::memory::{Lost, MemoryStore, Write};
use mortise_ports::plugins::Call;
use mortise_runner::Settings;

use crate::plans::{call, named, plan, triggered, work};
use crate::world::{Answer, Script, World, code, id_of, namespace, settings};

/// How large a call finds a file.
fn found(call: &Call, content: &str) -> Option<u64> {
    let files = call.files.as_ref().unwrap();
    let id = id_of(content).to_string();
    files.size(&id).now_or_never().unwrap().unwrap()
}

async fn kept(world: &World, run: RunId, content: &str) -> bool {
    let namespace = namespace();
    let size = world.store.file_size(&namespace, run, id_of(content));
    size.await.unwrap().is_some()
}

#[tokio::test(start_paused = true)]
async fn a_file_is_kept_before_the_entry_that_names_it() {
    let script = Script::by(|_| Answer::Attach("one"));
    let world = World::new(vec![plan(vec![work("make", "event")])], script).await;
    let writes: Arc<Mutex<Vec<Write>>> = Arc::default();
    let seen = Arc::clone(&writes);
    // Each is lost once before it is done.
    world.store.lose_writes(move |write| {
        let mut seen = seen.lock().unwrap();
        let is_again = seen.last() == Some(&write);
        seen.push(write);
        (write == Write::Other && !is_again).then_some(Lost::Before)
    });
    let (run, end) = world.run("{}").await;
    assert!(matches!(end, End::Succeeded { .. }), "{end:?}");
    assert!(kept(&world, run, "one").await);
    let writes = writes.lock().unwrap().clone();
    let ends = &writes[writes.len() - 3..];
    assert_eq!(
        ends,
        [Write::Other, Write::Other, Write::Commit],
        "{writes:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_step_is_given_the_files_of_its_run_alone_also_after_a_crash() {
    let make = |call: &Call| match call.step.as_str() {
        "make" => Answer::Attach("one"),
        _ => Answer::Hang,
    };
    let steps = vec![work("make", "event"), work("use", "steps.make.output")];
    let world = World::new(vec![plan(steps)], Script::by(make)).await;
    let run = world.send("{}").await;
    world.script.called(2).await;
    let sizes: Arc<Mutex<Vec<Option<u64>>>> = Arc::default();
    let seen = Arc::clone(&sizes);
    let look = move |call: &Call| {
        let mut seen = seen.lock().unwrap();
        seen.extend([found(call, "one"), found(call, "another")]);
        Answer::Give("1")
    };
    let world = world.crash(Script::by(look)).await;
    world.rest(run).await;
    assert_eq!(*sizes.lock().unwrap(), [Some(3), None]);
    // Another run does not find it.
    world.run("{}").await;
    assert!(sizes.lock().unwrap()[2..].iter().all(Option::is_none));
}

#[tokio::test(start_paused = true)]
async fn files_go_to_the_called_run_and_back_and_to_those_that_look_after_failures() {
    use mortise_model::plan::Source;
    let steps = vec![
        work("make", "event"),
        call("other", "child", "steps.make.output"),
        call("fails", "failing", "steps.make.output"),
    ];
    let of = Source::Failure {
        of: Some(vec!["failing".into()]),
    };
    let plans = vec![
        plan(steps),
        named("child", vec![work("copy", "event")]),
        named("failing", vec![work("fail", "event")]),
        triggered(named("rescue", vec![work("look", "event.input")]), of),
    ];
    let script = Script::by(|call| match call.step.as_str() {
        "make" => Answer::Attach("one"),
        "copy" => Answer::Attach("two"),
        "look" => Answer::Give("1"),
        _ => Answer::Fail(Disposition::Reject),
    });
    let world = World::new(plans, script).await;
    let run = world.send("{}").await;
    world.script.ended("look", 1).await;
    let child = world.runs("child").await[0].run;
    let rescue = world.runs("rescue").await[0].run;
    for (run, content, is_kept) in [
        (run, "one", true),
        (run, "two", true),
        (child, "one", true),
        (child, "two", true),
        (rescue, "one", true),
        (rescue, "two", false),
    ] {
        assert_eq!(kept(&world, run, content).await, is_kept, "{run} {content}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_run_keeps_in_files_is_bounded() {
    let small = Settings {
        // Two of the smallest.
        run_files_max_bytes: 8_192,
        ..settings()
    };
    let steps = ["a", "b", "again", "c"].map(|id| work(id, "event"));
    let script = Script::by(|call| match call.step.as_str() {
        "a" | "again" => Answer::Attach("one"),
        "b" => Answer::Attach("two"),
        _ => Answer::Attach("three"),
    });
    let plans = vec![plan(steps.to_vec())];
    let world = World::with(MemoryStore::new(), plans, script, small).await;
    let (run, end) = world.run("{}").await;
    assert_eq!(code(&end), "run-files-max-bytes");
    assert!(matches!(end, End::Parked { step: Some(step), .. } if step.as_str() == "c"));
    assert!(!kept(&world, run, "three").await);
}
