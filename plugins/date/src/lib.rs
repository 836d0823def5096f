//! `date/parse`, `date/format`, `date/add`, `date/difference`, `date/convert`: dates and times in the
//! fields of records.
//!
//! A `moment` is what a field holds: a date, a time without a zone, or an instant. `zone` goes between
//! the last two and names what clocks do in spring and autumn; `calendar` counts business days; `field`
//! is how an operation changes fields. No operation has a clock: what is now comes with the event.

mod add;
mod calendar;
mod convert;
mod difference;
mod field;
mod format;
mod moment;
mod parse;
mod zone;

use mortise_sdk::Plugin;

use field::Each;

/// `date/parse`
pub type Parse = Each<parse::Parse>;
/// `date/format`
pub type Format = Each<format::Format>;
/// `date/add`
pub type Add = Each<add::Add>;
/// `date/convert`
pub type Convert = Each<convert::Convert>;
pub use difference::Difference;

fn plugin() -> Plugin {
    Plugin::new("mortise/date", env!("CARGO_PKG_VERSION"), "Date")
        .summary("parses, formats and calculates with dates and times")
        .licence("Apache-2.0")
}

mortise_sdk::export! { plugin: plugin, transforms: [Parse, Format, Add, Difference, Convert] }

#[cfg(test)]
mod tests;
