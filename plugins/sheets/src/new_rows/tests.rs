use mortise_sdk::fake::{self, Answer, Host};

use super::*;

const PROPERTIES: &str = r#"{"sheets":[{"properties":{"gridProperties":{"rowCount":1000}}}]}"#;

/// Polls a sheet with these rows below the header `Id`, `State`.
fn poll(rows: Value, input: &Value, cursor: Option<&Value>) -> (Vec<String>, Value, bool) {
    let values = json!({ "valueRanges": [
        { "range": "'S'!A1:Z1", "values": [["Id", "State"]] },
        { "range": "'S'!A2:Z1000", "values": rows },
    ] });
    let host = Host::new().answer(Answer::json(200, PROPERTIES));
    let _host = host
        .answer(Answer::json(200, &values.to_string()))
        .install();
    let news = fake::poll::<NewRows>(input, cursor).unwrap();
    let told = news
        .events
        .iter()
        .map(|event| format!("{} {}", event.payload["row"], event.payload["values"]["Id"]));
    (told.collect(), news.cursor, news.more)
}

#[test]
fn a_trigger_begins_now_or_at_the_beginning() {
    for (start, count) in [("now", 0), ("beginning", 2)] {
        let input = json!({ "spreadsheet-id": "1", "sheet": "S", "start": start });
        let (events, cursor, _) = poll(json!([["a"], [], ["b"]]), &input, None);
        assert_eq!(events.len(), count);
        let (events, _, _) = poll(json!([["a"], [], ["b"], ["c"]]), &input, Some(&cursor));
        assert_eq!(events, ["5 \"c\""]);
    }
}

#[test]
fn a_row_is_new_when_it_has_its_key() {
    let input = json!({ "spreadsheet-id": "1", "sheet": "S", "key": ["Id"] });
    let (_, cursor, _) = poll(json!([[7, "open"]]), &input, None);
    let (events, cursor, _) = poll(json!([[7, "paid"], ["", "open"]]), &input, Some(&cursor));
    assert_eq!(events, [""; 0]);
    let (events, _, _) = poll(json!([["8", "open"], ["7", "paid"]]), &input, Some(&cursor));
    assert_eq!(events, ["2 \"8\""]);
}

#[test]
fn many_rows_come_in_portions_and_none_twice() {
    let input = json!({ "spreadsheet-id": "1", "sheet": "S", "start": "beginning" });
    let rows: Value = (0..=EVENTS_MAX).map(|n| json!([n])).collect();
    let (first, cursor, more) = poll(rows.clone(), &input, None);
    assert_eq!((first.len(), more), (EVENTS_MAX, true));
    let (second, cursor, more) = poll(rows.clone(), &input, Some(&cursor));
    assert_eq!(
        (second, more),
        (vec![format!("{} {}", EVENTS_MAX + 2, EVENTS_MAX)], false)
    );
    assert_eq!(poll(rows, &input, Some(&cursor)).0, [""; 0]);
}

#[test]
fn the_same_content_has_an_id_each_time() {
    let input = json!({ "spreadsheet-id": "1", "sheet": "S", "start": "beginning" });
    let host = Host::new().answer(Answer::json(200, PROPERTIES));
    let values =
        json!({ "valueRanges": [{ "range": "a" }, { "range": "b", "values": [["x"], ["x"]] }] });
    let _host = host
        .answer(Answer::json(200, &values.to_string()))
        .install();
    let news = fake::poll::<NewRows>(&input, None).unwrap();
    assert_ne!(news.events[0].id, news.events[1].id);
}
