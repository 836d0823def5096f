//! A configuration after checking: nothing in it can be wrong any more.

use mortise_sdk::Failure;
use mortise_sdk::json::push_token;

use crate::convert::push_json_text;
use crate::expression::Expression;
use crate::path::Path;
use crate::rule::{Config, Field, Fields, Rule, Text, To};

/// What is done with each record.
pub struct Plan<'r> {
    /// Which records, or which items where there is a list.
    pub rows: Rows<'r>,
    /// The list whose items become records.
    pub each: Option<Path<'r>>,
    /// The new record.
    pub fields: Vec<FieldPlan<'r>>,
}

/// Which rows stay.
pub struct Rows<'r> {
    /// Those for which this is true.
    pub keep: Option<Expression<'r>>,
    /// But not those for which this is true.
    pub drop: Option<Expression<'r>>,
}

/// One field of the new record.
pub struct FieldPlan<'r> {
    /// Its name as JSON, with the colon.
    pub key: String,
    /// Where its value comes from.
    pub source: Source<'r>,
    /// What it becomes.
    pub to: Option<Conversion<'r>>,
    /// JSON to take instead of null.
    pub default: Option<&'r str>,
}

/// What a value is converted to.
#[derive(Clone, Copy)]
pub struct Conversion<'r> {
    /// The type.
    pub to: To,
    /// How a date is written.
    pub format: Option<&'r str>,
}

/// Where a value comes from.
pub enum Source<'r> {
    /// An expression.
    Value(Expression<'r>),
    /// Text with expressions.
    Template(Vec<Piece<'r>>),
    /// JSON as it is written.
    Constant(&'r str),
    /// An object.
    Object(Vec<FieldPlan<'r>>),
    /// A list.
    Each(Box<List<'r>>, Item<'r>),
    /// A list without lists inside.
    Flatten(Path<'r>),
    /// How many.
    Count(Box<List<'r>>),
    /// How much.
    Sum(Box<List<'r>>, Expression<'r>),
    /// Which one.
    Number,
}

/// A list and which of its items stay.
pub struct List<'r> {
    /// Where it stands.
    pub path: Path<'r>,
    /// Which of its items stay.
    pub rows: Rows<'r>,
}

/// What an item of a list becomes.
pub enum Item<'r> {
    /// An object.
    Object(Vec<FieldPlan<'r>>),
    /// A value.
    Value(Expression<'r>, Option<Conversion<'r>>),
    /// What it is.
    Same,
}

/// A piece of a text with expressions.
pub enum Piece<'r> {
    /// As it is written.
    Text(&'r str),
    /// An expression's value.
    Expression(Expression<'r>),
}

/// What is wrong with a configuration, and where.
pub struct Invalid {
    /// The keys that lead there, the innermost first.
    keys: Vec<String>,
    message: String,
}

impl Invalid {
    fn new(message: impl Into<String>) -> Self {
        Self {
            keys: Vec::new(),
            message: message.into(),
        }
    }

    fn inside(mut self, key: &str) -> Self {
        self.keys.push(key.to_owned());
        self
    }
}

impl From<Invalid> for Failure {
    fn from(invalid: Invalid) -> Self {
        let mut pointer = String::new();
        for key in invalid.keys.iter().rev() {
            push_token(&mut pointer, key);
        }
        Self::misconfigured(format!("`{pointer}` of the mapping: {}", invalid.message))
            .with_field(pointer)
    }
}

impl<'r> Plan<'r> {
    /// Checks a configuration.
    pub fn new(config: &'r Config<'_>) -> Result<Self, Invalid> {
        let each = path(config.each.as_ref(), "each")?;
        Ok(Self {
            rows: rows(config.keep.as_ref(), config.drop.as_ref())?,
            fields: fields(&config.fields, each.is_some())
                .map_err(|invalid| invalid.inside("fields"))?,
            each,
        })
    }
}

fn path<'r>(text: Option<&'r Text<'_>>, key: &str) -> Result<Option<Path<'r>>, Invalid> {
    let Some(Text(text)) = text else {
        return Ok(None);
    };
    Path::parse(text)
        .map(Some)
        .map_err(|message| Invalid::new(message).inside(key))
}

fn expression<'r>(text: &'r Text<'_>, key: &str) -> Result<Expression<'r>, Invalid> {
    Expression::parse(&text.0).map_err(|message| Invalid::new(message).inside(key))
}

fn rows<'r>(keep: Option<&'r Text<'_>>, drop: Option<&'r Text<'_>>) -> Result<Rows<'r>, Invalid> {
    Ok(Rows {
        keep: keep.map(|text| expression(text, "keep")).transpose()?,
        drop: drop.map(|text| expression(text, "drop")).transpose()?,
    })
}

fn fields<'r>(fields: &'r Fields<'_>, inside_list: bool) -> Result<Vec<FieldPlan<'r>>, Invalid> {
    // Not collected: that would grow the list step by step.
    let mut plans = Vec::with_capacity(fields.0.len());
    for (Text(name), field) in &fields.0 {
        let mut key = String::with_capacity(name.len() + 3);
        push_json_text(name, &mut key);
        key.push(':');
        let plan = match field {
            Field::Expression(Text(text)) => Expression::parse(text)
                .map(|expression| FieldPlan {
                    key,
                    source: Source::Value(expression),
                    to: None,
                    default: None,
                })
                .map_err(Invalid::new),
            Field::Rule(rule) => rule_plan(key, rule, inside_list),
        };
        plans.push(plan.map_err(|invalid| invalid.inside(name))?);
    }
    Ok(plans)
}

fn rule_plan<'r>(
    key: String,
    rule: &'r Rule<'_>,
    inside_list: bool,
) -> Result<FieldPlan<'r>, Invalid> {
    check_keys(rule)?;
    let to = conversion(rule)?;
    let source = source(rule, to, inside_list)?;
    // What `each` makes of its items is converted item by item.
    let to = if rule.each.is_some() { None } else { to };
    Ok(FieldPlan {
        key,
        source,
        to,
        default: rule.default.map(|json| json.get()),
    })
}

fn source<'r>(
    rule: &'r Rule<'_>,
    to: Option<Conversion<'r>>,
    inside_list: bool,
) -> Result<Source<'r>, Invalid> {
    let list = |path| {
        Ok(Box::new(List {
            path,
            rows: rows(rule.keep.as_ref(), rule.drop.as_ref())?,
        }))
    };
    if let Some(each) = path(rule.each.as_ref(), "each")? {
        let item = match (&rule.fields, &rule.value) {
            (Some(inner), _) => {
                Item::Object(fields(inner, true).map_err(|invalid| invalid.inside("fields"))?)
            }
            (None, Some(value)) => Item::Value(expression(value, "value")?, to),
            (None, None) => Item::Same,
        };
        return Ok(Source::Each(list(each)?, item));
    }
    if let Some(flatten) = path(rule.flatten.as_ref(), "flatten")? {
        return Ok(Source::Flatten(flatten));
    }
    if let Some(count) = path(rule.count.as_ref(), "count")? {
        return Ok(Source::Count(list(count)?));
    }
    if let Some(sum) = path(rule.sum.as_ref(), "sum")? {
        let of = rule
            .of
            .as_ref()
            .ok_or_else(|| Invalid::new("`sum` needs `of`, such as `of: .price * .qty`"))?;
        return Ok(Source::Sum(list(sum)?, expression(of, "of")?));
    }
    if let Some(inner) = &rule.fields {
        let inner = fields(inner, inside_list).map_err(|invalid| invalid.inside("fields"))?;
        return Ok(Source::Object(inner));
    }
    if let Some(value) = &rule.value {
        return Ok(Source::Value(expression(value, "value")?));
    }
    if let Some(Text(text)) = &rule.text {
        return template(text)
            .map(Source::Template)
            .map_err(|message| Invalid::new(message).inside("text"));
    }
    if let Some(json) = rule.constant {
        return Ok(Source::Constant(json.get()));
    }
    match rule.number {
        Some(true) if inside_list => Ok(Source::Number),
        Some(true) => Err(Invalid::new(
            "`number` counts the items of a list, and there is no `each` around it",
        )),
        _ => Err(Invalid::new(
            "a rule needs one of `value`, `text`, `const`, `fields`, `each`, `flatten`, `count`, `sum` and `number`",
        )),
    }
}

/// Which keys go together: exactly one source, and only what that source understands.
fn check_keys(rule: &Rule<'_>) -> Result<(), Invalid> {
    let each = rule.each.is_some();
    let sources = [
        ("each", each),
        ("flatten", rule.flatten.is_some()),
        ("count", rule.count.is_some()),
        ("sum", rule.sum.is_some()),
        ("fields", rule.fields.is_some() && !each),
        ("value", rule.value.is_some() && !each),
        ("text", rule.text.is_some()),
        ("const", rule.constant.is_some()),
        ("number", rule.number.is_some()),
    ];
    let mut given = sources.iter().filter(|(_, is_given)| *is_given);
    if let (Some((first, _)), Some((second, _))) = (given.next(), given.next()) {
        return Err(Invalid::new(format!(
            "`{first}` and `{second}` do not go together"
        )));
    }
    if each && rule.fields.is_some() && rule.value.is_some() {
        return Err(Invalid::new("`each` takes `fields` or `value`, not both"));
    }
    let of_list = each || rule.count.is_some() || rule.sum.is_some();
    let misplaced = [
        (
            "keep",
            rule.keep.is_some() && !of_list,
            "each`, `count` or `sum",
        ),
        (
            "drop",
            rule.drop.is_some() && !of_list,
            "each`, `count` or `sum",
        ),
        ("of", rule.of.is_some() && rule.sum.is_none(), "sum"),
        (
            "format",
            rule.format.is_some() && rule.to != Some(To::Date),
            "to: date",
        ),
        (
            "to",
            rule.to.is_some() && each && rule.value.is_none(),
            "value",
        ),
        (
            "to",
            rule.to.is_some() && (rule.fields.is_some() || rule.flatten.is_some()),
            "value",
        ),
    ];
    match misplaced.iter().find(|(_, is_misplaced, _)| *is_misplaced) {
        Some((key, _, beside)) => Err(Invalid::new(format!("`{key}` belongs beside `{beside}`"))),
        None => Ok(()),
    }
}

fn conversion<'r>(rule: &'r Rule<'_>) -> Result<Option<Conversion<'r>>, Invalid> {
    let format = rule.format.as_ref().map(|Text(format)| format.as_ref());
    Ok(rule.to.map(|to| Conversion { to, format }))
}

fn template(mut text: &str) -> Result<Vec<Piece<'_>>, String> {
    let mut pieces = Vec::new();
    while let Some(at) = text.find(['{', '}']) {
        let (before, rest) = text.split_at(at);
        if rest.starts_with("{{") || rest.starts_with("}}") {
            // The first of the two stays.
            pieces.push(Piece::Text(&text[..at + 1]));
            text = &rest[2..];
            continue;
        }
        let Some(inner) = rest.strip_prefix('{') else {
            return Err(format!(
                "`}}` without `{{` in `{text}`; a brace itself is written twice"
            ));
        };
        let end = inner
            .find('}')
            .ok_or_else(|| format!("`}}` is missing after `{rest}`"))?;
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        pieces.push(Piece::Expression(Expression::parse(&inner[..end])?));
        text = &inner[end + 1..];
    }
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    Ok(pieces)
}
