//! What bytes can be read as: for checks of what a damaged disk could do to whoever reads them.

use mortise_model::event::Event;
use mortise_model::{Entry, Letter, Plan};

use crate::record;
use crate::rows::Row;
use crate::small::{First, Live, asked_of_bytes};

/// The kinds of values of the store that these bytes can be read as. Whatever they are, it returns.
#[must_use]
pub fn kinds(bytes: &[u8]) -> Vec<&'static str> {
    let whole = [
        ("entries", record::decode::<Vec<Entry>>(b"", bytes).is_ok()),
        ("row", record::decode::<Row>(b"", bytes).is_ok()),
        ("letter", record::decode::<Letter>(b"", bytes).is_ok()),
        ("event", record::decode::<Event>(b"", bytes).is_ok()),
        ("plan", record::decode::<Plan>(b"", bytes).is_ok()),
        ("first", First::of_bytes(bytes).is_some()),
        ("asked", asked_of_bytes(bytes).is_some()),
        ("live", Live::of_bytes(b"", bytes).is_ok()),
        ("chunks", record::chunk_count(bytes) > 0),
    ];
    let found = whole.into_iter().filter(|(_, is_one)| *is_one);
    found.map(|(kind, _)| kind).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_record_is_what_it_was_written_as() {
        let letter = record::encode(&Letter::Wake, 100).unwrap();
        assert!(kinds(&letter).contains(&"letter"));
        assert!(!kinds(&letter).contains(&"row"));
        assert!(!kinds(&letter[..letter.len() - 1]).contains(&"letter"));
        assert_eq!(kinds(b""), Vec::<&str>::new());
    }
}
