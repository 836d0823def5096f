//! Who is told of what is written.

use std::fmt;

use super::{MemoryStore, Write};

type Tell = Box<dyn Fn(Write) + Send>;

/// Whoever wants to know, if somebody does.
#[derive(Default)]
pub struct Ear(Option<Tell>);

impl fmt::Debug for Ear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Ear").field(&self.0.is_some()).finish()
    }
}

impl Ear {
    /// Something was written.
    pub fn hear(&self, what: Write) {
        if let Some(tell) = &self.0 {
            tell(what);
        }
    }
}

impl MemoryStore {
    /// Tells of every write once it is done, instead of whoever was told before. The store is locked
    /// meanwhile: `tell` rings a bell, and asks the store nothing.
    pub fn on_write(&self, tell: impl Fn(Write) + Send + 'static) {
        self.state().ear = Ear(Some(Box::new(tell)));
    }
}
