//! Every setting of every part: one table, three sources, one typed result.
//!
//! [`table`] names each setting once, with its default's home, its unit and its help; [`source`]
//! reads the file, the environment and the flags over it; [`value`] turns text into values.

pub mod source;
mod table;
mod value;

use std::path::PathBuf;

use mortise_model::Namespace;
pub use source::{Flags, Resolved, resolve};

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// All settings, typed.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `data`
    pub data: Option<PathBuf>,
    /// `workflows`
    pub workflows: Option<PathBuf>,
    /// `workflows.watch`
    pub watch: bool,
    /// `workflows.watch-ms`
    pub watch_ms: u64,
    /// `namespace`; none where nobody names one.
    pub namespace: Option<Namespace>,
    /// `plugins`
    pub plugins: Option<PathBuf>,
    /// `key-file`
    pub key_file: Option<PathBuf>,
    /// `listen`
    pub listen: String,
    /// `admin`
    pub admin: String,
    /// `registry`; none where no registry is served.
    pub registry_address: Option<String>,
    /// `tls.cert-file`
    pub tls_cert_file: Option<PathBuf>,
    /// `tls.key-file`
    pub tls_key_file: Option<PathBuf>,
    /// `tls.look-ms`
    pub tls_look_ms: u64,
    /// `drain-timeout-ms`
    pub drain_timeout_ms: u64,
    /// `threads`
    pub threads: usize,
    /// `log.format`
    pub log_format: LogFormat,
    /// `log.level`
    pub log_level: String,
    /// `ingress.…`
    pub api: mortise_api::Settings,
    /// `registry.…`
    pub registry: mortise_api::registry::Settings,
    /// `runner.…`
    pub runner: mortise_runner::Settings,
    /// `store.…`
    pub store: mortise_store::Settings,
    /// `sandbox.…`
    pub sandbox: mortise_sandbox::Settings,
    /// `egress.…`
    pub egress: mortise_egress::Settings,
    /// `sql.…`
    pub sql: mortise_sql::Settings,
    /// `oci.…`
    pub oci: mortise_registry::client::Settings,
}

impl Settings {
    /// The namespace that a command is about.
    pub fn namespace(&self) -> Namespace {
        let named = self.namespace.clone();
        named.unwrap_or_else(Namespace::default_namespace)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            data: None,
            workflows: None,
            watch: false,
            watch_ms: 1_000,
            namespace: None,
            plugins: None,
            key_file: None,
            listen: "127.0.0.1:8080".to_owned(),
            admin: "127.0.0.1:8081".to_owned(),
            registry_address: None,
            tls_cert_file: None,
            tls_key_file: None,
            tls_look_ms: 10_000,
            // Within what service managers commonly wait before they kill.
            drain_timeout_ms: 25_000,
            threads: std::thread::available_parallelism().map_or(2, usize::from),
            log_format: LogFormat::Text,
            log_level: "info".to_owned(),
            api: mortise_api::Settings::default(),
            registry: mortise_api::registry::Settings::default(),
            runner: mortise_runner::Settings::default(),
            store: mortise_store::Settings::default(),
            sandbox: mortise_sandbox::Settings::default(),
            egress: mortise_egress::Settings::default(),
            sql: mortise_sql::Settings::default(),
            oci: mortise_registry::client::Settings::default(),
        }
    }
}
