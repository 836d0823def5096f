//! `mortise plugin run`

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use mortise_kit::lab::operation;
use mortise_model::descriptor::{OperationDescriptor, Plugin, Role};
use mortise_model::entry::{LogLine, RequestRecord};
use mortise_model::plan::Operation;
use mortise_model::{ConnectionName, Json, Namespace};
use mortise_ports::Plugins as _;
use mortise_ports::plugins::{Account, Invocation, Outcome as Given, Report, Turn};
use mortise_vault::{Connection, Connections};
use serde::Serialize;
use serde_json::{Value, json};

use super::built;
use crate::args::From;
use crate::commands::input;
use crate::exit::{Code, Outcome, Stop};
use crate::progress::{note, progress};
use crate::settings::{Flags, Settings};
use crate::{lone, output, wire};

/// Calls one operation once, in the sandbox.
#[derive(Args)]
pub struct Called {
    /// The operation; `check` for what shows that a connection works
    operation: String,
    /// A WebAssembly component, or the folder of a plugin that is built
    #[arg(long, value_name = "FILE|DIR", default_value = ".")]
    plugin: PathBuf,
    /// The input as JSON; `-` reads it from stdin; an empty object without it
    #[arg(long, value_name = "FILE|-")]
    input: Option<PathBuf>,
    /// Of a transform: one record, or a list of them, as JSON
    #[arg(long, value_name = "FILE|-")]
    records: Option<PathBuf>,
    /// Of polling: where the last poll ended; of a paged operation: the token of the page
    #[arg(long, value_name = "JSON")]
    cursor: Option<String>,
    /// Hosts that it may reach, such as `api.example.com` or `127.0.0.1:9000`
    #[arg(long, value_name = "HOST")]
    host: Vec<String>,
    /// Settings of a connection without secrets, as JSON; its origins are the hosts
    #[arg(long = "connection", value_name = "FILE")]
    connection: Option<PathBuf>,
    #[command(flatten)]
    from: From,
    /// Print requests and log as well, as JSON
    #[arg(long)]
    json: bool,
}

const NAME: &str = "run";

/// Calls and prints what came of it.
///
/// # Errors
/// `Failed` where the operation failed.
pub async fn run(call: Called) -> Outcome {
    let settings = call.from.resolve(&Flags::new())?.settings;
    let connections: Arc<Connections> = Arc::default();
    if let Some(file) = &call.connection {
        connections.replace([(
            Namespace::default_namespace(),
            connection(&call, read(file)?)?,
        )]);
    }
    let (report, is_check) = made(&call, &settings, &connections).await?;
    for line in &report.log {
        note(said(line));
    }
    let view = View::of(&report);
    match (&report.result, call.json) {
        (_, true) => output::json(&view)?,
        (Ok(_), false) => output::text(&pretty(&view.given)?)?,
        (Err(_), false) => {}
    }
    match &report.result {
        Ok(_) => Ok(()),
        Err(_) if call.json => Err(Stop::silent(Code::Failed)),
        Err(failure) => {
            let what = if is_check { "check" } else { &call.operation };
            let (word, message) = (failure.disposition.word(), &failure.message);
            Err(Stop::failed(format!(
                "`{what}` failed with `{word}`: {message}"
            )))
        }
    }
}

async fn made(
    call: &Called,
    settings: &Settings,
    connections: &Arc<Connections>,
) -> Outcome<(Report, bool)> {
    let file = built(&call.plugin)?;
    let bytes = input::subject(&file)?;
    let sandbox = wire::private_sandbox(settings, Arc::clone(connections)).await?;
    let plugin = {
        let _progress = progress("compiling");
        sandbox.load(bytes).await
    };
    let plugin = plugin.map_err(|error| Stop::failed(format!("`{}`: {error}", file.display())))?;
    let declared = declared(&plugin, &call.operation)?;
    let invocation = invocation(call, declared)?;
    let operation = Operation {
        connection: call
            .connection
            .is_some()
            .then(|| ConnectionName::from(NAME)),
        hosts: call.host.clone(),
        ..operation(&plugin, declared, &invocation)
    };
    let asked = lone::call(Namespace::default_namespace(), NAME, operation, invocation);
    let _progress = progress("running");
    Ok((sandbox.call(asked).await, declared.is_none()))
}

/// None for `check`.
fn declared<'a>(plugin: &'a Plugin, name: &str) -> Outcome<Option<&'a OperationDescriptor>> {
    let operations = &plugin.descriptor.operations;
    let found = operations.iter().find(|operation| operation.name == name);
    let has_check = plugin.roles.iter().any(|role| role == "check");
    if found.is_some() || (name == "check" && has_check) {
        return Ok(found);
    }
    let known = operations.iter().map(|operation| operation.name.as_str());
    let known = known.collect::<Vec<_>>().join("`, `");
    Err(Stop::not_found(format!(
        "the plugin has no operation `{name}`: it has `{known}`"
    )))
}

fn invocation(call: &Called, declared: Option<&OperationDescriptor>) -> Outcome<Invocation> {
    let Some(declared) = declared else {
        return Ok(Invocation::Check);
    };
    let given = match &call.input {
        Some(path) => read(path)?,
        None => parse("{}", "the input")?,
    };
    let cursor = call.cursor.as_deref();
    let cursor = cursor.map(|text| parse(text, "`--cursor`")).transpose()?;
    Ok(match declared.role {
        Role::Action => Invocation::Action {
            input: given,
            turn: cursor.map_or(Turn::Start, Turn::Next),
        },
        Role::Polling => Invocation::Poll {
            input: given,
            cursor,
        },
        Role::Transform => {
            let path = call.records.as_ref().ok_or_else(|| {
                Stop::usage("a transform takes records: name a file of them with `--records`")
            })?;
            Invocation::Transform {
                config: given,
                records: read(path)?,
            }
        }
        Role::Webhook | Role::Batch => {
            return Err(Stop::usage(format!(
                "`{}` is called by the daemon alone: play it with `mortise plugin test`",
                declared.name
            )));
        }
    })
}

fn connection(call: &Called, settings: Json) -> Outcome<Connection> {
    let origin = |host: &String| match host.contains("://") {
        true => host.clone(),
        false => format!("https://{host}"),
    };
    let described = mortise_model::connection::Connection {
        name: ConnectionName::from(NAME),
        plugin: String::new(),
        settings,
        origins: call.host.iter().map(origin).collect(),
        rate: None,
    };
    Connection::new(&Namespace::default_namespace(), described).map_err(Stop::usage)
}

fn read(path: &std::path::Path) -> Outcome<Json> {
    let shown = path.display().to_string();
    let text = String::from_utf8(input::read(path)?)
        .map_err(|_| Stop::usage(format!("`{shown}` is not text in UTF-8")))?;
    parse(&text, &format!("`{shown}`"))
}

fn parse(text: &str, what: &str) -> Outcome<Json> {
    Json::parse(text).map_err(|error| Stop::usage(format!("{what} is not JSON: {error}")))
}

/// What came of a call, as it is shown.
#[derive(Serialize)]
struct View<'a> {
    #[serde(flatten)]
    given: Value,
    requests: &'a [RequestRecord],
    log: &'a [LogLine],
}

impl<'a> View<'a> {
    fn of(report: &'a Report) -> Self {
        Self {
            given: match &report.result {
                Ok(given) => self::given(given),
                Err(failure) => json!({ "failure": failure }),
            },
            requests: &report.requests,
            log: &report.log,
        }
    }
}

fn given(given: &Given) -> Value {
    match given {
        Given::Output { output, failures } if failures.is_empty() => json!({ "output": output }),
        Given::Output { output, failures } => json!({ "output": output, "failures": failures }),
        Given::Page { records, next, .. } => json!({ "records": records, "next": next }),
        Given::Suspended {
            token,
            poll_after_ms,
            callback,
        } => {
            json!({ "suspended": { "token": token, "poll_after_ms": poll_after_ms, "callback": callback } })
        }
        Given::News {
            events,
            cursor,
            more,
        } => {
            let events = events
                .iter()
                .map(|event| json!({ "id": event.id, "payload": event.payload }));
            json!({ "events": events.collect::<Vec<_>>(), "cursor": cursor, "more": more })
        }
        Given::Account(Account {
            id,
            label,
            scopes,
            settings,
        }) => {
            json!({ "account": { "id": id, "label": label, "scopes": scopes, "settings": settings } })
        }
        Given::Reception { .. } | Given::Subscription { .. } | Given::Unsubscribed => Value::Null,
    }
}

fn pretty(value: &Value) -> Outcome<String> {
    // Whoever asks for an output alone wants that, and not a wrapping around it.
    let shown = match value.as_object() {
        Some(fields) if fields.len() == 1 => fields.get("output").unwrap_or(value),
        _ => value,
    };
    serde_json::to_string_pretty(shown).map_err(Stop::defect)
}

fn said(line: &LogLine) -> String {
    format!("{}: {}", line.level, line.message)
}
