//! Words on stderr, which is for people.
#![allow(clippy::print_stderr)]

use std::fmt;
use std::io::{IsTerminal as _, stderr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// Nothing is said about what takes less.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often a line says that something still goes on.
const REPEAT: Duration = Duration::from_secs(5);

/// Prints a line.
pub fn note(text: impl fmt::Display) {
    eprintln!("{text}");
}

/// Prints a question, which is answered on the same line.
pub fn ask(question: &str) {
    eprint!("{question}");
}

/// Prints an error, which may have several lines.
pub fn error(text: impl fmt::Display) {
    eprintln!("error: {text}");
}

/// Says what goes on where it takes long and somebody looks; dropping it ends that.
pub struct Progress {
    done: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// Begins something that may take long.
#[must_use]
pub fn progress(what: impl Into<String>) -> Progress {
    let done = Arc::new(AtomicBool::new(false));
    if !stderr().is_terminal() {
        return Progress { done, thread: None };
    }
    let (what, ended) = (what.into(), Arc::clone(&done));
    // A thread of its own: the work may keep every task of the runtime from running.
    let thread = std::thread::spawn(move || {
        let began = Instant::now();
        let mut due = PATIENCE;
        while !ended.load(Ordering::Acquire) {
            if began.elapsed() >= due {
                eprintln!("{what} ({} s) …", began.elapsed().as_secs());
                due += REPEAT;
            }
            std::thread::park_timeout(due.saturating_sub(began.elapsed()));
        }
    });
    Progress {
        done,
        thread: Some(thread),
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}
