//! Keys: PEM as openssl and cosign write it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mortise_model::Digest;
use ring::rand::SecureRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, ED25519, EcdsaKeyPair, Ed25519KeyPair,
    KeyPair as _, UnparsedPublicKey, VerificationAlgorithm,
};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{PrivatePkcs8KeyDer, SubjectPublicKeyInfoDer};
use zeroize::Zeroizing;

use super::KeyError;

/// What keys are made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// Over the whole message.
    Ed25519,
    /// ECDSA with P-256 over its sha256, in DER: what cosign makes by itself.
    P256,
}

impl Algorithm {
    /// What stands before the point of a public key in its SPKI (RFC 5480, RFC 8410): these two
    /// structures have one encoding each, so a prefix says all that a parser would.
    fn public_prefix(self) -> &'static [u8] {
        match self {
            Self::Ed25519 => &[
                0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
            ],
            Self::P256 => &[
                0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
                0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
            ],
        }
    }

    fn point_bytes(self) -> usize {
        match self {
            Self::Ed25519 => 32,
            Self::P256 => 65,
        }
    }

    fn verification(self) -> &'static dyn VerificationAlgorithm {
        match self {
            Self::Ed25519 => &ED25519,
            Self::P256 => &ECDSA_P256_SHA256_ASN1,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ed25519 => "ed25519",
            Self::P256 => "p256",
        })
    }
}

/// What a key is called: the sha256 of its SPKI.
pub type KeyId = Digest;

/// A key that verifies.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    algorithm: Algorithm,
    spki: Vec<u8>,
}

impl PublicKey {
    /// Reads PEM.
    ///
    /// # Errors
    /// Where it is none, or of an algorithm that is not supported.
    pub fn from_pem(pem: &[u8]) -> Result<Self, KeyError> {
        match SubjectPublicKeyInfoDer::from_pem_slice(pem) {
            Ok(spki) => Self::from_spki(&spki),
            Err(_) if mentions(pem, "PRIVATE KEY-----") => Err(KeyError::PrivateGiven),
            Err(_) => Err(KeyError::NoPublicKey),
        }
    }

    /// Reads the DER inside.
    ///
    /// # Errors
    /// Where it is damaged, or of an algorithm that is not supported.
    pub fn from_spki(spki: &[u8]) -> Result<Self, KeyError> {
        for algorithm in [Algorithm::Ed25519, Algorithm::P256] {
            let Some(point) = spki.strip_prefix(algorithm.public_prefix()) else {
                continue;
            };
            // ring takes uncompressed points alone, and so does cosign.
            if point.len() != algorithm.point_bytes() {
                return Err(KeyError::Damaged(format!(
                    "an {algorithm} key has {} bytes, and this one {}",
                    algorithm.point_bytes(),
                    point.len()
                )));
            }
            let spki = spki.to_vec();
            return Ok(Self { algorithm, spki });
        }
        Err(KeyError::Unsupported)
    }

    fn of_point(algorithm: Algorithm, point: &[u8]) -> Self {
        let spki = [algorithm.public_prefix(), point].concat();
        Self { algorithm, spki }
    }

    /// What it is for.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// What it is called.
    #[must_use]
    pub fn id(&self) -> KeyId {
        Digest::of(&self.spki)
    }

    /// As `BEGIN PUBLIC KEY`.
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem("PUBLIC KEY", &self.spki).to_string()
    }

    /// Whether this key's owner made the signature of a message.
    #[must_use]
    pub fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let point = self.spki.get(self.algorithm.public_prefix().len()..);
        let key = UnparsedPublicKey::new(self.algorithm.verification(), point.unwrap_or_default());
        key.verify(message, signature).is_ok()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} {})", self.algorithm, self.id())
    }
}

/// A key that signs. Its bytes are wiped when it goes.
pub struct SigningKey {
    pair: Pair,
    pkcs8: Zeroizing<Vec<u8>>,
}

enum Pair {
    Ed25519(Box<Ed25519KeyPair>),
    P256(Box<EcdsaKeyPair>),
}

/// What stands before the seed of an ed25519 key in PKCS#8 (RFC 8410). ring writes the second version
/// of it, which openssl 3.0 does not read.
const ED25519_PRIVATE_PREFIX: &[u8] = &[
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];
const SEED_BYTES: usize = 32;

impl SigningKey {
    /// Makes a key.
    ///
    /// # Errors
    /// Where there is no randomness.
    pub fn generate(algorithm: Algorithm, random: &dyn SecureRandom) -> Result<Self, KeyError> {
        let pkcs8 = match algorithm {
            Algorithm::Ed25519 => {
                let mut seed = Zeroizing::new([0; SEED_BYTES]);
                random.fill(&mut *seed).map_err(|_| KeyError::Random)?;
                Zeroizing::new([ED25519_PRIVATE_PREFIX, seed.as_slice()].concat())
            }
            Algorithm::P256 => {
                let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, random);
                Zeroizing::new(made.map_err(|_| KeyError::Random)?.as_ref().to_vec())
            }
        };
        Self::from_pkcs8(pkcs8, random)
    }

    /// Reads PEM.
    ///
    /// # Errors
    /// Where it is none, encrypted, or of an algorithm that is not supported.
    pub fn from_pem(pem: &[u8], random: &dyn SecureRandom) -> Result<Self, KeyError> {
        let Ok(der) = PrivatePkcs8KeyDer::from_pem_slice(pem) else {
            return Err(match () {
                () if mentions(pem, "BEGIN ENCRYPTED ") => KeyError::Encrypted,
                () if mentions(pem, "BEGIN EC PRIVATE KEY") => KeyError::OlderForm,
                () if mentions(pem, "BEGIN RSA PRIVATE KEY") => KeyError::Unsupported,
                () if mentions(pem, "BEGIN PUBLIC KEY") => KeyError::PublicGiven,
                () => KeyError::NoPrivateKey,
            });
        };
        Self::from_pkcs8(Zeroizing::new(der.secret_pkcs8_der().to_vec()), random)
    }

    fn from_pkcs8(pkcs8: Zeroizing<Vec<u8>>, random: &dyn SecureRandom) -> Result<Self, KeyError> {
        // The object identifiers say what it is; ring says only what it is not.
        let holds = |oid: &[u8]| pkcs8.windows(oid.len()).take(32).any(|part| part == oid);
        let rejected = |why: ring::error::KeyRejected| KeyError::Damaged(why.to_string());
        let pair = if holds(&[0x06, 0x03, 0x2b, 0x65, 0x70]) {
            let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&pkcs8);
            Pair::Ed25519(Box::new(pair.map_err(rejected)?))
        } else if holds(&[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]) {
            let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
            let pair = EcdsaKeyPair::from_pkcs8(algorithm, &pkcs8, random);
            Pair::P256(Box::new(pair.map_err(rejected)?))
        } else {
            return Err(KeyError::Unsupported);
        };
        Ok(Self { pair, pkcs8 })
    }

    /// The key that verifies what this one signs.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        match &self.pair {
            Pair::Ed25519(pair) => {
                PublicKey::of_point(Algorithm::Ed25519, pair.public_key().as_ref())
            }
            Pair::P256(pair) => PublicKey::of_point(Algorithm::P256, pair.public_key().as_ref()),
        }
    }

    /// As `BEGIN PRIVATE KEY`.
    #[must_use]
    pub fn to_pem(&self) -> Zeroizing<String> {
        pem("PRIVATE KEY", &self.pkcs8)
    }

    /// Signs a message.
    ///
    /// # Errors
    /// Where there is no randomness.
    pub fn sign(&self, message: &[u8], random: &dyn SecureRandom) -> Result<Vec<u8>, KeyError> {
        match &self.pair {
            Pair::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
            Pair::P256(pair) => {
                let signature = pair.sign(random, message);
                Ok(signature.map_err(|_| KeyError::Random)?.as_ref().to_vec())
            }
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({:?})", self.public())
    }
}

fn mentions(pem: &[u8], words: &str) -> bool {
    pem.windows(words.len())
        .any(|part| part == words.as_bytes())
}

/// Lines of 64 characters, as RFC 7468 has them.
fn pem(label: &str, der: &[u8]) -> Zeroizing<String> {
    const LINE: usize = 64;
    let body = Zeroizing::new(STANDARD.encode(der));
    let mut text = Zeroizing::new(format!("-----BEGIN {label}-----\n"));
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, others) = rest.split_at(rest.len().min(LINE));
        text.push_str(line);
        text.push('\n');
        rest = others;
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text
}
