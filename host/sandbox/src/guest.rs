//! What a store holds for its guest: the call it is in, its limits, what it did.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use mortise_ports::plugins::{Call, File};
use mortise_vault::Connection;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use wasmtime::component::HasData;
use wasmtime::{Engine, ResourceLimiter, Store};

use crate::files::GivenFile;
use crate::host::files::Files;
use crate::host::wasi::Wasi;
use crate::host::way::Way;
use crate::log::Log;
use crate::settings::Settings;

/// The data of a guest's store.
pub(crate) struct Guest {
    pub settings: Arc<Settings>,
    pub limits: Limits,
    pub log: Log,
    /// None where the guest reaches nothing: a transform, or `describe`.
    pub work: Option<Work>,
    /// None where there is no call at all: `describe`, an expression.
    pub files: Option<Files>,
    /// Made when the guest first asks for something of WASI: most calls never do.
    pub wasi: Option<Box<Wasi>>,
}

/// The call that a connector is in.
pub(crate) struct Work {
    pub about: About,
    /// Nobody wants the result any more.
    pub cancelled: Arc<AtomicBool>,
    pub deadline: Instant,
    pub way: Way,
}

/// What a guest may know of its call.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct About {
    pub workflow: String,
    pub run: String,
    pub step: String,
    pub attempt: u32,
    pub idempotency_key: String,
    pub callback_url: Option<String>,
    /// Of the connection, where there is one.
    pub connection_settings: Option<String>,
}

impl About {
    pub fn new(call: &Call, connection: Option<&Connection>) -> Self {
        Self {
            workflow: call.workflow.to_string(),
            run: call.run.to_string(),
            step: call.step.to_string(),
            attempt: call.attempt,
            idempotency_key: call.idempotency_key.clone(),
            callback_url: call.callback_url.clone(),
            connection_settings: connection.map(|one| one.settings().as_str().to_owned()),
        }
    }
}

/// What a guest hears that asks for its call and has none.
pub(crate) const NO_CALL: &str = "a transform has no access to its call";

/// How the host's interfaces see a guest.
pub(crate) struct Access;

impl crate::contract::mortise::plugin::types::Host for Guest {}
impl crate::contract::mortise::plugin::events::Host for Guest {}

impl HasData for Access {
    type Data<'a> = &'a mut Guest;
}

impl Guest {
    pub fn new(settings: &Arc<Settings>, log: Log, work: Option<Work>) -> Self {
        Self {
            settings: Arc::clone(settings),
            limits: Limits::new(settings),
            log,
            work,
            files: None,
            wasi: None,
        }
    }

    /// With the files that its call is given, and room for its own.
    pub fn with_files(self, given: Vec<GivenFile>) -> Self {
        let files = Files::new(self.settings.files_max_bytes, given);
        Self {
            files: Some(files),
            ..self
        }
    }

    /// A store for this guest, with its limits set and its time not begun.
    pub fn into_store(self, engine: &Engine) -> Store<Self> {
        let hostcall_max_bytes = self.settings.hostcall_max_bytes;
        let resources_max = self.settings.resources_max;
        let mut store = Store::new(engine, self);
        store.limiter(|guest| &mut guest.limits);
        store.set_hostcall_fuel(hostcall_max_bytes);
        store.set_max_component_handles(resources_max);
        store
    }

    /// The call, for interfaces that make no sense without one.
    pub fn work(&mut self) -> wasmtime::Result<&mut Work> {
        self.work
            .as_mut()
            .ok_or_else(|| wasmtime::format_err!(NO_CALL))
    }

    /// The files of the call.
    pub fn files(&mut self) -> wasmtime::Result<&mut Files> {
        self.files
            .as_mut()
            .ok_or_else(|| wasmtime::format_err!(NO_CALL))
    }

    /// What the call made.
    pub fn take_made(&mut self) -> Vec<File> {
        let files = self.files.take();
        files.map(Files::into_made).unwrap_or_default()
    }
}

/// The limits of one store, and whether the guest ran into them.
pub(crate) struct Limits {
    memory_max_bytes: usize,
    table_elements_max: usize,
    instances_max: usize,
    tables_max: usize,
    memories_max: usize,
    /// All linear memories together, in bytes.
    pub memory_bytes: usize,
    /// A memory could not grow as far as the guest wanted.
    pub memory_refused: bool,
    /// As above, a table.
    pub table_refused: bool,
}

impl Limits {
    fn new(settings: &Settings) -> Self {
        // A store holds one component: whoever allows that more raises these as well.
        let most = |least: usize, of_component: u32| least.max(of_component as usize);
        Self {
            memory_max_bytes: settings.memory_max_bytes,
            table_elements_max: settings.table_elements_max,
            instances_max: most(Settings::STORE_INSTANCES_MAX, settings.core_instances_max),
            tables_max: most(Settings::STORE_TABLES_MAX, settings.tables_max),
            memories_max: most(Settings::STORE_MEMORIES_MAX, settings.memories_max),
            memory_bytes: 0,
            memory_refused: false,
            table_refused: false,
        }
    }
}

impl ResourceLimiter for Limits {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let total = self.memory_bytes.saturating_add(desired - current);
        if total > self.memory_max_bytes {
            self.memory_refused = true;
            return Ok(false);
        }
        self.memory_bytes = total;
        Ok(true)
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.memory_refused = true;
        Ok(())
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let fits = desired <= self.table_elements_max;
        self.table_refused |= !fits;
        Ok(fits)
    }

    fn instances(&self) -> usize {
        self.instances_max
    }

    fn tables(&self) -> usize {
        self.tables_max
    }

    fn memories(&self) -> usize {
        self.memories_max
    }
}
