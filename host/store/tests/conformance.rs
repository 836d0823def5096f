//! The store on sled passes the suite of the ports.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use support::{Sled, block_on};

fn run(case: impl AsyncFnOnce(&mut Sled)) {
    let mut subject = Sled::new();
    block_on(case(&mut subject));
}

mortise_ports::conformance_tests!(run);
