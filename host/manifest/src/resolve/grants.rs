//! `grants` by plugin.

use std::collections::HashMap;

use super::callees::Callees;
use crate::authored::Manifest;
use crate::diagnostic::Code;
use crate::source::Sink;
use crate::suggest;

/// The hosts that a manifest grants, by the full name of the plugin.
pub(super) struct Grants(HashMap<String, Vec<String>>);

impl Grants {
    /// Reads the grants; each has to name a plugin that is used, by its alias or its full name.
    pub fn new(manifest: &Manifest<'_>, callees: &Callees<'_>, sink: &mut Sink<'_>) -> Self {
        let mut grants: HashMap<String, Vec<String>> = HashMap::new();
        for grant in &manifest.grants {
            let named = grant.plugin.value;
            let mut used = callees.found();
            let plugin = used.find(|c| c.alias == named || c.plugin.descriptor.name == named);
            if let Some(callee) = plugin {
                let hosts = grants
                    .entry(callee.plugin.descriptor.name.clone())
                    .or_default();
                for host in &grant.hosts {
                    if !hosts.contains(host) {
                        hosts.push(host.clone());
                    }
                }
                continue;
            }
            // A use whose plugin is unknown has its own diagnostic, and may be the one that is meant.
            if callees.has_unknown() {
                continue;
            }
            let known: Vec<_> = callees.found().map(|c| c.alias).collect();
            sink.error(
                Code::UnknownGrant,
                grant.plugin.place,
                format!("nothing uses `{named}`, so there is nothing to grant"),
                suggest::help(named, known),
            );
        }
        Self(grants)
    }

    /// The hosts of a plugin.
    pub fn hosts(&self, plugin: &str) -> Vec<String> {
        self.0.get(plugin).cloned().unwrap_or_default()
    }
}
