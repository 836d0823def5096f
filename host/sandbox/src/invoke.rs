//! The functions of the contract that a connector exports, one call of one in an instance of its own.

use std::time::Duration;

use mortise_model::Json;
use mortise_ports::plugins::{File, Invocation, Turn};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use wasmtime::component::Instance;
use wasmtime::{Store, UpdateDeadline};

use crate::contract::exports::mortise::plugin::{actions, check, polling, webhooks};
use crate::contract::mortise::plugin::types;
use crate::failure::{self, Broken};
use crate::guest::Guest;
use crate::host::files::Files;
use crate::plugin::Connector;
use crate::transform::is_interrupted;

/// What a connector is asked: a function of the contract and what it is given, as it takes it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Asked {
    Check,
    Action {
        input: String,
        turn: actions::Turn,
    },
    Poll {
        input: String,
        cursor: Option<String>,
    },
    Receive {
        input: String,
        memory: Option<String>,
        request: webhooks::Request,
    },
    Subscribe {
        input: String,
        url: String,
        memory: Option<String>,
    },
    Unsubscribe {
        input: String,
        memory: String,
    },
}

/// What a guest gave, as it came.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Given {
    Turn(actions::Outcome),
    News(polling::News),
    Reception(webhooks::Reception),
    Subscription(webhooks::Subscription),
    Unsubscribed,
    Account(check::Account),
}

/// How a call of a guest ended.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Ended<T> {
    /// It gave something, which nobody has looked at yet.
    Given(T),
    /// It says that it failed.
    Failed(types::Failure),
    /// It could not go on.
    Broken(Broken),
    /// Its time was up.
    Late,
    /// Its time was up before a place for it was free.
    Crowded,
}

/// How a call of a connector ended, and the files that it made and names.
pub(crate) type Acted = (Ended<Given>, Vec<File>);

impl Asked {
    /// None for what no connector does.
    pub fn of(invocation: &Invocation) -> Option<Self> {
        Some(match invocation {
            Invocation::Check => Self::Check,
            Invocation::Action { input, turn } => Self::Action {
                input: text(input),
                turn: turn_of(turn),
            },
            Invocation::Poll { input, cursor } => Self::Poll {
                input: text(input),
                cursor: cursor.as_ref().map(text),
            },
            Invocation::Receive {
                input,
                memory,
                request,
            } => Self::Receive {
                input: text(input),
                memory: memory.as_ref().map(text),
                request: webhooks::Request {
                    method: request.method.clone(),
                    path_and_query: request.path_and_query.clone(),
                    headers: request.headers.clone(),
                    body: request.body.clone(),
                },
            },
            Invocation::Subscribe { input, url, memory } => Self::Subscribe {
                input: text(input),
                url: url.clone(),
                memory: memory.as_ref().map(text),
            },
            Invocation::Unsubscribe { input, memory } => Self::Unsubscribe {
                input: text(input),
                memory: text(memory),
            },
            Invocation::Transform { .. } => return None,
        })
    }
}

/// What a guest has left after its deadline to say what became of a request that was cut off: it
/// knows whether the request was sent, the host's `deadline` does not.
pub(crate) const GRACE_MS: u64 = 100;

/// Asks a connector, in an instance of its own, and stops it at the end of its time.
pub(crate) async fn ask(
    store: &mut Store<Guest>,
    connector: &Connector,
    (plugin, operation): (&str, &str),
    asked: Asked,
    deadline: Instant,
) -> Ended<Given> {
    let end = deadline + Duration::from_millis(GRACE_MS);
    yield_until(store, end);
    let calling = invoke(store, connector, operation, asked);
    match tokio::time::timeout_at(end, calling).await {
        Err(_) => Ended::Late,
        Ok(Err(error)) if is_interrupted(&error) => Ended::Late,
        Ok(Err(error)) => Ended::Broken(failure::of_trap(plugin, &error, store.data())),
        Ok(Ok(Err(failure))) => failed(plugin, failure, store.data()),
        Ok(Ok(Ok(given))) => Ended::Given(given),
    }
}

/// A guest that was refused room for a file says that it failed: what it failed of is known better here.
pub(crate) fn failed<T>(plugin: &str, failure: types::Failure, guest: &Guest) -> Ended<T> {
    match guest.files.as_ref().and_then(Files::over) {
        Some(max_bytes) => Ended::Broken(failure::files_max(plugin, max_bytes)),
        None => Ended::Failed(failure),
    }
}

/// Every tick the guest lets others run, and at the end it is stopped.
pub(crate) fn yield_until(store: &mut Store<Guest>, end: Instant) {
    store.epoch_deadline_callback(move |_| {
        Ok(match Instant::now() < end {
            true => UpdateDeadline::Yield(1),
            false => UpdateDeadline::Interrupt,
        })
    });
    store.set_epoch_deadline(1);
}

/// Calls the function that is asked for; the outer error is a guest that broke down.
async fn invoke(
    store: &mut Store<Guest>,
    connector: &Connector,
    operation: &str,
    asked: Asked,
) -> wasmtime::Result<Result<Given, types::Failure>> {
    let instance = connector.instance.instantiate_async(&mut *store).await?;
    invoke_in(store, connector, &instance, (operation, &asked)).await
}

/// The same in an instance that is there.
pub(crate) async fn invoke_in(
    store: &mut Store<Guest>,
    connector: &Connector,
    instance: &Instance,
    (operation, asked): (&str, &Asked),
) -> wasmtime::Result<Result<Given, types::Failure>> {
    if let Asked::Check = asked {
        let exports = exported(connector.check.as_ref(), "check")?;
        let guest = exports.load(&mut *store, instance)?;
        return Ok(guest.call_check(store).await?.map(Given::Account));
    }
    if let Asked::Action { input, turn } = asked {
        let exports = exported(connector.actions.as_ref(), "actions")?;
        let guest = exports.load(&mut *store, instance)?;
        let given = guest.call_invoke(store, operation, input, turn).await?;
        return Ok(given.map(Given::Turn));
    }
    if let Asked::Poll { input, cursor } = asked {
        let exports = exported(connector.polling.as_ref(), "polling")?;
        let guest = exports.load(&mut *store, instance)?;
        let given = guest.call_poll(store, operation, input, cursor.as_ref());
        return Ok(given.await?.map(Given::News));
    }
    let exports = exported(connector.webhooks.as_ref(), "webhooks")?;
    let guest = exports.load(&mut *store, instance)?;
    webhook(store, &guest, operation, asked).await
}

async fn webhook(
    store: &mut Store<Guest>,
    guest: &webhooks::Guest,
    operation: &str,
    asked: &Asked,
) -> wasmtime::Result<Result<Given, types::Failure>> {
    Ok(match asked {
        Asked::Receive {
            input,
            memory,
            request,
        } => guest
            .call_receive(store, operation, input, memory.as_ref(), request)
            .await?
            .map(Given::Reception),
        Asked::Subscribe { input, url, memory } => guest
            .call_subscribe(store, operation, input, url, memory.as_ref())
            .await?
            .map(Given::Subscription),
        Asked::Unsubscribe { input, memory } => guest
            .call_unsubscribe(store, operation, input, memory)
            .await?
            .map(|()| Given::Unsubscribed),
        Asked::Check | Asked::Action { .. } | Asked::Poll { .. } => {
            wasmtime::bail!("`{operation}` is no webhook")
        }
    })
}

/// Loading a plugin held its operations against its exports, so a plan cannot ask for a role that
/// is missing.
fn exported<'a, T>(exports: Option<&'a T>, interface: &str) -> wasmtime::Result<&'a T> {
    exports.ok_or_else(|| wasmtime::format_err!("it does not export `{interface}`"))
}

fn turn_of(turn: &Turn) -> actions::Turn {
    match turn {
        Turn::Start => actions::Turn::Start,
        Turn::Next(token) => actions::Turn::Next(text(token)),
        Turn::Resumed { token, answer } => {
            actions::Turn::Resumed((text(token), answer.as_ref().map(text)))
        }
    }
}

fn text(json: &Json) -> String {
    json.as_str().to_owned()
}
