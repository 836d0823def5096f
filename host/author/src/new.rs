//! A new plugin: a template with another name, and the SDK beside it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use thiserror::Error;

use crate::embedded;
use crate::language::{Language, Role};

/// What is asked for.
#[derive(Clone, Debug)]
pub struct NewPlugin {
    /// Kebab-case.
    pub name: String,
    /// Whose it is: the part before the name.
    pub namespace: String,
    /// What it is written in.
    pub language: Language,
    /// What it is for.
    pub role: Role,
}

/// Why there is no new plugin.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum NewError {
    /// A name that not every language takes.
    #[error(
        "`{0}` is no name for a plugin: it takes lower-case letters, digits and `-`, and begins with a letter"
    )]
    Name(String),
    /// The binary was built without it.
    #[error("this build of mortise has no template for {0}")]
    NoTemplate(String),
}

/// What templates are called, in each way of writing it.
const SAMPLE: [&str; 3] = ["sample-plugin", "sample_plugin", "SamplePlugin"];
/// The folder of the SDK in a plugin's folder.
const SDK: &str = "mortise-sdk";
const NAME_MAX_BYTES: usize = 63;

impl NewPlugin {
    /// Its files, by their paths in its folder.
    ///
    /// # Errors
    /// Where the name is none, or there is no template.
    pub fn files(&self) -> Result<BTreeMap<PathBuf, Vec<u8>>, NewError> {
        for name in [&self.name, &self.namespace] {
            if !is_name(name) {
                return Err(NewError::Name(name.clone()));
            }
        }
        let mut files = BTreeMap::new();
        self.template(&mut files)?;
        for case in self.role.cases() {
            let path = format!("tests/{case}.yaml");
            if let Some(bytes) = embedded::file(&format!("sdk/cases/{case}.yaml")) {
                files.insert(path.into(), bytes.to_vec());
            }
        }
        for (path, bytes) in embedded::below(&format!("sdk/{}", self.language.sdk())) {
            if is_library(path) {
                files.insert(PathBuf::from(SDK).join(path), bytes.to_vec());
            }
        }
        if self.language == Language::Rust {
            for (path, text) in embedded::contract() {
                files.insert(PathBuf::from(SDK).join("wit").join(path), text.into());
            }
        }
        let licence = embedded::file("LICENSE").unwrap_or_default();
        files.insert(PathBuf::from(SDK).join("LICENSE"), licence.to_vec());
        Ok(files)
    }

    fn template(&self, files: &mut BTreeMap<PathBuf, Vec<u8>>) -> Result<(), NewError> {
        let (language, role) = (self.language.word(), self.role.word());
        let missing = || NewError::NoTemplate(format!("{language} and {role}"));
        let roles = embedded::file(&format!("sdk/{language}/roles.yaml")).ok_or_else(missing)?;
        let roles: BTreeMap<String, Vec<String>> =
            serde_saphyr::from_slice(roles).map_err(|_| missing())?;
        let kept = roles.get(role).ok_or_else(missing)?;
        let is_kept = |path: &str| {
            let below = |kept: &String| path.strip_prefix(kept.as_str());
            let mut rests = kept.iter().filter_map(below);
            rests.any(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let template = format!("sdk/{language}/template");
        let over = format!("sdk/{language}/roles/{role}");
        let template = embedded::below(&template).filter(|(path, _)| is_kept(path));
        for (path, bytes) in template.chain(embedded::below(&over)) {
            files.insert(self.renamed(path).into(), self.rewritten(bytes));
        }
        Ok(())
    }

    fn rewritten(&self, bytes: &[u8]) -> Vec<u8> {
        match std::str::from_utf8(bytes) {
            Ok(text) => self.renamed(text).into_bytes(),
            Err(_) => bytes.to_vec(),
        }
    }

    fn renamed(&self, text: &str) -> String {
        let [kebab, snake, camel] = SAMPLE;
        let whole = format!("{}/{}", self.namespace, self.name);
        text.replace(&format!("example/{kebab}"), &whole)
            .replace(&format!("example:{kebab}"), &whole.replace('/', ":"))
            .replace(kebab, &self.name)
            .replace(snake, &self.name.replace('-', "_"))
            .replace(camel, &camel_case(&self.name))
    }
}

/// What of an SDK's folder a plugin needs.
fn is_library(path: &str) -> bool {
    let first = path.split('/').next().unwrap_or_default();
    !["template", "roles", "roles.yaml", "tests", "wit"].contains(&first)
        && !path.ends_with("_test.go")
}

fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_lowercase())
        && text.len() <= NAME_MAX_BYTES
        && !text.ends_with('-')
        && !text.contains("--")
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn camel_case(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let mut chars = word.chars();
        let first = chars.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(chars).collect::<String>()
    });
    words.collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn new(language: Language, role: Role) -> NewPlugin {
        NewPlugin {
            name: "crm-sync".to_owned(),
            namespace: "acme".to_owned(),
            language,
            role,
        }
    }

    #[test]
    fn every_language_has_every_role_under_the_new_name() {
        for language in Language::ALL {
            for role in Role::ALL {
                let files = new(language, role).files().unwrap();
                let whole = format!("{language:?} {role:?}");
                assert!(files.contains_key(&PathBuf::from("README.md")), "{whole}");
                let mut named = 0;
                for (path, bytes) in files.iter().filter(|(path, _)| !path.starts_with(SDK)) {
                    let text = String::from_utf8_lossy(bytes);
                    named += usize::from(text.contains("acme/crm-sync"));
                    let path = path.display().to_string();
                    for name in SAMPLE {
                        assert!(
                            !text.contains(name) && !path.contains(name),
                            "{whole}: {path}"
                        );
                    }
                }
                assert!(named > 0, "{whole}");
                assert!(files.keys().any(|path| path.starts_with(SDK)), "{whole}");
                for case in role.cases() {
                    let path = PathBuf::from(format!("tests/{case}.yaml"));
                    assert!(files.contains_key(&path), "{whole}: {case}");
                }
            }
        }
    }

    /// A script about what a template does not have would fail the first test of its author.
    #[test]
    fn every_operation_of_a_role_has_a_script_and_none_is_about_another() {
        let all = [Role::Connector.cases(), Role::Transform.cases()].concat();
        for language in Language::ALL {
            for role in Role::ALL {
                let files = new(language, role).files().unwrap();
                let own = files.keys().filter(|path| !path.starts_with(SDK));
                let sources: Vec<_> = own
                    .filter(|path| path.extension().is_none_or(|ending| ending != "yaml"))
                    .filter_map(|path| path.file_stem()?.to_str())
                    .collect();
                // What every connection has lies in a file of another name in each language.
                let operations = all.iter().filter(|case| **case != "check");
                for case in operations {
                    let is_there = sources.contains(&case.replace('-', "_").as_str());
                    let is_played = role.cases().contains(case);
                    assert_eq!(is_there, is_played, "{language:?} {role:?}: {case}");
                }
            }
        }
    }

    #[test]
    fn a_name_has_to_fit_every_language() {
        for name in ["", "Crm", "1a", "a_b", "a/b", "../a", "a-", "a--b"] {
            let mut new = new(Language::Rust, Role::Action);
            name.clone_into(&mut new.name);
            assert_eq!(new.files().unwrap_err(), NewError::Name(name.to_owned()));
        }
    }
}
