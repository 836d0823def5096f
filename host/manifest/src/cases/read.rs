//! An entry of `tests`: what comes in.

use std::collections::{BTreeMap, HashMap};

use mortise_model::plan::Decision;
use mortise_model::{Json, Timestamp};

use super::expect::expect;
use super::mock::mocks;
use super::names::{Kind, Names};
use super::{Answer, Case, Data, Expect};
use crate::authored::{Manifest, Source, Trigger};
use crate::diagnostic::Code;
use crate::read::{DECISIONS, Fields, items, values};
use crate::resolve::Callees;
use crate::source::{Place, Sink};
use crate::suggest;
use crate::yaml::{Entry, Node, Value};

/// Cases that a manifest may have.
const CASES_MAX: usize = 1_000;

/// Reads the cases of a manifest.
pub(crate) fn cases<'a>(
    manifest: &'a Manifest<'a>,
    callees: &'a Callees<'a>,
    sink: &mut Sink<'_>,
) -> Vec<Case> {
    let Some(tests) = manifest.tests else {
        return Vec::new();
    };
    let nodes = items(tests, "`tests`", sink);
    if let Some(beyond) = nodes.get(CASES_MAX) {
        let message = format!(
            "there are {} tests, over the limit of {CASES_MAX}",
            nodes.len()
        );
        let help = "split the workflow, and its tests with it";
        sink.error(Code::InvalidValue, beyond.place, message, help);
    }
    let names = Names::new(manifest, callees);
    let nodes = nodes.iter().take(CASES_MAX);
    let cases: Vec<_> = nodes
        .filter_map(|node| case(node, manifest, &names, sink))
        .collect();
    let mut seen = HashMap::new();
    for (case, place) in &cases {
        if let Some(line) = seen.insert(&case.name, place.line) {
            sink.error(
                Code::DuplicateId,
                *place,
                format!("there is another test `{}`", case.name),
                format!("give one of the two another name; the other one is in line {line}"),
            );
        }
    }
    cases.into_iter().map(|(case, _)| case).collect()
}

/// A case and the place of its name.
fn case(
    node: &Node,
    manifest: &Manifest<'_>,
    names: &Names<'_>,
    sink: &mut Sink<'_>,
) -> Option<(Case, Place)> {
    let mut fields = Fields::of(node, "a test", sink)?;
    let name = fields.require("name", "name: a large order is announced", sink);
    let name = name.and_then(|entry| values::text(entry, sink));
    let trigger = trigger(fields.take("trigger"), node.place, manifest, sink);
    let event = fields.take("event");
    let event = event.and_then(|entry| data(entry, sink));
    let request = fields.take("request");
    let request = request.and_then(|entry| request_of(entry, trigger, sink));
    let at = fields.take("at").and_then(|entry| at(entry, sink));
    let mock = fields.take("mock");
    let mocks = mock.map(|entry| by_step(entry, names, sink, mocks));
    let answers = fields.take("answers");
    let answers = answers.map(|entry| by_step(entry, names, sink, answer));
    let expect = fields
        .take("expect")
        .map_or_else(Expect::default, |entry| expect(entry, names, sink));
    fields.finish(sink);
    let name = name?;
    let case = Case {
        name: name.value.to_owned(),
        line: node.place.line,
        trigger: trigger.map(|trigger| trigger.id.value.to_owned()),
        event,
        request,
        at,
        mocks: mocks.unwrap_or_default(),
        answers: answers.unwrap_or_default(),
        expect,
    };
    Some((case, name.place))
}

/// The trigger that a case names, or the only one that there is.
fn trigger<'m, 'n>(
    entry: Option<&Entry>,
    place: Place,
    manifest: &'m Manifest<'n>,
    sink: &mut Sink<'_>,
) -> Option<&'m Trigger<'n>> {
    let ids = manifest.triggers.iter().map(|trigger| trigger.id.value);
    let Some(entry) = entry else {
        if manifest.triggers.len() > 1 {
            let ids: Vec<_> = ids.map(|id| format!("`{id}`")).collect();
            sink.error(
                Code::MissingField,
                place,
                "the workflow has several triggers, so a test needs `trigger`",
                format!("write one of {}", ids.join(", ")),
            );
        }
        return manifest.triggers.first();
    };
    let name = values::text(entry, sink)?;
    let mut triggers = manifest.triggers.iter();
    let found = triggers.find(|trigger| trigger.id.value == name.value);
    if found.is_none() {
        sink.error(
            Code::UnknownTrigger,
            name.place,
            format!("there is no trigger `{}`", name.value),
            suggest::help(name.value, ids),
        );
    }
    found
}

/// `{ file: PATH }`, or the value itself.
fn data(entry: &Entry, sink: &mut Sink<'_>) -> Option<Data> {
    let [only] = entry.value.entries().unwrap_or_default() else {
        return Some(Data::Inline(literal(entry, sink)));
    };
    match &only.value.value {
        Value::Text(text) if only.key == "file" => {
            if text.text.is_empty() || text.text.starts_with('/') {
                sink.error(
                    Code::InvalidValue,
                    only.value.place,
                    "a file of a test is named as seen from the manifest",
                    "write a path such as `tests/large.json`",
                );
                return None;
            }
            Some(Data::File(text.text.clone()))
        }
        _ => Some(Data::Inline(literal(entry, sink))),
    }
}

fn request_of(entry: &Entry, trigger: Option<&Trigger<'_>>, sink: &mut Sink<'_>) -> Option<Json> {
    let mut fields = Fields::of(&entry.value, "`request`", sink)?;
    for name in ["method", "path", "query", "headers"] {
        fields.take(name);
    }
    fields.finish(sink);
    if let Some(trigger) = trigger
        && !matches!(trigger.source, Source::Webhook(_))
    {
        sink.error(
            Code::InvalidValue,
            entry.key_place,
            format!("trigger `{}` gives no request", trigger.id.value),
            "leave `request` out, or name a trigger that is a webhook",
        );
    }
    Some(literal(entry, sink))
}

fn at(entry: &Entry, sink: &mut Sink<'_>) -> Option<Timestamp> {
    let text = values::text(entry, sink)?;
    let time = text.value.parse().ok();
    if time.is_none() {
        sink.error(
            Code::InvalidValue,
            text.place,
            format!("`{}` is not a point in time", text.value),
            "write RFC 3339, such as `2030-01-31T06:00:00Z`",
        );
    }
    time
}

/// What a map says of steps, by their paths.
pub(super) fn by_step<T>(
    entry: &Entry,
    names: &Names<'_>,
    sink: &mut Sink<'_>,
    read: impl Fn(&Entry, &[Kind], &mut Sink<'_>) -> Option<T>,
) -> BTreeMap<String, T> {
    let Some(entries) = Fields::of(&entry.value, "a map of steps", sink).and(entry.value.entries())
    else {
        return BTreeMap::new();
    };
    let found = entries.iter().filter_map(|entry| {
        let (path, kinds) = names.find(&entry.key, entry.key_place, sink)?;
        Some((path, read(entry, &kinds, sink)?))
    });
    found.collect()
}

/// What comes to a wait.
fn answer(entry: &Entry, kinds: &[Kind], sink: &mut Sink<'_>) -> Option<Answer> {
    let mut fields = Fields::of(&entry.value, "an answer", sink)?;
    let callback = fields.take("callback");
    let [decision, by, why] = ["decision", "by", "why"].map(|name| fields.take(name));
    fields.finish(sink);
    let takes = |kind| kinds.contains(&kind);
    let wanted = match (callback, decision) {
        (Some(_), None) if takes(Kind::Callback) || takes(Kind::Operation) => None,
        (None, Some(_)) if takes(Kind::Approval) => None,
        _ if takes(Kind::Approval) => Some("write `{ decision: approve, by: …, why: … }`"),
        _ if takes(Kind::Callback) => Some("write `{ callback: … }` with the body that comes"),
        _ => Some("answer a step that waits for a callback or an approval"),
    };
    if let Some(help) = wanted {
        sink.error(
            Code::InvalidValue,
            entry.value.place,
            format!("this is no answer for step `{}`", entry.key),
            help,
        );
        return None;
    }
    let mut text = |entry: Option<&Entry>| {
        let text = entry.and_then(|entry| values::text(entry, sink));
        text.map(|text| text.value.to_owned())
    };
    let (by, why) = (text(by), text(why));
    match (callback, decision) {
        (Some(body), _) => Some(Answer::Callback(literal(body, sink))),
        (_, Some(entry)) => {
            let decision: Decision = values::choice(entry, &DECISIONS, sink)?;
            Some(Answer::Decision { decision, by, why })
        }
        _ => None,
    }
}

/// A value as it stands there.
pub(super) fn literal(entry: &Entry, sink: &mut Sink<'_>) -> Json {
    values::no_expressions(&entry.value, "a value of a test", sink);
    values::check_depth(&entry.value, sink);
    entry.value.json()
}
