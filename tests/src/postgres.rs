//! A PostgreSQL server of one's own: as Debian packages it, in a temporary folder, on a free port, with TLS by a
//! certificate of its own and logins by SCRAM. Dropping it ends the server.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
};
use rustix::process::{Pid, Signal, WaitOptions, getuid, kill_process, waitpid};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::foreign::pem;

/// Who may do everything.
pub const ADMIN: &str = "admin";

/// And with which password.
pub const ADMIN_PASSWORD: &str = "correct horse battery staple";

/// Who logs in with a certificate instead of a password.
pub const CERTIFIED: &str = "certified";

/// Everybody else has to have a password.
const LOGINS: &str = "host all all all scram-sha-256\n";

/// With TLS.
const WITH_TLS: &str = "ssl = on\nssl_ca_file = 'authority.crt'\n";

/// Where packages put servers of any version.
const VERSIONS: &str = "/usr/lib/postgresql";

/// The server does not run as root. Debian's package makes the first of these; the other is everywhere.
const USERS: [&str; 2] = ["postgres", "nobody"];

/// Longest start or end, on a machine that may be busy.
const PATIENCE: Duration = Duration::from_secs(120);

/// Ports that are tried at most.
const PORTS_TRIED: usize = 5;

/// What it says when it can be asked.
const READY: &str = "database system is ready to accept connections";

/// A server.
pub struct Server {
    port: u16,
    /// The authority that its certificate is of, in PEM.
    pub authority: String,
    /// A certificate of that authority for [`CERTIFIED`], and its key; both PEM.
    pub certified: (String, String),
    child: Option<Child>,
    owner: Option<(u32, u32)>,
    data: PathBuf,
    folder: TempDir,
}

impl Server {
    /// Sets one up and starts it, with TLS.
    ///
    /// # Errors
    /// Where there is no PostgreSQL, or it does not start.
    pub async fn start() -> Result<Self> {
        Self::start_with(WITH_TLS).await
    }

    /// The same without TLS.
    ///
    /// # Errors
    /// As above.
    pub async fn start_without_tls() -> Result<Self> {
        Self::start_with("ssl = off\n").await
    }

    /// A port that was free may be somebody else's a moment later: then another one is tried.
    async fn start_with(settings: &str) -> Result<Self> {
        let mut started = Self::try_to_start(settings).await;
        for _ in 1..PORTS_TRIED {
            match started {
                Err(error) if format!("{error:#}").contains("Address already in use") => {
                    started = Self::try_to_start(settings).await;
                }
                other => return other,
            }
        }
        started
    }

    async fn try_to_start(settings: &str) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
        let owner = if getuid().is_root() {
            Some(user()?)
        } else {
            None
        };
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let mut server = Self {
            port,
            authority: String::new(),
            certified: (String::new(), String::new()),
            child: None,
            owner,
            data: folder.path().join("data"),
            folder,
        };
        server.set_up(settings).await?;
        server.run().await?;
        Ok(server)
    }

    async fn set_up(&mut self, settings: &str) -> Result<()> {
        fs::create_dir(&self.data)?;
        self.give(&self.data)?;
        let password = self.folder.path().join("password");
        fs::write(&password, ADMIN_PASSWORD)?;
        self.give(&password)?;
        let mut initdb = self.command("initdb")?;
        initdb
            .args([
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
            ])
            .arg(format!("--username={ADMIN}"))
            .arg(format!("--pwfile={}", password.display()))
            .arg("--pgdata")
            .arg(&self.data);
        let output = timeout(PATIENCE, initdb.output())
            .await
            .context("initdb does not end")??;
        ensure!(
            output.status.success(),
            "initdb: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let issued = Issued::new()?;
        self.file("authority.crt", &issued.authority)?;
        self.file("server.crt", &issued.server.0)?;
        self.file("server.key", &issued.server.1)?;
        let certified = match settings == WITH_TLS {
            true => format!("hostssl all {CERTIFIED} all cert\n"),
            false => String::new(),
        };
        self.file("pg_hba.conf", &(certified + LOGINS))?;
        self.authority = issued.authority;
        self.certified = issued.client;
        let port = self.port;
        self.file(
            "postgresql.auto.conf",
            &format!(
                "listen_addresses = '127.0.0.1'\nport = {port}\nunix_socket_directories = ''\n\
                 fsync = off\nshared_buffers = 16MB\nmax_connections = 40\n{settings}"
            ),
        )
    }

    /// A file of the server's alone.
    fn file(&self, name: &str, text: &str) -> Result<()> {
        let path = self.data.join(name);
        fs::write(&path, text)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        self.give(&path)
    }

    fn give(&self, path: &Path) -> Result<()> {
        if let Some((user, group)) = self.owner {
            chown(path, Some(user), Some(group))?;
        }
        Ok(())
    }

    /// A program of the server's, run as it runs.
    fn command(&self, name: &str) -> Result<Command> {
        let mut command = Command::new(program(name)?);
        command.current_dir(self.folder.path()).kill_on_drop(true);
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        Ok(command)
    }

    /// Starts it, at first or again, and waits until it can be asked.
    ///
    /// # Errors
    /// Where it ends instead.
    pub async fn run(&mut self) -> Result<()> {
        let mut command = self.command("postgres")?;
        command
            .arg("-D")
            .arg(&self.data)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            // It would leave its shared memory behind: see `drop`.
            .kill_on_drop(false);
        let child = command.spawn().context("starting postgres")?;
        let stderr = self.child.insert(child).stderr.take();
        let mut lines = BufReader::new(stderr.context("no stderr")?).lines();
        let mut said = String::new();
        let ready = async {
            while let Some(line) = lines.next_line().await? {
                said.push_str(&line);
                if line.contains(READY) {
                    return Ok(());
                }
                said.push('\n');
            }
            bail!("postgres ended: {said}")
        };
        timeout(PATIENCE, ready)
            .await
            .context("postgres is not ready")??;
        // What it says later has to go somewhere.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(())
    }

    /// Ends it at once, as a crash does: every connection breaks, and what was not committed is gone.
    ///
    /// # Errors
    /// Where it does not end.
    pub async fn crash(&mut self) -> Result<()> {
        let mut child = self.child.take().context("it does not run")?;
        end(&child).context("it has ended")?;
        timeout(PATIENCE, child.wait())
            .await
            .context("postgres does not end")??;
        Ok(())
    }

    /// Where it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Carries SQL out as the administrator, by `psql`, and gives what it prints: rows without any frame.
    ///
    /// # Errors
    /// What the server says.
    pub async fn sql(&self, sql: &str) -> Result<String> {
        let mut psql = Command::new(program("psql")?);
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"])
            .args([
                "--set=ON_ERROR_STOP=1",
                "--host=127.0.0.1",
                "--command",
                sql,
            ])
            .arg(format!("--port={}", self.port))
            .arg(format!("--username={ADMIN}"))
            .arg("postgres")
            .env("PGPASSWORD", ADMIN_PASSWORD)
            .env("PGSSLMODE", "prefer");
        let output = timeout(PATIENCE, psql.output()).await??;
        ensure!(
            output.status.success(),
            "{sql}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Its folder goes next, in which it must not work any more.
        if let Some(id) = self.child.as_ref().and_then(end) {
            let _ = waitpid(Some(id), WaitOptions::empty());
        }
    }
}

/// Tells a server to end at once. Killed outright it would leave its children and its shared memory behind.
fn end(child: &Child) -> Option<Pid> {
    let id = Pid::from_raw(i32::try_from(child.id()?).ok()?)?;
    kill_process(id, Signal::QUIT).ok()?;
    Some(id)
}

/// The program of the newest server.
fn program(name: &str) -> Result<PathBuf> {
    let versions = fs::read_dir(VERSIONS).with_context(|| {
        format!("{VERSIONS} does not exist: install PostgreSQL with `scripts/bootstrap test`")
    })?;
    let versions = versions.filter_map(|entry| Some(entry.ok()?.path()));
    let version = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    let programs = versions.map(|path| (version(&path), path.join("bin").join(name)));
    let newest = programs.filter(|(_, path)| path.exists()).max();
    newest
        .map(|(_, path)| path)
        .with_context(|| format!("no `{name}` below {VERSIONS}"))
}

/// Number and group of a user who is not root.
fn user() -> Result<(u32, u32)> {
    let known = fs::read_to_string("/etc/passwd")?;
    let found = USERS.iter().find_map(|user| {
        let mut lines = known
            .lines()
            .map(|line| line.split(':').collect::<Vec<_>>());
        let fields = lines.find(|fields| fields.first() == Some(user))?;
        Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
    });
    found.context("nobody to run the server as")
}

/// An authority and two certificates of it with their keys; all PEM.
struct Issued {
    authority: String,
    server: (String, String),
    client: (String, String),
}

impl Issued {
    fn new() -> Result<Self> {
        let mut authority = CertificateParams::new(Vec::new())?;
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority_key = KeyPair::generate()?;
        let signed = authority.self_signed(&authority_key)?;
        let issuer = Issuer::new(authority, authority_key);
        let issue = |params: &CertificateParams| -> Result<(String, String)> {
            let key = KeyPair::generate()?;
            let certificate = params.signed_by(&key, &issuer)?;
            let key = pem("PRIVATE KEY", &key.serialize_der());
            Ok((pem("CERTIFICATE", certificate.der()), key))
        };
        let mut client = CertificateParams::new(Vec::new())?;
        client.distinguished_name = DistinguishedName::new();
        client
            .distinguished_name
            .push(DnType::CommonName, CERTIFIED);
        Ok(Self {
            authority: pem("CERTIFICATE", signed.der()),
            server: issue(&CertificateParams::new(vec!["127.0.0.1".to_owned()])?)?,
            client: issue(&client)?,
        })
    }
}
