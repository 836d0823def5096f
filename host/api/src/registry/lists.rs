//! Lists: the tags of a repository, and what is about a manifest.

use std::fmt::Write as _;

use axum::body::Body;
use http::header::{CONTENT_TYPE, LINK};
use http::{HeaderValue, Response, StatusCode};
use mortise_model::{ContentDigest, Repository};
use mortise_ports::artifacts::{Artifact, List, Listed};
use mortise_ports::{Plugins, Store};
use mortise_registry::oci::manifest::INDEX;
use mortise_registry::oci::{name, path};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::refusal::{Code, Refusal, json};
use super::{Answer, Asked, Registry};

/// The longest page of tags.
const TAGS_PAGE_MAX: usize = 1_000;
/// The longest page of referrers.
const REFERRERS_PAGE_MAX: usize = 100;
/// The largest page of referrers in bytes, but for the first entry of it: each has annotations, and the
/// specification has clients take 4 MiB.
const REFERRERS_PAGE_MAX_BYTES: usize = 3 * 1024 * 1024;

/// The tags of a repository in the order of their bytes.
pub async fn tags<S: Store, P: Plugins>(
    registry: &Registry<S, P>,
    asked: &Asked<'_>,
    name: &Repository,
) -> Answer {
    let limit = match asked.query.get("n").map(str::parse::<usize>) {
        None => TAGS_PAGE_MAX,
        Some(Ok(n)) => n.min(TAGS_PAGE_MAX),
        Some(Err(_)) => {
            let message = "`n` is a whole number: how many tags there are to be at most";
            return Err(Refusal::bad(Code::Unsupported, message));
        }
    };
    let last = asked.query.get("last").filter(|last| !last.is_empty());
    if let Some(Err(error)) = last.map(name::tag) {
        return Err(Refusal::bad(Code::TagInvalid, error.to_string()));
    }
    let Listed::Tags(tags) = registry.store().listed(List::Tags(name.clone())).await? else {
        return Err(unknown(name));
    };
    let behind = tags.iter().map(|tag| tag.as_str());
    let mut behind = behind.filter(|tag| last.is_none_or(|last| *tag > last));
    let page: Vec<&str> = behind.by_ref().take(limit).collect();
    let mut response = json(
        StatusCode::OK,
        &json!({ "name": name.as_str(), "tags": page }),
    );
    if let (Some(last), Some(_)) = (page.last(), behind.next()) {
        link(
            &mut response,
            &format!("/v2/{name}/tags/list?n={limit}&last={last}"),
        );
    }
    Ok(response)
}

/// The manifests that are about another, as an index; also where there is none.
pub async fn referrers<S: Store, P: Plugins>(
    registry: &Registry<S, P>,
    asked: &Asked<'_>,
    name: &Repository,
    subject: ContentDigest,
) -> Answer {
    let wanted = asked
        .query
        .get("artifactType")
        .filter(|kind| !kind.is_empty());
    let last = asked.query.get("last").map(path::digest).transpose();
    let last = last.map_err(|error| Refusal::bad(Code::DigestInvalid, error.to_string()))?;
    let list = List::About(name.clone(), subject);
    let found = match registry.store().listed(list).await? {
        Listed::About(found) => found,
        _ => Vec::new(),
    };
    let is_wanted = |artifact: &&Artifact| {
        wanted.is_none_or(|kind| artifact.artifact_type.as_deref() == Some(kind))
            && last.is_none_or(|last| artifact.digest > last)
    };
    let (mut page, mut bytes, mut more) = (Vec::new(), 0, None);
    for artifact in found.iter().filter(is_wanted) {
        let described = described(artifact);
        bytes += described.to_string().len();
        let is_full = page.len() == REFERRERS_PAGE_MAX || bytes > REFERRERS_PAGE_MAX_BYTES;
        if is_full && !page.is_empty() {
            break;
        }
        more = Some(artifact.digest);
        page.push(described);
    }
    let is_whole = more
        == found
            .iter()
            .rfind(is_wanted)
            .map(|artifact| artifact.digest);
    let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": page });
    let mut response = json(StatusCode::OK, &index);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(INDEX));
    if wanted.is_some() {
        let applied = HeaderValue::from_static("artifactType");
        headers.insert("oci-filters-applied", applied);
    }
    if let (Some(last), false) = (more, is_whole) {
        let mut next = format!("/v2/{name}/referrers/{subject}?last={last}");
        if let Some(kind) = wanted {
            let kind = utf8_percent_encode(kind, NON_ALPHANUMERIC);
            let _ = write!(next, "&artifactType={kind}");
        }
        link(&mut response, &next);
    }
    Ok(response)
}

fn described(artifact: &Artifact) -> Value {
    let mut described = json!({
        "mediaType": artifact.media_type,
        "digest": artifact.digest,
        "size": artifact.size_bytes,
    });
    if let Some(kind) = &artifact.artifact_type {
        described["artifactType"] = json!(kind);
    }
    if !artifact.annotations.is_empty() {
        described["annotations"] = json!(artifact.annotations);
    }
    described
}

fn link(response: &mut Response<Body>, next: &str) {
    if let Ok(value) = HeaderValue::from_str(&format!("<{next}>; rel=\"next\"")) {
        response.headers_mut().insert(LINK, value);
    }
}

fn unknown(name: &Repository) -> Refusal {
    let message = format!("there is no repository `{name}`");
    Refusal::missing(Code::NameUnknown, message)
}
