//! Memory, processor time and disk of a process, as the kernel counts them.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use anyhow::{Context, Result};

/// Bytes of a block that `st_blocks` counts.
const BLOCK_BYTES: u64 = 512;

/// Most memory that a process has had resident, in MiB.
///
/// # Errors
/// Where there is no such process.
pub fn rss_peak_mb(pid: u32) -> Result<f64> {
    status_mb(pid, "VmHWM:")
}

/// Memory that a process has resident now, in MiB.
///
/// # Errors
/// Where there is no such process.
pub fn rss_mb(pid: u32) -> Result<f64> {
    status_mb(pid, "VmRSS:")
}

fn status_mb(pid: u32, name: &str) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let line = line.with_context(|| format!("no {name}"))?;
    let kib: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib / 1024.0)
}

/// Processor time that a process has used, user and system, in seconds.
///
/// # Errors
/// Where there is no such process.
pub fn cpu_s(pid: u32) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name may have spaces; the fields are counted after its bracket.
    let (_, fields) = stat.rsplit_once(')').context("no name in stat")?;
    let mut ticks = fields.split_whitespace().skip(11);
    let user: u64 = ticks.next().context("no utime")?.parse()?;
    let system: u64 = ticks.next().context("no stime")?.parse()?;
    #[allow(
        clippy::cast_precision_loss,
        reason = "ticks of a process stay far below 2^52"
    )]
    let seconds = (user + system) as f64 / rustix::param::clock_ticks_per_second() as f64;
    Ok(seconds)
}

/// What a folder takes on the disk, in bytes.
///
/// # Errors
/// Where it cannot be read.
pub fn disk_bytes(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // A file may go while we look.
        let Ok(metadata) = entry.metadata() else {
            continue;
        };
        bytes += metadata.blocks() * BLOCK_BYTES;
        if metadata.is_dir() {
            bytes += disk_bytes(&entry.path())?;
        }
    }
    Ok(bytes)
}

/// The same in MiB.
///
/// # Errors
/// Where it cannot be read.
#[allow(clippy::cast_precision_loss, reason = "no disk has 2^52 bytes")]
pub fn disk_mb(folder: &Path) -> Result<f64> {
    Ok(disk_bytes(folder)? as f64 / (1024.0 * 1024.0))
}

/// Bytes that are free on the file system of a folder.
///
/// # Errors
/// Where it cannot be asked.
pub fn free_bytes(folder: &Path) -> Result<u64> {
    let stat = rustix::fs::statvfs(folder)?;
    Ok(stat.f_bavail * stat.f_frsize)
}

/// Prints a figure, also where the test passes and what it prints is not shown.
pub fn report(line: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "{line}");
}
