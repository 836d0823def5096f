//! Addresses at which a step can be told something: unguessable, and bound to one step of one run.
//!
//! The last part of an address names the step and carries a code that only the holder of the
//! callback key can make. Nothing is looked up before the code has been checked.

use std::sync::{PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use mortise_model::id::{Namespace, RunId, StepPath};
use sha2::Sha256;

/// Bytes of the code: 144 bits cannot be guessed, and keep the address short.
const CODE_BYTES: usize = 18;

/// Bytes of a run's id.
const RUN_BYTES: usize = 16;

/// Makes and reads the addresses of steps.
#[derive(Debug)]
pub struct Links {
    key: [u8; 32],
    /// Without a `/` at its end.
    base: RwLock<String>,
    is_fixed: bool,
}

/// The step that an address is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Whose run it is.
    pub namespace: Namespace,
    /// The run.
    pub run: RunId,
    /// Its step.
    pub step: StepPath,
}

impl Links {
    /// Addresses below `public_url`, or below what [`Links::serve_at`] says where that is empty.
    #[must_use]
    pub fn new(public_url: &str, key: [u8; 32]) -> Self {
        let base = public_url.trim_end_matches('/').to_owned();
        Self {
            key,
            is_fixed: !base.is_empty(),
            base: RwLock::new(base),
        }
    }

    /// Says where the hooks listener is served; called once, when it is bound. The setting
    /// `hooks.public-url` counts before it.
    pub fn serve_at(&self, url: &str) {
        if !self.is_fixed {
            let mut base = self.base.write().unwrap_or_else(PoisonError::into_inner);
            url.trim_end_matches('/').clone_into(&mut base);
        }
    }

    /// The base of every address: the setting, or where the listener is served.
    #[must_use]
    pub fn base(&self) -> String {
        self.base
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The address of a step.
    #[must_use]
    pub fn url(&self, namespace: &Namespace, run: RunId, step: &StepPath) -> String {
        let name = name(namespace, run, step);
        let code = self.mac(&name).finalize().into_bytes();
        format!(
            "{}/callbacks/{}.{}",
            self.base(),
            URL_SAFE_NO_PAD.encode(&name),
            URL_SAFE_NO_PAD.encode(code.get(..CODE_BYTES).unwrap_or_default()),
        )
    }

    /// The step that the last part of an address names; none where its code is not ours, which is
    /// checked in constant time.
    #[must_use]
    pub fn open(&self, secret: &str) -> Option<Address> {
        let (name, code) = secret.split_once('.')?;
        let name = URL_SAFE_NO_PAD.decode(name).ok()?;
        let code = URL_SAFE_NO_PAD.decode(code).ok()?;
        if code.len() != CODE_BYTES || self.mac(&name).verify_truncated_left(&code).is_err() {
            return None;
        }
        let (length, rest) = name.split_first()?;
        let (namespace, rest) = rest.split_at_checked(usize::from(*length))?;
        let (run, step) = rest.split_at_checked(RUN_BYTES)?;
        Some(Address {
            namespace: std::str::from_utf8(namespace).ok()?.into(),
            run: RunId::from_bytes(run.try_into().ok()?),
            step: std::str::from_utf8(step).ok()?.into(),
        })
    }

    #[allow(clippy::expect_used, reason = "HMAC takes a key of any length")]
    fn mac(&self, name: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("any length of key");
        mac.update(name);
        mac
    }
}

/// The bytes that name a step: the namespace's length and the namespace, the run, the path.
fn name(namespace: &Namespace, run: RunId, step: &StepPath) -> Vec<u8> {
    let namespace = namespace.as_str().as_bytes();
    // A namespace has at most 63 bytes.
    let mut bytes = vec![u8::try_from(namespace.len()).unwrap_or(u8::MAX)];
    bytes.extend_from_slice(namespace);
    bytes.extend_from_slice(&run.to_bytes());
    bytes.extend_from_slice(step.as_str().as_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_address_leads_back_to_its_step_and_no_other_key_opens_it() {
        let links = Links::new("https://hooks.example.com/", [7; 32]);
        let address = Address {
            namespace: "team".into(),
            run: RunId::from_parts(1, 2),
            step: "lines[3].ok".into(),
        };
        let url = links.url(&address.namespace, address.run, &address.step);
        let secret = url
            .strip_prefix("https://hooks.example.com/callbacks/")
            .unwrap();
        assert_eq!(links.open(secret), Some(address));
        assert_eq!(Links::new("", [8; 32]).open(secret), None);
        for at in 0..secret.len() {
            let mut forged = secret.to_owned().into_bytes();
            forged[at] ^= 1;
            let forged = String::from_utf8(forged).unwrap();
            assert_eq!(links.open(&forged), None, "{forged}");
        }
        let cut = secret.get(..secret.len() - 2).unwrap();
        for bad in ["", ".", "a.b", cut] {
            assert_eq!(links.open(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_setting_counts_before_the_listener() {
        let links = Links::new("", [0; 32]);
        links.serve_at("http://127.0.0.1:9/");
        assert_eq!(links.base(), "http://127.0.0.1:9");
        let fixed = Links::new("https://a.example", [0; 32]);
        fixed.serve_at("http://127.0.0.1:9");
        assert_eq!(fixed.base(), "https://a.example");
    }
}
