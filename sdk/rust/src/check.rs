//! Shows that a connection works, with the cheapest request that needs the credential.

use serde_json::Value;

use crate::bindings::check::exports::mortise::plugin::check as raw;
use crate::{Failure, json};

/// The plugin's check.
pub trait Check {
    /// Called when a connection is made or tested.
    fn check() -> Result<Account, Failure>;
}

/// What the credential belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// The application's id of the account, to tell two connections apart.
    pub id: String,
    /// For people: `Acme GmbH (live)`.
    pub label: String,
    /// What the credential may do.
    pub scopes: Vec<String>,
    /// Settings that the application told, for example its API's base address.
    pub settings: Value,
}

/// From the component's export to the trait.
pub fn check<C: Check>() -> Result<raw::Account, Failure> {
    let account = C::check()?;
    Ok(raw::Account {
        id: account.id,
        label: account.label,
        scopes: account.scopes,
        settings: json::write(&account.settings)?,
    })
}
