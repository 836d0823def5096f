//! Compiling, where it can do no harm: a component of some hundred kilobytes can be made to take
//! minutes and gigabytes. So the host starts its own binary again with the command [`COMMAND`], as a
//! process without an environment that limits itself before it reads a byte. The component goes in by
//! stdin; compiled code comes out by stdout, or by stderr the sentence that says why there is none.

use std::io::{self, Read as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use mortise_ports::plugins::LoadError;
use rustix::process::{
    Resource, Rlimit, Signal, getrlimit, set_parent_process_death_signal, setrlimit,
};
use wasmtime::Engine;

use crate::engine;
use crate::settings::Settings;

/// The command of the binary that calls [`serve`]. After it come the limit of address space in bytes
/// and the limit of processor time in milliseconds.
pub const COMMAND: &str = "compile-component";

/// Threads that compile one component: each takes a stack and a heap of its own.
const THREADS_MAX: &str = "4";
/// So much longer than its processor time may it take: a machine that is busy, or has few
/// processors.
const WAIT_FACTOR: u64 = 20;
/// Most that is read of what the process says.
const WORDS_MAX_BYTES: u64 = 4 << 10;
/// What the code that is compiled for needs of the address space by itself: the binary, the stacks
/// of its threads, the heaps that the allocator reserves.
const OWN_MAX_BYTES: u64 = 256 << 20;

/// Compiles a component: in a process of its own where the settings name the program, else here.
pub(crate) fn compile(
    engine: &Engine,
    settings: &Settings,
    bytes: &[u8],
) -> Result<Vec<u8>, LoadError> {
    let code = match &settings.compiler {
        Some(program) => compile_apart(program, settings, bytes),
        None => engine
            .precompile_component(bytes)
            .map_err(|error| format!("{error:#}")),
    };
    code.map_err(LoadError::Compile)
}

/// What the process said.
struct Said {
    code: Vec<u8>,
    words: String,
}

fn compile_apart(program: &Path, settings: &Settings, bytes: &[u8]) -> Result<Vec<u8>, String> {
    let max_ms = settings.compile_time_max_ms;
    let mut child = start(program, settings)
        .map_err(|error| format!("the process that compiles cannot be started: {error}"))?;
    let (sender, receiver) = mpsc::channel();
    let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let max_bytes = settings.compile_memory_max_bytes;
    let wait = Duration::from_millis(max_ms.saturating_mul(WAIT_FACTOR));
    let (said, status) = std::thread::scope(|scope| {
        scope.spawn(move || sender.send(talk(pipes, bytes, max_bytes)));
        let said = receiver.recv_timeout(wait);
        end(&mut child, said.is_err()).map(|status| (said.ok(), status))
    })
    .map_err(|error| format!("the process that compiles is lost: {error}"))?;
    let Some(said) = said else {
        return Err(too_slow(max_ms));
    };
    match status.success() {
        true => Ok(said.code),
        false => Err(reason(settings, status, said.words.trim())),
    }
}

fn start(program: &Path, settings: &Settings) -> io::Result<Child> {
    Command::new(program)
        .arg(COMMAND)
        .arg(settings.compile_memory_max_bytes.to_string())
        .arg(settings.compile_time_max_ms.to_string())
        .env_clear()
        .env("RAYON_NUM_THREADS", THREADS_MAX)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
}

type Pipes = (Option<ChildStdin>, Option<ChildStdout>, Option<ChildStderr>);

/// It reads everything before it writes anything, so no two pipes can be full at once.
fn talk((stdin, stdout, stderr): Pipes, bytes: &[u8], max_bytes: u64) -> Said {
    if let Some(mut stdin) = stdin {
        // Where it has ended already, its status says why.
        let _ = stdin.write_all(bytes);
    }
    let mut code = Vec::new();
    if let Some(stdout) = stdout {
        let _ = stdout.take(max_bytes).read_to_end(&mut code);
    }
    let mut words = Vec::new();
    if let Some(stderr) = stderr {
        let _ = stderr.take(WORDS_MAX_BYTES).read_to_end(&mut words);
    }
    let words = String::from_utf8_lossy(&words).into_owned();
    Said { code, words }
}

fn end(child: &mut Child, is_late: bool) -> io::Result<ExitStatus> {
    if is_late {
        child.kill()?;
    }
    child.wait()
}

/// What memory that is not to be had is called: by wasmtime, by the standard library, by the system.
const OUT_OF_MEMORY: [&str; 4] = [
    "out of memory",
    "memory allocation of",
    "Cannot allocate memory",
    "Resource temporarily unavailable",
];

fn reason(settings: &Settings, status: ExitStatus, words: &str) -> String {
    let signal = status.signal();
    if OUT_OF_MEMORY.iter().any(|known| words.contains(known)) {
        return format!(
            "it takes more memory than the limit `sandbox.compile-memory-max-bytes` of {} bytes: \
             its author has to make it smaller, or you raise the limit",
            settings.compile_memory_max_bytes
        );
    }
    if signal == Some(Signal::XCPU.as_raw()) {
        return too_slow(settings.compile_time_max_ms);
    }
    match (words.lines().next(), signal) {
        (Some(words), None) => words.to_owned(),
        (_, Some(signal)) => format!("the process that compiles ended with signal {signal}"),
        (None, None) => format!("the process that compiles ended with {status}"),
    }
}

fn too_slow(max_ms: u64) -> String {
    format!(
        "it takes longer than the limit `sandbox.compile-time-max-ms` of {max_ms} ms: its author has \
         to make it smaller, or you raise the limit"
    )
}

/// What the process does that compiles: limits itself, reads a component from stdin and writes its
/// code to stdout.
///
/// # Errors
/// Why there is no code, for stderr.
pub fn serve(memory_max_bytes: u64, time_max_ms: u64) -> Result<(), String> {
    let text = |error: io::Error| error.to_string();
    limit(memory_max_bytes, time_max_ms).map_err(text)?;
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes).map_err(text)?;
    let engine = engine::for_compiling().map_err(|error| format!("{error:#}"))?;
    let code = engine.precompile_component(&bytes);
    let code = code.map_err(|error| format!("{error:#}"))?;
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(&code)
        .and_then(|()| stdout.flush())
        .map_err(text)
}

/// Whoever gets hold of this process by what it compiles finds no file to write and no time to lose.
fn limit(memory_max_bytes: u64, time_max_ms: u64) -> io::Result<()> {
    let seconds = time_max_ms.div_ceil(1_000);
    lower(Resource::Core, 0, 0)?;
    lower(Resource::Fsize, 0, 0)?;
    // A signal that says so at the first, the end at the second.
    lower(Resource::Cpu, seconds, seconds.saturating_add(1))?;
    let memory = memory_max_bytes.saturating_add(OWN_MAX_BYTES);
    lower(Resource::As, memory, memory)?;
    Ok(set_parent_process_death_signal(Some(Signal::KILL))?)
}

/// Sets a limit of this process, or keeps the one that it was started with where that is lower.
fn lower(resource: Resource, current: u64, maximum: u64) -> io::Result<()> {
    let allowed = getrlimit(resource).maximum.unwrap_or(u64::MAX);
    let limit = |max: u64| Some(max.min(allowed));
    let limits = Rlimit {
        current: limit(current),
        maximum: limit(maximum),
    };
    Ok(setrlimit(resource, limits)?)
}
