//! The load generator: the same order again and again on a number of connections, each sending
//! the next one when it has the answer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use super::wire;

/// A sender that was told to come back later does so after this long, and not after the whole
/// second of `retry-after`: the queue that refused it empties within milliseconds.
const PAUSE: Duration = Duration::from_millis(5);

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Load {
    /// Answers of 2xx.
    pub accepted: u64,
    /// Answers of 429, after which the sender paused.
    pub deferred: u64,
    /// Other answers, and requests without one.
    pub errors: u64,
    /// How long each answer of 2xx took, in microseconds.
    latencies_us: Vec<u32>,
}

impl Load {
    fn add(&mut self, other: Self) {
        self.accepted += other.accepted;
        self.deferred += other.deferred;
        self.errors += other.errors;
        self.latencies_us.extend(other.latencies_us);
    }

    /// The latency that so many of a thousand answers do not exceed, in milliseconds.
    #[must_use]
    pub fn percentile_ms(&mut self, of_thousand: usize) -> f64 {
        self.latencies_us.sort_unstable();
        let at = (self.latencies_us.len() * of_thousand / 1000)
            .min(self.latencies_us.len().saturating_sub(1));
        self.latencies_us
            .get(at)
            .map_or(0.0, |us| f64::from(*us) / 1000.0)
    }
}

/// Sends for this long and waits for the last answers. Blocks; uses one thread.
///
/// # Errors
/// Where no connection can be made.
pub fn send(
    to: SocketAddr,
    path: &str,
    body: &[u8],
    connections: usize,
    during: Duration,
) -> Result<Load> {
    let mut request = format!(
        "POST {path} HTTP/1.1\r\nhost: {to}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(body);
    let request: Arc<[u8]> = request.into();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async move {
        let until = Instant::now() + during;
        let senders: Vec<_> = (0..connections)
            .map(|_| tokio::spawn(connection(to, Arc::clone(&request), until)))
            .collect();
        let mut load = Load::default();
        for sender in senders {
            load.add(sender.await??);
        }
        Ok(load)
    })
}

async fn connection(to: SocketAddr, request: Arc<[u8]>, until: Instant) -> Result<Load> {
    let mut load = Load::default();
    let mut stream = connect(to).await?;
    let mut buffer = Vec::with_capacity(4096);
    while Instant::now() < until {
        let started = Instant::now();
        match exchange(&mut stream, &request, &mut buffer).await {
            Ok(200..=299) => {
                load.accepted += 1;
                let us = started.elapsed().as_micros();
                load.latencies_us
                    .push(u32::try_from(us).unwrap_or(u32::MAX));
            }
            Ok(429) => {
                load.deferred += 1;
                sleep(PAUSE).await;
            }
            Ok(_) => load.errors += 1,
            Err(_) => {
                load.errors += 1;
                stream = connect(to).await?;
            }
        }
    }
    Ok(load)
}

async fn connect(to: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect(to)
        .await
        .with_context(|| format!("connecting to {to}"))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

async fn exchange(stream: &mut TcpStream, request: &[u8], buffer: &mut Vec<u8>) -> Result<u16> {
    buffer.clear();
    stream.write_all(request).await?;
    while wire::message(buffer).is_none() {
        anyhow::ensure!(stream.read_buf(buffer).await? > 0, "closed");
    }
    let status = buffer.get(9..12).context("no status")?;
    Ok(std::str::from_utf8(status)?.parse()?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use std::time::Duration;

    use super::send;
    use crate::bench::receiver::Receiver;

    /// Without a key every request counts as repeated: nothing that is sent escapes the receiver.
    #[test]
    fn what_was_answered_is_what_the_receiver_counted() {
        let receiver = Receiver::start().unwrap();
        let to = receiver.address().parse().unwrap();
        let mut load = send(to, "/in", b"{\"id\":1}", 4, Duration::from_millis(100)).unwrap();
        assert!(load.accepted > 0);
        assert_eq!((load.errors, load.deferred), (0, 0));
        assert!(load.percentile_ms(990) >= load.percentile_ms(500));
        let deliveries = receiver.deliveries();
        assert_eq!(deliveries.repeated, load.accepted);
        assert_eq!((deliveries.distinct(), deliveries.different), (0, 0));
        assert_eq!(deliveries.first, b"{\"id\":1}");
    }
}
