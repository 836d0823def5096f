//! The sink of the benchmark: answers everything with 200 and remembers the idempotency keys.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::{Context, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::wire;

const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{\"ok\":true}";

/// First size of a connection's buffer: an invoice with its headers.
const BUFFER_BYTES: usize = 8 * 1024;

/// What has come so far.
#[derive(Debug, Default)]
pub struct Deliveries {
    /// The distinct idempotency keys, as 128 bits of hash each.
    keys: HashSet<u128>,
    /// Requests whose key had come before, or that had none.
    pub repeated: u64,
    /// Bodies that differ from the first one, which is kept.
    pub different: u64,
    /// The first body.
    pub first: Vec<u8>,
}

impl Deliveries {
    /// How many distinct keys came.
    #[must_use]
    pub fn distinct(&self) -> u64 {
        self.keys.len() as u64
    }
}

/// A running sink; it ends with the process.
#[derive(Clone, Debug)]
pub struct Receiver {
    deliveries: Arc<Mutex<Deliveries>>,
    hashers: Arc<[RandomState; 2]>,
    address: SocketAddr,
}

impl Receiver {
    /// Starts on a free port, in a thread of its own.
    ///
    /// # Errors
    /// Where no port is free.
    pub fn start() -> Result<Self> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let receiver = Self {
            deliveries: Arc::default(),
            hashers: Arc::new([RandomState::new(), RandomState::new()]),
            address: listener.local_addr()?,
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()?;
        let serving = receiver.clone();
        thread::Builder::new()
            .name("receiver".to_owned())
            .spawn(move || runtime.block_on(serving.serve(listener)))
            .context("starting the sink")?;
        Ok(receiver)
    }

    /// `127.0.0.1:PORT`.
    #[must_use]
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// What has come so far. Requests wait while it is looked at.
    pub fn deliveries(&self) -> MutexGuard<'_, Deliveries> {
        self.deliveries
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    async fn serve(self, listener: std::net::TcpListener) {
        let Ok(listener) = TcpListener::from_std(listener) else {
            return;
        };
        while let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            tokio::spawn(self.clone().connection(stream));
        }
    }

    async fn connection(self, mut stream: TcpStream) {
        let mut buffer = Vec::with_capacity(BUFFER_BYTES);
        loop {
            while let Some(message) = wire::message(&buffer) {
                self.enter(&buffer[..message.body], &buffer[message.body..message.end]);
                buffer.drain(..message.end);
                if stream.write_all(ANSWER).await.is_err() {
                    return;
                }
            }
            match stream.read_buf(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
        }
    }

    fn enter(&self, head: &[u8], body: &[u8]) {
        let key = wire::header(head, b"idempotency-key").map(|key| self.hash(key));
        let mut deliveries = self.deliveries();
        if deliveries.first.is_empty() {
            deliveries.first = body.to_vec();
        } else if deliveries.first != body {
            deliveries.different += 1;
        }
        if !key.is_some_and(|key| deliveries.keys.insert(key)) {
            deliveries.repeated += 1;
        }
    }

    fn hash(&self, key: &[u8]) -> u128 {
        let [low, high] = &*self.hashers;
        u128::from(low.hash_one(key)) | u128::from(high.hash_one(key)) << 64
    }
}
