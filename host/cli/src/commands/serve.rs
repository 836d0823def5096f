//! `mortise serve`

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use mortise_api::app::Hands;
use mortise_api::hooks::Hooks;
use mortise_api::listen::{Door, Timed, Tls};
use mortise_api::registry::Registry;
use mortise_api::{App, admin, listen};
use mortise_registry::admission::Trust;
use mortise_runner::Runner;
use mortise_sandbox::Sandbox;
use mortise_store::SledStore;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::args::{From, folders, isolated};
use crate::daemon::{Daemon, DaemonFile, Ready, new_token};
use crate::exit::{Code, Outcome, Stop};
use crate::keeper::Keeper;
use crate::manifests::Manifests;
use crate::needs::OfRuns;
use crate::publisher::Reloader;
use crate::settings::Settings;
use crate::{cache, logging, output, shop, tls, watch, wire};

/// Runs the daemon.
#[derive(Args)]
#[command(
    after_help = "Example:\n  mortise serve --data data --workflows workflows --plugins plugins\n\nWhen it is ready it prints one line of JSON on stdout; logs go to stderr. SIGTERM ends it\ngracefully: no new events, runs under way come to rest or go on after the next start. SIGHUP has the\nmanifests read again, as `mortise workflows reload`, and the certificate of `tls.cert-file`."
)]
pub struct Serve {
    /// Folder of everything that must survive; made where it is missing [env: MORTISE_DATA]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Folder of the manifests, with `connections.yaml` and `mortise.lock` [env: MORTISE_WORKFLOWS]
    #[arg(long, value_name = "DIR")]
    workflows: Option<PathBuf>,
    /// Folder of the plugins, a file NAME.wasm each [env: MORTISE_PLUGINS]
    #[arg(long, value_name = "DIR")]
    plugins: Option<PathBuf>,
    /// Address that serves hooks [default: 127.0.0.1:8080] [env: MORTISE_LISTEN]
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// Address that serves all else [default: 127.0.0.1:8081] [env: MORTISE_ADMIN]
    #[arg(long, value_name = "ADDR")]
    admin: Option<String>,
    /// Address that serves a registry of plugins; none is served without it [env: MORTISE_REGISTRY]
    #[arg(long, value_name = "ADDR")]
    registry: Option<String>,
    /// Run plugins in worker processes that hold no secret and no socket [env: MORTISE_ISOLATE]
    #[arg(long)]
    isolate: bool,
    #[command(flatten)]
    from: From,
}

/// Serves until a signal comes.
///
/// # Errors
/// Why it did not start, or did not end well.
pub fn run(serve: &Serve) -> Outcome {
    let mut flags = folders(&[
        ("data", &serve.data),
        ("workflows", &serve.workflows),
        ("plugins", &serve.plugins),
    ]);
    let addresses = [
        ("listen", &serve.listen),
        ("admin", &serve.admin),
        ("registry", &serve.registry),
    ];
    flags.extend(
        addresses
            .into_iter()
            .filter_map(|(name, text)| Some((name, text.clone()?))),
    );
    flags.extend(isolated(serve.isolate));
    let settings = serve.from.resolve(&flags)?.settings;
    logging::start(&settings)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(settings.threads)
        .enable_all()
        .build()
        .map_err(Stop::environment)?;
    runtime.block_on(daemon(&settings))
}

async fn daemon(settings: &Settings) -> Outcome {
    let data = required(settings.data.as_deref(), "data")?;
    let workflows = required(settings.workflows.as_deref(), "workflows")?;
    required(settings.plugins.as_deref(), "plugins")?;
    let mut signals = Signals::new()?;
    let tls = tls::open(settings)?;
    // First of all, so that a port that is taken costs nothing; whoever connects waits.
    let bound = Bound::new(settings).await?;
    let ready = bound.ready(tls.is_some())?;
    let mut settings = settings.clone();
    if settings.runner.public_url.is_empty() {
        settings.runner.public_url.clone_from(&ready.hooks);
    }

    let seen = watch::look(workflows).await;
    let manifests = Manifests::of_namespaces(workflows)?;
    let compiled = cache::in_data(data);
    let engine = wire::engine(&settings, data, Some(compiled), &manifests).await?;
    let token = new_token().map_err(Stop::environment)?;
    let publisher = engine.publisher;
    let sandbox = Arc::clone(&publisher.sandbox);
    let keeper = Arc::clone(&publisher.keeper);
    let connections = Arc::clone(&publisher.connections);
    let served = manifests.into_iter().map(|one| one.namespace).collect();
    let reloader = Reloader::new(publisher, workflows, served);
    tokio::spawn(renew(Arc::clone(&keeper)));
    let hands = Hands {
        reload: Some(Box::new(reloader)),
        keeper: Some(keeper),
        connections,
    };
    let runner = engine.runner.clone();
    let app = App::new(runner, settings.api.clone(), token.clone(), hands);
    for (namespace, plans) in &engine.plans {
        app.serve(namespace, plans);
    }
    let needs = OfRuns {
        store: Arc::clone(&engine.store),
        workflows: workflows.to_owned(),
    };
    let listeners = bound.serve(&app, &settings, tls.clone(), (needs, sandbox));
    let daemon = Daemon {
        ready,
        token,
        certificate: tls.as_deref().map(tls::name),
    };
    let file = announce(data, &daemon)?;
    let watched = Watched {
        settings: &settings,
        workflows: (workflows, seen),
        tls: tls.map(|tls| (tls, daemon, data)),
    };
    until_told(&app, watched, &mut signals).await;
    let drained = drain(&engine.runner, &settings, &mut signals).await;
    listeners.stop().await;
    drop(file);
    let store = engine.store;
    let closed = tokio::task::spawn_blocking(move || store.close()).await;
    closed.map_err(Stop::defect)?;
    drained
}

async fn renew(keeper: Arc<Keeper>) {
    keeper.renew_ahead().await;
}

/// What a daemon reads again while it works.
struct Watched<'a> {
    settings: &'a Settings,
    /// The manifests' folder, and what it was like when it was read.
    workflows: (&'a Path, Option<watch::State>),
    /// The certificate, and where its name is written.
    tls: Option<(Arc<Tls>, Daemon, &'a Path)>,
}

/// Works until a signal ends it. Another one, or a change of the manifests' folder where that is
/// wanted, has the manifests read again; the certificate's files are always looked at.
async fn until_told(app: &App<SledStore, Sandbox>, watched: Watched<'_>, signals: &mut Signals) {
    let Watched {
        settings,
        workflows: (workflows, seen),
        tls,
    } = watched;
    // What comes of it is logged; the process goes on as it was.
    let reload = || async { app.reload_by_itself().await };
    let watching = async {
        if settings.watch {
            let every = Duration::from_millis(settings.watch_ms);
            watch::folder(workflows, seen, every, reload).await;
        }
        std::future::pending().await
    };
    let Signals {
        terminate,
        interrupt,
        hangup,
    } = signals;
    let hanging_up = async {
        while hangup.recv().await.is_some() {
            if let Some((tls, daemon, data)) = &tls {
                tls::reload(tls, daemon, data).await;
            }
            reload().await;
        }
        std::future::pending().await
    };
    let certifying = async {
        if let Some((tls, daemon, data)) = &tls {
            let every = Duration::from_millis(settings.tls_look_ms);
            tls::watch(tls, daemon, data, every).await;
        }
        std::future::pending().await
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = watching => {}
        () = hanging_up => {}
        () = certifying => {}
    }
}

fn required<'a>(folder: Option<&'a Path>, name: &str) -> Outcome<&'a Path> {
    folder.ok_or_else(|| {
        let variable = name.to_ascii_uppercase();
        Stop::usage(format!(
            "say which folder: `--{name} DIR`, or the variable `MORTISE_{variable}`"
        ))
    })
}

async fn bind(flag: &str, address: &str) -> Outcome<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        Stop::environment(format!(
            "`{address}` cannot be listened on: {error}; choose another address with `--{flag}`"
        ))
    })
}

/// What is listened on.
struct Bound {
    hooks: TcpListener,
    admin: TcpListener,
    /// With whom it believes, where one is to be served.
    registry: Option<(TcpListener, Trust)>,
}

impl Bound {
    async fn new(settings: &Settings) -> Outcome<Self> {
        let hooks = bind("listen", &settings.listen).await?;
        let admin = bind("admin", &settings.admin).await?;
        let registry = match &settings.registry_address {
            Some(address) => {
                let listener = bind("registry", address).await?;
                let trust = shop::trust(settings, &listener)?;
                Some((listener, trust))
            }
            None => None,
        };
        Ok(Self {
            hooks,
            admin,
            registry,
        })
    }

    fn ready(&self, is_secured: bool) -> Outcome<Ready> {
        let scheme = if is_secured { "https" } else { "http" };
        let address = |listener: &TcpListener| -> Outcome<String> {
            let address = listener.local_addr().map_err(Stop::environment)?;
            Ok(format!("{scheme}://{address}"))
        };
        let registry = self.registry.as_ref().map(|(listener, _)| listener);
        Ok(Ready {
            ready: true,
            pid: std::process::id(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            hooks: address(&self.hooks)?,
            admin: address(&self.admin)?,
            registry: registry.map(address).transpose()?,
        })
    }

    /// Serves all of it.
    fn serve(
        self,
        app: &App<SledStore, Sandbox>,
        settings: &Settings,
        tls: Option<Arc<Tls>>,
        (needs, sandbox): (OfRuns, Arc<Sandbox>),
    ) -> Listeners {
        let door = Door {
            settings: settings.api.clone(),
            tls,
        };
        let mut listeners = Listeners::start(app, &door, self.hooks, self.admin);
        if let Some((listener, trust)) = self.registry {
            let hands = shop::hands(needs, sandbox, trust);
            let service = Registry::new(app.clone(), settings.registry.clone(), hands);
            listeners.add_registry(service, listener, door);
        }
        listeners
    }
}

/// Says that the daemon is ready: to commands by a file, then to everyone on stdout.
fn announce(data: &Path, daemon: &Daemon) -> Outcome<DaemonFile> {
    let file = daemon.write(data).map_err(|error| {
        let data = data.display();
        Stop::environment(format!(
            "`daemon.json` cannot be written in `{data}`: {error}"
        ))
    })?;
    output::text(&serde_json::to_string(&daemon.ready).map_err(Stop::defect)?)?;
    let Ready {
        hooks,
        admin,
        registry,
        ..
    } = &daemon.ready;
    tracing::info!(hooks, admin, registry, "ready");
    Ok(file)
}

/// The tasks of the listeners.
struct Listeners {
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

impl Listeners {
    fn start(
        app: &App<SledStore, Sandbox>,
        door: &Door,
        hooks: TcpListener,
        admin: TcpListener,
    ) -> Self {
        let stop = CancellationToken::new();
        let service = Hooks(app.clone());
        let hooks = listen::serve(hooks, door.clone(), service, stop.clone());
        let service = Timed::new(admin::router(app.clone()), door.settings.body_timeout_ms);
        let admin = listen::serve(admin, door.clone(), service, stop.clone());
        let (hooks, admin) = (tokio::spawn(hooks), tokio::spawn(admin));
        Self {
            stop,
            tasks: vec![hooks, admin],
        }
    }

    /// Serves the registry, and removes what is left over there.
    fn add_registry(
        &mut self,
        service: Registry<SledStore, Sandbox>,
        listener: TcpListener,
        door: Door,
    ) {
        let (tidying, stop) = (service.clone(), self.stop.clone());
        self.tasks.push(tokio::spawn(async move {
            tokio::select! {
                () = tidying.keep_tidy() => {}
                () = stop.cancelled() => {}
            }
        }));
        let served = listen::serve(listener, door, service, self.stop.clone());
        self.tasks.push(tokio::spawn(served));
    }

    async fn stop(self) {
        self.stop.cancel();
        for task in self.tasks {
            let _ = task.await;
        }
    }
}

/// Lets runs come to rest. Whoever connects meanwhile is told that the process is stopping.
async fn drain(
    runner: &Runner<SledStore, Sandbox>,
    settings: &Settings,
    signals: &mut Signals,
) -> Outcome {
    tracing::info!("draining; another signal ends it at once");
    let timeout = Duration::from_millis(settings.drain_timeout_ms);
    tokio::select! {
        biased;
        done = runner.drain(timeout) => {
            if !done {
                tracing::warn!("some runs are not at rest: they go on after the next start");
            }
            Ok(())
        }
        () = signals.wait() => Err(Stop::new(Code::Interrupted, "interrupted while draining")),
    }
}

/// What ends a daemon.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    /// Has the manifests read again.
    hangup: Signal,
}

impl Signals {
    fn new() -> Outcome<Self> {
        let of = |kind| signal(kind).map_err(Stop::environment);
        Ok(Self {
            terminate: of(SignalKind::terminate())?,
            interrupt: of(SignalKind::interrupt())?,
            hangup: of(SignalKind::hangup())?,
        })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
