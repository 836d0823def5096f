//! Hosts and origins, by their form alone; egress reads them again when it connects.

use std::net::{Ipv4Addr, Ipv6Addr};

use mortise_model::origin;

/// `host`, `host:port`, `*.host`, `[v6]:port`.
pub(crate) fn host_is_valid(text: &str) -> bool {
    let (text, wildcard) = match text.strip_prefix("*.") {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    if let Some(rest) = text.strip_prefix('[') {
        let Some((address, port)) = rest.split_once(']') else {
            return false;
        };
        let port = port.is_empty() || port.strip_prefix(':').is_some_and(port_is_valid);
        return !wildcard && address.parse::<Ipv6Addr>().is_ok() && port;
    }
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    };
    if !port.is_none_or(port_is_valid) {
        return false;
    }
    if wildcard {
        // `*.com` would be half the network.
        return host.contains('.') && name_is_valid(host);
    }
    host.parse::<Ipv4Addr>().is_ok() || name_is_valid(host)
}

/// `https://host`, `http://host:port` or `postgresql://host`, without a path and without `*`.
pub(crate) fn origin_is_valid(text: &str) -> bool {
    let host = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))
        .or_else(|| origin::split(text).map(|(_, place)| place));
    host.is_some_and(|host| !host.contains('*') && host_is_valid(host))
}

fn port_is_valid(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<u16>().is_ok_and(|port| port > 0)
}

/// Whether a text is a name of the DNS; one whose last label is a number would be an address.
fn name_is_valid(name: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    let last_is_name = |last: &str| last.bytes().any(|b| b.is_ascii_alphabetic());
    name.len() <= 253
        && name.split('.').all(label)
        && name.rsplit('.').next().is_some_and(last_is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_have_no_scheme_and_no_path() {
        for good in [
            "api.example.com",
            "127.0.0.1:9000",
            "localhost:80",
            "*.example.com",
            "[::1]:80",
            "[::1]",
        ] {
            assert!(host_is_valid(good), "{good}");
        }
        for bad in [
            "",
            "https://a.com",
            "a.com/x",
            "a.com:0",
            "a.com:x",
            "*",
            "*.com",
            "a..b",
            "1.2.3",
            "a b",
            "::1",
            "*.[::1]",
        ] {
            assert!(!host_is_valid(bad), "{bad}");
        }
    }

    #[test]
    fn origins_are_exact() {
        for good in [
            "https://api.example.com",
            "http://127.0.0.1:9000",
            "postgresql://db.example.com:5432",
            "smtps://mail.example.com",
        ] {
            assert!(origin_is_valid(good), "{good}");
        }
        for bad in [
            "api.example.com",
            "https://a.com/",
            "ftp://a.com",
            "smtp://a.com/",
            "https://*.a.com",
            "https://u@a.com",
        ] {
            assert!(!origin_is_valid(bad), "{bad}");
        }
    }
}
