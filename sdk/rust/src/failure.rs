//! What went wrong, and what the engine should do about it.

pub use crate::bindings::imports::mortise::plugin::types::{Cause, Disposition, Failure};

/// The start of an application's answer that a [`Cause`] keeps, in bytes.
pub const BODY_START_BYTES: usize = 2048;

impl Failure {
    /// A failure with a decision and one sentence for the person who reads the run: lower case, no full stop.
    pub fn new(disposition: Disposition, message: impl Into<String>) -> Self {
        Self {
            disposition,
            message: message.into(),
            cause: None,
        }
    }

    /// The application may answer differently later.
    pub fn retry(message: impl Into<String>) -> Self {
        Self::new(Disposition::Retry(None), message)
    }

    /// As [`Failure::retry`], but not before the application's own time, in milliseconds.
    pub fn retry_after(wait_ms: u64, message: impl Into<String>) -> Self {
        Self::new(Disposition::Retry(Some(wait_ms)), message)
    }

    /// The request left and no answer came: it may have been carried out.
    pub fn unclear(message: impl Into<String>) -> Self {
        Self::new(Disposition::Unclear, message)
    }

    /// This input will never be accepted.
    pub fn reject(message: impl Into<String>) -> Self {
        Self::new(Disposition::Reject, message)
    }

    /// The application refused the credential.
    pub fn reauthorize(message: impl Into<String>) -> Self {
        Self::new(Disposition::Reauthorize, message)
    }

    /// The workflow's author has to change the step or the connection.
    pub fn misconfigured(message: impl Into<String>) -> Self {
        Self::new(Disposition::Misconfigured, message)
    }

    fn cause_mut(&mut self) -> &mut Cause {
        self.cause.get_or_insert(Cause {
            status: None,
            code: None,
            record: None,
            field: None,
            body: None,
        })
    }

    /// Adds the HTTP status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.cause_mut().status = Some(status);
        self
    }

    /// Adds the application's own code, such as `card_declined`.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<String>) -> Self {
        self.cause_mut().code = Some(code.into());
        self
    }

    /// Adds the index of the record in the batch, from 0.
    #[must_use]
    pub fn with_record(mut self, index: usize) -> Self {
        self.cause_mut().record = u32::try_from(index).ok();
        self
    }

    /// Adds the JSON Pointer (RFC 6901) of the field.
    #[must_use]
    pub fn with_field(mut self, pointer: impl Into<String>) -> Self {
        self.cause_mut().field = Some(pointer.into());
        self
    }

    /// Adds the start of what the application answered, see [`BODY_START_BYTES`].
    #[must_use]
    pub fn with_body(mut self, body: &[u8]) -> Self {
        let start = &body[..body.len().min(BODY_START_BYTES)];
        self.cause_mut().body = Some(match std::str::from_utf8(start) {
            Ok(text) => text.to_owned(),
            // The cut may have gone through a character: what comes before it is enough.
            Err(error) if error.error_len().is_none() => {
                String::from_utf8_lossy(&start[..error.valid_up_to()]).into_owned()
            }
            Err(_) => String::from_utf8_lossy(start).into_owned(),
        });
        self
    }
}
