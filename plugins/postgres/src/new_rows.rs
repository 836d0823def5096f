//! `new-rows`: rows that came behind the last one that was seen, by a column that only grows.
//!
//! Where several rows have one value of it, a second column that differs in every row says which of them were seen, so
//! none is lost between two polls and none comes twice.

use mortise_sdk::polling::Start;
use mortise_sdk::{Event, Example, Failure, News, Polling};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::names::{self, Table, quoted};
use crate::query::read;
use crate::rows::{Row, push_equal};
use crate::values::Builder;

pub struct NewRows;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// The table.
    table: Table,
    /// The column that grows: a serial number, or the time of the last change, which the database sets. Rows without a
    /// value in it are not seen.
    order_by: String,
    /// A column that differs in every row, best the primary key. The same as `order-by` where that differs already.
    id: String,
    /// Only rows that are like this: columns and what they have to be.
    #[serde(default, rename = "where")]
    condition: Row,
    /// The columns of an event; all of them without it. `order-by` and `id` are always there.
    #[serde(default)]
    columns: Option<Vec<String>>,
    /// Rows younger than this are left for the next poll, such as `10 seconds`. It is for an `order-by` of time: a
    /// transaction that takes long commits rows with the time at which it began, behind which a poll may be already.
    #[serde(default)]
    lag: Option<String>,
    /// Rows of one poll; where there are more, it goes on at once.
    #[serde(default = "batch_size")]
    #[schemars(range(min = 1, max = 1000))]
    batch_size: u32,
    /// Where the first poll begins.
    #[serde(default)]
    start: Start,
}

fn batch_size() -> u32 {
    100
}

/// The last row that was seen; both null where there was none yet.
#[derive(Debug, Serialize, Deserialize)]
pub struct Cursor {
    value: Value,
    id: Value,
}

impl Polling for NewRows {
    const NAME: &'static str = "new-rows";
    const SUMMARY: &'static str = "a row was added, or changed";
    type Input = Input;
    type Cursor = Cursor;
    type Payload = Row;

    fn poll(input: Input, cursor: Option<Cursor>) -> Result<News<Cursor, Row>, Failure> {
        match cursor {
            None if input.start == Start::Now => Ok(News {
                events: Vec::new(),
                cursor: last(&input)?,
                more: false,
            }),
            cursor => after(&input, cursor.filter(|cursor| !cursor.value.is_null())),
        }
    }

    fn examples() -> Vec<Example> {
        let input =
            json!({ "table": "orders", "order-by": "updated_at", "id": "id", "lag": "5 seconds" });
        vec![Example::new("Orders that were added or changed", input)]
    }
}

impl Input {
    fn keys(&self) -> Result<(String, String), Failure> {
        Ok((
            quoted(&self.order_by, "/order-by")?,
            quoted(&self.id, "/id")?,
        ))
    }

    /// `SELECT … FROM … WHERE …`, without what was seen.
    fn begin(&self, columns: &str) -> Result<Builder, Failure> {
        let (order_by, _) = self.keys()?;
        let table = self.table.quoted()?;
        let mut builder = Builder::new(format!(
            "SELECT {columns} FROM {table} WHERE {order_by} IS NOT NULL"
        ));
        if !self.condition.is_empty() {
            builder.text(" AND ");
            push_equal(&mut builder, &self.condition, "/where")?;
        }
        if let Some(lag) = &self.lag {
            builder.text(&format!(" AND {order_by} <= now() - "));
            builder.bind(lag.as_str());
            builder.text("::interval");
        }
        Ok(builder)
    }

    fn columns(&self) -> Result<String, Failure> {
        let Some(columns) = &self.columns else {
            return Ok("*".to_owned());
        };
        let others = columns
            .iter()
            .filter(|one| **one != self.order_by && **one != self.id);
        let id = (self.id != self.order_by).then_some(&self.id);
        let all = std::iter::once(&self.order_by).chain(id).chain(others);
        names::list(all.map(String::as_str), "/columns")
    }
}

/// Where a trigger stands that begins now.
fn last(input: &Input) -> Result<Cursor, Failure> {
    let (order_by, id) = input.keys()?;
    let mut builder = input.begin(&format!("{order_by}, {id}"))?;
    builder.text(&format!(" ORDER BY {order_by} DESC, {id} DESC LIMIT 1"));
    let rows = read(builder.statement().rows_max(1))?;
    let mut values = rows
        .rows
        .into_iter()
        .flatten()
        .map(|value| value.into_json());
    let value = values.next().unwrap_or_default();
    Ok(Cursor {
        id: values.next().unwrap_or_default(),
        value,
    })
}

/// What came behind it.
fn after(input: &Input, cursor: Option<Cursor>) -> Result<News<Cursor, Row>, Failure> {
    let (order_by, id) = input.keys()?;
    let mut builder = input.begin(&input.columns()?)?;
    if let Some(cursor) = &cursor {
        builder.text(&format!(" AND ({order_by}, {id}) > ("));
        builder.bind(cursor.value.clone());
        builder.text(", ");
        builder.bind(cursor.id.clone());
        builder.text(")");
    }
    let limit = u64::from(input.batch_size) + 1;
    builder.text(&format!(" ORDER BY {order_by}, {id} LIMIT {limit}"));
    let rows = read(builder.statement().rows_max(input.batch_size))?;
    let more = rows.truncated;
    let rows = rows.objects();
    let none = Cursor {
        value: Value::Null,
        id: Value::Null,
    };
    let seen = rows.last().map(|row| Cursor {
        value: member(row, &input.order_by),
        id: member(row, &input.id),
    });
    let events = rows.into_iter().map(|row| event(input, row)).collect();
    Ok(News {
        events,
        cursor: seen.or(cursor).unwrap_or(none),
        more,
    })
}

/// A row that changes is an event each time: its id alone would make all but the first one a repetition.
fn event(input: &Input, row: Row) -> Event<Row> {
    let (value, id) = (member(&row, &input.order_by), member(&row, &input.id));
    let name = match input.order_by == input.id {
        true => text(&id),
        false => format!("{}@{}", text(&id), text(&value)),
    };
    let event = Event::new(name, row);
    match value.as_str().filter(|text| is_moment(text)) {
        Some(moment) => event.at(moment.to_owned()),
        None => event,
    }
}

fn member(row: &Row, name: &str) -> Value {
    row.get(name).cloned().unwrap_or_default()
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// As the host writes a `timestamptz`.
fn is_moment(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 20 && bytes[4] == b'-' && bytes[10] == b'T' && text.ends_with('Z')
}

#[cfg(test)]
mod tests {
    use mortise_sdk::fake::sql::{Answer, Value as Bound, rows_of};
    use mortise_sdk::fake::{self, Host};

    use super::*;

    const AT: &str = "2026-01-02T03:04:05.123456Z";

    fn rows(ids: &[i64]) -> Answer {
        let rows = ids
            .iter()
            .map(|id| vec![(*id).into(), Bound::Timestamp(AT.to_owned())]);
        Answer::new(vec![rows_of(&[], []), rows_of(&["id", "at"], rows)])
    }

    fn input() -> Value {
        json!({ "table": "orders", "order-by": "at", "id": "id", "batch-size": 2, "lag": "5 seconds" })
    }

    #[test]
    fn rows_of_one_moment_are_told_apart_by_their_id() {
        let host = Host::new().sql(rows(&[3, 4, 5])).install();
        let cursor = json!({ "value": AT, "id": 2 });
        let news = fake::poll::<NewRows>(&input(), Some(&cursor)).unwrap();
        let ids: Vec<_> = news.events.iter().map(|event| event.id.as_str()).collect();
        assert_eq!(ids, [format!("3@{AT}"), format!("4@{AT}")]);
        assert_eq!(news.events[0].occurred_at.as_deref(), Some(AT));
        assert_eq!(
            (news.cursor, news.more),
            (json!({ "value": AT, "id": 4 }), true)
        );
        let asked = &host.statements()[0][1];
        assert_eq!(
            asked.text,
            r#"SELECT * FROM "orders" WHERE "at" IS NOT NULL AND "at" <= now() - $1::interval AND ("at", "id") > ($2, $3) ORDER BY "at", "id" LIMIT 3"#
        );
    }

    #[test]
    fn a_trigger_that_begins_now_looks_where_it_is() {
        let last = vec![Bound::Timestamp(AT.to_owned()), 9.into()];
        let answer = |rows| Answer::new(vec![rows_of(&[], []), rows_of(&["at", "id"], rows)]);
        let _host = Host::new()
            .sql(answer(vec![last]))
            .sql(answer(vec![]))
            .sql(rows(&[1]))
            .install();
        let news = fake::poll::<NewRows>(&input(), None).unwrap();
        assert_eq!(
            (news.events.len(), news.cursor),
            (0, json!({ "value": AT, "id": 9 }))
        );
        // Nothing is there yet: whatever comes then is new.
        let news = fake::poll::<NewRows>(&input(), None).unwrap();
        assert_eq!(news.cursor, json!({ "value": null, "id": null }));
        let news = fake::poll::<NewRows>(&input(), Some(&news.cursor)).unwrap();
        assert_eq!(news.events.len(), 1);
    }
}
