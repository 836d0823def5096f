//! The engine and the runner over fake ports: a seeded clock, network and disk.
//!
//! A case is a store that outlives processes and several lives of a runner on it. Each life runs on
//! a runtime of its own whose clock jumps to whatever is due, and ends in the middle of whatever it
//! was doing; commits are lost before or after they were written; applications fail, take their time
//! and take effect or not. People cancel, decide, call back, replay and discard. In the end every
//! event that was acknowledged has to be at rest, once. `SEED` replays one case, `SEEDS` says how
//! many there are.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr
)]

mod check;
mod life;
mod network;
#[path = "../../../engine/tests/simulate/plans.rs"]
mod plans;
#[path = "../../../engine/tests/simulate/random.rs"]
mod random;
#[allow(dead_code, reason = "the engine's simulator uses the rest")]
#[path = "../../../engine/tests/simulate/world.rs"]
mod world;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use life::Case;

const SEEDS: u64 = 10_000;

#[test]
fn every_acknowledged_event_comes_to_rest_whatever_happens() {
    if let Ok(seed) = std::env::var("SEED") {
        let seed = seed.parse().unwrap();
        Case::new(seed).play().check();
        return;
    }
    let seeds = std::env::var("SEEDS").map_or(SEEDS, |seeds| seeds.parse().unwrap());
    let next = Arc::new(AtomicU64::new(0));
    let workers: Vec<_> = (0..std::thread::available_parallelism().map_or(2, usize::from))
        .map(|_| {
            let next = Arc::clone(&next);
            std::thread::spawn(move || share(&next, seeds))
        })
        .collect();
    let mut totals = BTreeMap::<&str, u64>::new();
    for worker in workers {
        for (name, count) in worker.join().expect("the seed is printed above") {
            *totals.entry(name).or_default() += count;
        }
    }
    println!("{seeds} seeds: {totals:?}");
    if seeds >= SEEDS {
        for name in [
            "lives",
            "lost writes",
            "succeeded",
            "failed",
            "cancelled",
            "replayed",
        ] {
            assert!(
                totals[name] > seeds / 20,
                "{name}: the simulation has become too tame"
            );
        }
    }
}

fn share(next: &AtomicU64, seeds: u64) -> BTreeMap<&'static str, u64> {
    let mut totals = BTreeMap::new();
    loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= seeds {
            return totals;
        }
        let played = std::panic::catch_unwind(|| {
            let played = Case::new(seed).play();
            played.check();
            played.totals()
        });
        match played {
            Ok(counts) => {
                for (name, count) in counts {
                    *totals.entry(name).or_default() += count;
                }
            }
            Err(panic) => {
                eprintln!("seed {seed} failed: SEED={seed} replays it");
                std::panic::resume_unwind(panic);
            }
        }
    }
}

#[test]
fn a_seed_gives_the_same_story_each_time() {
    for seed in 0..20 {
        let stories = [(); 2].map(|()| Case::new(seed).play().story());
        assert_eq!(stories[0], stories[1], "seed {seed}");
    }
}
