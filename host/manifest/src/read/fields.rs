//! The names of a map, each asked for once; what nobody asked for is a mistake.

use crate::diagnostic::Code;
use crate::source::{Place, Sink};
use crate::suggest;
use crate::yaml::{Entry, Node, Value};

/// A map whose names are being read.
pub(crate) struct Fields<'n> {
    /// What the map is, for messages: ``a `webhook` ``.
    what: &'static str,
    place: Place,
    entries: &'n [Entry],
    known: Vec<&'n str>,
}

impl<'n> Fields<'n> {
    /// Reads a map; none, with a diagnostic, where the node is something else.
    pub fn of(node: &'n Node, what: &'static str, sink: &mut Sink<'_>) -> Option<Self> {
        let Some(entries) = node.entries() else {
            wrong_type(node, what, "a map (`name: value`)", sink);
            return None;
        };
        Some(Self {
            what,
            place: node.place,
            entries,
            known: Vec::new(),
        })
    }

    /// Where the map begins.
    pub fn place(&self) -> Place {
        self.place
    }

    /// The entry of a name, if it is there.
    pub fn take(&mut self, name: &'static str) -> Option<&'n Entry> {
        if !self.known.contains(&name) {
            self.known.push(name);
        }
        self.entries.iter().find(|entry| entry.key == name)
    }

    /// The entry of a name that has to be there.
    pub fn require(
        &mut self,
        name: &'static str,
        example: &str,
        sink: &mut Sink<'_>,
    ) -> Option<&'n Entry> {
        let entry = self.take(name);
        if entry.is_none() {
            sink.error(
                Code::MissingField,
                self.place,
                format!("{} needs `{name}`", self.what),
                format!("write `{example}`"),
            );
        }
        entry
    }

    /// Says nothing more about an entry that has a diagnostic of its own.
    pub fn forgive_if(&mut self, entry: &'n Entry, has_one: bool) {
        if has_one {
            self.known.push(&entry.key);
        }
    }

    /// Reports every name that nobody asked for.
    pub fn finish(self, sink: &mut Sink<'_>) {
        for entry in self.entries {
            let key = entry.key.as_str();
            if self.known.contains(&key) {
                continue;
            }
            if sink.is_full() {
                return;
            }
            let words = self.known.iter().copied();
            let help = match suggest::nearest(key, words) {
                Some(word) => format!("did you mean `{word}`?"),
                None => suggest::help(key, self.known.iter().copied()),
            };
            sink.error(
                Code::UnknownField,
                entry.key_place,
                format!("{} has no `{key}`", self.what),
                help,
            );
        }
    }
}

/// Says that a value is of the wrong type.
pub(super) fn wrong_type(node: &Node, what: &str, wanted: &str, sink: &mut Sink<'_>) {
    sink.error(
        Code::WrongType,
        node.place,
        format!("{what} has to be {wanted}, not {}", node.kind()),
        format!("write {wanted} here"),
    );
}

/// The items of a list; empty, with a diagnostic, where the node is something else.
pub(crate) fn items<'n>(node: &'n Node, what: &str, sink: &mut Sink<'_>) -> &'n [Node] {
    match &node.value {
        Value::List(items) => items,
        Value::Null => &[],
        _ => {
            wrong_type(node, what, "a list (`- item`)", sink);
            &[]
        }
    }
}
