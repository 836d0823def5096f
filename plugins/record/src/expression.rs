//! Expressions: paths, constants, exact arithmetic and comparisons.

use std::borrow::Cow;

use rust_decimal::Decimal;

use crate::number;
use crate::path::Path;

/// Deepest nesting of an expression: reading and evaluating it recurse that far.
const DEPTH_MAX: usize = 32;

/// A checked expression.
#[derive(Debug, PartialEq)]
pub enum Expression<'r> {
    /// What stands in the record.
    Path(Path<'r>),
    /// A constant.
    Number(Decimal),
    /// A constant.
    Text(Cow<'r, str>),
    /// A constant.
    Boolean(bool),
    /// A constant.
    Null,
    /// `not a`.
    Not(Box<Self>),
    /// `-a`.
    Minus(Box<Self>),
    /// `a + b` and the like.
    Two(Operator, Box<(Self, Self)>),
}

/// What stands between two expressions, the weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Plus,
    Minus,
    Times,
}

/// Longer signs first, so that `<=` is not read as `<`.
const OPERATORS: [(&str, Operator, u8); 11] = [
    ("or", Operator::Or, 1),
    ("and", Operator::And, 2),
    ("==", Operator::Equal, 3),
    ("!=", Operator::NotEqual, 3),
    ("<=", Operator::LessOrEqual, 3),
    (">=", Operator::GreaterOrEqual, 3),
    ("<", Operator::Less, 3),
    (">", Operator::Greater, 3),
    ("+", Operator::Plus, 4),
    ("-", Operator::Minus, 4),
    ("*", Operator::Times, 5),
];

impl<'r> Expression<'r> {
    /// Reads a text; the error says what is wrong and where.
    pub fn parse(text: &'r str) -> Result<Self, String> {
        // A path alone is what most fields are.
        if let Ok((path, "")) = Path::read(text) {
            return Ok(Self::Path(path));
        }
        let mut reader = Reader { rest: text };
        let expression = reader.expression(0, 0)?;
        reader.space();
        match reader.rest {
            "" => Ok(expression),
            rest => Err(format!("`{rest}` is left over in `{text}`")),
        }
    }
}

struct Reader<'r> {
    rest: &'r str,
}

impl<'r> Reader<'r> {
    fn space(&mut self) {
        self.rest = self.rest.trim_ascii_start();
    }

    /// Takes a word or a sign; a word only where it ends.
    fn take(&mut self, token: &str) -> bool {
        let Some(rest) = self.rest.strip_prefix(token) else {
            return false;
        };
        let is_word = token.starts_with(|c: char| c.is_ascii_alphabetic());
        if is_word && rest.starts_with(|c: char| c == '_' || c.is_alphanumeric()) {
            return false;
        }
        self.rest = rest;
        true
    }

    /// Everything that binds at least as strongly as `weakest`.
    fn expression(&mut self, weakest: u8, depth: usize) -> Result<Expression<'r>, String> {
        let mut left = self.operand(depth)?;
        'next: loop {
            self.space();
            if self.rest.is_empty() {
                return Ok(left);
            }
            for (sign, operator, strength) in OPERATORS {
                if strength >= weakest && self.take(sign) {
                    let right = self.expression(strength + 1, depth + 1)?;
                    left = Expression::Two(operator, Box::new((left, right)));
                    continue 'next;
                }
            }
            return Ok(left);
        }
    }

    fn operand(&mut self, depth: usize) -> Result<Expression<'r>, String> {
        if depth > DEPTH_MAX {
            return Err(format!(
                "the expression is nested deeper than {DEPTH_MAX} levels"
            ));
        }
        self.space();
        match self.rest.as_bytes().first() {
            None => Err("the expression ends too early".to_owned()),
            Some(b'.' | b'$') => {
                let (path, rest) = Path::read(self.rest)?;
                self.rest = rest;
                Ok(Expression::Path(path))
            }
            Some(b'(') => {
                self.rest = &self.rest[1..];
                let inner = self.expression(0, depth + 1)?;
                self.space();
                match (self.take(")"), self.rest) {
                    (true, _) => Ok(inner),
                    (false, "") => Err("`)` is missing at the end".to_owned()),
                    (false, rest) => Err(format!("`)` is missing before `{rest}`")),
                }
            }
            Some(b'-') => {
                self.rest = &self.rest[1..];
                Ok(Expression::Minus(Box::new(self.operand(depth + 1)?)))
            }
            Some(quote @ (b'"' | b'\'')) => self.text(char::from(*quote)),
            Some(b'0'..=b'9') => self.number(),
            Some(_) => self.word(depth),
        }
    }

    fn text(&mut self, quote: char) -> Result<Expression<'r>, String> {
        let inner = &self.rest[1..];
        let end = inner
            .find(quote)
            .ok_or_else(|| format!("`{quote}` is missing after `{}`", self.rest))?;
        self.rest = &inner[end + 1..];
        Ok(Expression::Text(Cow::Borrowed(&inner[..end])))
    }

    fn number(&mut self) -> Result<Expression<'r>, String> {
        let end = self
            .rest
            .find(|c: char| c != '.' && !c.is_ascii_digit())
            .unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        self.rest = rest;
        number::parse(digits)
            .map(Expression::Number)
            .ok_or_else(|| format!("`{digits}` is no number"))
    }

    fn word(&mut self, depth: usize) -> Result<Expression<'r>, String> {
        if self.take("true") {
            Ok(Expression::Boolean(true))
        } else if self.take("false") {
            Ok(Expression::Boolean(false))
        } else if self.take("null") {
            Ok(Expression::Null)
        } else if self.take("not") {
            // Binds less than a comparison: `not .a == 1` is `not (.a == 1)`.
            Ok(Expression::Not(Box::new(self.expression(3, depth + 1)?)))
        } else {
            Err(format!(
                "`{}` is no expression; a path starts with `.`, text stands in quotes",
                self.rest
            ))
        }
    }
}
