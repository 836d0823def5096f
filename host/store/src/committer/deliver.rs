//! Letters.

use mortise_ports::inbox::{Delivery, LETTERS_MAX};

use sled::IVec;

use super::{Committer, Failed};
use crate::group::{Effect, Group};
use crate::job::PostItem;
use crate::keys;
use crate::letters::{self, Mark};
use crate::record;
use crate::rows::Row;
use crate::small::Live;
use crate::sync::lock;

impl Committer {
    /// Delivers a letter. One that `must` arrive is not refused for the number of those before it.
    pub(super) fn deliver(
        &mut self,
        group: &mut Group,
        post: PostItem,
        must: bool,
    ) -> Result<Delivery, Failed> {
        let (namespace, run) = (&post.namespace, post.run);
        let key = keys::live_run(namespace, run);
        let held = lock(&self.shared.claims).live(namespace, run).cloned();
        let is_held = held.is_some();
        let live = match held {
            Some(live) => Some(live),
            None => match self.read(group, &key)? {
                Some(bytes) => Some(self.decided(Live::of_bytes(&key, &bytes))?),
                None => None,
            },
        };
        let mut parked = None;
        if live.is_none() {
            parked = self.read_record::<Row>(group, &keys::parked_row(namespace, run))?;
            if parked.is_none() || post.passing {
                return self.at_rest(group, &post, parked);
            }
        }
        if !self.has_room_for_letter(&post, must)? {
            return Ok(Delivery::TooMany);
        }
        if let Some(word) = &post.once {
            let key = keys::answered(namespace, run, word);
            if self.read(group, &key)?.is_some() {
                return Ok(Delivery::Answered);
            }
            group.write([(key.into(), Some(IVec::default()))]);
        }
        self.keep(group, &post);
        match (live, parked) {
            (Some(live), _) => self.rouse(group, &post, live, is_held),
            (None, Some(row)) if post.wakes => self.wake(group, &post, &row)?,
            _ => {}
        }
        Ok(Delivery::Kept)
    }

    fn at_rest(
        &self,
        group: &Group,
        post: &PostItem,
        parked: Option<Row>,
    ) -> Result<Delivery, Failed> {
        let row = match parked {
            Some(row) => Some(row),
            None => self.read_record(group, &keys::rest_row(&post.namespace, post.run))?,
        };
        Ok(match row.and_then(|row| row.end) {
            Some(end) => Delivery::AtRest(end.status),
            None => Delivery::NoSuchRun,
        })
    }

    /// Whether one more may wait. Finds out which do where that is not known.
    fn has_room_for_letter(&self, post: &PostItem, must: bool) -> Result<bool, Failed> {
        if lock(&self.shared.claims).letters.of(post.run).is_none() {
            let whose = (&post.namespace, post.run);
            let kept = self.decided(letters::read(&self.shared.db, whose, None))?;
            let marks = kept.into_iter().map(|(mark, _)| mark);
            lock(&self.shared.claims).letters.learn(post.run, marks);
        }
        let claims = lock(&self.shared.claims);
        let waiting = claims.letters.of(post.run).map_or(0, <[_]>::len);
        Ok(must || waiting < LETTERS_MAX)
    }

    fn keep(&mut self, group: &mut Group, post: &PostItem) {
        let number = self.next_number();
        let mut ops = Vec::with_capacity(1);
        let key = keys::letter(&post.namespace, post.run, number);
        record::put(&mut ops, &key, &post.bytes);
        let mark = Mark {
            number,
            chunks: record::chunk_count(&post.bytes),
            wakes: post.wakes,
        };
        lock(&self.shared.claims).letters.add(post.run, mark);
        group.write(ops);
    }

    /// A run that is not at rest was told something: it need not wait for its time, and to end
    /// it needs no place.
    fn rouse(&self, group: &mut Group, post: &PostItem, mut live: Live, is_held: bool) {
        let (namespace, run) = (&post.namespace, post.run);
        let mut effect = None;
        if let Some(due) = live.due.take() {
            effect = Some(Effect::Hurried(namespace.clone(), run, due));
        } else if let Some(place) = &live.place
            && post.cancels
            && !is_held
            && lock(&self.shared.claims).places.waits(&place.key, run)
        {
            let key = place.key.clone();
            effect = Some(Effect::Unplaced(namespace.clone(), run, key));
            live.place = None;
        }
        let Some(effect) = effect else { return };
        let key = keys::live_run(namespace, run);
        group.write([(key.into(), Some(live.to_bytes()))]);
        if is_held {
            // Where nobody works on it any more, it must not wait for its old time.
            if let Some(held) = lock(&self.shared.claims).live(namespace, run) {
                held.due = None;
            }
        } else {
            group.effects.push(effect);
        }
    }

    /// A parked run goes on, with the plan that its row names and without a place.
    fn wake(&self, group: &mut Group, post: &PostItem, row: &Row) -> Result<(), Failed> {
        let (namespace, run) = (&post.namespace, post.run);
        self.replace(group, &keys::parked_row(namespace, run), &[])?;
        let live = Live {
            moved: Some((row.plan, row.version)),
            ..Live::default()
        };
        let key = keys::live_run(namespace, run);
        group.write([(key.into(), Some(live.to_bytes()))]);
        group.effects.push(Effect::Woken(namespace.clone(), run));
        Ok(())
    }
}
