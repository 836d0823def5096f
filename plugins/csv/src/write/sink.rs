//! Where rows go.

use mortise_sdk::Failure;
use mortise_sdk::files::{self, File};

/// What is collected before it goes to the file, in bytes.
const PIECE_BYTES: usize = 256 << 10;

pub enum Sink {
    Text(String),
    File { id: String, piece: String },
}

impl Sink {
    pub fn text() -> Self {
        Self::Text(String::new())
    }

    pub fn file(name: Option<&str>) -> Result<Self, Failure> {
        let id = files::create(name, "text/csv; charset=utf-8").map_err(refused)?;
        Ok(Self::File {
            id,
            piece: String::new(),
        })
    }

    pub fn push(&mut self, text: &str) -> Result<(), Failure> {
        match self {
            Self::Text(whole) => whole.push_str(text),
            Self::File { id, piece } => {
                piece.push_str(text);
                if piece.len() >= PIECE_BYTES {
                    files::append(id, piece.as_bytes()).map_err(refused)?;
                    piece.clear();
                }
            }
        }
        Ok(())
    }

    /// The text or the file.
    pub fn end(self) -> Result<(Option<String>, Option<File>), Failure> {
        match self {
            Self::Text(text) => Ok((Some(text), None)),
            Self::File { id, piece } => {
                files::append(&id, piece.as_bytes()).map_err(refused)?;
                Ok((None, Some(File { id })))
            }
        }
    }
}

fn refused(why: String) -> Failure {
    Failure::reject(why)
}
