//! `WWW-Authenticate`: how a registry wants to be asked.

use http::HeaderMap;
use http::header::WWW_AUTHENTICATE;

/// One way that is offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Challenge {
    /// In lower case: `basic` or `bearer`.
    pub scheme: String,
    /// Names in lower case.
    parameters: Vec<(String, String)>,
}

impl Challenge {
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Every way that an answer offers, in its order.
    pub fn all(headers: &HeaderMap) -> Vec<Self> {
        let values = headers.get_all(WWW_AUTHENTICATE).into_iter();
        let texts = values.filter_map(|value| value.to_str().ok());
        texts.flat_map(parse).collect()
    }
}

/// A list of schemes with parameters (RFC 9110, 11.6.1): what is followed by `=` belongs to the scheme
/// before it.
fn parse(text: &str) -> Vec<Challenge> {
    let mut found: Vec<Challenge> = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let end = rest.find([' ', '\t', ',', '=']).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        if word.is_empty() {
            return found;
        }
        let word = word.to_ascii_lowercase();
        match after.trim_start().strip_prefix('=') {
            None => {
                rest = after;
                found.push(Challenge {
                    scheme: word,
                    parameters: Vec::new(),
                });
            }
            Some(after) => {
                let (value, after) = value(after.trim_start());
                rest = after;
                if let Some(challenge) = found.last_mut() {
                    challenge.parameters.push((word, value));
                }
            }
        }
    }
}

/// A value in quotes or without, and what comes after it.
fn value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ' ', '\t']).unwrap_or(text.len());
        let (value, rest) = text.split_at(end);
        return (value.to_owned(), rest);
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return (value, quoted.get(at + 1..).unwrap_or_default()),
            '\\' => value.extend(chars.next().map(|(_, escaped)| escaped)),
            char => value.push(char),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn parameters_belong_to_the_scheme_before_them() {
        let found = parse(
            r#"Bearer realm="https://auth.example/token?a=b,c",service=registry, scope="repository:a/b:pull,push" , Basic realm="a \"b\"""#,
        );
        assert_eq!(found.len(), 2, "{found:?}");
        let (bearer, basic) = (&found[0], &found[1]);
        assert_eq!(bearer.scheme, "bearer");
        assert_eq!(
            bearer.parameter("realm"),
            Some("https://auth.example/token?a=b,c")
        );
        assert_eq!(bearer.parameter("service"), Some("registry"));
        assert_eq!(bearer.parameter("scope"), Some("repository:a/b:pull,push"));
        assert_eq!(basic.parameter("realm"), Some("a \"b\""));
        assert_eq!(basic.parameter("service"), None);
    }

    #[test]
    fn nonsense_ends() {
        for text in [
            "",
            ",,,",
            "=",
            "==\"",
            "Bearer realm=\"",
            "Bearer =x",
            "\"\"",
        ] {
            assert!(parse(text).len() <= 1, "{text}");
        }
    }
}
