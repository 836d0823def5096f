//! What this process keeps to itself: its memory holds secrets.

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// Sees to it that a crash writes no memory to a disk, and that other processes of the same user
/// cannot look into this one. Children inherit the limit.
///
/// # Errors
/// What the system does not allow, as a sentence.
pub fn keep_memory_to_itself() -> Result<(), String> {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    setrlimit(Resource::Core, none)
        .map_err(|error| format!("core dumps cannot be switched off: {error}"))?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)
        .map_err(|error| format!("this process cannot be hidden from others: {error}"))
}
