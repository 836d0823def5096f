//! The functions that expressions may call: those of jaq, without what would let one see or touch
//! more than its input. The plugin that runs them is built from the same definitions.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jaq_core::data::JustLut;
use jaq_json::Val;

/// Functions that do not exist here on purpose.
const FORBIDDEN: [&str; 17] = [
    "debug",
    "debug_empty",
    "env",
    "get_search_list",
    "halt",
    "halt_error",
    "input",
    "input_filename",
    "input_line_number",
    "inputs",
    "localtime",
    "mktime_local",
    "modulemeta",
    "now",
    "stderr",
    "stderr_empty",
    "strflocaltime",
];

/// Variables that do not exist here on purpose.
const FORBIDDEN_VARIABLES: [&str; 4] = ["$ENV", "$__loc__", "$__prog_args", "$ARGS"];

/// Name to numbers of arguments.
static FUNCTIONS: LazyLock<BTreeMap<&'static str, Vec<usize>>> = LazyLock::new(|| {
    let defined = jaq_core::defs()
        .chain(jaq_std::defs())
        .chain(jaq_json::defs());
    let defined = defined.map(|definition| (definition.name, definition.args.len()));
    let native = jaq_core::funs::<JustLut<Val>>()
        .chain(jaq_std::funs())
        .chain(jaq_json::funs());
    let native = native.map(|(name, arguments, _)| (name, arguments.len()));
    let mut functions: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (name, arguments) in defined.chain(native) {
        let is_internal = name.starts_with(['_', '!']) || name.contains("::");
        if !is_internal && !FORBIDDEN.contains(&name) {
            functions.entry(name).or_default().push(arguments);
        }
    }
    functions
});

/// How a function or a variable stands here.
pub(super) enum Known {
    Yes,
    /// It exists in jq and not here.
    Forbidden,
    /// There is one of that name with other numbers of arguments.
    Arguments(Vec<usize>),
    No,
}

/// Whether there is a function.
pub(super) fn function(name: &str, arguments: usize) -> Known {
    if FORBIDDEN.contains(&name) {
        return Known::Forbidden;
    }
    match FUNCTIONS.get(name) {
        None => Known::No,
        Some(known) if known.contains(&arguments) => Known::Yes,
        Some(known) => Known::Arguments(known.clone()),
    }
}

/// Whether a variable that nobody defined exists.
pub(super) fn variable(name: &str) -> Known {
    if FORBIDDEN_VARIABLES.contains(&name) {
        Known::Forbidden
    } else {
        Known::No
    }
}

/// The names of all functions.
pub(super) fn functions() -> impl Iterator<Item = &'static str> + Clone {
    FUNCTIONS.keys().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_functions_are_there_and_the_dangerous_are_not() {
        for (name, arguments) in [
            ("map", 1),
            ("length", 0),
            ("test", 1),
            ("tojson", 0),
            ("select", 1),
            ("range", 2),
            ("first", 0),
            ("@base64", 0),
        ] {
            assert!(
                matches!(function(name, arguments), Known::Yes),
                "{name}/{arguments}"
            );
        }
        for name in ["now", "env", "input", "halt", "localtime", "debug"] {
            assert!(matches!(function(name, 0), Known::Forbidden), "{name}");
        }
        assert!(matches!(function("map", 2), Known::Arguments(_)));
        assert!(matches!(function("mapp", 1), Known::No));
    }
}
