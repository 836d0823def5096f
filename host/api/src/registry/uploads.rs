//! Uploads: begun, gone on with, looked at, ended, given up.

use std::sync::{Arc, PoisonError};

use http::{Response, StatusCode};
use hyper::body::Incoming;
use mortise_model::{ContentDigest, Repository, UploadId};
use mortise_ports::artifacts::{Change, Changed};
use mortise_ports::uploads::{Begun, Finished, Upload, Which};
use mortise_ports::{Plugins, Store};
use mortise_registry::oci::{name, path, range};
use rand::TryRngCore as _;
use rand::rngs::OsRng;

use super::body::{self, Gather};
use super::refusal::{Code, Refusal, bare};
use super::{Answer, Asked, Registry, Shared};

/// Begins an upload, takes a whole one, or takes a blob over from another repository.
pub async fn begin<S: Store, P: Plugins>(
    registry: &Registry<S, P>,
    asked: &Asked<'_>,
    name: &Repository,
    body: &mut Incoming,
) -> Answer {
    if let Some(mounted) = mount(registry, asked, name).await? {
        return Ok(mounted);
    }
    let digest = asked.query.get("digest").map(digest_of).transpose()?;
    let id = new_upload(registry, name).await?;
    let Some(digest) = digest else {
        return Ok(accepted(name, id, 0));
    };
    let busy = Busy::take(registry, id)?;
    let taken = take(registry, asked, (id, 0), body).await;
    let ended = match taken {
        Ok(_) => end(registry, name, (id, digest)).await,
        Err(refusal) => Err(refusal),
    };
    drop(busy);
    if ended.is_err() {
        // Nobody knows of it who could go on.
        registry.store().drop_uploads(Which::One(id)).await?;
    }
    ended
}

/// Takes a blob over from a repository that the caller may pull from; none where that is not asked
/// for, or there is no such blob: then it has to be brought.
async fn mount<S: Store, P: Plugins>(
    registry: &Registry<S, P>,
    asked: &Asked<'_>,
    to: &Repository,
) -> Result<Option<Response<axum::body::Body>>, Refusal> {
    let (Some(digest), Some(from)) = (asked.query.get("mount"), asked.query.get("from")) else {
        return Ok(None);
    };
    let digest = digest_of(digest)?;
    let from = name::repository(from);
    let from = from.map_err(|error| Refusal::bad(Code::NameInvalid, error.to_string()))?;
    if asked.visitor.pulls(&from).is_err() {
        return Ok(None);
    }
    let change = Change::Mount {
        digest,
        from,
        at: registry.now(),
        room: registry.room(),
    };
    match registry.store().change(to, change, None).await? {
        Changed::Done => Ok(Some(created(to, digest))),
        Changed::Repositories => Err(repositories(registry)),
        _ => Ok(None),
    }
}

async fn new_upload<S: Store, P: Plugins>(
    registry: &Registry<S, P>,
    name: &Repository,
) -> Result<UploadId, Refusal> {
    let mut random = [0; 16];
    OsRng.try_fill_bytes(&mut random).map_err(|error| {
        let message = format!("the system has no randomness to give: {error}");
        Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, Code::Unknown, message)
    })?;
    let (id, room) = (UploadId(random), registry.room());
    let upload = Upload {
        repository: name.clone(),
        length_bytes: 0,
        at: registry.now(),
    };
    match registry.store().begin_upload(id, upload, room).await? {
        Begun::UnderWay => Ok(id),
        Begun::Uploads => Err(Refusal::too_many(
            format!(
                "`registry.uploads-max` of {} uploads are under way: come back when one has ended",
                room.uploads
            ),
            1,
        )),
        Begun::Repositories => Err(repositories(registry)),
    }
}

/// Says how far an upload is.
pub async fn show<S: Store, P: Plugins>(
    registry: &Registry<S, P>,
    name: &Repository,
    id: UploadId,
) -> Answer {
    let length = settled(registry, name, id).await?;
    Ok(standing(StatusCode::NO_CONTENT, name, id, length))
}

/// Whatever changes an upload that was begun.
pub async fn go_on<S: Store, P: Plugins>(
    registry: &Registry<S, P>,
    asked: &Asked<'_>,
    (name, id): (&Repository, UploadId),
    body: &mut Incoming,
) -> Answer {
    let method = asked.head.method.as_str();
    let digest = match (method, asked.query.get("digest")) {
        ("PUT", None) => {
            let message = "say which digest the blob has: `?digest=sha256:…`";
            return Err(Refusal::bad(Code::DigestInvalid, message));
        }
        ("PUT", Some(text)) => Some(digest_of(text)?),
        _ => None,
    };
    // Before it is looked at, so that it stays as it was found.
    let _busy = Busy::take(registry, id)?;
    let length = settled(registry, name, id).await?;
    if method == "DELETE" {
        registry.store().drop_uploads(Which::One(id)).await?;
        return Ok(bare(StatusCode::NO_CONTENT, &[]));
    }
    let length = take(registry, asked, (id, length), body).await?;
    match digest {
        Some(digest) => end(registry, name, (id, digest)).await,
        None => Ok(accepted(name, id, length)),
    }
}

/// How far an upload to a repository is.
async fn settled<S: Store, P: Plugins>(
    registry: &Registry<S, P>,
    name: &Repository,
    id: UploadId,
) -> Result<u64, Refusal> {
    let upload = registry.store().upload(id).await?;
    let upload = upload.filter(|upload| upload.repository == *name);
    Ok(upload.ok_or_else(unknown)?.length_bytes)
}

/// Takes what a request brings behind what came before, and makes it durable. Of a chunk that has a
/// range all of it counts or nothing; of one that has none as much as came, so that whoever breaks
/// off can go on.
async fn take<S: Store, P: Plugins>(
    registry: &Registry<S, P>,
    asked: &Asked<'_>,
    (id, from): (UploadId, u64),
    body: &mut Incoming,
) -> Result<u64, Refusal> {
    let range = chunk(asked, from)?;
    let max = registry.settings().blob_max_bytes;
    let bounded = range.map_or(max, |length| max.min(from.saturating_add(length)));
    let (came, taken) = pour(registry, (id, from), bounded, body).await;
    let refusal = match (taken, range) {
        (Err(refusal), None) if came <= max => {
            registry
                .store()
                .settle_upload(id, came, registry.now())
                .await?;
            return Err(refusal);
        }
        (Err(refusal), _) => refusal,
        (Ok(()), Some(length)) if came - from != length => Refusal::bad(
            Code::SizeInvalid,
            format!(
                "the chunk has {} bytes, and its `content-range` says {length}",
                came - from
            ),
        ),
        (Ok(()), _) => {
            let now = registry.now();
            return match registry.store().settle_upload(id, came, now).await? {
                true => Ok(came),
                false => Err(unknown()),
            };
        }
    };
    registry
        .store()
        .settle_upload(id, from, registry.now())
        .await?;
    Err(refusal)
}

/// The length of a chunk, where the request says it.
fn chunk(asked: &Asked<'_>, from: u64) -> Result<Option<u64>, Refusal> {
    let Some(text) = asked.header("content-range") else {
        return Ok(None);
    };
    let Some(range) = range::chunk(text) else {
        let message = format!("`content-range` is written `0-99`, and not `{text}`");
        return Err(Refusal::bad(Code::UploadInvalid, message));
    };
    if range.start != from {
        let message = format!(
            "the upload has {from} bytes, so the next chunk begins there and not at {}",
            range.start
        );
        let location = asked.head.uri.path();
        return Err(Refusal::out_of_order(message, location, &span(from)));
    }
    Ok(Some(range.end - range.start))
}

/// Writes a body behind what came before. Says how far it came, and whether that was all.
async fn pour<S: Store, P: Plugins>(
    registry: &Registry<S, P>,
    (id, from): (UploadId, u64),
    bounded: u64,
    body: &mut Incoming,
) -> (u64, Result<(), Refusal>) {
    let (mut at, mut came) = (from, from);
    let mut gather = Gather::default();
    let idle_ms = registry.settings().body_idle_ms;
    let ended = loop {
        let bytes = match body::next(body, idle_ms).await {
            Ok(Some(bytes)) => bytes,
            Ok(None) => break Ok(()),
            Err(refusal) => break Err(refusal),
        };
        came += bytes.len() as u64;
        if came > bounded {
            return (came, Err(too_large(registry, bounded)));
        }
        if let Some(piece) = gather.add(&bytes) {
            let length = piece.len() as u64;
            if let Err(refusal) = write(registry, id, at, piece).await {
                return (at, Err(refusal));
            }
            at += length;
        }
    };
    match write(registry, id, at, gather.rest()).await {
        Ok(()) => (came, ended),
        Err(refusal) => (at, Err(refusal)),
    }
}

async fn write<S: Store, P: Plugins>(
    registry: &Registry<S, P>,
    id: UploadId,
    at: u64,
    piece: Vec<u8>,
) -> Result<(), Refusal> {
    if piece.is_empty() {
        return Ok(());
    }
    match registry.store().append_upload(id, at, piece).await? {
        true => Ok(()),
        false => Err(unknown()),
    }
}

fn too_large<S: Store, P: Plugins>(registry: &Registry<S, P>, bounded: u64) -> Refusal {
    let max = registry.settings().blob_max_bytes;
    match bounded < max {
        true => Refusal::bad(
            Code::SizeInvalid,
            "the chunk has more bytes than its `content-range` says",
        ),
        false => Refusal::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            Code::SizeInvalid,
            format!("the blob is over `registry.blob-max-bytes` of {max}"),
        ),
    }
}

/// Makes a blob of what came.
async fn end<S: Store, P: Plugins>(
    registry: &Registry<S, P>,
    name: &Repository,
    (id, digest): (UploadId, ContentDigest),
) -> Answer {
    let (now, room) = (registry.now(), registry.room());
    match registry
        .store()
        .finish_upload(id, digest, now, room)
        .await?
    {
        Finished::Kept(_) => {
            registry.ask(digest);
            Ok(created(name, digest))
        }
        Finished::Differs(found) => Err(Refusal::bad(
            Code::DigestInvalid,
            format!(
                "the bytes have the digest `{found}`, and not `{digest}`: they are gone, upload them again"
            ),
        )),
        Finished::Unknown => Err(unknown()),
        Finished::Repositories => Err(repositories(registry)),
    }
}

/// An upload that one request alone may write to.
struct Busy<S, P> {
    shared: Arc<Shared<S, P>>,
    id: UploadId,
}

impl<S, P> Busy<S, P> {
    fn take(registry: &Registry<S, P>, id: UploadId) -> Result<Self, Refusal> {
        let shared = Arc::clone(&registry.shared);
        let mut busy = shared.busy.lock().unwrap_or_else(PoisonError::into_inner);
        if !busy.insert(id) {
            let message = "another request writes to this upload: wait for its answer";
            let status = StatusCode::CONFLICT;
            return Err(Refusal::new(status, Code::UploadInvalid, message));
        }
        drop(busy);
        Ok(Self { shared, id })
    }
}

impl<S, P> Drop for Busy<S, P> {
    fn drop(&mut self) {
        let busy = self.shared.busy.lock();
        busy.unwrap_or_else(PoisonError::into_inner)
            .remove(&self.id);
    }
}

fn digest_of(text: &str) -> Result<ContentDigest, Refusal> {
    path::digest(text).map_err(|error| Refusal::bad(Code::DigestInvalid, error.to_string()))
}

fn unknown() -> Refusal {
    let message = "there is no such upload: it has ended, was given up, or was idle for longer than \
                   `registry.upload-idle-ms`";
    Refusal::missing(Code::UploadUnknown, message)
}

pub fn repositories<S: Store, P: Plugins>(registry: &Registry<S, P>) -> Refusal {
    let max = registry.settings().repositories_max;
    Refusal::denied(format!(
        "there are `registry.repositories-max` of {max} repositories, so this one cannot be another"
    ))
}

/// A blob is there.
fn created(name: &Repository, digest: ContentDigest) -> Response<axum::body::Body> {
    let (location, digest) = (format!("/v2/{name}/blobs/{digest}"), digest.to_string());
    bare(
        StatusCode::CREATED,
        &[
            ("location", &location),
            ("docker-content-digest", &digest),
            ("content-length", "0"),
        ],
    )
}

fn accepted(name: &Repository, id: UploadId, length: u64) -> Response<axum::body::Body> {
    standing(StatusCode::ACCEPTED, name, id, length)
}

/// Where an upload stands, and where it goes on.
fn standing(
    status: StatusCode,
    name: &Repository,
    id: UploadId,
    length: u64,
) -> Response<axum::body::Body> {
    let id = id.to_string();
    let location = format!("/v2/{name}/blobs/uploads/{id}");
    let range = span(length);
    let headers = [
        ("location", location.as_str()),
        ("range", range.as_str()),
        ("docker-upload-uuid", id.as_str()),
    ];
    bare(status, &headers)
}

/// The bytes that there are, both ends counted. There is no way to write that there are none.
fn span(length: u64) -> String {
    format!("0-{}", length.saturating_sub(1))
}
