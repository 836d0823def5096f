//! A record as a flat list of nodes that point into its text.

use std::borrow::Cow;

use hifijson::SliceLexer;
use hifijson::num::LexWrite as _;
use hifijson::str::LexWrite as _;
use hifijson::token::{Expect, Lex as _};
use mortise_sdk::json::push_token;

/// Deepest nesting of a record: reading it and flattening recurse that far on a stack of 64 KiB.
const DEPTH_MAX: usize = 100;

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`.
    Null,
    /// `true`.
    True,
    /// `false`.
    False,
    /// A number, as it is written.
    Number,
    /// Text without escapes.
    Text,
    /// Text with escapes.
    Escaped,
    /// `[…]`: its items follow.
    Array,
    /// `{…}`: its keys and values follow, in turn.
    Object,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    kind: Kind,
    /// Where its text starts and ends, quotes and brackets included.
    start: u32,
    end: u32,
    /// The node after it and all that is inside it.
    after: u32,
}

/// A position on the tape.
pub type At = usize;

/// The record itself.
pub const ROOT: At = 0;

/// A record that has been read.
#[derive(Debug)]
pub struct Tape<'t> {
    text: &'t str,
    nodes: Vec<Node>,
}

enum Error {
    Json(hifijson::Error),
    TooDeep,
}

impl From<Expect> for Error {
    fn from(expected: Expect) -> Self {
        Self::Json(expected.into())
    }
}

impl From<hifijson::Error> for Error {
    fn from(error: hifijson::Error) -> Self {
        Self::Json(error)
    }
}

impl<'t> Tape<'t> {
    /// Reads a record; the error says what is wrong with it.
    pub fn read(text: &'t str) -> Result<Self, String> {
        // Offsets are 32 bits wide; the payload limit is far below.
        if u32::try_from(text.len()).is_err() {
            return Err("the record is larger than 4 GiB".to_owned());
        }
        // One node for every eight bytes is what usual records have.
        let mut tape = Self {
            text,
            nodes: Vec::with_capacity(text.len() / 8 + 8),
        };
        let mut lexer = SliceLexer::new(text.as_bytes());
        let read = lexer.exactly_one(SliceLexer::ws_peek, |next, lexer| {
            tape.value(next, lexer, 0)
        });
        match read {
            Ok(()) => Ok(tape),
            Err(Error::Json(error)) => Err(format!(
                "the record is not JSON: {error} at byte {}",
                text.len() - lexer.as_slice().len()
            )),
            Err(Error::TooDeep) => Err(format!(
                "the record is nested deeper than {DEPTH_MAX} levels"
            )),
        }
    }

    fn offset(&self, lexer: &SliceLexer<'_>) -> u32 {
        (self.text.len() - lexer.as_slice().len()) as u32
    }

    fn value(&mut self, next: u8, lexer: &mut SliceLexer<'t>, depth: usize) -> Result<(), Error> {
        let start = self.offset(lexer);
        let at = self.nodes.len();
        self.nodes.push(Node {
            kind: Kind::Null,
            start,
            end: start,
            after: 0,
        });
        let kind = match next {
            b'{' | b'[' if depth == DEPTH_MAX => return Err(Error::TooDeep),
            b'{' => self.object(lexer, depth + 1)?,
            b'[' => self.array(lexer, depth + 1)?,
            _ => scalar(next, lexer)?,
        };
        let (end, after) = (self.offset(lexer), self.nodes.len() as u32);
        self.nodes[at] = Node {
            kind,
            start,
            end,
            after,
        };
        Ok(())
    }

    fn object(&mut self, lexer: &mut SliceLexer<'t>, depth: usize) -> Result<Kind, Error> {
        let field = |next, lexer: &mut SliceLexer<'t>| {
            if next != b'"' {
                return Err(Error::from(Expect::String));
            }
            self.value(next, lexer, depth)?;
            let colon = lexer.expect(SliceLexer::ws_peek, b':');
            colon.ok_or(Expect::Colon)?;
            let next = lexer.ws_peek().ok_or(Expect::Value)?;
            self.value(next, lexer, depth)
        };
        lexer.discarded().seq(b'}', SliceLexer::ws_peek, field)?;
        Ok(Kind::Object)
    }

    fn array(&mut self, lexer: &mut SliceLexer<'t>, depth: usize) -> Result<Kind, Error> {
        let item = |next, lexer: &mut SliceLexer<'t>| self.value(next, lexer, depth);
        lexer.discarded().seq(b']', SliceLexer::ws_peek, item)?;
        Ok(Kind::Array)
    }

    /// What stands there.
    pub fn kind(&self, at: At) -> Kind {
        self.nodes[at].kind
    }

    /// Its JSON text, as it came.
    pub fn raw(&self, at: At) -> &'t str {
        let node = self.nodes[at];
        &self.text[node.start as usize..node.end as usize]
    }

    /// A text node's text.
    pub fn text(&self, at: At) -> Cow<'t, str> {
        let raw = self.raw(at);
        let inner = &raw[1..raw.len() - 1];
        if self.kind(at) == Kind::Text {
            return Cow::Borrowed(inner);
        }
        // Escapes were checked as they were read; a lone surrogate is left as it is written.
        serde_json::from_str(raw).map_or(Cow::Borrowed(inner), Cow::Owned)
    }

    fn after(&self, at: At) -> At {
        self.nodes[at].after as usize
    }

    /// The items of an array.
    pub fn items(&self, at: At) -> Items<'_, 't> {
        Items {
            tape: self,
            next: at + 1,
            end: self.after(at),
        }
    }

    /// The value of an object's key; the last where the key is there twice, as usual.
    pub fn get(&self, at: At, key: &str) -> Option<At> {
        if self.kind(at) != Kind::Object {
            return None;
        }
        let (mut name, end, mut found) = (at + 1, self.after(at), None);
        while name < end {
            let node = self.nodes[name];
            // The length, quotes included, tells most names apart.
            let same = match node.kind {
                Kind::Text if (node.end - node.start) as usize != key.len() + 2 => false,
                Kind::Text => {
                    &self.text.as_bytes()[node.start as usize + 1..node.end as usize - 1]
                        == key.as_bytes()
                }
                _ => self.text(name) == key,
            };
            if same {
                found = Some(name + 1);
            }
            name = self.after(name + 1);
        }
        found
    }

    /// The JSON Pointer (RFC 6901) of a node.
    pub fn pointer(&self, target: At) -> String {
        let mut pointer = String::new();
        let mut at = ROOT;
        while at != target {
            let is_object = self.kind(at) == Kind::Object;
            let end = self.after(at);
            let (mut child, mut index) = (at + 1, 0);
            while child < end {
                let value = if is_object { child + 1 } else { child };
                if (value..self.after(value)).contains(&target) {
                    break;
                }
                child = self.after(value);
                index += 1;
            }
            if child >= end {
                break;
            }
            if is_object {
                push_token(&mut pointer, &self.text(child));
                at = child + 1;
            } else {
                push_token(&mut pointer, &index.to_string());
                at = child;
            }
        }
        pointer
    }
}

fn scalar(next: u8, lexer: &mut SliceLexer<'_>) -> Result<Kind, Error> {
    match next {
        b'"' => {
            let mut bytes: &[u8] = &[];
            let read = lexer.discarded().str_bytes(&mut bytes);
            read.map_err(hifijson::Error::from)?;
            let has_escapes = bytes.contains(&b'\\');
            Ok(if has_escapes {
                Kind::Escaped
            } else {
                Kind::Text
            })
        }
        b'0'..=b'9' | b'-' => {
            let read = lexer.num_bytes().validated();
            read.map_err(hifijson::Error::from)?;
            Ok(Kind::Number)
        }
        _ => Ok(match lexer.null_or_bool().ok_or(Expect::Value)? {
            None => Kind::Null,
            Some(true) => Kind::True,
            Some(false) => Kind::False,
        }),
    }
}

/// The items of an array, in order.
pub struct Items<'a, 't> {
    tape: &'a Tape<'t>,
    next: At,
    end: At,
}

impl Iterator for Items<'_, '_> {
    type Item = At;

    fn next(&mut self) -> Option<At> {
        if self.next >= self.end {
            return None;
        }
        let item = self.next;
        self.next = self.tape.after(item);
        Some(item)
    }
}
