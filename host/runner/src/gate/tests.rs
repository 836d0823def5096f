//! Tables of what a gate decides, and what holds for any way of asking it.
#![allow(clippy::unwrap_used)]

use mortise_model::Timestamp;
use mortise_model::connection::Rate;
use mortise_model::entry::Held;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::breaker::Rules;
use super::health::Health;
use super::state::{Gate, State};

const HOUR_MS: i64 = 3_600_000;
const START: Timestamp = Timestamp(1_800_000_000_000);
const RULES: Rules = Rules {
    failures: 3,
    initial_ms: 1_000,
    max_ms: 3_000,
};

fn at(ms: i64) -> Timestamp {
    Timestamp(START.0 + ms)
}

fn gate(rate: Option<(u32, u64)>) -> Gate {
    let mut gate = Gate::default();
    gate.set_rate(rate.map(|(requests, per_ms)| Rate { requests, per_ms }));
    gate
}

/// As a restart leaves it.
fn restarted(gate: &Gate, rate: Option<(u32, u64)>) -> Gate {
    let text = serde_json::to_string(&gate.state).unwrap();
    let mut gate = Gate::of(serde_json::from_str::<State>(&text).unwrap());
    gate.set_rate(rate.map(|(requests, per_ms)| Rate { requests, per_ms }));
    gate
}

/// What a test does with a gate, and what it expects: when, what, and until when it is held.
enum Act {
    Ask(Option<(i64, Held)>),
    Tell(Health),
    Restart,
}
use Act::{Ask, Restart, Tell};

fn play(table: &[(i64, Act)]) {
    let mut gate = gate(None);
    for (line, (ms, act)) in table.iter().enumerate() {
        match act {
            Ask(expected) => {
                let held = gate.admit("somebody", at(*ms));
                let held = held.map(|(until, why)| (until.0 - START.0, why));
                assert_eq!(held, *expected, "line {line}");
            }
            Tell(health) => gate.report(*health, 1, RULES, at(*ms)),
            Restart => gate = restarted(&gate, None),
        }
    }
}

const OPEN: Health = Health::Down;
const THROTTLED: Health = Health::Throttled { for_ms: 500 };

#[test]
fn failures_in_a_row_open_the_breaker_and_a_success_begins_anew() {
    play(&[
        (0, Tell(OPEN)),
        (1, Tell(OPEN)),
        (2, Tell(Health::Alive)),
        (3, Tell(OPEN)),
        (4, Tell(Health::Unknown)),
        (5, Tell(OPEN)),
        (6, Ask(None)),
        (7, Tell(OPEN)),
        (8, Ask(Some((1_007, Held::Breaker)))),
        // Those that were under way when it opened say nothing new.
        (9, Tell(OPEN)),
        (10, Ask(Some((1_017, Held::Breaker)))),
    ]);
}

#[test]
fn one_probe_at_a_time_finds_out_and_failed_ones_double_the_pause() {
    play(&[
        (0, Tell(OPEN)),
        (0, Tell(OPEN)),
        (0, Tell(OPEN)),
        (1_000, Ask(None)),
        (1_001, Ask(Some((2_001, Held::Breaker)))),
        (1_100, Tell(OPEN)),
        (1_100, Ask(Some((3_110, Held::Breaker)))),
        (3_100, Ask(None)),
        (3_200, Tell(OPEN)),
        // The longest pause.
        (3_200, Ask(Some((6_220, Held::Breaker)))),
        (6_200, Ask(None)),
        (6_300, Tell(Health::Alive)),
        (6_301, Ask(None)),
        (6_302, Ask(None)),
    ]);
}

#[test]
fn a_probe_that_says_nothing_makes_way_for_another() {
    let open = || (0, Tell(OPEN));
    play(&[
        open(),
        open(),
        open(),
        (1_000, Ask(None)),
        (1_100, Tell(Health::Unknown)),
        (1_101, Ask(None)),
        (1_102, Ask(Some((2_102, Held::Breaker)))),
        // It never comes back at all.
        (61_100, Ask(Some((61_111, Held::Breaker)))),
        (61_101, Ask(None)),
        (61_102, Ask(Some((62_122, Held::Breaker)))),
        // Nor can it after a restart.
        (61_103, Restart),
        (61_104, Ask(None)),
        (61_105, Ask(Some((62_105, Held::Breaker)))),
    ]);
}

#[test]
fn an_application_that_asks_for_a_pause_gets_it_and_has_not_failed() {
    play(&[
        (0, Tell(OPEN)),
        (0, Tell(OPEN)),
        (0, Tell(THROTTLED)),
        (1, Ask(Some((500, Held::Rate)))),
        (2, Ask(Some((510, Held::Rate)))),
        (3, Restart),
        (4, Ask(Some((500, Held::Rate)))),
        (500, Ask(None)),
        (501, Tell(OPEN)),
        (502, Tell(OPEN)),
        (503, Ask(None)),
    ]);
}

#[test]
fn an_open_breaker_stays_open_over_a_restart() {
    play(&[
        (0, Tell(OPEN)),
        (0, Tell(OPEN)),
        (0, Restart),
        (0, Tell(OPEN)),
        (1, Restart),
        (2, Ask(Some((1_000, Held::Breaker)))),
        (1_000, Ask(None)),
    ]);
}

#[test]
fn a_clock_that_is_set_back_shifts_what_lay_ahead() {
    play(&[
        (0, Tell(OPEN)),
        (0, Tell(OPEN)),
        (0, Tell(OPEN)),
        (-HOUR_MS, Ask(Some((1_000 - HOUR_MS, Held::Breaker)))),
        (1_000 - HOUR_MS, Ask(None)),
    ]);
    let rate = Some((10, 86_400_000));
    let mut gate = gate(rate);
    while gate.admit("a", at(0)).is_none() {}
    let (until, _) = gate.admit("a", at(0)).unwrap();
    let (again, _) = restarted(&gate, rate).admit("a", at(-HOUR_MS)).unwrap();
    assert_eq!(again.0, until.0 - HOUR_MS);
}

#[test]
fn a_clock_that_trembles_gives_nothing_away() {
    let mut gate = gate(Some((1, 1_000)));
    assert_eq!(gate.admit("a", at(0)), None);
    for ms in 0..999 {
        let tremble = if ms % 2 == 0 { 1 } else { -1 };
        assert!(gate.admit("a", at(ms + tremble)).is_some(), "{ms}");
    }
    assert_eq!(gate.admit("a", at(1_000)), None);
}

#[test]
fn further_requests_of_a_call_are_paid_for_afterwards() {
    let mut gate = gate(Some((5, 1_000)));
    assert_eq!(gate.admit("a", at(0)), None);
    gate.report(Health::Alive, 4, RULES, at(10));
    assert_eq!(gate.admit("a", at(20)), Some((at(800), Held::Rate)));
}

/// Runs that come at random, and come again when they were told to, later by up to `late_ms`.
struct Crowd {
    rate: (u32, u64),
    runs: usize,
    every_ms: i64,
    late_ms: i64,
    restarts: u32,
}

/// When each of a crowd came and went through, in the order of going.
fn crowd(seed: u64, crowd: &Crowd) -> Vec<(i64, i64)> {
    let mut dice = StdRng::seed_from_u64(seed);
    let mut gate = gate(Some(crowd.rate));
    let mut comes = std::collections::BTreeSet::new();
    let mut came = Vec::new();
    for run in 0..crowd.runs {
        let ms = i64::try_from(run).unwrap() * crowd.every_ms;
        came.push(ms);
        comes.insert((ms, run));
    }
    let mut gone = Vec::new();
    while let Some((ms, run)) = comes.pop_first() {
        if dice.random_ratio(crowd.restarts, 1_000) {
            gate = restarted(&gate, Some(crowd.rate));
        }
        match gate.admit(&run.to_string(), at(ms)) {
            None => gone.push((came[run], ms)),
            Some((until, why)) => {
                assert_eq!(why, Held::Rate);
                assert!(until > at(ms), "seed {seed}");
                let late = dice.random_range(0..=crowd.late_ms);
                comes.insert((until.0 - START.0 + late, run));
            }
        }
    }
    gone
}

#[test]
fn no_window_ever_holds_more_than_the_rate() {
    for seed in 0..100 {
        let mut dice = StdRng::seed_from_u64(seed);
        let rate = (dice.random_range(1..60), dice.random_range(1..5_000));
        let gone = crowd(
            seed,
            &Crowd {
                rate,
                runs: 300,
                every_ms: dice.random_range(0..20),
                late_ms: dice.random_range(0..20),
                restarts: dice.random_range(0..100),
            },
        );
        let (requests, window_ms) = (rate.0 as usize, i64::try_from(rate.1).unwrap());
        for (first, over) in gone.iter().zip(gone.iter().skip(requests)) {
            assert!(
                over.1 - first.1 >= window_ms,
                "seed {seed}: more than {rate:?} between {} and {}",
                first.1,
                over.1
            );
        }
    }
}

#[test]
fn whoever_waits_gets_through_although_others_keep_coming() {
    // Twice as many come as may go, for as long as it lasts: each waits about as long as those
    // before it take, at one in 120 ms, and nobody until the end.
    for seed in 0..8 {
        let gone = crowd(
            seed,
            &Crowd {
                rate: (10, 1_000),
                runs: 500,
                every_ms: 50,
                late_ms: 5,
                restarts: 0,
            },
        );
        for (came, went) in gone {
            let ahead = came / 50;
            let fair_ms = ahead * 120 - came + 2_000;
            assert!(
                went - came <= fair_ms,
                "seed {seed}: came at {came}, went at {went}"
            );
        }
    }
}

#[test]
fn those_who_wait_come_one_after_the_other() {
    let mut gate = gate(Some((20, 1_000)));
    let mut told: Vec<_> = (0..100)
        .filter_map(|run: u32| gate.admit(&run.to_string(), at(0)))
        .collect();
    assert!(told.len() >= 97);
    assert!(told.is_sorted_by(|a, b| a.0 < b.0));
    told.dedup();
    let mut open = self::gate(None);
    for _ in 0..3 {
        open.report(Health::Down, 1, RULES, at(0));
    }
    let told: std::collections::BTreeSet<_> = (0..1_000)
        .filter_map(|run: u32| open.admit(&run.to_string(), at(1)))
        .map(|(until, _)| until)
        .collect();
    assert_eq!(told.len(), 1_000);
    assert!(told.last().unwrap() <= &at(1_000 + 30_000));
}
