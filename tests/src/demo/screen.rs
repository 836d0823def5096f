//! What the demo prints: headings, tables and notes, in colour on a terminal.

#![allow(clippy::print_stdout, reason = "a demo shows something")]

use std::io::IsTerminal;

/// A style, by its number in ANSI escapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// As it is.
    Plain,
    /// Headings.
    Bold,
    /// What matters less.
    Dim,
    /// As it should be.
    Good,
    /// Refused, as it should be.
    Refused,
}

impl Style {
    fn escape(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Bold => "\x1b[1m",
            Self::Dim => "\x1b[2m",
            Self::Good => "\x1b[32m",
            Self::Refused => "\x1b[33m",
        }
    }
}

/// Styled text of one cell.
pub type Cell = (Style, String);

/// The terminal, or whatever stdout is.
#[derive(Debug)]
pub struct Screen {
    colour: bool,
    scenes: usize,
}

impl Default for Screen {
    fn default() -> Self {
        Self::new()
    }
}

impl Screen {
    /// In colour where stdout is a terminal and `NO_COLOR` is not set.
    #[must_use]
    pub fn new() -> Self {
        let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self { colour, scenes: 0 }
    }

    /// The first line.
    pub fn title(&self, text: &str) {
        println!("\n{}", self.paint(Style::Bold, text));
    }

    /// Begins a scene.
    pub fn scene(&mut self, text: &str) {
        self.scenes += 1;
        println!(
            "\n{}",
            self.paint(Style::Bold, &format!("{}  {text}", self.scenes))
        );
    }

    /// A sentence that explains.
    pub fn note(&self, text: &str) {
        println!("   {}", self.paint(Style::Dim, text));
    }

    /// Something that was checked.
    pub fn good(&self, text: &str) {
        println!("   {} {text}", self.paint(Style::Good, "✓"));
    }

    /// The last line.
    pub fn end(&self, text: &str) {
        println!("\n{}", self.paint(Style::Good, text));
    }

    /// A table; the columns are as wide as what is in them.
    pub fn table(&self, head: &[&str], rows: &[Vec<Cell>]) {
        let width = |column: usize| {
            let cells = rows
                .iter()
                .filter_map(|row| row.get(column))
                .map(|(_, text)| text.chars().count());
            cells
                .chain([head[column].chars().count()])
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..head.len()).map(width).collect();
        let head: Vec<Cell> = head
            .iter()
            .map(|text| (Style::Dim, (*text).to_owned()))
            .collect();
        for row in std::iter::once(&head).chain(rows) {
            let mut line = String::from("  ");
            for ((style, text), width) in row.iter().zip(&widths) {
                let padding = " ".repeat(width.saturating_sub(text.chars().count()));
                line += &format!(" {}{padding} ", self.paint(*style, text));
            }
            println!("{}", line.trim_end());
        }
    }

    fn paint(&self, style: Style, text: &str) -> String {
        match style.escape() {
            escape if self.colour && !escape.is_empty() => format!("{escape}{text}\x1b[0m"),
            _ => text.to_owned(),
        }
    }
}
