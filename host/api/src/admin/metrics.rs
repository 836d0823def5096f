//! Numbers in the text format of Prometheus.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::header::CONTENT_TYPE;
use mortise_ports::{Plugins, Store, StoreError};

use crate::app::{App, Counters};
use crate::query;

/// Name, help and value.
type Number = (&'static str, &'static str, u64);

const FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

pub async fn show<S: Store, P: Plugins>(State(app): State<App<S, P>>) -> Response {
    let mut numbers = app.runner().metrics();
    numbers.extend(listener(app.counters()));
    match waiting(&app).await {
        Ok((parked, approvals)) => numbers.extend(people(parked, approvals)),
        // A number that is missing says more than a wrong one.
        Err(error) => tracing::warn!(%error, "what waits for people cannot be counted"),
    }
    ([(CONTENT_TYPE, FORMAT)], text(&numbers)).into_response()
}

/// What waits for people in all namespaces.
async fn waiting<S: Store, P: Plugins>(app: &App<S, P>) -> Result<(usize, usize), StoreError> {
    let mut all = (0, 0);
    for namespace in app.namespaces() {
        let (parked, approvals) = query::waiting_for_people(app.store(), &namespace).await?;
        all = (all.0 + parked, all.1 + approvals);
    }
    Ok(all)
}

fn listener(counters: &Counters) -> [Number; 4] {
    let value = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    [
        (
            "mortise_hook_requests_total",
            "requests to the hooks listener",
            value(&counters.hook_requests),
        ),
        (
            "mortise_hook_accepted_total",
            "requests that were accepted, duplicates included",
            value(&counters.hook_accepted),
        ),
        (
            "mortise_hook_rejected_total",
            "requests that were refused for what they are",
            value(&counters.hook_rejected),
        ),
        (
            "mortise_hook_deferred_total",
            "requests that were told to come back later",
            value(&counters.hook_deferred),
        ),
    ]
}

fn people(parked: usize, approvals: usize) -> [Number; 2] {
    [
        (
            "mortise_parked",
            "runs that are parked now, counted up to some ten thousand",
            parked as u64,
        ),
        (
            "mortise_approvals",
            "approvals that are asked for now, counted up to some ten thousand",
            approvals as u64,
        ),
    ]
}

fn text(numbers: &[Number]) -> String {
    let mut text = String::new();
    for (name, help, value) in numbers {
        let kind = if name.ends_with("_total") {
            "counter"
        } else {
            "gauge"
        };
        let _ = writeln!(
            text,
            "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}"
        );
    }
    let version = env!("CARGO_PKG_VERSION");
    let _ = writeln!(
        text,
        "# HELP mortise_build_info which program this is\n# TYPE mortise_build_info gauge\n\
         mortise_build_info{{version=\"{version}\"}} 1"
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_a_counter_from_a_gauge() {
        let text = text(&[("a_total", "x", 1), ("b", "y", 2)]);
        assert!(text.starts_with(
            "# HELP a_total x\n# TYPE a_total counter\na_total 1\n\
             # HELP b y\n# TYPE b gauge\nb 2\n"
        ));
    }
}
