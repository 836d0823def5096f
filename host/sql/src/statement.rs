//! What is asked and what comes back, without any database's own types.

/// A value, in either direction.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number in double precision, also one that is none.
    Float(f64),
    /// Text, and whatever has no better place here.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A moment, as RFC 3339.
    Timestamp(String),
    /// JSON, as text.
    Json(String),
    /// A decimal number, as text, so that no digit is lost; also `NaN`, `Infinity` and `-Infinity`.
    Numeric(String),
}

impl Value {
    /// About what it takes in memory.
    pub(crate) fn size_bytes(&self) -> usize {
        let content = match self {
            Self::Null | Self::Boolean(_) | Self::Integer(_) | Self::Float(_) => 0,
            Self::Text(text) | Self::Timestamp(text) | Self::Json(text) | Self::Numeric(text) => {
                text.len()
            }
            Self::Bytes(bytes) => bytes.len(),
        };
        // A number has its place in the enum itself.
        content + 16
    }
}

/// A statement with its parameters, which are bound and never put into the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// In the database's own SQL, one statement.
    pub text: String,
    /// For `$1`, `$2` and so on.
    pub parameters: Vec<Value>,
    /// No more rows than this come back.
    pub rows_max: u32,
}

/// What came of a statement.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// The names of the columns, in their order.
    pub columns: Vec<String>,
    /// A value for each column.
    pub rows: Vec<Vec<Value>>,
    /// Rows that were read, added, changed or deleted; where a read was `truncated`, those that came back.
    pub affected: u64,
    /// There were more rows than `rows_max`.
    pub truncated: bool,
}
