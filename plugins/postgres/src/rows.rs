//! Rows that a workflow hands over, and conditions over columns.

use std::collections::BTreeSet;

use mortise_sdk::Failure;
use serde_json::{Map, Value as Json};

use crate::names::quoted;
use crate::values::Builder;

/// A row: column and value.
pub type Row = Map<String, Json>;

/// The columns of rows, in the order in which they come up.
pub fn columns(rows: &[Row]) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    let names = rows.iter().flat_map(Row::keys).map(String::as_str);
    names.filter(|name| seen.insert(*name)).collect()
}

/// `("a" = $1 AND "b" IS NULL)`; a list is any of its values. `field` is where the columns come from.
pub fn push_equal(builder: &mut Builder, columns: &Row, field: &str) -> Result<(), Failure> {
    for (index, (name, value)) in columns.iter().enumerate() {
        if index > 0 {
            builder.text(" AND ");
        }
        builder.text(&quoted(name, &pointer(field, name))?);
        match value {
            Json::Null => builder.text(" IS NULL"),
            Json::Array(_) => {
                builder.text(" = ANY(");
                builder.bind(value.clone());
                builder.text(")");
            }
            value => {
                builder.text(" = ");
                builder.bind(value.clone());
            }
        }
    }
    Ok(())
}

/// The condition of a change. Without one it would be about every row, which has to be said.
pub fn push_where(builder: &mut Builder, columns: &Row, all: bool) -> Result<(), Failure> {
    match (columns.is_empty(), all) {
        (false, false) => {
            builder.text(" WHERE ");
            push_equal(builder, columns, "/where")
        }
        (true, true) => Ok(()),
        (true, false) => {
            let text = "`where` is empty, which is every row: name a column, or say `all: true`";
            Err(Failure::misconfigured(text).with_field("/where"))
        }
        (false, true) => {
            let text = "`all: true` means every row, and `where` names some: leave one of them out";
            Err(Failure::misconfigured(text).with_field("/all"))
        }
    }
}

/// A JSON Pointer to a member.
pub fn pointer(parent: &str, name: &str) -> String {
    format!("{parent}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// Puts the place in the input before the column that a failure names.
pub fn located(mut failure: Failure, parent: &str) -> Failure {
    if let Some(field) = failure
        .cause
        .as_mut()
        .and_then(|cause| cause.field.as_mut())
    {
        field.insert_str(0, parent);
    }
    failure
}

/// The same for one of several rows: the one that holds the value that the database complains about.
pub fn located_in(failure: Failure, rows: &[Row]) -> Failure {
    let column = failure
        .cause
        .as_ref()
        .and_then(|cause| cause.field.as_deref());
    let column = column.map(|field| field[1..].replace("~1", "/").replace("~0", "~"));
    let value = failure
        .message
        .split_once(")=(")
        .and_then(|(_, rest)| rest.split([',', ')']).next());
    let is_it = |row: &&Row| match (row.get(column.as_deref().unwrap_or_default()), value) {
        (Some(Json::String(text)), Some(value)) => text == value,
        (Some(other), Some(value)) => {
            let text = other.to_string();
            text == value
        }
        _ => false,
    };
    let index = match rows {
        [_] => Some(0),
        rows => rows.iter().position(|row| is_it(&row)),
    };
    match index {
        Some(index) => located(failure, &format!("/rows/{index}")),
        None => located(failure, "/rows"),
    }
}

#[cfg(test)]
mod tests {
    use mortise_sdk::Disposition;
    use serde_json::json;

    use super::*;

    fn row(value: Json) -> Row {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_change_of_every_row_has_to_be_said() {
        let mut builder = Builder::new("");
        let failure = push_where(&mut builder, &Row::new(), false).unwrap_err();
        assert_eq!(failure.disposition, Disposition::Misconfigured);
        push_where(&mut builder, &Row::new(), true).unwrap();
        assert!(push_where(&mut builder, &row(json!({ "id": 1 })), true).is_err());
    }

    #[test]
    fn the_row_that_is_in_the_way_is_found() {
        let failure =
            Failure::reject("…; Key (id)=(7) already exists (table `t`)").with_field("/id");
        let rows = [row(json!({ "id": 6 })), row(json!({ "id": 7 }))];
        let located = located_in(failure, &rows);
        assert_eq!(located.cause.unwrap().field.as_deref(), Some("/rows/1/id"));
    }
}
