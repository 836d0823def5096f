//! Thousands of seeded runs through every kind of block, with failing steps, letters, replays and a
//! crash between any two entries.
//!
//! The driver below is the smallest one that keeps the rules: entries are durable before a command
//! that leaves a trace is performed, and several commands are under way at the same time. After a
//! crash only what was durable is left, and of the performed call nobody knows. `SEED` replays one
//! case.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod check;
mod plans;
mod random;
mod world;

use std::collections::{BTreeMap, VecDeque};

use mortise_engine::{Rules, apply, decide, fold, next_due, replayable};
use mortise_model::{Command, Entry, Fact, Input, Letter, Plan, Run, Status, StepPath, Timestamp};

use random::Random;
use world::World;

const SEEDS: u64 = 10_000;
const RULES: Rules = Rules {
    interruptions_max: 4,
    retry_after_max_ms: 3_600_000,
};
const REPLAYS_MAX: u32 = 3;
const LIVES_MAX: u32 = 5_000;

#[test]
fn every_run_comes_to_rest_exactly_once() {
    let seeds = match std::env::var("SEED") {
        Ok(seed) => seed.parse().map(|seed: u64| seed..seed + 1).unwrap(),
        Err(_) => 0..SEEDS,
    };
    let mut ends = BTreeMap::<&str, u32>::new();
    let mut crashes = 0;
    let mut replays = 0;
    for seed in seeds.clone() {
        let mut simulation = Simulation::new(seed);
        let run = simulation.until_rest();
        simulation.check(&run);
        crashes += simulation.crashes;
        replays += simulation.replays;
        *ends.entry(run.status.word()).or_default() += 1;
    }
    if seeds.end - seeds.start == SEEDS {
        println!("{crashes} crashes, {replays} replays, ends: {ends:?}");
        assert!(
            crashes > 5_000 && replays > 1_000,
            "{crashes} crashes, {replays} replays: the simulation has become too tame"
        );
        for status in ["succeeded", "parked", "failed", "cancelled"] {
            assert!(ends[status] > 100, "{ends:?}");
        }
    }
}

struct Simulation {
    seed: u64,
    random: Random,
    world: World,
    plan: Plan,
    now: Timestamp,
    journal: Vec<(u32, Entry)>,
    sequence: u32,
    crashes: u32,
    replays: u32,
    /// How often it was cancelled or discarded where it was parked.
    stops: u32,
}

impl Simulation {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let plan = plans::plan(&mut random);
        let now = Timestamp(1_000_000);
        Self {
            seed,
            random,
            world: World::default(),
            journal: vec![(0, world::accepted(&plan, now))],
            sequence: 1,
            plan,
            now,
            crashes: 0,
            replays: 0,
            stops: 0,
        }
    }

    /// Claims the run again and again until it is at rest; each life ends by a crash, by a wait or
    /// at rest.
    fn until_rest(&mut self) -> Run {
        for _ in 0..LIVES_MAX {
            let run = self.folded();
            match run.status {
                Status::Parked if self.random.below(10) == 0 => {
                    self.stops += 1;
                    self.stop();
                }
                Status::Parked if self.replays < REPLAYS_MAX => {
                    self.check_replayable(&run);
                    self.replays += 1;
                    self.replay(&run);
                }
                status if status.is_rest() => return run,
                Status::Waiting => self.pass(&run),
                _ => {}
            }
            self.life(run);
        }
        let last: Vec<_> = self.journal.iter().rev().take(3).collect();
        let (mail, run) = (&self.world.mail, self.folded());
        panic!(
            "seed {}: the run does not come to rest: {last:?}\n{mail:?}\n{run:?}",
            self.seed
        )
    }

    fn folded(&self) -> Run {
        fold(&self.plan, &self.journal, self.sequence)
            .unwrap_or_else(|defect| panic!("seed {}: {defect}", self.seed))
    }

    /// Time passes until something is due, or a letter comes before that.
    fn pass(&mut self, run: &Run) {
        if self.random.below(2) == 0 {
            self.world.letter(run, &mut self.random);
        }
        let Some((
            _,
            Entry {
                fact: Fact::Suspended { until },
                ..
            },
        )) = self.journal.last()
        else {
            return;
        };
        if self.world.mail.is_empty() && *until < Timestamp(i64::MAX) {
            self.now = self.now.max(*until);
        }
    }

    fn stop(&mut self) {
        let (by, why) = ("someone".to_owned(), "hopeless".to_owned());
        self.world.post(match self.random.below(3) {
            0 => Letter::Discard { by, why },
            _ => Letter::Cancel { by, why },
        });
    }

    fn replay(&mut self, run: &Run) {
        let begun: Vec<StepPath> = run.steps.keys().cloned().collect();
        let from = (!begun.is_empty() && self.random.below(3) == 0)
            .then(|| self.random.pick(&begun))
            .filter(|from| replayable(&self.plan, run, Some(from)).is_ok());
        let (by, why) = ("someone".to_owned(), "again".to_owned());
        let event = None;
        self.world.post(Letter::Replay {
            from,
            event,
            by,
            why,
        });
    }

    fn life(&mut self, mut run: Run) {
        let mut inputs = VecDeque::from([Input::Claimed]);
        let letters = self.world.mail.clone();
        inputs.extend(
            letters
                .into_iter()
                .map(|(number, letter)| Input::Letter { number, letter }),
        );
        let mut volatile = Vec::new();
        let mut open: Vec<Command> = Vec::new();
        while let Some(input) = inputs.pop_front().or_else(|| self.news(&run, &mut open)) {
            self.now = self.now.plus_ms(self.random.below(50));
            let mut commands = self.step(&mut run, input, &mut volatile);
            let is_idle = commands.is_empty() && open.is_empty() && inputs.is_empty();
            if is_idle && !run.status.is_rest() {
                self.step(&mut run, Input::Idle, &mut volatile);
            }
            let must_keep = commands.is_empty()
                || run.status.is_rest()
                || !commands.iter().all(Command::is_harmless);
            if must_keep && !volatile.is_empty() {
                if self.crash() {
                    return;
                }
                self.keep(&run, &mut volatile);
                let is_given_up = run.status == Status::Waiting || run.status.is_rest();
                if self.crash() || is_given_up {
                    return;
                }
            }
            if commands.contains(&Command::Abort) {
                for call in open.extract_if(.., |c| matches!(c, Command::Call { .. })) {
                    inputs.push_back(self.aborted(&run, call));
                }
            }
            commands.retain(|command| {
                !matches!(
                    command,
                    Command::StartChild { .. } | Command::CancelChild { .. } | Command::Abort
                )
            });
            open.extend(commands);
            self.check_bounds(&run);
        }
    }

    /// What happens next while things are under way.
    fn news(&mut self, run: &Run, open: &mut Vec<Command>) -> Option<Input> {
        if open.is_empty() || run.status.is_rest() {
            return None;
        }
        if self.crash() {
            open.clear();
            return None;
        }
        if next_due(&self.plan, run).is_some_and(|due| due <= self.now) {
            return Some(Input::Due);
        }
        let unread = self.world.mail.len();
        if self.random.below(10) == 0 {
            self.world.letter(run, &mut self.random);
        }
        if let Some((number, letter)) = self.world.mail.get(unread).cloned() {
            return Some(Input::Letter { number, letter });
        }
        let next = usize::try_from(self.random.below(open.len() as u64)).unwrap();
        let command = open.swap_remove(next);
        let random = &mut self.random;
        Some(
            self.world
                .perform(&self.plan, run, self.now, command, random),
        )
    }

    fn aborted(&mut self, run: &Run, call: Command) -> Input {
        let random = &mut self.random;
        if random.below(2) == 0 {
            return self.world.perform(&self.plan, run, self.now, call, random);
        }
        let Command::Call { step, .. } = call else {
            unreachable!()
        };
        Input::Aborted { step }
    }

    fn step(&self, run: &mut Run, input: Input, volatile: &mut Vec<Entry>) -> Vec<Command> {
        let shown = format!("{input:?}");
        let entries = decide(&self.plan, run, input, self.now, RULES).unwrap_or_else(|defect| {
            let seed = self.seed;
            panic!(
                "seed {seed}: {shown}: {defect}\n{run:?}\n{volatile:?}\n{:?}",
                self.journal
            )
        });
        let mut commands = Vec::new();
        for entry in entries {
            commands.extend(apply(&self.plan, run, &entry).unwrap());
            volatile.push(entry);
        }
        commands
    }

    /// Makes a turn durable; what nobody needs any more goes.
    fn keep(&mut self, run: &Run, volatile: &mut Vec<Entry>) {
        for entry in volatile.drain(..) {
            if let Fact::LetterRead { number, .. } = &entry.fact {
                self.world.mail.retain(|(unread, _)| unread > number);
            }
            let done = match &entry.fact {
                Fact::PageDone { step, .. } => Some(step.clone()),
                _ => None,
            };
            self.journal.push((self.sequence, entry));
            self.sequence += 1;
            if let Some(step) = done {
                self.forget(&step);
            }
        }
        // Long journals are folded now and then, so that ten thousand seeds take seconds.
        if self.journal.len() < 200 || self.random.below(50) == 0 {
            assert_eq!(self.folded(), *run, "seed {}", self.seed);
        }
    }

    /// Of a part that is done, some of the entries may be gone.
    fn forget(&mut self, foreach: &StepPath) {
        if !check::leaves_nothing(&self.plan, foreach) {
            return;
        }
        let random = &mut self.random;
        self.journal.retain(|(_, entry)| {
            let inside = entry.fact.step().is_some_and(|s| s.is_inside(foreach));
            !inside || random.below(3) == 0
        });
    }

    fn crash(&mut self) -> bool {
        let crash = self.random.below(100) < 5;
        self.crashes += u32::from(crash);
        crash
    }
}
