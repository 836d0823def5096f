//! Whether the functions and variables of an expression exist.

use jaq_core::load::span;

use super::Walker;
use crate::diagnostic::Code;
use crate::expression::names::{self, Known};
use crate::suggest;

impl<'t> Walker<'t, '_> {
    pub(super) fn check_function(&mut self, name: &'t str, arguments: usize) {
        let at = span(self.text, name).start;
        match names::function(name, arguments) {
            Known::Yes => {}
            Known::Forbidden => self.forbidden(name, at),
            Known::Arguments(known) => {
                let counts: Vec<_> = known.iter().map(usize::to_string).collect();
                self.problem(
                    Code::UnknownFunction,
                    at,
                    format!("`{name}` does not take {arguments} arguments"),
                    format!(
                        "give it {}; arguments are separated by `;`",
                        counts.join(" or ")
                    ),
                );
            }
            Known::No => {
                let mut known: Vec<&str> = names::functions().collect();
                known.extend(self.functions.iter().map(|(name, _)| *name));
                let help = suggest::nearest(name, known).map_or_else(
                    || "expressions have the functions of jq that reach nothing outside".to_owned(),
                    |known| format!("did you mean `{known}`?"),
                );
                self.problem(
                    Code::UnknownFunction,
                    at,
                    format!("there is no function `{name}`"),
                    help,
                );
            }
        }
    }

    pub(super) fn check_variable(&mut self, name: &'t str) {
        if self.variables.contains(&name) {
            return;
        }
        let at = span(self.text, name).start;
        if matches!(names::variable(name), Known::Forbidden) {
            self.forbidden(name, at);
            return;
        }
        let help = suggest::nearest(name, self.variables.iter().copied()).map_or_else(
            || format!("bind it first: `… as {name} | …`"),
            |known| format!("did you mean `{known}`?"),
        );
        self.problem(
            Code::UnknownVariable,
            at,
            format!("there is no variable `{name}`"),
            help,
        );
    }

    fn forbidden(&mut self, name: &str, at: usize) {
        let help = match name {
            "now" | "localtime" | "strflocaltime" => {
                "read `.run.started_at`, which is the same in every attempt"
            }
            "env" | "$ENV" => "write the value into `vars`, or into the settings of a connection",
            _ => {
                "leave it out: an expression sees `.event`, `.request`, `.steps`, `.vars` and `.run` alone"
            }
        };
        let message =
            format!("`{name}` does not exist here: an expression sees nothing but the run");
        self.problem(Code::ExpressionForbidden, at, message, help.to_owned());
    }
}
