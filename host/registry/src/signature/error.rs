//! Why a key is of no use, and why a signature does not count.

use mortise_model::Digest;
use thiserror::Error;

use super::{KeyId, PAYLOAD_MAX_BYTES, SIGNATURES_MAX};

/// Why something is no key.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// No PEM of the kind that is needed.
    #[error(
        "it holds no public key: a key is PEM with `BEGIN PUBLIC KEY`, as `mortise plugin keygen` and `openssl pkey -pubout` write it"
    )]
    NoPublicKey,
    /// A private key where others are to see it.
    #[error("it is a private key: name the public one, which ends in `.pub`, and keep this one")]
    PrivateGiven,
    /// No PEM of the kind that is needed.
    #[error(
        "it holds no private key: a key is PEM with `BEGIN PRIVATE KEY`, as `mortise plugin keygen` and `openssl genpkey` write it"
    )]
    NoPrivateKey,
    /// A public key signs nothing.
    #[error("it is a public key, which signs nothing: name the private one, which ends in `.key`")]
    PublicGiven,
    /// Encrypted, by openssl or cosign.
    #[error(
        "the private key is encrypted, which is not read here: decrypt it with `openssl pkcs8`, or make one with `mortise plugin keygen`"
    )]
    Encrypted,
    /// The older form of EC keys.
    #[error(
        "it is an EC key in its older form: convert it with `openssl pkcs8 -topk8 -nocrypt -in OLD -out NEW`"
    )]
    OlderForm,
    /// RSA, P-384 and all others.
    #[error("its algorithm is not supported: use ed25519 or ECDSA with P-256")]
    Unsupported,
    /// Not what its algorithm asks for.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// The system gives no randomness.
    #[error("the system gives no randomness")]
    Random,
}

/// Why an artifact does not count as signed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SignatureError {
    /// There is none.
    #[error(
        "`{0}` is not signed: sign it with `mortise plugin sign REF --key KEY`, or take it as it is with `--insecure-unsigned`"
    )]
    Unsigned(Digest),
    /// There are some, and nobody who is trusted made one.
    #[error(
        "`{digest}` is signed, and not by {keys}: if you trust who signed it, name their public key with `--key`",
        keys = listed(.keys)
    )]
    OtherKey {
        /// What should be signed.
        digest: Digest,
        /// The keys that were trusted.
        keys: Vec<KeyId>,
    },
    /// One by a trusted key, made for another artifact.
    #[error(
        "the signature is of another artifact: it names `{signed}`, and this is `{digest}`; have this one signed"
    )]
    OtherArtifact {
        /// What should be signed.
        digest: Digest,
        /// What is.
        signed: Digest,
    },
    /// One by a trusted key, made for another repository.
    #[error(
        "the signature is for another plugin: it names `{signed}`, and this is `{wanted}`; have it signed for this place"
    )]
    OtherReference {
        /// The repository that was asked.
        wanted: String,
        /// The repository that was signed.
        signed: String,
    },
    /// Not what the format asks for.
    #[error("the signature is damaged: {0}; have it signed again")]
    Damaged(String),
    /// A payload past its limit.
    #[error("the signature is damaged: its payload has more than {PAYLOAD_MAX_BYTES} bytes")]
    TooLarge,
    /// More than are looked at.
    #[error("it carries more than {SIGNATURES_MAX} signatures, and so many are looked at")]
    TooMany,
    /// Nobody is trusted.
    #[error("no key is named: say with `--key FILE` whose signature counts")]
    NoKeys,
}

fn listed(keys: &[KeyId]) -> String {
    let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
    keys.join(" or ")
}
