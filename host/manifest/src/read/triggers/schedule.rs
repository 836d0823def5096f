//! `schedule: { cron, timezone, missed }`.

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::tz::TimeZone;
use mortise_model::plan::{Missed, Schedule};

use crate::diagnostic::Code;
use crate::read::fields::Fields;
use crate::read::values;
use crate::source::Sink;
use crate::yaml::Entry;

/// Reads a schedule.
pub(super) fn schedule(entry: &Entry, sink: &mut Sink<'_>) -> Option<Schedule> {
    let mut fields = Fields::of(&entry.value, "a `schedule`", sink)?;
    let cron = fields.require("cron", "cron: \"0 6 * * 1-5\"", sink);
    let cron = cron.and_then(|entry| cron_of(entry, sink));
    let timezone = fields.take("timezone").map(|entry| timezone(entry, sink));
    let words = [("run-once", Missed::RunOnce), ("skip", Missed::Skip)];
    let missed = fields
        .take("missed")
        .and_then(|entry| values::choice(entry, &words, sink));
    fields.finish(sink);
    Some(Schedule {
        cron: cron?,
        timezone: timezone.unwrap_or_else(|| Some("UTC".to_owned()))?,
        missed: missed.unwrap_or(Missed::RunOnce),
    })
}

fn cron_of(entry: &Entry, sink: &mut Sink<'_>) -> Option<String> {
    let text = values::text(entry, sink)?;
    let help = "write five fields (minute, hour, day, month, weekday) such as `0 6 * * 1-5`, or six with seconds first";
    match parse(text.value) {
        Err(why) => {
            let message = format!("`{}` is not a cron expression: {why}", text.value);
            sink.error(Code::InvalidCron, text.place, message, help);
            None
        }
        Ok(cron) if never(&cron) => {
            let message = format!("`{}` never comes", text.value);
            sink.error(
                Code::InvalidCron,
                text.place,
                message,
                "choose a day that its month has",
            );
            None
        }
        Ok(_) => Some(text.value.to_owned()),
    }
}

fn parse(text: &str) -> Result<Cron, String> {
    let fields = text.split_whitespace().count();
    if !text.starts_with('@') && !(5..=6).contains(&fields) {
        return Err(format!("it has {fields} fields"));
    }
    let parser = CronParser::builder()
        .seconds(Seconds::Optional)
        .year(Year::Disallowed)
        .build();
    parser.parse(text).map_err(|error| {
        let text = error.to_string();
        text.trim_end_matches('.').to_lowercase()
    })
}

/// Whether no time of eight years matches: a leap day comes within that.
fn never(cron: &Cron) -> bool {
    let start = jiff::Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC);
    cron.find_next_occurrence(&start, true).is_err()
}

fn timezone(entry: &Entry, sink: &mut Sink<'_>) -> Option<String> {
    let text = values::text(entry, sink)?;
    if TimeZone::get(text.value).is_ok() {
        return Some(text.value.to_owned());
    }
    let known: Vec<_> = jiff::tz::db()
        .available()
        .map(|name| name.to_string())
        .collect();
    let nearest = crate::suggest::nearest(text.value, known.iter().map(String::as_str));
    let help = match nearest {
        Some(name) => format!("did you mean `{name}`?"),
        None => "write an IANA name, such as `Europe/Berlin` or `UTC`".to_owned(),
    };
    let message = format!("`{}` is not a time zone", text.value);
    sink.error(Code::InvalidTimezone, text.place, message, help);
    None
}
