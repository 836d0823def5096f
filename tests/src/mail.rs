//! Mail servers of one's own: aiosmtpd and Dovecot, on free ports, in a temporary folder. What the first takes
//! lies in the mailbox that the second serves.

use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::CertifiedKey;
use rustix::process::{getgid, getuid};
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::client::ANSWER_MAX;
use crate::paths;

/// Who has the mailbox.
pub const USER: &str = "ann";

/// What it is opened with.
pub const PASSWORD: &str = "canary-3fd9-Pa55";

/// Where a system keeps nobody's: a mailbox cannot be root's.
const NOBODY: u32 = 65_534;

const DOVECOT: &str = "/usr/sbin/dovecot";

/// Both servers; they end with it.
pub struct Servers {
    folder: TempDir,
    certificate: String,
    ports: Ports,
    imap: u16,
    imaps: u16,
    submission: u16,
    _smtp: Child,
    _dovecot: Child,
}

/// Of the SMTP server.
#[derive(Deserialize)]
struct Ports {
    starttls: u16,
    tls: u16,
    plain: u16,
}

/// Which SMTP server a connection leads to.
#[derive(Clone, Copy, Debug)]
pub enum Smtp {
    /// Wants STARTTLS and a login.
    Starttls,
    /// Is encrypted from the first byte on, and wants a login.
    Tls,
    /// Offers neither.
    Plain,
    /// Dovecot's, which wants STARTTLS and a login, and hands on to the plain one.
    Submission,
}

impl Servers {
    /// Starts both.
    ///
    /// # Errors
    /// Where one of them does not start.
    pub async fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let path = folder.path();
        let certificate = certificate(path)?;
        std::fs::write(path.join("users"), format!("{USER}:{{PLAIN}}{PASSWORD}\n"))?;
        let owner = match getuid().is_root() {
            true => (NOBODY, NOBODY),
            false => (getuid().as_raw(), getgid().as_raw()),
        };
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))?;
        chown(path, Some(owner.0), Some(owner.1))?;
        let (smtp, ports) = smtp(path, owner).await?;
        let [imap, imaps, submission] = [free_port()?, free_port()?, free_port()?];
        let words = [
            ("RELAY_PORT", ports.plain.to_string()),
            ("IMAP_PORT", imap.to_string()),
            ("IMAPS_PORT", imaps.to_string()),
            ("SUBMISSION_PORT", submission.to_string()),
        ];
        let dovecot = dovecot(path, owner, &words).await?;
        Ok(Self {
            folder,
            certificate,
            ports,
            imap,
            imaps,
            submission,
            _smtp: smtp,
            _dovecot: dovecot,
        })
    }

    /// The port of an SMTP server.
    #[must_use]
    pub fn port(&self, smtp: Smtp) -> u16 {
        match smtp {
            Smtp::Starttls => self.ports.starttls,
            Smtp::Tls => self.ports.tls,
            Smtp::Plain => self.ports.plain,
            Smtp::Submission => self.submission,
        }
    }

    /// Settings of a connection, which reads by `imap` with STARTTLS, or by `imaps`.
    #[must_use]
    pub fn settings(&self, smtp: Smtp, imaps: bool) -> Value {
        let smtp_tls = if let Smtp::Tls = smtp {
            "tls"
        } else {
            "starttls"
        };
        let (imap_port, imap_tls) = if imaps {
            (self.imaps, "tls")
        } else {
            (self.imap, "starttls")
        };
        json!({
            "smtp-host": "127.0.0.1", "smtp-port": self.port(smtp), "smtp-tls": smtp_tls,
            "imap-host": "127.0.0.1", "imap-port": imap_port, "imap-tls": imap_tls,
            "user": USER, "from": "Änn Lee <ann@example.com>", "tls-ca": self.certificate,
        })
    }

    /// What the SMTP server took, an object for each message.
    ///
    /// # Errors
    /// Where that cannot be read.
    pub fn envelopes(&self) -> Result<Vec<Value>> {
        let path = self.folder.path().join("envelopes");
        let text = match path.exists() {
            true => std::fs::read_to_string(path)?,
            false => String::new(),
        };
        text.lines()
            .map(|line| Ok(serde_json::from_str(line)?))
            .collect()
    }

    /// The messages as they lie there.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub fn raw(&self) -> Result<Vec<String>> {
        let mut all = Vec::new();
        for folder in ["new", "cur"] {
            let path = self.maildir().join(folder);
            for entry in std::fs::read_dir(path)? {
                let bytes = std::fs::read(entry?.path())?;
                all.push(String::from_utf8_lossy(&bytes).into_owned());
            }
        }
        Ok(all)
    }

    /// The names of its files, which hold the flags behind a colon.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub fn names(&self) -> Result<Vec<String>> {
        let mut all = Vec::new();
        for folder in ["new", "cur"] {
            for entry in std::fs::read_dir(self.maildir().join(folder))? {
                all.push(entry?.file_name().to_string_lossy().into_owned());
            }
        }
        Ok(all)
    }

    /// Puts a message there, as if it came from somewhere else.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn drop_off(&self, name: &str, message: &str) -> Result<()> {
        let (before, path) = (
            self.maildir().join("tmp").join(name),
            self.maildir().join("new").join(name),
        );
        std::fs::write(&before, message)?;
        if getuid().is_root() {
            chown(&before, Some(NOBODY), Some(NOBODY))?;
        }
        Ok(std::fs::rename(before, path)?)
    }

    /// Forgets which numbers the messages have: they get others, under another UIDVALIDITY.
    ///
    /// # Errors
    /// Where there is nothing to forget.
    pub fn renumber(&self) -> Result<()> {
        for entry in std::fs::read_dir(self.maildir())? {
            let path = entry?.path();
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            if name.starts_with("dovecot") {
                std::fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    fn maildir(&self) -> PathBuf {
        self.folder.path().join(USER)
    }
}

/// Writes a certificate for this machine and its key; gives the certificate.
fn certificate(folder: &Path) -> Result<String> {
    let CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()])?;
    let pem = |label: &str, der: &[u8]| {
        let text = STANDARD.encode(der);
        let lines: Vec<&str> = text
            .as_bytes()
            .chunks(64)
            .filter_map(|line| std::str::from_utf8(line).ok())
            .collect();
        format!(
            "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
            lines.join("\n")
        )
    };
    let certificate = pem("CERTIFICATE", cert.der());
    std::fs::write(folder.join("cert.pem"), &certificate)?;
    std::fs::write(
        folder.join("key.pem"),
        pem("PRIVATE KEY", &signing_key.serialize_der()),
    )?;
    Ok(certificate)
}

async fn smtp(folder: &Path, (uid, gid): (u32, u32)) -> Result<(Child, Ports)> {
    // A link may lead where only its owner may go, so what it names is read by this process.
    let script = std::fs::read_to_string(paths::checked_in("tests/mail/server.py")?)?;
    let mut command = Command::new(paths::mail()?.join("bin/python"));
    command
        .args(["-I", "-c", &script])
        .arg(folder)
        .arg(folder.join("cert.pem"))
        .arg(folder.join("key.pem"))
        .args([USER, PASSWORD])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .kill_on_drop(true);
    let mut child = command.spawn().context("starting the SMTP server")?;
    let mut lines = BufReader::new(child.stdout.take().context("no stdout")?).lines();
    let line = timeout(ANSWER_MAX, lines.next_line()).await??;
    let ports = serde_json::from_str(&line.context("the SMTP server ended")?)?;
    let maildir = folder.join(USER);
    for path in [
        &maildir,
        &maildir.join("new"),
        &maildir.join("cur"),
        &maildir.join("tmp"),
    ] {
        chown(path, Some(uid), Some(gid))?;
    }
    Ok((child, ports))
}

async fn dovecot(folder: &Path, (uid, gid): (u32, u32), words: &[(&str, String)]) -> Result<Child> {
    let own = ("FOLDER", folder.display().to_string());
    // As root it takes rights away from itself, and its package brings the users for that.
    let users = match getuid().is_root() {
        true => [
            "dovenull".to_owned(),
            "dovecot".to_owned(),
            "dovecot".to_owned(),
        ],
        false => {
            let name = |flag| std::process::Command::new("id").arg(flag).output();
            let text = |output: std::process::Output| {
                String::from_utf8_lossy(&output.stdout).trim().to_owned()
            };
            [text(name("-un")?), text(name("-un")?), text(name("-gn")?)]
        }
    };
    let mut config = std::fs::read_to_string(paths::checked_in("tests/mail/dovecot.conf")?)?;
    let [login, internal, group] = users;
    let more = [
        own,
        ("LOGIN_USER", login),
        ("INTERNAL_USER", internal),
        ("INTERNAL_GROUP", group),
        ("UID", uid.to_string()),
        ("GID", gid.to_string()),
    ];
    for (word, value) in more.iter().chain(words) {
        config = config.replace(&format!("{{{word}}}"), value);
    }
    let path = folder.join("dovecot.conf");
    std::fs::write(&path, config)?;
    let mut child = Command::new(DOVECOT)
        .args(["-F", "-c"])
        .arg(&path)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("starting Dovecot: `scripts/bootstrap test` installs it")?;
    let stderr = child.stderr.take().context("no stderr")?;
    timeout(ANSWER_MAX, until_up(stderr)).await??;
    Ok(child)
}

/// Reads the log until it says that Dovecot is up, and goes on reading it: a full pipe would stop Dovecot.
async fn until_up(log: impl AsyncRead + Unpin + Send + 'static) -> Result<()> {
    let mut lines = BufReader::new(log).lines();
    let mut said = String::new();
    while let Some(line) = lines.next_line().await? {
        if line.contains("starting up") {
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Ok(());
        }
        said += &line;
    }
    bail!("Dovecot ended: {said}")
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
