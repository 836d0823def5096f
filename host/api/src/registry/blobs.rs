//! Blobs that are whole.

use axum::body::Body;
use http::header::CONTENT_LENGTH;
use http::{HeaderValue, Method, StatusCode};
use mortise_model::{ContentDigest, Repository};
use mortise_ports::artifacts::{Change, Changed};
use mortise_ports::{Plugins, Store};
use mortise_registry::oci::range::{Wanted, wanted};

use super::body::Reading;
use super::refusal::{Code, Refusal, bare};
use super::{Answer, Asked, Registry, manifests};
use crate::audit::Change as Deed;

/// Gives a blob, or a part of it.
pub async fn get<S: Store, P: Plugins>(
    registry: &Registry<S, P>,
    asked: &Asked<'_>,
    name: &Repository,
    digest: ContentDigest,
) -> Answer {
    let size = registry.store().blob(name, digest).await?;
    let size = size.ok_or_else(|| unknown(name, digest))?;
    // Whoever knows that it is there may name it in a manifest without bringing it.
    registry.ask(digest);
    let part = match asked.header("range").map(|text| wanted(text, size)) {
        None | Some(Wanted::Whole) => None,
        Some(Wanted::Part(part)) => Some(part),
        Some(Wanted::Nothing) => {
            let range = format!("bytes */{size}");
            let status = StatusCode::RANGE_NOT_SATISFIABLE;
            return Ok(bare(status, &[("content-range", &range)]));
        }
    };
    let (text, status) = (
        digest.to_string(),
        match part {
            None => StatusCode::OK,
            Some(_) => StatusCode::PARTIAL_CONTENT,
        },
    );
    let range = part.as_ref().map(|part| {
        let last = part.end.saturating_sub(1);
        format!("bytes {}-{last}/{size}", part.start)
    });
    let etag = format!("\"{text}\"");
    let mut headers = vec![
        ("accept-ranges", "bytes"),
        ("content-type", "application/octet-stream"),
        ("docker-content-digest", text.as_str()),
        ("etag", etag.as_str()),
        // Its name is its content's, so it never changes.
        ("cache-control", "private, max-age=31536000, immutable"),
    ];
    headers.extend(range.as_deref().map(|range| ("content-range", range)));
    let mut response = bare(status, &headers);
    let part = part.unwrap_or(0..size);
    let length = HeaderValue::from(part.end - part.start);
    response.headers_mut().insert(CONTENT_LENGTH, length);
    if asked.head.method == Method::GET {
        let reading = Reading::new(registry.clone(), digest, (part.start, part.end));
        *response.body_mut() = Body::new(reading);
    }
    Ok(response)
}

/// Removes a blob from a repository.
pub async fn delete<S: Store, P: Plugins>(
    registry: &Registry<S, P>,
    asked: &Asked<'_>,
    name: &Repository,
    digest: ContentDigest,
) -> Answer {
    manifests::may_delete(registry, &[digest]).await?;
    let deed = Deed::of(format!("{name}@{digest}")).deed(
        (asked.visitor.who(), "registry.delete"),
        Some(name.namespace()),
        registry.now(),
    );
    let change = Change::RemoveBlob(digest);
    match registry.store().change(name, change, Some(deed)).await? {
        Changed::Done => Ok(bare(StatusCode::ACCEPTED, &[])),
        Changed::InUse(by) => Err(Refusal::new(
            StatusCode::METHOD_NOT_ALLOWED,
            Code::Denied,
            format!("the manifest `{by}` of `{name}` names this blob: remove that first"),
        )),
        _ => Err(unknown(name, digest)),
    }
}

pub fn unknown(name: &Repository, digest: ContentDigest) -> Refusal {
    let message = format!("`{name}` has no blob `{digest}`");
    Refusal::missing(Code::BlobUnknown, message)
}
