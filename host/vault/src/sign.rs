//! Signing and verifying with secrets that a plugin never sees.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use ring::rand::SystemRandom;
use ring::signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RsaKeyPair};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject as _;
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use thiserror::Error;

use crate::scheme::Algorithm;

/// Why nothing was signed or verified.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SignError {
    /// The secret is no key for the algorithm.
    #[error("the secret is no key for `{0}`: {1}")]
    NoKey(&'static str, &'static str),
}

const PKCS8: &str = "a private key in PEM (PKCS #8) is needed";
const PUBLIC: &str = "a public key of 32 bytes in hex or base64 is needed, or a private key in PEM";

impl Algorithm {
    /// As descriptors write it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::HmacSha1 => "hmac-sha1",
            Self::HmacSha256 => "hmac-sha256",
            Self::HmacSha512 => "hmac-sha512",
            Self::Rs256 => "rs256",
            Self::Es256 => "es256",
            Self::Ed25519 => "ed25519",
        }
    }

    /// Signs data. The key of an HMAC is the secret's text, any other a private key in PEM.
    ///
    /// # Errors
    /// Where the secret is no such key.
    pub fn sign(self, secret: &[u8], data: &[u8]) -> Result<Vec<u8>, SignError> {
        let random = SystemRandom::new();
        let failed = |_| self.no_key(PKCS8);
        match self {
            Self::HmacSha1 => Ok(tag::<Hmac<Sha1>>(secret, data)),
            Self::HmacSha256 => Ok(tag::<Hmac<Sha256>>(secret, data)),
            Self::HmacSha512 => Ok(tag::<Hmac<Sha512>>(secret, data)),
            Self::Rs256 => {
                let pair = self.rsa(secret)?;
                let mut out = vec![0; pair.public().modulus_len()];
                pair.sign(&signature::RSA_PKCS1_SHA256, &random, data, &mut out)
                    .map_err(failed)?;
                Ok(out)
            }
            Self::Es256 => {
                let signed = self.ecdsa(secret)?.sign(&random, data);
                signed.map(|out| out.as_ref().to_vec()).map_err(failed)
            }
            Self::Ed25519 => Ok(self.ed25519(secret)?.sign(data).as_ref().to_vec()),
        }
    }

    /// Whether data was signed with a secret; compares in constant time.
    ///
    /// # Errors
    /// Where the secret is no key for it.
    pub fn verify(self, secret: &[u8], data: &[u8], signed: &[u8]) -> Result<bool, SignError> {
        let is_by = |algorithm: &dyn signature::VerificationAlgorithm, key: &[u8]| {
            algorithm
                .verify(key.into(), data.into(), signed.into())
                .is_ok()
        };
        Ok(match self {
            Self::HmacSha1 => is_tag::<Hmac<Sha1>>(secret, data, signed),
            Self::HmacSha256 => is_tag::<Hmac<Sha256>>(secret, data, signed),
            Self::HmacSha512 => is_tag::<Hmac<Sha512>>(secret, data, signed),
            Self::Rs256 => {
                let key = self.rsa(secret)?;
                let public = key.public_key().as_ref();
                is_by(&signature::RSA_PKCS1_2048_8192_SHA256, public)
            }
            Self::Es256 => {
                let key = self.ecdsa(secret)?;
                is_by(
                    &signature::ECDSA_P256_SHA256_FIXED,
                    key.public_key().as_ref(),
                )
            }
            Self::Ed25519 => match public_key(secret) {
                Some(public) => is_by(&signature::ED25519, &public),
                None => {
                    let pair = self.ed25519(secret).map_err(|_| self.no_key(PUBLIC))?;
                    is_by(&signature::ED25519, pair.public_key().as_ref())
                }
            },
        })
    }

    fn rsa(self, secret: &[u8]) -> Result<RsaKeyPair, SignError> {
        RsaKeyPair::from_pkcs8(self.pkcs8(secret)?.secret_pkcs8_der())
            .map_err(|_| self.no_key(PKCS8))
    }

    fn ecdsa(self, secret: &[u8]) -> Result<EcdsaKeyPair, SignError> {
        let algorithm = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
        let key = self.pkcs8(secret)?;
        EcdsaKeyPair::from_pkcs8(algorithm, key.secret_pkcs8_der(), &SystemRandom::new())
            .map_err(|_| self.no_key(PKCS8))
    }

    fn ed25519(self, secret: &[u8]) -> Result<Ed25519KeyPair, SignError> {
        let key = self.pkcs8(secret)?;
        Ed25519KeyPair::from_pkcs8_maybe_unchecked(key.secret_pkcs8_der())
            .map_err(|_| self.no_key(PKCS8))
    }

    fn pkcs8(self, secret: &[u8]) -> Result<PrivatePkcs8KeyDer<'static>, SignError> {
        PrivatePkcs8KeyDer::from_pem_slice(secret).map_err(|_| self.no_key(PKCS8))
    }

    fn no_key(self, wanted: &'static str) -> SignError {
        SignError::NoKey(self.word(), wanted)
    }
}

fn mac<M: Mac + KeyInit>(secret: &[u8], data: &[u8]) -> Option<M> {
    // Every length is a key of an HMAC.
    let mut mac = <M as Mac>::new_from_slice(secret).ok()?;
    mac.update(data);
    Some(mac)
}

fn tag<M: Mac + KeyInit>(secret: &[u8], data: &[u8]) -> Vec<u8> {
    mac::<M>(secret, data).map_or_else(Vec::new, |mac| mac.finalize().into_bytes().to_vec())
}

fn is_tag<M: Mac + KeyInit>(secret: &[u8], data: &[u8], signed: &[u8]) -> bool {
    mac::<M>(secret, data).is_some_and(|mac| mac.verify_slice(signed).is_ok())
}

fn public_key(secret: &[u8]) -> Option<[u8; 32]> {
    let text = secret.trim_ascii();
    let bytes = match text.len() {
        64 => hex(text)?,
        _ => STANDARD.decode(text).ok()?,
    };
    bytes.try_into().ok()
}

pub(crate) fn hex(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let pairs = text.chunks_exact(2).map(|pair| {
        let number = digit(pair[0])? << 4 | digit(pair[1])?;
        u8::try_from(number).ok()
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// RFC 2202, 3.2; RFC 4231, 4.3: the second case of each.
    #[test]
    fn tags_are_those_of_the_standards() {
        let (key, data) = (b"Jefe", b"what do ya want for nothing?");
        for (algorithm, tag) in [
            (
                Algorithm::HmacSha1,
                "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
            ),
            (
                Algorithm::HmacSha256,
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
        ] {
            let wanted = hex(tag.as_bytes()).unwrap();
            assert_eq!(algorithm.sign(key, data).unwrap(), wanted);
            assert_eq!(algorithm.verify(key, data, &wanted), Ok(true));
            assert_eq!(algorithm.verify(key, b"other", &wanted), Ok(false));
            assert_eq!(algorithm.verify(b"Jeff", data, &wanted), Ok(false));
            assert_eq!(algorithm.verify(key, data, &wanted[1..]), Ok(false));
        }
    }

    fn pem(der: &[u8]) -> Vec<u8> {
        let text = STANDARD.encode(der);
        format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n").into_bytes()
    }

    #[test]
    fn keys_sign_what_their_other_half_verifies() {
        let random = SystemRandom::new();
        let ed25519 = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
        let curve = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
        let es256 = EcdsaKeyPair::generate_pkcs8(curve, &random).unwrap();
        for (algorithm, der) in [(Algorithm::Ed25519, ed25519), (Algorithm::Es256, es256)] {
            let secret = pem(der.as_ref());
            let signed = algorithm.sign(&secret, b"data").unwrap();
            assert_eq!(algorithm.verify(&secret, b"data", &signed), Ok(true));
            assert_eq!(algorithm.verify(&secret, b"date", &signed), Ok(false));
        }
    }

    /// RFC 8032, 7.1, test 2.
    #[test]
    fn a_public_key_verifies() {
        let key = b"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
        let signed = hex(b"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00").unwrap();
        assert_eq!(Algorithm::Ed25519.verify(key, b"\x72", &signed), Ok(true));
        assert_eq!(Algorithm::Ed25519.verify(key, b"\x73", &signed), Ok(false));
    }

    #[test]
    fn what_is_no_key_is_said() {
        for algorithm in [Algorithm::Rs256, Algorithm::Es256, Algorithm::Ed25519] {
            let error = algorithm.sign(b"text", b"data").unwrap_err();
            assert!(error.to_string().contains(algorithm.word()), "{error}");
            assert!(algorithm.verify(b"text", b"data", b"").is_err());
        }
    }
}
