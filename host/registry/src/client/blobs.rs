//! Blobs: taken whole, put whole or in pieces.

use bytes::Bytes;
use http::Method;
use http::header::{CONTENT_RANGE, CONTENT_TYPE, HeaderMap, HeaderValue, RANGE};
use mortise_egress::Response;
use url::Url;

use super::send::Call;
use super::{Client, ClientError};
use crate::artifact::Blob;

/// Told how many bytes of a blob have gone out, and how many there are.
pub type Progress<'a> = &'a (dyn Fn(u64, u64) + Sync);

impl Client {
    /// The bytes of a blob, which are those that it names.
    ///
    /// # Errors
    /// `NotFound` where there is none; `TooLarge` before anything is asked.
    pub async fn blob(&self, repository: &str, blob: &Blob) -> Result<Bytes, ClientError> {
        let limit = self.settings.blob_max_bytes;
        if blob.size > limit {
            return Err(ClientError::TooLarge {
                what: "blob",
                size: blob.size,
                limit,
                setting: "oci.blob-max-bytes",
            });
        }
        let url = self.url(&format!("{repository}/blobs/{}", blob.digest));
        let call = Call::new(Method::GET, url).within(repository, "pull");
        let answer = self.send(&call).await?;
        if answer.status != 200 {
            return Err(self.bad(&answer, &format!("blob `{}`", blob.digest)));
        }
        let found = Blob::of(&blob.media_type, &answer.body);
        if found.digest != blob.digest || found.size != blob.size {
            return Err(ClientError::Damaged {
                registry: self.registry.to_string(),
                wanted: blob.digest,
                found: found.digest,
            });
        }
        Ok(answer.body)
    }

    /// Whether the registry has a blob already.
    ///
    /// # Errors
    /// Where no answer comes.
    pub async fn has_blob(&self, repository: &str, blob: &Blob) -> Result<bool, ClientError> {
        let url = self.url(&format!("{repository}/blobs/{}", blob.digest));
        let call = Call::new(Method::HEAD, url).within(repository, "pull,push");
        let answer = self.send(&call).await?;
        match answer.status {
            200 => Ok(true),
            404 => Ok(false),
            _ => Err(self.bad(&answer, &format!("repository `{repository}`"))),
        }
    }

    /// Puts a blob, unless the registry has it: says whether it had.
    ///
    /// # Errors
    /// Where the registry refuses it.
    pub async fn put_blob(
        &self,
        repository: &str,
        blob: &Blob,
        bytes: Bytes,
        progress: Progress<'_>,
    ) -> Result<bool, ClientError> {
        if self.has_blob(repository, blob).await? {
            return Ok(true);
        }
        let url = self.url(&format!("{repository}/blobs/uploads/"));
        let call = Call::new(Method::POST, url).within(repository, "pull,push");
        let answer = self.send(&call).await?;
        if answer.status != 202 {
            return Err(self.bad(&answer, &format!("repository `{repository}`")));
        }
        let place = self.led(&call.url, &answer)?;
        let upload = Upload {
            client: self,
            repository,
            bytes,
            progress,
        };
        upload.put(blob, place, &answer).await?;
        Ok(false)
    }
}

/// An upload under way.
struct Upload<'a> {
    client: &'a Client,
    repository: &'a str,
    bytes: Bytes,
    progress: Progress<'a>,
}

impl Upload<'_> {
    async fn put(&self, blob: &Blob, place: Url, opened: &Response) -> Result<(), ClientError> {
        let chunk = self.chunk(opened);
        let (place, last) = match self.bytes.len() > chunk {
            true => (self.pieces(place, chunk).await?, Bytes::new()),
            false => (place, self.bytes.clone()),
        };
        let mut end = place;
        end.query_pairs_mut()
            .append_pair("digest", &blob.digest.to_string());
        let answer = self.send(Method::PUT, end, None, last).await?;
        match answer.status {
            201 | 204 => {
                let whole = self.bytes.len() as u64;
                (self.progress)(whole, whole);
                Ok(())
            }
            _ => Err(self.client.bad(&answer, "such upload")),
        }
    }

    /// The size of a piece: the registry may want larger ones.
    fn chunk(&self, opened: &Response) -> usize {
        let least = opened.headers.get("oci-chunk-min-length");
        let least = least.and_then(|value| value.to_str().ok()?.parse().ok());
        self.client.settings.chunk_bytes.max(least.unwrap_or(1))
    }

    /// Sends piece after piece; where one gets lost, the registry says from where to go on.
    async fn pieces(&self, mut place: Url, chunk: usize) -> Result<Url, ClientError> {
        let (whole, mut done, mut losses) = (self.bytes.len(), 0, 0);
        while done < whole {
            let end = (done + chunk).min(whole);
            let range = format!("{done}-{}", end - 1);
            let piece = self.bytes.slice(done..end);
            let sent = self
                .send(Method::PATCH, place.clone(), Some(range), piece)
                .await;
            let is_lost = match &sent {
                Ok(answer) => answer.status >= 500 || answer.status == 416,
                Err(error) => matches!(error, ClientError::Unreachable { .. }),
            };
            let answer = if is_lost {
                losses += 1;
                if losses >= self.client.settings.tries_max {
                    return sent.and_then(|answer| Err(self.client.bad(&answer, "such upload")));
                }
                self.send(Method::GET, place.clone(), None, Bytes::new())
                    .await?
            } else {
                sent?
            };
            if !(200..300).contains(&answer.status) {
                return Err(self.client.bad(&answer, "such upload"));
            }
            let kept = self.kept(&answer, if is_lost { 0 } else { end })?;
            // A registry that keeps nothing would be asked for ever.
            if kept <= done && !is_lost {
                return Err(self.client.strange("it takes a piece and does not keep it"));
            }
            done = kept;
            // The answer to a question may leave the place as it is.
            if answer.headers.contains_key(http::header::LOCATION) {
                place = self.client.led(&place, &answer)?;
            }
            (self.progress)(done as u64, whole as u64);
        }
        Ok(place)
    }

    /// How many bytes the registry has.
    fn kept(&self, answer: &Response, otherwise: usize) -> Result<usize, ClientError> {
        let Some(range) = answer.headers.get(RANGE) else {
            return Ok(otherwise);
        };
        let range = range.to_str().unwrap_or_default();
        let range = range.strip_prefix("bytes=").unwrap_or(range);
        let last = range
            .split_once('-')
            .and_then(|(_, last)| last.parse().ok());
        match last {
            // Nothing is said in the same way as one byte is.
            Some(0) => Ok(0),
            Some(last) if last < self.bytes.len() => Ok(last + 1),
            _ => Err(self.client.strange(format!("its `range` is `{range}`"))),
        }
    }

    async fn send(
        &self,
        method: Method,
        place: Url,
        range: Option<String>,
        body: Bytes,
    ) -> Result<Response, ClientError> {
        let mut headers = HeaderMap::new();
        let kind = HeaderValue::from_static("application/octet-stream");
        headers.insert(CONTENT_TYPE, kind);
        if let Some(range) = range.and_then(|range| HeaderValue::from_str(&range).ok()) {
            headers.insert(CONTENT_RANGE, range);
        }
        let call = Call::new(method, place).headers(headers).body(body);
        self.client
            .send(&call.within(self.repository, "pull,push"))
            .await
    }
}
