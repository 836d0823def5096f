//! From the text of an expression to a term.

use jaq_core::load::lex::{Lexer, StrPart, Tok, Token};
use jaq_core::load::parse::{Parser, Term};
use jaq_core::load::span;

use super::Problem;
use crate::diagnostic::Code;

/// Tokens that an expression may have. The parser and everything that walks its result recurse.
const TOKENS_MAX: usize = 1_000;

/// How deep brackets and prefixes such as `if` and `-` may be nested.
const NESTING_MAX: usize = 64;

/// The term of a text.
///
/// # Errors
/// Where the text is no jq or too much of it.
pub(super) fn parse(text: &str) -> Result<Term<&str>, Problem> {
    if text.trim().is_empty() {
        return Err(syntax(0, "the expression is empty"));
    }
    check_brackets(text)?;
    let tokens = Lexer::new(text).lex().map_err(|errors| {
        let first = errors
            .first()
            .map(|(expected, found)| (expected.as_str(), *found));
        first.map_or_else(
            || syntax(0, "this is not jq"),
            |(expected, found)| wanted(text, expected, found),
        )
    })?;
    let mut tally = Tally::default();
    tally.count(&tokens);
    if tally.tokens > TOKENS_MAX || tally.prefixes > NESTING_MAX {
        return Err(too_large());
    }
    if let Some(Token(word @ ("import" | "include" | "module"), Tok::Word)) = tokens.first() {
        return Err(Problem {
            code: Code::ExpressionForbidden,
            at: span(text, word).start,
            message: format!("`{word}` does not exist here: an expression has no modules"),
            help: "write the definitions into the expression".to_owned(),
        });
    }
    Parser::new(&tokens).parse(Parser::term).map_err(|errors| {
        let first = errors.first();
        first.map_or_else(
            || syntax(0, "this is not jq"),
            |(expected, found)| wanted(text, expected.as_str(), Token::opt_as_str(*found, text)),
        )
    })
}

/// The lexer recurses into brackets, so they are counted before. Brackets in texts count too.
fn check_brackets(text: &str) -> Result<(), Problem> {
    let mut depth = 0_usize;
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > NESTING_MAX {
            return Err(too_large());
        }
    }
    Ok(())
}

#[derive(Default)]
struct Tally {
    tokens: usize,
    prefixes: usize,
}

impl Tally {
    fn count(&mut self, tokens: &[Token<&str>]) {
        for token in tokens {
            self.token(token);
        }
    }

    fn token(&mut self, Token(text, token): &Token<&str>) {
        self.tokens += 1;
        match token {
            Tok::Block(tokens) => self.count(tokens),
            Tok::Str(parts) => {
                for part in parts {
                    self.tokens += 1;
                    if let StrPart::Term(token) = part {
                        self.token(token);
                    }
                }
            }
            _ => {
                let prefixes = [
                    "-", "if", "elif", "try", "catch", "def", "label", "reduce", "foreach",
                ];
                self.prefixes += usize::from(prefixes.contains(text));
            }
        }
    }
}

fn wanted(text: &str, expected: &str, found: &str) -> Problem {
    // The found text reaches to the end of the expression where lexing failed.
    let word = found
        .chars()
        .take_while(|c| !c.is_whitespace())
        .take(20)
        .collect::<String>();
    let at = span(text, found).start;
    let expected = match expected {
        "" => "nothing more",
        "term" => "a value",
        "token" => "jq",
        "nothing" => "an operator or the end",
        _ => expected,
    };
    let expected = if expected.chars().all(char::is_alphabetic) || expected.contains(' ') {
        expected.to_owned()
    } else {
        format!("`{expected}`")
    };
    if word.starts_with('\'') {
        let mut problem = syntax(at, format!("expected {expected} and found `{word}`"));
        problem.help = "jq writes text in double quotes: `\"…\"`, and in YAML put the whole value in single quotes".to_owned();
        return problem;
    }
    if word.is_empty() {
        syntax(
            at,
            format!("the expression ends where {expected} should follow"),
        )
    } else {
        syntax(at, format!("expected {expected} and found `{word}`"))
    }
}

fn syntax(at: usize, message: impl Into<String>) -> Problem {
    Problem {
        code: Code::ExpressionSyntax,
        at,
        message: message.into(),
        help: "write jq, such as `.event.id`, `.vars.large * 2` or `.event.lines | length`"
            .to_owned(),
    }
}

fn too_large() -> Problem {
    Problem {
        code: Code::ExpressionTooLarge,
        at: 0,
        message: format!(
            "the expression has more than {TOKENS_MAX} tokens or is nested deeper than {NESTING_MAX}"
        ),
        help: "split it, or write it into a step that uses `jq/map`".to_owned(),
    }
}
