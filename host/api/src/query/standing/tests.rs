//! Runs of a paused workflow, as lists and as they are shown themselves.
#![allow(clippy::unwrap_used)]

use mortise_model::entry::{Accepted, End};
use mortise_model::{
    Disposition, Fact, Failure, Letter, Namespace, RunId, Status, Timestamp, WorkflowName,
};
use mortise_ports::inbox::Post;
use mortise_ports::journal::{Acceptance, Claim, Owner, Turn};
use mortise_ports::memory::MemoryStore;
use mortise_ports::runs::{Filter, Page};
use mortise_ports::{Catalog as _, Inbox as _, Journal as _};
use mortise_runner::Links;

use crate::query::{self, Extent, Seen};
use crate::view::fixture;

fn namespace() -> Namespace {
    Namespace::default_namespace()
}

fn id(number: u128) -> RunId {
    RunId::from_parts(1_741_944_413_007, number)
}

async fn accept(store: &MemoryStore, number: u128) {
    let Fact::Accepted(accepted) = fixture::accepted().fact else {
        panic!("the first entry is an acceptance");
    };
    let run = id(number);
    let accepted = Fact::Accepted(Box::new(Accepted { run, ..*accepted }));
    let acceptance = Acceptance {
        entries: vec![fixture::entry(0, accepted)],
        dedupe: Vec::new(),
        place: None,
        memory: None,
    };
    store.accept(vec![acceptance]).await.unwrap();
}

/// Takes up the one run that can be, with the number of its next entry.
async fn claim(store: &MemoryStore) -> (Claim, u32) {
    let owner = Owner {
        name: "test".to_owned(),
        lease_ms: 1_000_000,
    };
    let now = fixture::entry(0, Fact::Started).at;
    let mut claimed = store.claim(&owner, now, 9).await.unwrap().claimed;
    assert_eq!(claimed.len(), 1);
    let claimed = claimed.remove(0);
    (claimed.claim, claimed.history.next_sequence)
}

async fn goes(store: &MemoryStore, facts: Vec<Fact>) {
    let (claim, expected_sequence) = claim(store).await;
    let turn = Turn {
        expected_sequence,
        entries: facts.into_iter().map(|f| fixture::entry(1, f)).collect(),
        ..Turn::default()
    };
    store.commit(&claim, turn).await.unwrap();
}

/// Four runs of one workflow: 1 was put down at once, 2 waits, 3 was parked and told to go on, and 4
/// is held and did nothing.
async fn world() -> MemoryStore {
    let store = MemoryStore::new();
    let until = Timestamp(i64::MAX);
    accept(&store, 1).await;
    goes(&store, vec![Fact::Suspended { until }]).await;
    accept(&store, 2).await;
    goes(&store, vec![Fact::Started, Fact::Suspended { until }]).await;
    accept(&store, 3).await;
    let failure = Failure::new(Disposition::Reject, "no", "no");
    let parked = End::Parked {
        step: None,
        failure,
    };
    goes(&store, vec![Fact::Started, Fact::Ended(parked)]).await;
    let replay = Letter::Replay {
        from: None,
        event: None,
        by: "ann".to_owned(),
        why: String::new(),
    };
    let post = Post::new(namespace(), id(3), replay);
    store.send(post).await.unwrap();
    claim(&store).await;
    accept(&store, 4).await;
    claim(&store).await;
    store
}

/// The runs of a list, page by page, and what it says of them; each says the same of itself.
async fn said(store: &MemoryStore, status: Option<Status>) -> Vec<(u128, &'static str)> {
    let filter = Filter {
        status,
        ..Filter::default()
    };
    let links = Links::new("http://hooks", [0; 32]);
    let (mut all, mut before) = (Vec::new(), None);
    loop {
        let page = Page { before, limit: 2 };
        let ours = namespace();
        let list = query::runs(store, &ours, &filter, page).await.unwrap();
        for row in list.items {
            let seen = Seen {
                extent: Extent::UpTo(100),
                links: &links,
            };
            let run = query::run(store, &ours, row.id, &seen).await.unwrap();
            let run = run.unwrap();
            assert_eq!((run.status, run.finished_at), (row.status, row.finished_at));
            assert_eq!(run.failure.is_some(), row.failure.is_some());
            let number = (1..5).find(|number| id(*number) == row.id);
            all.push((number.unwrap(), row.status));
        }
        before = list.next.map(|next| next.parse().unwrap());
        if before.is_none() {
            return all;
        }
    }
}

#[tokio::test]
async fn what_a_pause_keeps_from_going_on_is_queued_wherever_it_is_shown() {
    let store = world().await;
    let mut all = [
        (4, "running"),
        (3, "running"),
        (2, "waiting"),
        (1, "waiting"),
    ];
    assert_eq!(said(&store, None).await, all);
    let workflow = WorkflowName::from("order-to-invoice");
    store.pause(&namespace(), &workflow, true).await.unwrap();
    for queued in [0, 1, 3] {
        all[queued].1 = "queued";
    }
    assert_eq!(said(&store, None).await, all);
    for status in [Status::Queued, Status::Running, Status::Waiting] {
        let mut of = all.to_vec();
        of.retain(|(_, word)| *word == status.word());
        assert_eq!(said(&store, Some(status)).await, of, "{status:?}");
    }
}
