//! Content on its way: in pieces, so that memory does not grow with it.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use mortise_model::ContentDigest;
use mortise_ports::{Plugins, Store, StoreError};
use tokio::time::timeout;

use super::Registry;
use super::refusal::{Code, Refusal};

/// So much is read from the disk, or gathered for it, at once.
const PIECE_BYTES: usize = 256 * 1024;

/// The next bytes of a request's body; none at its end.
pub async fn next(body: &mut Incoming, idle_ms: u64) -> Result<Option<Bytes>, Refusal> {
    loop {
        let frame = timeout(Duration::from_millis(idle_ms), body.frame()).await;
        let frame = frame.map_err(|_| {
            let message =
                format!("nothing of the body came for `registry.body-idle-ms` of {idle_ms}");
            Refusal::new(StatusCode::REQUEST_TIMEOUT, Code::UploadInvalid, message)
        })?;
        match frame {
            None => return Ok(None),
            Some(Err(error)) => {
                let message = format!("the body ended too early: {error}");
                return Err(Refusal::bad(Code::UploadInvalid, message));
            }
            Some(Ok(frame)) => match frame.into_data() {
                Ok(bytes) if !bytes.is_empty() => return Ok(Some(bytes)),
                // Trailers say nothing here.
                _ => {}
            },
        }
    }
}

/// A whole body that is known to be small.
pub async fn whole(
    body: &mut Incoming,
    max_bytes: usize,
    idle_ms: u64,
) -> Result<Option<Vec<u8>>, Refusal> {
    if body.size_hint().lower() > max_bytes as u64 {
        return Ok(None);
    }
    let mut whole = Vec::new();
    while let Some(bytes) = next(body, idle_ms).await? {
        if whole.len() + bytes.len() > max_bytes {
            return Ok(None);
        }
        whole.extend_from_slice(&bytes);
    }
    Ok(Some(whole))
}

/// Gathers small pieces, so that not each of them is a write of its own.
#[derive(Default)]
pub struct Gather(Vec<u8>);

impl Gather {
    /// Adds bytes; what is enough for a write comes back.
    pub fn add(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        self.0.extend_from_slice(bytes);
        (self.0.len() >= PIECE_BYTES).then(|| std::mem::take(&mut self.0))
    }

    /// What is left.
    pub fn rest(self) -> Vec<u8> {
        self.0
    }
}

type Piece = Pin<Box<dyn Future<Output = Result<Option<Vec<u8>>, StoreError>> + Send>>;

/// A part of a blob as the body of an answer.
pub struct Reading<S, P> {
    registry: Registry<S, P>,
    digest: ContentDigest,
    at: u64,
    end: u64,
    piece: Option<Piece>,
}

impl<S: Store, P: Plugins> Reading<S, P> {
    /// From one offset up to another.
    pub fn new(registry: Registry<S, P>, digest: ContentDigest, part: (u64, u64)) -> Self {
        Self {
            registry,
            digest,
            at: part.0,
            end: part.1,
            piece: None,
        }
    }

    fn read(&self) -> Piece {
        let (registry, digest) = (self.registry.clone(), self.digest);
        let range = self.at..self.end.min(self.at.saturating_add(PIECE_BYTES as u64));
        Box::pin(async move { registry.store().read_blob(digest, range).await })
    }
}

impl<S: Store, P: Plugins> Body for Reading<S, P> {
    type Data = Bytes;
    type Error = StoreError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, StoreError>>> {
        let reading = self.get_mut();
        if reading.at >= reading.end {
            return Poll::Ready(None);
        }
        let mut piece = reading.piece.take().unwrap_or_else(|| reading.read());
        let Poll::Ready(read) = piece.as_mut().poll(context) else {
            reading.piece = Some(piece);
            return Poll::Pending;
        };
        let bytes = match read {
            Ok(bytes) => bytes.filter(|bytes| !bytes.is_empty()),
            Err(error) => return Poll::Ready(Some(Err(error))),
        };
        let Some(bytes) = bytes else {
            // It was removed meanwhile: whoever reads sees that the rest is missing.
            let gone = StoreError::Damaged(format!("the blob `{}` is gone", reading.digest));
            return Poll::Ready(Some(Err(gone)));
        };
        reading.at += bytes.len() as u64;
        Poll::Ready(Some(Ok(Frame::data(Bytes::from(bytes)))))
    }

    fn is_end_stream(&self) -> bool {
        self.at >= self.end
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.end.saturating_sub(self.at))
    }
}
