//! Versions of plugins that some of the new runs take.

use axum::extract::Path;
use axum::response::Response;
use mortise_ports::catalog::Rollout;
use mortise_ports::{Plugins, Store};
use serde::Deserialize;
use serde_json::json as document;

use super::auth::Acting;
use super::body::{ABody, AQuery, bad_body, object, query};
use super::{changed, json};
use crate::problem::Problem;
use crate::rollouts::{self, Wanted};

/// The namespace of a plugin and its name.
type Name = Path<(String, String)>;

pub async fn list<S: Store, P: Plugins>(Acting(app): Acting<S, P>) -> Result<Response, Problem> {
    app.settled().await;
    let namespace = app.namespace();
    let runs = |rollout: &Rollout| Some(app.runner().shares(&namespace, &rollout.name()));
    Ok(json(&rollouts::list(app.store(), &namespace, runs).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookQuery {
    version: String,
}

pub async fn look<S: Store, P: Plugins>(
    Acting(app): Acting<S, P>,
    Path((owner, name)): Name,
    look: AQuery<LookQuery>,
) -> Result<Response, Problem> {
    let look = query(look)?;
    let outlook = app.outlook(format!("{owner}/{name}"), look.version).await?;
    Ok(json(&outlook))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RolloutBody {
    version: String,
    share: u8,
}

pub async fn roll_out<S: Store, P: Plugins>(
    Acting(app): Acting<S, P>,
    Path((owner, name)): Name,
    body: ABody,
) -> Result<Response, Problem> {
    let RolloutBody { version, share } = object(body, app.settings().body_max_bytes)?;
    if share > 100 {
        return Err(bad_body("`share` is a number from 0 to 100"));
    }
    let wanted = Wanted {
        plugin: format!("{owner}/{name}"),
        version,
        share,
    };
    let (view, change) = app.roll_out(wanted).await?;
    Ok(changed(json(&view), change))
}

pub async fn roll_back<S: Store, P: Plugins>(
    Acting(app): Acting<S, P>,
    Path((owner, name)): Name,
) -> Result<Response, Problem> {
    let (rollout, comes_back, change) = app.roll_back(format!("{owner}/{name}")).await?;
    let answer = json(&document!({
        "plugin": rollout.plugin,
        "version": rollout.version,
        "share": rollout.share,
        "comes_back": comes_back,
    }));
    Ok(changed(answer, change))
}
