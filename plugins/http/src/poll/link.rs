//! Addresses of pages.

use mortise_sdk::http::push_encoded;

/// Appends `name=value` to the query of an address, before its fragment.
pub fn push_query(url: &mut String, name: &str, value: &str) {
    let fragment = url.find('#').map(|at| url.split_off(at));
    url.push(if url.contains('?') { '&' } else { '?' });
    push_encoded(url, name);
    url.push('=');
    push_encoded(url, value);
    url.extend(fragment);
}

/// The address that a `Link` header gives for `rel=next` (RFC 8288); none where it gives none.
pub fn next(header: &str) -> Option<&str> {
    let mut rest = header;
    while let Some(start) = rest.find('<') {
        let (target, after) = rest[start + 1..].split_once('>')?;
        let end = end_of_parameters(after);
        if after[..end].split(';').any(is_next) {
            return Some(target);
        }
        rest = &after[end..];
    }
    None
}

/// Where the comma is that the next link begins behind: not within quotes.
fn end_of_parameters(text: &str) -> usize {
    let mut is_quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => return at,
            _ => {}
        }
    }
    text.len()
}

fn is_next(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else {
        return false;
    };
    let value = value.trim().trim_matches('"');
    let mut relations = value.split_ascii_whitespace();
    name.trim().eq_ignore_ascii_case("rel") && relations.any(|one| one.eq_ignore_ascii_case("next"))
}

/// An address that may leave out what it shares with the one that it stands in.
pub fn resolve(base: &str, target: &str) -> String {
    let (scheme, rest) = base.split_once("://").unwrap_or(("https", base));
    let place_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, way) = rest.split_at(place_end);
    let path = &way[..way.find(['?', '#']).unwrap_or(way.len())];
    let is_absolute = target
        .split_once("://")
        .is_some_and(|(scheme, _)| scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    if is_absolute {
        target.to_owned()
    } else if let Some(place) = target.strip_prefix("//") {
        format!("{scheme}://{place}")
    } else if target.starts_with('/') {
        format!("{scheme}://{host}{target}")
    } else if target.starts_with('?') {
        format!("{scheme}://{host}{path}{target}")
    } else {
        let folder = &path[..path.rfind('/').map_or(0, |at| at + 1)];
        let folder = if folder.is_empty() { "/" } else { folder };
        format!("{scheme}://{host}{folder}{target}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_link_is_found_among_others() {
        for (header, expected) in [
            (
                r#"<https://a.example/?p=2>; rel="next""#,
                Some("https://a.example/?p=2"),
            ),
            (
                r#"</?p=1>; rel=prev, </?p=3,4>; title="a, b"; rel="last next""#,
                Some("/?p=3,4"),
            ),
            (r#"</?p=1>; rel="prev"; title="rel=next""#, None),
            ("nothing", None),
            ("<broken", None),
        ] {
            assert_eq!(next(header), expected, "{header}");
        }
    }

    #[test]
    fn an_address_is_completed() {
        let base = "https://a.example:8443/v1/orders?page=1";
        for (target, expected) in [
            ("https://b.example/x", "https://b.example/x"),
            ("//b.example/x", "https://b.example/x"),
            ("/v2?page=2", "https://a.example:8443/v2?page=2"),
            (
                "?page=2&to=http://c",
                "https://a.example:8443/v1/orders?page=2&to=http://c",
            ),
            ("orders?page=2", "https://a.example:8443/v1/orders?page=2"),
        ] {
            assert_eq!(resolve(base, target), expected);
        }
        assert_eq!(resolve("http://a", "b"), "http://a/b");
    }
}
