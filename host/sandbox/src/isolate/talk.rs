//! One call, which a worker makes and the host answers for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use mortise_model::{Disposition, Failure};
use mortise_ports::plugins::Call;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::pool::{Pool, Seat};
use super::process::Said;
use super::protocol::{Answer, Begin, Came, Task, ToWorker, Wanted};
use crate::host::direct::Direct;
use crate::host::wasi_http::AT_ONCE_MAX;
use crate::invoke::{Acted, GRACE_MS};
use crate::log::Log;
use crate::plugin::Loaded;
use crate::transform::Applied;

/// How often it is looked whether somebody still wants the result.
const LOOK_MS: u64 = 50;

/// A call under way. Whoever drops it ends the call.
struct Talk<'a> {
    pool: &'a Arc<Pool>,
    plugin: String,
    cancelled: Arc<AtomicBool>,
    /// None when it is over.
    line: Option<Line>,
    /// When the worker is killed for it.
    kill_at: Instant,
    is_cancelled: bool,
}

/// What connects a call with its worker.
struct Line {
    number: u64,
    heard: mpsc::Receiver<Said>,
    seat: Seat,
}

impl Pool {
    /// Has a connector do something. What it wants of the outside is done here.
    pub async fn act(
        self: &Arc<Self>,
        (loaded, call): (&Loaded, &Call),
        task: Task,
        direct: &Direct,
        log: &Log,
    ) -> Result<Acted, Failure> {
        let end = (direct.deadline, Duration::from_millis(GRACE_MS));
        let mut talk = self.begin_talk((loaded, call), task, end).await?;
        let mut answering = FuturesUnordered::new();
        loop {
            tokio::select! {
                said = talk.next(log, answering.len() < AT_ONCE_MAX) => match said? {
                    Next::Done(Came::Acted(ended, made)) => return Ok((ended, made)),
                    Next::Done(_) => return Err(talk.misfit()),
                    Next::Wants(number, wanted) => {
                        answering.push(async move { (number, answer(direct, wanted).await) });
                    }
                },
                Some((number, answer)) = answering.next() => talk.reply(number, answer),
            }
        }
    }

    /// Has a transform turn records into records.
    pub async fn apply(
        self: &Arc<Self>,
        (loaded, call): (&Loaded, &Call),
        task: Task,
        end: Instant,
        log: &Log,
    ) -> Result<Applied, Failure> {
        let end = (end, Duration::ZERO);
        let mut talk = self.begin_talk((loaded, call), task, end).await?;
        match talk.next(log, true).await? {
            Next::Done(Came::Applied(ended, made)) => Ok((ended, made)),
            Next::Done(_) | Next::Wants(..) => Err(talk.misfit()),
        }
    }

    async fn begin_talk<'a>(
        self: &'a Arc<Self>,
        (loaded, call): (&Loaded, &Call),
        task: Task,
        (deadline, grace): (Instant, Duration),
    ) -> Result<Talk<'a>, Failure> {
        let seat = self.seat(loaded, call, deadline).await?;
        let number = self.number();
        let heard = seat.worker.hear(number);
        let remaining = deadline.duration_since(Instant::now());
        seat.worker.tell(&ToWorker::Call(Box::new(Begin {
            call: number,
            plugin: call.operation.plugin.clone(),
            operation: call.operation.name.clone(),
            made_at: call.now.0,
            remaining_ms: u64::try_from(remaining.as_millis()).unwrap_or(u64::MAX),
            task,
        })));
        let patience = Duration::from_millis(self.settings.isolate.grace_ms);
        Ok(Talk {
            pool: self,
            plugin: call.operation.plugin.clone(),
            cancelled: Arc::clone(&call.cancelled),
            line: Some(Line {
                number,
                heard,
                seat,
            }),
            kill_at: deadline + grace + patience,
            is_cancelled: false,
        })
    }
}

/// What comes next.
enum Next {
    Wants(u32, Wanted),
    Done(Came),
}

impl Talk<'_> {
    /// What the worker says, where there is an ear for it; the call's end in any case.
    async fn next(&mut self, log: &Log, hears: bool) -> Result<Next, Failure> {
        let line = self.line.as_mut().ok_or_else(|| over(&self.plugin))?;
        loop {
            let look_at = Instant::now() + Duration::from_millis(LOOK_MS);
            tokio::select! {
                biased;
                said = line.heard.recv(), if hears => {
                    let Some(said) = said else { break };
                    return Ok(match said {
                        Said::Wants { number, wanted, log: lines } => {
                            log.admit(lines);
                            Next::Wants(number, wanted)
                        }
                        Said::Done { came, log: lines } => {
                            log.admit(lines);
                            self.line = None;
                            Next::Done(came)
                        }
                    });
                }
                () = line.seat.worker.over(), if !hears => break,
                () = tokio::time::sleep_until(look_at.min(self.kill_at)) => {}
            }
            if Instant::now() >= self.kill_at {
                let grace_ms = self.pool.settings.isolate.grace_ms;
                line.seat.worker.end(&format!(
                    "did not end a call within `isolate.grace-ms` of {grace_ms} ms after its deadline"
                ));
            } else if !self.is_cancelled && self.cancelled.load(Ordering::Relaxed) {
                self.is_cancelled = true;
                let call = line.number;
                line.seat.worker.tell(&ToWorker::Cancel { call });
            }
        }
        let why = line.seat.worker.why().to_owned();
        self.line = None;
        Err(crashed(&self.plugin, &why))
    }

    fn reply(&self, number: u32, answer: Answer) {
        if let Some(line) = &self.line {
            let call = line.number;
            line.seat.worker.tell(&ToWorker::Answer {
                call,
                number,
                answer,
            });
        }
    }

    /// It said what makes no sense for this call.
    fn misfit(&self) -> Failure {
        let what = "broke its protocol: it answered another question";
        if let Some(line) = &self.line {
            line.seat.worker.end(what);
        }
        crashed(&self.plugin, what)
    }
}

impl Drop for Talk<'_> {
    fn drop(&mut self) {
        let grace_ms = self.pool.settings.isolate.grace_ms;
        if let Some(line) = self.line.take()
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(abandon(line, grace_ms));
        }
    }
}

/// Ends a call that nobody waits for. Its place is free when the worker says that it is over.
async fn abandon(mut line: Line, grace_ms: u64) {
    let worker = &line.seat.worker;
    worker.tell(&ToWorker::Abandon { call: line.number });
    let over = async { while let Some(Said::Wants { .. }) = line.heard.recv().await {} };
    let patience = Duration::from_millis(grace_ms);
    if tokio::time::timeout(patience, over).await.is_err() {
        worker.end(&format!(
            "did not end a call within `isolate.grace-ms` of {grace_ms} ms after it was cancelled"
        ));
    }
}

/// Does what a guest wants, by the code that serves guests of this process.
async fn answer(direct: &Direct, wanted: Wanted) -> Answer {
    match wanted {
        Wanted::Send(asked) => Answer::Sent(direct.send(asked).await),
        Wanted::Transact(statements) => Answer::Transacted(direct.transact(statements).await),
        Wanted::Sign {
            secret,
            algorithm,
            data,
        } => Answer::Signed(direct.sign(&secret, algorithm, &data)),
        Wanted::Verify {
            secret,
            algorithm,
            signed,
        } => Answer::Verified(direct.verify(&secret, algorithm, &signed)),
        Wanted::Mail(asked) => Answer::Mailed(direct.mail(asked).await),
    }
}

fn crashed(plugin: &str, why: &str) -> Failure {
    let message = format!(
        "the worker process of the plugin `{plugin}` {why} while it was called: the log of this process says more"
    );
    Failure::new(Disposition::Trap, "worker-crashed", message)
}

fn over(plugin: &str) -> Failure {
    crashed(plugin, "ended")
}
