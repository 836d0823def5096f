//! Straight runs: outputs, retries, what is unclear, what is large.

use mortise_model::entry::End;
use mortise_model::{Disposition, Payload, Status};
use mortise_ports::Journal as _;

use crate::plans::{once, plan, work};
use crate::world::{Answer, Script, World, large, namespace, output};

#[tokio::test(start_paused = true)]
async fn a_chain_runs_to_its_output() {
    let steps = vec![work("first", "event"), work("second", "steps.first.output")];
    let script = Script::new([Answer::Give("{\"n\":1}"), Answer::Echo]);
    let world = World::new(vec![plan(steps)], script).await;
    let (run, end) = world.run("{}").await;
    assert_eq!(output(&end), "{\"n\":1}");
    let calls = world.script.calls();
    assert_eq!(calls[0].key, format!("{run}.first.0"));
    assert_eq!(calls[1].key, format!("{run}.second.0"));
    let history = world.store.entries(&namespace(), run).await.unwrap();
    assert_eq!(history.turns.len(), 4, "one commit a step: {history:?}");
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_passes_is_retried_with_the_same_key() {
    let retry = Answer::Fail(Disposition::Retry { after_ms: None });
    let timeout = Answer::Fail(Disposition::Timeout);
    let script = Script::new([retry, timeout, Answer::Give("1")]);
    let world = World::new(vec![plan(vec![work("only", "event")])], script).await;
    let (run, end) = world.run("{}").await;
    assert_eq!(output(&end), "1");
    let keys: Vec<String> = world.script.calls().into_iter().map(|c| c.key).collect();
    assert_eq!(keys, vec![format!("{run}.only.0"); 3]);
}

#[tokio::test(start_paused = true)]
async fn what_may_have_happened_is_not_repeated_where_that_would_double_it() {
    let script = Script::new([Answer::Fail(Disposition::Unclear)]);
    let world = World::new(vec![plan(vec![once("only")])], script).await;
    let (_, end) = world.run("{}").await;
    let End::Parked { step, failure } = end else {
        panic!("not parked")
    };
    assert_eq!(step, Some("only".into()));
    assert_eq!(failure.disposition, Disposition::Unclear);
}

#[tokio::test(start_paused = true)]
async fn a_large_payload_goes_beside_the_journal_and_comes_back() {
    let steps = vec![work("first", "event"), work("second", "steps.first.output")];
    let world = World::new(vec![plan(steps)], Script::by(|_| Answer::Echo)).await;
    let large = large('x');
    let (_, end) = world.run(&large).await;
    let End::Succeeded {
        output: Payload::Stored { size_bytes, .. },
    } = end
    else {
        panic!("the output is not stored beside the journal")
    };
    assert_eq!(size_bytes, large.len() as u64);
    assert_eq!(world.script.calls()[1].input, large);
}

#[tokio::test(start_paused = true)]
async fn a_suspended_application_is_asked_again_with_its_token() {
    use mortise_ports::plugins::{Invocation, Turn};
    let script = Script::new([Answer::Suspend(60_000, false), Answer::Give("1")]);
    let world = World::new(vec![plan(vec![work("job", "event")])], script).await;
    let run = world.send("{}").await;
    world.becomes(run, Status::Waiting).await;
    assert_eq!(world.rest(run).await, Status::Succeeded);
    let Invocation::Action { turn, .. } = &world.script.calls()[1].invocation else {
        panic!("not an action")
    };
    let token = crate::world::json("\"token\"");
    let answer = None;
    assert_eq!(*turn, Turn::Resumed { token, answer });
}
