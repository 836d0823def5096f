//! `call: { workflow, with }`.

use crate::authored::Call;
use crate::read::fields::Fields;
use crate::read::values;
use crate::source::Sink;
use crate::yaml::Entry;

/// Reads a call of another workflow.
pub(super) fn call<'n>(entry: &'n Entry, sink: &mut Sink<'_>) -> Option<Call<'n>> {
    let mut fields = Fields::of(&entry.value, "`call`", sink)?;
    let workflow = fields.require("workflow", "workflow: archive-order", sink);
    let workflow =
        workflow.and_then(|entry| values::workflow_name(&entry.value, "`workflow`", sink));
    let with = fields.take("with").map(|entry| &entry.value);
    fields.finish(sink);
    Some(Call { workflow, with })
}
