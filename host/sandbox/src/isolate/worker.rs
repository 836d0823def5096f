//! How a worker begins: it makes what takes files and threads, is confined, and says so.

use std::fs::File;
use std::io::{self, BufReader, Write as _};
use std::os::fd::AsFd as _;
use std::sync::{Arc, Barrier, mpsc};
use std::time::Duration;

use rustix::process::{Signal, set_parent_process_death_signal};
use thiserror::Error;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use wasmtime::Engine;
use wasmtime::component::Component;

use super::confine::{ConfineError, confine};
use super::frame::{self, FrameError};
use super::link::Voice;
use super::protocol::{Compiled, FromWorker, Start, ToWorker};
use super::serve::{Calls, Linked, Server};
use crate::engine;
use crate::link::Linkers;
use crate::plugin::Roles;

/// The argument that makes the program a worker. Nobody else has use for it.
pub const COMMAND: &str = "worker";

/// Why a worker does not work.
#[derive(Debug, Error)]
pub enum WorkerError {
    /// A pipe broke.
    #[error("the pipe to the host: {0}")]
    Pipe(#[from] io::Error),
    /// It was told something that makes no sense.
    #[error("the host sent {0}")]
    Frame(#[from] FrameError),
    /// Nobody started it.
    #[error("this command is started by `mortise` itself, with `isolate`")]
    NotStarted,
    /// The engine or the code cannot be used.
    #[error("the plugin cannot be made ready in a worker: {0:#}")]
    Engine(#[from] wasmtime::Error),
    /// The kernel does not confine it.
    #[error(transparent)]
    Confine(#[from] ConfineError),
}

/// Lives as a worker of the process that started this one, until that closes the pipe.
///
/// # Errors
/// Why it did not begin; whoever started it was told.
pub fn run() -> Result<(), WorkerError> {
    // Before all else: nothing that it starts shall outlive the host.
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(io::Error::from)?;
    close_inherited()?;
    let mut host = BufReader::with_capacity(
        64 << 10,
        File::from(io::stdin().as_fd().try_clone_to_owned()?),
    );
    let voice = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    let voice = Arc::new(Voice::new(voice));
    let first = frame::read(&mut host)?.ok_or(WorkerError::NotStarted)?;
    let ToWorker::Start(start) = frame::decode(&first)? else {
        return Err(WorkerError::NotStarted);
    };
    drop(first);
    let (tell, told) = unbounded_channel();
    if let Err(error) = begin(*start, told, &voice) {
        voice.say(&FromWorker::Refused(error.to_string()));
        return Err(error);
    }
    voice.say(&FromWorker::Ready);
    while let Some(frame) = frame::read(&mut host)? {
        if tell.send(frame::decode(&frame)?).is_err() {
            break;
        }
    }
    Ok(())
}

/// Closes what this process was given beside its pipes. The host opens nothing that its children
/// get, but whoever started the host may have left something open.
#[allow(unsafe_code)]
fn close_inherited() -> io::Result<()> {
    const FIRST: libc::c_uint = 3;
    // SAFETY: the call touches no memory. Nobody's descriptor is closed under his hands: this is the
    // begin of the process, no other thread is there yet, and what this thread has opened so far it has
    // closed again. Descriptors 0 to 2 stay as they are.
    let closed = unsafe { libc::syscall(libc::SYS_close_range, FIRST, libc::c_uint::MAX, 0) };
    match closed {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Makes everything ready. From then on this process can do nothing but compute, read and write.
fn begin(
    start: Start,
    told: UnboundedReceiver<ToWorker>,
    voice: &Arc<Voice>,
) -> Result<(), WorkerError> {
    end_with_panics();
    let settings = Arc::new(start.settings);
    let calls = Calls::new(settings.slow_calls_max);
    let busy = Arc::clone(&calls);
    let engine = engine::start_with(&settings, move || busy.wait_for_one())?;
    let linked = start.plugin.map(|plugin| link(&engine, &plugin));
    let linked = linked.transpose()?.unwrap_or_default();
    let server = Server::new(engine, Arc::clone(&settings), linked, (voice, &calls));
    let slow_max = settings.slow_calls_max;
    let (ready, is_ready) = mpsc::channel();
    std::thread::Builder::new()
        .name("calls".to_owned())
        .spawn(move || {
            let runtime = runtime(slow_max);
            let is_made = runtime.is_ok();
            let _ = ready.send(runtime.as_ref().err().map(ToString::to_string));
            if is_made && let Ok(runtime) = runtime {
                runtime.block_on(server.serve(told));
            }
        })?;
    match is_ready.recv() {
        Ok(None) => {}
        Ok(Some(error)) => return Err(io::Error::other(error).into()),
        Err(error) => return Err(io::Error::other(error).into()),
    }
    Ok(confine(&settings)?)
}

/// A runtime whose threads are all there: later the kernel gives none. It has no IO, so it has no
/// descriptors either.
fn runtime(slow_max: usize) -> io::Result<Runtime> {
    let runtime = Builder::new_current_thread()
        .enable_time()
        .max_blocking_threads(slow_max)
        .thread_keep_alive(Duration::from_secs(u64::from(u32::MAX)))
        .build()?;
    let all = Arc::new(Barrier::new(slow_max + 1));
    for _ in 0..slow_max {
        let all = Arc::clone(&all);
        runtime.spawn_blocking(move || all.wait());
    }
    all.wait();
    Ok(runtime)
}

/// A defect in here ends the process, as any other crash: the host knows what to do then.
fn end_with_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let _ = writeln!(io::stderr(), "{panic}");
        std::process::abort();
    }));
}

fn link(engine: &Engine, plugin: &Compiled) -> wasmtime::Result<Linked> {
    let linkers = Linkers::new(engine)?;
    let component = deserialize(engine, &plugin.code)?;
    let roles = Roles::new(&component, &linkers, &plugin.roles)?;
    let describes = plugin.roles.is_empty();
    let describing = describes.then(|| linkers.pure.instantiate_pre(&component));
    Ok(Linked {
        roles,
        describing: describing.transpose()?,
    })
}

#[allow(unsafe_code)]
fn deserialize(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: the bytes have to be what `Component::serialize` gave, unchanged. They came over the
    // pipe that only the process that started this one holds the other end of, which is the same
    // program and serialized a component that it had loaded itself. Nothing of a guest has run in
    // here yet. wasmtime itself refuses code of another version or configuration.
    unsafe { Component::deserialize(engine, code) }
}
