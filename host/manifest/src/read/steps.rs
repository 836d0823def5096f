//! Lists of steps: how many there may be, and how deep.

use crate::authored::Step;
use crate::diagnostic::Code;
use crate::read::fields::items;
use crate::read::step::step;
use crate::source::Sink;
use crate::yaml::Node;

/// Steps that a workflow may have, wherever they stand.
const STEPS_MAX: usize = 500;

/// How deep steps may stand in steps, those of the workflow itself included.
const DEPTH_MAX: usize = 16;

/// Reads the steps of one manifest and counts them.
pub(super) struct Reader {
    left: usize,
    depth: usize,
    complained: bool,
}

impl Reader {
    /// One that has not read anything.
    pub fn new() -> Self {
        Self {
            left: STEPS_MAX,
            depth: 0,
            complained: false,
        }
    }

    /// Reads a list of steps; `what` names it.
    pub fn list<'n>(&mut self, node: &'n Node, what: &str, sink: &mut Sink<'_>) -> Vec<Step<'n>> {
        let nodes = self.within_limit(items(node, what, sink), sink);
        if self.depth == DEPTH_MAX && !nodes.is_empty() {
            sink.error(
                Code::TooDeep,
                node.place,
                format!("steps are nested deeper than {DEPTH_MAX} levels"),
                "make a workflow of the inner steps, and `call` it",
            );
            return Vec::new();
        }
        self.depth += 1;
        let steps = nodes.iter().filter_map(|node| step(node, self, sink));
        let steps = steps.collect();
        self.depth -= 1;
        steps
    }

    /// The steps that are looked at: those beyond the limit would only take time.
    fn within_limit<'n>(&mut self, nodes: &'n [Node], sink: &mut Sink<'_>) -> &'n [Node] {
        let (within, beyond) = nodes.split_at(nodes.len().min(self.left));
        self.left -= within.len();
        if let Some(first) = beyond.first().filter(|_| !self.complained) {
            self.complained = true;
            sink.error(
                Code::TooManySteps,
                first.place,
                format!("the workflow has more than {STEPS_MAX} steps"),
                "split it into several workflows that call each other",
            );
        }
        within
    }
}
