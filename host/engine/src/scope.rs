//! What expressions see of a run: `.event`, `.request`, `.steps`, `.vars` and `.run`.

use std::collections::{BTreeMap, HashMap};

use mortise_model::id::Digest;
use mortise_model::json::Segment;
use mortise_model::run::{StepState, StepStatus};
use mortise_model::template::Path;
use mortise_model::{Disposition, Failure, Json, Payload, Plan, Run};

/// The values of a run by path.
pub struct Scope<'a> {
    /// The plan, for `.vars`.
    pub plan: &'a Plan,
    /// The run.
    pub run: &'a Run,
    /// Payloads that are not kept in the entries themselves, read beforehand.
    pub loaded: &'a HashMap<Digest, Json>,
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
        Json::parse(text).map_err(|e| defect(&e))
    }

    /// The payloads that the paths need and that are not kept in the entries themselves.
    pub fn stored(&self, paths: &'a [Path]) -> impl Iterator<Item = Digest> + 'a {
        let run = self.run;
        paths
            .iter()
            .flat_map(move |path| payloads(run, &path.segments))
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
            "event" => self.payload(&self.run.accepted.event.payload)?.at(rest),
            "request" => self.run.accepted.event.request.as_ref()?.at(rest),
            "steps" => self.step(rest),
            "vars" => self.plan.vars.at(rest),
            "run" => self.about()?.at(rest),
            _ => None,
        }
    }

    fn step(&self, path: &[Segment]) -> Option<Json> {
        let Some((Segment::Field(id), rest)) = path.split_first() else {
            let all: BTreeMap<_, _> = self
                .run
                .steps
                .iter()
                .map(|(id, state)| (id.as_str(), self.whole(state)))
                .collect();
            return path.is_empty().then(|| Json::of(&all).ok()).flatten();
        };
        let state = self.run.steps.get(&id.as_ref().into())?;
        let Some((Segment::Field(part), rest)) = rest.split_first() else {
            return rest.is_empty().then(|| self.whole(state)).flatten();
        };
        match &**part {
            "output" => self.output(state)?.at(rest),
            "status" => Json::of(word(state.status)).ok()?.at(rest),
            "failures" => Json::of(&state.failures).ok()?.at(rest),
            _ => None,
        }
    }

    fn whole(&self, state: &StepState) -> Option<Json> {
        let output = self.output(state)?;
        let failures = Json::of(&state.failures).ok()?;
        let status = Json::of(word(state.status)).ok()?;
        Json::of(&BTreeMap::from([
            ("failures", failures),
            ("output", output),
            ("status", status),
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
            ("event_id", accepted.event.id.clone()),
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

fn payloads<'r>(run: &'r Run, path: &[Segment]) -> Vec<&'r Payload> {
    let outputs = || run.steps.values().filter_map(|state| state.output.as_ref());
    match path {
        [Segment::Field(root), ..] if &**root == "event" => vec![&run.accepted.event.payload],
        [Segment::Field(root)] if &**root == "steps" => outputs().collect(),
        [Segment::Field(root), Segment::Field(id), ..] if &**root == "steps" => {
            let state = run.steps.get(&id.as_ref().into());
            state
                .and_then(|state| state.output.as_ref())
                .into_iter()
                .collect()
        }
        _ => Vec::new(),
    }
}

fn word(status: StepStatus) -> &'static str {
    match status {
        StepStatus::Running => "running",
        StepStatus::Retrying(_) => "waiting",
        StepStatus::Succeeded => "succeeded",
        StepStatus::Skipped => "skipped",
        StepStatus::Failed => "failed",
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
