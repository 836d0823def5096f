//! Points in time. The model never reads a clock: a time comes in as a value.

use std::fmt;
use std::str::FromStr;

use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Milliseconds since the Unix epoch; as text RFC 3339 in UTC with milliseconds.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The last time that there is a text for.
    #[must_use]
    pub fn last() -> Self {
        Self(jiff::Timestamp::MAX.as_millisecond())
    }

    /// Whether a text names a time, and one after the last.
    #[must_use]
    pub fn is_beyond(text: &str) -> bool {
        let pieces = jiff::fmt::temporal::Pieces::parse(text);
        let is_time = |p: jiff::fmt::temporal::Pieces<'_>| {
            p.time().is_some() && p.offset().is_some() && p.date().year() > 0
        };
        pieces.is_ok_and(is_time) && text.parse::<Self>().is_err()
    }

    /// This time plus some milliseconds, held at the end of time instead of wrapping.
    #[must_use]
    pub fn plus_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_add(i64::try_from(ms).unwrap_or(i64::MAX)))
    }

    /// Milliseconds from `earlier` to this time; zero where `earlier` is later.
    #[must_use]
    pub fn since_ms(self, earlier: Self) -> u64 {
        u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::MAX);
        let c = time.to_zoned(TimeZone::UTC).datetime();
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
            c.year(),
            c.month(),
            c.day(),
            c.hour(),
            c.minute(),
            c.second(),
            c.millisecond()
        )
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, jiff::Error> {
        text.parse::<jiff::Timestamp>()
            .map(|time| Self(time.as_millisecond()))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_has_milliseconds_in_utc() {
        let time = Timestamp(1_741_944_413_007);
        assert_eq!(time.to_string(), "2025-03-14T09:26:53.007Z");
        assert_eq!(time.to_string().parse::<Timestamp>().ok(), Some(time));
    }

    #[test]
    fn arithmetic_never_wraps() {
        assert_eq!(Timestamp(i64::MAX).plus_ms(u64::MAX), Timestamp(i64::MAX));
        assert_eq!(Timestamp(1).since_ms(Timestamp(5)), 0);
    }
    #[test]
    fn a_time_after_the_last_one_is_none_but_reads_as_one() {
        let last = Timestamp::last();
        assert_eq!(last.to_string().parse::<Timestamp>().ok(), Some(last));
        for (text, is_beyond) in [
            ("9999-12-31T00:00:00Z", true),
            ("9999-12-31T23:59:59+01:00", true),
            ("2026-03-01T06:00:00Z", false),
            ("2026-03-01T06:00:00", false),
            ("9999-12-31", false),
            ("9999-13-01T00:00:00Z", false),
            ("soon", false),
        ] {
            assert_eq!(Timestamp::is_beyond(text), is_beyond, "{text}");
        }
    }
}
