//! Templates to values. What takes a jq program is named by [`programs`], evaluated elsewhere and
//! handed to [`render`] in the same order.

use mortise_model::template::{Expression, Path, Template, TextPart};
use mortise_model::{Disposition, Failure, Json};

use crate::scope::Scope;

/// A jq program and the value that it reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Its text.
    pub text: String,
    /// An object that holds what its paths name.
    pub input: Json,
}

/// All paths that a template names.
#[must_use]
pub fn paths(template: &Template) -> Vec<Path> {
    let mut paths = Vec::new();
    visit(template, &mut |expression| match expression {
        Expression::Path(path) => paths.push(path.clone()),
        Expression::Program { paths: named, .. } => paths.extend_from_slice(named),
    });
    paths
}

/// The programs of a template, in its order.
///
/// # Errors
/// Where a path that a program names leads nowhere.
pub fn programs(template: &Template, scope: &Scope<'_>) -> Result<Vec<Program>, Failure> {
    let mut programs = Ok(Vec::new());
    visit(template, &mut |expression| {
        if let (Expression::Program { text, paths }, Ok(found)) = (expression, &mut programs) {
            match scope.excerpt(paths) {
                Ok(input) => found.push(Program {
                    text: text.clone(),
                    input,
                }),
                Err(failure) => programs = Err(failure),
            }
        }
    });
    programs
}

/// The value of a template, given the results of its programs in their order.
///
/// # Errors
/// Where a path leads nowhere.
pub fn render(template: &Template, scope: &Scope<'_>, results: Vec<Json>) -> Result<Json, Failure> {
    let mut renderer = Renderer {
        scope,
        results: results.into_iter(),
    };
    match template {
        Template::Literal(json) => Ok(json.clone()),
        Template::Expression(expression) => renderer.evaluate(expression),
        _ => {
            let mut text = String::new();
            renderer.write(template, &mut text)?;
            Json::kept(text).map_err(|e| malformed(&e))
        }
    }
}

struct Renderer<'s> {
    scope: &'s Scope<'s>,
    results: std::vec::IntoIter<Json>,
}

impl Renderer<'_> {
    fn evaluate(&mut self, expression: &Expression) -> Result<Json, Failure> {
        match expression {
            Expression::Path(path) => self.scope.value(path),
            Expression::Program { text, .. } => self.results.next().ok_or_else(|| {
                Failure::new(
                    Disposition::Misconfigured,
                    "expression",
                    format!("`{text}` was not evaluated"),
                )
            }),
        }
    }

    fn write(&mut self, template: &Template, out: &mut String) -> Result<(), Failure> {
        match template {
            Template::Literal(json) => out.push_str(json.as_str()),
            Template::Expression(expression) => out.push_str(self.evaluate(expression)?.as_str()),
            Template::Text(parts) => {
                let text = self.text(parts)?;
                write_string(out, &text);
            }
            Template::Object(fields) => {
                out.push('{');
                for (n, (name, value)) in fields.iter().enumerate() {
                    if n > 0 {
                        out.push(',');
                    }
                    write_string(out, name);
                    out.push(':');
                    self.write(value, out)?;
                }
                out.push('}');
            }
            Template::Array(values) => {
                out.push('[');
                for (n, value) in values.iter().enumerate() {
                    if n > 0 {
                        out.push(',');
                    }
                    self.write(value, out)?;
                }
                out.push(']');
            }
        }
        Ok(())
    }

    fn text(&mut self, parts: &[TextPart]) -> Result<String, Failure> {
        let mut text = String::new();
        for part in parts {
            match part {
                TextPart::Literal(literal) => text.push_str(literal),
                TextPart::Expression(expression) => {
                    let value = self.evaluate(expression)?;
                    if value.as_str().starts_with('"') {
                        text.push_str(&value.read::<String>().map_err(|e| malformed(&e))?);
                    } else {
                        text.push_str(value.as_str());
                    }
                }
            }
        }
        Ok(text)
    }
}

/// Appends a JSON string.
pub(crate) fn write_string(out: &mut String, text: &str) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

fn visit(template: &Template, each: &mut impl FnMut(&Expression)) {
    match template {
        Template::Literal(_) => {}
        Template::Expression(expression) => each(expression),
        Template::Text(parts) => {
            for part in parts {
                if let TextPart::Expression(expression) = part {
                    each(expression);
                }
            }
        }
        Template::Object(fields) => fields.iter().for_each(|(_, value)| visit(value, each)),
        Template::Array(values) => values.iter().for_each(|value| visit(value, each)),
    }
}

fn malformed(error: &serde_json::Error) -> Failure {
    Failure::new(Disposition::Misconfigured, "expression", error.to_string())
}
