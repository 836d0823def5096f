//! Names in statements. This is the one place where a text of a workflow gets into one: quoted, so that it can be
//! nothing but a name.

use mortise_sdk::Failure;
use schemars::JsonSchema;
use serde::Deserialize;

/// The longest name that the server keeps, in bytes; it would cut a longer one and take another.
const NAME_MAX_BYTES: usize = 63;

/// A table: `orders`, or with its schema `sales.orders`. Upper and lower case differ.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Table(String);

impl Table {
    /// As it stands in a statement.
    pub fn quoted(&self) -> Result<String, Failure> {
        let parts: Vec<&str> = self.0.split('.').collect();
        if parts.len() > 2 {
            let text = format!("`{}` is no table: write `table` or `schema.table`", self.0);
            return Err(Failure::misconfigured(text).with_field("/table"));
        }
        let quoted: Result<Vec<_>, _> = parts
            .into_iter()
            .map(|part| quoted(part, "/table"))
            .collect();
        Ok(quoted?.join("."))
    }
}

/// A column's name, as it stands in a statement. `field` is where it comes from.
pub fn quoted(name: &str, field: &str) -> Result<String, Failure> {
    let is_name = !name.is_empty() && name.len() <= NAME_MAX_BYTES && !name.contains('\0');
    match is_name {
        true => Ok(format!("\"{}\"", name.replace('"', "\"\""))),
        false => {
            let text =
                format!("`{name}` is no name: PostgreSQL has names of 1 to {NAME_MAX_BYTES} bytes");
            Err(Failure::misconfigured(text).with_field(field))
        }
    }
}

/// Several, with commas between them.
pub fn list<'a>(names: impl IntoIterator<Item = &'a str>, field: &str) -> Result<String, Failure> {
    let quoted: Result<Vec<_>, _> = names.into_iter().map(|name| quoted(name, field)).collect();
    Ok(quoted?.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_a_name() {
        for (name, text) in [
            ("orders", "\"orders\""),
            ("a\"; DROP TABLE b; --", "\"a\"\"; DROP TABLE b; --\""),
            ("Ä b", "\"Ä b\""),
        ] {
            assert_eq!(quoted(name, "").unwrap(), text);
        }
        for bad in ["", "a\0b", "x".repeat(64).as_str()] {
            assert!(quoted(bad, "").is_err());
        }
        let table = |text: &str| Table(text.to_owned()).quoted();
        assert_eq!(table("sales.orders").unwrap(), "\"sales\".\"orders\"");
        assert!(table("a.b.c").is_err());
        assert!(table("a.").is_err());
    }
}
