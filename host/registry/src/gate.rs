//! What has to be true of a plugin before anybody relies on it: `plugins/SPEC.md`, as far as it can be
//! seen without calling it.
//!
//! The sandbox looked at the component when it loaded it; [`unloadable`] puts its answer into a finding.
//! [`check`] looks at what a plugin that loads says about itself.

mod authentication;
mod descriptor;
mod examples;
mod operations;
mod schemas;
mod words;

use mortise_model::descriptor::Plugin;
use mortise_ports::plugins::LoadError;
use serde::Serialize;
use serde_json::Value;

/// Something that the author of a plugin has to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Stable, kebab-case; `plugins/SPEC.md` lists them.
    pub code: &'static str,
    /// Whether it keeps the plugin out.
    pub level: Level,
    /// One sentence: lower case, no full stop, with the remedy.
    pub message: String,
    /// Where in the descriptor: `operations/find/examples/0`; empty for the whole component.
    #[serde(rename = "where")]
    pub place: String,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// No registry takes it.
    Error,
    /// It works, and could be better.
    Advice,
}

/// The findings of one look.
#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn put(&mut self, level: Level, code: &'static str, place: &str, message: impl Into<String>) {
        self.0.push(Finding {
            code,
            level,
            message: message.into(),
            place: place.to_owned(),
        });
    }

    fn error(&mut self, code: &'static str, place: &str, message: impl Into<String>) {
        self.put(Level::Error, code, place, message);
    }

    fn advise(&mut self, code: &'static str, place: &str, message: impl Into<String>) {
        self.put(Level::Advice, code, place, message);
    }
}

/// Whether any of them keeps the plugin out.
#[must_use]
pub fn refuses(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.level == Level::Error)
}

/// Everything that there is to say about a plugin, errors first.
#[must_use]
pub fn check(plugin: &Plugin) -> Vec<Finding> {
    let mut findings = Findings::default();
    let document: Value = plugin.document.read().unwrap_or_default();
    descriptor::check(plugin, &document, &mut findings);
    authentication::check(plugin, &document, &mut findings);
    operations::check(plugin, &document, &mut findings);
    let mut findings = findings.0;
    findings.sort_by_key(|finding| finding.level != Level::Error);
    findings
}

/// Why a component is no plugin, as a finding.
#[must_use]
pub fn unloadable(error: &LoadError) -> Finding {
    let code = match error {
        LoadError::NotAComponent { .. } => "not-a-component",
        LoadError::CoreModule => "core-module",
        LoadError::Precompiled => "precompiled",
        LoadError::Malformed(_) => "damaged",
        LoadError::TooLarge { .. } => "too-large",
        LoadError::OverLimit { .. } => "over-limit",
        LoadError::UnknownImport(_) => "unknown-import",
        LoadError::NoDescribe => "no-describe",
        LoadError::NoRole => "no-role",
        LoadError::Descriptor(_) => "bad-descriptor",
        LoadError::Describe(_) => "describe-failed",
        LoadError::Compile(_) => "not-compiled",
    };
    Finding {
        code,
        level: Level::Error,
        message: error.to_string(),
        place: String::new(),
    }
}

#[cfg(test)]
mod tests;
