//! Manifests: what is pushed, under which name, and what becomes of it.

use axum::body::Body;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, WARNING};
use http::{HeaderValue, Method, Response, StatusCode};
use hyper::body::Incoming;
use mortise_model::{ContentDigest, Repository, Tag};
use mortise_ports::artifacts::{Artifact, Change, Changed, Finding, Named, Standing, State};
use mortise_ports::audit::Deed;
use mortise_ports::{Plugins, Store};
use mortise_registry::admission::{Admission, Pushed};
use mortise_registry::oci::manifest::{self, Descriptor};
use mortise_registry::oci::{Kind, Manifest, Reference, kind, name};
use serde_json::json;

use super::refusal::{Code, Refusal, bare};
use super::{Answer, Asked, Registry, body, uploads};
use crate::audit;
use crate::standing::StandingError;

/// Who approved a plugin that the policy approves.
const BY_POLICY: &str = "policy";

/// The most tags that one request may put.
const TAGS_MAX: usize = 10;

/// Gives a manifest.
pub async fn get<S: Store, P: Plugins>(
    registry: &Registry<S, P>,
    asked: &Asked<'_>,
    name: &Repository,
    reference: Reference,
) -> Answer {
    let named = named(reference);
    let found = registry.store().artifact(name, &named).await?;
    let (artifact, bytes) = found.ok_or_else(|| unknown(name, &named))?;
    if let (Named::Tag(tag), State::Yanked) = (&named, artifact.standing.state) {
        return Err(yanked(name, tag, &artifact));
    }
    let digest = artifact.digest.to_string();
    let etag = format!("\"{digest}\"");
    let headers = [
        ("content-type", artifact.media_type.as_str()),
        ("docker-content-digest", digest.as_str()),
        ("etag", etag.as_str()),
    ];
    let mut response = bare(StatusCode::OK, &headers);
    let length = HeaderValue::from(bytes.len());
    response.headers_mut().insert(CONTENT_LENGTH, length);
    if asked.head.method == Method::GET {
        *response.body_mut() = Body::from(bytes);
    }
    Ok(response)
}

/// Takes a manifest.
pub async fn put<S: Store, P: Plugins>(
    registry: &Registry<S, P>,
    asked: &Asked<'_>,
    (name, reference): (&Repository, Reference),
    body: &mut Incoming,
) -> Answer {
    let settings = registry.settings();
    let max = settings.manifest_max_bytes;
    let bytes = body::whole(body, max, settings.body_idle_ms).await?;
    let bytes = bytes.ok_or_else(|| {
        let message = format!("the manifest is over `registry.manifest-max-bytes` of {max}");
        Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, Code::SizeInvalid, message)
    })?;
    let (digest, tags) = naming(asked, &reference, &bytes)?;
    let manifest = manifest::read(&bytes, asked.header("content-type"));
    let manifest =
        manifest.map_err(|error| Refusal::bad(Code::ManifestInvalid, error.to_string()))?;
    let plugin = match kind::of(&manifest, &tags) {
        Kind::Plugin(layer) => Some(layer),
        Kind::About(_) | Kind::Signature(_) => None,
        Kind::Other { .. } if settings.any_artifact => None,
        Kind::Other { code, why } => return Err(no_plugin(code, &why)),
    };
    let mut artifact = artifact(registry, asked, (digest, bytes.len()), &manifest);
    if let Some(layer) = plugin {
        artifact.plugin = Some(layer.digest);
        judge(registry, (name, &tags, &bytes), layer, &mut artifact).await?;
    }
    let answer = stored(name, &artifact, &tags, &reference);
    let deed = audit::Change {
        target: target(name, &tags, digest),
        before: None,
        after: digest.sha256(),
    };
    let whose = (asked.visitor.who(), "registry.push");
    let deed = deed.deed(whose, Some(name.namespace()), registry.now());
    let change = Change::Put {
        artifact: Box::new(artifact),
        bytes,
        tags: tags
            .into_iter()
            .map(|tag| (tag.clone(), name::is_version(&tag)))
            .collect(),
        room: registry.room(),
    };
    match registry.store().change(name, change, Some(deed)).await? {
        Changed::Done => Ok(answer),
        other => Err(refused(registry, name, &other)),
    }
}

/// The digest that the bytes are to have, and the tags that are to lead to them.
fn naming(
    asked: &Asked<'_>,
    reference: &Reference,
    bytes: &[u8],
) -> Result<(ContentDigest, Vec<Tag>), Refusal> {
    let wanted = match reference {
        Reference::Tag(tag) => return Ok((ContentDigest::of(bytes), vec![tag.clone()])),
        Reference::Digest(wanted) => *wanted,
    };
    let found = wanted.same_of(bytes);
    if found != wanted {
        let message = format!("the manifest has the digest `{found}`, and not `{wanted}`");
        return Err(Refusal::bad(Code::DigestInvalid, message));
    }
    let mut tags = Vec::new();
    for text in asked.query.all("tag") {
        let tag = name::tag(text);
        let tag = tag.map_err(|error| Refusal::bad(Code::TagInvalid, error.to_string()))?;
        if tags.len() == TAGS_MAX {
            let message = format!("one request puts at most {TAGS_MAX} tags");
            let status = StatusCode::URI_TOO_LONG;
            return Err(Refusal::new(status, Code::TagInvalid, message));
        }
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    Ok((wanted, tags))
}

fn no_plugin(code: &str, why: &str) -> Refusal {
    let text = format!(
        "{why}: this registry takes plugins, signatures of cosign and what has a `subject`; \
         `registry.any-artifact: true` in its settings has it take everything"
    );
    let finding = Finding {
        code: code.to_owned(),
        is_error: true,
        text: text.clone(),
    };
    let findings = json!({ "findings": [finding] });
    Refusal::bad(Code::ManifestInvalid, text).with_detail(findings)
}

/// What is kept of a manifest.
fn artifact<S: Store, P: Plugins>(
    registry: &Registry<S, P>,
    asked: &Asked<'_>,
    (digest, size): (ContentDigest, usize),
    manifest: &Manifest,
) -> Artifact {
    let (by, at) = (asked.visitor.who().to_owned(), registry.now());
    let subject = manifest.subject.as_ref().map(|subject| subject.digest);
    Artifact {
        digest,
        media_type: manifest.media_type.clone(),
        size_bytes: size as u64,
        artifact_type: manifest.kind(),
        subject,
        blobs: manifest.blobs(),
        manifests: manifest.manifests.iter().map(|one| one.digest).collect(),
        annotations: match subject {
            Some(_) => manifest.annotations.clone(),
            None => Default::default(),
        },
        plugin: None,
        standing: Standing {
            state: State::Inert,
            note: String::new(),
            by: by.clone(),
            at,
        },
        findings: Vec::new(),
        by,
        at,
    }
}

/// Has the gate look at a plugin, whose component has to be here.
async fn judge<S: Store, P: Plugins>(
    registry: &Registry<S, P>,
    (name, tags, bytes): (&Repository, &[Tag], &[u8]),
    layer: &Descriptor,
    artifact: &mut Artifact,
) -> Result<(), Refusal> {
    let size = registry.store().blob(name, layer.digest).await?;
    let size = size.ok_or_else(|| lacks(name, layer.digest))?;
    if size != layer.size {
        let message = format!(
            "the manifest says that the component `{}` has {} bytes, and it has {size}",
            layer.digest, layer.size
        );
        return Err(Refusal::bad(Code::SizeInvalid, message));
    }
    let pushed = Pushed {
        repository: name.clone(),
        tags: tags.to_vec(),
        digest: artifact.digest,
        manifest: bytes.to_vec(),
        component: layer.digest,
        size_bytes: size,
    };
    let verdict = registry.shared.hands.gate.admit(pushed).await;
    let verdict = verdict.map_err(|why| {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        let message = format!("the plugin was not judged, so nothing was kept: {why}");
        Refusal::new(status, Code::Unknown, message)
    })?;
    artifact.standing.state = match verdict.admission {
        Admission::Approved => {
            artifact.standing.by = BY_POLICY.to_owned();
            State::Approved
        }
        Admission::Inert => State::Inert,
        Admission::Refused => {
            let first = verdict.findings.iter().find(|finding| finding.is_error);
            let first = first.map_or("it was refused", |finding| finding.text.as_str());
            let message = format!("the plugin is not kept: {first}");
            let findings = json!({ "findings": verdict.findings });
            return Err(Refusal::bad(Code::ManifestInvalid, message).with_detail(findings));
        }
    };
    artifact.findings = verdict.findings;
    Ok(())
}

/// The answer once it is kept. Its body is for people; its headers are what clients read.
fn stored(
    name: &Repository,
    artifact: &Artifact,
    tags: &[Tag],
    reference: &Reference,
) -> Response<Body> {
    let digest = artifact.digest.to_string();
    let location = match reference {
        Reference::Tag(tag) => format!("/v2/{name}/manifests/{tag}"),
        Reference::Digest(_) => format!("/v2/{name}/manifests/{digest}"),
    };
    let subject = artifact.subject.map(|subject| subject.to_string());
    let mut headers = vec![
        ("location", location.as_str()),
        ("docker-content-digest", digest.as_str()),
    ];
    headers.extend(subject.as_deref().map(|subject| ("oci-subject", subject)));
    if let Reference::Digest(_) = reference {
        headers.extend(tags.iter().map(|tag| ("oci-tag", tag.as_str())));
    }
    let mut response = bare(StatusCode::CREATED, &headers);
    for warning in artifact.findings.iter().filter_map(warning) {
        response.headers_mut().append(WARNING, warning);
    }
    if artifact.plugin.is_some() {
        let told = json!({ "state": artifact.standing.state, "findings": artifact.findings });
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert("content-type", json);
        *response.body_mut() = Body::from(Bytes::from(told.to_string()));
    }
    response
}

/// A finding as clients show it; none where no header can have it.
fn warning(finding: &Finding) -> Option<HeaderValue> {
    let text = finding.text.replace(['"', '\\'], "'");
    HeaderValue::from_str(&format!("299 - \"{}: {text}\"", finding.code)).ok()
}

fn refused<S: Store, P: Plugins>(
    registry: &Registry<S, P>,
    name: &Repository,
    changed: &Changed,
) -> Refusal {
    match changed {
        Changed::Lacks(digest) => lacks(name, *digest),
        Changed::Taken(tag, digest) => Refusal::new(
            StatusCode::CONFLICT,
            Code::TagInvalid,
            format!(
                "`{name}:{tag}` is `{digest}`, and a version never changes: push this under another version"
            ),
        ),
        Changed::Repositories => uploads::repositories(registry),
        Changed::Tags => {
            let max = registry.settings().tags_max;
            Refusal::denied(format!(
                "`{name}` has `registry.tags-max` of {max} tags, versions that were removed among them"
            ))
        }
        _ => Refusal::bad(Code::ManifestInvalid, "the manifest was not kept"),
    }
}

fn lacks(name: &Repository, digest: ContentDigest) -> Refusal {
    let message = format!("the manifest names `{digest}`, and `{name}` has none: push that first");
    Refusal::bad(Code::ManifestBlobUnknown, message)
}

/// Removes a tag, or a manifest with its tags.
pub async fn delete<S: Store, P: Plugins>(
    registry: &Registry<S, P>,
    asked: &Asked<'_>,
    name: &Repository,
    reference: Reference,
) -> Answer {
    let named = named(reference);
    may_delete(registry, &[]).await?;
    let found = registry.store().artifact(name, &named).await?;
    let (artifact, _) = found.ok_or_else(|| unknown(name, &named))?;
    let (change, target) = match &named {
        Named::Tag(tag) => (Change::Untag(tag.clone()), format!("{name}:{tag}")),
        Named::Digest(digest) => {
            let needs = [&[*digest][..], &artifact.blobs].concat();
            may_delete(registry, &needs).await?;
            (Change::Remove(*digest), format!("{name}@{digest}"))
        }
    };
    let deed = delete_deed(registry, asked, name, (target, artifact.digest));
    match registry.store().change(name, change, Some(deed)).await? {
        Changed::Done => Ok(bare(StatusCode::ACCEPTED, &[])),
        Changed::Yanked => Err(Refusal::denied(format!(
            "`{}` was yanked, and stays for those who know its digest",
            artifact.digest
        ))),
        _ => Err(unknown(name, &named)),
    }
}

fn delete_deed<S: Store, P: Plugins>(
    registry: &Registry<S, P>,
    asked: &Asked<'_>,
    name: &Repository,
    (target, before): (String, ContentDigest),
) -> Deed {
    let change = audit::Change {
        target,
        before: before.sha256(),
        after: None,
    };
    let whose = (asked.visitor.who(), "registry.delete");
    change.deed(whose, Some(name.namespace()), registry.now())
}

/// Whether owners may remove things at all, and these in particular.
pub async fn may_delete<S: Store, P: Plugins>(
    registry: &Registry<S, P>,
    digests: &[ContentDigest],
) -> Result<(), Refusal> {
    if !registry.settings().allow_delete {
        let message = "nothing is removed here: yank a version that nobody should take any more, or have \
                       `registry.allow-delete: true` set in the settings";
        let status = StatusCode::METHOD_NOT_ALLOWED;
        return Err(Refusal::new(status, Code::Unsupported, message));
    }
    if digests.is_empty() {
        return Ok(());
    }
    let needed = registry.needed().await.map_err(|why| {
        let message = format!("nobody knows whether it is needed, so it stays: {why}");
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, Code::Unknown, message)
    })?;
    match digests.iter().find(|digest| needed.contains(digest)) {
        Some(digest) => Err(Refusal::denied(format!(
            "`{digest}` stays: runs or lock files need it"
        ))),
        None => Ok(()),
    }
}

/// How the store is asked for a manifest.
pub fn named(reference: Reference) -> Named {
    match reference {
        Reference::Digest(digest) => Named::Digest(digest),
        Reference::Tag(tag) => Named::Tag(tag),
    }
}

/// What the audit log calls it.
pub fn target(name: &Repository, tags: &[Tag], digest: ContentDigest) -> String {
    match tags {
        [] => format!("{name}@{digest}"),
        tags => {
            let tags: Vec<_> = tags.iter().map(Tag::as_str).collect();
            format!("{name}:{}", tags.join(","))
        }
    }
}

pub fn unknown(name: &Repository, named: &Named) -> Refusal {
    StandingError::unknown(name, named).into()
}

fn yanked(name: &Repository, tag: &Tag, artifact: &Artifact) -> Refusal {
    let note = match artifact.standing.note.as_str() {
        "" => String::new(),
        note => format!(" ({note})"),
    };
    Refusal::missing(
        Code::ManifestUnknown,
        format!(
            "`{name}:{tag}` was yanked{note}: take another version, or pull it as `{name}@{}`",
            artifact.digest
        ),
    )
}
