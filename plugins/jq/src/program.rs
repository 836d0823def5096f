//! From text to a program that can run, and a small memory of those that were used last.

use std::cell::RefCell;
use std::rc::Rc;

use jaq_core::load::parse::Def;
use jaq_core::load::{Arena, Error as LoadError, File, Loader};
use jaq_core::{Compiler, Ctx, Vars, data, unwrap_valr};
use jaq_json::Val;
use mortise_sdk::Failure;

use crate::prelude::{Prelude, functions, is_forbidden};
use crate::write::shorten;

type Data = data::JustLut<Val>;
type Filter = jaq_core::Filter<Data>;

/// Programs that an instance remembers. A manifest has a few expressions, and one costs a few KiB.
const PROGRAMS_MAX: usize = 64;

/// Longest program, in bytes.
const PROGRAM_BYTES_MAX: usize = 64 * 1024;

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
        // Reading and compiling all definitions of jq costs a hundred times what most programs do:
        // only those that turn out to be missing are added.
        PRELUDE.with_borrow_mut(|prelude| {
            let mut wanted = Vec::new();
            loop {
                match compile_with(text, prelude.named(&wanted)) {
                    Ok(filter) => return Ok(Self(filter)),
                    Err(Wrong::Other(what)) => return Err(invalid(text, what)),
                    Err(Wrong::Undefined(names, what)) => {
                        if !prelude.want(&names, &mut wanted) {
                            return Err(invalid(text, what));
                        }
                    }
                }
            }
        })
    }

    /// Calls `each` with every output, until one is a failure.
    pub fn run(
        &self,
        input: Val,
        mut each: impl FnMut(Val) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let context = Ctx::<Data>::new(&self.0.lut, Vars::new([]));
        for output in self.0.id.run((context, input)).map(unwrap_valr) {
            each(output.map_err(|error| match error.into_val() {
                Val::TStr(text) => {
                    Failure::reject(shorten(String::from_utf8_lossy(&text).into_owned()))
                }
                value => Failure::reject(shorten(value.to_string())),
            })?)?;
        }
        Ok(())
    }
}

thread_local! {
    static PROGRAMS: RefCell<Vec<(Box<str>, Rc<Program>)>> = const { RefCell::new(Vec::new()) };
    static PRELUDE: RefCell<Prelude> = const { RefCell::new(Prelude::new()) };
}

/// Why a program does not compile, with the sentence about it.
enum Wrong {
    /// It uses these names, and nobody has defined them.
    Undefined(Vec<String>, Option<String>),
    /// It is not valid.
    Other(Option<String>),
}

fn compile_with(text: &str, definitions: Vec<Def<&'static str>>) -> Result<Filter, Wrong> {
    let arena = Arena::default();
    let file = File {
        code: text,
        path: (),
    };
    let modules = Loader::new(definitions)
        .load(&arena, file)
        .map_err(|errors| Wrong::Other(load_error(text, &errors)))?;
    // Data to import is left to the caller, who has none.
    jaq_core::load::import(&modules, |_| Err("no modules".to_owned()))
        .map_err(|errors| Wrong::Other(load_error(text, &errors)))?;
    let compiler = Compiler::default().with_funs(functions::<Data>());
    compiler.compile(modules).map_err(|errors| {
        let mut errors = errors.iter().flat_map(|(_, errors)| errors).peekable();
        let what = errors.peek().map(|(name, kind)| match is_forbidden(name) {
            true => format!("`{name}` does not exist here: a program sees its input alone"),
            false => format!("there is no {} `{name}`", kind.as_str()),
        });
        Wrong::Undefined(errors.map(|(name, _)| (*name).to_owned()).collect(), what)
    })
}

#[cold]
fn invalid(text: &str, what: Option<String>) -> Failure {
    let what = what.unwrap_or_else(|| "it is not valid".to_owned());
    Failure::misconfigured(format!(
        "the program `{}`: {what}",
        shorten(text.to_owned())
    ))
    .with_field("/program")
}

fn load_error(text: &str, errors: &jaq_core::load::Errors<&str, ()>) -> Option<String> {
    let (_, error) = errors.first()?;
    let (expected, found) = match error {
        LoadError::Io(errors) => {
            return errors
                .first()
                .map(|(path, _)| format!("it cannot load `{path}`: there are no modules"));
        }
        LoadError::Lex(errors) => errors
            .first()
            .map(|(expected, found)| (expected.as_str(), *found))?,
        LoadError::Parse(errors) => errors
            .first()
            .map(|(expected, found)| (expected.as_str(), *found))?,
    };
    let span = jaq_core::load::span(text, found);
    let place = match found {
        "" => "at its end".to_owned(),
        _ => format!("at character {}", text[..span.start].chars().count() + 1),
    };
    Some(format!("{expected} expected {place}"))
}
