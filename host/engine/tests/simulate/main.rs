//! Thousands of seeded runs with failing steps and a crash between any two entries.
//!
//! The driver below is the smallest one that keeps the rules: entries are durable before a command
//! that leaves a trace is performed. After a crash only what was durable is left, and of the
//! performed call nobody knows. `SEED` replays one case.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod world;

use std::collections::BTreeMap;

use mortise_engine::{Rules, apply, decide, fold};
use mortise_model::descriptor::Repeat;
use mortise_model::entry::End;
use mortise_model::plan::{Action, OnUnclear, OperationKind};
use mortise_model::{Command, Entry, Fact, Input, Plan, Run, StepPath, Timestamp};

use world::{Random, World};

const SEEDS: u64 = 10_000;
const RULES: Rules = Rules {
    interruptions_max: 4,
};

#[test]
fn every_run_comes_to_rest_exactly_once() {
    let seeds = match std::env::var("SEED") {
        Ok(seed) => seed.parse().map(|seed: u64| seed..seed + 1).unwrap(),
        Err(_) => 0..SEEDS,
    };
    let mut ends = BTreeMap::<&str, u32>::new();
    let mut crashes = 0;
    for seed in seeds.clone() {
        let mut simulation = Simulation::new(seed);
        let run = simulation.until_rest();
        simulation.check(&run);
        crashes += simulation.crashes;
        *ends.entry(run.status.word()).or_default() += 1;
    }
    if seeds.end - seeds.start == SEEDS {
        assert!(
            crashes > 5_000,
            "only {crashes} crashes: the simulation has become too tame"
        );
        assert!(
            ends["succeeded"] > 2_000 && ends["parked"] > 1_000,
            "{ends:?}"
        );
    }
}

struct Simulation {
    seed: u64,
    random: Random,
    world: World,
    plan: Plan,
    now: Timestamp,
    journal: Vec<Entry>,
    crashes: u32,
}

impl Simulation {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let plan = world::plan(&mut random);
        let now = Timestamp(1_000_000);
        let journal = vec![world::accepted(&plan, now)];
        Self {
            seed,
            random,
            world: World::default(),
            plan,
            now,
            journal,
            crashes: 0,
        }
    }

    /// Claims the run again and again until it is at rest; each life ends by a crash, by a wait or
    /// at rest.
    fn until_rest(&mut self) -> Run {
        for _ in 0..400 {
            let run = fold(&self.plan, &self.journal).unwrap();
            if run.status.is_rest() {
                return run;
            }
            self.life(run);
        }
        panic!("seed {}: the run does not come to rest", self.seed)
    }

    fn life(&mut self, mut run: Run) {
        let mut inputs = vec![Input::Claimed];
        let mut volatile = Vec::new();
        while let Some(input) = inputs.pop() {
            self.now = self.now.plus_ms(self.random.below(50));
            let entries = decide(&self.plan, &run, input, self.now, RULES)
                .unwrap_or_else(|defect| panic!("seed {}: {defect}", self.seed));
            let mut commands = Vec::new();
            for entry in entries {
                commands.extend(apply(&self.plan, &mut run, &entry).unwrap());
                volatile.push(entry);
            }
            if !commands.iter().all(Command::is_harmless) || commands.is_empty() {
                if self.crash() {
                    return;
                }
                self.journal.append(&mut volatile);
                assert_eq!(
                    fold(&self.plan, &self.journal).unwrap(),
                    run,
                    "seed {}",
                    self.seed
                );
                if self.crash() {
                    return;
                }
            }
            for command in commands {
                inputs.push(self.world.perform(&self.plan, command, &mut self.random));
                if self.crash() {
                    return;
                }
            }
        }
        if let Some(Fact::Suspended { until }) = self.journal.last().map(|entry| &entry.fact) {
            self.now = self.now.max(*until);
        }
    }

    fn crash(&mut self) -> bool {
        let crash = self.random.below(100) < 8;
        self.crashes += u32::from(crash);
        crash
    }

    fn check(&self, run: &Run) {
        let seed = self.seed;
        let ends = self
            .journal
            .iter()
            .filter(|e| matches!(e.fact, Fact::Ended(_)))
            .count();
        assert_eq!(ends, 1, "seed {seed}: the run ended {ends} times");
        assert!(
            matches!(self.journal.last().unwrap().fact, Fact::Ended(_)),
            "seed {seed}"
        );
        for step in &self.plan.steps {
            self.check_step(run, &step.id);
        }
    }

    fn check_step(&self, run: &Run, step: &StepPath) {
        let seed = self.seed;
        let Action::Operation(operation) = &self.plan.step(step).unwrap().action;
        let (mut started, mut succeeded) = (0, 0);
        for entry in &self.journal {
            match &entry.fact {
                Fact::AttemptStarted {
                    step: s,
                    attempt,
                    turn,
                    ..
                } if s == step => {
                    started += 1;
                    assert_eq!(
                        (*attempt, *turn),
                        (started, 0),
                        "seed {seed}: attempts of {step}"
                    );
                }
                Fact::AttemptSucceeded { step: s, .. } if s == step => succeeded += 1,
                _ => {}
            }
        }
        assert!(
            succeeded <= 1,
            "seed {seed}: {step} has {succeeded} results"
        );
        let performed = self.world.performed(step);
        assert!(
            performed <= started,
            "seed {seed}: {step} ran {performed} times, {started} recorded"
        );
        assert!(
            started <= operation.retry.attempts + RULES.interruptions_max,
            "seed {seed}"
        );
        let repeats = operation.repeat != Repeat::Duplicates
            || matches!(operation.kind, OperationKind::Transform { .. });
        let allowed = match operation.on_unclear {
            Some(OnUnclear::Retry) => true,
            Some(OnUnclear::Park) => matches!(operation.kind, OperationKind::Transform { .. }),
            None => repeats,
        };
        let effects = self.world.effects(step);
        assert!(
            allowed || effects <= 1,
            "seed {seed}: {step} took effect {effects} times"
        );
        if matches!(run.end, Some(End::Succeeded { .. })) && succeeded == 1 {
            assert!(
                effects >= 1,
                "seed {seed}: {step} has a result and no effect"
            );
        }
    }
}
