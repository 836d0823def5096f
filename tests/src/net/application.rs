//! An application that answers in every way that there is, and in some that there should not be.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::paths;

/// What it sends to a request, byte by byte as it stands.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Answer {
    /// First.
    #[serde(default)]
    pub send: String,
    /// Then, as hexadecimal digits.
    #[serde(default)]
    pub hex: String,
    /// Then, a checked-in file.
    #[serde(default)]
    pub file: Option<String>,
    /// And then.
    #[serde(default)]
    pub then: Then,
}

/// What it does when it has said everything.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case",
    deny_unknown_fields
)]
pub enum Then {
    /// Hangs up.
    #[default]
    Close,
    /// Says nothing more and stays.
    Hold,
    /// Says this again and again, for as long as somebody listens.
    Repeat {
        /// What.
        send: String,
        /// The pause before each, in milliseconds; without one as fast as it can.
        every_ms: u64,
    },
}

impl Answer {
    fn bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = self.send.clone().into_bytes();
        ensure!(
            self.hex.len().is_multiple_of(2),
            "half a byte in {}",
            self.hex
        );
        for at in (0..self.hex.len()).step_by(2) {
            let digits = self.hex.get(at..at + 2).context("not hexadecimal")?;
            bytes.push(u8::from_str_radix(digits, 16)?);
        }
        if let Some(file) = &self.file {
            bytes.extend(std::fs::read(paths::checked_in(file)?)?);
        }
        Ok(bytes)
    }
}

/// Answers by path: one after the other, and the last one from then on.
type ByPath = Arc<Mutex<HashMap<String, Vec<Answer>>>>;

/// Listens at an address and answers.
pub struct Application {
    address: SocketAddr,
    answers: ByPath,
    serving: JoinHandle<()>,
}

impl Application {
    /// At an address of this machine, whose port may be 0.
    ///
    /// # Errors
    /// Where it is taken.
    pub async fn at(address: &str) -> Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let answers = ByPath::default();
        Ok(Self {
            address: listener.local_addr()?,
            serving: tokio::spawn(serve(listener, Arc::clone(&answers))),
            answers,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What requests to a path get; to all others it says `fine`.
    pub fn answer(&self, path: &str, answers: Vec<Answer>) {
        let mut known = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(path.to_owned(), answers);
    }
}

impl Drop for Application {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(listener: TcpListener, answers: ByPath) {
    while let Ok((stream, _)) = listener.accept().await {
        let answers = Arc::clone(&answers);
        // Whoever asked for something strange may be gone before it is said.
        tokio::spawn(async move { drop(talk(stream, &answers).await) });
    }
}

async fn talk(stream: TcpStream, answers: &ByPath) -> Result<()> {
    let mut stream = BufReader::new(stream);
    let (mut line, mut path) = (String::new(), String::new());
    while stream.read_line(&mut line).await? > 2 {
        if path.is_empty() {
            path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        }
        line.clear();
    }
    let answer = next(answers, &path);
    stream.write_all(&answer.bytes()?).await?;
    match &answer.then {
        Then::Close => stream.shutdown().await?,
        Then::Hold => {
            // Until the other side hangs up.
            while !stream.fill_buf().await?.is_empty() {
                let size = stream.buffer().len();
                stream.consume(size);
            }
        }
        Then::Repeat { send, every_ms: 0 } => {
            let many = send.repeat(1_000);
            loop {
                stream.write_all(many.as_bytes()).await?;
            }
        }
        Then::Repeat { send, every_ms } => loop {
            tokio::time::sleep(Duration::from_millis(*every_ms)).await;
            stream.write_all(send.as_bytes()).await?;
        },
    }
    Ok(())
}

fn next(answers: &ByPath, path: &str) -> Answer {
    let fine = || Answer {
        send: "HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\nfine".to_owned(),
        ..Answer::default()
    };
    let mut known = answers.lock().unwrap_or_else(PoisonError::into_inner);
    match known.get_mut(path) {
        Some(list) if list.len() > 1 => list.remove(0),
        Some(list) => list.first().cloned().unwrap_or_else(fine),
        None => fine(),
    }
}
