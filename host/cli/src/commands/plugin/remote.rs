//! A registry, as the command line names it: where it is, how it is reached, who asks.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use clap::Args;
use mortise_registry::client::{
    Client, ClientError, Credential, Reference, ReferenceError, Registry, Way, find_credential,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use zeroize::Zeroizing;

use crate::args::From as Sources;
use crate::commands::connections::secrets;
use crate::exit::{Code, Outcome, Stop};
use crate::progress;
use crate::settings::{Flags, Settings};

/// What is left in the environment for it.
const TOKEN_VARIABLE: &str = "MORTISE_REGISTRY_TOKEN";

/// How a registry is reached, for commands that talk to one.
#[derive(Args)]
pub struct Remote {
    /// Token for the registry, from a variable, a file or stdin [env: MORTISE_REGISTRY_TOKEN]
    #[arg(long, value_name = "env:VAR|file:PATH|-")]
    // Read later: what cannot be read may be a secret, and clap repeats it in its error.
    token: Option<String>,
    /// User name that goes with the token, where the registry asks for one
    #[arg(long, value_name = "NAME", default_value = "token")]
    user: String,
    /// Certificate authority in PEM to trust beside the public ones
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Reach the registry by plain http, wherever it is
    #[arg(long)]
    plain_http: bool,
    #[command(flatten)]
    from: Sources,
}

impl Remote {
    /// The settings, with what the environment and the file say.
    ///
    /// # Errors
    /// Where a value does not fit.
    pub fn settings(&self) -> Outcome<Settings> {
        self.settings_with(&Flags::new())
    }

    /// The settings, with these flags over all else.
    ///
    /// # Errors
    /// Where a value does not fit.
    pub fn settings_with(&self, flags: &Flags) -> Outcome<Settings> {
        Ok(self.from.resolve(flags)?.settings)
    }

    fn way(&self) -> Way {
        Way {
            plain_http: self.plain_http,
            tls: self.ca.is_some(),
        }
    }

    /// Reads where a plugin lies.
    ///
    /// # Errors
    /// `Usage` where it is no such place.
    pub fn reference(&self, text: &str) -> Outcome<Reference> {
        Reference::parse(text, self.way()).map_err(unread)
    }

    /// Reads which registry.
    ///
    /// # Errors
    /// `Usage` where it is none.
    pub fn registry(&self, text: &str) -> Outcome<Registry> {
        Registry::parse(text, self.way()).map_err(unread)
    }

    /// A client for a registry, with the login for a repository of it. Blocks.
    ///
    /// # Errors
    /// Where a token or a certificate cannot be read.
    pub fn client(
        &self,
        settings: &Settings,
        registry: &Registry,
        repository: &str,
    ) -> Outcome<Client> {
        let credential = self.credential(registry, repository)?;
        let mut egress = settings.egress.clone();
        if let Some(ca) = &self.ca {
            egress.extra_roots.extend(certificates(ca)?);
        }
        let oci = settings.oci.clone();
        Client::new(registry, credential, oci, &egress).map_err(Stop::environment)
    }

    /// What is named, else what is in the environment, else what other tools left behind.
    fn credential(&self, registry: &Registry, repository: &str) -> Outcome<Option<Credential>> {
        let basic = |password: Zeroizing<String>| {
            let user = self.user.clone();
            Some(Credential::Basic { user, password })
        };
        if let Some(token) = &self.token {
            return Ok(basic(secrets::read("--token", token)?));
        }
        let variable = std::env::var(TOKEN_VARIABLE).unwrap_or_default();
        if !variable.is_empty() {
            return Ok(basic(Zeroizing::new(variable)));
        }
        for file in logins() {
            let Ok(text) = std::fs::read(&file).map(Zeroizing::new) else {
                continue;
            };
            match find_credential(&text, registry.host(), repository) {
                Ok(None) => {}
                Ok(found) => return Ok(found),
                // Somebody else's file: it may be of no use, and is not ours to complain about.
                Err(error) => progress::note(format!(
                    "warning: `{}` is left out: {error}",
                    file.display()
                )),
            }
        }
        Ok(None)
    }
}

/// Where docker and podman keep what was logged in with.
fn logins() -> Vec<PathBuf> {
    let variable = |name: &str| {
        let value = std::env::var_os(name).filter(|value| !value.is_empty());
        value.map(PathBuf::from)
    };
    let home = variable("HOME");
    let config = variable("XDG_CONFIG_HOME").or_else(|| Some(home.clone()?.join(".config")));
    let docker = variable("DOCKER_CONFIG").or_else(|| Some(home?.join(".docker")));
    let podman = "containers/auth.json";
    [
        variable("REGISTRY_AUTH_FILE"),
        docker.map(|folder| folder.join("config.json")),
        variable("XDG_RUNTIME_DIR").map(|folder| folder.join(podman)),
        config.map(|folder| folder.join(podman)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn certificates(file: &Path) -> Outcome<Vec<CertificateDer<'static>>> {
    let unread = |why: String| Stop::usage(format!("`--ca {}`: {why}", file.display()));
    let read = CertificateDer::pem_file_iter(file).map_err(|error| unread(error.to_string()))?;
    let read = read.collect::<Result<Vec<_>, _>>();
    let read = read.map_err(|error| unread(error.to_string()))?;
    if read.is_empty() {
        return Err(unread("it holds no certificate in PEM".to_owned()));
    }
    Ok(read)
}

fn unread(error: ReferenceError) -> Stop {
    let code = match error {
        ReferenceError::PlainHttp(_) => Code::NotAllowed,
        _ => Code::Usage,
    };
    Stop::new(code, error)
}

impl From<ClientError> for Stop {
    fn from(error: ClientError) -> Self {
        let code = match &error {
            ClientError::Unreachable { .. }
            | ClientError::Unwell { .. }
            | ClientError::Strange { .. } => Code::Environment,
            ClientError::Unauthorized { .. } | ClientError::Denied { .. } => Code::NotAllowed,
            ClientError::NotFound { .. } => Code::NotFound,
            ClientError::Refused { .. }
            | ClientError::Damaged { .. }
            | ClientError::TooLarge { .. }
            | ClientError::Artifact(_)
            | ClientError::Signature(_) => Code::Failed,
        };
        Self::new(code, error)
    }
}

/// Says how far an upload has come, to whoever looks.
pub fn tell(done: u64, whole: u64) {
    const MIB: u64 = 1024 * 1024;
    if whole > MIB && std::io::stderr().is_terminal() {
        let (done, whole) = (done / MIB, whole.div_ceil(MIB));
        progress::note(format!("pushed {done} of {whole} MiB"));
    }
}
