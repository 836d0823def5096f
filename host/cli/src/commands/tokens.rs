//! `mortise tokens`

use clap::{Args, Subcommand};
use mortise_api::tokens::{LIFE_DEFAULT, Make};
use serde_json::Value;

use crate::access::Access;
use crate::args::Data;
use crate::exit::Outcome;
use crate::output::{self, cell, list};
use crate::progress;

/// Commands about tokens.
#[derive(Subcommand)]
pub enum Tokens {
    /// Make a token; its text is printed once, and no command shows it again
    #[command(
        after_help = "Examples:\n  mortise tokens create --scope read --expires 90d --note dashboard --data data\n  mortise tokens create --scope read,run --namespace billing --data data --json\n\nread: look at everything but tokens and the audit log. run: start runs, cancel, replay, discard,\ndecide. deploy: reload, pause, resume, move. secrets: connections. registry:pull and registry:push:\nplugins of the registry. admin: all of it, tokens and the audit log."
    )]
    Create(Create),
    /// List them, without their texts
    #[command(after_help = "Example:\n  mortise tokens list --data data")]
    List(List),
    /// Revoke a token: it opens nothing any more
    #[command(
        after_help = "Example:\n  mortise tokens revoke 01J9Z3NDEKTSV4RRFFQ69G5FAV --data data"
    )]
    Revoke(Revoke),
}

/// Makes one.
#[derive(Args)]
pub struct Create {
    /// What it may: `read`, `run`, `deploy`, `secrets`, `registry:pull`, `registry:push` or `admin`, or several with commas between
    #[arg(long, value_name = "SCOPE")]
    scope: String,
    /// How long it lives
    #[arg(long, value_name = "TIME", default_value = LIFE_DEFAULT)]
    expires: String,
    /// It is for all namespaces, and not only for one
    #[arg(long)]
    all_namespaces: bool,
    /// What it is for
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    note: String,
    #[command(flatten)]
    data: Data,
}

/// Lists them.
#[derive(Args)]
pub struct List {
    #[command(flatten)]
    data: Data,
}

/// Revokes one.
#[derive(Args)]
pub struct Revoke {
    /// Its id, as `tokens list` prints it
    id: String,
    #[command(flatten)]
    data: Data,
}

/// Does what was asked about tokens.
///
/// # Errors
/// Where the data folder cannot be used, or there is no such token.
pub async fn run(tokens: Tokens) -> Outcome {
    match tokens {
        Tokens::Create(create) => self::create(create).await,
        Tokens::List(list) => {
            let access = Access::find(&list.data.resolve()?.settings).await?;
            print(&access.tokens().await?, list.data.json)
        }
        Tokens::Revoke(revoke) => {
            let access = Access::find(&revoke.data.resolve()?.settings).await?;
            let revoked = access.revoke_token(&revoke.id).await?;
            if revoke.data.json {
                return output::json(&revoked);
            }
            output::text(&format!("{} revoked", cell(&revoked, &["id"])))
        }
    }
}

async fn create(create: Create) -> Outcome {
    let settings = create.data.resolve()?.settings;
    let make = Make {
        scope: create.scope,
        expires: create.expires,
        all_namespaces: create.all_namespaces,
        note: create.note,
    };
    let access = Access::find(&settings).await?;
    let made = access.make_token(make, &settings.api).await?;
    if create.data.json {
        return output::json(&made);
    }
    let of = |name: &str| cell(&made, &[name]);
    progress::note(format!(
        "token {} with {} until {}: keep it, it is not shown again",
        of("id"),
        of("scope"),
        of("expires_at")
    ));
    output::text(&of("token"))
}

fn print(listed: &Value, json: bool) -> Outcome {
    if json {
        return output::json(listed);
    }
    let rows: Vec<Vec<String>> = list(listed, "items").map(row).collect();
    let head = ["ID", "SCOPE", "NAMESPACE", "EXPIRES", "BY", "NOTE"];
    output::table(&head, &rows)
}

fn row(token: &Value) -> Vec<String> {
    let of = |name: &str| cell(token, &[name]);
    let namespace = match of("namespace").as_str() {
        "-" => "(all)".to_owned(),
        name => name.to_owned(),
    };
    let expires = match token.get("expired") {
        Some(Value::Bool(true)) => format!("{} (expired)", of("expires_at")),
        _ => of("expires_at"),
    };
    vec![
        of("id"),
        of("scope"),
        namespace,
        expires,
        of("by"),
        of("note"),
    ]
}
