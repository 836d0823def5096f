//! Where values come from: flag over environment over file over default.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use super::Settings;
use super::table::{ROWS, Row};
use crate::exit::{Outcome, Stop};

/// Values given by flags, by name of the setting.
pub type Flags = Vec<(&'static str, String)>;

/// The settings with where each of them comes from.
pub struct Resolved {
    /// Typed.
    pub settings: Settings,
    /// Shown.
    pub list: Vec<Shown>,
}

/// A setting as `mortise settings` shows it.
#[derive(Debug, Serialize)]
pub struct Shown {
    /// Its name.
    pub name: &'static str,
    /// What holds.
    pub value: Value,
    /// What would hold if nobody said anything.
    pub default: Value,
    /// `ms`, `bytes`, …
    pub unit: &'static str,
    /// `flag`, `environment`, `file` or `default`.
    pub source: &'static str,
    /// What it is.
    pub help: &'static str,
}

/// Puts all sources together. `variable` reads the environment.
///
/// # Errors
/// The first value that does not fit, with where it stands; a name in the file that is none.
pub fn resolve(
    file: Option<&Path>,
    flags: &Flags,
    variable: impl Fn(&str) -> Option<String>,
) -> Outcome<Resolved> {
    let from_variable = variable("MORTISE_SETTINGS");
    let file = file.or(from_variable.as_deref().map(Path::new));
    let mut written = match file {
        Some(path) => read_file(path)?,
        None => BTreeMap::new(),
    };
    let defaults = Settings::default();
    let mut settings = defaults.clone();
    let mut list = Vec::new();
    for row in ROWS {
        let from_file = written.remove(row.name);
        let flag = flags.iter().find(|(name, _)| *name == row.name);
        let (source, place, value) = if let Some((_, text)) = flag {
            let place = format!("the flag `--{}`", row.name);
            ("flag", place, Some(Value::from(text.as_str())))
        } else if let Some(text) = variable(&row.variable()) {
            let place = format!("the variable `{}`", row.variable());
            ("environment", place, Some(Value::from(text)))
        } else if let Some(value) = from_file {
            ("file", in_file(row.name, file), Some(value))
        } else {
            ("default", String::new(), None)
        };
        if let Some(value) = value {
            (row.set)(&mut settings, &value)
                .map_err(|expected| Stop::usage(format!("{place} must be {expected}")))?;
        }
        list.push(shown(row, source, &settings, &defaults));
    }
    match written.into_keys().next() {
        Some(unknown) => Err(unknown_name(&unknown, file)),
        None => Ok(Resolved { settings, list }),
    }
}

fn shown(row: &Row, source: &'static str, settings: &Settings, defaults: &Settings) -> Shown {
    Shown {
        name: row.name,
        value: (row.get)(settings),
        default: (row.get)(defaults),
        unit: row.unit,
        source,
        help: row.help,
    }
}

fn in_file(name: &str, file: Option<&Path>) -> String {
    let file = file.map(|path| path.display().to_string());
    format!("`{name}` in `{}`", file.unwrap_or_default())
}

fn unknown_name(name: &str, file: Option<&Path>) -> Stop {
    let near = ROWS
        .iter()
        .map(|row| (strsim::jaro_winkler(name, row.name), row.name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let hint = near.map_or_else(
        || "`mortise settings` lists every setting".to_owned(),
        |(_, name)| format!("is `{name}` meant?"),
    );
    Stop::usage(format!("{} is no setting; {hint}", in_file(name, file)))
}

/// The values of a file by their full names: `runner: {lanes: 4}` is `runner.lanes: 4`.
fn read_file(path: &Path) -> Outcome<BTreeMap<String, Value>> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Stop::usage(format!("the settings `{shown}` cannot be read: {error}")))?;
    if text.trim().is_empty() {
        return Ok(BTreeMap::new());
    }
    let value: Value = serde_saphyr::from_str(&text)
        .map_err(|error| Stop::usage(format!("the settings `{shown}` are not YAML: {error}")))?;
    let mut values = BTreeMap::new();
    match value {
        Value::Null => {}
        Value::Object(_) => flatten("", value, &mut values),
        _ => {
            return Err(Stop::usage(format!(
                "the settings `{shown}` must be a map of names to values"
            )));
        }
    }
    Ok(values)
}

fn flatten(prefix: &str, value: Value, values: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let name = if prefix.is_empty() {
                    name
                } else {
                    format!("{prefix}.{name}")
                };
                flatten(&name, value, values);
            }
        }
        value => {
            values.insert(prefix.to_owned(), value);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::io::Write as _;

    fn file(text: &str) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file
    }

    fn none(_: &str) -> Option<String> {
        None
    }

    fn source<'a>(resolved: &'a Resolved, name: &str) -> &'a str {
        let shown = resolved.list.iter().find(|shown| shown.name == name);
        shown.unwrap().source
    }

    #[test]
    fn a_flag_beats_the_environment_beats_the_file() {
        let file = file("listen: file\nadmin: file\nrunner: {lanes: 3}\nstore.cache-bytes: 5\n");
        let flags = vec![("listen", "flag".to_owned())];
        let variable = |name: &str| {
            ["MORTISE_LISTEN", "MORTISE_ADMIN"]
                .contains(&name)
                .then(|| "environment".to_owned())
        };
        let resolved = resolve(Some(file.path()), &flags, variable).unwrap();
        assert_eq!(resolved.settings.listen, "flag");
        assert_eq!(resolved.settings.admin, "environment");
        assert_eq!(resolved.settings.runner.lanes, 3);
        assert_eq!(resolved.settings.store.cache_bytes, 5);
        assert_eq!(source(&resolved, "listen"), "flag");
        assert_eq!(source(&resolved, "admin"), "environment");
        assert_eq!(source(&resolved, "runner.lanes"), "file");
        assert_eq!(source(&resolved, "threads"), "default");
    }

    #[test]
    fn the_file_may_be_named_by_the_environment() {
        let file = file("egress.allow-private: [127.0.0.0/8]\n");
        let path = file.path().display().to_string();
        let variable = |name: &str| (name == "MORTISE_SETTINGS").then(|| path.clone());
        let resolved = resolve(None, &Flags::new(), variable).unwrap();
        assert_eq!(resolved.settings.egress.allow_private.len(), 1);
    }

    #[test]
    fn an_unknown_name_is_an_error_with_the_nearest_one() {
        let file = file("runner.lane: 3\n");
        let stop = resolve(Some(file.path()), &Flags::new(), none)
            .err()
            .unwrap();
        assert!(
            stop.message
                .unwrap()
                .ends_with("is no setting; is `runner.lanes` meant?")
        );
    }

    #[test]
    fn a_wrong_value_is_named_with_its_place() {
        let variable = |name: &str| (name == "MORTISE_RUNNER_LANES").then(|| "many".to_owned());
        let stop = resolve(None, &Flags::new(), variable).err().unwrap();
        assert_eq!(
            stop.message.as_deref(),
            Some("the variable `MORTISE_RUNNER_LANES` must be a whole number of runs from 1")
        );
    }
}
