//! From what a guest says, or how it ended, to a failure of the step.

use mortise_model::failure::OF_THE_HOST;
use mortise_model::{Cause, Disposition, Failure};
use mortise_vault::record::Attention;
use serde::{Deserialize, Serialize};
use wasmtime::{Trap, WasmBacktrace};
use wasmtime_wasi_http::FieldMapError;

use crate::contract::mortise::plugin::types;
use crate::guest::Guest;
use crate::log::{Log, harmless};
use crate::settings::Settings;

/// What a message may have, in bytes.
const MESSAGE_MAX_BYTES: usize = 2 << 10;
/// As above, of the start of an answer.
const BODY_MAX_BYTES: usize = 4 << 10;
/// As above, of a code or a pointer.
const WORD_MAX_BYTES: usize = 256;

/// wasmtime has no types for these; tests hold the words.
const HANDED_OVER_TOO_MUCH: &str = "fuel allocated for hostcalls has been exhausted";
const HELD_TOO_MUCH: [&str; 2] = [
    "store handle limit exceeded",
    "resource table has no free keys",
];
const ASKED_TOO_MUCH: (&str, &str) = ("requested len", "exceeds limit");

/// The failure that a guest gave.
pub(crate) fn of_guest(failure: types::Failure) -> Failure {
    let (disposition, usual_code) = match failure.disposition {
        types::Disposition::Retry(after_ms) => (Disposition::Retry { after_ms }, "unavailable"),
        types::Disposition::Unclear => (Disposition::Unclear, "unanswered"),
        types::Disposition::Reject => (Disposition::Reject, "rejected"),
        types::Disposition::Reauthorize => (Disposition::Reauthorize, "unauthorized"),
        types::Disposition::Misconfigured => (Disposition::Misconfigured, "misconfigured"),
    };
    let cause = failure.cause.map(|cause| Cause {
        status: cause.status,
        code: cause.code.map(|code| harmless(cut(code, WORD_MAX_BYTES))),
        record: cause.record,
        field: cause.field.map(|field| cut(field, WORD_MAX_BYTES)),
        body: cause.body.map(|body| cut(body, BODY_MAX_BYTES)),
    });
    let known = cause.as_ref();
    let code = known
        .and_then(|cause| cause.code.clone())
        .filter(|code| !OF_THE_HOST.contains(&code.as_str()))
        .or_else(|| Some(format!("http-{}", known?.status?)))
        .unwrap_or_else(|| usual_code.to_owned());
    Failure {
        disposition,
        code,
        message: harmless(cut(failure.message, MESSAGE_MAX_BYTES)),
        cause,
    }
}

/// Shortens a text at a character's border.
pub(crate) fn cut(mut text: String, max_bytes: usize) -> String {
    if text.len() > max_bytes {
        text.truncate(text.floor_char_boundary(max_bytes));
        text.push('…');
    }
    text
}

/// What a person has to do about a connection.
pub(crate) fn attention(name: &str, attention: &Attention) -> String {
    format!(
        "the connection `{name}` needs attention: {}; see `mortise connections list`, then \
         `mortise connections authorize {name}` or `rotate {name}`, and replay what is parked",
        attention.why
    )
}

/// A connection does not work until a person does something: no attempt is burnt on it.
pub(crate) fn needs_attention(name: &str, why: &Attention) -> Failure {
    let text = attention(name, why);
    Failure::new(Disposition::Reauthorize, "needs-attention", text)
}

/// The attempt's time is up.
pub(crate) fn deadline(timeout_ms: u64) -> Failure {
    Failure::new(
        Disposition::Timeout,
        "deadline",
        format!("the step took longer than its `timeout` of {timeout_ms} ms"),
    )
}

/// A webhook whose sender waits took too long.
pub(crate) fn answer_time_max(uses: &str, max_ms: u64) -> Failure {
    Failure::new(
        Disposition::Timeout,
        "answer-time-max",
        format!(
            "`{uses}` runs before its sender is answered and took longer than the limit \
             `sandbox.answer-time-max-ms` of {max_ms} ms"
        ),
    )
}

/// A result that breaks the contract.
pub(crate) fn contract(plugin: &str, what: &str) -> Failure {
    let message = format!("the plugin `{plugin}` broke the contract: {what}");
    Failure::new(Disposition::Trap, "contract", message)
}

/// What is not JSON, or too much of it.
pub(crate) fn output(plugin: &str, what: &str) -> Failure {
    let message = format!("the plugin `{plugin}` gave an output that cannot be used: {what}");
    Failure::new(Disposition::Misconfigured, "bad-output", message)
}

/// More than a limit allows; `setting` is its name without `sandbox.`.
pub(crate) fn over(plugin: &str, what: &str, setting: &str, max: usize) -> Failure {
    Failure::new(
        Disposition::Limit,
        setting.trim_end_matches("-bytes"),
        format!(
            "the plugin `{plugin}` gave {what}, over the limit `sandbox.{setting}` of {max}: let it \
             give less at once, or raise the limit"
        ),
    )
}

/// More in files than the limit allows.
pub(crate) fn files_max(plugin: &str, max_bytes: usize) -> Broken {
    let message = format!(
        "the plugin `{plugin}` wanted more in files, with those that it was given, than the limit \
         `sandbox.files-max-bytes` of {max_bytes}: let it do with less, or raise the limit"
    );
    Broken::limit("files-max", message)
}

/// More output than the limit allows.
pub(crate) fn payload_max(plugin: &str, settings: &Settings) -> Failure {
    let max_bytes = settings.payload_max_bytes;
    over(plugin, "too many bytes", "payload-max-bytes", max_bytes)
}

/// A guest that could not go on.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Broken {
    /// It ran into a limit, which the code names.
    pub is_limit: bool,
    pub code: String,
    pub message: String,
}

impl Broken {
    fn limit(code: &str, message: String) -> Self {
        Self {
            is_limit: true,
            code: code.to_owned(),
            message,
        }
    }

    /// Something that no guest should do, or no host.
    pub fn trap(code: &str, message: String) -> Self {
        Self {
            is_limit: false,
            ..Self::limit(code, message)
        }
    }
}

impl From<Broken> for Failure {
    fn from(broken: Broken) -> Self {
        let disposition = match broken.is_limit {
            true => Disposition::Limit,
            false => Disposition::Trap,
        };
        let code = harmless(cut(broken.code, WORD_MAX_BYTES));
        let message = harmless(cut(broken.message, MESSAGE_MAX_BYTES));
        Self::new(disposition, code, message)
    }
}

/// What became of a guest that could not go on; the trace goes to the log.
pub(crate) fn of_trap(plugin: &str, error: &wasmtime::Error, guest: &Guest) -> Broken {
    let reason = error.root_cause().to_string();
    let reason = reason.lines().next().unwrap_or("it ended without a word");
    if let Some((setting, sentence)) = limit(error, reason, guest) {
        let code = setting.trim_end_matches("-bytes");
        let message =
            format!("the plugin `{plugin}` {sentence}: let it do with less, or raise the limit");
        return Broken::limit(code, message);
    }
    if let Some(FieldMapError::TooManyFields | FieldMapError::TotalSizeTooBig) =
        error.downcast_ref()
    {
        let message = format!(
            "the plugin `{plugin}` made headers larger than the limit \
             `sandbox.header-block-max-bytes` of {} bytes, of which each has some for itself",
            guest.settings.header_block_max_bytes
        );
        return Broken::limit("header-block-max", message);
    }
    log_trace(&guest.log, error);
    let message = format!("the plugin `{plugin}` broke down: {reason}");
    Broken::trap("trap", message)
}

/// The limit that a guest ran into, and a sentence about it without its subject.
fn limit(error: &wasmtime::Error, reason: &str, guest: &Guest) -> Option<(&'static str, String)> {
    let (limits, settings) = (&guest.limits, &guest.settings);
    let has_refused = |words: &[&str]| words.iter().any(|words| reason.contains(words));
    let (did, setting, max) = if limits.memory_refused {
        let max = format!("{} bytes", settings.memory_max_bytes);
        ("needs more memory than", "memory-max-bytes", max)
    } else if error.downcast_ref() == Some(&Trap::StackOverflow) {
        let max = format!("{} bytes", settings.stack_max_bytes);
        ("needs more stack than", "stack-max-bytes", max)
    } else if has_refused(&[HANDED_OVER_TOO_MUCH]) {
        let max = format!("{} bytes", settings.hostcall_max_bytes);
        ("handed over more than", "hostcall-max-bytes", max)
    } else if has_refused(&HELD_TOO_MUCH) {
        let max = settings.resources_max.to_string();
        ("held more handles at once than", "resources-max", max)
    } else if reason.starts_with(ASKED_TOO_MUCH.0) && reason.contains(ASKED_TOO_MUCH.1) {
        let max = format!("{} bytes", settings.random_max_bytes);
        (
            "asked for more randomness at once than",
            "random-max-bytes",
            max,
        )
    } else if limits.table_refused {
        let max = format!("{} elements", settings.table_elements_max);
        ("needs larger tables than", "table-elements-max", max)
    } else {
        return None;
    };
    Some((
        setting,
        format!("{did} the limit `sandbox.{setting}` of {max}"),
    ))
}

fn log_trace(log: &Log, error: &wasmtime::Error) {
    let Some(trace) = error.downcast_ref::<WasmBacktrace>() else {
        return;
    };
    for (depth, frame) in trace.frames().iter().enumerate() {
        let name = frame.func_name().unwrap_or("<unnamed>");
        // Without the hashes: they tell a reader nothing.
        let message = format!("{depth}: {:#}", rustc_demangle::demangle(name));
        log.write("error", cut(message, MESSAGE_MAX_BYTES), Vec::new());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(said: Option<&str>, status: Option<u16>) -> String {
        let failure = of_guest(types::Failure {
            disposition: types::Disposition::Retry(None),
            message: "no".to_owned(),
            cause: Some(types::Cause {
                status,
                code: said.map(str::to_owned),
                record: None,
                field: None,
                body: None,
            }),
        });
        let kept = failure.cause.and_then(|cause| cause.code);
        assert_eq!(kept.as_deref(), said, "what was said is kept");
        failure.code
    }

    #[test]
    fn an_application_names_its_own_codes_and_none_of_the_host() {
        assert_eq!(code(Some("card_declined"), Some(402)), "card_declined");
        assert_eq!(code(None, Some(402)), "http-402");
        assert_eq!(code(None, None), "unavailable");
        for of_the_host in OF_THE_HOST {
            assert_eq!(code(Some(of_the_host), Some(503)), "http-503");
            assert_eq!(code(Some(of_the_host), None), "unavailable");
        }
    }
}
