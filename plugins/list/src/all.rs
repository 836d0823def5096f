//! Operations that make one list of all records.

use std::marker::PhantomData;

use mortise_sdk::descriptor::schema_in;
use mortise_sdk::{Disposition, Example, Failure, Json, Outcomes, RawTransform, Records};
use schemars::{JsonSchema, Schema};
use serde::de::DeserializeOwned;

/// Records that one call takes; more belong into a `foreach` over pages, or into a database.
const RECORDS_MAX: usize = 200_000;

/// What one call gives, in bytes of JSON: as much as a call may.
const OUTPUT_BYTES_MAX: usize = 8 << 20;

/// What one operation makes.
pub trait Operation {
    const NAME: &'static str;
    const SUMMARY: &'static str;
    type Config: DeserializeOwned + JsonSchema;

    /// Appends the items of the list that comes of the records.
    fn make(config: &Self::Config, records: &[Json], list: &mut List) -> Result<(), Failure>;
    fn examples() -> Vec<Example>;
}

/// A list that is being written.
pub struct List {
    text: String,
}

impl List {
    fn new() -> Self {
        Self {
            text: String::from("["),
        }
    }

    /// Appends an item as JSON.
    pub fn push(&mut self, item: &str) -> Result<(), Failure> {
        if self.text.len() > 1 {
            self.text.push(',');
        }
        self.text.push_str(item);
        if self.text.len() >= OUTPUT_BYTES_MAX {
            return Err(limit(format!(
                "the list is larger than {OUTPUT_BYTES_MAX} bytes: do it page by page, or with fewer fields"
            )));
        }
        Ok(())
    }
}

/// The transform of an operation.
pub struct All<T>(PhantomData<T>);

impl<T: Operation> RawTransform for All<T> {
    const NAME: &'static str = T::NAME;
    const SUMMARY: &'static str = T::SUMMARY;
    const RECORDS: Records = Records::All;

    fn config_schema() -> Schema {
        schema_in::<T::Config>()
    }

    fn output_schema() -> Schema {
        schemars::json_schema!({ "type": "array" })
    }

    fn examples() -> Vec<Example> {
        T::examples()
    }

    fn apply_all(config: &str, records: Vec<String>) -> Result<Outcomes, Failure> {
        let config: T::Config = read(config)?;
        let count = records.len();
        check_count(count, "records")?;
        let broken = |error| Failure::reject(format!("a record is not JSON: {error}"));
        let records = records
            .into_iter()
            .map(|text| Json::from_text(text).map_err(broken));
        let records: Vec<Json> = records.collect::<Result<_, _>>()?;
        let mut list = List::new();
        T::make(&config, &records, &mut list)?;
        list.text.push(']');
        let mut outcomes: Outcomes = (0..count.max(1)).map(|_| Ok(Vec::new())).collect();
        outcomes[0] = Ok(vec![list.text]);
        Ok(outcomes)
    }
}

/// Refuses more than a call takes.
pub fn check_count(count: usize, what: &str) -> Result<(), Failure> {
    if count <= RECORDS_MAX {
        return Ok(());
    }
    Err(limit(format!(
        "there are {count} {what}, and one call takes {RECORDS_MAX}: do it page by page with `foreach`"
    )))
}

fn limit(message: String) -> Failure {
    Failure::new(Disposition::Reject, message).with_code("limit")
}

/// Names the field of the configuration that does not fit.
fn read<C: DeserializeOwned>(text: &str) -> Result<C, Failure> {
    let json = Json::from_text(text.to_owned());
    let json = json.map_err(|error| Failure::misconfigured(error.to_string()))?;
    json.read("configuration").map_err(|failure| Failure {
        disposition: Disposition::Misconfigured,
        ..failure
    })
}
