//! What a field holds.

use jiff::civil::{Date, DateTime};
use jiff::fmt::{rfc2822, strtime};
use jiff::{SignedDuration, Timestamp};

/// A point in time, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Moment {
    /// A day.
    Date(Date),
    /// A time on some clock.
    Local(DateTime),
    /// A time everywhere.
    Instant(Timestamp),
}

/// A form in which dates are written.
#[derive(Clone, Debug, PartialEq)]
pub enum Form {
    /// ISO 8601 and RFC 3339.
    Iso,
    /// As in the header of a message: `Fri, 14 Mar 2025 09:26:53 +0000`.
    Rfc2822,
    /// Seconds since 1970.
    UnixSeconds,
    /// Milliseconds since 1970.
    UnixMillis,
    /// Days since the end of 1899, as spreadsheets keep them.
    Spreadsheet,
    /// In the words of strftime.
    Words(String),
}

impl Form {
    /// By its name, or by its words, which have a `%`.
    pub fn of(text: &str) -> Result<Self, String> {
        Ok(match text {
            "iso" => Self::Iso,
            "rfc2822" => Self::Rfc2822,
            "unix-seconds" => Self::UnixSeconds,
            "unix-millis" => Self::UnixMillis,
            "spreadsheet" => Self::Spreadsheet,
            words if words.contains('%') => Self::Words(words.to_owned()),
            other => {
                return Err(format!(
                    "`{other}` is no form: write `iso`, `rfc2822`, `unix-seconds`, `unix-millis`, `spreadsheet`, \
                     or words of strftime such as `%d.%m.%Y`"
                ));
            }
        })
    }

    /// What a text means in this form, if it is one.
    pub fn read(&self, text: &str) -> Option<Moment> {
        match self {
            Self::Iso => iso(text),
            Self::Rfc2822 => rfc2822::parse(text)
                .ok()
                .map(|time| Moment::Instant(time.timestamp())),
            Self::UnixSeconds => unix(text, 1_000_000_000),
            Self::UnixMillis => unix(text, 1_000_000),
            Self::Spreadsheet => spreadsheet(text),
            Self::Words(words) => {
                let parsed = strtime::parse(words, text).ok()?;
                if let Ok(time) = parsed.to_timestamp() {
                    return Some(Moment::Instant(time));
                }
                match parsed.hour() {
                    Some(_) => parsed.to_datetime().ok().map(Moment::Local),
                    None => parsed.to_date().ok().map(Moment::Date),
                }
            }
        }
    }
}

impl Moment {
    /// What a field in ISO 8601 holds; the error ends a sentence.
    pub fn of(text: &str) -> Result<Self, String> {
        iso(text).ok_or_else(|| {
            "is no date such as `2025-03-14` or `2025-03-14T09:26:53Z`: make it one with `date/parse`".to_owned()
        })
    }

    /// In ISO 8601, an instant in UTC.
    pub fn text(self) -> String {
        match self {
            Self::Date(date) => date.to_string(),
            Self::Local(time) => time.to_string(),
            Self::Instant(time) => time.to_string(),
        }
    }
}

fn iso(text: &str) -> Option<Moment> {
    if text.len() <= "2025-03-14".len() {
        return text.parse().ok().map(Moment::Date);
    }
    let instant = text.parse().ok().map(Moment::Instant);
    instant.or_else(|| text.parse().ok().map(Moment::Local))
}

/// Decimals of seconds or milliseconds, exactly down to a nanosecond; what is beyond that is cut.
fn unix(text: &str, unit_nanos: i128) -> Option<Moment> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(text) => (-1, text),
        None => (1, text),
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) || whole.len() > 18 {
        return None;
    }
    let nanos = whole.parse::<i128>().ok()?.checked_mul(unit_nanos)?;
    let fraction: String = fraction.chars().take(9).collect();
    let parts = 10_i128.pow(u32::try_from(fraction.len()).ok()?);
    let nanos = nanos + fraction.parse::<i128>().ok()? * unit_nanos / parts;
    Timestamp::from_nanosecond(sign * nanos)
        .ok()
        .map(Moment::Instant)
}

/// Day 1 is the last of 1899, so that day 60 is the first of March 1900: spreadsheets believe in a 29th of
/// February in that year, and agree with the calendar from there on.
fn spreadsheet(text: &str) -> Option<Moment> {
    const DAY_SECONDS: f64 = 86_400.0;
    let days: f64 = text
        .parse()
        .ok()
        .filter(|days: &f64| (60.0..2_958_466.0).contains(days))?;
    let begin = Date::new(1899, 12, 30).ok()?;
    let whole = SignedDuration::from_hours(24 * (days.trunc() as i64));
    let date = begin.checked_add(whole).ok()?;
    // A day has fifteen digits in all, so its fraction tells milliseconds at best.
    let millis = (days.fract() * DAY_SECONDS * 1000.0).round() as i64;
    if millis == 0 {
        return Some(Moment::Date(date));
    }
    let time = date.to_datetime(jiff::civil::Time::midnight());
    time.checked_add(SignedDuration::from_millis(millis))
        .ok()
        .map(Moment::Local)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn read(form: &str, text: &str) -> Option<String> {
        Form::of(form).unwrap().read(text).map(Moment::text)
    }

    #[test]
    fn every_form_is_read() {
        for (form, text, expected) in [
            ("iso", "2025-03-14", "2025-03-14"),
            (
                "iso",
                "2025-03-14T10:26:53.250+01:00",
                "2025-03-14T09:26:53.25Z",
            ),
            ("iso", "2025-03-14 10:26", "2025-03-14T10:26:00"),
            ("iso", "20250314", "2025-03-14"),
            (
                "rfc2822",
                "Fri, 14 Mar 2025 10:26:53 +0100",
                "2025-03-14T09:26:53Z",
            ),
            ("unix-seconds", "1741944413", "2025-03-14T09:26:53Z"),
            ("unix-seconds", "1741944413.25", "2025-03-14T09:26:53.25Z"),
            ("unix-seconds", "-1.5", "1969-12-31T23:59:58.5Z"),
            ("unix-millis", "1741944413250", "2025-03-14T09:26:53.25Z"),
            ("spreadsheet", "45730", "2025-03-14"),
            ("spreadsheet", "45730.5", "2025-03-14T12:00:00"),
            ("spreadsheet", "45730.393669", "2025-03-14T09:26:53.002"),
            ("%d.%m.%Y", "14.03.2025", "2025-03-14"),
            ("%d.%m.%Y %H:%M", "14.03.2025 09:26", "2025-03-14T09:26:00"),
            (
                "%d %b %Y %I:%M %p %z",
                "14 Mar 2025 09:26 PM -0500",
                "2025-03-15T02:26:00Z",
            ),
        ] {
            assert_eq!(read(form, text).as_deref(), Some(expected), "{form} {text}");
        }
    }

    #[test]
    fn what_is_not_of_the_form_is_none() {
        for (form, text) in [
            ("iso", "2025-02-30"),
            ("iso", "soon"),
            ("rfc2822", "2025-03-14"),
            ("unix-seconds", "1e9"),
            ("unix-seconds", "9999999999999999999"),
            ("unix-millis", ""),
            ("spreadsheet", "59"),
            ("spreadsheet", "NaN"),
            ("%d.%m.%Y", "31.02.2025"),
            ("%d.%m.%Y", "14.03.2025 09:26"),
        ] {
            assert_eq!(read(form, text), None, "{form} {text}");
        }
        assert!(
            Form::of("DD.MM.YYYY")
                .unwrap_err()
                .contains("words of strftime such as `%d.%m.%Y`")
        );
    }
}
