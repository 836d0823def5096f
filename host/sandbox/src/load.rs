//! From a file to a plugin: screened, compiled or found compiled, described, linked.

use std::sync::Arc;

use mortise_model::descriptor::Plugin;
use mortise_model::{Digest, Json, Timestamp};
use mortise_ports::plugins::LoadError;
use tokio::runtime::Handle;
use tokio::time::Instant;
use wasmtime::Engine;
use wasmtime::component::{Component, InstancePre};

use crate::cache::{Cache, Facts};
use crate::compiling::compile;
use crate::contract::exports::mortise::plugin::describe;
use crate::descriptor;
use crate::engine::TICK_MS;
use crate::guest::Guest;
use crate::isolate::Pool;
use crate::link::Linkers;
use crate::log::Log;
use crate::plugin::Loaded;
use crate::screen::screen;
use crate::settings::Settings;

/// Makes plugins of files.
pub(crate) struct Loader {
    pub engine: Engine,
    pub linkers: Linkers,
    pub settings: Arc<Settings>,
    pub cache: Option<Cache>,
    /// Where guests run, if not in this process.
    pub isolated: Option<Arc<Pool>>,
}

impl Loader {
    /// Takes as long as compiling does; not for a thread that others wait for.
    pub fn load(&self, bytes: &[u8]) -> Result<Loaded, LoadError> {
        let digest = Digest::of(bytes);
        match self.load_kept(digest) {
            Some(loaded) => Ok(loaded),
            None => self.load_new(digest, bytes),
        }
    }

    /// What an earlier start compiled. Where anything about it is wrong, it counts as missing.
    fn load_kept(&self, digest: Digest) -> Option<Loaded> {
        let kept = self.cache.as_ref()?.find(digest)?;
        let component = deserialize(&self.engine, &kept.code).ok()?;
        self.link(digest, &component, &kept.facts).ok()
    }

    /// Looks at a component and keeps nothing of it.
    pub fn examine(&self, bytes: &[u8]) -> Result<Arc<Plugin>, LoadError> {
        let digest = Digest::of(bytes);
        let loaded = match self.load_kept(digest) {
            Some(loaded) => loaded,
            None => self.make(digest, bytes)?.0,
        };
        Ok(loaded.plugin)
    }

    fn load_new(&self, digest: Digest, bytes: &[u8]) -> Result<Loaded, LoadError> {
        let (loaded, facts, code) = self.make(digest, bytes)?;
        if let Some(cache) = &self.cache
            && let Err(error) = cache.keep(digest, &facts, &code)
        {
            tracing::warn!(%digest, %error, "compiled code is not kept: the next start compiles again");
        }
        Ok(loaded)
    }

    fn make(&self, digest: Digest, bytes: &[u8]) -> Result<(Loaded, Facts, Vec<u8>), LoadError> {
        let screened = screen(bytes, &self.settings)?;
        let code = compile(&self.engine, &self.settings, bytes)?;
        let component =
            deserialize(&self.engine, &code).map_err(|error| unfit(&error, &self.settings))?;
        let facts = Facts {
            size_bytes: bytes.len() as u64,
            roles: screened.roles,
            imports: screened.imports,
            descriptor: self.describe(&component)?,
        };
        let loaded = self.link(digest, &component, &facts)?;
        Ok((loaded, facts, code))
    }

    /// Asks the component to describe itself, in an instance that can reach nothing.
    fn describe(&self, component: &Component) -> Result<String, LoadError> {
        let instance = self.linkers.pure.instantiate_pre(component);
        let instance = instance.map_err(|error| unlinked(&error))?;
        let described = match &self.isolated {
            // This thread is one that may wait.
            Some(pool) => Handle::current().block_on(pool.describe(component)),
            None => describe(&self.engine, &self.settings, &instance),
        };
        described.map_err(LoadError::Describe)
    }

    fn link(
        &self,
        digest: Digest,
        component: &Component,
        facts: &Facts,
    ) -> Result<Loaded, LoadError> {
        let descriptor = descriptor::read(&facts.descriptor, &facts.roles);
        let descriptor = descriptor.map_err(LoadError::Descriptor)?;
        let document = Json::parse(facts.descriptor.as_str())
            .map_err(|error| LoadError::Descriptor(error.to_string()))?;
        let plugin = Plugin {
            digest,
            size_bytes: facts.size_bytes,
            roles: facts.roles.clone(),
            imports: facts.imports.clone(),
            descriptor,
            document,
        };
        Loaded::new(component, &self.linkers, Arc::new(plugin)).map_err(|error| unlinked(&error))
    }
}

/// What a component says of itself; the error is a sentence.
pub(crate) fn describe(
    engine: &Engine,
    settings: &Arc<Settings>,
    instance: &InstancePre<Guest>,
) -> Result<String, String> {
    let exports = describe::GuestIndices::new(instance).map_err(|error| format!("{error:#}"))?;
    let log = Log::new(settings, Timestamp(0), Instant::now());
    let mut store = Guest::new(settings, log.clone(), None).into_store(engine);
    store.set_epoch_deadline(settings.describe_time_max_ms.div_ceil(TICK_MS));
    let outcome = instance
        .instantiate(&mut store)
        .and_then(|instance| exports.load(&mut store, &instance))
        .and_then(|exports| exports.call_describe(&mut store));
    outcome.map_err(|error| {
        if error.downcast_ref() == Some(&wasmtime::Trap::Interrupt) {
            let max_ms = settings.describe_time_max_ms;
            return format!("it took longer than `sandbox.describe-time-max-ms` of {max_ms} ms");
        }
        // Runtimes of languages say there what went wrong, and then only end.
        let said = log.take().into_iter().map(|line| line.message);
        let why = error.root_cause().to_string();
        let all = std::iter::once(why).chain(said).collect::<Vec<_>>();
        all.join("; ")
    })
}

/// An interface is there, but not in the shape that the component wants.
fn unlinked(error: &wasmtime::Error) -> LoadError {
    LoadError::UnknownImport(format!("{error:#}"))
}

/// What the places of instances have no room for. wasmtime has no type for it; a test holds the
/// words.
const OVER: [(&str, &str, &str); 3] = [
    (
        "core module instances",
        "core-instances-max",
        "core instances",
    ),
    ("Wasm linear memories", "memories-max", "memories"),
    ("tables", "tables-max", "tables"),
];

/// Code that cannot be used, for it needs more than the limits of an instance.
fn unfit(error: &wasmtime::Error, settings: &Settings) -> LoadError {
    let text = format!("{error:#}");
    let counted = text.split_once("The component transitively contains ");
    let counted = counted.and_then(|(_, rest)| rest.split_once(' '));
    let found = counted.and_then(|(count, rest)| {
        let found = OVER.iter().find(|(words, ..)| rest.starts_with(words));
        found.map(|(_, setting, noun)| (format!("{count} {noun}"), *setting))
    });
    let Some((what, setting)) = found else {
        return LoadError::Compile(text);
    };
    let max = match setting {
        "core-instances-max" => settings.core_instances_max,
        "memories-max" => settings.memories_max,
        _ => settings.tables_max,
    };
    let max = u64::from(max);
    LoadError::OverLimit { what, setting, max }
}

#[allow(unsafe_code)]
fn deserialize(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: the bytes have to be what `precompile_component` gave, unchanged. They come from
    // `compile`, which made them in this process or had this very program make them in a process of
    // its own and read them from a pipe that nobody else holds, or from `Cache::find`: then they stood in a folder that no other user can
    // write to (mode 0700 and our own, checked when it was opened), in a file that only
    // `Cache::keep` writes, and their sha256 was checked after they were read into memory, so what
    // was checked is what is used. wasmtime itself refuses code of another version or
    // configuration.
    unsafe { Component::deserialize(engine, code) }
}
