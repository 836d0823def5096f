//! Templates of a descriptor: `Bearer {secrets.token}`, `{basic(secrets.user, secrets.password)}`.
//!
//! A brace that begins no reference stands for itself, so that JSON can be a template.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;
use zeroize::Zeroizing;

/// A template that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Value(Reference),
    /// Base64 of both with a colon between (RFC 7617).
    Basic(Reference, Reference),
}

/// A value that a template names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// What it is taken from.
    pub source: Source,
    /// Its name there.
    pub name: String,
}

/// What the values of templates are taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// What only the host knows.
    Secrets,
    /// What anybody may read of the connection.
    Settings,
    /// What the application told.
    Captured,
}

/// A template names a value that is not there.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the connection has no `{}.{}`", .0.source.word(), .0.name)]
pub struct Missing(pub Reference);

impl Source {
    const ALL: [Self; 3] = [Self::Secrets, Self::Settings, Self::Captured];

    fn word(self) -> &'static str {
        match self {
            Self::Secrets => "secrets",
            Self::Settings => "settings",
            Self::Captured => "captured",
        }
    }
}

impl Template {
    /// Reads a template; every text is one.
    #[must_use]
    pub fn parse(mut text: &str) -> Self {
        let mut parts = Vec::new();
        let mut plain = String::new();
        while let Some(at) = text.find('{') {
            plain.push_str(&text[..at]);
            text = &text[at..];
            let inside = text[1..].split_once('}');
            match inside.and_then(|(inside, rest)| Some((part(inside)?, rest))) {
                Some((part, rest)) => {
                    if !plain.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut plain)));
                    }
                    parts.push(part);
                    text = rest;
                }
                None => {
                    plain.push('{');
                    text = &text[1..];
                }
            }
        }
        plain.push_str(text);
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Self(parts)
    }

    /// Every value that it names.
    pub fn references(&self) -> impl Iterator<Item = &Reference> {
        self.0.iter().flat_map(|part| match part {
            Part::Text(_) => vec![],
            Part::Value(one) => vec![one],
            Part::Basic(user, password) => vec![user, password],
        })
    }

    /// The text with its values.
    ///
    /// # Errors
    /// The first value that is not there.
    pub fn fill(
        &self,
        value: impl Fn(&Reference) -> Option<Zeroizing<String>>,
    ) -> Result<Zeroizing<String>, Missing> {
        let value = |name: &Reference| value(name).ok_or_else(|| Missing(name.clone()));
        let mut filled = Zeroizing::new(String::new());
        for part in &self.0 {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Value(name) => filled.push_str(&value(name)?),
                Part::Basic(user, password) => {
                    let (user, password) = (value(user)?, value(password)?);
                    let both = Zeroizing::new(format!("{}:{}", *user, *password));
                    filled.push_str(&STANDARD.encode(both.as_bytes()));
                }
            }
        }
        Ok(filled)
    }
}

fn part(inside: &str) -> Option<Part> {
    let basic = inside
        .strip_prefix("basic(")
        .and_then(|rest| rest.strip_suffix(')'));
    match basic {
        Some(both) => {
            let (user, password) = both.split_once(',')?;
            Some(Part::Basic(reference(user)?, reference(password)?))
        }
        None => reference(inside).map(Part::Value),
    }
}

fn reference(text: &str) -> Option<Reference> {
    let (source, name) = text.trim().split_once('.')?;
    let source = Source::ALL.into_iter().find(|one| one.word() == source)?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    (!name.is_empty() && name.chars().all(is_name)).then(|| Reference {
        source,
        name: name.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn filled(template: &str) -> Result<String, Missing> {
        let template = Template::parse(template);
        let value = |name: &Reference| {
            let text = match (name.source, name.name.as_str()) {
                (Source::Secrets, "user") => "ann",
                (Source::Secrets, "password") => "pass:word",
                (Source::Settings, "shop.id") => "7",
                _ => return None,
            };
            Some(Zeroizing::new(text.to_owned()))
        };
        template.fill(value).map(|text| text.to_string())
    }

    #[test]
    fn values_take_the_place_of_their_names() {
        for (template, text) in [
            ("", ""),
            ("plain", "plain"),
            ("Bearer {secrets.user}!", "Bearer ann!"),
            ("{settings.shop.id}{secrets.user}", "7ann"),
            (
                "Basic {basic(secrets.user, secrets.password)}",
                "Basic YW5uOnBhc3M6d29yZA==",
            ),
            (
                r#"{"user":"{secrets.user}","of":{"id":{settings.shop.id}}}"#,
                r#"{"user":"ann","of":{"id":7}}"#,
            ),
            ("{other.user} {secrets.} {", "{other.user} {secrets.} {"),
        ] {
            assert_eq!(filled(template).unwrap(), text, "{template}");
        }
    }

    #[test]
    fn a_value_that_is_not_there_is_named() {
        for (template, name) in [
            ("{secrets.token}", "secrets.token"),
            ("{basic(secrets.user, captured.realm)}", "captured.realm"),
        ] {
            let missing = filled(template).unwrap_err().to_string();
            assert!(missing.contains(&format!("`{name}`")), "{missing}");
        }
    }
}
