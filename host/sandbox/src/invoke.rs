//! The functions of the contract that a connector exports, one call of one in an instance of its own.

use mortise_model::Json;
use mortise_ports::plugins::{Invocation, Turn};
use wasmtime::Store;

use crate::contract::exports::mortise::plugin::{actions, polling, webhooks};
use crate::contract::mortise::plugin::types;
use crate::guest::Guest;
use crate::plugin::Connector;

/// What a guest gave, as it came.
pub(crate) enum Given {
    Turn(actions::Outcome),
    News(polling::News),
    Reception(webhooks::Reception),
    Subscription(webhooks::Subscription),
    Unsubscribed,
}

/// Calls the function that the invocation names; the outer error is a guest that broke down.
pub(crate) async fn invoke(
    store: &mut Store<Guest>,
    connector: &Connector,
    operation: &str,
    invocation: Invocation,
) -> wasmtime::Result<Result<Given, types::Failure>> {
    let instance = connector.instance.instantiate_async(&mut *store).await?;
    if let Invocation::Action { input, turn } = invocation {
        let exports = exported(connector.actions.as_ref(), "actions")?;
        let guest = exports.load(&mut *store, &instance)?;
        let turn = turn_of(&turn);
        let given = guest
            .call_invoke(store, operation, &text(&input), &turn)
            .await?;
        return Ok(given.map(Given::Turn));
    }
    if let Invocation::Poll { input, cursor } = invocation {
        let exports = exported(connector.polling.as_ref(), "polling")?;
        let guest = exports.load(&mut *store, &instance)?;
        let cursor = cursor.as_ref().map(text);
        let given = guest
            .call_poll(store, operation, &text(&input), cursor.as_ref())
            .await?;
        return Ok(given.map(Given::News));
    }
    let exports = exported(connector.webhooks.as_ref(), "webhooks")?;
    let guest = exports.load(&mut *store, &instance)?;
    webhook(store, &guest, operation, invocation).await
}

async fn webhook(
    store: &mut Store<Guest>,
    guest: &webhooks::Guest,
    operation: &str,
    invocation: Invocation,
) -> wasmtime::Result<Result<Given, types::Failure>> {
    Ok(match invocation {
        Invocation::Receive {
            input,
            memory,
            request,
        } => {
            let memory = memory.as_ref().map(text);
            let request = webhooks::Request {
                method: request.method,
                path_and_query: request.path_and_query,
                headers: request.headers,
                body: request.body,
            };
            guest
                .call_receive(store, operation, &text(&input), memory.as_ref(), &request)
                .await?
                .map(Given::Reception)
        }
        Invocation::Subscribe { input, url, memory } => {
            let memory = memory.as_ref().map(text);
            guest
                .call_subscribe(store, operation, &text(&input), &url, memory.as_ref())
                .await?
                .map(Given::Subscription)
        }
        Invocation::Unsubscribe { input, memory } => guest
            .call_unsubscribe(store, operation, &text(&input), &text(&memory))
            .await?
            .map(|()| Given::Unsubscribed),
        Invocation::Action { .. } | Invocation::Poll { .. } | Invocation::Transform { .. } => {
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
