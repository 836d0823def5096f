//! Values of the field that a list is ordered by: numbers, times and texts.

use std::cmp::Ordering;

use serde_json::Value;

/// A value that can be compared with those of the other items.
#[derive(Clone, Debug, PartialEq)]
pub enum Key {
    /// A number that is whole, such as an id or seconds since 1970.
    Whole(i128),
    /// Any other number.
    Number(f64),
    /// RFC 3339: seconds since 1970, and nanoseconds.
    Moment(i64, u32),
    /// Any other text.
    Text(String),
}

impl Key {
    /// Of a value; none where it is neither a number nor a text.
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Number(number) => {
                let whole = number
                    .as_i64()
                    .map(i128::from)
                    .or_else(|| number.as_u64().map(i128::from));
                whole
                    .map(Self::Whole)
                    .or_else(|| number.as_f64().map(Self::Number))
            }
            Value::String(text) => Some(Self::of_text(text)),
            _ => None,
        }
    }

    fn of_text(text: &str) -> Self {
        if let Some((seconds, nanoseconds)) = moment(text) {
            return Self::Moment(seconds, nanoseconds);
        }
        // Ids are often numbers that are written as texts.
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse() {
            Ok(number) if is_number => Self::Whole(number),
            _ => Self::Text(text.to_owned()),
        }
    }

    /// Which comes first; none where they are of different kinds.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Whole(a), Self::Whole(b)) => Some(a.cmp(b)),
            (Self::Whole(_) | Self::Number(_), Self::Whole(_) | Self::Number(_)) => {
                self.number()?.partial_cmp(&other.number()?)
            }
            (Self::Moment(a, m), Self::Moment(b, n)) => Some((a, m).cmp(&(b, n))),
            (Self::Text(a), Self::Text(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }

    fn number(&self) -> Option<f64> {
        match self {
            Self::Whole(whole) => Some(*whole as f64),
            Self::Number(number) => Some(*number),
            Self::Moment(..) | Self::Text(_) => None,
        }
    }
}

/// Whether a text is a time as RFC 3339 has it.
pub fn is_moment(text: &str) -> bool {
    moment(text).is_some()
}

/// Seconds since 1970 and nanoseconds of `2026-01-02T03:04:05.678+01:00`.
fn moment(text: &str) -> Option<(i64, u32)> {
    let (date, time) = text.split_at_checked(10)?;
    let time = time.strip_prefix(['T', 't', ' '])?;
    let (clock, rest) = time.split_at_checked(8)?;
    let [year, month, day] = numbers(date, '-')?;
    let [hour, minute, second] = numbers(clock, ':')?;
    let is_fit = (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    if !is_fit {
        return None;
    }
    let (nanoseconds, zone) = fraction(rest)?;
    let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    Some((seconds - offset_s(zone)?, nanoseconds))
}

fn numbers(text: &str, separator: char) -> Option<[i64; 3]> {
    let mut parts = text.split(separator).map(|part| {
        let is_number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse().ok().filter(|_| is_number)
    });
    let numbers = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(numbers)
}

/// The fraction of a second, and what comes after it.
fn fraction(text: &str) -> Option<(u32, &str)> {
    let Some(rest) = text.strip_prefix('.') else {
        return Some((0, text));
    };
    let end = rest.find(|c: char| !c.is_ascii_digit())?;
    let (digits, zone) = rest.split_at(end);
    let digits = digits.get(..9).unwrap_or(digits);
    let scale = 10_u32.pow(9 - u32::try_from(digits.len()).ok()?);
    Some((digits.parse::<u32>().ok()?.checked_mul(scale)?, zone))
}

fn offset_s(zone: &str) -> Option<i64> {
    if zone.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let sign = match zone.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    Some(sign * (hours.parse::<i64>().ok()? * 3_600 + minutes.parse::<i64>().ok()? * 60))
}

/// Days since 1970 in the civil calendar, with the year starting in March so that the leap day is last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + (153 * month + 2) / 5 + day - 1;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn compare(a: &Value, b: &Value) -> Option<Ordering> {
        Key::of(a).unwrap().compare(&Key::of(b).unwrap())
    }

    #[test]
    fn values_are_compared_as_what_they_are() {
        for (less, more) in [
            (json!(9), json!(10)),
            (json!("9"), json!("10")),
            (json!(9), json!("10")),
            (json!(1.5), json!(2)),
            (json!("a"), json!("b")),
            (
                json!("2026-01-01T00:00:00Z"),
                json!("2026-01-01T00:00:00.5Z"),
            ),
            (
                json!("2026-01-01T01:00:00+02:00"),
                json!("2026-01-01T00:00:00Z"),
            ),
            (
                json!("2025-12-31T23:59:59.999999999Z"),
                json!("2026-01-01 00:00:00-00:00"),
            ),
        ] {
            assert_eq!(compare(&less, &more), Some(Ordering::Less), "{less} {more}");
            assert_eq!(
                compare(&more, &less),
                Some(Ordering::Greater),
                "{less} {more}"
            );
            assert_eq!(compare(&less, &less), Some(Ordering::Equal));
        }
        assert_eq!(compare(&json!("a"), &json!(1)), None);
        assert_eq!(compare(&json!("2026-01-01T00:00:00Z"), &json!("a")), None);
        assert_eq!(Key::of(&json!(null)), None);
    }

    #[test]
    fn a_time_is_where_it_belongs() {
        assert_eq!(moment("1970-01-01T00:00:00Z"), Some((0, 0)));
        assert_eq!(
            moment("2024-02-29T12:00:00.25+01:30"),
            Some((1_709_202_600, 250_000_000))
        );
        for text in [
            "2026-01-01",
            "2026-13-01T00:00:00Z",
            "2026-01-01T00:00:00",
            "2026-01-01T00:00:00.Zz",
            "+026-01-01T00:00:00Z",
        ] {
            assert_eq!(moment(text), None, "{text}");
        }
    }
}
