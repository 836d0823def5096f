//! A manifest as its author wrote it: names not yet resolved, values not yet checked, and every
//! part knows its place.

use mortise_model::plan::{OnUnclear, Retry, Source};

use crate::source::Place;
use crate::yaml::Node;

/// A value and where it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spanned<T> {
    pub value: T,
    pub place: Place,
}

impl<T> Spanned<T> {
    pub fn new(value: T, place: Place) -> Self {
        Self { value, place }
    }
}

/// A whole manifest.
#[derive(Debug)]
pub(crate) struct Manifest<'n> {
    pub name: Option<Spanned<&'n str>>,
    pub description: Option<&'n str>,
    pub plugins: Vec<Alias<'n>>,
    pub vars: Option<&'n Node>,
    pub triggers: Vec<Trigger<'n>>,
    pub timeout_ms: Option<u64>,
    pub retain_ms: Option<u64>,
    pub steps: Vec<Step<'n>>,
    pub output: Option<&'n Node>,
    pub grants: Vec<Grant<'n>>,
}

/// An entry of `plugins`.
#[derive(Debug)]
pub(crate) struct Alias<'n> {
    pub alias: Spanned<&'n str>,
    /// `mortise/http`.
    pub name: &'n str,
    pub version: semver::VersionReq,
    /// Where `name@version` stands.
    pub place: Place,
}

/// An entry of `triggers`, in its final form.
#[derive(Debug)]
pub(crate) struct Trigger<'n> {
    pub id: Spanned<&'n str>,
    pub source: Source,
    /// Where the path of a webhook stands.
    pub path_place: Place,
}

/// An entry of `steps`.
#[derive(Debug)]
pub(crate) struct Step<'n> {
    /// None where it is missing or no id.
    pub id: Option<Spanned<&'n str>>,
    /// None where it is missing or a step of a later version.
    pub uses: Option<Spanned<&'n str>>,
    pub connection: Option<Spanned<&'n str>>,
    pub with: Option<&'n Node>,
    pub records: Option<&'n Node>,
    pub condition: Option<&'n Node>,
    pub retry: Retry,
    pub timeout_ms: u64,
    pub on_unclear: Option<OnUnclear>,
}

/// An entry of `grants`.
#[derive(Debug)]
pub(crate) struct Grant<'n> {
    /// An alias or a name.
    pub plugin: Spanned<&'n str>,
    pub hosts: Vec<String>,
}
