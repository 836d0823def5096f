//! Where everything is put together, from top to bottom.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ipnet::{IpNet, Ipv4Net};
use mortise_egress::Client;
use mortise_kit::application::Application;
use mortise_model::Namespace;
use mortise_ports::catalog::ActivePlan;
use mortise_runner::{Runner, SystemClock};
use mortise_sandbox::Sandbox;
use mortise_sql::{Databases, Transactor};
use mortise_store::SledStore;
use mortise_vault::Connections;
use tokio::task::spawn_blocking;

use crate::approved::Approved;
use crate::cache;
use crate::exit::{Code, Outcome, Stop};
use crate::keeper::Keeper;
use crate::manifests::{Manifests, report};
use crate::plugins::{self, Loaded};
use crate::progress::{self, progress};
use crate::publisher::{Published, Publisher};
use crate::rollouts;
use crate::settings::Settings;

/// An engine that runs, and what it is made of.
pub struct Engine {
    /// What is kept.
    pub store: Arc<SledStore>,
    /// What carries runs.
    pub runner: Runner<SledStore, Sandbox>,
    /// The plans that are active now, by namespace.
    pub plans: Vec<(Namespace, Vec<ActivePlan>)>,
    /// Publishes other manifests.
    pub publisher: Publisher,
}

/// Puts an engine together over a data folder and makes the workflows of these manifests its
/// active ones. Runs that a former process left go on at once.
///
/// # Errors
/// `Failed` where the manifests have errors, which are printed then; `Environment` where the data
/// folder or the plugins cannot be used.
pub async fn engine(
    settings: &Settings,
    data: &Path,
    compiled: Option<PathBuf>,
    manifests: &[Manifests],
) -> Outcome<Engine> {
    let store = Arc::new(open_store(data, &settings.store).await?);
    let connections = Arc::new(Connections::default());
    let egress = egress(settings)?;
    let calls = (Arc::clone(&egress), Arc::clone(&connections));
    let databases = databases(settings, &egress);
    let equip = |sandbox: Sandbox| sandbox.with_databases(databases);
    let sandbox = sandbox(settings, compiled, calls, equip).await?;
    let tries = (Arc::clone(&sandbox), egress);
    let keeper = Keeper::new(settings, Arc::clone(&store), tries)?;
    let keeper = keeper.in_use(Arc::clone(&connections)).await?;
    let folder = settings.plugins.clone().map(|path| rollouts::Folder {
        sandbox: Arc::clone(&sandbox),
        path,
    });
    let folder = folder.map(|folder| Arc::new(folder) as Arc<dyn rollouts::Source>);
    let approved = Approved {
        store: Arc::clone(&store),
        sandbox: Arc::clone(&sandbox),
    };
    let registry = Arc::new(approved.clone()) as Arc<dyn rollouts::Source>;
    let publisher = Publisher {
        settings: settings.clone(),
        sources: folder.into_iter().chain([registry]).collect(),
        approved,
        store: Arc::clone(&store),
        sandbox: Arc::clone(&sandbox),
        connections,
        keeper: Arc::new(keeper),
    };
    let published = match publisher.publish(manifests).await? {
        Published::Done(published, warnings) => {
            report(&warnings)?;
            published
        }
        Published::Invalid(diagnostics) => {
            report(&diagnostics)?;
            return Err(Stop::silent(Code::Failed));
        }
    };
    let (clock, limits) = (Arc::new(SystemClock), settings.runner.clone());
    let runner = Runner::start(Arc::clone(&store), sandbox, clock, limits);
    // At once: runs that go on may call workflows, and must not be carried where theirs is paused.
    let mut plans = Vec::new();
    for one in published {
        plans.push((one.namespace.clone(), one.activation.plans.clone()));
        runner.activate(&one.namespace, one.activation);
    }
    Ok(Engine {
        store,
        runner,
        plans,
        publisher,
    })
}

/// Opens the store of a data folder. From then on a disk that fails for good ends the process.
///
/// # Errors
/// Where the folder is held, newer, unwritable or damaged.
pub async fn open_store(data: &Path, settings: &mortise_store::Settings) -> Outcome<SledStore> {
    let _progress = progress(format!("opening the store in `{}`", data.display()));
    let (data, settings) = (data.to_owned(), settings.clone());
    let fatal = Box::new(|why: &str| {
        progress::error(format!("storage failed, so this process stops: {why}"));
        Code::Storage.end_process();
    });
    let opened = spawn_blocking(move || mortise_store::open(&data, settings, fatal)).await;
    Ok(opened.map_err(Stop::defect)??)
}

/// The way out: one for the whole process.
///
/// # Errors
/// Where the settings cannot be used.
pub fn egress(settings: &Settings) -> Outcome<Arc<Client>> {
    let client = Client::new(settings.egress.clone());
    client.map(Arc::new).map_err(Stop::environment)
}

/// What carries SQL out: one for the whole process, so that there is one pool for each connection.
fn databases(settings: &Settings, egress: &Arc<Client>) -> Arc<dyn Transactor> {
    Arc::new(Databases::new(Arc::clone(egress), settings.sql.clone()))
}

/// Makes a sandbox whose calls may use these connections, and what it is equipped with; without a folder of compiled code it
/// compiles each time.
///
/// # Errors
/// Where the system does not allow it.
async fn sandbox(
    settings: &Settings,
    compiled: Option<PathBuf>,
    (egress, connections): (Arc<Client>, Arc<Connections>),
    equip: impl FnOnce(Sandbox) -> Sandbox,
) -> Outcome<Arc<Sandbox>> {
    let _progress = progress("preparing the sandbox");
    let settings = mortise_sandbox::Settings {
        cache_dir: compiled,
        compiler: Some(PathBuf::from(THIS_BINARY)),
        ..settings.sandbox.clone()
    };
    let made = spawn_blocking(move || Sandbox::new(settings, egress, connections)).await;
    let sandbox = made.map_err(Stop::defect)?.map_err(Stop::environment)?;
    let sandbox = equip(sandbox);
    sandbox.prove_isolation().await.map_err(Stop::environment)?;
    Ok(Arc::new(sandbox))
}

/// This process's own binary, also where another one lies at its path by now: what that compiles may
/// not fit this one.
const THIS_BINARY: &str = "/proc/self/exe";

/// Makes a sandbox that only looks at plugins.
///
/// # Errors
/// Where the system does not allow it.
pub async fn idle_sandbox(settings: &Settings) -> Outcome<Arc<Sandbox>> {
    let mut settings = settings.clone();
    // It calls nothing.
    settings.sandbox.isolate.is_on = false;
    private_sandbox(&settings, Arc::default()).await
}

/// Where a machine talks to itself.
pub const LOOPBACK: [IpNet; 1] = [IpNet::V4(Ipv4Net::new_assert(
    Ipv4Addr::new(127, 0, 0, 0),
    8,
))];

/// Makes a sandbox for one command, whose calls may use these connections.
///
/// # Errors
/// Where the system does not allow it.
pub async fn private_sandbox(
    settings: &Settings,
    connections: Arc<Connections>,
) -> Outcome<Arc<Sandbox>> {
    let egress = egress(settings)?;
    let databases = databases(settings, &egress);
    let equip = |sandbox: Sandbox| sandbox.with_databases(databases);
    sandbox(settings, cache::of_user(), (egress, connections), equip).await
}

/// The same with what takes the place of databases and mail servers.
///
/// # Errors
/// Where the system does not allow it.
pub async fn rehearsing_sandbox(
    settings: &Settings,
    connections: Arc<Connections>,
    application: &Application,
) -> Outcome<Arc<Sandbox>> {
    let calls = (egress(settings)?, connections);
    let equip = |sandbox: Sandbox| {
        sandbox
            .with_databases(application.database())
            .with_postman(application.postman())
    };
    sandbox(settings, cache::of_user(), calls, equip).await
}

/// Loads the folder of plugins, where one is named, and says what does not load.
///
/// # Errors
/// Where the folder cannot be read.
pub async fn load_plugins(sandbox: &Arc<Sandbox>, settings: &Settings) -> Outcome<Loaded> {
    let Some(folder) = &settings.plugins else {
        return Ok(Loaded::default());
    };
    let loaded = plugins::load_folder(sandbox, folder).await?;
    for (path, why) in &loaded.broken {
        progress::note(format!("warning: `{}` is left out: {why}", path.display()));
    }
    Ok(loaded)
}
