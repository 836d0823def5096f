//! `make bench`: prints a table and writes `bench/out/result.json`.

fn main() -> anyhow::Result<()> {
    mortise_tests::bench::run()
}
