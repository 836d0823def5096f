//! What a worker may still do: compute, read and write what is open, and take memory within limits.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::net::UnixDatagram;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};
use thiserror::Error;

use crate::settings::Settings;

/// Why a worker is not confined.
#[derive(Debug, Error)]
pub enum ConfineError {
    /// A limit is refused.
    #[error("the kernel refuses the limit `{name}` of a worker process: {error}")]
    Limit {
        /// Its name.
        name: &'static str,
        /// What it says.
        error: io::Error,
    },
    /// The filter is refused.
    #[error(
        "the kernel refuses to confine worker processes with `seccomp`, so `isolate` cannot be had here: {0}"
    )]
    Filter(#[from] seccompiler::Error),
    /// The program of the filter cannot be made, for this processor for example.
    #[error("there is no `seccomp` filter for this machine, so `isolate` cannot be had here: {0}")]
    Program(#[from] seccompiler::BackendError),
    /// The filter is on, and lets through what it should not.
    #[error("a confined worker process can still {0}, so `isolate` cannot be had here")]
    Open(&'static str),
}

/// Confines this process and all of its threads for good, and tries whether it is.
pub(crate) fn confine(settings: &Settings) -> Result<(), ConfineError> {
    limit(settings)?;
    let program = filter()?;
    // It also takes away the right to ever get more rights.
    seccompiler::apply_filter_all_threads(&program)?;
    check()
}

/// Descriptors: the pipes, and what an instance's memory is made of.
const DESCRIPTORS_MAX: u64 = 64;
/// What messages, stacks of guests and the allocator take beside the memories of guests.
const HEADROOM_BYTES: u64 = 256 << 20;

fn limit(settings: &Settings) -> Result<(), ConfineError> {
    // The places of guests are reserved already, which counts as address space but not as data; so
    // the limits are what is taken now, and what all calls together may take by their own limits.
    let instances = settings.calls_max + 2 * settings.slow_calls_max;
    let one = settings.memory_max_bytes + 2 * settings.stack_max_bytes;
    let guests = instances.saturating_mul(one) as u64;
    let more = guests.saturating_add(HEADROOM_BYTES);
    let (space, data) = taken().map_err(|error| refused("RLIMIT_AS", error))?;
    let limits = [
        ("RLIMIT_CORE", Resource::Core, 0),
        ("RLIMIT_AS", Resource::As, space.saturating_add(more)),
        ("RLIMIT_DATA", Resource::Data, data.saturating_add(more)),
        ("RLIMIT_NOFILE", Resource::Nofile, DESCRIPTORS_MAX),
        // No further thread and no process.
        ("RLIMIT_NPROC", Resource::Nproc, 0),
    ];
    for (name, resource, wanted) in limits {
        let allowed = getrlimit(resource).maximum.unwrap_or(u64::MAX);
        let limit = Some(wanted.min(allowed));
        let limit = Rlimit {
            current: limit,
            maximum: limit,
        };
        setrlimit(resource, limit).map_err(|error| refused(name, error.into()))?;
    }
    Ok(())
}

fn refused(name: &'static str, error: io::Error) -> ConfineError {
    ConfineError::Limit { name, error }
}

/// Address space and data of this process, in bytes.
fn taken() -> io::Result<(u64, u64)> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let of = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|line| line.trim().strip_suffix("kB"));
        let kib = number.and_then(|number| number.trim().parse::<u64>().ok());
        kib.map(|kib| kib << 10)
            .ok_or_else(|| io::Error::other(format!("`/proc/self/status` has no `{name}`")))
    };
    Ok((of("VmSize:")?, of("VmData:")?))
}

/// What memory, locks, clocks, signals of this process and open descriptors take.
const ALLOWED: [i64; 33] = [
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_pwrite64,
    libc::SYS_lseek,
    libc::SYS_close,
    libc::SYS_brk,
    libc::SYS_madvise,
    libc::SYS_mremap,
    libc::SYS_munmap,
    // The first memory of an instance: a file without a name, that nobody else can open.
    libc::SYS_memfd_create,
    libc::SYS_ftruncate,
    libc::SYS_futex,
    libc::SYS_sched_yield,
    libc::SYS_membarrier,
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep,
    libc::SYS_restart_syscall,
    libc::SYS_getrandom,
    libc::SYS_getcpu,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_rseq,
    libc::SYS_set_robust_list,
    libc::SYS_exit,
    libc::SYS_exit_group,
];

/// `_IOWR('f', 16, struct pm_scan_arg)`: which pages a guest touched, of `/proc/self/pagemap`.
const PAGEMAP_SCAN: u64 = 0xc060_6610;

/// Everything that is not allowed gives EPERM.
fn filter() -> Result<BpfProgram, seccompiler::BackendError> {
    let no_code = || {
        // Nothing is executed that was not when the filter came on.
        let masked = SeccompCmpOp::MaskedEq(libc::PROT_EXEC as u64);
        when(2, masked, 0)
    };
    let own = u64::from(std::process::id());
    let command = |value: libc::c_int| when(1, SeccompCmpOp::Eq, value as u64);
    let seals = [libc::F_ADD_SEALS, libc::F_GETFD, libc::F_GETFL];
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
        ALLOWED.into_iter().map(|call| (call, Vec::new())).collect();
    rules.insert(libc::SYS_mmap, vec![no_code()?]);
    rules.insert(libc::SYS_mprotect, vec![no_code()?]);
    let ioctl = when(1, SeccompCmpOp::Eq, PAGEMAP_SCAN)?;
    rules.insert(libc::SYS_ioctl, vec![ioctl]);
    let fcntl = seals.into_iter().map(command);
    rules.insert(libc::SYS_fcntl, fcntl.collect::<Result<_, _>>()?);
    // How a process aborts.
    let tgkill = when(0, SeccompCmpOp::Eq, own)?;
    rules.insert(libc::SYS_tgkill, vec![tgkill]);
    let machine = TargetArch::try_from(std::env::consts::ARCH)?;
    let refuse = SeccompAction::Errno(libc::EPERM as u32);
    SeccompFilter::new(rules, refuse, SeccompAction::Allow, machine)?.try_into()
}

fn when(
    argument: u8,
    operator: SeccompCmpOp,
    value: u64,
) -> Result<SeccompRule, seccompiler::BackendError> {
    let condition = SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, value)?;
    SeccompRule::new(vec![condition])
}

/// Tries what must not work any more. A filter that is on and does not filter would be worse than none.
fn check() -> Result<(), ConfineError> {
    let is_refused = |error: io::Error| error.raw_os_error() == Some(libc::EPERM);
    let file = File::open("/").map(drop);
    if !file.is_err_and(is_refused) {
        return Err(ConfineError::Open("open files"));
    }
    let socket = UnixDatagram::unbound().map(drop);
    if !socket.is_err_and(is_refused) {
        return Err(ConfineError::Open("make sockets"));
    }
    if std::thread::Builder::new().spawn(|| ()).is_ok() {
        return Err(ConfineError::Open("start threads"));
    }
    Ok(())
}
