//! What the library and the harness agree on: the variables, the shared numbers, the log.
//!
//! The harness makes the file of the shared numbers, all of them zero, before each start; both
//! sides read and write it while the process runs. A number is 64 bits in the machine's order, at
//! eight times its index. A process that is killed leaves it as it was.

/// The file of the shared numbers. Without it the library does nothing.
pub const STATE_VARIABLE: &str = "MORTISE_FAULT_STATE";
/// The folder that is watched: absolute, without symbolic links.
pub const FOLDER_VARIABLE: &str = "MORTISE_FAULT_FOLDER";
/// The log of what was done below the folder; none is kept without it.
pub const LOG_VARIABLE: &str = "MORTISE_FAULT_LOG";

/// The process that is watched: the first that the library is loaded into. What that one starts is
/// left alone.
pub const OWNER: usize = 0;
/// How often each [`Kind`] was begun, from here on; its own index is added.
pub const COUNTS: usize = 1;
/// How often sync_file_range was called. It makes nothing durable, so it is no kind.
pub const RANGES: usize = 8;
/// The one of the matching operations since the fault was armed that it strikes, from 1; 0 is off.
pub const AT: usize = 9;
/// The kind that matches, as its index plus one; 0 is every kind.
pub const ON: usize = 10;
/// The [`Action`].
pub const ACTION: usize = 11;
/// Whether later ones are struck as well.
pub const STICKY: usize = 12;
/// How many operations have matched since the fault was armed.
pub const SEEN: usize = 13;
/// How many were struck.
pub const STRUCK: usize = 14;
/// What statvfs says is free, in bytes plus one; 0 is the truth.
pub const FREE: usize = 15;
/// What the path below the folder must contain to match, from here on, ended by a zero byte.
pub const MATCHING: usize = 16;
/// Bytes of that text, the zero among them.
pub const MATCHING_BYTES: usize = 64;
/// How many numbers there are.
pub const NUMBERS: usize = MATCHING + MATCHING_BYTES / 8;

/// The kinds of operations that are counted and can be struck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Kind {
    /// write, writev, pwrite.
    Write = 0,
    /// ftruncate, and open that empties.
    Truncate = 1,
    /// open that makes a file, mkdir.
    Create = 2,
    /// rename.
    Rename = 3,
    /// unlink, rmdir.
    Remove = 4,
    /// fsync, fdatasync.
    Sync = 5,
}

/// What is done to an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Action {
    /// SIGKILL instead of it.
    KillBefore = 1,
    /// SIGKILL when it is done and before the caller knows.
    KillAfter = 2,
    /// ENOSPC instead of it.
    NoSpace = 3,
    /// EIO instead of it.
    Broken = 4,
    /// Half of the bytes are written, and said to be.
    Short = 5,
    /// A sync is said to be done, and is not.
    Lie = 6,
}

/// A record of the log is its length in bytes without these four, as 32 bits; a byte that says
/// what it is, as below; numbers of 64 bits; and at most one run of bytes, to its end.
///
/// Numbers: file, offset. Bytes: what was written.
pub const WROTE: u8 = 1;
/// Numbers: file, length.
pub const TRUNCATED: u8 = 2;
/// Numbers: file or folder, and a token that [`SYNC_ENDED`] names again.
pub const SYNC_BEGAN: u8 = 3;
/// Numbers: the token. It succeeded.
pub const SYNC_ENDED: u8 = 4;
/// Numbers: folder, the new file. Bytes: its name.
pub const FILE_MADE: u8 = 5;
/// Numbers: folder, the new folder. Bytes: its name.
pub const FOLDER_MADE: u8 = 6;
/// Numbers: folder. Bytes: the name that is gone.
pub const REMOVED: u8 = 7;
/// Numbers: folder, folder, length of the first name. Bytes: both names.
pub const RENAMED: u8 = 8;
/// Bytes: the function that did something which the log cannot say.
pub const UNKNOWN: u8 = 9;
