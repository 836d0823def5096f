//! Which endpoint a path below `/v2/` is.

use std::borrow::Cow;

use mortise_model::{ContentDigest, Repository, Tag, UploadId};
use percent_encoding::percent_decode_str;
use thiserror::Error;

use super::name::{self, NameError, Reference};

/// An endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `/v2/`: whether this is a registry, and the caller is known.
    Base,
    /// `/v2/NAME/blobs/DIGEST`
    Blob(Repository, ContentDigest),
    /// `/v2/NAME/blobs/uploads/`
    Uploads(Repository),
    /// `/v2/NAME/blobs/uploads/UPLOAD`
    Upload(Repository, UploadId),
    /// `/v2/NAME/manifests/REFERENCE`
    Manifest(Repository, Reference),
    /// `/v2/NAME/tags/list`
    Tags(Repository),
    /// `/v2/NAME/referrers/DIGEST`
    Referrers(Repository, ContentDigest),
    /// `/v2/NAME/_mortise/state/REFERENCE`: where a manifest stands. No part of the specification, whose
    /// extensions begin so.
    State(Repository, Reference),
}

/// Why a path is none.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PathError {
    /// Nothing is there.
    #[error("there is nothing at this path")]
    Unknown,
    /// The repository cannot be called so.
    #[error(transparent)]
    Name(NameError),
    /// The tag cannot be called so.
    #[error(transparent)]
    Tag(NameError),
    /// No digest is written so.
    #[error("{0}")]
    Digest(String),
    /// No upload is called so.
    #[error("there is no such upload: begin one with POST, and go to where its answer says")]
    Upload,
}

/// Finds out which endpoint a path is. It may be percent-encoded once.
///
/// # Errors
/// Why it is none.
pub fn endpoint(path: &str) -> Result<Endpoint, PathError> {
    let path = percent_decode_str(path).decode_utf8();
    let path: Cow<'_, str> = path.map_err(|_| PathError::Unknown)?;
    let rest = match &*path {
        "/v2" | "/v2/" => return Ok(Endpoint::Base),
        path => path.strip_prefix("/v2/").ok_or(PathError::Unknown)?,
    };
    let parts: Vec<&str> = rest.split('/').collect();
    // From its end: a repository may have any of these words in its name.
    let (name, end) = match parts.as_slice() {
        [name @ .., "tags", "list"] => (name, End::Tags),
        [name @ .., "blobs", "uploads", ""] | [name @ .., "blobs", "uploads"] => {
            (name, End::Uploads)
        }
        [name @ .., "blobs", "uploads", upload] => (name, End::Upload(upload)),
        [name @ .., "blobs", digest] => (name, End::Blob(digest)),
        [name @ .., "manifests", reference] => (name, End::Manifest(reference)),
        [name @ .., "referrers", digest] => (name, End::Referrers(digest)),
        [name @ .., "_mortise", "state", reference] => (name, End::State(reference)),
        _ => return Err(PathError::Unknown),
    };
    let name = name::repository(&name.join("/")).map_err(PathError::Name)?;
    Ok(match end {
        End::Tags => Endpoint::Tags(name),
        End::Uploads => Endpoint::Uploads(name),
        End::Upload(text) => {
            Endpoint::Upload(name, UploadId::of_text(text).ok_or(PathError::Upload)?)
        }
        End::Blob(text) => Endpoint::Blob(name, digest(text)?),
        End::Manifest(text) => Endpoint::Manifest(name, reference(text)?),
        End::Referrers(text) => Endpoint::Referrers(name, digest(text)?),
        End::State(text) => Endpoint::State(name, reference(text)?),
    })
}

/// What stands behind the name.
enum End<'a> {
    Tags,
    Uploads,
    Upload(&'a str),
    Blob(&'a str),
    Manifest(&'a str),
    Referrers(&'a str),
    State(&'a str),
}

/// The digest that a text is.
///
/// # Errors
/// Where it is none.
pub fn digest(text: &str) -> Result<ContentDigest, PathError> {
    let digest = text.parse::<ContentDigest>();
    digest.map_err(|error| PathError::Digest(error.to_string()))
}

/// What a text names a manifest by: no tag has a colon.
fn reference(text: &str) -> Result<Reference, PathError> {
    match text.contains(':') {
        true => digest(text).map(Reference::Digest),
        false => {
            let tag: Result<Tag, _> = name::tag(text);
            tag.map(Reference::Tag).map_err(PathError::Tag)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Repository {
        Repository::from(text)
    }

    #[test]
    fn every_endpoint_has_its_path() {
        let (digest, upload) = (ContentDigest::of(b"x"), UploadId([1; 16]));
        let tag = || Reference::Tag(Tag::from("1.0.0"));
        for (path, wanted) in [
            ("/v2".to_owned(), Endpoint::Base),
            ("/v2/".to_owned(), Endpoint::Base),
            (
                format!("/v2/a/b/blobs/{digest}"),
                Endpoint::Blob(name("a/b"), digest),
            ),
            (
                format!("/v2/a/b/blobs/{digest}").replace(':', "%3A"),
                Endpoint::Blob(name("a/b"), digest),
            ),
            (
                "/v2/a/blobs/uploads/".to_owned(),
                Endpoint::Uploads(name("a")),
            ),
            (
                "/v2/a/blobs/uploads".to_owned(),
                Endpoint::Uploads(name("a")),
            ),
            (
                format!("/v2/a/blobs/uploads/{upload}"),
                Endpoint::Upload(name("a"), upload),
            ),
            (
                "/v2/a/manifests/1.0.0".to_owned(),
                Endpoint::Manifest(name("a"), tag()),
            ),
            (
                format!("/v2/a/manifests/{digest}"),
                Endpoint::Manifest(name("a"), Reference::Digest(digest)),
            ),
            (
                "/v2/a/b/c/tags/list".to_owned(),
                Endpoint::Tags(name("a/b/c")),
            ),
            (
                "/v2/tags/list/tags/list".to_owned(),
                Endpoint::Tags(name("tags/list")),
            ),
            (
                "/v2/a/blobs/uploads/manifests/1.0.0".to_owned(),
                Endpoint::Manifest(name("a/blobs/uploads"), tag()),
            ),
            (
                format!("/v2/a/referrers/{digest}"),
                Endpoint::Referrers(name("a"), digest),
            ),
            (
                "/v2/a/_mortise/state/1.0.0".to_owned(),
                Endpoint::State(name("a"), tag()),
            ),
        ] {
            assert_eq!(endpoint(&path), Ok(wanted), "{path}");
        }
    }

    #[test]
    fn no_other_path_leads_anywhere() {
        for bad in [
            "",
            "/",
            "/v1/",
            "/v2/a",
            "/v2//tags/list",
            "/v2/a/tags",
            "/v2/a/tags/list/",
            "/v2/../a/tags/list",
            "/v2/a/%2e%2e/b/tags/list",
            "/v2/a/%252e%252e/b/tags/list",
            "/v2/a%00/tags/list",
            "/v2/a%5cb/tags/list",
            "/v2/A/tags/list",
            "/v2/a/blobs/sha256:00",
            "/v2/a/blobs/../../etc/passwd",
            "/v2/a/blobs/uploads/../x",
            "/v2/a/blobs/uploads/00",
            "/v2/a/manifests/..",
            "/v2/a/manifests/",
            "/v2/a/manifests/%2e%2e%2fx",
            "/v2/a/referrers/latest",
            "/v2/%ff/tags/list",
        ] {
            assert!(endpoint(bad).is_err(), "{bad}");
        }
    }
}
