//! What expressions see of a run: `.event`, `.request`, `.steps`, `.vars`, `.run`, `.waits` and the
//! items of the `foreach` around them.

use std::collections::{BTreeMap, HashMap};

use mortise_model::id::Digest;
use mortise_model::json::Segment;
use mortise_model::path::Part;
use mortise_model::plan::Action;
use mortise_model::run::StepState;
use mortise_model::template::Path;
use mortise_model::{Disposition, Event, Failure, Json, Payload, Plan, Run, ScopePath, StepPath};

/// The values of a run by path, seen from one of its steps.
pub struct Scope<'a> {
    /// The plan, for `.vars`.
    pub plan: &'a Plan,
    /// The run.
    pub run: &'a Run,
    /// Where the expression stands: ids mean the nearest step outward from here.
    pub at: &'a ScopePath,
    /// Payloads that are not kept in the entries themselves, read beforehand.
    pub loaded: &'a HashMap<Digest, Json>,
    /// The item, or batch of items, of a `foreach` by its number.
    pub item: &'a dyn Fn(&StepPath, u64) -> Option<Json>,
    /// The address at which a step can be told something: `.waits.ID.url`.
    pub link: &'a dyn Fn(&StepPath) -> String,
}

impl<'a> Scope<'a> {
    /// The value at a path: `null` where an optional one is missing.
    ///
    /// # Errors
    /// Where a path that is not optional leads nowhere.
    pub fn value(&self, path: &Path) -> Result<Json, Failure> {
        match self.find(&path.segments) {
            Some(value) => Ok(value),
            None if path.optional => Ok(Json::null()),
            None => Err(missing(&path.segments)),
        }
    }

    /// An object that holds just what some paths name, for a program to read.
    ///
    /// # Errors
    /// Where a path that is not optional leads nowhere.
    pub fn excerpt(&self, paths: &[Path]) -> Result<Json, Failure> {
        let mut root = Node::default();
        for path in paths {
            if !path.optional && self.find(&path.segments).is_none() {
                return Err(missing(&path.segments));
            }
            // The elements before an index would be missing, so arrays go in whole.
            let fields = path
                .segments
                .iter()
                .take_while(|s| matches!(s, Segment::Field(_)))
                .count();
            let prefix = path.segments.get(..fields).unwrap_or_default();
            if let Some(value) = self.find(prefix) {
                root.insert(prefix, value);
            }
        }
        let mut text = String::new();
        root.write(&mut text);
        Json::kept(text).map_err(|e| defect(&e))
    }

    /// The payloads that the paths need and that are not kept in the entries themselves.
    pub fn stored(&self, paths: &'a [Path]) -> impl Iterator<Item = Digest> + 'a {
        let (run, at) = (self.run, self.at);
        paths
            .iter()
            .flat_map(move |path| payloads(run, at, &path.segments))
            .filter_map(|payload| match payload {
                Payload::Stored { digest, .. } => Some(*digest),
                Payload::Inline(_) => None,
            })
    }

    fn find(&self, path: &[Segment]) -> Option<Json> {
        let (root, rest) = path.split_first()?;
        let Segment::Field(root) = root else {
            return None;
        };
        match &**root {
            "event" => self.payload(&event(self.run).payload)?.at(rest),
            "request" => event(self.run).request.as_ref()?.at(rest),
            "steps" => self.steps(rest),
            "vars" => self.plan.vars.at(rest),
            "run" => self.about()?.at(rest),
            "waits" => self.wait(rest),
            name => self.named(name)?.at(rest),
        }
    }

    /// The item of the nearest `foreach` around that gives it this name.
    fn named(&self, name: &str) -> Option<Json> {
        self.at.outward().find_map(|scope| {
            let (Some((owner, Part::Index(item))), plan) = (scope.owner(), self.plan) else {
                return None;
            };
            match &plan.step(&owner)?.action {
                Action::Foreach(foreach) if foreach.name == name => (self.item)(&owner, item),
                _ => None,
            }
        })
    }

    fn wait(&self, path: &[Segment]) -> Option<Json> {
        let (Segment::Field(id), rest) = path.split_first()? else {
            return None;
        };
        let step = self.plan.visible(self.at, id)?;
        Json::of(&BTreeMap::from([("url", (self.link)(&step))]))
            .ok()?
            .at(rest)
    }

    fn steps(&self, path: &[Segment]) -> Option<Json> {
        let Some((Segment::Field(id), rest)) = path.split_first() else {
            return path.is_empty().then(|| self.all()).flatten();
        };
        let (_, state) = visible(self.run, self.at, id)?;
        let Some((Segment::Field(part), rest)) = rest.split_first() else {
            return rest.is_empty().then(|| self.whole(state)).flatten();
        };
        match &**part {
            "output" => self.output(state)?.at(rest),
            "status" => Json::of(state.status.word()).ok()?.at(rest),
            "failures" => failures(state)?.at(rest),
            "failure" => failure(state)?.at(rest),
            _ => None,
        }
    }

    /// Every step that can be seen from here; of two with the same id the nearer one.
    fn all(&self) -> Option<Json> {
        let mut all = BTreeMap::new();
        for scope in self.at.outward() {
            for step in self.plan.steps_of(&scope)? {
                let id = step.id.as_str();
                if let Some(state) = self.run.steps.get(&scope.step(id)) {
                    let whole = self.whole(state);
                    all.entry(id).or_insert(whole);
                }
            }
        }
        Json::of(&all).ok()
    }

    fn whole(&self, state: &StepState) -> Option<Json> {
        Json::of(&BTreeMap::from([
            ("failure", failure(state)?),
            ("failures", failures(state)?),
            ("output", self.output(state)?),
            ("status", Json::of(state.status.word()).ok()?),
        ]))
        .ok()
    }

    fn output(&self, state: &StepState) -> Option<Json> {
        state
            .output
            .as_ref()
            .map_or_else(|| Some(Json::null()), |payload| self.payload(payload))
    }

    fn payload(&self, payload: &Payload) -> Option<Json> {
        match payload {
            Payload::Inline(json) => Some(json.clone()),
            Payload::Stored { digest, .. } => self.loaded.get(digest).cloned(),
        }
    }

    fn about(&self) -> Option<Json> {
        let accepted = &self.run.accepted;
        let started_at = self.run.started_at.unwrap_or(self.run.accepted_at);
        Json::of(&BTreeMap::from([
            ("accepted_at", self.run.accepted_at.to_string()),
            ("event_id", event(self.run).id.clone()),
            ("id", accepted.run.to_string()),
            ("namespace", accepted.namespace.to_string()),
            ("started_at", started_at.to_string()),
            ("trigger", accepted.origin.trigger.clone()),
            ("workflow", accepted.workflow.to_string()),
        ]))
        .ok()
    }
}

/// The names that stand below `.run`, for checking.
pub const RUN_FIELDS: [&str; 7] = [
    "accepted_at",
    "event_id",
    "id",
    "namespace",
    "started_at",
    "trigger",
    "workflow",
];

/// The event that the run goes on with.
fn event(run: &Run) -> &Event {
    run.event.as_ref().unwrap_or(&run.accepted.event)
}

/// The nearest step of an id outward from a scope that has begun.
fn visible<'r>(run: &'r Run, at: &ScopePath, id: &str) -> Option<(&'r StepPath, &'r StepState)> {
    at.outward()
        .find_map(|scope| run.steps.get_key_value(&scope.step(id)))
}

/// Records that a transform left out; items of a `foreach` that failed.
fn failures(state: &StepState) -> Option<Json> {
    match &state.items {
        Some(items) => {
            let listed: Vec<_> = items
                .failures
                .iter()
                .map(|failed| {
                    serde_json::json!({
                        "item": failed.item,
                        "step": failed.step,
                        "failure": described(&failed.failure),
                    })
                })
                .collect();
            Json::of(&listed).ok()
        }
        None => Json::of(&state.failures).ok(),
    }
}

fn failure(state: &StepState) -> Option<Json> {
    match &state.failure {
        Some(failure) => Json::of(&described(failure)).ok(),
        None => Some(Json::null()),
    }
}

fn described(failure: &Failure) -> serde_json::Value {
    serde_json::json!({
        "code": failure.code,
        "message": failure.message,
        "disposition": failure.disposition.word(),
        "cause": failure.cause,
    })
}

fn payloads<'r>(run: &'r Run, at: &ScopePath, path: &[Segment]) -> Vec<&'r Payload> {
    match path {
        [Segment::Field(root), ..] if &**root == "event" => vec![&event(run).payload],
        [Segment::Field(root)] if &**root == "steps" => run
            .steps
            .values()
            .filter_map(|state| state.output.as_ref())
            .collect(),
        [Segment::Field(root), Segment::Field(id), ..] if &**root == "steps" => {
            let state = visible(run, at, id).map(|(_, state)| state);
            state
                .and_then(|state| state.output.as_ref())
                .into_iter()
                .collect()
        }
        _ => Vec::new(),
    }
}

fn missing(path: &[Segment]) -> Failure {
    let mut text = String::new();
    for segment in path {
        match segment {
            Segment::Field(name) => {
                text.push('.');
                text.push_str(name);
            }
            Segment::Index(index) => text.push_str(&format!("[{index}]")),
        }
    }
    let message =
        format!("`{text}` is missing; where it may be, write `{text}?` or `{text} // null`");
    Failure::new(Disposition::Misconfigured, "missing-path", message)
}

fn defect(error: &serde_json::Error) -> Failure {
    Failure::new(Disposition::Misconfigured, "expression", error.to_string())
}

/// A part of the scope, put together from paths.
#[derive(Default)]
struct Node {
    value: Option<Json>,
    fields: BTreeMap<String, Node>,
}

impl Node {
    fn insert(&mut self, path: &[Segment], value: Json) {
        match path.split_first() {
            Some((Segment::Field(name), rest)) => {
                self.fields
                    .entry(name.to_string())
                    .or_default()
                    .insert(rest, value);
            }
            _ => self.value = Some(value),
        }
    }

    /// What was named whole holds everything that was named below it.
    fn write(&self, text: &mut String) {
        if let Some(value) = &self.value {
            text.push_str(value.as_str());
            return;
        }
        text.push('{');
        for (n, (name, node)) in self.fields.iter().enumerate() {
            if n > 0 {
                text.push(',');
            }
            crate::render::write_string(text, name);
            text.push(':');
            node.write(text);
        }
        text.push('}');
    }
}
