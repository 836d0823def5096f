//! Values with expressions in them.

use granit_parser::ScalarStyle;
use mortise_model::Json;
use mortise_model::template::{Expression, Path, Template, TextPart};

use crate::diagnostic::Code;
use crate::expression::{self, Part, Scope, analyse, scan};
use crate::read::values::check_depth;
use crate::schema::Kinds;
use crate::source::{Place, Sink};
use crate::yaml::{Node, Text, Value};

/// What a place takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    Value,
    /// One expression that gives a boolean.
    Condition,
}

/// A template and the types of its value.
pub(super) struct Templated {
    pub template: Template,
    pub kinds: Kinds,
}

/// Reads a value; `what` names it.
pub(super) fn template(
    node: &Node,
    what: &str,
    expected: Expected,
    scope: &Scope<'_>,
    sink: &mut Sink<'_>,
) -> Templated {
    check_depth(node, sink);
    let templated = value(node, scope, sink);
    if expected == Expected::Condition {
        check_condition(node, what, &templated, sink);
    }
    templated
}

/// The path that a value is, where it is one expression and that is nothing but a path.
pub(super) fn bare_path(node: &Node) -> Option<Path> {
    let Value::Text(text) = &node.value else {
        return None;
    };
    match trim_block(text, scan(&text.text).ok()?).as_slice() {
        [Part::Expression { text, .. }] => expression::bare_path(text),
        _ => None,
    }
}

/// The expression of a condition; none, with a diagnostic from [`template`], where it is none.
pub(super) fn condition(node: &Node, scope: &Scope<'_>, sink: &mut Sink<'_>) -> Option<Expression> {
    match template(node, "a condition", Expected::Condition, scope, sink).template {
        Template::Expression(expression) => Some(expression),
        _ => None,
    }
}

fn check_condition(node: &Node, what: &str, found: &Templated, sink: &mut Sink<'_>) {
    match &found.template {
        Template::Expression(_) if found.kinds.meets(Kinds::BOOLEAN) => {}
        Template::Expression(_) if found.kinds == Kinds::NONE => {}
        Template::Expression(_) => sink.error(
            Code::ConditionNotBoolean,
            node.place,
            format!("{what} has to be a boolean, and this is {}", found.kinds),
            "compare it, such as `.event.total > 0` or `.event.name != \"\"`",
        ),
        _ => sink.error(
            Code::ConditionNotBoolean,
            node.place,
            format!(
                "{what} has to be one expression, and this is {}",
                node.kind()
            ),
            "write `\"${{ .event.total > 0 }}\"`, for example",
        ),
    }
}

fn value(node: &Node, scope: &Scope<'_>, sink: &mut Sink<'_>) -> Templated {
    match &node.value {
        Value::Null => literal(node, Kinds::NULL),
        Value::Bool(_) => literal(node, Kinds::BOOLEAN),
        Value::Number(_) => literal(node, Kinds::NUMBER),
        Value::Text(text) => text_value(text, scope, sink),
        Value::List(items) => {
            let items = items.iter().map(|item| value(item, scope, sink).template);
            Templated {
                template: list(items.collect()),
                kinds: Kinds::ARRAY,
            }
        }
        Value::Map(entries) => {
            let mut fields = Vec::new();
            for entry in entries {
                no_expression_in_key(&entry.key, entry.key_place, sink);
                fields.push((entry.key.clone(), value(&entry.value, scope, sink).template));
            }
            Templated {
                template: object(fields),
                kinds: Kinds::OBJECT,
            }
        }
    }
}

fn literal(node: &Node, kinds: Kinds) -> Templated {
    Templated {
        template: Template::Literal(node.json()),
        kinds,
    }
}

fn no_expression_in_key(key: &str, place: Place, sink: &mut Sink<'_>) {
    if key.contains("${{") {
        sink.error(
            Code::ExpressionNotAllowed,
            place,
            "a key takes no expression",
            "make the whole map in one expression, such as `\"${{ {(.event.name): 1} }}\"`",
        );
    }
}

fn text_value(text: &Text, scope: &Scope<'_>, sink: &mut Sink<'_>) -> Templated {
    if sink.is_full() {
        return unknown();
    }
    let parts = match scan(&text.text) {
        Ok(parts) => trim_block(text, parts),
        Err(at) => {
            sink.error(
                Code::ExpressionSyntax,
                text.place_of(&sink.source.text, at),
                "the expression that begins here does not end",
                "close it with `}}`, and close every bracket and text inside; `$${{` means the characters themselves",
            );
            return plain(String::new());
        }
    };
    if let [Part::Expression { text: inner, at }] = parts.as_slice() {
        return match expression(text, inner, *at, scope, sink) {
            Some((expression, kinds)) => Templated {
                template: Template::Expression(expression),
                kinds,
            },
            None => unknown(),
        };
    }
    let mut whole = Vec::new();
    for part in parts {
        match part {
            Part::Text(literal) => whole.push(TextPart::Literal(literal)),
            Part::Expression { text: inner, at } => {
                let found = expression(text, inner, at, scope, sink);
                whole.extend(found.map(|(expression, _)| TextPart::Expression(expression)));
            }
        }
    }
    match whole.as_mut_slice() {
        [] => plain(String::new()),
        [TextPart::Literal(literal)] => plain(std::mem::take(literal)),
        _ => Templated {
            template: Template::Text(whole),
            kinds: Kinds::STRING,
        },
    }
}

/// A block text ends in a line break: one that holds an expression and nothing else is that expression.
fn trim_block<'t>(text: &Text, mut parts: Vec<Part<'t>>) -> Vec<Part<'t>> {
    let is_block = matches!(text.style, ScalarStyle::Literal | ScalarStyle::Folded);
    if is_block
        && let [Part::Expression { .. }, Part::Text(rest)] = parts.as_slice()
        && rest.trim().is_empty()
    {
        parts.truncate(1);
    }
    parts
}

fn expression(
    text: &Text,
    inner: &str,
    at: usize,
    scope: &Scope<'_>,
    sink: &mut Sink<'_>,
) -> Option<(Expression, Kinds)> {
    let (problems, found) = match analyse(inner, scope) {
        Ok(analysis) => (
            analysis.problems,
            Some((analysis.expression, analysis.kinds)),
        ),
        Err(problem) => (vec![problem], None),
    };
    for problem in problems {
        let place = text.place_of(&sink.source.text, at + problem.at);
        sink.error(problem.code, place, problem.message, problem.help);
    }
    found
}

fn plain(text: String) -> Templated {
    Templated {
        template: Template::Literal(Json::of(&text).unwrap_or_else(|_| Json::null())),
        kinds: Kinds::STRING,
    }
}

/// Stands in for an expression that is wrong, so that nothing else is said about its place.
fn unknown() -> Templated {
    Templated {
        template: Template::Expression(Expression::Program {
            text: "null".to_owned(),
            paths: Vec::new(),
        }),
        kinds: Kinds::ANY,
    }
}

/// A list without expressions is one literal.
fn list(items: Vec<Template>) -> Template {
    let mut literals = Vec::with_capacity(items.len());
    for item in &items {
        match item {
            Template::Literal(json) => literals.push(json),
            _ => return Template::Array(items),
        }
    }
    match Json::of(&literals) {
        Ok(json) => Template::Literal(json),
        Err(_) => Template::Array(items),
    }
}

/// A map without expressions is one literal.
fn object(fields: Vec<(String, Template)>) -> Template {
    let mut text = String::from("{");
    for (n, (name, value)) in fields.iter().enumerate() {
        let Template::Literal(json) = value else {
            return Template::Object(fields);
        };
        text.push_str(if n > 0 { "," } else { "" });
        text.push_str(&serde_json::Value::from(name.as_str()).to_string());
        text.push(':');
        text.push_str(json.as_str());
    }
    text.push('}');
    match Json::parse(text) {
        Ok(json) => Template::Literal(json),
        Err(_) => Template::Object(fields),
    }
}
