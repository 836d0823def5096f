//! Faults from outside, into the binary that ships: what was accepted is delivered exactly once,
//! whatever happens to the process, the power and the disk.

mod account;
mod crashes;
mod disk;
mod kill_loop;
mod library;
mod load;
mod power_cut;

/// Prints a figure, also where the test passes and what it prints is not shown.
fn report(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{line}");
}
