//! `webhook: { path, method, body, respond, timeout }`.

use mortise_model::plan::{Body, Respond, Webhook};

use crate::diagnostic::Code;
use crate::read::durations::{RESPOND_MAX_MS, duration_ms};
use crate::read::fields::Fields;
use crate::read::values;
use crate::source::{Place, Sink};
use crate::yaml::Entry;

/// Words that come later: plugins that receive, and signatures.
const LATER: &[&str] = &["uses", "connection", "with", "verify"];

/// How long the sender waits for a result where the manifest does not say, in milliseconds.
const RESPOND_TIMEOUT_MS: u64 = 30_000;

/// Longest path in bytes.
const PATH_LENGTH_MAX: usize = 200;

const METHODS: [(&str, &str); 5] = [
    ("POST", "POST"),
    ("PUT", "PUT"),
    ("PATCH", "PATCH"),
    ("DELETE", "DELETE"),
    ("GET", "GET"),
];

/// Reads a webhook and the place of its path.
pub(super) fn webhook(entry: &Entry, sink: &mut Sink<'_>) -> Option<(Webhook, Place)> {
    let mut fields = Fields::of(&entry.value, "a `webhook`", sink)?;
    fields.later(LATER);
    let path = fields.require("path", "path: /orders", sink);
    let path = path.and_then(|entry| path_of(entry, sink));
    let method = fields
        .take("method")
        .map(|entry| values::choice(entry, &METHODS, sink));
    let bodies = [
        ("json", Body::Json),
        ("text", Body::Text),
        ("bytes", Body::Bytes),
    ];
    let body = fields
        .take("body")
        .and_then(|entry| values::choice(entry, &bodies, sink));
    let waits = fields
        .take("respond")
        .and_then(|entry| values::choice(entry, &[("accepted", false), ("result", true)], sink))
        .unwrap_or(false);
    let timeout = fields.take("timeout");
    let timeout_ms = timeout.and_then(|entry| duration_ms(entry, RESPOND_MAX_MS, sink));
    fields.finish(sink);
    if let Some(entry) = timeout.filter(|_| !waits) {
        sink.error(
            Code::InvalidValue,
            entry.key_place,
            "the sender does not wait, so there is nothing for `timeout` to end",
            "write `respond: result`, or leave `timeout` out",
        );
    }
    let (path, place) = path?;
    let respond = if waits {
        Respond::Result {
            timeout_ms: timeout_ms.unwrap_or(RESPOND_TIMEOUT_MS),
        }
    } else {
        Respond::Accepted
    };
    let webhook = Webhook {
        path,
        method: method.flatten().unwrap_or("POST").to_owned(),
        body: body.unwrap_or(Body::Json),
        respond,
        uses: None,
    };
    Some((webhook, place))
}

fn path_of(entry: &Entry, sink: &mut Sink<'_>) -> Option<(String, Place)> {
    let path = values::text(entry, sink)?;
    if path_is_valid(path.value) {
        return Some((path.value.to_owned(), path.place));
    }
    sink.error(
        Code::InvalidValue,
        path.place,
        format!("`{}` cannot be the path of a webhook", path.value),
        "write `/` and names of letters, digits, `-`, `_`, `.` and `~`, such as `/orders/paid`",
    );
    None
}

fn path_is_valid(path: &str) -> bool {
    let segment = |segment: &str| {
        !segment.is_empty()
            && segment != "."
            && segment != ".."
            && segment
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_.~".contains(&b))
    };
    path.len() <= PATH_LENGTH_MAX
        && path
            .strip_prefix('/')
            .is_some_and(|rest| rest.split('/').all(segment))
}
