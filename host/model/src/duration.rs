//! Durations as people write them: `500ms`, `30s`, `15m`, `24h`, `30d`.

use thiserror::Error;

/// Why a text is no duration.
#[derive(Debug, Error, PartialEq, Eq)]
#[error(
    "`{0}` is not a duration: write a number and a unit, such as `500ms`, `30s`, `15m`, `24h` or `30d`"
)]
pub struct DurationError(pub String);

/// The milliseconds that a text such as `30s` stands for.
///
/// # Errors
/// Where the text is not a whole number with one of the units `ms`, `s`, `m`, `h`, `d`, `w`.
pub fn parse_ms(text: &str) -> Result<u64, DurationError> {
    let error = || DurationError(text.to_owned());
    let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(error)?;
    let (number, unit) = text.split_at(digits);
    let factor = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        "w" => 604_800_000,
        _ => return Err(error()),
    };
    number
        .parse::<u64>()
        .ok()
        .and_then(|n| n.checked_mul(factor))
        .ok_or_else(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_named() {
        assert_eq!(parse_ms("500ms"), Ok(500));
        assert_eq!(parse_ms("2d"), Ok(172_800_000));
        for bad in ["", "5", "s", "1.5s", "-1s", "5 s", "99999999999999999999s"] {
            assert!(parse_ms(bad).is_err(), "{bad}");
        }
    }
}
