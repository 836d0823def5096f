//! The host's ends of a worker's pipes.

use std::io;
use std::sync::{Mutex, PoisonError};

use bytes::{Buf as _, BytesMut};
use serde::Serialize;
use tokio::io::AsyncReadExt as _;
use tokio::net::unix::pipe::{Receiver, Sender};
use tokio::sync::Notify;

use super::frame::{self, FrameError};

/// What goes to a worker. Nothing of it is ever sent by half, whoever is dropped meanwhile.
pub(crate) struct Outbox {
    pipe: Sender,
    /// What the pipe had no room for.
    waiting: Mutex<BytesMut>,
    has_waiting: Notify,
}

impl Outbox {
    pub fn new(pipe: Sender) -> Self {
        Self {
            pipe,
            waiting: Mutex::default(),
            has_waiting: Notify::new(),
        }
    }

    /// Sends a message, at once where there is room. Whether the worker is still there, its inbox
    /// knows.
    pub fn put<T: Serialize>(&self, message: &T) -> Result<(), FrameError> {
        let frame = frame::encode(message)?;
        let mut rest = frame.as_slice();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.is_empty()
            && let Ok(written) = self.pipe.try_write(rest)
        {
            rest = &rest[written..];
        }
        if !rest.is_empty() {
            waiting.extend_from_slice(rest);
            self.has_waiting.notify_one();
        }
        Ok(())
    }

    /// Sends what waits, as long as the worker takes it.
    pub async fn flush(&self) -> io::Result<()> {
        loop {
            self.has_waiting.notified().await;
            while self.write_waiting()? {
                self.pipe.writable().await?;
            }
        }
    }

    /// Whether something still waits.
    fn write_waiting(&self) -> io::Result<bool> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        while !waiting.is_empty() {
            match self.pipe.try_write(&waiting) {
                Ok(written) => waiting.advance(written),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(!waiting.is_empty())
    }
}

/// What comes from a worker.
pub(crate) struct Inbox {
    pipe: Receiver,
    read: BytesMut,
    message_max_bytes: usize,
}

impl Inbox {
    pub fn new(pipe: Receiver, message_max_bytes: usize) -> Self {
        Self {
            pipe,
            read: BytesMut::new(),
            message_max_bytes,
        }
    }

    /// The next frame; none at the end. Nothing is lost where this is dropped.
    pub async fn next(&mut self) -> io::Result<Option<BytesMut>> {
        loop {
            let frame = frame::split(&mut self.read, self.message_max_bytes);
            if let Some(frame) = frame.map_err(io::Error::other)? {
                return Ok(Some(frame));
            }
            if self.pipe.read_buf(&mut self.read).await? == 0 {
                return Ok(None);
            }
        }
    }
}
