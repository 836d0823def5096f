//! A statement of GoogleSQL as a job.

use mortise_sdk::Failure;
use serde_json::{Value, json};

use crate::bigquery::settings;
use crate::jobs::{Job, State, insert};
use crate::parameters::Parameters;

/// What is to be run.
pub struct Statement<'a> {
    pub text: &'a str,
    pub parameters: Option<&'a Parameters>,
    /// Of tables that are named without one.
    pub dataset: Option<&'a str>,
    pub max_bytes_billed: Option<u64>,
    pub is_batch: bool,
    /// Where the text stands in the step's input.
    pub field: &'static str,
}

impl Statement<'_> {
    /// Has a job run it, or finds the one that does.
    pub fn begin(&self, job: &mut Job) -> Result<State, Failure> {
        let settings = settings()?;
        let configuration = self.configuration(&settings.project_id)?;
        let begun = job.begin(|job| insert(&settings, job, &configuration));
        begun.map_err(|failure| self.in_text(failure))
    }

    /// A failure of the statement itself, under the name of its text.
    pub fn in_text(&self, failure: Failure) -> Failure {
        let code = failure
            .cause
            .as_ref()
            .and_then(|cause| cause.code.as_deref());
        match code {
            Some("invalidQuery") => failure.with_field(self.field),
            _ => failure,
        }
    }

    fn configuration(&self, project: &str) -> Result<Value, Failure> {
        let mut query = json!({ "query": self.text, "useLegacySql": false });
        if let Some(parameters) = self.parameters {
            query["parameterMode"] = parameters.mode().into();
            query["queryParameters"] = parameters.written()?.into();
        }
        if let Some(dataset) = self.dataset {
            query["defaultDataset"] = json!({ "projectId": project, "datasetId": dataset });
        }
        if let Some(most) = self.max_bytes_billed {
            query["maximumBytesBilled"] = most.to_string().into();
        }
        if self.is_batch {
            query["priority"] = "BATCH".into();
        }
        Ok(json!({ "query": query }))
    }
}
