//! The steps of a workflow, as the one that is being looked at sees them.

use mortise_model::json::Segment;

use super::lost::{Lost, descend};
use super::{Scope, known};
use crate::diagnostic::Code;
use crate::schema::Shape;
use crate::suggest;

/// A step whose output may be read.
#[derive(Clone)]
pub(crate) struct EarlierStep<'a> {
    pub id: &'a str,
    pub output: Given<'a>,
    /// Whether it may have failed where it is read.
    pub may_fail: bool,
    /// `.failures`, for a step that can do a part of its work.
    pub failures: Option<Shape<'a>>,
}

/// How a step's output is there.
#[derive(Clone)]
pub(crate) enum Given<'a> {
    /// As one value.
    Whole(Shape<'a>),
    /// As pages of such records.
    Pages(Shape<'a>),
}

/// All of them; inner lists lie on top of those around.
#[derive(Default)]
pub(super) struct Steps<'a> {
    /// In order.
    earlier: Vec<EarlierStep<'a>>,
    /// The step that is being looked at, after those around it.
    current: Vec<&'a str>,
    /// Those that come after it.
    later: Vec<&'a str>,
    /// Those with an address.
    waits: Vec<&'a str>,
    /// Those that were inside of a step that is over, and that step.
    hidden: Vec<(&'a str, &'a str)>,
}

/// Where a list of steps began.
pub(crate) struct Mark {
    earlier: usize,
    later: usize,
    waits: usize,
}

impl<'a> Scope<'a> {
    /// Begins a list of steps: their ids, and whether each has an address.
    pub fn enter(&mut self, ids: impl Iterator<Item = (&'a str, bool)>) -> Mark {
        let steps = &mut self.steps;
        let mark = Mark {
            earlier: steps.earlier.len(),
            later: steps.later.len(),
            waits: steps.waits.len(),
        };
        for (id, has_address) in ids {
            steps.later.push(id);
            steps.waits.extend(has_address.then_some(id));
        }
        mark
    }

    /// Ends a list and gives what its steps gave; from now on they are inside of `owner`.
    pub fn leave(&mut self, mark: &Mark, owner: Option<&'a str>) -> Vec<EarlierStep<'a>> {
        let steps = &mut self.steps;
        steps.later.truncate(mark.later);
        steps.waits.truncate(mark.waits);
        let inner = steps.earlier.split_off(mark.earlier);
        let owners = owner.into_iter().cycle();
        let hidden = inner.iter().map(|step| step.id).zip(owners);
        steps.hidden.extend(hidden);
        inner
    }

    /// Begins a step.
    pub fn begin(&mut self, id: &'a str) {
        let steps = &mut self.steps;
        if let Some(at) = steps.later.iter().position(|later| *later == id) {
            steps.later.remove(at);
        }
        steps.current.push(id);
    }

    /// Ends the step that was begun last.
    pub fn end(&mut self, step: EarlierStep<'a>) {
        self.steps.current.pop();
        self.steps.earlier.push(step);
    }

    /// Lets what follows a failed step see it.
    pub fn push_failed(&mut self, step: EarlierStep<'a>) {
        self.steps.earlier.push(step);
    }

    /// Takes that back.
    pub fn pop_failed(&mut self) {
        self.steps.earlier.pop();
    }

    /// What follows runs however the steps before it ended.
    pub fn end_of_steps(&mut self) {
        for step in &mut self.steps.earlier {
            step.may_fail = true;
        }
    }

    /// The records of a step, where it gives them page by page.
    pub fn pages(&self, id: &str) -> Option<Shape<'a>> {
        match &self.steps.find(id)?.output {
            Given::Pages(record) => Some(record.clone()),
            Given::Whole(_) => None,
        }
    }

    /// The steps that give pages.
    pub fn paged(&self) -> Vec<&'a str> {
        let steps = self.steps.earlier.iter();
        steps
            .filter(|step| matches!(step.output, Given::Pages(_)))
            .map(|step| step.id)
            .collect()
    }
}

impl<'a> Steps<'a> {
    fn find(&self, id: &str) -> Option<&EarlierStep<'a>> {
        self.earlier.iter().rev().find(|step| step.id == id)
    }

    /// What a path below `.steps` finds.
    pub fn follow(&self, path: &[Segment]) -> Result<Shape<'a>, Lost> {
        let Some(id) = path.get(1).map(name) else {
            // All of them would include the pages.
            let mut steps = self.earlier.iter();
            return match steps.find(|step| matches!(step.output, Given::Pages(_))) {
                Some(paged) => Err(in_pages(paged.id, 0)),
                None => Ok(Shape::anything()),
            };
        };
        let Some(step) = self.find(id) else {
            return Err(self.no_step(id));
        };
        let part = path.get(2).map(name);
        let shape = match (part, &step.output) {
            (None, Given::Pages(_)) => return Err(in_pages(id, 1)),
            (None, Given::Whole(_)) => return Ok(Shape::anything()),
            (Some("output"), Given::Pages(_)) => return Err(in_pages(id, 2)),
            (Some("output"), Given::Whole(shape)) => shape.clone(),
            (Some("status"), _) => known::status(),
            (Some("failures"), _) => match &step.failures {
                Some(failures) => failures.clone(),
                None => return Err(no_failures(id)),
            },
            (Some("failure"), _) if step.may_fail => known::failure(),
            (Some("failure"), _) => return Err(no_failure(id)),
            (Some(part), output) => return Err(no_part(step, output, part)),
        };
        descend(shape, path, 3)
    }

    /// What a path below `.waits` finds.
    pub fn follow_wait(&self, path: &[Segment]) -> Result<Shape<'a>, Lost> {
        let Some(id) = path.get(1).map(name) else {
            return Err(Lost::new(
                Code::UnknownPath,
                0,
                "`.waits` is not read as a whole: an address is as good as a password".to_owned(),
                "name the step, such as `.waits.approve.url`",
            ));
        };
        if self.waits.contains(&id) {
            return descend(known::wait(), path, 2);
        }
        let mut others = self.current.iter().chain(&self.later).copied();
        if self.find(id).is_some() || others.any(|other| other == id) {
            return Err(Lost::new(
                Code::UnknownPath,
                1,
                format!("step `{id}` waits for nobody, so it has no address"),
                "name a step with `wait: { for: callback }` or `wait: { for: approval }`, or an action",
            ));
        }
        Err(Lost::new(
            Code::UnknownStep,
            1,
            format!("there is no step `{id}`"),
            suggest::help(id, self.waits.iter().copied()),
        ))
    }

    fn no_step(&self, id: &str) -> Lost {
        let lost = |code, message: String, help: String| Lost::new(code, 1, message, help);
        if self.current.last() == Some(&id) {
            return lost(
                Code::Cycle,
                format!("step `{id}` reads its own output"),
                "a step sees the steps before it alone".to_owned(),
            );
        }
        if self.current.contains(&id) {
            return lost(
                Code::Cycle,
                format!("step `{id}` is around this one, so its output is not there yet"),
                "a step inside sees those before it and those before the ones around it".to_owned(),
            );
        }
        if self.later.contains(&id) {
            return lost(
                Code::Cycle,
                format!("step `{id}` comes later, so its output is not there yet"),
                format!("move step `{id}` before this one"),
            );
        }
        if let Some((_, owner)) = self.hidden.iter().find(|(hidden, _)| *hidden == id) {
            return lost(
                Code::UnknownStep,
                format!("step `{id}` is inside of `{owner}` and not seen from here"),
                format!("read `.steps.{owner}.output`, which carries what the steps inside gave"),
            );
        }
        let known = self.earlier.iter().map(|step| step.id);
        lost(
            Code::UnknownStep,
            format!("there is no step `{id}`"),
            suggest::help(id, known),
        )
    }

    /// The paths of all that may be read of them.
    pub fn everything(&self) -> impl Iterator<Item = Vec<&'a str>> {
        self.earlier.iter().map(|step| match step.output {
            Given::Whole(_) => vec!["steps", step.id],
            Given::Pages(_) => vec!["steps", step.id, "status"],
        })
    }
}

/// A segment as a name; a number is no id.
fn name(segment: &Segment) -> &str {
    match segment {
        Segment::Field(name) => name,
        Segment::Index(_) => "0",
    }
}

fn in_pages(id: &str, segment: usize) -> Lost {
    Lost::new(
        Code::PagedOutput,
        segment,
        format!("step `{id}` gives its output page by page, so it cannot be read as one value"),
        format!(
            "go through it with `foreach: {{ in: \"${{{{ .steps.{id}.output }}}}\", as: … }}`, or make a list with `collect: {{ in: \"${{{{ .steps.{id}.output }}}}\" }}`"
        ),
    )
}

fn no_failure(id: &str) -> Lost {
    Lost::new(
        Code::UnknownPath,
        2,
        format!("where step `{id}` fails the run does not come here, so it has no `failure`"),
        format!("write `on-failure: continue` at step `{id}`, or steps that read it"),
    )
}

fn no_failures(id: &str) -> Lost {
    Lost::new(
        Code::UnknownPath,
        2,
        format!("step `{id}` keeps no list of failures"),
        "a transform does, and a `foreach` with `on-failure: collect`",
    )
}

fn no_part(step: &EarlierStep<'_>, output: &Given<'_>, part: &str) -> Lost {
    let fields = match output {
        Given::Whole(shape) => shape.fields(),
        Given::Pages(_) => Vec::new(),
    };
    let help = if fields.contains(&part) {
        format!("did you mean `.steps.{}.output.{part}`?", step.id)
    } else {
        suggest::help(part, ["output", "status", "failure", "failures"])
    };
    Lost::new(
        Code::UnknownPath,
        2,
        format!("a step has no `{part}`"),
        help,
    )
}
