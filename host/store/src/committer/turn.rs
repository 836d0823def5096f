//! Turns of claimed runs.

use mortise_model::id::RunId;
use mortise_ports::StoreError;
use mortise_ports::journal::{Admission, Claim, Committed};

use super::accept::first_ops;
use super::{Committer, Failed};
use crate::claims::After;
use crate::group::{Answer, Effect, Group, refuse};
use crate::job::{Reply, TurnItem};
use crate::keys;
use crate::letters;
use crate::record;
use crate::sync::lock;

impl Committer {
    /// Writes a turn where it may be written, or gives its reservation back.
    pub(super) fn turn(
        &mut self,
        group: &mut Group,
        turn: TurnItem,
        reply: Reply<Committed>,
        room: bool,
    ) -> Result<(), Failed> {
        let (claim, step) = (turn.claim.clone(), turn.step);
        let refused = match self.may_write(group, &turn, room)? {
            Ok(None) => None,
            Ok(Some(known)) => Some(Ok(Committed::Known(known))),
            Err(error) => Some(Err(error)),
        };
        if let Some(answer) = refused {
            lock(&self.shared.claims).give_back(&claim, step);
            match answer {
                Ok(known) => group.answers.push(Answer::Turn(reply, known)),
                Err(error) => refuse(reply, error),
            }
            return Ok(());
        }
        let admissions = self.write_turn(group, turn)?;
        let committed = Committed::Written(admissions);
        group.answers.push(Answer::Turn(reply, committed));
        Ok(())
    }

    /// Whether a turn is written now; what the run is told where its identity is another run's.
    fn may_write(
        &self,
        group: &Group,
        turn: &TurnItem,
        room: bool,
    ) -> Result<Result<Option<Admission>, StoreError>, Failed> {
        let may_write = lock(&self.shared.claims).may_write(&turn.claim, turn.step);
        if let Err(error) = may_write {
            return Ok(Err(error));
        }
        if let Some((key, first)) = &turn.identity
            && let Some(known) = self.known(group, key)?
            && let Some(admission) = known.admission(*first, turn.at)
            && admission != Admission::Duplicate(turn.claim.run)
        {
            return Ok(Ok(Some(admission)));
        }
        if !room {
            return Ok(Err(StoreError::Full));
        }
        Ok(self.hold_memories(&turn.starts).map(|()| None))
    }

    fn write_turn(&mut self, group: &mut Group, turn: TurnItem) -> Result<Vec<Admission>, Failed> {
        let (namespace, run) = (&turn.claim.namespace, turn.claim.run);
        group.write(turn.ops);
        if let Some((key, first)) = turn.identity {
            group.write(first_ops(&key, first));
            let own = keys::identity(namespace, run, &key);
            group.write([(own.into(), Some(Vec::new().into()))]);
        }
        if let Some(read) = turn.read {
            self.remove_letters(group, &turn.claim, read);
        }
        let admissions = self.accept(group, turn.starts, true)?;
        for post in turn.letters {
            self.deliver(group, post, true)?;
        }
        let asks = lock(&self.shared.claims).asks(&turn.claim, turn.asks);
        let waits = lock(&self.shared.claims).letters.wait(run);
        let (after, place) = match turn.after {
            After::Suspend(_) if waits => (After::Ready, None),
            After::End => {
                let place = self.free(&turn.claim);
                if turn.parked && self.is_woken(run) {
                    (After::Ready, place)
                } else {
                    group.write(turn.row);
                    (After::End, place)
                }
            }
            after => (after, None),
        };
        if after == After::End && !turn.parked {
            self.remove_letters(group, &turn.claim, u64::MAX);
            if asks {
                self.remove_approvals(group, &turn.claim)?;
            }
        }
        let live = lock(&self.shared.claims).write(&turn.claim, turn.step, after);
        let key = keys::live_run(namespace, run);
        match live {
            Some(live) => group.write([(key.into(), Some(live.to_bytes()))]),
            None if after == After::End => group.write([(key.into(), None)]),
            None => {}
        }
        let turned = Effect::Turned(turn.claim, after, place);
        group.effects.push(turned);
        Ok(admissions)
    }

    /// Takes a run's place out of what its key says; it is given to others when that is durable.
    fn free(&self, claim: &Claim) -> Option<Box<[u8]>> {
        let mut claims = lock(&self.shared.claims);
        let live = claims.live(&claim.namespace, claim.run)?;
        live.place.take().map(|place| place.key)
    }

    /// Whether a letter waits that a parked run reads.
    fn is_woken(&self, run: RunId) -> bool {
        let claims = lock(&self.shared.claims);
        let waiting = claims.letters.of(run).unwrap_or_default();
        waiting.iter().any(|mark| mark.wakes)
    }

    fn remove_letters(&self, group: &mut Group, claim: &Claim, up_to: u64) {
        let taken = lock(&self.shared.claims).letters.take(claim.run, up_to);
        group.write(letters::removal(&claim.namespace, claim.run, &taken));
    }

    fn remove_approvals(&self, group: &mut Group, claim: &Claim) -> Result<(), Failed> {
        let prefix = keys::approvals(&claim.namespace, claim.run);
        for key in self.shared.db.scan_prefix(prefix).keys() {
            let key = self.decided(key.map_err(record::unreadable))?;
            group.write([(key, None)]);
        }
        Ok(())
    }
}
