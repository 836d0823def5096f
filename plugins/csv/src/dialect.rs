//! What separates and what quotes.

use mortise_sdk::Failure;

/// The characters of one CSV, all of them ASCII.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dialect {
    pub delimiter: u8,
    /// None where a quote is a character as any other.
    pub quote: Option<u8>,
    /// Spaces around fields that are not quoted do not belong to them.
    pub trim: bool,
}

impl Dialect {
    /// The failure names the option that is wrong.
    pub fn new(delimiter: &str, quote: &str, trim: bool) -> Result<Self, Failure> {
        let Some(delimiter) = character(delimiter) else {
            return Err(wrong("delimiter", "one ASCII character that ends no line"));
        };
        let quote = match quote {
            "" => None,
            quote => match character(quote) {
                Some(quote) if quote != delimiter => Some(quote),
                _ => {
                    let what = "one ASCII character other than the delimiter, or empty for none";
                    return Err(wrong("quote", what));
                }
            },
        };
        Ok(Self {
            delimiter,
            quote,
            trim,
        })
    }
}

fn character(text: &str) -> Option<u8> {
    match text.as_bytes() {
        [byte] if byte.is_ascii() && !b"\r\n\0".contains(byte) => Some(*byte),
        _ => None,
    }
}

fn wrong(option: &str, what: &str) -> Failure {
    Failure::misconfigured(format!("`{option}` is {what}")).with_field(format!("/{option}"))
}

/// The options have the same defaults in both directions.
pub fn comma() -> String {
    ",".to_owned()
}

pub fn double_quote() -> String {
    "\"".to_owned()
}
