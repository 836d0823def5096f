//! Text of others, made harmless where people read it.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Text that a terminal only shows: control characters, with which a terminal is told to do things,
/// and those that turn the direction of writing, with which one text looks like another, stand there
/// as JSON escapes them. Lines and tabs stay, a carriage return becomes a space; so JSON stays the
/// same JSON.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_active) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '\r' => shown.push(' '),
            _ if is_active(character) => {
                let _ = write!(shown, "\\u{:04x}", u32::from(character));
            }
            _ => shown.push(character),
        }
    }
    Cow::Owned(shown)
}

fn is_active(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        _ => character.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_shown_instead() {
        for (text, expected) in [
            ("grün\n\tx", "grün\n\tx"),
            ("\u{1b}[2J\u{7}", "\\u001b[2J\\u0007"),
            ("\u{9b}31m\u{7f}", "\\u009b31m\\u007f"),
            ("safe\rgone", "safe gone"),
            ("\u{202e}txt\u{2069}", "\\u202etxt\\u2069"),
        ] {
            assert_eq!(printable(text), expected);
        }
        assert!(matches!(printable("as it is"), Cow::Borrowed(_)));
    }
}
