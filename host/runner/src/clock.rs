//! The only place of the runner that reads time and randomness.
