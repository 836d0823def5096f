//! The store on sled passes the suite of the ports.

use crate::support::{Sled, block_on};

fn run(case: impl AsyncFnOnce(&mut Sled)) {
    let mut subject = Sled::new();
    block_on(case(&mut subject));
}

mortise_ports::conformance_tests!(run);
