//! What a program may call: the functions of jaq, and the definitions that come with it in jq.

use jaq_core::DataT;
use jaq_core::load;
use jaq_core::load::parse::Def;
use jaq_core::native::Fun;
use jaq_json::Val;

/// Functions and definitions of jq that would let a program see or touch more than its input.
const FORBIDDEN: [&str; 13] = [
    "debug",
    "debug_empty",
    "env",
    "halt",
    "halt_error",
    "input",
    "input_filename",
    "inputs",
    "localtime",
    "now",
    "stderr",
    "stderr_empty",
    "strflocaltime",
];

/// Whether a name is kept from programs.
pub fn is_forbidden(name: &str) -> bool {
    FORBIDDEN.contains(&name)
}

/// The functions that programs and definitions are made of.
pub fn functions<D: for<'a> DataT<V<'a> = Val>>() -> impl Iterator<Item = Fun<D>> {
    jaq_core::funs()
        .chain(jaq_std::funs())
        .chain(jaq_json::funs())
        .filter(|(name, _, _)| !is_forbidden(name))
}

/// The definitions, read set by set and only when a name is looked for.
pub struct Prelude {
    definitions: Vec<Def<&'static str>>,
    sets_read: usize,
}

impl Prelude {
    /// Nothing read yet.
    pub const fn new() -> Self {
        Self {
            definitions: Vec::new(),
            sets_read: 0,
        }
    }

    /// The definitions of these names, in the order in which they build on each other.
    pub fn named(&self, names: &[&str]) -> Vec<Def<&'static str>> {
        let is_named = |definition: &&Def<&str>| names.contains(&definition.name);
        self.definitions.iter().filter(is_named).cloned().collect()
    }

    /// Adds those of the names that are defined; whether there was a new one.
    pub fn want(&mut self, names: &[String], wanted: &mut Vec<&'static str>) -> bool {
        let before = wanted.len();
        for name in names {
            if let Some(name) = self.find(name)
                && !wanted.contains(&name)
            {
                wanted.push(name);
            }
        }
        wanted.len() > before
    }

    fn find(&mut self, name: &str) -> Option<&'static str> {
        loop {
            let found = self.definitions.iter().find(|known| known.name == name);
            if let Some(found) = found {
                return Some(found.name);
            }
            if !self.read_set() {
                return None;
            }
        }
    }

    fn read_set(&mut self) -> bool {
        let is_allowed = |definition: &Def<&str>| !is_forbidden(definition.name);
        match self.sets_read {
            0 => self.definitions.extend(jaq_core::defs().filter(is_allowed)),
            1 => self.definitions.extend(jaq_std::defs().filter(is_allowed)),
            2 => self.definitions.extend(jaq_json::defs().filter(is_allowed)),
            3 => self.definitions.extend(own()),
            _ => return false,
        }
        self.sets_read += 1;
        true
    }
}

/// What jaq lacks; a test reads it, so it can be read here.
fn own() -> Vec<Def<&'static str>> {
    load::parse(include_str!("prelude.jq"), |parser| parser.defs()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use std::collections::BTreeMap;

    use jaq_core::data::JustLut;

    use super::{Prelude, functions};

    /// Sets are read only until a name is found, and a function is taken before a definition: no
    /// later one may mean something else.
    #[test]
    fn no_name_is_defined_in_two_places() {
        let functions: Vec<(&str, usize)> = functions::<JustLut<jaq_json::Val>>()
            .map(|(name, arguments, _)| (name, arguments.len()))
            .collect();
        let mut prelude = Prelude::new();
        let mut sets: BTreeMap<&str, usize> = BTreeMap::new();
        let mut seen = 0;
        while prelude.read_set() {
            for definition in &prelude.definitions[seen..] {
                let set = sets.entry(definition.name).or_insert(prelude.sets_read);
                assert_eq!(*set, prelude.sets_read, "`{}`", definition.name);
                let function = (definition.name, definition.args.len());
                assert!(!functions.contains(&function), "`{}`", definition.name);
            }
            seen = prelude.definitions.len();
        }
        assert_eq!(prelude.sets_read, 4);
    }
}
