//! What the lock keeps of a plan: which plugin every alias is, and what it may reach.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use mortise_model::Plan;
use mortise_model::descriptor::Plugin;

use super::callees::Callees;
use super::plan::Context;
use crate::authored::Manifest;
use crate::diagnostic::Code;
use crate::source::Sink;

/// What one alias of a workflow means and may reach.
pub(crate) struct Pin {
    pub plugin: Arc<Plugin>,
    pub hosts: BTreeSet<String>,
    pub origins: BTreeSet<String>,
}

/// The pins of a plan, by alias.
pub(super) fn pins(
    plan: &Plan,
    callees: &Callees<'_>,
    context: &Context<'_>,
) -> BTreeMap<String, Pin> {
    let pins = callees.found().map(|callee| {
        let pin = Pin {
            plugin: Arc::clone(callee.plugin),
            hosts: BTreeSet::new(),
            origins: BTreeSet::new(),
        };
        (callee.alias.to_owned(), pin)
    });
    let mut pins: BTreeMap<_, _> = pins.collect();
    let connections = context.connections.unwrap_or_default();
    for operation in plan.operations() {
        let Some(pin) = pins.get_mut(alias_of(&operation.uses)) else {
            continue;
        };
        pin.hosts.extend(operation.hosts.iter().cloned());
        let mut connections = connections.iter();
        let connection = connections.find(|c| operation.connection.as_ref() == Some(&c.name));
        let origins = connection.into_iter().flat_map(|c| c.origins.iter());
        pin.origins.extend(origins.cloned());
    }
    pins
}

/// The lock also keeps what a plugin may reach, so that a new host is seen by whoever reads it.
pub(super) fn check_reach(
    manifest: &Manifest<'_>,
    pins: &BTreeMap<String, Pin>,
    context: &Context<'_>,
    sink: &mut Sink<'_>,
) {
    let (Some(lock), Some(name)) = (context.lock, manifest.name) else {
        return;
    };
    for (alias, pin) in pins {
        let Some(locked) = lock.pin(name.value, alias) else {
            continue;
        };
        let new: Vec<_> = pin
            .hosts
            .difference(&locked.hosts)
            .chain(pin.origins.difference(&locked.origins))
            .map(|host| format!("`{host}`"))
            .collect();
        if new.is_empty() {
            continue;
        }
        let uses = manifest.every_use().into_iter();
        let place = uses
            .filter_map(|used| used.uses)
            .find(|uses| alias_of(uses.value) == alias);
        sink.error(
            Code::LockMismatch,
            place.map_or(name.place, |uses| uses.place),
            format!(
                "`{alias}` may reach {} now, which `mortise.lock` does not record",
                new.join(", ")
            ),
            "run `mortise lock` and read what has changed",
        );
    }
}

/// `http` of `http/request`.
pub(super) fn alias_of(uses: &str) -> &str {
    uses.split('/').next().unwrap_or(uses)
}
