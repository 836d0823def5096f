//! A scenario whose daemon is killed at a chosen operation, started again, and told again what it
//! has not answered, as a sender would.

use std::net::SocketAddr;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tempfile::TempDir;

use super::effects::Effects;
use super::image::{self, Tree};
use super::layout::Action;
use super::preload::{Fault, Preload};
use crate::api;
use crate::cli;
use crate::daemon::{Daemon, Launch};
use crate::paths;
use crate::scenario::script::{Post, Step};
use crate::scenario::{Script, Words, play, stage};
use crate::sink::{Ledger, Sink};

/// A scenario with a data folder that has its plans and nothing else, ready to be played often.
pub struct Rehearsal {
    case: PathBuf,
    script: Script,
    folder: TempDir,
    sink: SocketAddr,
    fresh: Tree,
    undisturbed: Effects,
    operations: u64,
}

/// How one play went.
#[derive(Clone, Debug)]
pub struct Played {
    /// What came of it.
    pub effects: Effects,
    /// Whether the daemon was killed on the way.
    pub killed: bool,
    /// Operations on the data folder, from ready on, until it was killed or all was at rest.
    pub operations: u64,
}

impl Rehearsal {
    /// Plays a scenario undisturbed.
    ///
    /// # Errors
    /// Where that does not work.
    pub async fn of(case: &Path) -> Result<Self> {
        let script = Script::read(case)?;
        let folder = tempfile::tempdir()?;
        let workflows = folder.path().join("workflows");
        std::fs::create_dir(&workflows)?;
        let sink = Sink::start().await?;
        let folders = [Some(case.to_path_buf()), script.workflows.clone()];
        for from in folders.into_iter().flatten() {
            let from = paths::root().join(from);
            stage::copy_manifests(&from, &workflows, &sink.address(), &Words::default())?;
        }
        let mut rehearsal = Self {
            case: case.to_path_buf(),
            script,
            sink: sink.address().parse()?,
            fresh: Tree::new(),
            undisturbed: Effects::default(),
            operations: 0,
            folder,
        };
        sink.stop().await;
        let daemon = rehearsal.launch().start().await?;
        ensure!(daemon.stop().await?.success(), "it does not stop");
        rehearsal.fresh = image::tree_of(&rehearsal.data())?;
        let played = rehearsal.play(None).await?;
        rehearsal.undisturbed = played.effects;
        rehearsal.operations = played.operations;
        Ok(rehearsal)
    }

    /// How many operations the data folder sees, from ready on until all is at rest.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.operations
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn workflows(&self) -> PathBuf {
        self.folder.path().join("workflows")
    }

    fn launch(&self) -> Launch {
        stage::launch(&self.data(), &self.workflows(), &self.script)
    }

    /// Plays it with the daemon killed right before an operation, and holds what came of it against
    /// what came of it undisturbed.
    ///
    /// # Errors
    /// What was lost, or done twice, or does not come to rest.
    pub async fn crash_before(&self, operation: u64) -> Result<Played> {
        let fault = Fault::at(Action::KillBefore, operation);
        let context = || format!("killed before operation {operation} of {}", self.operations);
        let played = self.play(Some(fault)).await.with_context(context)?;
        let compared = played
            .effects
            .compare(&self.undisturbed, !self.script.sink.is_empty());
        compared.with_context(context)?;
        Ok(played)
    }

    async fn play(&self, fault: Option<Fault>) -> Result<Played> {
        image::replace(&self.data(), &self.fresh)?;
        let preload = Preload::new(&self.data())?;
        let sink = Sink::start_at(self.sink).await?;
        sink.script(self.script.sink.iter().cloned());
        let daemon = self.launch().preload(&preload)?.start().await?;
        let before = preload.operations()?;
        if let Some(fault) = fault {
            preload.arm(fault)?;
        }
        let mut player = Player {
            rehearsal: self,
            sink,
            daemon,
            acknowledged: Vec::new(),
            run: String::new(),
            killed: false,
        };
        for (index, step) in self.script.play.iter().enumerate() {
            let context = || format!("step {} of `play`", index + 1);
            player.step(index, step).await.with_context(context)?;
        }
        let runs = player
            .insist(async |_, daemon| all_at_rest(daemon).await)
            .await?;
        let operations = preload.operations()? - before;
        preload.disarm()?;
        for run in &player.acknowledged {
            let known = runs.iter().any(|known| known["id"] == run.as_str());
            ensure!(known, "run {run} was acknowledged, and is not there");
        }
        let effects = Effects::of(&runs, &player.sink.ledger());
        let killed = player.killed;
        let status = player.daemon.stop().await?;
        ensure!(status.success(), "the daemon ended with {status}");
        player.sink.stop().await;
        Ok(Played {
            effects,
            killed,
            operations,
        })
    }
}

/// One play.
struct Player<'a> {
    rehearsal: &'a Rehearsal,
    sink: Sink,
    daemon: Daemon,
    /// Runs whose acceptance was answered.
    acknowledged: Vec<String>,
    /// The last of them.
    run: String,
    killed: bool,
}

impl Player<'_> {
    /// Does something that needs the daemon; once more with a new one where that was killed.
    async fn insist<T>(&mut self, act: impl AsyncFn(&Sink, &Daemon) -> Result<T>) -> Result<T> {
        let error = match act(&self.sink, &self.daemon).await {
            Ok(done) => return Ok(done),
            Err(error) if self.killed => return Err(error),
            Err(error) => error,
        };
        let status = self.daemon.exited().await.context(error)?;
        ensure!(
            status.signal() == Some(9),
            "the daemon ended with {status}: {}",
            self.daemon.stderr()
        );
        self.killed = true;
        self.daemon = self.rehearsal.launch().start().await?;
        act(&self.sink, &self.daemon).await
    }

    async fn step(&mut self, index: usize, step: &Step) -> Result<()> {
        if let Some(post) = &step.post {
            self.post(index, post).await?;
        } else if let Some(post) = &step.admin {
            let mut post = post.clone();
            post.path = post.path.replace("RUN", &self.run);
            let case = self.rehearsal.case.clone();
            self.insist(async |_, daemon| {
                play::send(&case, &daemon.admin, &daemon.route(&post.path), &post).await
            })
            .await?;
        } else if let Some(arguments) = &step.mortise {
            self.command(arguments, &step.stdin).await?;
        } else if let Some(count) = step.arrived {
            self.arrived(count).await?;
        }
        if step.run.is_some() && !self.run.is_empty() {
            let run = self.run.clone();
            self.insist(async |_, daemon| daemon.rest(&run).await)
                .await?;
        }
        Ok(())
    }

    /// An event has an id, so that its sender may send it again.
    async fn post(&mut self, index: usize, post: &Post) -> Result<()> {
        let mut post = post.clone();
        let has_id = ["webhook-id", "idempotency-key"]
            .iter()
            .any(|name| post.headers.contains_key(*name));
        if !has_id {
            let id = format!("step-{index}");
            post.headers.insert("webhook-id".to_owned(), id);
        }
        let case = self.rehearsal.case.clone();
        let answer = self
            .insist(async |_, daemon| {
                play::send(&case, &daemon.client, &daemon.hook(&post.path), &post).await
            })
            .await?;
        let run = answer.header("mortise-run");
        if !run.is_empty() {
            run.clone_into(&mut self.run);
            self.acknowledged.push(self.run.clone());
        }
        Ok(())
    }

    /// What a command says depends on when the daemon was killed, so only its effects count.
    async fn command(&mut self, arguments: &[String], stdin: &str) -> Result<()> {
        // A daemon that is gone is started first: the command is meant for one that runs.
        self.insist(async |_, daemon| daemon.read("/runs?limit=1").await)
            .await?;
        let workflows = self.rehearsal.workflows();
        let mut words = Words::default();
        words.set_folders(&self.rehearsal.data(), &workflows, &paths::plugins()?);
        words.set("RUN", &self.run);
        let arguments = arguments.iter().map(|argument| words.fill(argument));
        cli::mortise_in(&workflows, arguments, stdin).await?;
        Ok(())
    }

    /// Waits for the sink, and for the end of the daemon, which would make the wait one for ever.
    async fn arrived(&mut self, count: usize) -> Result<()> {
        let what = format!("{count} arrived");
        let there = |ledger: &Ledger| ledger.received.len() >= count;
        tokio::select! {
            arrived = self.sink.until(&what, there) => arrived,
            ended = self.daemon.ended() => {
                ended?;
                self.insist(async |_, daemon| daemon.read("/runs?limit=1").await).await?;
                self.sink.until(&what, there).await
            }
        }
    }
}

/// Every run, once all of them are at rest: one that ends may have started another.
async fn all_at_rest(daemon: &Daemon) -> Result<Vec<Value>> {
    loop {
        let mut runs = Vec::new();
        let listed = daemon.read("/runs?limit=500").await?;
        for run in listed["items"].as_array().context("no items")? {
            let id = run["id"].as_str().context("a run without an id")?;
            let rested = api::is_rest(run);
            runs.push((rested, daemon.rest(id).await?));
        }
        if runs.iter().all(|(rested, _)| *rested) {
            return Ok(runs.into_iter().map(|(_, run)| run).collect());
        }
    }
}
