//! What is remembered between polls.

use std::cmp::Ordering;
use std::collections::HashSet;

use mortise_sdk::Failure;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::order::Key;

/// Where the next poll goes on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cursor {
    /// With `order-by`: the highest value of the last list that was read to its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub highest: Option<Value>,
    /// The ids of the items that have it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub at_highest: Vec<String>,
    /// Without: ids that were seen, the one seen last at the end.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<String>,
    /// The tag of a list that was read to its end in one page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// A list that is not read to its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub walk: Option<Walk>,
}

/// A list that is being read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Walk {
    /// The address of the next page; the first one without it.
    pub next: Option<String>,
    /// Pages that were read.
    pub pages: u32,
    /// Items that were read.
    pub items: u32,
    /// The trigger begins now: what is in the list is old.
    pub quiet: bool,
    /// The highest value so far, which counts once the list is read to its end.
    pub highest: Option<Value>,
    /// The ids of the items that have it.
    pub at_highest: Vec<String>,
}

impl Cursor {
    /// Whether an item with such a value is new; and whether it is older than what was remembered, so that
    /// nothing new comes behind it where the newest come first.
    pub fn compare(&self, id: &str, key: &Key) -> Result<Compared, Failure> {
        let Some(highest) = self.highest.as_ref().and_then(Key::of) else {
            return Ok(Compared::New);
        };
        Ok(match order(key, &highest)? {
            Ordering::Greater => Compared::New,
            Ordering::Equal if self.at_highest.iter().any(|known| known == id) => Compared::Known,
            Ordering::Equal => Compared::New,
            Ordering::Less => Compared::Older,
        })
    }

    /// Remembers the ids of a page; those that were not seen for longest are forgotten first.
    pub fn see(&mut self, ids: &[&str], most: usize) {
        let page: HashSet<&str> = ids.iter().copied().collect();
        self.seen.retain(|known| !page.contains(known.as_str()));
        let mut added = HashSet::new();
        let added = ids.iter().filter(|id| added.insert(**id));
        self.seen.extend(added.map(|id| (*id).to_owned()));
        let surplus = self.seen.len().saturating_sub(most);
        self.seen.drain(..surplus);
    }

    /// The list is read to its end: what was highest in it counts.
    pub fn finish(&mut self, walk: Walk) {
        if walk.highest.is_some() {
            self.highest = walk.highest;
            self.at_highest = walk.at_highest;
        }
    }
}

/// An item against what is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compared {
    /// It was never given.
    New,
    /// It was given, and its like may come behind it.
    Known,
    /// It was given before others that were given.
    Older,
}

impl Walk {
    /// Raises the highest value to that of an item, or adds the item to those that have it.
    pub fn raise(&mut self, id: &str, value: &Value, key: &Key) -> Result<(), Failure> {
        let ordering = match self.highest.as_ref().and_then(Key::of) {
            Some(highest) => order(key, &highest)?,
            None => Ordering::Greater,
        };
        match ordering {
            Ordering::Greater => {
                self.highest = Some(value.clone());
                self.at_highest = vec![id.to_owned()];
            }
            Ordering::Equal if !self.at_highest.iter().any(|known| known == id) => {
                self.at_highest.push(id.to_owned());
            }
            Ordering::Equal | Ordering::Less => {}
        }
        Ok(())
    }
}

/// Two values of the field.
pub fn order(a: &Key, b: &Key) -> Result<Ordering, Failure> {
    a.compare(b).ok_or_else(|| {
        let why = "the values at `order-by` are of different kinds, such as a time and a number: name a field that is of one kind";
        Failure::misconfigured(why).with_field("/order-by")
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_ids_at_the_highest_value_are_told_apart() {
        let cursor = Cursor {
            highest: Some(json!(5)),
            at_highest: vec!["a".to_owned()],
            ..Cursor::default()
        };
        let compare =
            |id: &str, value: Value| cursor.compare(id, &Key::of(&value).unwrap()).unwrap();
        assert_eq!(compare("a", json!(5)), Compared::Known);
        assert_eq!(compare("b", json!(5)), Compared::New);
        assert_eq!(compare("a", json!(6)), Compared::New);
        assert_eq!(compare("b", json!(4)), Compared::Older);
        assert!(cursor.compare("b", &Key::Text("x".to_owned())).is_err());
    }

    #[test]
    fn the_same_list_is_remembered_the_same_way() {
        let mut cursor = Cursor::default();
        cursor.see(&["a", "b"], 3);
        cursor.see(&["b", "c"], 3);
        assert_eq!(cursor.seen, ["a", "b", "c"]);
        cursor.see(&["b", "c"], 3);
        assert_eq!(cursor.seen, ["a", "b", "c"]);
        cursor.see(&["d"], 3);
        assert_eq!(cursor.seen, ["b", "c", "d"]);
    }
}
