#![allow(clippy::unwrap_used, clippy::expect_used)]

use mortise_sdk::{Disposition, fake};

use super::*;

fn apply(config: &Value, record: Value) -> Result<Value, Failure> {
    let mut outcomes = fake::apply::<Template>(config, &[record])?;
    outcomes.remove(0).map(|mut outputs| outputs.remove(0))
}

fn render(template: &str, record: Value) -> Result<String, String> {
    let output =
        apply(&json!({ "template": template }), record).map_err(|failure| failure.message)?;
    Ok(output["text"].as_str().unwrap().to_owned())
}

#[test]
fn the_examples_give_what_they_say() {
    fake::run_examples::<Template>().unwrap();
}

#[test]
fn a_template_sees_its_record() {
    let record = json!({ "name": "Ann", "unit price": 5, "record": 1, "tags": { "b": 1, "a": 2 } });
    assert_eq!(
        render("{{ name|upper }} {{ record }}", record.clone()).unwrap(),
        "ANN 1"
    );
    assert_eq!(
        render("{{ record[0]['unit price'] }}", json!([record])).unwrap(),
        "5"
    );
    let keys = render("{% for key in tags %}{{ key }}{% endfor %}", record).unwrap();
    assert_eq!(keys, "ba", "in the order of the record");
    assert_eq!(
        render("{{ record|tojson }}\n", json!({ "a": [1, null] })).unwrap(),
        "{\"a\":[1,null]}\n"
    );
    assert_eq!(
        render("{{ n }}", json!({ "n": 9_007_199_254_740_993_u64 })).unwrap(),
        "9007199254740993"
    );
    assert_eq!(
        render("{{ none_here is defined }}", json!({})).unwrap(),
        "False"
    );
}

#[test]
fn what_is_undefined_is_named_with_its_line() {
    for (template, record, expected) in [
        (
            "Hello\n{{ nmae }}",
            json!({ "name": "A" }),
            "the template `text` on line 2: `nmae` is undefined",
        ),
        (
            "{{ customer.nmae }}",
            json!({ "customer": {} }),
            "the template `text` on line 1: `customer.nmae` is undefined",
        ),
        (
            "{% if paid %}x{% endif %}",
            json!({}),
            "the template `text` on line 1: `paid` is undefined",
        ),
        (
            "\n{% for x in items %}{% endfor %}",
            json!({}),
            "the template `text` on line 2: `items` is undefined",
        ),
        (
            "{{ a.b.c }}",
            json!({ "a": {} }),
            "the template `text` on line 1: `a.b.c` is undefined",
        ),
        (
            "{{ name + 1 }}",
            json!({ "name": "A" }),
            "the template `text` on line 1: `name + 1`: ",
        ),
    ] {
        let message = render(template, record).unwrap_err();
        assert!(message.starts_with(expected), "{message}");
    }
    assert_eq!(
        render("{{ a.b|default('none') }}", json!({ "a": {} })).unwrap(),
        "none"
    );
}

#[test]
fn a_record_that_fails_stops_no_other() {
    let config = json!({ "template": "{{ a }}" });
    let outcomes = fake::apply::<Template>(&config, &[json!({}), json!({ "a": 1 })]).unwrap();
    let failure = outcomes[0].as_ref().unwrap_err();
    assert_eq!(
        (failure.disposition, failure.cause.as_ref().unwrap().record),
        (Disposition::Reject, Some(0))
    );
    assert_eq!(outcomes[1].as_ref().unwrap()[0], json!({ "text": "1" }));
}

#[test]
fn templates_that_are_none_are_refused() {
    for (config, expected) in [
        (
            json!({ "template": "a\n{{ b" }),
            "the template `text` on line 2: ",
        ),
        (
            json!({ "template": "{% include 'a' %}" }),
            "the template `text` on line 1: ",
        ),
        (
            json!({ "template": "{% extends 'a' %}" }),
            "the template `text` on line 1: ",
        ),
        (
            json!({ "templates": { "body": "{% for %}" } }),
            "the template `body` on line 1: ",
        ),
        (json!({}), "a step has either `template` or `templates`"),
        (
            json!({ "template": "a", "templates": { "b": "b" } }),
            "a step has either `template` or `templates`",
        ),
    ] {
        let failure = apply(&config, json!({})).unwrap_err();
        assert!(failure.message.starts_with(expected), "{}", failure.message);
        assert_eq!(failure.disposition, Disposition::Misconfigured, "{config}");
    }
}

#[test]
fn html_is_escaped_where_that_is_said() {
    let config = json!({ "template": "<p>{{ a }}{{ a|safe }}</p>", "escape": "html" });
    let output = apply(&config, json!({ "a": "<b>&\"" })).unwrap();
    assert_eq!(output["text"], "<p>&lt;b&gt;&amp;&quot;<b>&\"</p>");
    assert_eq!(render("{{ a }}", json!({ "a": "<b>" })).unwrap(), "<b>");
}

#[test]
fn a_template_costs_no_more_than_it_may() {
    let loops = "{% for a in range(1000) %}{% for b in range(10000) %}{% endfor %}{% endfor %}";
    let message = render(loops, json!({})).unwrap_err();
    assert!(
        message.ends_with("it takes more than 500000 steps"),
        "{message}"
    );
    let long = "{% for a in range(2000) %}{{ text }}{% endfor %}";
    let message = render(long, json!({ "text": "x".repeat(1000) })).unwrap_err();
    assert_eq!(message, "the text of `text` is longer than 1048576 bytes");
}
