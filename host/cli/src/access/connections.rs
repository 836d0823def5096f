//! Connections that have secrets, with a daemon and without one.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use mortise_api::connections::Order;
use mortise_vault::Connections;
use serde::Serialize;
use serde_json::Value;

use super::{answered, audit, running, shown};
use crate::exit::{Outcome, Stop};
use crate::keeper::Keeper;
use crate::settings::Settings;
use crate::wire;

/// A daemon may have to compile plugins, or wait for an application, before it answers.
const PATIENCE: Duration = Duration::from_secs(300);

/// Carries out an order; what it changes is durable then. Adding makes a data folder where there is
/// none, because workflows that name a connection do not start before it is there.
///
/// # Errors
/// Why it was not carried out.
pub async fn keep(settings: &Settings, order: Order) -> Outcome<Value> {
    let Some(data) = &settings.data else {
        return Err(Stop::usage(
            "say which data folder: `--data DIR`, or the variable `MORTISE_DATA`",
        ));
    };
    if let Some(client) = running(data).await {
        let client = client.about(settings.namespace.clone());
        let answer = match request(&order)? {
            (path, None) => client.get(&path, Duration::ZERO).await,
            (path, Some(body)) => client.post(&path, body, PATIENCE).await,
        };
        return answered(answer);
    }
    if !matches!(order, Order::Add(_)) && !is_data(data) {
        return Err(Stop::environment(format!(
            "`{}` is not a data folder: `mortise serve --data` makes one",
            data.display()
        )));
    }
    let store = Arc::new(wire::open_store(data, &settings.store).await?);
    let connections = Arc::new(Connections::default());
    let is_used = matches!(order, Order::Try(..));
    let sandbox = match is_used {
        true => wire::private_sandbox(settings, Arc::clone(&connections)).await?,
        false => wire::idle_sandbox(settings).await?,
    };
    let tries = (sandbox, wire::egress(settings)?);
    let mut keeper = Keeper::new(settings, Arc::clone(&store), tries)?;
    if is_used {
        keeper = keeper.in_use(connections).await?;
    }
    let what = word(&order);
    let (done, change) = mortise_api::audit::keep(&keeper, &settings.namespace(), order).await?;
    if let Some(change) = change {
        let is_shared = what == KEYS_ROTATE;
        let whose = (!is_shared).then(|| settings.namespace());
        audit::tell(&store, what, whose, change).await?;
    }
    shown(&done)
}

/// The data key is every namespace's.
const KEYS_ROTATE: &str = "keys.rotate";

/// As the audit log calls it.
fn word(order: &Order) -> &'static str {
    match order {
        Order::List => "connections.list",
        Order::Add(_) => "connections.add",
        Order::Rotate(..) => "connections.rotate",
        Order::Remove(_) => "connections.remove",
        Order::Try(..) => "connections.test",
        Order::Link(..) => "connections.link",
        Order::Authorize(..) => "connections.authorize",
        Order::RotateKey(_) => KEYS_ROTATE,
    }
}

fn is_data(folder: &Path) -> bool {
    folder.join("FORMAT").exists()
}

/// The path of an order, and its body; without one it is read.
fn request(order: &Order) -> Outcome<(String, Option<Bytes>)> {
    let of = |name: &str, what: &str| {
        let name: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
        format!("/api/v1/connections/{name}/{what}")
    };
    Ok(match order {
        Order::List => ("/api/v1/connections".to_owned(), None),
        Order::Add(add) => ("/api/v1/connections".to_owned(), Some(body(add)?)),
        Order::Rotate(name, rotate) => (of(name, "rotate"), Some(body(rotate)?)),
        Order::Remove(name) => (of(name, "remove"), Some(Bytes::new())),
        Order::Try(name, wanted) => (of(name, "test"), Some(body(wanted)?)),
        Order::Link(name, link) => (of(name, "link"), Some(body(link)?)),
        Order::Authorize(name, given) => (of(name, "authorize"), Some(body(given)?)),
        Order::RotateKey(rotate) => ("/api/v1/keys/rotate".to_owned(), Some(body(rotate)?)),
    })
}

fn body<T: Serialize>(value: &T) -> Outcome<Bytes> {
    let bytes = serde_json::to_vec(value).map_err(Stop::defect)?;
    Ok(bytes.into())
}
