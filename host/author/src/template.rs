//! Integrations to begin with: a folder each of `templates/`, embedded.

use std::collections::BTreeSet;

use crate::embedded;

/// The one for those who name none.
pub const STARTER: &str = "starter";

/// A folder with workflows, their tests and a page that explains them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Template {
    /// Kebab-case: the folder's name.
    pub name: &'static str,
}

impl Template {
    /// All of them, by name.
    #[must_use]
    pub fn all() -> BTreeSet<Self> {
        let folders = embedded::below("templates").filter_map(|(path, _)| path.split_once('/'));
        folders.map(|(name, _)| Self { name }).collect()
    }

    /// The one of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::all().into_iter().find(|one| one.name == name)
    }

    /// What it does: the first paragraph of its page, in one line.
    #[must_use]
    pub fn summary(self) -> String {
        let page = embedded::file(&format!("templates/{}/README.md", self.name));
        let page = String::from_utf8_lossy(page.unwrap_or_default());
        let paragraph = page.split("\n\n").nth(1).unwrap_or_default();
        paragraph.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Its files, by their paths in its folder.
    pub fn files(self) -> impl Iterator<Item = (&'static str, &'static [u8])> {
        embedded::below("templates").filter_map(move |(path, bytes)| {
            let path = path.strip_prefix(self.name)?.strip_prefix('/')?;
            Some((path, bytes))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_says_what_it_does_and_has_a_workflow() {
        assert!(Template::named(STARTER).is_some());
        for template in Template::all() {
            assert!(template.summary().ends_with('.'), "{template:?}");
            let mut names = template.files().map(|(name, _)| name);
            assert!(names.any(|name| name.ends_with(".yaml")), "{template:?}");
        }
    }
}
