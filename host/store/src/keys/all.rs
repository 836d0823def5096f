//! Before everything of a kind, in all namespaces.

use super::Key;

/// Before what is active in every namespace.
#[must_use]
pub fn all_active() -> Key {
    vec![b'a']
}

/// Before the rows of the runs that are parked, in all namespaces.
#[must_use]
pub fn all_parked() -> Key {
    vec![b'k']
}

/// Before the runs that are not at rest, in all namespaces.
#[must_use]
pub fn all_live_runs() -> Key {
    vec![b'l']
}

/// Before all gates.
#[must_use]
pub fn all_gates() -> Key {
    vec![b'c']
}

/// Before all connections.
#[must_use]
pub fn all_connections() -> Key {
    vec![b'b']
}
