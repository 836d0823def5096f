//! The registry of a daemon, put together: whom it believes, and what it must not lose.

use std::sync::Arc;

use mortise_api::registry::Hands;
use mortise_registry::admission::{Policy, Screening, Signatures, Trust};
use mortise_sandbox::Sandbox;
use tokio::net::TcpListener;

use crate::exit::{Outcome, Stop};
use crate::needs::OfRuns;
use crate::settings::Settings;

/// Whom a registry believes that is served here. What only this machine reaches takes what nobody signed,
/// and everything else does not, unless the policy says otherwise.
///
/// # Errors
/// Where the policy is none: better now than when somebody pushes.
pub fn trust(settings: &Settings, listener: &TcpListener) -> Outcome<Trust> {
    let policy = settings.registry.policy_file.clone();
    if let Some(path) = &policy {
        Policy::read(path).map_err(Stop::environment)?;
    }
    let address = listener.local_addr().map_err(Stop::environment)?;
    let signatures = match address.ip().is_loopback() {
        true => Signatures::Lenient,
        false => Signatures::Strict,
    };
    Ok(Trust {
        policy,
        signatures,
        component_max_bytes: settings.sandbox.component_max_bytes,
    })
}

/// What a daemon does for its registry.
pub fn hands(needs: OfRuns, sandbox: Arc<Sandbox>, trust: Trust) -> Hands {
    let store = Arc::clone(&needs.store);
    Hands {
        gate: Box::new(Screening::new(store, sandbox, trust)),
        needs: Box::new(needs),
    }
}
