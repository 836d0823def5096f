//! What a guest finds when it is linked. Every plugin can be linked in both ways, whatever it
//! imports: what differs is how far its calls lead.

use wasmtime::Engine;
use wasmtime::component::Linker;

use crate::contract::mortise::plugin as contract;
use crate::guest::{Access, Guest, NO_CALL};
use crate::host::{database, frozen};

/// The two ways to link a plugin.
pub(crate) struct Linkers {
    /// For operations that do something: everything there is, with functions that wait.
    pub working: Linker<Guest>,
    /// For transforms, expressions and `describe`: nothing waits and nothing leads out, so a call is
    /// an ordinary one.
    pub pure: Linker<Guest>,
}

impl Linkers {
    pub fn new(engine: &Engine) -> wasmtime::Result<Self> {
        let mut working = Linker::new(engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut working)?;
        wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut working)?;
        link_contract(&mut working)?;
        contract::http::add_to_linker::<_, Access>(&mut working, |guest| guest)?;
        contract::connection::add_to_linker::<_, Access>(&mut working, |guest| guest)?;
        contract::mail::add_to_linker::<_, Access>(&mut working, |guest| guest)?;
        contract::mailbox::add_to_linker::<_, Access>(&mut working, |guest| guest)?;
        contract::sql::add_to_linker::<_, Access>(&mut working, |guest| guest)?;

        let mut pure = Linker::new(engine);
        wasmtime_wasi::p2::add_to_linker_sync(&mut pure)?;
        wasmtime_wasi_http::p2::add_only_http_to_linker_sync(&mut pure)?;
        frozen::link(&mut pure)?;
        link_contract(&mut pure)?;
        refuse_connections(&mut pure)?;
        refuse_mail(&mut pure)?;
        pure.instance("mortise:plugin/http@0.1.0")?.func_wrap(
            "send",
            |_, _: (contract::http::Request,)| {
                let text = "a transform reaches nothing: make the request in a step of its own";
                let refusal = contract::http::Error::Denied(text.to_owned());
                Ok((Err::<contract::http::Response, _>(refusal),))
            },
        )?;
        pure.instance("mortise:plugin/sql@0.1.0")?.func_wrap(
            "transact",
            |_, _: (Vec<contract::sql::Statement>,)| {
                let refusal = database::refused(
                    "a transform reaches nothing: ask the database in a step of its own",
                );
                Ok((Err::<Vec<contract::sql::Rows>, _>(refusal),))
            },
        )?;
        Ok(Self { working, pure })
    }
}

/// A transform has no connection. The functions for those that have one wait, and nothing here does.
fn refuse_connections(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    type Signing = (String, contract::connection::Algorithm, Vec<u8>);
    type Verifying = (String, contract::connection::Algorithm, Vec<u8>, Vec<u8>);
    let refused = || wasmtime::format_err!(NO_CALL);
    let mut connection = linker.instance("mortise:plugin/connection@0.1.0")?;
    connection.func_wrap("settings", move |_, (): ()| Err::<(String,), _>(refused()))?;
    connection.func_wrap("sign", move |_, _: Signing| {
        Err::<(Result<Vec<u8>, String>,), _>(refused())
    })?;
    connection.func_wrap("verify", move |_, _: Verifying| {
        Err::<(Result<bool, String>,), _>(refused())
    })
}

/// A transform sends and reads no mail.
fn refuse_mail(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    const WHY: &str = "a transform reaches nothing: send and read mail in a step of its own";
    let why = || WHY.to_owned();
    let mut mail = linker.instance("mortise:plugin/mail@0.1.0")?;
    mail.func_wrap("send", move |_, _: (contract::mail::Message,)| {
        let error = contract::mail::Error {
            code: None,
            sent: false,
            message: why(),
        };
        Ok((Err::<String, _>(error),))
    })?;
    mail.func_wrap("deliver", move |_, _: (contract::mail::Message, bool)| {
        let problem = contract::mail::Problem::Denied(why());
        Ok((Err::<contract::mail::Receipt, _>(problem),))
    })?;
    mail.func_wrap("probe", move |_, (): ()| {
        let problem = contract::mail::Problem::Denied(why());
        Ok((Err::<String, _>(problem),))
    })?;
    let denied = move || contract::mailbox::Error::Denied(why());
    let mut mailbox = linker.instance("mortise:plugin/mailbox@0.1.0")?;
    mailbox.func_wrap("fetch", move |_, _: (contract::mailbox::Query,)| {
        Ok((Err::<contract::mailbox::Found, _>(denied()),))
    })?;
    mailbox.func_wrap("examine", move |_, _: (String,)| {
        Ok((Err::<contract::mailbox::Status, _>(denied()),))
    })?;
    mailbox.func_wrap("mailboxes", move |_, (): ()| {
        Ok((Err::<Vec<String>, _>(denied()),))
    })
}

fn link_contract(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    contract::types::add_to_linker::<_, Access>(linker, |guest| guest)?;
    contract::events::add_to_linker::<_, Access>(linker, |guest| guest)?;
    contract::context::add_to_linker::<_, Access>(linker, |guest| guest)?;
    contract::files::add_to_linker::<_, Access>(linker, |guest| guest)?;
    contract::log::add_to_linker::<_, Access>(linker, |guest| guest)?;
    contract::state::add_to_linker::<_, Access>(linker, |guest| guest)
}

/// Whether the host has an interface of this name; patch versions of WASI do not matter.
pub(crate) fn is_known(import: &str) -> bool {
    let (name, version) = import.split_once('@').unwrap_or((import, ""));
    if let Some(interface) = name.strip_prefix("mortise:plugin/") {
        return version.starts_with("0.1.") && CONTRACT.contains(&interface);
    }
    version.starts_with("0.2.") && WASI.contains(&name)
}

const CONTRACT: [&str; 11] = [
    "types",
    "events",
    "context",
    "http",
    "files",
    "log",
    "state",
    "connection",
    "sql",
    "mail",
    "mailbox",
];

const WASI: [&str; 29] = [
    "wasi:cli/environment",
    "wasi:cli/exit",
    "wasi:cli/stderr",
    "wasi:cli/stdin",
    "wasi:cli/stdout",
    "wasi:cli/terminal-input",
    "wasi:cli/terminal-output",
    "wasi:cli/terminal-stderr",
    "wasi:cli/terminal-stdin",
    "wasi:cli/terminal-stdout",
    "wasi:clocks/monotonic-clock",
    "wasi:clocks/wall-clock",
    "wasi:filesystem/preopens",
    "wasi:filesystem/types",
    "wasi:http/outgoing-handler",
    "wasi:http/types",
    "wasi:io/error",
    "wasi:io/poll",
    "wasi:io/streams",
    "wasi:random/insecure",
    "wasi:random/insecure-seed",
    "wasi:random/random",
    "wasi:sockets/instance-network",
    "wasi:sockets/ip-name-lookup",
    "wasi:sockets/network",
    "wasi:sockets/tcp",
    "wasi:sockets/tcp-create-socket",
    "wasi:sockets/udp",
    "wasi:sockets/udp-create-socket",
];
