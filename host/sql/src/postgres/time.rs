//! Dates and times as text. The server counts from 2000-01-01, and further than libraries for calendars do.

/// Microseconds of a day.
const DAY_US: i64 = 86_400_000_000;

/// From 1970-01-01 to 2000-01-01.
const EPOCH_DAYS: i64 = 10_957;

/// `2026-01-02`; `infinity`; `0044-03-15 BC`.
pub(super) fn date(days: i32) -> String {
    match days {
        i32::MAX => "infinity".to_owned(),
        i32::MIN => "-infinity".to_owned(),
        _ => {
            let (text, era) = day(i64::from(days));
            format!("{text}{era}")
        }
    }
}

/// `2026-01-02T03:04:05.6`; `infinity`.
pub(super) fn timestamp(us: i64) -> String {
    moment(us, "")
}

/// RFC 3339, in UTC; none where that has no words for it: beyond the year 9999, before the year 1, infinity.
pub(super) fn rfc3339(us: i64) -> Option<String> {
    let text = moment(us, "Z");
    let has_four_digits = text.as_bytes().get(4) == Some(&b'-') && text.ends_with('Z');
    (has_four_digits && text.as_bytes()[0].is_ascii_digit()).then_some(text)
}

/// The same in the server's words.
pub(super) fn timestamptz(us: i64) -> String {
    moment(us, "+00")
}

fn moment(us: i64, zone: &str) -> String {
    match us {
        i64::MAX => "infinity".to_owned(),
        i64::MIN => "-infinity".to_owned(),
        _ => {
            let (text, era) = day(us.div_euclid(DAY_US));
            format!("{text}T{}{zone}{era}", time(us.rem_euclid(DAY_US)))
        }
    }
}

/// `03:04:05.6`; `24:00:00` is one as well.
pub(super) fn time(us: i64) -> String {
    let (seconds, fraction) = (us / 1_000_000, us % 1_000_000);
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
    format!(
        "{hours:02}:{minutes:02}:{:02}{}",
        seconds % 60,
        decimals(fraction)
    )
}

/// `03:04:05+02:00`. The server counts seconds west of Greenwich.
pub(super) fn timetz(us: i64, west_seconds: i32) -> String {
    let sign = if west_seconds > 0 { '-' } else { '+' };
    let offset = west_seconds.unsigned_abs();
    let mut text = format!(
        "{}{sign}{:02}:{:02}",
        time(us),
        offset / 3_600,
        offset / 60 % 60
    );
    if !offset.is_multiple_of(60) {
        text.push_str(&format!(":{:02}", offset % 60));
    }
    text
}

/// ISO 8601, as the server reads and writes it: `P1Y2M-3DT4H5M6.7S`.
pub(super) fn interval(months: i32, days: i32, us: i64) -> String {
    let mut text = "P".to_owned();
    let mut push = |number: i64, unit: char| {
        if number != 0 {
            text.push_str(&format!("{number}{unit}"));
        }
    };
    push(i64::from(months / 12), 'Y');
    push(i64::from(months % 12), 'M');
    push(i64::from(days), 'D');
    let (seconds, fraction) = (us / 1_000_000, us % 1_000_000);
    if us != 0 {
        text.push('T');
        let mut push = |number: i64, unit: char| {
            if number != 0 {
                text.push_str(&format!("{number}{unit}"));
            }
        };
        push(seconds / 3_600, 'H');
        push(seconds / 60 % 60, 'M');
        let rest = seconds % 60;
        if rest != 0 || fraction != 0 {
            let sign = if us < 0 { "-" } else { "" };
            let fraction = decimals(fraction.abs());
            text.push_str(&format!("{sign}{}{fraction}S", rest.abs()));
        }
    }
    if text == "P" {
        text.push_str("T0S");
    }
    text
}

fn decimals(us: i64) -> String {
    match us {
        0 => String::new(),
        _ => format!(".{us:06}").trim_end_matches('0').to_owned(),
    }
}

/// Year, month and day, with the year beginning in March so that the leap day is its last; and the era.
fn day(days: i64) -> (String, &'static str) {
    let days = days + EPOCH_DAYS + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    // There is no year 0: the one before 1 is 1 BC.
    let (year, era) = if year > 0 {
        (year, "")
    } else {
        (1 - year, " BC")
    };
    (format!("{year:04}-{month:02}-{day:02}"), era)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (days, text) in [
            (0, "2000-01-01"),
            (59, "2000-02-29"),
            (-1, "1999-12-31"),
            (-10_957, "1970-01-01"),
            (9_497, "2026-01-01"),
            (-730_119, "0001-01-01"),
            (-730_120, "0001-12-31 BC"),
            (2_921_940, "10000-01-01"),
            (i32::MAX, "infinity"),
        ] {
            assert_eq!(date(days), text);
        }
    }

    #[test]
    fn moments_are_rfc_3339_where_that_has_words() {
        assert_eq!(rfc3339(500_000).as_deref(), Some("2000-01-01T00:00:00.5Z"));
        assert_eq!(rfc3339(-1).as_deref(), Some("1999-12-31T23:59:59.999999Z"));
        assert_eq!(rfc3339(2_921_940 * DAY_US), None);
        assert_eq!(rfc3339(i64::MIN), None);
        assert_eq!(timestamptz(-730_120 * DAY_US), "0001-12-31T00:00:00+00 BC");
        assert_eq!(timestamp(i64::MAX), "infinity");
    }

    #[test]
    fn times_and_intervals_have_their_signs() {
        assert_eq!(time(DAY_US), "24:00:00");
        assert_eq!(timetz(3_600_000_000, -7_200), "01:00:00+02:00");
        assert_eq!(timetz(0, 19_800), "00:00:00-05:30");
        for (months, days, us, text) in [
            (0, 0, 0, "PT0S"),
            (14, -3, 14_706_700_000, "P1Y2M-3DT4H5M6.7S"),
            (-1, 0, -500_000, "P-1MT-0.5S"),
            (0, 1, 0, "P1D"),
        ] {
            assert_eq!(interval(months, days, us), text);
        }
    }
}
