//! Turns records into records and reaches nothing.

use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::descriptor::{Example, Operation, Records, Repeat, Role, schema_in, schema_out};
use crate::{Failure, json};

/// One transform, record by record.
pub trait Transform {
    /// Kebab-case, unique in the plugin.
    const NAME: &'static str;
    /// One sentence: lower case, no full stop.
    const SUMMARY: &'static str;
    /// What the step's `with` holds.
    type Config: DeserializeOwned + JsonSchema;
    /// One record as it comes.
    type Record: DeserializeOwned + JsonSchema;
    /// One record as it leaves.
    type Output: Serialize + JsonSchema;

    /// None, one or more new records, or a failure of this record alone.
    fn apply(config: &Self::Config, record: Self::Record) -> Result<Vec<Self::Output>, Failure>;

    /// Configurations that work, for people and for tests.
    fn examples() -> Vec<Example> {
        Vec::new()
    }
}

/// What became of each record, in the same order.
pub type Outcomes = Vec<Result<Vec<String>, Failure>>;

/// A transform that reads and writes the JSON text itself: for all records at once, or for speed.
/// Every [`Transform`] is one.
pub trait RawTransform {
    /// Kebab-case, unique in the plugin.
    const NAME: &'static str;
    /// One sentence: lower case, no full stop.
    const SUMMARY: &'static str;
    /// Whether it sees each record alone. With [`Records::All`] the first outcome holds the one
    /// result and the others are empty.
    const RECORDS: Records = Records::Each;

    /// Schema of the step's `with`.
    fn config_schema() -> Schema;

    /// Schema of one record as it comes; any JSON unless said otherwise.
    fn record_schema() -> Schema {
        Schema::from(true)
    }

    /// Schema of one record as it leaves; any JSON unless said otherwise.
    fn output_schema() -> Schema {
        Schema::from(true)
    }

    /// Configurations that work, for people and for tests.
    fn examples() -> Vec<Example> {
        Vec::new()
    }

    /// One outcome for each record; an `Err` is a failure of the whole step.
    fn apply_all(config: &str, records: Vec<String>) -> Result<Outcomes, Failure>;
}

impl<T: Transform> RawTransform for T {
    const NAME: &'static str = T::NAME;
    const SUMMARY: &'static str = T::SUMMARY;

    fn config_schema() -> Schema {
        schema_in::<T::Config>()
    }

    fn record_schema() -> Schema {
        schema_in::<T::Record>()
    }

    fn output_schema() -> Schema {
        schema_out::<T::Output>()
    }

    fn examples() -> Vec<Example> {
        T::examples()
    }

    fn apply_all(config: &str, records: Vec<String>) -> Result<Outcomes, Failure> {
        let config =
            json::read::<T::Config>(config, "configuration").map_err(|failure| Failure {
                disposition: crate::Disposition::Misconfigured,
                ..failure
            })?;
        Ok(records
            .iter()
            .enumerate()
            .map(|(index, text)| {
                json::read(text, "record")
                    .and_then(|record| T::apply(&config, record))
                    .and_then(|outputs| outputs.iter().map(json::write).collect())
                    .map_err(|failure| failure.with_record(index))
            })
            .collect())
    }
}

/// The descriptor's entry.
pub fn operation<T: RawTransform>() -> Operation {
    let mut operation = Operation::new(
        T::NAME,
        Role::Transform,
        T::SUMMARY,
        T::config_schema(),
        T::output_schema(),
    );
    operation.repeat = Repeat::Safe;
    operation.record = Some(T::record_schema());
    operation.records = Some(T::RECORDS);
    operation.examples = T::examples();
    operation
}
