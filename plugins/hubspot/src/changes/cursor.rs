//! Where a trigger stands.

use mortise_sdk::Failure;
use serde::{Deserialize, Serialize};

use crate::record::circular;

/// The most records that a cursor names: the host keeps no more than 64 KiB of one.
const SEEN_MAX: usize = 1_500;

/// A record at a time: milliseconds since 1970, and its id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Moment(pub i64, pub u64);

/// Where the next poll goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Cursor {
    /// The time of the newest record that was seen.
    newest_ms: i64,
    /// Nothing up to here is new.
    floor: Moment,
    /// What was given of the time that is looked at again, in order.
    seen: Vec<Moment>,
    /// A look that has more pages.
    scan: Option<Scan>,
}

/// A place in a look from one time on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Scan {
    /// From this time on.
    pub from_ms: i64,
    /// Only of this very time, and behind this id.
    pub beyond: Option<u64>,
}

impl Cursor {
    /// Of a trigger that begins behind a time; from the first record on where there is none yet.
    pub fn behind(newest_ms: Option<i64>) -> Self {
        Self {
            newest_ms: newest_ms.unwrap_or_default(),
            floor: newest_ms.map_or(Moment::default(), |at_ms| Moment(at_ms, u64::MAX)),
            ..Self::default()
        }
    }

    /// What to ask for.
    pub fn scan(&self, lag_ms: i64) -> Scan {
        let again_ms = self.newest_ms.saturating_sub(lag_ms);
        self.scan.unwrap_or(Scan {
            from_ms: again_ms.max(self.floor.0),
            beyond: None,
        })
    }

    /// Whether nobody was told of it.
    pub fn is_new(&self, moment: Moment) -> bool {
        moment > self.floor && self.seen.binary_search(&moment).is_err()
    }

    /// Goes on behind what was found.
    pub fn advance(&mut self, news: impl Iterator<Item = Moment>, next: Option<Scan>, lag_ms: i64) {
        self.seen.extend(news);
        self.seen.sort_unstable();
        self.scan = next;
        let newest_ms = self.seen.last().map_or(0, |moment| moment.0);
        self.newest_ms = self.newest_ms.max(newest_ms);
        let again_ms = self.newest_ms.saturating_sub(lag_ms);
        self.seen.retain(|moment| moment.0 >= again_ms);
        self.forget();
    }

    /// Where so much came in so short a time that the cursor would grow too large, looks at less of it again.
    fn forget(&mut self) {
        let excess = self.seen.len().saturating_sub(SEEN_MAX);
        // What the pages to come may hold once more has to stay.
        let is_behind = |moment: &Moment| match self.scan {
            None => true,
            Some(Scan {
                from_ms,
                beyond: None,
            }) => moment.0 < from_ms,
            Some(Scan {
                from_ms,
                beyond: Some(id),
            }) => *moment <= Moment(from_ms, id),
        };
        let excess = self
            .seen
            .iter()
            .take(excess)
            .take_while(|moment| is_behind(moment))
            .count();
        if let Some(last) = self.seen.drain(..excess).next_back() {
            self.floor = self.floor.max(last);
        }
    }
}

impl Scan {
    /// The place behind a page; none at the end. The moments are in order.
    pub fn next(self, moments: &[Moment], has_more: bool) -> Result<Option<Self>, Failure> {
        let (Some(first), Some(last)) = (moments.first(), moments.last()) else {
            return Ok(self.behind_one_time());
        };
        // The application that gives what was not asked for would be asked for ever.
        if first.0 < self.from_ms || self.beyond.is_some_and(|id| first.1 <= id) {
            return Err(circular());
        }
        Ok(match (self.beyond, has_more) {
            (None, false) => None,
            (Some(_), false) => self.behind_one_time(),
            (Some(_), true) => Some(Self {
                beyond: Some(last.1),
                ..self
            }),
            // A page of one time does not say what else is of that time.
            (None, true) if first.0 == last.0 => Some(Self {
                from_ms: last.0,
                beyond: Some(0),
            }),
            (None, true) => Some(Self {
                from_ms: last.0,
                beyond: None,
            }),
        })
    }

    fn behind_one_time(self) -> Option<Self> {
        self.beyond.map(|_| Self {
            from_ms: self.from_ms + 1,
            beyond: None,
        })
    }
}
