//! What can be written on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::commands::{
    approvals, audit, check, compile_component, connections, init, lock, parked, plugin, run, runs,
    serve, settings, test, tokens, workflows,
};
use crate::exit::Outcome;
use crate::settings::{Flags, Resolved, resolve};

const LONG_ABOUT: &str = "\
Loads connectors and transforms as sandboxed WebAssembly components, wires them into workflows \
from manifests, and loses no event that it accepted.

Every flag that names a folder or an address, and every setting, also comes from the environment: \
`--data` is MORTISE_DATA, `runner.lanes` is MORTISE_RUNNER_LANES. A flag counts before the \
environment, the environment before the settings file. `mortise settings` lists them all.";

const EXIT_CODES: &str = "\
Exit codes:
  0 done; 1 the thing asked about failed; 2 wrong usage; 3 no such run, workflow, plugin or
  connection; 4 not allowed; 5 the environment refuses; 6 storage failed, process stopped;
  70 a defect of mortise; 130 interrupted";

/// An integration engine: events go in, sandboxed plugins do the work.
#[derive(Parser)]
#[command(name = "mortise", version, about, long_about = LONG_ABOUT, after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Subcommand)]
pub enum Command {
    /// Begin with workflows that work: `mortise init DIR --template NAME`
    Init(init::Init),
    /// Run the daemon: take events and carry their runs
    Serve(serve::Serve),
    /// Run one workflow once, without a daemon, and print its output
    Run(run::Run),
    /// Check manifests and say everything that is wrong with them
    Check(check::Check),
    /// Run the tests of manifests, with mocks and virtual time
    Test(test::Test),
    /// Pin the plugins of the manifests to what is in the plugins folder
    Lock(lock::Lock),
    /// Print the JSON Schema of manifests, for editors
    Schema,
    /// Look at runs, stop and move them
    #[command(subcommand)]
    Runs(runs::Runs),
    /// Look at parked runs, let them go on or give them up
    #[command(subcommand)]
    Parked(parked::Parked),
    /// Look at what runs ask people for, and decide it
    #[command(subcommand)]
    Approvals(approvals::Approvals),
    /// Look at workflows, start, pause and reload them
    #[command(subcommand)]
    Workflows(workflows::Workflows),
    /// Make connections that have secrets, list, try, rotate and remove them
    #[command(subcommand)]
    Connections(connections::Connections),
    /// Change the key of the secrets
    #[command(subcommand)]
    Keys(connections::Keys),
    /// Make tokens for the admin listener, list and revoke them
    #[command(subcommand)]
    Tokens(tokens::Tokens),
    /// Look at what people did, and whether the log of it is whole
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Write, build, test, publish and look into plugins
    #[command(subcommand)]
    Plugin(plugin::Plugin),
    /// Run calls of plugins for the process that started this one
    #[command(hide = true)]
    Worker,
    /// List every setting, its value and where it comes from
    Settings(settings::List),
    /// Compile the component on stdin: what the sandbox starts, and nobody else
    #[command(name = mortise_sandbox::compiling::COMMAND, hide = true)]
    CompileComponent(compile_component::Limits),
}

/// Where settings come from, for commands that take them.
#[derive(Args, Clone, Default)]
pub struct From {
    /// Settings file in YAML [env: MORTISE_SETTINGS]
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
}

/// The data folder, for commands that look into it, and how they say what they found.
#[derive(Args, Clone)]
pub struct Data {
    /// Data folder of the daemon [env: MORTISE_DATA]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    #[command(flatten)]
    pub namespace: InNamespace,
    #[command(flatten)]
    pub from: From,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// The namespace, for commands that are about one.
#[derive(Args, Clone, Default)]
pub struct InNamespace {
    /// Namespace that the command is about [default: default] [env: MORTISE_NAMESPACE]
    #[arg(long, value_name = "NAME")]
    pub namespace: Option<String>,
}

impl InNamespace {
    /// Adds the flag to others.
    pub fn add(&self, flags: &mut Flags) {
        let named = self.namespace.clone();
        flags.extend(named.map(|name| ("namespace", name)));
    }
}

impl From {
    /// The settings, with these flags over all else.
    ///
    /// # Errors
    /// Where a value does not fit.
    pub fn resolve(&self, flags: &Flags) -> Outcome<Resolved> {
        // Text that is not UTF-8 fits no setting; saying nothing is saying the default.
        resolve(self.settings.as_deref(), flags, |name| {
            std::env::var(name).ok().filter(|value| !value.is_empty())
        })
    }
}

impl Data {
    /// The settings, with the data folder of the flag.
    ///
    /// # Errors
    /// Where a value does not fit.
    pub fn resolve(&self) -> Outcome<Resolved> {
        let mut flags = folders(&[("data", &self.data)]);
        self.namespace.add(&mut flags);
        self.from.resolve(&flags)
    }
}

/// Flags of paths, those that are given.
pub fn folders(all: &[(&'static str, &Option<PathBuf>)]) -> Flags {
    all.iter()
        .filter_map(|(name, path)| Some((*name, path.as_ref()?.display().to_string())))
        .collect()
}

/// The flag `--isolate`, where it is given.
pub fn isolated(is_given: bool) -> Option<(&'static str, String)> {
    is_given.then(|| ("isolate", "true".to_owned()))
}
