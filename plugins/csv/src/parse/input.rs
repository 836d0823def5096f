//! What a step says.

use std::collections::BTreeMap;

use mortise_sdk::Failure;
use plugin_pieces::{Encoding, Input as Source};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::dialect::{comma, double_quote};
use crate::types::Type;

/// The most records of one page.
const PAGE_RECORDS_MAX: usize = 10_000;

/// A header that is larger does not fit into the token of a page.
const HEADER_BYTES_MAX: usize = 32 << 10;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// The CSV: a text, or a file of the run.
    pub input: Source,
    /// One character between fields.
    #[serde(default = "comma")]
    pub delimiter: String,
    /// One character around fields, doubled within them; empty where quotes mean nothing.
    #[serde(default = "double_quote")]
    pub quote: String,
    /// Where the names come from.
    #[serde(default)]
    pub header: Header,
    /// Rows that are passed over before the header.
    #[serde(default)]
    pub skip_rows: u32,
    /// The columns that records have, in this order; all of them without it.
    #[serde(default)]
    pub columns: Option<Vec<String>>,
    /// How the text of a file stands in it.
    #[serde(default)]
    pub encoding: Encoding,
    /// Removes spaces around fields that are not quoted.
    #[serde(default)]
    pub trim: bool,
    /// What to do with rows of another length than the header or the first row.
    #[serde(default)]
    pub ragged: Ragged,
    /// Gives fields of text with nothing in them as null.
    #[serde(default)]
    pub empty_as_null: bool,
    /// What columns hold, by name; text where nothing is said. An empty field is null.
    #[serde(default)]
    pub types: BTreeMap<String, Type>,
    /// The most records of a page; one of large records ends earlier.
    #[serde(default = "thousand")]
    #[schemars(range(min = 1, max = PAGE_RECORDS_MAX))]
    pub records_per_page: usize,
}

fn thousand() -> usize {
    1000
}

impl Input {
    pub fn page_records(&self) -> Result<usize, Failure> {
        if (1..=PAGE_RECORDS_MAX).contains(&self.records_per_page) {
            return Ok(self.records_per_page);
        }
        let why = format!("a page has 1 to {PAGE_RECORDS_MAX} records");
        Err(Failure::misconfigured(why).with_field("/records-per-page"))
    }
}

/// Names of columns.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged, expecting = "`first-row`, `none`, or a list of names")]
pub enum Header {
    /// Whether they are in the text.
    Word(Word),
    /// The names, where the first row is a record already.
    Names(Vec<String>),
}

/// Whether names are in the text.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    /// The first row has them.
    FirstRow,
    /// Nothing has them: records are lists, and columns are called `1`, `2` and so on.
    None,
}

impl Default for Header {
    fn default() -> Self {
        Self::Word(Word::FirstRow)
    }
}

/// Rows that are too short or too long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Ragged {
    /// They are refused.
    #[default]
    Reject,
    /// What is missing is empty, and what is too much must be.
    Pad,
}

/// What is known of the columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Columns {
    /// Their names.
    Named(Vec<String>),
    /// How many there are, as soon as there was a row.
    Unnamed(Option<usize>),
}

impl Columns {
    /// Names that can be names of fields.
    pub fn named(names: Vec<String>) -> Result<Self, Failure> {
        let refuse = |why: String| Err(Failure::reject(why).with_field("/header"));
        const REMEDY: &str =
            "give names with `header: [...]`, and `skip-rows: 1` to pass over the row";
        for (index, name) in names.iter().enumerate() {
            if name.is_empty() {
                return refuse(format!("column {} has no name: {REMEDY}", index + 1));
            }
            if let Some(other) = names[..index].iter().position(|known| known == name) {
                return refuse(format!(
                    "columns {} and {} are both called `{name}`: {REMEDY}",
                    other + 1,
                    index + 1
                ));
            }
        }
        if names.iter().map(String::len).sum::<usize>() > HEADER_BYTES_MAX {
            return refuse(format!(
                "the names of columns are longer than {HEADER_BYTES_MAX} bytes"
            ));
        }
        Ok(Self::Named(names))
    }
}
