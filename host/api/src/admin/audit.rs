//! The audit log: of the caller's namespace, or the whole.

use axum::response::Response;
use mortise_model::Digest;
use mortise_ports::{Plugins, Store};
use serde::Deserialize;

use super::auth::Acting;
use super::body::{AQuery, bad_query, limit, query};
use super::json;
use crate::audit;
use crate::problem::Problem;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    limit: Option<usize>,
    cursor: Option<u64>,
}

pub async fn list<S: Store, P: Plugins>(
    Acting(app): Acting<S, P>,
    list: AQuery<ListQuery>,
) -> Result<Response, Problem> {
    let list = query(list)?;
    let page = (list.cursor, limit(list.limit)?);
    let named = app.caller().filter(|caller| caller.is_named);
    let namespace = named.map(|caller| &caller.namespace);
    Ok(json(&audit::list(app.store(), namespace, page).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerifyQuery {
    head: Option<String>,
}

pub async fn verify<S: Store, P: Plugins>(
    Acting(app): Acting<S, P>,
    verify: AQuery<VerifyQuery>,
) -> Result<Response, Problem> {
    let noted = query(verify)?.head;
    let noted = noted.map(|text| text.parse::<Digest>());
    let noted = noted.transpose();
    let noted = noted.map_err(|error| bad_query(error.to_string()))?;
    Ok(json(&audit::verify(app.store(), noted).await?))
}
