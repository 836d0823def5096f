//! Requests that their senders sign: known before anything of them is read as more than bytes.

use http::StatusCode;
use http::request::Parts;
use hyper::body::Incoming;
use mortise_model::plan::{Operation, Verify};
use mortise_model::{ConnectionName, Json};
use mortise_ports::{Plugins, Store};
use mortise_vault::signature::declared::{Asked, Declared};
use mortise_vault::signature::{SignatureError, Signed};

use super::body::{self, Unacceptable};
use crate::app::App;
use crate::problem::Problem;
use crate::routes::Route;

/// Reads a signed request: the event's id, where the scheme has one, and its payload.
///
/// # Errors
/// Where the signature is not the sender's, or the body does not fit.
pub async fn read<S: Store, P: Plugins>(
    app: &App<S, P>,
    head: &Parts,
    body: Incoming,
    (route, verify): (&Route, &Verify),
) -> Result<(Option<String>, Json), Unacceptable> {
    let settings = app.settings();
    let bytes = body::bytes(body, settings).await?;
    let namespace = &route.plan.plan.namespace;
    let connection = app.connections().get(namespace, &verify.connection);
    let credential = connection.as_deref().and_then(|one| one.credential());
    let Some(credential) = credential else {
        let name = &verify.connection;
        tracing::error!(%name, "a webhook is verified with a connection that has no secrets");
        return Err(unverifiable().into());
    };
    let signed = Signed {
        headers: &head.headers,
        body: &bytes,
        now: app.runner().now(),
    };
    let id = credential.verify_webhook(verify.scheme, signed);
    let id = id.map_err(|error| refusal(&verify.connection, error))?;
    let payload = body::of_bytes(head, bytes, route.webhook.body, settings)?;
    Ok((id, payload))
}

/// Holds a request against what the plugin declares, before the plugin gets to see it.
///
/// # Errors
/// Where the signature is not the sender's.
pub fn declared<S: Store, P: Plugins>(
    app: &App<S, P>,
    (head, bytes): (&Parts, &[u8]),
    (route, operation): (&Route, &Operation),
) -> Result<(), Problem> {
    let Some(declared) = &route.webhook.declared else {
        return Ok(());
    };
    let uses = &operation.uses;
    let declared = Declared::read(declared).map_err(|error| {
        tracing::error!(
            uses,
            error,
            "a plugin declares a verification that nobody can do"
        );
        unverifiable()
    })?;
    let namespace = &route.plan.plan.namespace;
    let named = operation.connection.as_ref();
    let connection = named.and_then(|name| app.connections().get(namespace, name));
    let credential = connection.as_deref().and_then(|one| one.credential());
    let (Some(name), Some(credential)) = (named, credential) else {
        tracing::error!(
            uses,
            "a webhook is verified with a connection that has no secrets"
        );
        return Err(unverifiable());
    };
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let asked = Asked {
        signed: Signed {
            headers: &head.headers,
            body: bytes,
            now: app.runner().now(),
        },
        method: head.method.as_str(),
        url: &format!("{}{path}", app.runner().links().base()),
    };
    let verified = credential.verify_declared(&declared, asked);
    verified.map_err(|error| refusal(name, error))
}

fn refusal(name: &ConnectionName, error: SignatureError) -> Problem {
    match error {
        SignatureError::NoKey => {
            tracing::error!(%name, %error, "a webhook cannot be verified");
            unverifiable()
        }
        error => unsigned(error),
    }
}

fn unsigned(error: SignatureError) -> Problem {
    let detail = format!("the request is not taken for its sender's: {error}");
    Problem::new(StatusCode::UNAUTHORIZED, "bad-signature", detail)
}

/// The sender can do nothing about it, and shall come back.
fn unverifiable() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "not-verifiable",
        "the signature cannot be verified here at the moment",
    )
}
