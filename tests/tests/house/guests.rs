//! One tiny guest for each behaviour, and a test for each guest. And the layout of guests.

use wasmparser::{Operator, Parser, Payload};

use super::{folders, no_complaints, read, repository, root, target};

/// The stack that .cargo/config.toml gives to guests, in bytes.
const STACK: i32 = 65_536;

/// Guests that need more, as their build script says: they recurse over programs, templates and documents.
const LARGER_STACKS: &[(&str, i32)] = &[("jq", 1_048_576), ("text", 1_048_576), ("xml", 262_144)];

#[test]
fn every_guest_has_a_test_that_names_it() {
    let tests: String = repository()
        .into_iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs"))
        .filter(|path| path.starts_with("tests/tests") || path.starts_with("host"))
        .map(read)
        .collect();
    let complaints = folders("tests/guests")
        .into_iter()
        .filter(|name| {
            root()
                .join("tests/guests")
                .join(name)
                .join("Cargo.toml")
                .exists()
        })
        .filter(|name| {
            !tests.contains(&format!("\"{name}\"")) && !tests.contains(&format!("{name}.wasm"))
        })
        .map(|name| format!("no test names the guest tests/guests/{name}"))
        .collect();
    no_complaints(complaints);
}

/// A call touches few pages only where the stack is small and lies at the start of the memory;
/// how a guest was built (by rustup's library or by Debian's) must not change that.
#[test]
fn plugins_keep_a_small_stack_at_the_start_of_their_memory() {
    let mut complaints = Vec::new();
    for name in folders("plugins") {
        let path = target().join("plugins").join(&name).with_extension("wasm");
        let bytes =
            std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let larger = LARGER_STACKS.iter().find(|(plugin, _)| *plugin == name);
        let expected = larger.map_or(STACK, |(_, stack)| *stack);
        let found = stack_pointer(&bytes);
        if found != Some(expected) {
            complaints.push(format!(
                "{name}: the stack starts at {found:?} instead of {expected}"
            ));
        }
    }
    no_complaints(complaints);
}

/// Where the stack of a component's first module starts, growing downwards: the value of its
/// first global.
fn stack_pointer(component: &[u8]) -> Option<i32> {
    Parser::new(0)
        .parse_all(component)
        .find_map(|payload| match payload.unwrap() {
            Payload::GlobalSection(globals) => {
                let first = globals.into_iter().next()?.unwrap();
                match first.init_expr.get_operators_reader().read().unwrap() {
                    Operator::I32Const { value } => Some(value),
                    _ => None,
                }
            }
            _ => None,
        })
}
