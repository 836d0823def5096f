//! From events of the parser to the tree, within limits.

use std::borrow::Cow;
use std::collections::HashMap;

use granit_parser::{Event, Marker, Parser, ScalarStyle, Span, Tag};

use super::node::{Entry, Node, Text, Value};
use super::{ALIAS_FACTOR_MAX, FILE_BYTES_MAX, NESTING_MAX, scalar};
use crate::diagnostic::Code;
use crate::source::{Place, Sink, count};

/// The tree of a file; none where it is no YAML or over a limit.
pub(crate) fn read(sink: &mut Sink<'_>) -> Option<Node> {
    if let Some((message, help)) = &sink.source.unreadable {
        sink.error(Code::UnreadableFile, Place::START, message, help);
        return None;
    }
    let text = &sink.source.text;
    if text.len() > FILE_BYTES_MAX {
        sink.error(
            Code::FileTooLarge,
            Place::START,
            format!(
                "the file has {} bytes, over the limit of {FILE_BYTES_MAX}",
                text.len()
            ),
            "split it into several workflows that call each other",
        );
        return None;
    }
    let mut builder = Builder {
        budget: text.len().saturating_mul(ALIAS_FACTOR_MAX),
        stack: Vec::new(),
        anchors: HashMap::new(),
        root: None,
    };
    for event in Parser::new_from_str(text) {
        match event {
            Ok((event, span)) => builder.event(event, &span, sink)?,
            Err(error) => {
                let help = "quote texts that contain `: `, ` #` or begin with a special character, and indent with spaces";
                sink.error(Code::YamlSyntax, place(error.marker()), error.info(), help);
                return None;
            }
        }
    }
    builder.root.map(|built| built.node)
}

fn place(marker: &Marker) -> Place {
    Place {
        line: count(marker.line().max(1)),
        column: count(marker.col() + 1),
    }
}

/// A finished node, how high it is and how much text it stands for.
#[derive(Clone)]
struct Built {
    node: Node,
    height: u32,
    weight: usize,
}

/// A list or map that is not finished.
struct Frame {
    place: Place,
    anchor: usize,
    height: u32,
    weight: usize,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map {
        entries: Vec<Entry>,
        /// Where each key stands first.
        places: HashMap<String, Place>,
        key: Option<(String, Place)>,
    },
}

struct Builder {
    /// Text that aliases may still stand for.
    budget: usize,
    stack: Vec<Frame>,
    anchors: HashMap<usize, Built>,
    root: Option<Built>,
}

impl Builder {
    /// Takes an event; none where reading cannot go on.
    fn event(&mut self, event: Event<'_>, span: &Span, sink: &mut Sink<'_>) -> Option<()> {
        let at = place(&span.start);
        match event {
            Event::DocumentStart(..) if self.root.is_some() => {
                sink.error(
                    Code::YamlSyntax,
                    at,
                    "the file holds more than one document",
                    "write one document in each file, without `---` between them",
                );
                None
            }
            Event::Scalar(text, style, anchor, tag) => {
                let value = scalar_value(text, style, tag.as_deref(), span, sink)?;
                let built = Built {
                    weight: span.len() + 1,
                    height: 0,
                    node: Node { place: at, value },
                };
                self.finish(built, anchor, sink)
            }
            Event::SequenceStart(_, anchor, tag) => {
                check_tag(tag.as_deref(), "seq", at, sink)?;
                self.open(at, anchor, Content::List(Vec::new()), sink)
            }
            Event::MappingStart(_, anchor, tag) => {
                check_tag(tag.as_deref(), "map", at, sink)?;
                let content = Content::Map {
                    entries: Vec::new(),
                    places: HashMap::new(),
                    key: None,
                };
                self.open(at, anchor, content, sink)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(sink),
            Event::Alias(anchor) => self.alias(anchor, at, sink),
            _ => Some(()),
        }
    }

    fn open(
        &mut self,
        place: Place,
        anchor: usize,
        content: Content,
        sink: &mut Sink<'_>,
    ) -> Option<()> {
        self.stack.push(Frame {
            place,
            anchor,
            height: 1,
            weight: 2,
            content,
        });
        check_depth(count(self.stack.len()), place, sink)
    }

    fn close(&mut self, sink: &mut Sink<'_>) -> Option<()> {
        let frame = self.stack.pop()?;
        let value = match frame.content {
            Content::List(items) => Value::List(items),
            Content::Map { entries, .. } => Value::Map(entries),
        };
        let node = Node {
            place: frame.place,
            value,
        };
        let built = Built {
            node,
            height: frame.height,
            weight: frame.weight,
        };
        self.finish(built, frame.anchor, sink)
    }

    fn alias(&mut self, anchor: usize, at: Place, sink: &mut Sink<'_>) -> Option<()> {
        let Some(target) = self.anchors.get(&anchor) else {
            sink.error(
                Code::YamlSyntax,
                at,
                "the alias stands inside of what it refers to",
                "write the value out",
            );
            return None;
        };
        check_depth(count(self.stack.len()) + target.height, at, sink)?;
        let Some(budget) = self.budget.checked_sub(target.weight) else {
            sink.error(
                Code::AliasExpansion,
                at,
                format!(
                    "the aliases up to here expand to more than {ALIAS_FACTOR_MAX} times the text"
                ),
                "write the values out, or use fewer aliases inside of aliases",
            );
            return None;
        };
        self.budget = budget;
        let built = target.clone();
        self.finish(built, 0, sink)
    }

    /// Puts a finished node where it belongs.
    fn finish(&mut self, built: Built, anchor: usize, sink: &mut Sink<'_>) -> Option<()> {
        if anchor != 0 {
            self.anchors.insert(anchor, built.clone());
        }
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(built);
            return Some(());
        };
        frame.height = frame.height.max(built.height + 1);
        frame.weight = frame.weight.saturating_add(built.weight);
        match &mut frame.content {
            Content::List(items) => items.push(built.node),
            Content::Map {
                entries,
                places,
                key,
            } => match key.take() {
                None => *key = Some(key_of(built.node, sink)?),
                Some((key, key_place)) => {
                    if is_new(places, &key, key_place, sink) {
                        entries.push(Entry {
                            key,
                            key_place,
                            value: built.node,
                        });
                    }
                }
            },
        }
        Some(())
    }
}

fn is_new(places: &mut HashMap<String, Place>, key: &str, at: Place, sink: &mut Sink<'_>) -> bool {
    if let Some(first) = places.get(key) {
        sink.error(
            Code::DuplicateKey,
            at,
            format!("`{key}` stands here for the second time"),
            format!("keep one of the two; the first is in line {}", first.line),
        );
        return false;
    }
    places.insert(key.to_owned(), at);
    true
}

fn key_of(node: Node, sink: &mut Sink<'_>) -> Option<(String, Place)> {
    let key = match node.value {
        Value::Text(text) => text.text,
        Value::Number(number) => number,
        Value::Bool(value) => value.to_string(),
        Value::Null | Value::List(_) | Value::Map(_) => {
            sink.error(
                Code::WrongType,
                node.place,
                format!("a key has to be text, not {}", node.kind()),
                "write a name before the `:`; quote texts that begin with `{` or `[`",
            );
            return None;
        }
    };
    Some((key, node.place))
}

fn check_depth(depth: u32, at: Place, sink: &mut Sink<'_>) -> Option<()> {
    if depth <= NESTING_MAX {
        return Some(());
    }
    sink.error(
        Code::TooDeep,
        at,
        format!("lists and maps are nested deeper than {NESTING_MAX} levels"),
        "flatten the value, or put a part of it into another workflow",
    );
    None
}

fn scalar_value(
    text: Cow<'_, str>,
    style: ScalarStyle,
    tag: Option<&Tag>,
    span: &Span,
    sink: &mut Sink<'_>,
) -> Option<Value> {
    check_tag(tag, "str", place(&span.start), sink)?;
    if style == ScalarStyle::Plain
        && tag.is_none()
        && let Some(value) = scalar::plain(&text)
    {
        return Some(value);
    }
    Some(Value::Text(Text {
        text: text.into_owned(),
        style,
        range: span.byte_range().unwrap_or_default(),
    }))
}

/// A tag may say what the value is anyway; anything else would be lost.
fn check_tag(tag: Option<&Tag>, expected: &str, at: Place, sink: &mut Sink<'_>) -> Option<()> {
    let Some(tag) = tag else {
        return Some(());
    };
    if tag.is_yaml_core_schema_tag(expected) {
        return Some(());
    }
    sink.error(
        Code::UnsupportedTag,
        at,
        format!("the tag `{}` has no meaning here", tag.original()),
        "leave the tag out; quote a value that shall be text",
    );
    None
}
