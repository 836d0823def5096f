//! What repositories, tags and manifests may be called.

use mortise_model::{ContentDigest, Repository, Tag};
use thiserror::Error;

/// The longest name of a repository in bytes. Clients take 255 with the host before it.
pub const NAME_MAX_BYTES: usize = 200;
/// The longest tag in bytes.
pub const TAG_MAX_BYTES: usize = 128;

/// Why a text names nothing.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum NameError {
    /// It is no repository.
    #[error(
        "`{0}` cannot name a repository: that takes parts of lower-case letters and digits with `.`, `_`, `__` or `-` \
         between them, `/` between the parts, and at most {NAME_MAX_BYTES} bytes"
    )]
    Repository(String),
    /// It is no tag.
    #[error(
        "`{0}` cannot be a tag: that takes letters, digits, `_`, `.` and `-`, begins with none of the last two, and \
         has at most {TAG_MAX_BYTES} bytes"
    )]
    Tag(String),
}

/// How somebody names a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// By its digest.
    Digest(ContentDigest),
    /// By a tag.
    Tag(Tag),
}

/// The repository that a text names.
///
/// # Errors
/// Where it can name none.
pub fn repository(text: &str) -> Result<Repository, NameError> {
    match text.len() <= NAME_MAX_BYTES && text.split('/').all(is_part) {
        true => Ok(Repository::from(text)),
        false => Err(NameError::Repository(shown(text))),
    }
}

/// The tag that a text is.
///
/// # Errors
/// Where it can be none.
pub fn tag(text: &str) -> Result<Tag, NameError> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let mut bytes = text.bytes();
    let begins = bytes.next().is_some_and(is_word);
    let goes_on = bytes.all(|byte| is_word(byte) || byte == b'.' || byte == b'-');
    match begins && goes_on && text.len() <= TAG_MAX_BYTES {
        true => Ok(Tag::from(text)),
        false => Err(NameError::Tag(shown(text))),
    }
}

/// Whether a tag is a semantic version: such a tag leads to one manifest forever. A tag has no `+`, so
/// `_` stands for it, as it does elsewhere.
#[must_use]
pub fn is_version(tag: &Tag) -> bool {
    version_of(tag).is_some()
}

/// The version that a tag is, with the tag; none where it is none.
#[must_use]
pub fn version_of(tag: &Tag) -> Option<(semver::Version, Tag)> {
    let version = semver::Version::parse(&tag.as_str().replace('_', "+")).ok()?;
    Some((version, tag.clone()))
}

/// The digest that a tag of cosign's form is the signature of: `sha256-HEX.sig`.
#[must_use]
pub fn signed(tag: &Tag) -> Option<ContentDigest> {
    let digits = tag.as_str().strip_prefix("sha256-")?.strip_suffix(".sig")?;
    format!("sha256:{digits}").parse().ok()
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
fn is_part(part: &str) -> bool {
    let is_word = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = part.as_bytes();
    let ends_well = bytes.first().is_some_and(is_word) && bytes.last().is_some_and(is_word);
    let is_between = |between: &[u8]| {
        matches!(between, b"." | b"_" | b"__") || between.iter().all(|byte| *byte == b'-')
    };
    let mut rest = bytes;
    while let Some(start) = rest.iter().position(|byte| !is_word(byte)) {
        rest = &rest[start..];
        let length = rest.iter().position(is_word).unwrap_or(rest.len());
        let (between, behind) = rest.split_at(length);
        if !is_between(between) {
            return false;
        }
        rest = behind;
    }
    ends_well
}

/// A text of somebody else's, short enough to be shown.
fn shown(text: &str) -> String {
    let shown = text.chars().take(160);
    shown.flat_map(char::escape_default).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_repository_is_parts_with_slashes() {
        for good in ["a", "team/orders", "a/b/c", "a.b/c_d/e__f/g---h", "1/2"] {
            assert_eq!(repository(good).unwrap().as_str(), good);
        }
        let namespace = repository("team/a/b").unwrap().namespace();
        assert_eq!(namespace.as_str(), "team");
        for bad in [
            "",
            "/",
            "a/",
            "/a",
            "a//b",
            "A",
            "a/B",
            "a..b",
            "a/../b",
            "..",
            ".",
            "a/.",
            "a___b",
            "a._b",
            "-a",
            "a-",
            "a_",
            ".a",
            "a b",
            "a\0b",
            "a%2fb",
            "a:b",
            "a@b",
            "ä",
            "a\\b",
            &"a".repeat(NAME_MAX_BYTES + 1),
        ] {
            assert!(repository(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_tag_is_one_word() {
        let longest = "t".repeat(TAG_MAX_BYTES);
        for good in ["latest", "1.0.0", "_x", "A-b.c_d", &longest] {
            assert_eq!(tag(good).unwrap().as_str(), good);
        }
        let longer = format!("{longest}t");
        for bad in [
            "", ".a", "-a", "a/b", "a+b", "a b", "..", "a:b", "ä", &longer,
        ] {
            assert!(tag(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_version_is_a_semantic_one() {
        for (text, is_one) in [
            ("1.2.3", true),
            ("1.2.3-rc.1", true),
            ("1.2.3_build.5", true),
            ("0.0.0", true),
            ("v1.2.3", false),
            ("1.2", false),
            ("latest", false),
            ("01.2.3", false),
        ] {
            assert_eq!(is_version(&tag(text).unwrap()), is_one, "{text}");
        }
    }

    #[test]
    fn a_signature_is_named_by_what_it_signs() {
        let digest = ContentDigest::of(b"x");
        let name = |text: &str| signed(&tag(text).unwrap());
        assert_eq!(name(&format!("sha256-{}.sig", digest.hex())), Some(digest));
        assert_eq!(name(&format!("sha256-{}.att", digest.hex())), None);
        assert_eq!(name("sha256-00.sig"), None);
    }
}
