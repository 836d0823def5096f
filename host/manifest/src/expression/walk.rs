//! Walks a term: which paths it reads of the scope, which types it gives.
//!
//! A term sees an input: the scope itself, a known part of it, or something computed. Only paths from
//! the first two are collected; where a function takes its input as a whole, the whole part is.

mod names;

use std::collections::BTreeMap;

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};
use jaq_core::load::span;
use jaq_core::path::Part;
use mortise_model::json::Segment;

use super::calls::{self, Reads};
use super::part::{Input, Parts, extend, fixed_path};
use super::scope::Scope;
use super::{Problem, operators};
use crate::diagnostic::Code;
use crate::schema::Kinds;

pub(super) struct Walker<'t, 's> {
    text: &'t str,
    scope: &'s Scope<'s>,
    /// What is read, and whether it may be missing.
    pub paths: BTreeMap<Vec<Segment>, bool>,
    /// Whether the scope is read in a way that cannot be followed.
    pub whole: bool,
    pub problems: Vec<Problem>,
    functions: Vec<(&'t str, usize)>,
    variables: Vec<&'t str>,
}

impl<'t, 's> Walker<'t, 's> {
    pub fn new(text: &'t str, scope: &'s Scope<'s>) -> Self {
        Self {
            text,
            scope,
            paths: BTreeMap::new(),
            whole: false,
            problems: Vec::new(),
            functions: Vec::new(),
            variables: Vec::new(),
        }
    }

    /// Walks a term that sees an input; `optional` says that what it reads may be missing.
    pub fn walk(&mut self, term: &Term<&'t str>, input: Option<&Input>, optional: bool) -> Kinds {
        if let Some(part) = fixed_path(self.text, term, input) {
            return self.read(&part, optional);
        }
        match term {
            Term::Id | Term::Recurse => self.read_input(input, optional),
            Term::Num(_) => Kinds::NUMBER,
            Term::Str(_, parts) => {
                self.walk_text(parts, input, optional);
                Kinds::STRING
            }
            Term::Arr(inner) => {
                if let Some(inner) = inner {
                    self.walk(inner, input, optional);
                }
                Kinds::ARRAY
            }
            Term::Obj(fields) => self.walk_object(fields, input, optional),
            Term::Neg(inner) => {
                self.walk(inner, input, optional);
                Kinds::NUMBER
            }
            Term::BinOp(left, op, right) => self.walk_operator((left, op, right), input, optional),
            Term::Label(_, inner) => self.walk(inner, input, optional),
            Term::Break(_) => Kinds::NONE,
            Term::Fold(_, values, pattern, arguments) => {
                self.walk(values, input, optional);
                self.walk_fold(pattern, arguments, input, optional);
                Kinds::ANY
            }
            Term::TryCatch(inner, catch) => {
                let kinds = self.walk(inner, input, true);
                match catch {
                    Some(catch) => kinds | self.walk(catch, None, true),
                    None => kinds,
                }
            }
            Term::IfThenElse(branches, otherwise) => {
                self.walk_if(branches, otherwise.as_deref(), input, optional)
            }
            Term::Def(definitions, rest) => {
                self.walk_definitions(definitions, rest, input, optional)
            }
            Term::Call(name, arguments) => self.walk_call(name, arguments, input, optional),
            Term::Var(name) => {
                self.check_variable(name);
                Kinds::ANY
            }
            Term::Path(head, path) => self.walk_path(head, &path.0, input, optional),
        }
    }

    /// Reads a part of the scope.
    fn read(&mut self, part: &Input, optional: bool) -> Kinds {
        let optional = optional || part.optional;
        if part.segments.is_empty() {
            self.whole = true;
            return Kinds::OBJECT;
        }
        let segments: Vec<_> = part
            .segments
            .iter()
            .map(|(segment, _)| segment.clone())
            .collect();
        match self.scope.follow(&segments) {
            Ok(shape) => {
                let known = self.paths.entry(segments).or_insert(optional);
                *known &= optional;
                shape.kinds() | if optional { Kinds::NULL } else { Kinds::NONE }
            }
            Err(lost) => {
                let at = part.segments.get(lost.segment).map_or(0, |(_, at)| *at);
                self.problem(lost.code, at, lost.message, lost.help);
                Kinds::ANY
            }
        }
    }

    fn read_input(&mut self, input: Option<&Input>, optional: bool) -> Kinds {
        input.map_or(Kinds::ANY, |input| self.read(input, optional))
    }

    /// A path with parts that are computed: what stands before them is read whole.
    fn walk_path(
        &mut self,
        head: &Term<&'t str>,
        parts: &Parts<'t>,
        input: Option<&Input>,
        optional: bool,
    ) -> Kinds {
        let rest = match fixed_path(self.text, head, input) {
            Some(mut known) => {
                let rest = extend(self.text, &mut known, parts);
                self.read(&known, optional);
                rest
            }
            None => {
                self.walk(head, input, optional);
                parts
            }
        };
        for (part, _) in rest {
            let terms = match part {
                Part::Index(term) => [Some(term), None],
                Part::Range(from, to) => [from.as_ref(), to.as_ref()],
            };
            for term in terms.into_iter().flatten() {
                self.walk(term, input, optional);
            }
        }
        Kinds::ANY
    }

    fn walk_text(
        &mut self,
        parts: &[StrPart<&'t str, Term<&'t str>>],
        input: Option<&Input>,
        optional: bool,
    ) {
        for part in parts {
            if let StrPart::Term(term) = part {
                self.walk(term, input, optional);
            }
        }
    }

    fn walk_object(
        &mut self,
        fields: &[(Term<&'t str>, Option<Term<&'t str>>)],
        input: Option<&Input>,
        optional: bool,
    ) -> Kinds {
        for (key, value) in fields {
            match (key, value) {
                // `{event}` reads `.event`.
                (Term::Str(None, name), None) => match (name.as_slice(), input) {
                    ([StrPart::Str(name)], Some(input)) => {
                        let mut part = input.clone();
                        let at = span(self.text, name).start;
                        part.segments.push((Segment::Field((*name).into()), at));
                        self.read(&part, optional);
                    }
                    _ => drop(self.read_input(input, optional)),
                },
                (Term::Var(_), None) => drop(self.walk(key, input, optional)),
                (_, None) => {
                    self.walk(key, input, optional);
                    self.read_input(input, optional);
                }
                (_, Some(value)) => {
                    self.walk(key, input, optional);
                    self.walk(value, input, optional);
                }
            }
        }
        Kinds::OBJECT
    }

    fn walk_operator(
        &mut self,
        (left, op, right): (&Term<&'t str>, &BinaryOp<&'t str>, &Term<&'t str>),
        input: Option<&Input>,
        optional: bool,
    ) -> Kinds {
        match op {
            BinaryOp::Pipe(None) => self.walk_pipe(left, right, input, optional),
            BinaryOp::Pipe(Some(pattern)) => {
                self.walk(left, input, optional);
                let before = self.variables.len();
                self.bind(pattern, input);
                let kinds = self.walk(right, input, optional);
                self.variables.truncate(before);
                kinds
            }
            BinaryOp::Alt => {
                let kinds = self.walk(left, input, true);
                kinds.without(Kinds::NULL) | self.walk(right, input, true)
            }
            // The right side is read where the left one does not decide.
            BinaryOp::Or | BinaryOp::And => {
                self.walk(left, input, optional);
                self.walk(right, input, true);
                Kinds::BOOLEAN
            }
            BinaryOp::Comma => self.walk(left, input, optional) | self.walk(right, input, optional),
            BinaryOp::Math(op) => {
                let kinds = (
                    self.walk(left, input, optional),
                    self.walk(right, input, optional),
                );
                operators::math(*op, kinds.0, kinds.1)
            }
            BinaryOp::Cmp(op) => {
                let kinds = (
                    self.walk(left, input, optional),
                    self.walk(right, input, optional),
                );
                if let Some((message, help)) = operators::incomparable(*op, kinds.0, kinds.1) {
                    let at = operators::first_byte(self.text, left)
                        .or_else(|| operators::first_byte(self.text, right));
                    self.problem(Code::IncomparableTypes, at.unwrap_or(0), message, help);
                }
                Kinds::BOOLEAN
            }
            // An assignment gives its whole input, changed.
            BinaryOp::Assign | BinaryOp::Update | BinaryOp::UpdateMath(_) | BinaryOp::UpdateAlt => {
                let kinds = self.read_input(input, true);
                self.walk(left, None, true);
                self.walk(right, None, true);
                kinds
            }
        }
    }

    fn walk_pipe(
        &mut self,
        left: &Term<&'t str>,
        right: &Term<&'t str>,
        input: Option<&Input>,
        optional: bool,
    ) -> Kinds {
        let Some(part) = fixed_path(self.text, left, input) else {
            self.walk(left, input, optional);
            return self.walk(right, None, optional);
        };
        let before = (self.paths.len(), self.problems.len(), self.whole);
        let kinds = self.walk(right, Some(&part), optional);
        // The right side may ignore its input; the left side is read all the same.
        if before == (self.paths.len(), self.problems.len(), self.whole) {
            self.read(&part, optional);
        }
        kinds
    }

    fn walk_fold(
        &mut self,
        pattern: &Pattern<&'t str>,
        arguments: &[Term<&'t str>],
        input: Option<&Input>,
        optional: bool,
    ) {
        let before = self.variables.len();
        self.bind(pattern, input);
        for (n, argument) in arguments.iter().enumerate() {
            // The first one makes the value that the others see.
            self.walk(argument, input.filter(|_| n == 0), optional || n > 0);
        }
        self.variables.truncate(before);
    }

    fn walk_if(
        &mut self,
        branches: &[(Term<&'t str>, Term<&'t str>)],
        otherwise: Option<&Term<&'t str>>,
        input: Option<&Input>,
        optional: bool,
    ) -> Kinds {
        let mut kinds = Kinds::NONE;
        for (n, (condition, branch)) in branches.iter().enumerate() {
            self.walk(condition, input, optional || n > 0);
            kinds = kinds | self.walk(branch, input, true);
        }
        kinds
            | match otherwise {
                Some(branch) => self.walk(branch, input, true),
                // Without `else` the input is given as it is.
                None => self.read_input(input, true),
            }
    }

    fn walk_definitions(
        &mut self,
        definitions: &[Def<&'t str>],
        rest: &Term<&'t str>,
        input: Option<&Input>,
        optional: bool,
    ) -> Kinds {
        let before = self.functions.len();
        for definition in definitions {
            self.functions
                .push((definition.name, definition.args.len()));
            let outside = (self.functions.len(), self.variables.len());
            for argument in &definition.args {
                if argument.starts_with('$') {
                    self.variables.push(argument);
                }
                self.functions.push((argument.trim_start_matches('$'), 0));
            }
            // What the body sees is read by the call.
            self.walk(&definition.body, None, true);
            self.functions.truncate(outside.0);
            self.variables.truncate(outside.1);
        }
        let kinds = self.walk(rest, input, optional);
        self.functions.truncate(before);
        kinds
    }

    fn walk_call(
        &mut self,
        name: &'t str,
        arguments: &[Term<&'t str>],
        input: Option<&Input>,
        optional: bool,
    ) -> Kinds {
        let is_local = self.functions.contains(&(name, arguments.len()));
        if !is_local {
            self.check_function(name, arguments.len());
        }
        let reads = if is_local {
            Reads::Input
        } else {
            calls::reads(name, arguments.len())
        };
        if reads == Reads::Input {
            self.read_input(
                input,
                optional || input.is_some_and(|i| i.segments.is_empty()),
            );
        }
        for (n, argument) in arguments.iter().enumerate() {
            let sees = match reads {
                Reads::Arguments => input,
                Reads::First => input.filter(|_| n == 0),
                Reads::Input => None,
            };
            self.walk(argument, sees, optional);
        }
        if is_local {
            Kinds::ANY
        } else {
            calls::gives(name, arguments.len())
        }
    }

    fn bind(&mut self, pattern: &Pattern<&'t str>, input: Option<&Input>) {
        match pattern {
            Pattern::Var(name) => self.variables.push(name),
            Pattern::Arr(patterns) => patterns.iter().for_each(|p| self.bind(p, input)),
            Pattern::Obj(fields) => {
                for (key, pattern) in fields {
                    self.walk(key, input, true);
                    self.bind(pattern, input);
                }
            }
        }
    }

    fn problem(&mut self, code: Code, at: usize, message: String, help: String) {
        self.problems.push(Problem {
            code,
            at,
            message,
            help,
        });
    }
}
