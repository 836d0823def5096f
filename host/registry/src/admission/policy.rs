//! `policy.yaml`: whom the registry believes, what it takes from them, and what it approves by itself.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;

use crate::signature::{KeyError, PublicKey};

/// Rules for each namespace of the registry.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    namespaces: BTreeMap<String, Rules>,
}

/// What holds for one namespace.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Whose signatures count.
    pub keys: Vec<PublicKey>,
    /// What becomes of a plugin that none of them signed; where nothing is said, the registry decides.
    pub signatures: Option<Signatures>,
    /// Hosts that a plugin may want and is approved by itself; none where every plugin waits for somebody.
    pub approve_hosts: Option<Vec<String>>,
    /// The largest component in bytes.
    pub component_max_bytes: Option<u64>,
}

/// What becomes of a plugin that no trusted key signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signatures {
    /// It is refused.
    Strict,
    /// It is kept, is told of, and waits for somebody who approves it.
    Lenient,
}

/// Why a policy is of no use.
#[derive(Debug, Error)]
pub enum PolicyError {
    /// The file, or one of a key.
    #[error("`{}` cannot be read: {source}", path.display())]
    Unread {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Not what a policy looks like.
    #[error("`{}`: {why}", path.display())]
    Invalid {
        /// Which.
        path: PathBuf,
        /// What is wrong, with its line.
        why: String,
    },
    /// A key that is none.
    #[error("`{}`: `namespaces/{namespace}/keys`: `{key}`: {why}", path.display())]
    Key {
        /// The policy.
        path: PathBuf,
        /// Whose key.
        namespace: String,
        /// As the policy names it.
        key: String,
        /// What is wrong with it.
        why: KeyError,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    namespaces: BTreeMap<String, Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Entry {
    #[serde(default)]
    keys: Vec<String>,
    signatures: Option<Signatures>,
    approve: Option<Approve>,
    #[serde(default)]
    limits: Limits,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Approve {
    hosts: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Limits {
    component_max_bytes: Option<u64>,
}

/// Namespaces that no other entry names.
const OTHERS: &str = "*";

impl Policy {
    /// Reads a policy and the keys that it names, whose files lie beside it. Blocks.
    ///
    /// # Errors
    /// Where one of them cannot be read, or is not what it should be.
    pub fn read(path: &Path) -> Result<Self, PolicyError> {
        let text = fs::read_to_string(path).map_err(|source| unread(path, source))?;
        let document: Document =
            serde_saphyr::from_str(&text).map_err(|error| PolicyError::Invalid {
                path: path.to_owned(),
                why: error.to_string(),
            })?;
        let mut namespaces = BTreeMap::new();
        for (namespace, entry) in document.namespaces {
            let mut keys = Vec::new();
            for name in entry.keys {
                keys.push(key(path, &namespace, name)?);
            }
            let rules = Rules {
                keys,
                signatures: entry.signatures,
                approve_hosts: entry.approve.map(|approve| approve.hosts),
                component_max_bytes: entry.limits.component_max_bytes,
            };
            namespaces.insert(namespace, rules);
        }
        Ok(Self { namespaces })
    }

    /// What holds for a namespace; none where the policy leaves it out.
    #[must_use]
    pub fn rules(&self, namespace: &str) -> Option<&Rules> {
        let named = self.namespaces.get(namespace);
        named.or_else(|| self.namespaces.get(OTHERS))
    }
}

fn key(policy: &Path, namespace: &str, name: String) -> Result<PublicKey, PolicyError> {
    let path = policy.parent().unwrap_or(Path::new("")).join(&name);
    let pem = fs::read(&path).map_err(|source| unread(&path, source))?;
    PublicKey::from_pem(&pem).map_err(|why| PolicyError::Key {
        path: policy.to_owned(),
        namespace: namespace.to_owned(),
        key: name,
        why,
    })
}

fn unread(path: &Path, source: io::Error) -> PolicyError {
    PolicyError::Unread {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::signature::{Algorithm, SigningKey, SystemRandom};

    fn read(text: &str) -> Result<Policy, PolicyError> {
        let folder = tempfile::tempdir().unwrap();
        let key = SigningKey::generate(Algorithm::Ed25519, &SystemRandom::new()).unwrap();
        fs::write(folder.path().join("acme.pub"), key.public().to_pem()).unwrap();
        fs::write(folder.path().join("acme.key"), &*key.to_pem()).unwrap();
        let path = folder.path().join("policy.yaml");
        fs::write(&path, text).unwrap();
        Policy::read(&path)
    }

    #[test]
    fn each_namespace_has_rules_and_a_star_has_those_of_the_others() {
        let policy = read(
            "namespaces:\n  acme:\n    keys: [acme.pub]\n    signatures: strict\n    approve: { hosts: [api.acme.example] }\n    \
             limits: { component-max-bytes: 1000 }\n  '*': { signatures: lenient }\n",
        );
        let policy = policy.unwrap();
        let acme = policy.rules("acme").unwrap();
        assert_eq!(
            (acme.keys.len(), acme.signatures),
            (1, Some(Signatures::Strict))
        );
        assert_eq!(
            acme.approve_hosts.as_deref(),
            Some(&["api.acme.example".to_owned()][..])
        );
        assert_eq!(acme.component_max_bytes, Some(1000));
        let others = policy.rules("others").unwrap();
        assert_eq!(
            (others.keys.len(), others.signatures),
            (0, Some(Signatures::Lenient))
        );
        assert!(others.approve_hosts.is_none());
        let policy = read("namespaces: { acme: {} }").unwrap();
        assert!(policy.rules("others").is_none());
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (text, wanted) in [
            (
                "namespaces: { acme: { keys: [none.pub] } }",
                "none.pub` cannot be read",
            ),
            (
                "namespaces: { acme: { keys: [acme.key] } }",
                "`namespaces/acme/keys`: `acme.key`: it is a private key",
            ),
            ("namespaces: { acme: { key: [] } }", "unknown field `key`"),
            (
                "namespaces: { acme: { signatures: none } }",
                "unknown variant `none`",
            ),
            ("", "policy.yaml`"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(wanted), "{text}: {error}");
        }
    }
}
