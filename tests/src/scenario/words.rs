//! Words in capitals that stand for what is known only when a scenario is played: `RUN` is the last
//! run, `DATA`, `DIR` and `PLUGINS` are the folders, `HOOKS`, `ADMIN` and `SINK` the addresses,
//! `INDEX` counts what is sent several times, and `keep` makes new ones.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::script::Post;

/// What the words stand for.
#[derive(Clone, Debug, Default)]
pub struct Words {
    known: BTreeMap<String, String>,
}

impl Words {
    /// The folders of a scenario.
    pub fn set_folders(&mut self, data: &Path, workflows: &Path, plugins: &Path) {
        self.set("DATA", data.to_string_lossy());
        self.set("DIR", workflows.to_string_lossy());
        self.set("PLUGINS", plugins.to_string_lossy());
    }

    /// From now on a word stands for this.
    pub fn set(&mut self, word: &str, meaning: impl Into<String>) {
        self.known.insert(word.to_owned(), meaning.into());
    }

    /// What a word stands for; empty where nobody said.
    #[must_use]
    pub fn get(&self, word: &str) -> &str {
        self.known.get(word).map_or("", String::as_str)
    }

    /// A text with the words in it replaced. A word ends where no letter, digit or `_` follows.
    #[must_use]
    pub fn fill(&self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let word = rest.len() - rest.trim_start_matches(is_part).len();
            let end = match word {
                0 => rest.find(is_part).unwrap_or(rest.len()),
                _ => word,
            };
            let (token, after) = rest.split_at(end);
            filled += self.known.get(token).map_or(token, String::as_str);
            rest = after;
        }
        filled
    }

    /// The same of each text in a value. Names of members stay.
    #[must_use]
    pub fn fill_json(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::from(self.fill(text)),
            Value::Array(items) => items.iter().map(|item| self.fill_json(item)).collect(),
            Value::Object(members) => {
                let members = members.iter();
                let filled = members.map(|(name, value)| (name.clone(), self.fill_json(value)));
                Value::Object(filled.collect())
            }
            other => other.clone(),
        }
    }

    /// The same of a request.
    #[must_use]
    pub fn fill_post(&self, post: &Post) -> Post {
        let headers = post.headers.iter();
        Post {
            path: self.fill(&post.path),
            method: post.method.clone(),
            headers: headers
                .map(|(name, value)| (name.clone(), self.fill(value)))
                .collect(),
            file: post.file.clone(),
            json: post.json.as_ref().map(|json| self.fill_json(json)),
            text: post.text.as_ref().map(|text| self.fill(text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Words;

    #[test]
    fn whole_words_that_are_known_are_replaced_and_nothing_else() {
        let mut words = Words::default();
        words.set("RUN", "01J");
        words.set("RUN_2", "01K");
        let text = "/runs/RUN/x RUNS RUN_2 aRUN RUN: UNKNOWN";
        assert_eq!(words.fill(text), "/runs/01J/x RUNS 01K aRUN 01J: UNKNOWN");
    }
}
