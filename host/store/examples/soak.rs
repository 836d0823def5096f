//! How much room old runs leave behind: `soak DIR [RUNS] [KEPT] [PAYLOAD_BYTES]` lets short runs
//! come, end and be purged when they are old, and prints what is kept and what lies on the disk.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods
)]

#[path = "../tests/store/soak.rs"]
mod soak;

use std::path::PathBuf;
use std::time::Instant;

const MIB: f64 = 1_048_576.0;

#[tokio::main]
async fn main() {
    let mut args = std::env::args().skip(1);
    let folder = PathBuf::from(args.next().expect("a folder"));
    let mut number = |default: u32| args.next().map_or(default, |text| text.parse().unwrap());
    let soak = soak::Soak {
        runs: number(100_000),
        kept: number(10_000),
        payload_bytes: number(1000) as usize,
    };
    let began = Instant::now();
    let left = soak
        .run(&folder, |number, disk_bytes| {
            println!("{number} runs, {:.0} MiB on disk", disk_bytes as f64 / MIB);
        })
        .await;
    println!(
        "{soak:?} in {:.0} s: {:.1} MiB live, {:.1} MiB on disk, {:.2} times as much",
        began.elapsed().as_secs_f64(),
        left.live_bytes as f64 / MIB,
        left.disk_bytes as f64 / MIB,
        left.ratio(),
    );
}
