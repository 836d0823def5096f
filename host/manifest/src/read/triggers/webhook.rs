//! `webhook: { path, method, body, verify, respond, timeout, uses, connection, with }`.

use mortise_model::plan::{Body, Respond, SignatureScheme, Webhook};

use crate::authored::{Hook, Spanned, Use};
use crate::diagnostic::Code;
use crate::read::durations::{RESPOND_MAX_MS, duration_ms};
use crate::read::fields::Fields;
use crate::read::step::of_trigger;
use crate::read::values;
use crate::source::{Place, Sink};
use crate::yaml::Entry;

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

const BODIES: [(&str, Body); 3] = [
    ("json", Body::Json),
    ("text", Body::Text),
    ("bytes", Body::Bytes),
];

const SCHEMES: [(&str, SignatureScheme); 5] = [
    ("standard", SignatureScheme::Standard),
    ("stripe", SignatureScheme::Stripe),
    ("github", SignatureScheme::Github),
    ("shopify", SignatureScheme::Shopify),
    ("slack", SignatureScheme::Slack),
];

/// Reads a webhook.
pub(super) fn webhook<'n>(entry: &'n Entry, sink: &mut Sink<'_>) -> Option<Hook<'n>> {
    let mut fields = Fields::of(&entry.value, "a `webhook`", sink)?;
    let path = fields.require("path", "path: /orders", sink);
    let path = path.and_then(|entry| path_of(entry, sink));
    let method = fields
        .take("method")
        .map(|entry| values::choice(entry, &METHODS, sink));
    let body = fields.take("body");
    let respond = fields.take("respond");
    let timeout = fields.take("timeout");
    let verify = fields.take("verify");
    let operation = operation(&mut fields, (body, verify), sink);
    let verify = verify.filter(|_| operation.is_none());
    let verify = verify.and_then(|entry| self::verify(entry, sink));
    fields.finish(sink);
    let body = match body.and_then(|entry| values::choice(entry, &BODIES, sink)) {
        Some(body) => body,
        // The plugin gets the bytes that were signed.
        None if operation.is_some() => Body::Bytes,
        None => Body::Json,
    };
    let respond_place = respond.map(|entry| entry.value.place);
    let respond = respond_of(respond, timeout, sink);
    let (path, path_place) = path?;
    Some(Hook {
        webhook: Webhook {
            path,
            method: method.flatten().unwrap_or("POST").to_owned(),
            body,
            respond,
            uses: None,
            verify: None,
            declared: None,
        },
        verify,
        path_place,
        respond_place: respond_place.filter(|_| respond != Respond::Accepted),
        operation,
    })
}

/// The operation that understands the requests, where the webhook names one.
fn operation<'n>(
    fields: &mut Fields<'n>,
    (body, verify): (Option<&Entry>, Option<&Entry>),
    sink: &mut Sink<'_>,
) -> Option<Use<'n>> {
    let has_one = fields.take("uses").is_some();
    let alone = ["connection", "with"].map(|word| fields.take(word));
    let operation = of_trigger(fields, sink);
    if has_one {
        for (entry, why) in [
            (
                body,
                "the operation reads the request as it is, so there is nothing for `body` to say",
            ),
            (
                verify,
                "the operation's plugin says how its requests are verified",
            ),
        ] {
            if let Some(entry) = entry {
                let help = format!("leave `{}` out", entry.key);
                sink.error(Code::InvalidValue, entry.key_place, why, help);
            }
        }
        return Some(operation);
    }
    for entry in alone.into_iter().flatten() {
        sink.error(
            Code::MissingField,
            entry.key_place,
            format!("`{}` needs an operation that it is for", entry.key),
            "write `uses: shop/order-paid`, for example, or leave it out",
        );
    }
    None
}

/// `verify: { scheme, connection }`.
fn verify<'n>(
    entry: &'n Entry,
    sink: &mut Sink<'_>,
) -> Option<(SignatureScheme, Spanned<&'n str>)> {
    let mut fields = Fields::of(&entry.value, "`verify`", sink)?;
    let scheme = fields.require("scheme", "scheme: github", sink);
    let scheme = scheme.and_then(|entry| values::choice(entry, &SCHEMES, sink));
    let connection = fields.require("connection", "connection: shop", sink);
    let connection = connection.and_then(|entry| values::text(entry, sink));
    fields.finish(sink);
    Some((scheme?, connection?))
}

fn respond_of(respond: Option<&Entry>, timeout: Option<&Entry>, sink: &mut Sink<'_>) -> Respond {
    let waits = respond
        .and_then(|entry| values::choice(entry, &[("accepted", false), ("result", true)], sink))
        .unwrap_or(false);
    let timeout_ms = timeout.and_then(|entry| duration_ms(entry, RESPOND_MAX_MS, sink));
    if waits {
        return Respond::Result {
            timeout_ms: timeout_ms.unwrap_or(RESPOND_TIMEOUT_MS),
        };
    }
    if let Some(entry) = timeout {
        sink.error(
            Code::InvalidValue,
            entry.key_place,
            "the sender does not wait, so there is nothing for `timeout` to end",
            "write `respond: result`, or leave `timeout` out",
        );
    }
    Respond::Accepted
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
