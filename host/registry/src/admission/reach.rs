//! What a plugin wants to reach, and whether somebody allowed it.

use std::collections::BTreeSet;

use mortise_model::descriptor::Plugin;
use url::Url;

/// The hosts that a plugin wants: those that it lists, and those to which its credentials go. What an
/// operator fills in when a connection is made is theirs, and not among them.
pub(crate) fn hosts(plugin: &Plugin) -> BTreeSet<String> {
    let listed = plugin.descriptor.hosts.iter().cloned();
    listed.chain(credential_hosts(plugin)).collect()
}

/// The hosts of the exact origins to which its credentials go.
pub(crate) fn credential_hosts(plugin: &Plugin) -> BTreeSet<String> {
    let schemes = plugin.descriptor.authentication.iter();
    let schemes = schemes.filter_map(|scheme| scheme.read::<serde_json::Value>().ok());
    let of_schemes = schemes.flat_map(|scheme| {
        let origins = scheme.get("origins").and_then(|list| list.as_array());
        let origins = origins.into_iter().flatten();
        let texts = origins.filter_map(|origin| origin.as_str().map(str::to_owned));
        texts.collect::<Vec<_>>()
    });
    let own = plugin.descriptor.origins.iter().cloned();
    own.chain(of_schemes)
        .filter_map(|origin| host_of(&origin))
        .collect()
}

/// `api.example.com` or `api.example.com:8443` of an exact origin; none of a template or a loose one.
fn host_of(origin: &str) -> Option<String> {
    if origin.contains(['{', '*']) {
        return None;
    }
    let url = Url::parse(origin).ok()?;
    let host = url.host_str()?;
    Some(match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}

/// Whether one of these allows a host: the host itself, with its port where it has one, `*.example.com` for
/// every name below `example.com`, or `*` for all.
pub(crate) fn allows(allowed: &[String], wanted: &str) -> bool {
    allowed.iter().any(|one| match one.strip_prefix("*.") {
        _ if one == "*" || one == wanted => true,
        Some(below) => {
            let rest = wanted.strip_suffix(below);
            rest.is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
        }
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_every_name_below_and_ports_count() {
        let allowed = ["api.shop.example", "*.acme.example", "*.dev.example:8443"];
        let allowed = allowed.map(str::to_owned);
        for (wanted, is_allowed) in [
            ("api.shop.example", true),
            ("api.shop.example:8443", false),
            ("shop.example", false),
            ("a.acme.example", true),
            ("a.b.acme.example", true),
            ("*.acme.example", true),
            ("{settings.shop}.acme.example", true),
            ("acme.example", false),
            (".acme.example", false),
            ("evilacme.example", false),
            ("a.acme.example:444", false),
            ("a.dev.example:8443", true),
            ("*", false),
        ] {
            assert_eq!(allows(&allowed, wanted), is_allowed, "{wanted}");
        }
        assert!(allows(&["*".to_owned()], "anything.example"));
        assert!(!allows(&[], "anything.example"));
    }

    #[test]
    fn a_template_is_nobody_s_host() {
        assert_eq!(host_of("https://a.example"), Some("a.example".to_owned()));
        assert_eq!(
            host_of("https://a.example:8443"),
            Some("a.example:8443".to_owned())
        );
        assert_eq!(host_of("{settings.base-url}"), None);
        assert_eq!(host_of("https://{settings.shop}.example"), None);
    }
}
