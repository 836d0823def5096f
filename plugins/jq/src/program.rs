//! From text to a program that can run, and a small memory of those that were used last.

use std::cell::RefCell;
use std::rc::Rc;

use jaq_core::load::parse::Def;
use jaq_core::load::{Arena, Error as LoadError, File, Loader};
use jaq_core::{Compiler, Ctx, Vars, data, unwrap_valr};
use jaq_json::Val;
use mortise_sdk::Failure;

type Data = data::JustLut<Val>;
type Filter = jaq_core::Filter<Data>;

/// Programs that an instance remembers. A manifest has a few expressions, and one costs a few KiB.
const PROGRAMS_MAX: usize = 64;

/// Longest program, in bytes.
const PROGRAM_BYTES_MAX: usize = 64 * 1024;

/// Functions and definitions of jq that would let a program see or touch more than its input.
const FORBIDDEN: [&str; 15] = [
    "debug",
    "debug_empty",
    "env",
    "halt",
    "halt_error",
    "input",
    "input_filename",
    "inputs",
    "localtime",
    "mktime_local",
    "now",
    "stderr",
    "stderr_empty",
    "strflocaltime",
    "get_search_list",
];

/// A compiled program.
pub struct Program(Filter);

impl Program {
    /// The program of a text: from memory, or compiled.
    pub fn get(text: &str) -> Result<Rc<Self>, Failure> {
        PROGRAMS.with_borrow_mut(|programs| {
            if let Some(at) = programs.iter().position(|(known, _)| **known == *text) {
                // The one used last stands at the end, so that the first is the one to forget.
                programs[at..].rotate_left(1);
                return Ok(Rc::clone(&programs[programs.len() - 1].1));
            }
            let program = Rc::new(Self::compile(text)?);
            if programs.len() == PROGRAMS_MAX {
                programs.remove(0);
            }
            programs.push((text.into(), Rc::clone(&program)));
            Ok(program)
        })
    }

    fn compile(text: &str) -> Result<Self, Failure> {
        if text.len() > PROGRAM_BYTES_MAX {
            return Err(Failure::misconfigured(format!(
                "the program has {} bytes, {PROGRAM_BYTES_MAX} are allowed",
                text.len()
            )));
        }
        let prelude = PRELUDE.with_borrow_mut(|prelude| prelude.get_or_insert_with(definitions).clone());
        let arena = Arena::default();
        let modules = Loader::new(prelude)
            .load(&arena, File { code: text, path: () })
            .map_err(|errors| invalid(text, load_error(text, &errors)))?;
        let functions = jaq_core::funs::<Data>().chain(jaq_std::funs()).chain(jaq_json::funs());
        let functions = functions.filter(|(name, _, _)| !FORBIDDEN.contains(name));
        Compiler::default().with_funs(functions).compile(modules).map(Self).map_err(|errors| {
            let first = errors.first().and_then(|(_, errors)| errors.first());
            let what = first.map(|(name, kind)| match FORBIDDEN.contains(name) {
                true => format!("`{name}` does not exist here: a program sees its input alone"),
                false => format!("there is no {} `{name}`", kind.as_str()),
            });
            invalid(text, what)
        })
    }

    /// Calls `each` with every output, until one is a failure.
    pub fn run(&self, input: Val, mut each: impl FnMut(Val) -> Result<(), Failure>) -> Result<(), Failure> {
        let context = Ctx::<Data>::new(&self.0.lut, Vars::new([]));
        for output in self.0.id.run((context, input)).map(unwrap_valr) {
            each(output.map_err(|error| Failure::reject(crate::write::shorten(error.to_string())))?)?;
        }
        Ok(())
    }
}

thread_local! {
    static PROGRAMS: RefCell<Vec<(Box<str>, Rc<Program>)>> = const { RefCell::new(Vec::new()) };
    static PRELUDE: RefCell<Option<Vec<Def<&'static str>>>> = const { RefCell::new(None) };
}

fn definitions() -> Vec<Def<&'static str>> {
    jaq_core::defs()
        .chain(jaq_std::defs())
        .chain(jaq_json::defs())
        .filter(|definition| !FORBIDDEN.contains(&definition.name))
        .collect()
}

#[cold]
fn invalid(text: &str, what: Option<String>) -> Failure {
    let what = what.unwrap_or_else(|| "it is not valid".to_owned());
    Failure::misconfigured(format!("the program `{}`: {what}", crate::write::shorten(text.to_owned())))
        .with_field("/program")
}

fn load_error(text: &str, errors: &jaq_core::load::Errors<&str, ()>) -> Option<String> {
    let (_, error) = errors.first()?;
    let (expected, found) = match error {
        LoadError::Io(errors) => {
            return errors.first().map(|(path, _)| format!("it cannot load `{path}`: there are no modules"));
        }
        LoadError::Lex(errors) => errors.first().map(|(expected, found)| (expected.as_str(), *found))?,
        LoadError::Parse(errors) => errors.first().map(|(expected, found)| (expected.as_str(), *found))?,
    };
    let span = jaq_core::load::span(text, found);
    let place = match found {
        "" => "at its end".to_owned(),
        _ => format!("at character {}", text[..span.start].chars().count() + 1),
    };
    Some(format!("{expected} expected {place}"))
}
