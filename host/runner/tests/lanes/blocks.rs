//! Blocks: what happens at the same moment, and what they give.

use mortise_model::plan::{Action, Case, Items};
use mortise_model::template::{Expression, Template};
use mortise_model::{Disposition, Json, Status};

use crate::plans::{at, foreach, parallel, plan, step, work};
use crate::world::{Answer, Script, World, code, output};

#[tokio::test(start_paused = true)]
async fn branches_run_at_the_same_moment() {
    let branches = vec![
        ("a", vec![work("x", "event"), work("y", "event")]),
        ("b", vec![work("x", "event")]),
    ];
    let script = Script::by(|call| match call.step.as_str() {
        "both.a.y" => Answer::Give("2"),
        _ => Answer::Hold("1"),
    });
    let world = World::new(vec![plan(vec![parallel("both", branches)])], script).await;
    let run = world.send("{}").await;
    world.script.called(2).await;
    assert_eq!(world.script.busiest(), 2);
    world.script.release(2);
    assert_eq!(world.rest(run).await, Status::Succeeded);
    let expected = r#"{"a":{"x":1,"y":2},"b":{"x":1}}"#;
    assert_eq!(output(&world.end(run).await), expected);
}

#[tokio::test(start_paused = true)]
async fn items_run_as_many_at_once_as_the_manifest_says() {
    let steps = vec![work("work", "line")];
    let lines = foreach("lines", Items::List(at("event")), 3, steps);
    let script = Script::by(|call| match &call.invocation {
        mortise_ports::plugins::Invocation::Action { input, .. } if input.as_str() == "4" => {
            Answer::Fail(Disposition::Reject)
        }
        _ => Answer::Hold("\"done\""),
    });
    let world = World::new(vec![plan(vec![lines])], script).await;
    let run = world.send("[1,2,3,4,5,6,7]").await;
    world.script.called(3).await;
    world.script.release(6);
    assert_eq!(world.rest(run).await, Status::Succeeded);
    assert_eq!(world.script.busiest(), 3);
    let mut inputs: Vec<String> = world.script.calls().into_iter().map(|c| c.input).collect();
    inputs.sort();
    assert_eq!(inputs, ["1", "2", "3", "4", "5", "6", "7"]);
    let done = r#"{"work":"done"}"#;
    let expected = format!("[{done},{done},{done},null,{done},{done},{done}]");
    assert_eq!(output(&world.end(run).await), expected);
}

#[tokio::test(start_paused = true)]
async fn a_long_list_goes_in_parts_that_are_forgotten() {
    let lines = foreach(
        "lines",
        Items::List(at("event")),
        50,
        vec![work("w", "line")],
    );
    let world = World::new(vec![plan(vec![lines])], Script::by(|_| Answer::Give("0"))).await;
    let list: Vec<u32> = (0..2_500).collect();
    let (run, end) = world.run(Json::of(&list).unwrap().as_str()).await;
    let expected = format!("[{}]", vec![r#"{"w":0}"#; 2_500].join(","));
    assert_eq!(output(&end), expected);
    assert_eq!(world.script.calls().len(), 2_500);
    let kept = world.facts(run).await.len();
    assert!(kept < 400, "{kept} entries of 2,500 items are kept");
}

#[tokio::test(start_paused = true)]
async fn what_is_no_list_or_too_long_a_list_is_refused_by_name() {
    let lines = foreach(
        "lines",
        Items::List(at("event")),
        1,
        vec![work("w", "line")],
    );
    let world = World::new(vec![plan(vec![lines])], Script::new([])).await;
    assert_eq!(code(&world.run("{\"a\":1}").await.1), "foreach-list");
    let list = Json::of(&vec![0; 10_001]).unwrap();
    assert_eq!(code(&world.run(list.as_str()).await.1), "foreach-items");
    let (_, end) = world.run("[]").await;
    assert_eq!(output(&end), "[]");
}

#[tokio::test(start_paused = true)]
async fn the_first_case_that_holds_is_taken() {
    let condition = |path: &str| match at(path) {
        Template::Expression(expression) => Some(expression),
        _ => None::<Expression>,
    };
    let case = |path: &str, id: &str| Case {
        condition: condition(path),
        steps: vec![work(id, "event")],
    };
    let cases = vec![case("event.a", "one"), case("event.b", "two")];
    let plan = plan(vec![step("size", Action::Switch(cases))]);
    let world = World::new(vec![plan], Script::by(|_| Answer::Give("1"))).await;
    for (event, expected) in [
        (r#"{"a":true,"b":true}"#, r#"{"one":1}"#),
        (r#"{"a":false,"b":true}"#, r#"{"two":1}"#),
        (r#"{"a":false,"b":false}"#, "null"),
    ] {
        assert_eq!(output(&world.run(event).await.1), expected, "{event}");
    }
    assert_eq!(code(&world.run(r#"{"a":1,"b":2}"#).await.1), "condition");
}
