//! What a `foreach` goes through, cut into its items once for all of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use mortise_model::json::Segment;
use mortise_model::path::Part;
use mortise_model::plan::{Action, Foreach};
use mortise_model::template::Path;
use mortise_model::{Json, Payload, Plan, Run, ScopePath, StepPath};
use mortise_ports::{Plugins, Store};

use super::view::{Halt, View};
use super::{malformed, not_a_list};

/// Lists kept by a lane; where more are open, all are cut anew.
const KEPT_MAX: usize = 64;

/// The lists of a lane's run, by the `foreach` that goes through them.
#[derive(Default)]
pub(crate) struct Lists(Mutex<HashMap<StepPath, Cut>>);

/// A list in its records.
#[derive(Clone)]
struct Cut {
    of: Payload,
    records: Arc<Vec<Json>>,
}

impl Lists {
    /// Makes sure that the items around a scope that paths name are at hand.
    pub async fn load<S: Store, P: Plugins>(
        &self,
        view: &View<S, P>,
        at: &ScopePath,
        paths: &[Path],
    ) -> Result<(), Halt> {
        for owner in at.outward().filter_map(|scope| scope.owner()) {
            let Some(foreach) = foreach(&view.plan, &owner.0) else {
                continue;
            };
            let is_named = paths.iter().any(
                |path| matches!(path.segments.first(), Some(Segment::Field(f)) if **f == *foreach.name),
            );
            let Part::Index(item) = owner.1 else {
                continue;
            };
            let records = records(&view.run, &owner.0, item).filter(|_| is_named);
            let Some(records) = records.filter(|of| self.find(&owner.0, of).is_none()) else {
                continue;
            };
            let list = view.json(records).await?;
            let cut = Cut {
                of: records.clone(),
                records: Arc::new(list.read().map_err(|e| malformed(&e))?),
            };
            let mut lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if lists.len() >= KEPT_MAX {
                lists.clear();
            }
            lists.insert(owner.0, cut);
        }
        Ok(())
    }

    /// The value of the name that a `foreach` gives its item: a record, or with `batch` a list.
    pub fn item(&self, plan: &Plan, run: &Run, owner: &StepPath, item: u64) -> Option<Json> {
        let foreach = foreach(plan, owner)?;
        let items = run.steps.get(owner)?.items.as_deref()?;
        let (records, index) = items.around(item)?;
        let records = self.find(owner, records)?;
        let index = usize::try_from(index).ok()?;
        let Some(batch) = foreach.batch else {
            return records.get(index).cloned();
        };
        let batch = (batch as usize).max(1);
        let from = index.checked_mul(batch)?;
        let to = from.saturating_add(batch).min(records.len());
        Json::of(records.get(from..to)?).ok()
    }

    fn find(&self, owner: &StepPath, of: &Payload) -> Option<Arc<Vec<Json>>> {
        let lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let cut = lists.get(owner).filter(|cut| is_same(&cut.of, of))?;
        Some(Arc::clone(&cut.records))
    }
}

/// Whether two payloads are one: of inline ones that they are the same text in memory, which saves
/// reading it for every item.
fn is_same(a: &Payload, b: &Payload) -> bool {
    match (a, b) {
        (Payload::Inline(a), Payload::Inline(b)) => std::ptr::eq(a.as_str(), b.as_str()),
        (a, b) => a == b,
    }
}

fn foreach<'p>(plan: &'p Plan, owner: &StepPath) -> Option<&'p Foreach> {
    match &plan.step(owner)?.action {
        Action::Foreach(foreach) => Some(foreach),
        _ => None,
    }
}

/// The records that an item of a `foreach` is among.
fn records<'r>(run: &'r Run, owner: &StepPath, item: u64) -> Option<&'r Payload> {
    let items = run.steps.get(owner)?.items.as_deref()?;
    items.around(item).map(|(records, _)| records)
}

/// How many elements a list has.
pub(crate) fn count(list: &Json) -> Result<u32, Halt> {
    if !list.as_str().trim_start().starts_with('[') {
        return Err(not_a_list(list).into());
    }
    let elements: Vec<serde::de::IgnoredAny> = list.read().map_err(|e| malformed(&e))?;
    Ok(u32::try_from(elements.len()).unwrap_or(u32::MAX))
}
