//! From nothing to a worker that takes calls.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::Duration;

use thiserror::Error;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::pipe::{Receiver, Sender};
use tokio::sync::oneshot;

use super::frame::{self, FrameError};
use super::pipe::{Inbox, Outbox};
use super::protocol::{Compiled, FromWorker, Start, ToWorker, message_max_bytes};
use super::worker::COMMAND;
use crate::settings::Settings;

/// Why there is no worker.
#[derive(Debug, Error)]
pub(crate) enum StartError {
    /// The system gives no process.
    #[error("no worker process can be started: {0}")]
    Process(#[from] io::Error),
    /// The worker says so.
    #[error("{0}")]
    Refused(String),
    /// It ended.
    #[error("the worker process {0} before it was ready")]
    Ended(String),
    /// It took too long.
    #[error("the worker process was not ready within `isolate.start-ms` of {0} ms")]
    Late(u64),
    /// The call that it is for can wait no longer.
    #[error("the worker process was not ready before the deadline of the step")]
    Deadline,
    /// It said something else.
    #[error("the worker process sent {0}")]
    Frame(#[from] FrameError),
}

/// A worker that takes calls.
pub(crate) struct Fresh {
    pub outbox: Outbox,
    pub inbox: Inbox,
    pub process: Process,
}

/// Starts and ends processes, on a thread that lives as long as any of them: the kernel kills a
/// worker whose parent's thread ends.
#[derive(Clone)]
pub(crate) struct Spawner(mpsc::Sender<Wish>);

enum Wish {
    Begin(oneshot::Sender<io::Result<Child>>),
    End(Child, Option<oneshot::Sender<ExitStatus>>),
}

impl Spawner {
    pub fn new() -> io::Result<Self> {
        let (wishes, wanted) = mpsc::channel();
        std::thread::Builder::new()
            .name("isolate".to_owned())
            .spawn(move || {
                for wish in wanted {
                    grant(wish);
                }
            })?;
        Ok(Self(wishes))
    }

    async fn begin(&self) -> io::Result<Child> {
        let (reply, child) = oneshot::channel();
        let gone = || io::Error::other("the thread that starts workers is gone");
        self.0.send(Wish::Begin(reply)).map_err(|_| gone())?;
        child.await.map_err(|_| gone())?
    }
}

fn grant(wish: Wish) {
    match wish {
        Wish::Begin(reply) => drop(reply.send(begin())),
        Wish::End(mut child, reply) => {
            // It may have ended by itself: then this changes nothing.
            let _ = child.kill();
            if let (Ok(status), Some(reply)) = (child.wait(), reply) {
                let _ = reply.send(status);
            }
        }
    }
}

/// The very program that runs, whatever lies in its place by now, and nothing of its environment.
fn begin() -> io::Result<Child> {
    Command::new("/proc/self/exe")
        .arg0("mortise")
        .arg(COMMAND)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
}

/// A process, which ends where nobody holds this any more.
pub(crate) struct Process {
    child: Mutex<Option<Child>>,
    pid: u32,
    spawner: Spawner,
}

impl Process {
    /// Ends it without a word; [`end`](Self::end) says how it ended.
    pub fn kill(&self) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(child) = child.as_mut() {
            let _ = child.kill();
        }
    }

    /// Ends it, and says how it ended, which may be earlier.
    pub async fn end(&self) -> String {
        let (reply, status) = oneshot::channel();
        self.give_back(Some(reply));
        match status.await {
            Ok(status) => in_words(status),
            Err(_) => "ended".to_owned(),
        }
    }

    pub fn pid(&self) -> u32 {
        self.pid
    }

    fn give_back(&self, reply: Option<oneshot::Sender<ExitStatus>>) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(child) = child.take() {
            let _ = self.spawner.0.send(Wish::End(child, reply));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.give_back(None);
    }
}

fn in_words(status: ExitStatus) -> String {
    match (status.signal(), status.code()) {
        (Some(signal), _) => format!("was ended by signal {signal}"),
        (None, Some(code)) => format!("ended by itself with code {code}"),
        (None, None) => "ended".to_owned(),
    }
}

/// Starts a worker and waits until it takes calls.
pub(crate) async fn start(
    spawner: &Spawner,
    settings: &Settings,
    plugin: Option<Compiled>,
) -> Result<Fresh, StartError> {
    let start_ms = settings.isolate.start_ms;
    let starting = begun(spawner, settings, plugin);
    let started = tokio::time::timeout(Duration::from_millis(start_ms), starting).await;
    started.unwrap_or(Err(StartError::Late(start_ms)))
}

async fn begun(
    spawner: &Spawner,
    settings: &Settings,
    plugin: Option<Compiled>,
) -> Result<Fresh, StartError> {
    let mut child = spawner.begin().await?;
    let pid = child.id();
    let ends = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let process = Process {
        pid,
        child: Mutex::new(Some(child)),
        spawner: spawner.clone(),
    };
    let (Some(stdin), Some(stdout), Some(stderr)) = ends else {
        return Err(io::Error::other("it has no pipes").into());
    };
    tokio::spawn(complaints(pid, Receiver::from_owned_fd(stderr.into())?));
    let mut to = Sender::from_owned_fd(OwnedFd::from(stdin))?;
    let start = ToWorker::Start(Box::new(Start {
        settings: of_worker(settings),
        plugin,
    }));
    let written = to.write_all(&frame::encode(&start)?).await;
    let from = Receiver::from_owned_fd(OwnedFd::from(stdout))?;
    let mut inbox = Inbox::new(from, message_max_bytes(settings));
    // Where writing failed it has ended, and its first word says why, or its end does.
    let first = inbox.next().await;
    let Ok(Some(first)) = first else {
        return Err(StartError::Ended(process.end().await));
    };
    match frame::decode(&first)? {
        FromWorker::Ready => written?,
        FromWorker::Refused(why) => return Err(StartError::Refused(why)),
        FromWorker::Ask { .. } | FromWorker::Done { .. } => {
            let what = "it spoke before it was asked";
            return Err(StartError::Refused(what.to_owned()));
        }
    }
    Ok(Fresh {
        outbox: Outbox::new(to),
        inbox,
        process,
    })
}

/// Transforms that take long, in one worker at once.
const SLOW_CALLS_MAX: usize = 2;

/// The numbers of one worker; and no path.
fn of_worker(settings: &Settings) -> Settings {
    Settings {
        cache_dir: None,
        compiler: None,
        calls_max: settings.isolate.calls_max,
        slow_calls_max: SLOW_CALLS_MAX,
        ..settings.clone()
    }
}

/// What of a worker's complaints goes to the log.
const COMPLAINTS_MAX_BYTES: usize = 8 << 10;

/// A worker says something on its standard error only where it breaks down. It may be a guest's
/// words, so nothing of it reaches a terminal as it is.
async fn complaints(pid: u32, mut pipe: Receiver) {
    let (mut said, mut buffer) = (Vec::new(), [0; 1 << 10]);
    while let Ok(read @ 1..) = pipe.read(&mut buffer).await {
        let room = COMPLAINTS_MAX_BYTES - said.len();
        said.extend_from_slice(&buffer[..read.min(room)]);
    }
    for line in String::from_utf8_lossy(&said).lines() {
        tracing::warn!(worker = pid, said = %line.escape_debug(), "a worker broke down");
    }
}
