//! Whether the process can work, whether it accepts, and which it is.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use mortise_ports::{Plugins, Store};
use mortise_runner::Readiness;
use serde::Serialize;

use super::json;
use crate::app::App;
use crate::problem::Problem;

#[derive(Serialize)]
struct Health {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

/// 200 while the process works. A store that failed ends the process, so whoever answers works.
pub async fn healthz<S: Store, P: Plugins>(State(_): State<App<S, P>>) -> Response {
    json(&Health {
        status: "ok",
        reason: None,
    })
}

/// 200 while events are accepted.
pub async fn readyz<S: Store, P: Plugins>(State(app): State<App<S, P>>) -> Response {
    let reason = match app.runner().readiness() {
        Readiness::Ready => {
            return json(&Health {
                status: "ok",
                reason: None,
            });
        }
        Readiness::Draining => "draining",
        Readiness::DiskFull => "disk-full",
    };
    let health = Health {
        status: "unavailable",
        reason: Some(reason),
    };
    (StatusCode::SERVICE_UNAVAILABLE, json(&health)).into_response()
}

/// Which program this is.
pub async fn version() -> Result<Response, Problem> {
    #[derive(Serialize)]
    struct Version {
        name: &'static str,
        version: &'static str,
    }
    Ok(json(&Version {
        name: "mortise",
        version: env!("CARGO_PKG_VERSION"),
    }))
}
