//! Addresses: `ann@example.com`, `Ann Lee <ann@example.com>`.

use lettre::Address;
use lettre::message::Mailbox;
use url::Host;

use super::text;
use crate::error::Error;

/// Reads an address. Its host is written in ASCII, as it travels (RFC 5891).
///
/// # Errors
/// Why it is none, with the field.
pub(super) fn read(given: &str, field: &str) -> Result<Mailbox, Error> {
    text(given, field)?;
    let given = given.trim();
    let (name, bare) = match given
        .strip_suffix('>')
        .and_then(|rest| rest.rsplit_once('<'))
    {
        Some((name, bare)) => (name.trim(), bare.trim()),
        None => ("", given),
    };
    let no_address = |why: &str| Error::invalid(field, format!("is no address: {why}"));
    let (user, host) = bare.rsplit_once('@').ok_or_else(|| {
        no_address("it has no `@`; write it as `ann@example.com` or `Ann Lee <ann@example.com>`")
    })?;
    // What is quoted may hold anything, and stands in a command of SMTP.
    if user.contains(['"', '\\', '<', '>', ' ']) {
        return Err(no_address(
            "its local part has to be quoted, which few servers take",
        ));
    }
    let host = match host.starts_with('[') {
        true => host.to_owned(),
        false => match Host::parse(host) {
            Ok(Host::Domain(domain)) => domain,
            _ => {
                return Err(no_address(
                    "what stands behind the `@` is no name of a host",
                ));
            }
        },
    };
    let address = Address::new(user, host).map_err(|error| no_address(&error.to_string()))?;
    Ok(Mailbox::new(unquoted(name), address))
}

fn unquoted(name: &str) -> Option<String> {
    let inner = name
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let name = match inner {
        Some(inner) => inner.replace("\\\"", "\"").replace("\\\\", "\\"),
        None => name.to_owned(),
    };
    (!name.is_empty()).then_some(name)
}
