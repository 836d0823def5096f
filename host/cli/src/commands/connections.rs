//! `mortise connections` and `mortise keys`

pub mod secrets;
mod shown;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use mortise_api::callback::{self, Callback};
use mortise_api::connections::{
    Add as NewConnection, Authorize, Link, Order, Rotate, RotateKey, Try,
};
use mortise_model::Json;
use mortise_model::connection::Rate;
use mortise_vault::oauth2::challenge;
use serde_json::Value;
use zeroize::Zeroizing;

use secrets::{Secrets, ms, rate};
use shown::{print, said};

use super::input;
use super::said::system_user;
use crate::access::connections::keep;
use crate::args::{Data, From, InNamespace, folders};
use crate::daemon::new_token;
use crate::exit::{Code, Outcome, Stop};
use crate::output::{self, cell};
use crate::progress;

/// Commands about connections that have secrets.
#[derive(Subcommand)]
pub enum Connections {
    /// Make a connection; its secrets are sealed, and no command shows them again
    #[command(
        after_help = "Examples:\n  mortise connections add crm --plugin mortise/http --origin https://api.example.com --secret token=env:CRM_TOKEN --data data\n  pass show erp | mortise connections add erp --plugin mortise/http --origin https://erp.example.com --secret user=env:ERP_USER --secret password=- --data data\n\nThe key that seals them: MORTISE_KEY_FILE names a file outside of the data folder, such as\n`openssl rand -base64 32 > key` makes. A daemon reads its manifests again with `mortise workflows reload`."
    )]
    Add(Add),
    /// List them, with what may be said of their secrets
    #[command(after_help = "Example:\n  mortise connections list --data data")]
    List(List),
    /// Use the credential, and say whether the application takes it, and whose it is
    #[command(
        after_help = "Examples:\n  mortise connections test crm --data data\n  mortise connections test crm --path /v1/me --data data\n\nThe plugin's `check` knows how; where it has none, or a path is named, a GET below the first origin does, and\n401, 403 and 407 mean that the application does not take the credential. Exit code 1 then."
    )]
    Test(Test),
    /// Have a person agree to it: prints the link that the person opens, and waits
    #[command(
        after_help = "Example:\n  mortise connections authorize books --data data\n\nFor connections with OAuth 2.0. The application sends the person back to http://ADDRESS/callback, which this\ncommand serves until then; register that address with the application, and choose it with `--listen`.\nWhere the application only knows an address in front of it, name that with `--redirect-uri`."
    )]
    Authorize(AuthorizeOne),
    /// Put other secrets in the place of those that are there
    #[command(
        after_help = "Example:\n  mortise connections rotate crm --secret token=file:/run/secrets/crm --data data\n  mortise connections rotate shop --secret signing-secret=- --overlap 1d --data data"
    )]
    Rotate(RotateOne),
    /// Remove a connection with its secrets
    #[command(after_help = "Example:\n  mortise connections remove crm --data data")]
    Remove(Named),
}

/// Commands about the key of the secrets.
#[derive(Subcommand)]
pub enum Keys {
    /// Seal the secrets with another key
    #[command(
        after_help = "Example:\n  openssl rand -base64 32 > new-key\n  mortise keys rotate --to new-key --data data\n\nFrom the next start on MORTISE_KEY_FILE has to name the new file. Secrets themselves stay as they are."
    )]
    Rotate(RotateKeys),
}

/// Makes one.
#[derive(Args)]
pub struct Add {
    /// The name that steps use
    name: String,
    /// The plugin that it is for
    #[arg(long, value_name = "NAME")]
    plugin: String,
    /// The authentication scheme, where several take these secrets: see `mortise plugin inspect`
    #[arg(long, value_name = "ID")]
    scheme: Option<String>,
    /// What the plugin may read of the connection, as a JSON object
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// Where its steps and its secrets may go: scheme, host and port [default: where its plugin says]
    #[arg(long = "origin", value_name = "URL")]
    origins: Vec<String>,
    #[command(flatten)]
    secrets: Secrets,
    /// How often the application may be asked, such as `10/1s`
    #[arg(long, value_name = "N/TIME", value_parser = rate)]
    rate: Option<Rate>,
    /// Who answers for it [default: the system user's name]
    #[arg(long, value_name = "NAME")]
    owner: Option<String>,
    /// Folder of the plugins, where no daemon runs [env: MORTISE_PLUGINS]
    #[arg(long, value_name = "DIR")]
    plugins: Option<PathBuf>,
    /// Data folder of the daemon, made where it is missing [env: MORTISE_DATA]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(flatten)]
    namespace: InNamespace,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Lists them.
#[derive(Args)]
pub struct List {
    #[command(flatten)]
    data: Data,
}

/// Tries one.
#[derive(Args)]
pub struct Test {
    /// The connection
    name: String,
    /// Send a GET there, below the first origin, instead of what the plugin does
    #[arg(long, default_value = "", hide_default_value = true)]
    path: String,
    /// Folder of the plugins, where no daemon runs [env: MORTISE_PLUGINS]
    #[arg(long, value_name = "DIR")]
    plugins: Option<PathBuf>,
    #[command(flatten)]
    data: Data,
}

/// Replaces secrets.
#[derive(Args)]
pub struct RotateOne {
    /// The connection
    name: String,
    #[command(flatten)]
    secrets: Secrets,
    /// How long signatures with the former secrets are still taken, such as `1d`
    #[arg(long, value_name = "TIME", value_parser = ms, default_value = "0s")]
    overlap: u64,
    #[command(flatten)]
    data: Data,
}

/// Has a person agree.
#[derive(Args)]
pub struct AuthorizeOne {
    /// The connection
    name: String,
    /// Address that serves the callback; port 0 takes any
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8765")]
    listen: String,
    /// The callback as the application knows it [default: http://ADDR/callback]
    #[arg(long, value_name = "URL")]
    redirect_uri: Option<String>,
    /// How long to wait for the person
    #[arg(long, value_name = "TIME", value_parser = ms, default_value = "10m")]
    timeout: u64,
    #[command(flatten)]
    data: Data,
}

/// Names one.
#[derive(Args)]
pub struct Named {
    /// The connection
    name: String,
    #[command(flatten)]
    data: Data,
}

/// Names another key.
#[derive(Args)]
pub struct RotateKeys {
    /// The file with the new key
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    #[command(flatten)]
    data: Data,
}

/// Does what was asked about connections.
///
/// # Errors
/// Where the data folder or the key cannot be used, or there is no such connection.
pub async fn run(connections: Connections) -> Outcome {
    match connections {
        Connections::Add(add) => self::add(add).await,
        Connections::List(list) => {
            let listed = keep(&list.data.resolve()?.settings, Order::List).await?;
            print(&listed, list.data.json)
        }
        Connections::Test(test) => self::test(test).await,
        Connections::Authorize(one) => authorize(one).await,
        Connections::Rotate(rotate) => {
            let settings = rotate.data.resolve()?.settings;
            let order = Rotate {
                secrets: rotate.secrets.read()?,
                overlap_ms: rotate.overlap,
            };
            let rotated = keep(&settings, Order::Rotate(rotate.name, order)).await?;
            said(&rotated, "rotated", rotate.data.json)
        }
        Connections::Remove(named) => {
            let settings = named.data.resolve()?.settings;
            let removed = keep(&settings, Order::Remove(named.name)).await?;
            said(&removed, "removed", named.data.json)
        }
    }
}

/// Does what was asked about the key.
///
/// # Errors
/// Where the key that is there does not open the secrets, or the new one is none.
pub async fn run_keys(keys: Keys) -> Outcome {
    let Keys::Rotate(rotate) = keys;
    let settings = rotate.data.resolve()?.settings;
    // The daemon stands elsewhere.
    let file = std::path::absolute(&rotate.to).map_err(Stop::environment)?;
    let shown = file.display().to_string();
    let order = RotateKey {
        file: shown.clone(),
    };
    let done = keep(&settings, Order::RotateKey(order)).await?;
    if rotate.data.json {
        return output::json(&done);
    }
    output::text(&match done.get("rotated") == Some(&Value::Bool(true)) {
        true => format!("sealed with the key of {shown}: let MORTISE_KEY_FILE name it from now on"),
        false => "there are no secrets yet".to_owned(),
    })
}

async fn add(add: Add) -> Outcome {
    // `--settings` is the connection's here; the file of settings comes from the environment.
    let mut flags = folders(&[("data", &add.data), ("plugins", &add.plugins)]);
    add.namespace.add(&mut flags);
    let settings = From::default().resolve(&flags)?.settings;
    let described = match &add.settings {
        Some(path) => object(path)?,
        None => Json::parse("{}").map_err(Stop::defect)?,
    };
    let order = NewConnection {
        name: add.name,
        plugin: add.plugin,
        scheme: add.scheme,
        settings: described,
        origins: add.origins,
        rate: add.rate,
        owner: add.owner.unwrap_or_else(system_user),
        secrets: add.secrets.read()?,
    };
    let made = keep(&settings, Order::Add(order)).await?;
    said(&made, "added", add.json)
}

fn object(path: &std::path::Path) -> Outcome<Json> {
    let shown = path.display();
    let text = String::from_utf8(input::read(path)?)
        .map_err(|_| Stop::usage(format!("`{shown}` is not text in UTF-8")))?;
    let json = Json::parse(text);
    let json = json.map_err(|error| Stop::usage(format!("`{shown}` is not JSON: {error}")))?;
    match json.as_str().trim_start().starts_with('{') {
        true => Ok(json),
        false => Err(Stop::usage(format!("`{shown}` is no JSON object"))),
    }
}

async fn test(test: Test) -> Outcome {
    let mut settings = test.data.resolve()?.settings;
    settings.plugins = test.plugins.or(settings.plugins);
    let order = Order::Try(test.name.clone(), Try { path: test.path });
    let tried = keep(&settings, order).await?;
    let accepted = tried.get("accepted") == Some(&Value::Bool(true));
    if test.data.json {
        output::json(&tried)?;
    } else {
        output::text(&said_of(&tried, accepted))?;
    }
    match accepted {
        true => Ok(()),
        false => Err(Stop::silent(Code::Failed)),
    }
}

fn said_of(tried: &Value, accepted: bool) -> String {
    let of = |path: &[&str]| cell(tried, path);
    let takes = if accepted { "takes" } else { "does not take" };
    if tried.get("plugin").is_none() {
        let (url, status) = (of(&["url"]), of(&["status"]));
        return format!("{url} answers {status}: it {takes} the credential");
    }
    let whose = match accepted {
        true => format!(
            ", that of `{}` ({})",
            of(&["account", "label"]),
            of(&["account", "id"])
        ),
        false => format!(": {}", of(&["why"])),
    };
    format!(
        "`{}` says: the application {takes} the credential{whose}",
        of(&["plugin"])
    )
}

async fn authorize(one: AuthorizeOne) -> Outcome {
    let settings = one.data.resolve()?.settings;
    let made_up = || new_token().map_err(Stop::environment);
    let state = made_up()?;
    // Twice: a verifier has 43 letters at least.
    let verifier = Zeroizing::new(made_up()? + &made_up()?);
    let no_listener = |error| {
        let why = format!("`{}` cannot be listened on: {error}", one.listen);
        Stop::environment(format!("{why}; choose another address with `--listen`"))
    };
    let callback = Callback::listen(&one.listen, &state).await;
    let callback = callback.map_err(no_listener)?;
    let address = callback.address().map_err(no_listener)?;
    let here = format!("http://{address}{}", callback::PATH);
    let redirect_uri = one.redirect_uri.unwrap_or(here);
    let order = Order::Link(
        one.name.clone(),
        Link {
            redirect_uri: redirect_uri.clone(),
            challenge: challenge(&verifier),
            state,
        },
    );
    let link = keep(&settings, order).await?;
    match one.data.json {
        true => output::text(&link.to_string())?,
        false => output::text(&cell(&link, &["url"]))?,
    }
    progress::note("open the link, and agree; waiting for the person to come back");
    let patience = Duration::from_millis(one.timeout);
    let came_back = tokio::time::timeout(patience, callback.wait()).await;
    let came_back = came_back.map_err(|_| Stop::failed("nobody came back in time"))?;
    let mut parameters = came_back.map_err(Stop::environment)?;
    let Some(code) = parameters.remove("code") else {
        let said = |name: &str| parameters.get(name).map(|text| text.escape_debug());
        let words: Vec<_> = ["error", "error_description"]
            .into_iter()
            .filter_map(said)
            .map(|text| text.to_string())
            .collect();
        let why = format!("the application did not agree: {}", words.join(": "));
        return Err(Stop::failed(why));
    };
    let order = Authorize {
        code: Zeroizing::new(code),
        verifier,
        redirect_uri,
        parameters,
    };
    let authorized = keep(&settings, Order::Authorize(one.name, order)).await?;
    said(&authorized, "authorized", one.data.json)
}
