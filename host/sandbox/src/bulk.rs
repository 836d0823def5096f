//! How much of everything a component has. What compiling costs grows with it, in places faster than
//! in proportion, so what has too much of something is not compiled at all.

use mortise_ports::plugins::LoadError;
use wasmparser::{
    BinaryReaderError, Encoding, FunctionBody, Instance, MemorySectionReader, Payload,
    TableSectionReader,
};

use crate::settings::Settings;

/// What has been counted so far.
#[derive(Debug, Default)]
pub(crate) struct Bulk {
    /// Of the components and modules that are open at this place of the file.
    depth: u32,
    instances: u32,
    modules: u32,
    types: u32,
    functions: u32,
}

/// Why counting ends: the file makes no sense here, or has too much of something.
pub(crate) enum End {
    Malformed(BinaryReaderError),
    Over(LoadError),
}

impl From<BinaryReaderError> for End {
    fn from(error: BinaryReaderError) -> Self {
        Self::Malformed(error)
    }
}

/// A page of linear memory.
const PAGE_BYTES: u64 = 64 << 10;

impl Bulk {
    /// How deep what is read now lies: 1 is the component itself.
    pub fn depth(&self) -> u32 {
        self.depth
    }

    /// Counts one piece of the file.
    pub fn count(&mut self, payload: &Payload<'_>, limits: &Settings) -> Result<(), End> {
        match payload {
            Payload::Version { encoding, .. } => {
                self.depth += 1;
                // A module in the innermost component is no level of its own.
                let levels = self.depth - u32::from(*encoding == Encoding::Module);
                let what = || format!("components in each other, {levels} deep");
                within(levels, limits.nesting_max, "nesting-max", what)
            }
            Payload::End(_) => {
                self.depth = self.depth.saturating_sub(1);
                Ok(())
            }
            Payload::ModuleSection { .. } => {
                self.modules += 1;
                let what = || format!("{} core modules", self.modules);
                within(self.modules, limits.modules_max, "modules-max", what)
            }
            Payload::TypeSection(section) => self.types(section.count(), limits),
            Payload::CoreTypeSection(section) => self.types(section.count(), limits),
            Payload::ComponentTypeSection(section) => self.types(section.count(), limits),
            Payload::FunctionSection(section) => {
                self.functions = self.functions.saturating_add(section.count());
                let what = || format!("{} functions", self.functions);
                within(self.functions, limits.functions_max, "functions-max", what)
            }
            Payload::CodeSectionEntry(body) => function(body, limits),
            Payload::MemorySection(section) => memories(section, limits),
            Payload::TableSection(section) => tables(section, limits),
            Payload::InstanceSection(section) => {
                for instance in section.clone() {
                    let is_made = matches!(instance?, Instance::Instantiate { .. });
                    self.instances += u32::from(is_made);
                }
                let what = || format!("{} core instances", self.instances);
                let max = limits.core_instances_max;
                within(self.instances, max, "core-instances-max", what)
            }
            _ => Ok(()),
        }
    }

    fn types(&mut self, count: u32, limits: &Settings) -> Result<(), End> {
        self.types = self.types.saturating_add(count);
        let what = || format!("{} types", self.types);
        within(self.types, limits.types_max, "types-max", what)
    }
}

fn memories(section: &MemorySectionReader<'_>, limits: &Settings) -> Result<(), End> {
    for memory in section.clone() {
        let bytes = memory?.initial.saturating_mul(PAGE_BYTES);
        let max = limits.memory_max_bytes as u64;
        let what = || format!("a memory that begins with {bytes} bytes");
        within(bytes, max, "memory-max-bytes", what)?;
    }
    Ok(())
}

fn tables(section: &TableSectionReader<'_>, limits: &Settings) -> Result<(), End> {
    for table in section.clone() {
        let elements = table?.ty.initial;
        let max = limits.table_elements_max as u64;
        let what = || format!("a table that begins with {elements} elements");
        within(elements, max, "table-elements-max", what)?;
    }
    Ok(())
}

fn function(body: &FunctionBody<'_>, limits: &Settings) -> Result<(), End> {
    let bytes = body.as_bytes().len() as u64;
    let max = u64::from(limits.function_max_bytes);
    let what = || format!("a function of {bytes} bytes");
    within(bytes, max, "function-max-bytes", what)?;
    let mut locals = 0_u32;
    for group in body.get_locals_reader()? {
        locals = locals.saturating_add(group?.0);
    }
    let what = || format!("a function with {locals} local variables");
    within(locals, limits.locals_max, "locals-max", what)
}

fn within<N: Into<u64>>(
    found: N,
    max: N,
    setting: &'static str,
    what: impl FnOnce() -> String,
) -> Result<(), End> {
    let (found, max) = (found.into(), max.into());
    if found <= max {
        return Ok(());
    }
    let what = what();
    Err(End::Over(LoadError::OverLimit { what, setting, max }))
}
