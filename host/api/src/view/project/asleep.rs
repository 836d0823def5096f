//! What waits in a run that is parked: no time and no decision ends it before the run goes on.

use super::Projection;
use crate::view::step::WaitView;

impl Projection<'_> {
    /// Nothing comes of what steps wait for. A run that was called is under way whatever becomes of
    /// the one that called it.
    pub(super) fn sleep(&mut self) {
        let waiting = self.view.steps.iter_mut();
        for step in waiting.filter(|step| step.status == "waiting" && step.child.is_none()) {
            step.status = "pending";
            if let Some(wait) = step.wait.take() {
                step.wait = Some(wait.asleep());
                self.asleep.push((step.path.clone(), wait));
            }
        }
    }

    /// The steps wait as they did before the run was parked.
    pub(super) fn wake(&mut self) {
        for (path, wait) in std::mem::take(&mut self.asleep) {
            let view = self.step(&path);
            if view.status == "pending" && view.wait.is_some() {
                view.status = "waiting";
                view.wait = Some(wait);
            }
        }
    }
}

impl WaitView {
    /// The same in a run that is parked. An application or a callback is heard also then, and its answer
    /// is kept; a person is not asked.
    fn asleep(&self) -> Self {
        Self {
            r#for: self.r#for,
            url: self.url.clone().filter(|_| self.r#for != "approval"),
            until: self.until,
            why: Some("the run is parked, and waits for this once it is replayed"),
        }
    }
}
