//! Connections that have secrets, and the key of the secrets.

use axum::extract::Path;
use axum::response::Response;
use http::StatusCode;
use mortise_ports::{Plugins, Store};

use super::auth::Acting;
use super::body::{ABody, object};
use super::{changed, json};
use crate::app::App;
use crate::audit;
use crate::connections::{Add, Authorize, Link, Order, Rotate, RotateKey, Try};
use crate::problem::Problem;

pub async fn list<S: Store, P: Plugins>(Acting(app): Acting<S, P>) -> Result<Response, Problem> {
    keep(&app, Order::List).await
}

pub async fn add<S: Store, P: Plugins>(
    Acting(app): Acting<S, P>,
    body: ABody,
) -> Result<Response, Problem> {
    let add: Add = object(body, app.settings().body_max_bytes)?;
    keep(&app, Order::Add(add)).await
}

pub async fn rotate<S: Store, P: Plugins>(
    Acting(app): Acting<S, P>,
    Path(name): Path<String>,
    body: ABody,
) -> Result<Response, Problem> {
    let rotate: Rotate = object(body, app.settings().body_max_bytes)?;
    keep(&app, Order::Rotate(name, rotate)).await
}

pub async fn remove<S: Store, P: Plugins>(
    Acting(app): Acting<S, P>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    keep(&app, Order::Remove(name)).await
}

pub async fn test<S: Store, P: Plugins>(
    Acting(app): Acting<S, P>,
    Path(name): Path<String>,
    body: ABody,
) -> Result<Response, Problem> {
    let wanted: Try = object(body, app.settings().body_max_bytes)?;
    keep(&app, Order::Try(name, wanted)).await
}

pub async fn link<S: Store, P: Plugins>(
    Acting(app): Acting<S, P>,
    Path(name): Path<String>,
    body: ABody,
) -> Result<Response, Problem> {
    let link: Link = object(body, app.settings().body_max_bytes)?;
    keep(&app, Order::Link(name, link)).await
}

pub async fn authorize<S: Store, P: Plugins>(
    Acting(app): Acting<S, P>,
    Path(name): Path<String>,
    body: ABody,
) -> Result<Response, Problem> {
    let authorize: Authorize = object(body, app.settings().body_max_bytes)?;
    keep(&app, Order::Authorize(name, authorize)).await
}

pub async fn rotate_key<S: Store, P: Plugins>(
    Acting(app): Acting<S, P>,
    body: ABody,
) -> Result<Response, Problem> {
    let rotate: RotateKey = object(body, app.settings().body_max_bytes)?;
    keep(&app, Order::RotateKey(rotate)).await
}

async fn keep<S: Store, P: Plugins>(app: &App<S, P>, order: Order) -> Result<Response, Problem> {
    let Some(keeper) = app.keeper() else {
        let why = "this process keeps no connections";
        return Err(Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "connection-unusable",
            why,
        ));
    };
    let (done, change) = audit::keep(keeper, &app.namespace(), order).await?;
    Ok(match change {
        Some(change) => changed(json(&done), change),
        None => json(&done),
    })
}
