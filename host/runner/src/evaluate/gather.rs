//! What a block gave, put together from what its steps gave.

use mortise_model::path::Part;
use mortise_model::plan::{Action, Branch, Case, OperationKind, Step};
use mortise_model::run::{Items, StepState};
use mortise_model::{Disposition, Failure, Json, Payload, ScopePath, StepPath};
use mortise_ports::{Plugins, Store};

use super::view::{Halt, View};
use super::{malformed, unknown};

/// The output of a block, or of a part of one; none for a part of pages, which leaves only counts.
pub(crate) async fn gather<S: Store, P: Plugins>(
    view: &View<S, P>,
    path: &StepPath,
    whole: bool,
) -> Result<Option<Payload>, Halt> {
    let step = view.plan.step(path).ok_or_else(|| unknown(path))?;
    let state = view.run.steps.get(path).ok_or_else(|| unknown(path))?;
    let mut text = Text {
        view,
        out: String::new(),
    };
    match (&step.action, state.items.as_deref()) {
        (_, Some(items)) if items.paged && !whole => return Ok(None),
        (Action::Foreach(_), Some(items)) if items.paged => text.counts(items)?,
        (Action::Foreach(foreach), Some(items)) if !whole => {
            text.part(path, &foreach.steps, items).await?;
        }
        (_, Some(items)) => text.joined(&items.outputs).await?,
        (Action::Parallel(branches), None) => text.branches(path, branches).await?,
        (Action::Switch(cases), None) => text.case(path, state, cases).await?,
        _ => text.push("null")?,
    }
    let json = Json::kept(text.out).map_err(|e| malformed(&e))?;
    view.keep(json).await.map(Some)
}

/// JSON on its way.
struct Text<'v, S, P> {
    view: &'v View<S, P>,
    out: String,
}

impl<S: Store, P: Plugins> Text<'_, S, P> {
    fn push(&mut self, text: &str) -> Result<(), Halt> {
        let max_bytes = self.view.inner.settings.output_max_bytes;
        if self.out.len() + text.len() > max_bytes {
            let message = format!(
                "the output of the block is larger than the {max_bytes} bytes that `runner.output-max-bytes` allows; have its steps give less"
            );
            return Err(Failure::new(Disposition::Limit, "output-max-bytes", message).into());
        }
        self.out.push_str(text);
        Ok(())
    }

    /// `"name":`, with a comma before it but for the first one.
    fn key(&mut self, n: usize, name: &str) -> Result<(), Halt> {
        let name = Json::of(name).map_err(|e| malformed(&e))?;
        self.push(if n > 0 { "," } else { "" })?;
        self.push(name.as_str())?;
        self.push(":")
    }

    fn counts(&mut self, items: &Items) -> Result<(), Halt> {
        let count = items.succeeded + items.failed;
        self.push(&format!(
            "{{\"count\":{count},\"failed\":{}}}",
            items.failed
        ))
    }

    async fn branches(&mut self, path: &StepPath, branches: &[Branch]) -> Result<(), Halt> {
        self.push("{")?;
        for (n, branch) in branches.iter().enumerate() {
            self.key(n, &branch.name)?;
            let part = Part::Branch(branch.name.clone());
            let scope = ScopePath::of(path, &part);
            self.scope(&scope, &branch.steps).await?;
        }
        self.push("}")
    }

    async fn case(
        &mut self,
        path: &StepPath,
        state: &StepState,
        cases: &[Case],
    ) -> Result<(), Halt> {
        let taken = state
            .case
            .and_then(|case| Some((case, cases.get(case as usize)?)));
        match taken {
            Some((index, case)) => {
                let scope = ScopePath::of(path, &Part::Index(index.into()));
                self.scope(&scope, &case.steps).await
            }
            None => self.push("null"),
        }
    }

    /// The items of a part of a list, null for those that failed.
    async fn part(&mut self, path: &StepPath, steps: &[Step], items: &Items) -> Result<(), Halt> {
        self.push("[")?;
        for item in items.first..items.end {
            self.push(if item > items.first { "," } else { "" })?;
            if items.page_failures.iter().any(|failed| failed.item == item) {
                self.push("null")?;
            } else {
                let scope = ScopePath::of(path, &Part::Index(item));
                self.scope(&scope, steps).await?;
            }
        }
        self.push("]")
    }

    /// `{id: output}` of the steps of a scope.
    async fn scope(&mut self, scope: &ScopePath, steps: &[Step]) -> Result<(), Halt> {
        self.push("{")?;
        for (n, step) in steps.iter().enumerate() {
            self.key(n, step.id.as_str())?;
            let state = self.view.run.steps.get(&scope.step(step.id.as_str()));
            let output = state.and_then(|state| state.output.as_ref());
            match output.filter(|_| !is_paged(step)) {
                Some(output) => {
                    let json = self.view.json(output).await?;
                    self.push(json.as_str())?;
                }
                None => self.push("null")?,
            }
        }
        self.push("}")
    }

    /// One list of several.
    async fn joined(&mut self, lists: &[Payload]) -> Result<(), Halt> {
        self.push("[")?;
        for list in lists {
            let list = self.view.json(list).await?;
            let inside = list.as_str().trim();
            let inside = inside.strip_prefix('[').and_then(|s| s.strip_suffix(']'));
            let inside = inside.unwrap_or_default().trim();
            if !inside.is_empty() {
                self.push(if self.out.len() > 1 { "," } else { "" })?;
                self.push(inside)?;
            }
        }
        self.push("]")
    }
}

/// Whether its output is only the first of many pages, which nothing but `foreach` and `collect`
/// may take for the whole.
fn is_paged(step: &Step) -> bool {
    matches!(&step.action, Action::Operation(operation) if operation.kind == OperationKind::Paged)
}
