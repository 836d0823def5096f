//! The sandbox as the engine sees it.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use mortise_egress::Client;
use mortise_mail::{Mailer, Postman};
use mortise_model::descriptor::Plugin;
use mortise_model::{Digest, Disposition, Failure, Json};
use mortise_ports::Plugins;
use mortise_ports::plugins::{Call, Invocation, LoadError, Report};
use mortise_sql::{Databases, Transactor};
use mortise_vault::Connections;
use thiserror::Error;
use tokio::sync::Semaphore;

use crate::cache::Cache;
use crate::calls::Calls;
use crate::engine;
use crate::expression::Expressions;
use crate::isolate::Pool;
use crate::link::Linkers;
use crate::load::Loader;
use crate::plugin::Loaded;
use crate::settings::Settings;
use crate::transform::Transforms;

/// Runs plugins and expressions where they can do no harm. One for the whole process; its calls
/// need a tokio runtime with its IO and time drivers on.
pub struct Sandbox {
    loader: Arc<Loader>,
    /// A few files are looked at at once: compiling takes all processors and much memory.
    loading: Semaphore,
    plugins: RwLock<HashMap<Digest, Arc<Loaded>>>,
    pub(crate) calls: Calls,
    transforms: Transforms,
    expressions: Expressions,
    isolated: Option<Arc<Pool>>,
}

/// Why there is no sandbox.
#[derive(Debug, Error)]
pub enum SetupError {
    /// The engine refuses its configuration, or the system refuses the address space.
    #[error("the sandbox cannot be set up: {0}")]
    Engine(String),
    /// The folder of compiled code cannot be used.
    #[error("the folder of compiled code cannot be used: {0}")]
    Cache(#[from] std::io::Error),
    /// The embedded evaluator of expressions does not load: a defect of the build.
    #[error("the evaluator of expressions does not load: {0}")]
    Expressions(LoadError),
    /// Worker processes cannot be started or confined.
    #[error("plugins cannot run in worker processes: {0}")]
    Isolation(String),
}

/// Files that are compiled at the same time.
const LOADING_MAX: usize = 2;

impl Sandbox {
    /// Sets everything up. The first time it compiles the evaluator of expressions, which takes a
    /// second or two; from then on its code is in `settings.cache_dir`.
    ///
    /// # Errors
    /// Where the system or the folder of compiled code does not allow it.
    pub fn new(
        settings: Settings,
        egress: Arc<Client>,
        connections: Arc<Connections>,
    ) -> Result<Self, SetupError> {
        let defect = |error: wasmtime::Error| SetupError::Engine(format!("{error:#}"));
        let engine = engine::start(&settings).map_err(defect)?;
        let cache = settings.cache_dir.as_deref();
        let cache = cache.map(|dir| Cache::open(dir, &engine)).transpose()?;
        let linkers = Linkers::new(&engine).map_err(defect)?;
        let postman = Arc::new(Mailer::new(Arc::clone(&egress), settings.mail.clone()));
        let settings = Arc::new(settings);
        let databases = Databases::new(Arc::clone(&egress), mortise_sql::Settings::default());
        let mut loader = Loader {
            engine: engine.clone(),
            linkers,
            settings: Arc::clone(&settings),
            cache,
            isolated: None,
        };
        let expressions = Expressions::new(&loader).map_err(SetupError::Expressions)?;
        let isolated = settings.isolate.is_on;
        let isolated = isolated.then(|| Pool::new(Arc::clone(&settings)));
        let isolated = isolated.transpose();
        let isolated = isolated.map_err(|error| SetupError::Isolation(error.to_string()))?;
        let isolated = isolated.map(Arc::new);
        // The evaluator of expressions is no stranger and stays in this process.
        loader.isolated.clone_from(&isolated);
        Ok(Self {
            loader: Arc::new(loader),
            loading: Semaphore::new(LOADING_MAX),
            plugins: RwLock::default(),
            calls: Calls {
                engine: engine.clone(),
                settings: Arc::clone(&settings),
                egress,
                postman,
                databases: Arc::new(databases),
                connections,
                reaches: Arc::default(),
                places: Semaphore::new(settings.calls_max),
                isolated: isolated.clone(),
            },
            transforms: Transforms {
                engine,
                slow: Arc::new(Semaphore::new(settings.slow_calls_max)),
                settings,
                isolated: isolated.clone(),
            },
            expressions,
            isolated,
        })
    }

    /// With what carries SQL out for its guests, in the place of databases within the default limits.
    #[must_use]
    pub fn with_databases(mut self, databases: Arc<dyn Transactor>) -> Self {
        self.calls.databases = databases;
        self
    }

    /// With what carries mail for its guests, in the place of mail servers.
    #[must_use]
    pub fn with_postman(mut self, postman: Arc<dyn Postman>) -> Self {
        self.calls.postman = postman;
        self
    }

    /// Sees whether worker processes can be had, where plugins shall run in them.
    ///
    /// # Errors
    /// Where the system does not start or does not confine them.
    pub async fn prove_isolation(&self) -> Result<(), SetupError> {
        match &self.isolated {
            Some(pool) => pool
                .prove()
                .await
                .map_err(|error| SetupError::Isolation(error.to_string())),
            None => Ok(()),
        }
    }

    pub(crate) fn find(&self, digest: Digest) -> Option<Arc<Loaded>> {
        let plugins = self.plugins.read().unwrap_or_else(PoisonError::into_inner);
        plugins.get(&digest).cloned()
    }
}

impl Plugins for Sandbox {
    async fn load(&self, bytes: Vec<u8>) -> Result<Arc<Plugin>, LoadError> {
        let digest = Digest::of(&bytes);
        if let Some(loaded) = self.find(digest) {
            return Ok(Arc::clone(&loaded.plugin));
        }
        let _place = self.loading.acquire().await;
        let loader = Arc::clone(&self.loader);
        let loaded = tokio::task::spawn_blocking(move || loader.load(&bytes)).await;
        let loaded = loaded.map_err(|error| LoadError::Compile(error.to_string()))??;
        let mut plugins = self.plugins.write().unwrap_or_else(PoisonError::into_inner);
        let loaded = plugins.entry(digest).or_insert_with(|| Arc::new(loaded));
        Ok(Arc::clone(&loaded.plugin))
    }

    async fn examine(&self, bytes: Vec<u8>) -> Result<Arc<Plugin>, LoadError> {
        if let Some(loaded) = self.find(Digest::of(&bytes)) {
            return Ok(Arc::clone(&loaded.plugin));
        }
        let _place = self.loading.acquire().await;
        let loader = Arc::clone(&self.loader);
        let examined = tokio::task::spawn_blocking(move || loader.examine(&bytes)).await;
        examined.map_err(|error| LoadError::Compile(error.to_string()))?
    }

    fn describe(&self, digest: Digest) -> Option<Arc<Plugin>> {
        self.find(digest).map(|loaded| Arc::clone(&loaded.plugin))
    }

    async fn call(&self, call: Call) -> Report {
        let Some(loaded) = self.find(call.operation.digest) else {
            return Report {
                result: Err(not_loaded(&call)),
                files: Vec::new(),
                requests: Vec::new(),
                log: Vec::new(),
            };
        };
        match call.invocation {
            Invocation::Transform { .. } => self.transforms.call(loaded, call).await,
            _ => self.calls.call(loaded, call).await,
        }
    }

    async fn evaluate(&self, program: &str, value: Json) -> Result<Json, Failure> {
        self.expressions.evaluate(program, value).await
    }
}

fn not_loaded(call: &Call) -> Failure {
    let operation = &call.operation;
    Failure::new(
        Disposition::Misconfigured,
        "plugin-not-loaded",
        format!(
            "the plugin `{}@{}` with the digest `{}` is not loaded: put its file into the plugins folder",
            operation.plugin, operation.version, operation.digest
        ),
    )
}
