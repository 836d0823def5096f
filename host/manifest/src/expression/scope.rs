//! What expressions see: `.event`, `.request`, `.steps`, `.vars` and `.run`.

use std::sync::LazyLock;

use mortise_model::json::Segment;
use mortise_model::template::Path;
use serde_json::{Value, json};

use crate::diagnostic::Code;
use crate::schema::{Miss, Shape};
use crate::suggest;

/// The names that paths begin with.
const ROOTS: [&str; 5] = ["event", "request", "run", "steps", "vars"];

static REQUEST: LazyLock<Value> = LazyLock::new(|| {
    json!({"type": "object", "properties": {
        "method": {"type": "string"},
        "path": {"type": "string"},
        "query": {"type": "object"},
        "headers": {"type": "object"},
    }})
});

static RUN: LazyLock<Value> = LazyLock::new(|| {
    let names = [
        "accepted_at",
        "event_id",
        "id",
        "namespace",
        "started_at",
        "trigger",
        "workflow",
    ];
    let fields = names.map(|name| (name.to_owned(), json!({"type": "string"})));
    json!({"type": "object", "properties": serde_json::Map::from_iter(fields)})
});

static STATUS: LazyLock<Value> = LazyLock::new(|| json!({"type": "string"}));

static FAILURES: LazyLock<Value> = LazyLock::new(|| {
    json!({"type": "array", "items": {"type": "object", "properties": {
        "record": {"type": "integer"},
        "field": {"type": ["string", "null"]},
        "message": {"type": "string"},
    }, "additionalProperties": true}})
});

/// What an expression of a step sees.
pub(crate) struct Scope<'a> {
    pub event: Shape<'a>,
    /// Whether any trigger gives a request.
    pub request: bool,
    pub vars: Shape<'a>,
    /// In order.
    pub earlier: Vec<EarlierStep<'a>>,
    /// This step and those after it.
    pub later: Vec<&'a str>,
}

/// A step whose output may be read.
#[derive(Clone, Copy)]
pub(crate) struct EarlierStep<'a> {
    pub id: &'a str,
    pub output: Shape<'a>,
}

/// Why a path leads nowhere.
pub(super) struct Lost {
    pub code: Code,
    /// Which segment is wrong.
    pub segment: usize,
    pub message: String,
    pub help: String,
}

impl<'a> Scope<'a> {
    /// What a path finds.
    pub(super) fn follow(&self, path: &[Segment]) -> Result<Shape<'a>, Lost> {
        let Some(Segment::Field(root)) = path.first() else {
            return Ok(Shape::anything());
        };
        match &**root {
            "event" => descend(self.event, path, 1),
            "vars" => descend(self.vars, path, 1),
            "run" => descend(Shape::of(&RUN), path, 1),
            "request" if self.request => descend(Shape::of(&REQUEST), path, 1),
            "request" => Err(Lost {
                code: Code::UnknownRoot,
                segment: 0,
                message: "there is no `.request`: no trigger of this workflow is a webhook"
                    .to_owned(),
                help: "read `.event`, or add a `webhook` trigger".to_owned(),
            }),
            "steps" => self.step(path),
            _ => Err(Lost {
                code: Code::UnknownRoot,
                segment: 0,
                message: format!("expressions see no `.{root}`"),
                help: suggest::help(root, ROOTS),
            }),
        }
    }

    fn step(&self, path: &[Segment]) -> Result<Shape<'a>, Lost> {
        let id = match path.get(1) {
            None => return Ok(Shape::anything()),
            Some(Segment::Field(id)) => id,
            Some(Segment::Index(_)) => "0",
        };
        let Some(step) = self.earlier.iter().find(|step| step.id == id) else {
            return Err(self.no_step(id));
        };
        let part = match path.get(2) {
            None => return Ok(Shape::anything()),
            Some(Segment::Field(part)) => part,
            Some(Segment::Index(_)) => "0",
        };
        let shape = match part {
            "output" => step.output,
            "status" => Shape::of(&STATUS),
            "failures" => Shape::of(&FAILURES),
            _ => {
                return Err(Lost {
                    code: Code::UnknownPath,
                    segment: 2,
                    message: format!("a step has no `{part}`"),
                    help: self.step_help(step, part),
                });
            }
        };
        descend(shape, path, 3)
    }

    fn step_help(&self, step: &EarlierStep<'_>, part: &str) -> String {
        if step.output.fields().contains(&part) {
            return format!("did you mean `.steps.{}.output.{part}`?", step.id);
        }
        suggest::help(part, ["output", "status", "failures"])
    }

    fn no_step(&self, id: &str) -> Lost {
        let lost = |code, message: String, help: String| Lost {
            code,
            segment: 1,
            message,
            help,
        };
        if self.later.first() == Some(&id) {
            return lost(
                Code::Cycle,
                format!("step `{id}` reads its own output"),
                "a step sees the steps before it alone".to_owned(),
            );
        }
        if self.later.contains(&id) {
            return lost(
                Code::Cycle,
                format!("step `{id}` comes later, so its output is not there yet"),
                format!("move step `{id}` before this one"),
            );
        }
        let known = self.earlier.iter().map(|step| step.id);
        lost(
            Code::UnknownStep,
            format!("there is no step `{id}`"),
            suggest::help(id, known),
        )
    }

    /// Everything that an expression could read, for one that cannot be followed.
    pub(super) fn everything(&self) -> Vec<Path> {
        let path = |names: &[&str]| Path {
            segments: names
                .iter()
                .map(|name| Segment::Field((*name).into()))
                .collect(),
            optional: true,
        };
        let mut paths = vec![path(&["event"]), path(&["run"]), path(&["vars"])];
        if self.request {
            paths.push(path(&["request"]));
        }
        paths.extend(self.earlier.iter().map(|step| path(&["steps", step.id])));
        paths
    }
}

fn descend<'a>(shape: Shape<'a>, path: &[Segment], from: usize) -> Result<Shape<'a>, Lost> {
    let mut shape = shape;
    for (n, segment) in path.iter().enumerate().skip(from) {
        shape = shape.follow(segment).map_err(|miss| lost(path, n, miss))?;
    }
    Ok(shape)
}

fn lost(path: &[Segment], segment: usize, miss: Miss<'_>) -> Lost {
    let owner = display(path.get(..segment).unwrap_or_default());
    let (message, help) = match (path.get(segment), miss) {
        (Some(Segment::Field(name)), Miss::NoField(known)) => (
            format!("`{owner}` has no `{name}`"),
            suggest::help(name, known),
        ),
        (Some(Segment::Index(index)), Miss::NoField(_)) => (
            format!("`{owner}` has no element {index}"),
            "count from 0".to_owned(),
        ),
        (Some(Segment::Field(name)), Miss::WrongKind(kinds)) => (
            format!("`{owner}` is {kinds}, which has no `{name}`"),
            "end the path before it, or read an element of a list with `[0]`".to_owned(),
        ),
        (_, Miss::WrongKind(kinds)) => (
            format!("`{owner}` is {kinds}, which has no elements"),
            "leave the index out".to_owned(),
        ),
        (None, Miss::NoField(_)) => (format!("`{owner}` is not known"), String::new()),
    };
    Lost {
        code: Code::UnknownPath,
        segment,
        message,
        help,
    }
}

/// A path as it is written.
pub(super) fn display(path: &[Segment]) -> String {
    path.iter()
        .fold(String::new(), |text, segment| match segment {
            Segment::Field(name) => format!("{text}.{name}"),
            Segment::Index(index) => format!("{text}[{index}]"),
        })
}
