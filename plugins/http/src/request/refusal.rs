//! What an application says about a request that it did not carry out, in its own words.
//!
//! There is no one form of such an answer, but a few members that most of them share. What is not
//! found is left out: the start of the body is part of the failure anyway.

use mortise_sdk::Failure;
use mortise_sdk::http::Response;
use serde_json::{Map, Value};

/// A larger body is not read: nobody explains a refusal at such length.
const BODY_MAX_BYTES: usize = 64 * 1024;
/// Longest message, in characters.
const MESSAGE_MAX: usize = 300;
/// Longest code; what is longer is none.
const CODE_MAX: usize = 64;
/// Longest pointer to a field; what is longer is none.
const FIELD_MAX: usize = 128;
/// A longer text that is not JSON is a page for people and not a message.
const TEXT_MAX: usize = 200;

/// Members that hold a message, the best one first.
const MESSAGES: [&str; 6] = [
    "message",
    "detail",
    "error_description",
    "msg",
    "description",
    "title",
];
/// Members that hold a code.
const CODES: [&str; 5] = ["code", "error_code", "errorCode", "status", "type"];
/// Members that name a field. At the top of an answer `path` is the one of the request.
const FIELDS: [&str; 6] = ["field", "param", "pointer", "parameter", "path", "loc"];
const FIELDS_AT_TOP: usize = 3;

/// What was found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Words {
    code: Option<String>,
    message: Option<String>,
    field: Option<String>,
}

impl Words {
    /// What an answer says.
    pub fn of(answer: &Response) -> Self {
        let body = answer.bytes();
        if body.len() > BODY_MAX_BYTES {
            return Self::default();
        }
        let status = answer.status.to_string();
        match serde_json::from_slice(body) {
            Ok(json) => read(&json, &status),
            Err(_) => Self {
                message: text(answer.header("content-type"), body),
                ..Self::default()
            },
        }
    }

    /// Adds them to a failure.
    pub fn add_to(self, mut failure: Failure) -> Failure {
        if let Some(message) = self.message {
            failure.message = format!("{}: {message}", failure.message);
        }
        if let Some(code) = self.code {
            failure = failure.with_code(code);
        }
        match self.field {
            Some(field) => failure.with_field(field),
            None => failure,
        }
    }
}

fn read(json: &Value, status: &str) -> Words {
    let top = match json {
        Value::Object(top) => top,
        Value::Array(list) => {
            return match list.first() {
                Some(first @ (Value::Object(_) | Value::String(_))) => inner(first, status),
                _ => Words::default(),
            };
        }
        Value::String(text) => return said(text),
        _ => return Words::default(),
    };
    // What lies further in says more exactly what is wrong.
    let mut found = [
        top.get("errors"),
        top.get("error").and_then(|error| error.get("errors")),
        top.get("detail").filter(|detail| detail.is_array()),
        top.get("error"),
    ]
    .into_iter()
    .flatten()
    .map(|part| inner(part, status))
    .fold(Words::default(), Words::within);
    found = found.within(members(top, status, &FIELDS[..FIELDS_AT_TOP]));
    found.message = found
        .message
        .filter(|text| found.code.as_ref() != Some(text));
    found
}

impl Words {
    /// These, with what the answer around them says.
    fn within(self, around: Self) -> Self {
        let message = match (around.message, self.message) {
            (Some(general), Some(exact)) if exact.contains(&general) => Some(exact),
            (Some(general), Some(exact)) if general.contains(&exact) => Some(general),
            (Some(general), Some(exact)) => one_line(&format!("{general}: {exact}"), MESSAGE_MAX),
            (general, exact) => exact.or(general),
        };
        Self {
            code: self.code.or(around.code),
            message,
            field: self.field.or(around.field),
        }
    }
}

/// One error, the first one of a list, or the first field that has any.
fn inner(part: &Value, status: &str) -> Words {
    match part {
        Value::String(text) => said(text),
        Value::Array(list) => match list.first() {
            Some(first) if !first.is_array() => inner(first, status),
            _ => Words::default(),
        },
        Value::Object(object) => {
            let mut words = members(object, status, &FIELDS);
            if let Some(source) = object.get("source").and_then(Value::as_object) {
                words = words.within(members(source, status, &FIELDS));
            }
            match object.iter().next() {
                Some((name, texts)) if words == Words::default() => by_field(name, texts),
                _ => words,
            }
        }
        _ => Words::default(),
    }
}

/// `"price": ["is negative"]`.
fn by_field(name: &str, texts: &Value) -> Words {
    let text = match texts {
        Value::Array(texts) => texts.first().and_then(Value::as_str),
        text => text.as_str(),
    };
    let Some(text) = text else {
        return Words::default();
    };
    Words {
        message: one_line(text, MESSAGE_MAX),
        field: pointer(&Value::from(name)),
        code: None,
    }
}

fn members(object: &Map<String, Value>, status: &str, fields: &[&str]) -> Words {
    let message = MESSAGES.iter().find_map(|name| {
        let text = object.get(*name)?.as_str()?;
        one_line(text, MESSAGE_MAX)
    });
    let code = CODES
        .iter()
        .find_map(|name| code(object.get(*name)?).filter(|code| code != status));
    let field = fields.iter().find_map(|name| pointer(object.get(*name)?));
    Words {
        code,
        message,
        field,
    }
}

/// A word alone is a code, and several are a message.
fn said(text: &str) -> Words {
    match code(&Value::from(text)) {
        Some(code) => Words {
            code: Some(code),
            ..Words::default()
        },
        None => Words {
            message: one_line(text, MESSAGE_MAX),
            ..Words::default()
        },
    }
}

/// A number or one word; an address explains a code and is none.
fn code(value: &Value) -> Option<String> {
    let code = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        _ => return None,
    };
    let is_word = |c: char| c.is_ascii_graphic() && c != '`';
    let is_address = code.contains('/') || code == "about:blank";
    (!code.is_empty() && code.len() <= CODE_MAX && code.chars().all(is_word) && !is_address)
        .then_some(code)
}

/// A JSON Pointer from what applications write: `lines[2].price`, `["lines", 2, "price"]`,
/// `items[0][price]`, `$.price`, or a pointer.
fn pointer(value: &Value) -> Option<String> {
    let mut found = String::new();
    match value {
        Value::String(text) => {
            let text = one_line(text, FIELD_MAX)?;
            let text = text.trim_start_matches(['#', '$']);
            if text.starts_with('/') {
                found.push_str(text);
            } else {
                let parts = text.split(['.', '[', ']']);
                let parts = parts.map(|part| part.trim_matches(['"', '\'', ' ']));
                parts.for_each(|part| push(&mut found, part));
            }
        }
        Value::Array(parts) => {
            for part in parts {
                match part {
                    Value::String(part) => push(&mut found, &one_line(part, FIELD_MAX)?),
                    Value::Number(part) => push(&mut found, &part.to_string()),
                    _ => return None,
                }
            }
        }
        _ => return None,
    }
    let is_fit = !found.is_empty() && found.chars().count() <= FIELD_MAX;
    (is_fit && !found.contains('`')).then_some(found)
}

fn push(pointer: &mut String, part: &str) {
    if !part.is_empty() {
        pointer.push('/');
        pointer.push_str(&part.replace('~', "~0").replace('/', "~1"));
    }
}

/// A short text that is no page.
fn text(content_type: Option<&str>, body: &[u8]) -> Option<String> {
    let is_plain =
        content_type.is_none_or(|kind| kind.to_ascii_lowercase().starts_with("text/plain"));
    let text = std::str::from_utf8(body).ok().filter(|_| is_plain)?;
    let line = one_line(text, MESSAGE_MAX)?;
    (!line.starts_with('<') && line.chars().count() <= TEXT_MAX).then_some(line)
}

/// A text in one line, without the full stop and with nothing in it that moves what stands beside it;
/// none where nothing is left.
fn one_line(text: &str, max: usize) -> Option<String> {
    let mut line = String::new();
    let mut count = 0;
    let is_gap = |c: char| c.is_whitespace() || c.is_control();
    let words = text.split(is_gap).filter(|word| !word.is_empty());
    for (number, word) in words.enumerate() {
        let gap = (number > 0).then_some(' ');
        for c in gap.into_iter().chain(word.chars().filter(|c| !turns(*c))) {
            if count == max {
                line.push('…');
                return Some(line);
            }
            line.push(c);
            count += 1;
        }
    }
    let line = line.trim();
    let line = line.strip_suffix('.').unwrap_or(line);
    (!line.is_empty()).then(|| line.to_owned())
}

/// Whether a character is not seen and changes the direction or the breaks of a text.
fn turns(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests;
