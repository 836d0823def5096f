//! What a version asks for in addition has to be granted already: a rollout widens nothing.

use std::collections::BTreeSet;

use mortise_model::descriptor::Plugin;
use mortise_model::plan::Operation;
use mortise_model::{Connection, Plan};

/// Why a version may not take the place of another in a workflow; none where it asks for nothing that the
/// workflow does not grant.
pub fn refusal(
    (old, new): (&Plugin, &Plugin),
    plan: &Plan,
    connections: &[Connection],
) -> Option<String> {
    let calls: Vec<&Operation> = plan
        .operations()
        .into_iter()
        .filter(|operation| operation.digest == old.digest)
        .map(|operation| &**operation)
        .collect();
    if calls.is_empty() {
        return None;
    }
    let used = connections.iter().filter(|one| {
        calls
            .iter()
            .any(|call| call.connection.as_ref() == Some(&one.name))
    });
    let origins: BTreeSet<&str> = used
        .flat_map(|one| one.origins.iter().map(String::as_str))
        .collect();
    let hosts = calls
        .iter()
        .flat_map(|call| &call.hosts)
        .map(String::as_str);
    let reached = origins.iter().map(|origin| authority(origin));
    let granted: BTreeSet<&str> = hosts.chain(reached).collect();
    let (plugin, workflow) = (&new.descriptor.name, &plan.workflow);
    let version = &new.descriptor.version;
    let asks = |what: &str| {
        format!("`{plugin}@{version}` asks {what}, which workflow `{workflow}` does not grant")
    };
    let lock = "; `mortise lock` records that and `mortise workflows reload` takes it, or take the version for \
                all runs at once with `mortise lock --upgrade`";
    for host in added(&old.descriptor.hosts, &new.descriptor.hosts) {
        if !granted.iter().any(|granted| covers(granted, host)) {
            let asks = asks(&format!("to reach `{host}`"));
            return Some(format!(
                "{asks}: write `grants: {{ {plugin}: {{ hosts: [\"{host}\"] }} }}` into its manifest, or the \
                 origin into the connection{lock}"
            ));
        }
    }
    // Without a connection there is no credential that could go anywhere.
    let has_credential = calls.iter().any(|call| call.connection.is_some());
    for origin in added(&old.descriptor.origins, &new.descriptor.origins) {
        if has_credential && !origins.contains(origin) {
            let asks = asks(&format!("that its credential may go to `{origin}`"));
            return Some(format!("{asks}: add the origin to its connection{lock}"));
        }
    }
    None
}

fn added<'a>(old: &'a [String], new: &'a [String]) -> impl Iterator<Item = &'a str> {
    let added = new.iter().filter(|item| !old.contains(item));
    added.map(String::as_str)
}

/// `api.example.com` of `https://api.example.com`.
fn authority(origin: &str) -> &str {
    origin
        .split_once("://")
        .map_or(origin, |(_, authority)| authority)
}

/// Whether a host that is granted is, or has below it, one that is asked for.
fn covers(granted: &str, asked: &str) -> bool {
    let [granted, asked] = [granted, asked].map(|host| host.strip_suffix(":443").unwrap_or(host));
    match granted.strip_prefix('*') {
        Some(below) => asked.ends_with(below),
        None => granted == asked,
    }
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn a_grant_covers_itself_and_a_wildcard_what_is_below() {
        for (granted, asked, wanted) in [
            ("api.example.com", "api.example.com", true),
            ("api.example.com:443", "api.example.com", true),
            ("api.example.com:8443", "api.example.com", false),
            ("*.example.com", "cdn.example.com", true),
            ("*.example.com", "*.eu.example.com", true),
            ("*.example.com", "example.com", false),
            ("cdn.example.com", "*.example.com", false),
        ] {
            assert_eq!(covers(granted, asked), wanted, "{granted} {asked}");
        }
    }
}
