//! What a run is told from outside, on its way to the engine.

use std::collections::VecDeque;
use std::sync::Arc;

use mortise_engine::fits;
use mortise_model::{Input, Letter, Plan, Status};
use mortise_ports::inbox::Post;
use mortise_ports::{Plugins, Store};

use super::{Lane, Stop};
use crate::plans::{self, PlanError};

impl<S: Store, P: Plugins> Lane<S, P> {
    /// Reads the letters that came since the last look.
    pub(super) async fn read_letters(&mut self) -> Result<(), Stop> {
        if self.is_stopping() {
            return Ok(());
        }
        let reading = self.inner.store.letters(&self.claim, self.last_letter);
        let letters = Self::meanwhile((&mut self.flying, &mut self.ready), reading).await?;
        self.take_letters(letters).await
    }

    /// Tells the engine what a run was told. A run that is about to be parked, perhaps
    /// by the letter before, leaves it for later: what
    /// answers a step is wanted when the run goes on, and would be lost now.
    pub(super) async fn take_letters(&mut self, letters: Vec<(u64, Letter)>) -> Result<(), Stop> {
        if self.run.status == Status::Parked {
            return self.take_parked(letters).await;
        }
        let stops = |(_, letter): &(u64, Letter)| matches!(letter, Letter::Cancel { .. });
        let mut letters = VecDeque::from(letters);
        while self.run.status != Status::Parked
            && (self.run.parking.is_none() || letters.iter().any(stops))
            && let Some((number, letter)) = letters.pop_front()
        {
            if matches!(letter, Letter::Move { .. }) {
                // What is on its way is of the old plan: whoever takes the run up next reads it first.
                self.is_moving = true;
                break;
            }
            self.take_letter(number, letter).await?;
        }
        Ok(())
    }

    /// A parked run is told first whether it goes on. Where it does not, what answers its steps is
    /// kept: it is told the same once more.
    async fn take_parked(&mut self, letters: Vec<(u64, Letter)>) -> Result<(), Stop> {
        let (decisions, answers): (Vec<_>, Vec<_>) =
            letters.into_iter().partition(|(_, letter)| letter.wakes());
        for (number, letter) in decisions {
            if self.run.status != Status::Parked && matches!(letter, Letter::Move { .. }) {
                self.tell_again(number, letter);
            } else {
                self.take_letter(number, letter).await?;
            }
        }
        for (number, letter) in answers {
            if self.run.status != Status::Parked {
                self.take_letter(number, letter).await?;
            } else if letter != Letter::Wake {
                self.tell_again(number, letter);
            }
        }
        Ok(())
    }

    /// Leaves a letter for later, behind those that have been read.
    fn tell_again(&mut self, number: u64, letter: Letter) {
        self.has_read(number);
        let (namespace, run) = (self.claim.namespace.clone(), self.claim.run);
        self.turn.letters.push(Post::new(namespace, run, letter));
    }

    fn has_read(&mut self, number: u64) {
        self.last_letter = self.last_letter.max(Some(number));
        self.turn.read = self.turn.read.max(Some(number));
    }

    pub(super) async fn take_letter(&mut self, number: u64, letter: Letter) -> Result<(), Stop> {
        self.has_read(number);
        let input = match &letter {
            Letter::Move { plan, .. } => match self.target(*plan).await? {
                Some(plan) => {
                    self.turn.moving = Some(plan);
                    Input::Letter { number, letter }
                }
                None => Input::Refused { number, letter },
            },
            Letter::ChildEnded { .. } => {
                self.files.forget().await;
                Input::Letter { number, letter }
            }
            _ => Input::Letter { number, letter },
        };
        self.feed(input).await?;
        Ok(())
    }

    /// The plan that the run is to go on with; none where it does not fit any more.
    async fn target(&mut self, plan: mortise_model::Digest) -> Result<Option<Arc<Plan>>, Stop> {
        let loading = plans::of_run(&self.inner, plan);
        let loaded = Self::meanwhile((&mut self.flying, &mut self.ready), loading).await;
        let target = match loaded {
            Ok(target) => target,
            Err(PlanError::Store(error)) => return Err(error.into()),
            Err(error) => {
                tracing::warn!(run = %self.claim.run, %error, "this run cannot be moved");
                return Ok(None);
            }
        };
        match fits(&self.plan, &target, &self.run) {
            Ok(()) => Ok(Some(target)),
            Err(misfit) => {
                tracing::warn!(run = %self.claim.run, error = %misfit, "this run cannot be moved");
                Ok(None)
            }
        }
    }
}
