//! Between clocks and instants.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};
use mortise_sdk::Failure;
use schemars::JsonSchema;
use serde::Deserialize;

/// The zones that come with the plugin: what a system has or lacks makes no difference.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// What to do with a time that clocks skip in spring, or show twice in autumn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Ambiguous {
    /// It is refused.
    #[default]
    Reject,
    /// The earlier of both instants.
    Earlier,
    /// The later of both instants.
    Later,
    /// As most calendars do: the earlier one of those shown twice, and forward by as much as clocks go.
    Compatible,
}

/// A zone by its name.
pub fn zone(name: &str, option: &str) -> Result<TimeZone, Failure> {
    ZONES.get(name).map_err(|_| {
        let why =
            format!("`{name}` is no time zone: write its name, such as `Europe/Berlin` or `UTC`");
        Failure::misconfigured(why).with_field(format!("/{option}"))
    })
}

/// As [`zone`], where none may be named.
pub fn zone_of(name: Option<&str>, option: &str) -> Result<Option<TimeZone>, Failure> {
    name.map(|name| zone(name, option)).transpose()
}

/// The instant of a time on the clocks of a zone; the error ends a sentence that begins with a value.
pub fn resolve(time: DateTime, zone: &TimeZone, ambiguous: Ambiguous) -> Result<Timestamp, String> {
    let found = zone.to_ambiguous_timestamp(time);
    let name = zone.iana_name().unwrap_or("this zone");
    if ambiguous == Ambiguous::Reject {
        match found.offset() {
            AmbiguousOffset::Unambiguous { .. } => {}
            AmbiguousOffset::Gap { before, after } => {
                return Err(format!(
                    "does not exist in `{name}`: clocks go forward over {time}, from UTC{before} to UTC{after}; \
                     `ambiguous` says what to take instead"
                ));
            }
            AmbiguousOffset::Fold { before, after } => {
                return Err(format!(
                    "is there twice in `{name}`: clocks go back over {time}, from UTC{before} to UTC{after}; \
                     `ambiguous` says which to take"
                ));
            }
        }
    }
    let instant = match ambiguous {
        Ambiguous::Reject => found.unambiguous(),
        Ambiguous::Earlier => found.earlier(),
        Ambiguous::Later => found.later(),
        Ambiguous::Compatible => found.compatible(),
    };
    instant.map_err(|_| "is too far away".to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn resolved(time: &str, name: &str, ambiguous: Ambiguous) -> Result<String, String> {
        let zone = zone(name, "zone").unwrap();
        resolve(time.parse().unwrap(), &zone, ambiguous).map(|instant| instant.to_string())
    }

    #[test]
    fn what_clocks_skip_is_named() {
        let gap = "2025-03-30T02:30:00";
        let refused = resolved(gap, "Europe/Berlin", Ambiguous::Reject).unwrap_err();
        assert_eq!(
            refused,
            "does not exist in `Europe/Berlin`: clocks go forward over 2025-03-30T02:30:00, from UTC+01 to \
             UTC+02; `ambiguous` says what to take instead"
        );
        for (ambiguous, expected) in [
            (Ambiguous::Earlier, "2025-03-30T00:30:00Z"),
            (Ambiguous::Later, "2025-03-30T01:30:00Z"),
            (Ambiguous::Compatible, "2025-03-30T01:30:00Z"),
        ] {
            assert_eq!(
                resolved(gap, "Europe/Berlin", ambiguous).unwrap(),
                expected,
                "{ambiguous:?}"
            );
        }
    }

    #[test]
    fn what_clocks_show_twice_is_named() {
        let fold = "2025-11-02T01:30:00";
        let refused = resolved(fold, "America/New_York", Ambiguous::Reject).unwrap_err();
        assert!(
            refused.starts_with("is there twice in `America/New_York`: clocks go back over"),
            "{refused}"
        );
        for (ambiguous, expected) in [
            (Ambiguous::Earlier, "2025-11-02T05:30:00Z"),
            (Ambiguous::Later, "2025-11-02T06:30:00Z"),
            (Ambiguous::Compatible, "2025-11-02T05:30:00Z"),
        ] {
            assert_eq!(
                resolved(fold, "America/New_York", ambiguous).unwrap(),
                expected,
                "{ambiguous:?}"
            );
        }
    }

    #[test]
    fn zones_have_names() {
        assert_eq!(
            resolved("2025-07-01T00:00:00", "Asia/Kathmandu", Ambiguous::Reject).unwrap(),
            "2025-06-30T18:15:00Z"
        );
        let failure = zone("CEST", "zone").unwrap_err();
        assert!(
            failure.message.starts_with("`CEST` is no time zone"),
            "{}",
            failure.message
        );
        assert_eq!(failure.cause.unwrap().field.as_deref(), Some("/zone"));
    }
}
