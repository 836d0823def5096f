//! Times: Stripe counts seconds since 1970, people write RFC 3339.

use std::borrow::Cow;

use jiff::Timestamp;
use mortise_sdk::http::Response;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

/// A time in an input, sent as seconds.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct Moment(i64);

/// Seconds since 1970, or RFC 3339 such as 2026-01-31T00:00:00Z.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum Written {
    Seconds(i64),
    Text(#[schemars(extend("format" = "date-time"))] String),
}

impl TryFrom<Written> for Moment {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        match written {
            Written::Seconds(seconds) => Ok(Self(seconds)),
            Written::Text(text) => match text.parse::<Timestamp>() {
                Ok(at) => Ok(Self(at.as_second())),
                Err(_) => Err(format!(
                    "`{text}` is no time: write 2026-01-31T00:00:00Z, or seconds since 1970"
                )),
            },
        }
    }
}

impl JsonSchema for Moment {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Moment".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Written::json_schema(generator)
    }
}

/// A range of times: each end may be left open.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// Later than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    gt: Option<Moment>,
    /// At this time or later.
    #[serde(skip_serializing_if = "Option::is_none")]
    gte: Option<Moment>,
    /// Earlier than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    lt: Option<Moment>,
    /// At this time or earlier.
    #[serde(skip_serializing_if = "Option::is_none")]
    lte: Option<Moment>,
}

/// Seconds as RFC 3339.
pub fn rfc3339(seconds: i64) -> Option<String> {
    Timestamp::from_second(seconds)
        .ok()
        .map(|at| at.to_string())
}

/// When Stripe answered, in seconds: a plugin asks no clock.
pub fn answered_at(response: &Response) -> Option<i64> {
    let date = response.header("date")?;
    let zoned = jiff::fmt::rfc2822::parse(date).ok()?;
    Some(zoned.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use mortise_sdk::fake::{Answer, Host};
    use mortise_sdk::http::Request;
    use serde_json::json;

    use super::*;

    #[test]
    fn times_are_sent_as_seconds() {
        let range: Range =
            serde_json::from_value(json!({ "gte": "1970-01-02T01:00:00+01:00", "lt": 90000 }))
                .unwrap();
        assert_eq!(
            serde_json::to_value(range).unwrap(),
            json!({ "gte": 86400, "lt": 90000 })
        );
        assert!(serde_json::from_value::<Range>(json!({ "gte": "yesterday" })).is_err());
    }

    #[test]
    fn the_answer_tells_the_time() {
        let dated = Answer::new(200, &[("date", "Sun, 06 Nov 1994 08:49:37 GMT")], b"");
        let _host = Host::new().answer(dated).install();
        let response = Request::get("https://api.stripe.com").send().unwrap();
        assert_eq!(answered_at(&response), Some(784_111_777));
        assert_eq!(
            rfc3339(784_111_777).as_deref(),
            Some("1994-11-06T08:49:37Z")
        );
    }
}
