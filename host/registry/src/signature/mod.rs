//! Signatures of plugins by key, in cosign's format. Nothing here reads a file or asks a network.
//!
//! What is signed is a small JSON document, the [`Payload`], that names a manifest by its digest and
//! the repository that it is for. Payload and signature lie in a manifest of their own, the
//! [`Envelope`], under a tag that follows from the digest ([`tag_of`]). [`verify`] holds all of it
//! against keys that the reader trusts; who has those keys needs nobody else.
//!
//! A file is signed without any of that: its bytes are, and the signature is a line of base64, as
//! `cosign verify-blob` takes it ([`sign_bytes`], [`verify_bytes`]).

mod envelope;
mod error;
mod key;
mod payload;
mod verify;

#[cfg(test)]
mod tests;

pub use envelope::{Envelope, Signed, tag_of};
pub use error::{KeyError, SignatureError};
pub use key::{Algorithm, KeyId, PublicKey, SigningKey};
pub use payload::Payload;
pub use ring::rand::{SecureRandom, SystemRandom};
pub use verify::{Subject, Verified, sign_bytes, verify, verify_bytes};

/// The media type of the document that is signed.
pub const PAYLOAD_MEDIA_TYPE: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
/// The annotation of a layer that carries the signature of its payload, in base64.
pub const ANNOTATION: &str = "dev.cosignproject.cosign/signature";
/// What kind of artifact a manifest of signatures is, for a list of referrers.
pub const ARTIFACT_TYPE: &str = "application/vnd.dev.cosign.artifact.sig.v1+json";
/// The largest payload that is read: one of ours has some 300 bytes.
pub const PAYLOAD_MAX_BYTES: usize = 16 * 1024;
/// The most signatures of one artifact that are looked at: each costs a request and a verification.
pub const SIGNATURES_MAX: usize = 32;
