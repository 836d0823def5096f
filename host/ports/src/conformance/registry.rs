//! Uploads and artifacts.

use std::collections::{BTreeMap, BTreeSet};

use mortise_model::{ContentDigest, Repository, Tag, Timestamp, UploadId};

use super::Subject;
use super::fixture::at;
use crate::artifacts::{
    Artifact, Artifacts, Change, Changed, Collected, List, Listed, Named, Standing, State,
};
use crate::audit::{Audit, Deed};
use crate::uploads::{Begun, Finished, Room, Upload, Uploads, Which};

const ROOM: Room = Room {
    uploads: 2,
    repositories: 2,
    tags: 2,
};

fn repository(name: &str) -> Repository {
    Repository::from(name)
}

fn upload(number: u8) -> UploadId {
    UploadId([number; 16])
}

fn to(name: &str, now: u64) -> Upload {
    Upload {
        repository: repository(name),
        length_bytes: 0,
        at: at(now),
    }
}

/// A manifest of these blobs, with its bytes.
fn artifact(text: &str, blobs: &[&[u8]]) -> (Artifact, Vec<u8>) {
    let bytes = text.as_bytes().to_vec();
    let artifact = Artifact {
        digest: ContentDigest::of(&bytes),
        media_type: "application/vnd.oci.image.manifest.v1+json".to_owned(),
        size_bytes: bytes.len() as u64,
        artifact_type: None,
        subject: None,
        blobs: blobs.iter().map(|blob| ContentDigest::of(blob)).collect(),
        manifests: Vec::new(),
        annotations: BTreeMap::new(),
        plugin: None,
        standing: standing(State::Inert),
        findings: Vec::new(),
        by: "token".to_owned(),
        at: at(1),
    };
    (artifact, bytes)
}

fn standing(state: State) -> Standing {
    Standing {
        state,
        note: String::new(),
        by: "token".to_owned(),
        at: at(1),
    }
}

fn put((artifact, bytes): (Artifact, Vec<u8>), tags: &[(&str, bool)]) -> Change {
    let tags = tags
        .iter()
        .map(|(tag, is_version)| (Tag::from(*tag), *is_version));
    Change::Put {
        artifact: Box::new(artifact),
        bytes,
        tags: tags.collect(),
        room: ROOM,
    }
}

fn deed(target: &str) -> Deed {
    Deed {
        at: at(1),
        who: "token".to_owned(),
        what: "registry.push".to_owned(),
        namespace: None,
        target: target.to_owned(),
        before: None,
        after: None,
    }
}

/// Brings a blob to a repository.
async fn bring<S: Uploads>(store: &S, name: &str, bytes: &[u8], now: u64) {
    let (id, digest) = (upload(99), ContentDigest::of(bytes));
    let begun = store.begin_upload(id, to(name, now), ROOM).await;
    assert_eq!(begun, Ok(Begun::UnderWay));
    assert_eq!(store.append_upload(id, 0, bytes.to_vec()).await, Ok(true));
    let length = bytes.len() as u64;
    assert_eq!(store.settle_upload(id, length, at(now)).await, Ok(true));
    let finished = store.finish_upload(id, digest, at(now), ROOM).await;
    assert_eq!(finished, Ok(Finished::Kept(length)));
}

async fn change<S: Artifacts>(store: &S, name: &str, change: Change) -> Changed {
    store.change(&repository(name), change, None).await.unwrap()
}

async fn tags<S: Artifacts>(store: &S, name: &str) -> Vec<String> {
    match store.listed(List::Tags(repository(name))).await.unwrap() {
        Listed::Tags(tags) => tags.iter().map(ToString::to_string).collect(),
        other => panic!("{other:?}"),
    }
}

async fn by_tag<S: Artifacts>(store: &S, name: &str, tag: &str) -> Option<(Artifact, Vec<u8>)> {
    let tag = Named::Tag(Tag::from(tag));
    store.artifact(&repository(name), &tag).await.unwrap()
}

/// What was settled is there after a crash, and what came behind it is not.
pub async fn an_upload_goes_on_where_it_was_settled(subject: &mut impl Subject) {
    let store = subject.store();
    let id = upload(1);
    let begun = store.begin_upload(id, to("a/b", 1), ROOM).await;
    assert_eq!(begun, Ok(Begun::UnderWay));
    store.append_upload(id, 0, b"one ".to_vec()).await.unwrap();
    store.settle_upload(id, 4, at(2)).await.unwrap();
    store.append_upload(id, 4, b"lost".to_vec()).await.unwrap();
    subject.crash().await;
    let store = subject.store();
    let kept = store.upload(id).await.unwrap().unwrap();
    assert_eq!((kept.length_bytes, kept.at), (4, at(2)));
    assert_eq!(kept.repository, repository("a/b"));
    store.append_upload(id, 4, b"two".to_vec()).await.unwrap();
    store.settle_upload(id, 7, at(3)).await.unwrap();
    let digest = ContentDigest::of(b"one two");
    let finished = store.finish_upload(id, digest, at(3), ROOM).await;
    assert_eq!(finished, Ok(Finished::Kept(7)));
    subject.crash().await;
    let store = subject.store();
    assert_eq!(store.upload(id).await.unwrap(), None);
    assert_eq!(store.blob(&repository("a/b"), digest).await, Ok(Some(7)));
    assert_eq!(store.blob(&repository("a/c"), digest).await, Ok(None));
    for (range, part) in [(0..7, &b"one two"[..]), (4..6, b"tw"), (5..99, b"wo")] {
        let read = store.read_blob(digest, range).await.unwrap();
        assert_eq!(read.as_deref(), Some(part));
    }
    let unknown = store.read_blob(ContentDigest::of(b"?"), 0..9).await;
    assert_eq!(unknown, Ok(None));
}

/// It is told which digest it has, and is gone.
pub async fn an_upload_with_another_digest_is_gone(subject: &mut impl Subject) {
    let store = subject.store();
    let (id, wanted) = (upload(1), ContentDigest::of(b"wanted"));
    store.begin_upload(id, to("a/b", 1), ROOM).await.unwrap();
    store.append_upload(id, 0, b"other".to_vec()).await.unwrap();
    store.settle_upload(id, 5, at(1)).await.unwrap();
    let finished = store.finish_upload(id, wanted, at(1), ROOM).await;
    let found = ContentDigest::of(b"other");
    assert_eq!(finished, Ok(Finished::Differs(found)));
    assert_eq!(store.upload(id).await, Ok(None));
    assert_eq!(store.append_upload(id, 0, vec![1]).await, Ok(false));
    assert_eq!(store.settle_upload(id, 1, at(1)).await, Ok(false));
    let again = store.finish_upload(id, wanted, at(1), ROOM).await;
    assert_eq!(again, Ok(Finished::Unknown));
    assert_eq!(store.read_blob(found, 0..9).await, Ok(None));
}

/// Uploads and repositories.
pub async fn there_are_only_so_many_uploads(subject: &mut impl Subject) {
    let store = subject.store();
    bring(store, "a/a", b"1", 1).await;
    for number in 1..3 {
        let begun = store.begin_upload(upload(number), to("a/b", 1), ROOM).await;
        assert_eq!(begun, Ok(Begun::UnderWay));
    }
    let refused = store.begin_upload(upload(3), to("a/b", 1), ROOM).await;
    assert_eq!(refused, Ok(Begun::Uploads));
    store.drop_uploads(Which::One(upload(1))).await.unwrap();
    // It is a repository only once it has something.
    let none = ContentDigest::of(b"");
    let finished = store.finish_upload(upload(2), none, at(1), ROOM).await;
    assert_eq!(finished, Ok(Finished::Kept(0)));
    let refused = store.begin_upload(upload(3), to("a/c", 1), ROOM).await;
    assert_eq!(refused, Ok(Begun::Repositories));
    let listed = store.listed(List::Repositories).await.unwrap();
    let wanted = [repository("a/a"), repository("a/b")];
    assert_eq!(listed, Listed::Repositories(wanted.to_vec()));
}

/// But for those that are being written.
pub async fn idle_uploads_are_dropped(subject: &mut impl Subject) {
    let store = subject.store();
    let room = Room { uploads: 9, ..ROOM };
    for number in 1..5 {
        let to = to("a/b", u64::from(number));
        store.begin_upload(upload(number), to, room).await.unwrap();
    }
    let spared = BTreeSet::from([upload(2)]);
    let dropped = store.drop_uploads(Which::Idle(at(3), spared)).await;
    assert_eq!(dropped, Ok(1));
    subject.crash().await;
    let store = subject.store();
    for (number, is_there) in [(1, false), (2, true), (3, true), (4, true)] {
        let kept = store.upload(upload(number)).await.unwrap();
        assert_eq!(kept.is_some(), is_there, "{number}");
    }
    let dropped = store.drop_uploads(Which::One(upload(2))).await;
    assert_eq!(dropped, Ok(1));
    let dropped = store.drop_uploads(Which::One(upload(2))).await;
    assert_eq!(dropped, Ok(0));
}

/// Whoever asks by tag or by digest gets the same bytes, and the deed stands in the audit log.
pub async fn a_manifest_is_found_by_tag_and_digest(subject: &mut impl Subject) {
    let store = subject.store();
    bring(store, "a/b", b"layer", 1).await;
    let (artifact, bytes) = artifact(&"m".repeat(10_000), &[b"layer"]);
    let change = put((artifact.clone(), bytes.clone()), &[("1.0.0", true)]);
    let changed = store
        .change(&repository("a/b"), change, Some(deed("a/b")))
        .await;
    assert_eq!(changed, Ok(Changed::Done));
    subject.crash().await;
    let store = subject.store();
    let wanted = Some((artifact.clone(), bytes));
    assert_eq!(by_tag(store, "a/b", "1.0.0").await, wanted);
    let by_digest = Named::Digest(artifact.digest);
    let found = store.artifact(&repository("a/b"), &by_digest).await;
    assert_eq!(found, Ok(wanted));
    let found = store.artifact(&repository("a/c"), &by_digest).await;
    assert_eq!(found, Ok(None));
    assert_eq!(by_tag(store, "a/b", "1.0").await, None);
    assert_eq!(tags(store, "a/b").await, ["1.0.0"]);
    let unknown = store.listed(List::Tags(repository("a/c"))).await;
    assert_eq!(unknown, Ok(Listed::Unknown));
    let audited = store.audited(0, 9).await.unwrap();
    assert_eq!(audited.len(), 1);
    assert_eq!(audited[0].deed, deed("a/b"));
}

/// Neither tag nor manifest nor deed is kept of one that is refused.
pub async fn a_manifest_needs_what_it_names(subject: &mut impl Subject) {
    let store = subject.store();
    bring(store, "a/a", b"layer", 1).await;
    bring(store, "a/b", b"else", 1).await;
    let (made, bytes) = artifact("m", &[b"layer"]);
    let change_of = || put((made.clone(), bytes.clone()), &[("t", false)]);
    let lacks = Changed::Lacks(ContentDigest::of(b"layer"));
    let name = repository("a/b");
    let changed = store.change(&name, change_of(), Some(deed("a/b"))).await;
    assert_eq!(changed, Ok(lacks));
    assert_eq!(store.audited(0, 9).await, Ok(Vec::new()));
    assert_eq!(by_tag(store, "a/b", "t").await, None);
    let mount = |from: &str| Change::Mount {
        digest: ContentDigest::of(b"layer"),
        from: repository(from),
        at: at(2),
        room: ROOM,
    };
    assert_eq!(change(store, "a/b", mount("a/x")).await, Changed::Unknown);
    assert_eq!(change(store, "a/b", mount("a/a")).await, Changed::Done);
    assert_eq!(change(store, "a/b", change_of()).await, Changed::Done);
    let refused = change(store, "a/c", mount("a/a")).await;
    assert_eq!(refused, Changed::Repositories);

    let (mut index, bytes) = artifact("index", &[]);
    index.manifests = vec![ContentDigest::of(b"other")];
    let refused = change(store, "a/b", put((index.clone(), bytes.clone()), &[])).await;
    assert_eq!(refused, Changed::Lacks(ContentDigest::of(b"other")));
    index.manifests = vec![made.digest];
    let changed = change(store, "a/b", put((index, bytes), &[])).await;
    assert_eq!(changed, Changed::Done);
}

/// Also where it was removed meanwhile. Another tag leads where it was put last.
pub async fn a_version_leads_to_one_manifest_forever(subject: &mut impl Subject) {
    let store = subject.store();
    let (one, two) = (artifact("one", &[]), artifact("two", &[]));
    let (first, second) = (one.0.digest, two.0.digest);
    let both = &[("1.0.0", true), ("latest", false)];
    assert_eq!(
        change(store, "a/b", put(one.clone(), both)).await,
        Changed::Done
    );
    let taken = Changed::Taken(Tag::from("1.0.0"), first);
    for _ in 0..2 {
        let refused = change(subject.store(), "a/b", put(two.clone(), both)).await;
        assert_eq!(refused, taken);
        subject.crash().await;
    }
    let store = subject.store();
    let again = change(store, "a/b", put(one.clone(), &[("1.0.0", true)])).await;
    assert_eq!(again, Changed::Done);
    let moved = change(store, "a/b", put(two.clone(), &[("latest", false)])).await;
    assert_eq!(moved, Changed::Done);
    let latest = by_tag(store, "a/b", "latest").await.unwrap().0.digest;
    assert_eq!(latest, second);
    let refused = change(store, "a/b", put(two.clone(), &[("more", false)])).await;
    assert_eq!(refused, Changed::Tags);

    let untag = || Change::Untag(Tag::from("1.0.0"));
    assert_eq!(change(store, "a/b", untag()).await, Changed::Done);
    assert_eq!(change(store, "a/b", untag()).await, Changed::Unknown);
    assert_eq!(by_tag(store, "a/b", "1.0.0").await, None);
    assert_eq!(tags(store, "a/b").await, ["latest"]);
    let removed = change(store, "a/b", Change::Remove(first)).await;
    assert_eq!(removed, Changed::Done);
    subject.crash().await;
    let store = subject.store();
    let refused = change(store, "a/b", put(two, &[("1.0.0", true)])).await;
    assert_eq!(refused, taken);
    let again = change(store, "a/b", put(one, &[("1.0.0", true)])).await;
    assert_eq!(again, Changed::Done);
    assert_eq!(tags(store, "a/b").await, ["1.0.0", "latest"]);
}

/// It is not listed and cannot be removed, and who knows its digest gets it.
pub async fn a_yanked_manifest_stays(subject: &mut impl Subject) {
    let store = subject.store();
    let (made, bytes) = artifact("one", &[]);
    let digest = made.digest;
    let put_again = || put((made.clone(), bytes.clone()), &[("1.0.0", true)]);
    assert_eq!(change(store, "a/b", put_again()).await, Changed::Done);
    let yank = Change::Stand(digest, standing(State::Yanked));
    assert_eq!(change(store, "a/b", yank).await, Changed::Done);
    assert_eq!(change(store, "a/b", put_again()).await, Changed::Done);
    subject.crash().await;
    let store = subject.store();
    assert_eq!(tags(store, "a/b").await, Vec::<String>::new());
    let found = by_tag(store, "a/b", "1.0.0").await.unwrap().0;
    assert_eq!(found.standing.state, State::Yanked);
    let refused = change(store, "a/b", Change::Remove(digest)).await;
    assert_eq!(refused, Changed::Yanked);
    let other = ContentDigest::of(b"other");
    let unknown = Change::Stand(other, standing(State::Approved));
    assert_eq!(change(store, "a/b", unknown).await, Changed::Unknown);
    let approve = Change::Stand(digest, standing(State::Approved));
    assert_eq!(change(store, "a/b", approve).await, Changed::Done);
    assert_eq!(tags(store, "a/b").await, ["1.0.0"]);
}

/// Also where that does not exist.
pub async fn manifests_about_another_are_listed(subject: &mut impl Subject) {
    let store = subject.store();
    let about = ContentDigest::of(b"subject");
    let mut wanted = Vec::new();
    for text in ["one", "two", "three"] {
        let (mut made, bytes) = artifact(text, &[]);
        made.subject = (text != "three").then_some(about);
        made.annotations = BTreeMap::from([("a".to_owned(), "b".repeat(9_000))]);
        let changed = change(store, "a/b", put((made.clone(), bytes), &[])).await;
        assert_eq!(changed, Changed::Done);
        if made.subject.is_some() {
            wanted.push(made);
        }
    }
    wanted.sort_by_key(|artifact| artifact.digest);
    subject.crash().await;
    let store = subject.store();
    let list = || List::About(repository("a/b"), about);
    assert_eq!(
        store.listed(list()).await,
        Ok(Listed::About(wanted.clone()))
    );
    let gone = wanted.remove(0);
    change(store, "a/b", Change::Remove(gone.digest)).await;
    assert_eq!(store.listed(list()).await, Ok(Listed::About(wanted)));
}

/// What a manifest names, what came lately and what has to be kept stays.
pub async fn blobs_that_nobody_names_are_collected(subject: &mut impl Subject) {
    let store = subject.store();
    for bytes in [&b"named"[..], b"old", b"kept"] {
        bring(store, "a/b", bytes, 1).await;
    }
    bring(store, "a/b", b"young", 5).await;
    bring(store, "a/c", b"old", 5).await;
    let (made, bytes) = artifact("one", &[b"named"]);
    change(store, "a/b", put((made.clone(), bytes), &[("t", false)])).await;
    let in_use = Change::RemoveBlob(ContentDigest::of(b"named"));
    let refused = change(store, "a/b", in_use.clone()).await;
    assert_eq!(refused, Changed::InUse(made.digest));
    let keep = BTreeSet::from([ContentDigest::of(b"kept")]);
    let collected = store.collect(at(3), keep.clone()).await.unwrap();
    // Another repository still has the bytes.
    assert_eq!(collected, Collected { blobs: 1, files: 0 });
    subject.crash().await;
    let store = subject.store();
    for (bytes, is_there) in [
        (&b"named"[..], true),
        (b"old", false),
        (b"kept", true),
        (b"young", true),
    ] {
        let found = store
            .blob(&repository("a/b"), ContentDigest::of(bytes))
            .await
            .unwrap();
        assert_eq!(found.is_some(), is_there, "{}", bytes.escape_ascii());
    }
    change(store, "a/b", Change::Remove(made.digest)).await;
    assert_eq!(change(store, "a/b", in_use.clone()).await, Changed::Done);
    assert_eq!(change(store, "a/b", in_use).await, Changed::Unknown);
    let collected = store.collect(Timestamp(i64::MAX), keep).await.unwrap();
    // `young`, and `old` of the other; the files of them, of `named` and of the manifest.
    assert_eq!(collected, Collected { blobs: 2, files: 4 });
    let all = store.collect(Timestamp(i64::MAX), BTreeSet::new()).await;
    assert_eq!(all, Ok(Collected { blobs: 1, files: 1 }));
    let listed = store.listed(List::Repositories).await;
    assert_eq!(listed, Ok(Listed::Repositories(Vec::new())));
}
