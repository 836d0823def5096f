//! Takes known secrets out of texts, however they are written: as they are, in base64, percent-encoded,
//! escaped as in JSON.

use std::borrow::Cow;
use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// What stands in the place of a secret.
pub const SCRUBBED: &str = "[secret]";
/// Shorter values are no secrets: taking them out would only make holes in texts.
pub const SECRET_MIN_BYTES: usize = 6;

/// The secrets of a connection, ready to be found.
#[derive(Debug, Default)]
pub struct Scrubber(Option<AhoCorasick>);

impl Scrubber {
    /// Finds these secrets.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let long = secrets.into_iter().filter(|s| s.len() >= SECRET_MIN_BYTES);
        let spellings: BTreeSet<String> = long.flat_map(spellings).collect();
        if spellings.is_empty() {
            return Self(None);
        }
        let built = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(&spellings);
        // It fails only for more patterns than a connection can have secrets.
        Self(built.ok())
    }

    /// The bytes without secrets.
    #[must_use]
    pub fn bytes<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        match &self.0 {
            Some(finder) if finder.is_match(bytes) => {
                Cow::Owned(finder.replace_all_bytes(bytes, &self.replacements(finder)))
            }
            _ => Cow::Borrowed(bytes),
        }
    }

    /// The text without secrets.
    #[must_use]
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match &self.0 {
            Some(finder) if finder.is_match(text) => {
                Cow::Owned(finder.replace_all(text, &self.replacements(finder)))
            }
            _ => Cow::Borrowed(text),
        }
    }

    fn replacements(&self, finder: &AhoCorasick) -> Vec<&'static str> {
        vec![SCRUBBED; finder.patterns_len()]
    }
}

/// How a secret may be written. Of base64 that begins elsewhere in a longer text, what does not
/// depend on its neighbours.
fn spellings(secret: &str) -> Vec<String> {
    let percent = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
    let json = serde_json::to_string(secret).unwrap_or_default();
    let mut all = vec![
        secret.to_owned(),
        percent.to_lowercase(),
        percent,
        json.trim_matches('"').to_owned(),
        url::form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
    ];
    let bytes = secret.as_bytes();
    for shift in 0..3 {
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            let shifted = [&[0; 2][..shift], bytes].concat();
            let whole = shifted.len() / 3 * 3;
            let text = engine.encode(&shifted[..whole]);
            let from = if shift == 0 { 0 } else { 4 };
            all.extend(text.get(from..).map(str::to_owned));
        }
    }
    all.retain(|text| text.len() >= SECRET_MIN_BYTES.min(secret.len()));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::STANDARD;

    const SECRET: &str = "s3cr+t/\"käse\"\n";

    #[test]
    fn a_secret_is_found_however_it_is_written() {
        let scrubber = Scrubber::new([SECRET]);
        let percent = utf8_percent_encode(SECRET, NON_ALPHANUMERIC).to_string();
        let spelled = [
            SECRET.to_owned(),
            percent.to_lowercase(),
            percent,
            serde_json::json!({ "a": SECRET }).to_string(),
            STANDARD.encode(SECRET),
            STANDARD.encode(format!("u:{SECRET}")),
            STANDARD.encode(format!("us:{SECRET}x")),
            URL_SAFE_NO_PAD.encode(format!("user:{SECRET}")),
            url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect(),
        ];
        for text in spelled {
            let whole = format!("before {text} after");
            let scrubbed = scrubber.text(&whole);
            assert!(scrubbed.contains(SCRUBBED), "{text} -> {scrubbed}");
            assert!(scrubbed.starts_with("before ") && scrubbed.ends_with(" after"));
            assert_eq!(scrubber.bytes(whole.as_bytes()), scrubbed.as_bytes());
        }
    }

    #[test]
    fn other_texts_stay_as_they_are() {
        let scrubber = Scrubber::new([SECRET, "short"]);
        assert_eq!(scrubber.text("short and sweet"), "short and sweet");
        assert!(matches!(scrubber.bytes(b"\xff\x00"), Cow::Borrowed(_)));
        assert_eq!(Scrubber::default().text(SECRET), SECRET);
    }
}
