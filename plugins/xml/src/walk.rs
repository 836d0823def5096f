//! Over the document, event by event.
//!
//! The names of open elements are kept here and not in the reader, because a page begins in the
//! middle of a document.

use mortise_sdk::Failure;
use plugin_pieces::{Pieces, Place};
use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use serde_json::Value;

use crate::element::Builder;
use crate::parse::{Input, Namespaces};

/// How deep elements may lie in each other; every one is one or two levels of JSON, of which readers
/// take 128.
const DEPTH_MAX: usize = 60;

/// The longest name; those of open elements stand in the token of a page.
const NAME_BYTES_MAX: usize = 512;

/// The largest record, and the largest thing between records, in bytes.
const RECORD_BYTES_MAX: usize = 4 << 20;

const TOO_LARGE: &str = "an element is larger than 4 MiB: name smaller ones with `each`; it begins";

/// Gives record after record.
pub struct Walk<'a> {
    reader: Reader<Pieces>,
    input: &'a Input,
    open: Vec<String>,
    builder: Builder,
    /// The root element was there.
    has_root: bool,
    buffer: Vec<u8>,
}

/// What an event came to.
enum Step {
    Record(String, Value),
    Nothing,
    End,
}

impl<'a> Walk<'a> {
    /// At the beginning.
    pub fn new(pieces: Pieces, input: &'a Input) -> Self {
        let mut reader = Reader::from_reader(pieces.limit(RECORD_BYTES_MAX, TOO_LARGE));
        let config = reader.config_mut();
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        Self {
            reader,
            input,
            open: Vec::new(),
            builder: Builder::default(),
            has_root: false,
            buffer: Vec::new(),
        }
    }

    /// Where another one ended.
    #[must_use]
    pub fn within(mut self, open: Vec<String>) -> Self {
        self.open = open;
        self.has_root = true;
        self
    }

    /// Name and value of the next record; none at the end of the document.
    pub fn next(&mut self) -> Result<Option<(String, Value)>, Failure> {
        loop {
            if self.builder.is_idle() {
                self.reader.get_mut().mark();
            }
            match self.step()? {
                Step::Record(name, value) => return Ok(Some((name, value))),
                Step::Nothing => {}
                Step::End => return Ok(None),
            }
        }
    }

    /// Where the next one begins, and what is open there.
    pub fn place(&self) -> (Place, &[String]) {
        (self.reader.get_ref().place(), &self.open)
    }

    fn step(&mut self) -> Result<Step, Failure> {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        let event = self.reader.read_event_into(&mut buffer);
        let step = match event {
            Ok(event) => self.event(&event),
            Err(error) => Err(match self.reader.get_mut().take_failure() {
                Some(failure) => failure,
                None => self.refuse(&error.to_string()),
            }),
        };
        self.buffer = buffer;
        step
    }

    fn event(&mut self, event: &Event<'_>) -> Result<Step, Failure> {
        match event {
            Event::Start(start) => self.start(start)?,
            Event::Empty(start) => {
                self.start(start)?;
                return Ok(self.end());
            }
            Event::End(end) => {
                let name = self.name(end.name().as_ref())?;
                match self.open.last() {
                    Some(open) if *open == name => return Ok(self.end()),
                    Some(open) => {
                        return Err(
                            self.refuse(&format!("`</{name}>` ends nothing: `<{open}>` is open"))
                        );
                    }
                    None => return Err(self.refuse(&format!("`</{name}>` ends nothing"))),
                }
            }
            Event::Text(text) => {
                let text = text
                    .xml_content()
                    .map_err(|error| self.refuse(&error.to_string()))?;
                self.text(&text)?;
            }
            Event::CData(text) => {
                let text = text
                    .xml_content()
                    .map_err(|error| self.refuse(&error.to_string()))?;
                self.text(&text)?;
            }
            Event::GeneralRef(reference) => {
                let text = self.resolve(reference)?;
                self.text(&text)?;
            }
            Event::DocType(text) => self.document_type(text)?,
            Event::Eof => return self.eof(),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
        }
        Ok(Step::Nothing)
    }

    fn start(&mut self, start: &BytesStart<'_>) -> Result<(), Failure> {
        if self.open.is_empty() && self.has_root {
            return Err(self.refuse("the document has a second root element"));
        }
        if self.open.len() >= DEPTH_MAX {
            let why = format!("elements lie deeper in each other than {DEPTH_MAX} levels");
            return Err(self.refuse(&why));
        }
        self.has_root = true;
        let name = self.name(start.name().as_ref())?;
        self.open.push(name.clone());
        let is_record = match &self.input.each {
            Some(path) => path.is_at(&self.open),
            None => self.open.len() == 1,
        };
        if is_record || !self.builder.is_idle() {
            let attributes = self.attributes(start)?;
            let is_listed = self.input.lists.iter().any(|place| place.is_at(&self.open));
            self.builder.start(name, attributes, is_listed);
        }
        Ok(())
    }

    fn end(&mut self) -> Step {
        self.open.pop();
        match self.builder.end(self.input.trim) {
            Some((name, value)) => Step::Record(name, value),
            None => Step::Nothing,
        }
    }

    fn text(&mut self, text: &str) -> Result<(), Failure> {
        if self.open.is_empty() && !text.trim().is_empty() {
            return Err(self.refuse("there is text outside of the root element"));
        }
        self.builder.text(text);
        Ok(())
    }

    fn document_type(&self, text: &[u8]) -> Result<(), Failure> {
        let text = text.to_ascii_uppercase();
        match text.windows(8).any(|window| window == b"<!ENTITY") {
            true => Err(self.refuse("the document declares entities, which are not expanded")),
            false => Ok(()),
        }
    }

    fn eof(&self) -> Result<Step, Failure> {
        match self.open.last() {
            Some(open) => Err(self.refuse(&format!("the document ends while `<{open}>` is open"))),
            None if !self.has_root => Err(self.refuse("the document has no element")),
            None => Ok(Step::End),
        }
    }

    fn attributes(&self, start: &BytesStart<'_>) -> Result<Vec<(String, String)>, Failure> {
        let mut attributes: Vec<(String, String)> = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| self.refuse(&error.to_string()))?;
            let key = attribute.key.as_ref();
            let is_namespace = key == b"xmlns" || key.starts_with(b"xmlns:");
            if is_namespace && self.input.namespaces == Namespaces::Strip {
                continue;
            }
            let name = self.name(key)?;
            if attributes.iter().any(|(known, _)| *known == name) {
                return Err(self.refuse(&format!(
                    "the attribute `{name}` is there twice: keep the namespaces"
                )));
            }
            let text = attribute
                .unescape_value()
                .map_err(|error| self.refuse(&error.to_string()))?;
            attributes.push((name, text.into_owned()));
        }
        Ok(attributes)
    }

    fn name(&self, bytes: &[u8]) -> Result<String, Failure> {
        let name = String::from_utf8_lossy(bytes);
        if name.is_empty() || name.len() > NAME_BYTES_MAX {
            let why = format!("a name has 1 to {NAME_BYTES_MAX} bytes");
            return Err(self.refuse(&why));
        }
        let local = match (self.input.namespaces, name.split_once(':')) {
            (Namespaces::Strip, Some((_, local))) => local,
            _ => &name,
        };
        Ok(local.to_owned())
    }

    fn resolve(&self, reference: &BytesRef<'_>) -> Result<String, Failure> {
        let character = reference
            .resolve_char_ref()
            .map_err(|error| self.refuse(&error.to_string()))?;
        if let Some(character) = character {
            return Ok(character.to_string());
        }
        let name = reference
            .decode()
            .map_err(|error| self.refuse(&error.to_string()))?;
        let known = resolve_predefined_entity(&name).map(str::to_owned);
        known.ok_or_else(|| {
            self.refuse(&format!(
                "the entity `&{name};` is not one of the five that XML knows"
            ))
        })
    }

    fn refuse(&self, what: &str) -> Failure {
        let line = self.reader.get_ref().place().line;
        Failure::reject(format!("line {line}: {what}")).with_field("/input")
    }
}
