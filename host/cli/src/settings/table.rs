//! The table of settings: each stands here once.

use serde_json::Value;

use super::Settings;
use super::value::{Expected, Setting as _};

/// A row of the table.
pub struct Row {
    /// `runner.lanes`
    pub name: &'static str,
    /// `ms`, `bytes`, `runs`; empty where there is none.
    pub unit: &'static str,
    /// One sentence: lower case, no full stop.
    pub help: &'static str,
    /// Where the value is.
    pub get: fn(&Settings) -> Value,
    /// Puts a value there.
    pub set: fn(&mut Settings, &Value) -> Result<(), Expected>,
}

impl Row {
    /// `MORTISE_RUNNER_LANES`
    pub fn variable(&self) -> String {
        let name = self.name.replace(['.', '-'], "_");
        format!("MORTISE_{}", name.to_ascii_uppercase())
    }
}

/// Rows of `name, unit, place: help`.
macro_rules! rows {
    ($($name:literal, $unit:literal, $first:ident $(.$rest:ident)*: $help:literal;)*) => {
        &[$(Row {
            name: $name,
            unit: $unit,
            help: $help,
            get: |settings| settings.$first$(.$rest)*.show(),
            set: |settings, value| {
                settings.$first$(.$rest)* = super::value::Setting::read(value, $unit)?;
                Ok(())
            },
        }),*]
    };
}

/// Every setting, by part.
pub const ROWS: &[Row] = rows! {
    "data", "", data: "folder of everything that must survive";
    "workflows", "", workflows: "folder of the manifests, with `connections.yaml` and `mortise.lock`";
    "workflows.watch", "", watch: "whether the manifests are read again when a file of their folder changes";
    "workflows.watch-ms", "ms", watch_ms: "how often the folder is looked at";
    "namespace", "", namespace: "namespace that commands are about, a folder beside the manifests; `default` is those that lie in no folder";
    "plugins", "", plugins: "folder of the plugins, a file `NAME.wasm` each";
    "key-file", "", key_file: "file outside of the data folder with the key of the secrets: 32 bytes in base64";
    "listen", "", listen: "address that serves hooks; port 0 takes a free one";
    "admin", "", admin: "address that serves all else; port 0 takes a free one";
    "registry", "", registry_address: "address that serves the registry of plugins; port 0 takes a free one, and without an address none is served";
    "tls.cert-file", "", tls_cert_file: "file in PEM with the certificate of all listeners, followed by those that lead to its root";
    "tls.key-file", "", tls_key_file: "file in PEM with the private key of the certificate";
    "tls.look-ms", "ms", tls_look_ms: "how often those files are looked at for a change";
    "tls.handshake-timeout-ms", "ms", api.tls_handshake_timeout_ms: "from the beginning of a connection to the end of its handshake";
    "drain-timeout-ms", "ms", drain_timeout_ms: "how long runs under way may take to come to rest when the process stops";
    "threads", "threads", threads: "worker threads; by default as many as there are processors";
    "log.format", "", log_format: "how log lines are written: `text` or `json`";
    "log.level", "", log_level: "what is logged: `error`, `warn`, `info`, `debug` or `trace`";

    "ingress.body-max-bytes", "bytes", api.body_max_bytes: "largest body of an event";
    "ingress.body-timeout-ms", "ms", api.body_timeout_ms: "from the end of a request's header to the end of its body";
    "ingress.header-max-bytes", "bytes", api.header_max_bytes: "largest header block of a request";
    "ingress.headers-max", "lines", api.headers_max: "most header lines of a request";
    "ingress.header-timeout-ms", "ms", api.header_timeout_ms: "from the first byte of a request, or from the beginning of the connection, to the end of its header";
    "ingress.idle-timeout-ms", "ms", api.idle_timeout_ms: "how long a connection may stay open between two requests";
    "ingress.answer-timeout-ms", "ms", api.answer_timeout_ms: "how long whoever asked may take nothing of the answer before the connection is cut off";
    "ingress.connections-max", "connections", api.connections_max: "connections open at once on each listener; more wait in the kernel";
    "ingress.connections-per-peer-max", "connections", api.connections_per_peer_max: "of those, the ones from one address, or one /64 of IPv6; more are closed at once";
    "ingress.streams-max", "requests", api.streams_max: "requests under way at once on one connection of HTTP/2";
    "ingress.resets-max", "requests", api.resets_max: "requests that a connection of HTTP/2 may give up, less those that were answered, before it is cut off";
    "ingress.json-depth-max", "levels", api.json_depth_max: "how deep the JSON of an event may nest";
    "admin.print-max-bytes", "bytes", api.print_max_bytes: "a larger value is shown as its digest and size";
    "admin.tokens-max", "tokens", api.tokens_max: "tokens that are kept, expired ones among them";
    "admin.token-life-max-ms", "ms", api.token_life_max_ms: "longest life of a token";
    "admin.failed-logins-max", "tries", api.failed_logins_max: "wrong tokens of one address before it is refused with 429";
    "admin.failed-logins-total-max", "tries", api.failed_logins_total_max: "wrong tokens of all addresses before those that sent one get one try at a time";
    "admin.failed-login-ms", "ms", api.failed_login_ms: "after so long one wrong token is forgotten";

    "hooks.public-url", "url", runner.public_url: "where others reach the hooks listener, for addresses of callbacks; empty means where it is served";

    "registry.policy-file", "", registry.policy_file: "file that says whose signatures count in the registry, and what is approved by itself";
    "registry.any-artifact", "", registry.any_artifact: "whether the registry takes what is neither a plugin nor about one";
    "registry.allow-delete", "", registry.allow_delete: "whether owners may remove tags, manifests and blobs; yanking needs no such leave";
    "registry.anonymous-pull", "", registry.anonymous_pull: "whether everybody may pull, without a token";
    "registry.blob-max-bytes", "bytes", registry.blob_max_bytes: "largest blob of the registry";
    "registry.manifest-max-bytes", "bytes", registry.manifest_max_bytes: "largest manifest of the registry";
    "registry.uploads-max", "uploads", registry.uploads_max: "uploads to the registry under way at once";
    "registry.upload-idle-ms", "ms", registry.upload_idle_ms: "after so long an upload that nobody goes on with is removed";
    "registry.body-idle-ms", "ms", registry.body_idle_ms: "how long a request to the registry may send nothing of its body";
    "registry.unnamed-ms", "ms", registry.unnamed_ms: "how long a blob is kept that no manifest names";
    "registry.repositories-max", "repositories", registry.repositories_max: "repositories of the registry";
    "registry.tags-max", "tags", registry.tags_max: "tags of one repository, versions that were removed among them";

    "runner.lanes", "runs", runner.lanes: "runs that are worked on at the same moment";
    "runner.calls-max", "calls", runner.calls_max: "calls of plugins under way at the same moment, of all runs together";
    "runner.live-max", "runs", runner.live_max: "runs that are accepted and not at rest; past it events are refused with 429";
    "runner.queue-max", "runs", runner.queue_max: "runs of one `concurrency` key that may wait for their turn; past it events are refused with 429";
    "runner.output-max-bytes", "bytes", runner.output_max_bytes: "largest output of a block";
    "runner.run-files-max-bytes", "bytes", runner.run_files_max_bytes: "files of one run, put together; each counts as 4,096 at least";
    "runner.backfill-max", "times", runner.backfill_max: "scheduled times that one backfill fills in";
    "runner.call-depth-max", "levels", runner.call_depth_max: "how deep workflows may call each other";
    "runner.cancel-grace-ms", "ms", runner.cancel_grace_ms: "how long calls of a cancelled run may take to end by themselves";
    "runner.interruptions-max", "times", runner.interruptions_max: "how often a step may end with the host itself before its run is parked";
    "runner.lease-ms", "ms", runner.lease_ms: "how long a claim on a run holds without being renewed";
    "runner.retry-after-max-ms", "ms", runner.retry_after_max_ms: "the longest pause that an application can ask for, with `Retry-After` for example; what it asks beyond that is cut";
    "runner.look-ms", "ms", runner.look_ms: "the longest time without looking at the clock, which somebody may set, and for what others left or is old enough to be removed; at most a third of `runner.lease-ms` counts";
    "runner.retain-ms", "ms", runner.retain_ms: "how long finished runs are kept where the manifest names no `retain`";

    "breaker.failures", "failures", runner.breaker_failures: "so many failures of an application in a row open its circuit breaker";
    "breaker.initial-ms", "ms", runner.breaker_initial_ms: "how long the application is left alone then, at first";
    "breaker.max-ms", "ms", runner.breaker_max_ms: "the longest time that it is left alone";

    "store.cache-bytes", "bytes", store.cache_bytes: "pages of the store that are kept in memory";
    "store.reserve-bytes", "bytes", store.reserve_bytes: "free space that is left alone; below it events are refused with 503";
    "store.record-max-bytes", "bytes", store.record_max_bytes: "largest commit of a run";
    "store.payload-max-bytes", "bytes", store.payload_max_bytes: "largest payload that is kept beside the journal";
    "store.queue-bytes", "bytes", store.queue_bytes: "what may wait to be written; past it callers wait";
    "store.group-bytes", "bytes", store.group_bytes: "most that is made durable at once";
    "store.gather-us", "us", store.gather_us: "how long a group of writes may wait for as many writers as the last one had";
    "store.fresh-bytes", "bytes", store.fresh_bytes: "accepted events that are kept in memory until they are worked on";
    "store.flush-timeout-ms", "ms", store.flush_timeout_ms: "a disk that takes longer counts as failed, and the process stops";

    "sandbox.component-max-bytes", "bytes", sandbox.component_max_bytes: "largest plugin file";
    "sandbox.compile-memory-max-bytes", "bytes", sandbox.compile_memory_max_bytes: "address space that compiling one plugin may take";
    "sandbox.compile-time-max-ms", "ms", sandbox.compile_time_max_ms: "processor time that compiling one plugin may take; whole seconds count";
    "sandbox.modules-max", "modules", sandbox.modules_max: "core modules in one plugin";
    "sandbox.nesting-max", "levels", sandbox.nesting_max: "how deep components may lie in each other";
    "sandbox.types-max", "types", sandbox.types_max: "types of one plugin";
    "sandbox.functions-max", "functions", sandbox.functions_max: "functions of one plugin";
    "sandbox.function-max-bytes", "bytes", sandbox.function_max_bytes: "largest function of a plugin";
    "sandbox.locals-max", "locals", sandbox.locals_max: "local variables of one function";
    "sandbox.core-instances-max", "instances", sandbox.core_instances_max: "core instances of one plugin";
    "sandbox.memories-max", "memories", sandbox.memories_max: "linear memories of one plugin";
    "sandbox.tables-max", "tables", sandbox.tables_max: "tables of one plugin";
    "sandbox.table-elements-max", "elements", sandbox.table_elements_max: "elements of one table";
    "sandbox.memory-max-bytes", "bytes", sandbox.memory_max_bytes: "memory that one call may grow to";
    "sandbox.memory-keep-bytes", "bytes", sandbox.memory_keep_bytes: "memory of a finished call that stays resident for the next";
    "sandbox.stack-max-bytes", "bytes", sandbox.stack_max_bytes: "stack of a call";
    "sandbox.hostcall-max-bytes", "bytes", sandbox.hostcall_max_bytes: "what a plugin may hand over in one call of the host";
    "sandbox.payload-max-bytes", "bytes", sandbox.payload_max_bytes: "largest output of one call";
    "sandbox.events-max", "events", sandbox.events_max: "events of one poll or one webhook";
    "sandbox.page-records-max", "records", sandbox.page_records_max: "records of one page";
    "sandbox.token-max-bytes", "bytes", sandbox.token_max_bytes: "largest cursor, page token, suspension token or memory of a subscription";
    "sandbox.answer-time-max-ms", "ms", sandbox.answer_time_max_ms: "time for a webhook that runs before its sender is answered";
    "sandbox.requests-max", "requests", sandbox.requests_max: "requests that one call of a plugin may make";
    "sandbox.resources-max", "handles", sandbox.resources_max: "handles that a call may hold at once";
    "sandbox.header-block-max-bytes", "bytes", sandbox.header_block_max_bytes: "largest header block of one request of a plugin, or of its answer to a webhook";
    "sandbox.random-max-bytes", "bytes", sandbox.random_max_bytes: "random bytes in one call of `wasi:random`";
    "sandbox.files-max-bytes", "bytes", sandbox.files_max_bytes: "files of one call, altogether, and as much again of answers that it has asked for by `wasi:http` and not read";
    "sandbox.log-lines-max", "lines", sandbox.log_lines_max: "lines that one attempt may log";
    "sandbox.log-max-bytes", "bytes", sandbox.log_max_bytes: "bytes that one attempt may log";
    "sandbox.calls-max", "calls", sandbox.calls_max: "calls of actions, polls and webhooks under way at once; more wait";
    "sandbox.slow-calls-max", "calls", sandbox.slow_calls_max: "transforms and expressions that take long at once; more wait";
    "sandbox.expression-time-max-ms", "ms", sandbox.expression_time_max_ms: "time for one expression";
    "sandbox.describe-time-max-ms", "ms", sandbox.describe_time_max_ms: "time for a plugin to describe itself";

    "isolate", "", sandbox.isolate.is_on: "whether plugins run in worker processes that hold no secret and no socket";
    "isolate.workers-max", "processes", sandbox.isolate.workers_max: "worker processes at once; calls beyond that wait";
    "isolate.calls-max", "calls", sandbox.isolate.calls_max: "calls under way in one worker at once; a crash ends all of them";
    "isolate.idle-ms", "ms", sandbox.isolate.idle_ms: "how long a worker is kept that has nothing to do";
    "isolate.start-ms", "ms", sandbox.isolate.start_ms: "how long a worker may take to start";
    "isolate.grace-ms", "ms", sandbox.isolate.grace_ms: "how long a worker may take to end a call past its deadline or its cancellation; then it is killed";
    "isolate.crashes-max", "crashes", sandbox.isolate.crashes_max: "so many crashes of its workers quarantine a plugin until the process ends";
    "isolate.crash-window-ms", "ms", sandbox.isolate.crash_window_ms: "the time that those crashes lie in";

    "mail.message-max-bytes", "bytes", sandbox.mail.message_max_bytes: "largest message, as it lies on the wire: sent, or read with more than its header";
    "mail.recipients-max", "addresses", sandbox.mail.recipients_max: "recipients of one message, `cc` and `bcc` among them";
    "mail.fetch-messages-max", "messages", sandbox.mail.fetch_messages_max: "messages that one reading of a mailbox gives";
    "mail.fetch-max-bytes", "bytes", sandbox.mail.fetch_max_bytes: "what one reading of a mailbox takes from the server";
    "mail.command-timeout-ms", "ms", sandbox.mail.command_timeout_ms: "for a mail server's answer to one command";
    "mail.message-timeout-ms", "ms", sandbox.mail.message_timeout_ms: "for a mail server's answer to a whole message";

    "egress.allow-private", "", egress.allow_private: "networks that may be reached although they are not public, and by plain `http`";
    "egress.nameservers", "", egress.nameservers: "name servers that are asked, such as `10.0.0.53` or `[fd00::53]:5353`; empty means the system's resolver";
    "egress.connect-timeout-ms", "ms", egress.connect_timeout_ms: "for resolving the name and both handshakes of a request";
    "egress.first-byte-timeout-ms", "ms", egress.first_byte_timeout_ms: "from the last byte sent to the end of the answer's header";
    "egress.idle-timeout-ms", "ms", egress.idle_timeout_ms: "between two pieces of an answer's body";
    "egress.total-timeout-ms", "ms", egress.total_timeout_ms: "for a whole request, the wait for a free place included";
    "egress.body-max-bytes", "bytes", egress.body_max_bytes: "largest body of an answer";
    "egress.header-block-max-bytes", "bytes", egress.header_block_max_bytes: "largest header block of a request and of an answer";
    "egress.url-max-bytes", "bytes", egress.url_max_bytes: "longest URL";
    "egress.requests-max", "requests", egress.requests_max: "requests under way at once; more wait";
    "egress.requests-per-origin-max", "requests", egress.requests_per_origin_max: "requests under way at once to one origin from one place";
    "egress.idle-max", "connections", egress.idle_max: "idle connections that are kept, altogether";
    "egress.idle-per-origin-max", "connections", egress.idle_per_origin_max: "idle connections that are kept to one origin for one place";
    "egress.idle-keep-ms", "ms", egress.idle_keep_ms: "how long a connection is kept idle";
    "egress.lookups-max", "look-ups", egress.lookups_max: "name look-ups under way at once";
    "egress.user-agent", "", egress.user_agent: "the `user-agent` of requests that bring none";

    "sql.connections-max", "connections", sql.connections_max: "connections to the database of one connection, idle ones among them; calls beyond that wait";
    "sql.idle-keep-ms", "ms", sql.idle_keep_ms: "how long a connection to a database is kept idle";
    "sql.life-max-ms", "ms", sql.life_max_ms: "how long a connection to a database is used at all";
    "sql.handshake-timeout-ms", "ms", sql.handshake_timeout_ms: "from the socket to the end of the login";
    "sql.statement-timeout-ms", "ms", sql.statement_timeout_ms: "for each statement; what is left of the call counts where it is less";
    "sql.statements-max", "statements", sql.statements_max: "statements of one transaction";
    "sql.answer-max-bytes", "bytes", sql.answer_max_bytes: "what the rows of one transaction may take altogether";

    "oci.blob-max-bytes", "bytes", oci.blob_max_bytes: "largest blob that commands take from a registry";
    "oci.chunk-bytes", "bytes", oci.chunk_bytes: "commands push what is larger in pieces of this size";
    "oci.tries-max", "tries", oci.tries_max: "how often a request to a registry is sent that does no harm when it is repeated";
    "oci.pause-max-ms", "ms", oci.pause_max_ms: "longest pause between two of those tries";
    "oci.total-timeout-ms", "ms", oci.total_timeout_ms: "for one whole request to a registry";
    "oci.names-max", "names", oci.names_max: "names of one list that are read from a registry";
};

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_default_can_be_set_again() {
        let mut settings = Settings::default();
        for row in ROWS {
            let default = (row.get)(&settings);
            if default.is_null() {
                continue;
            }
            assert_eq!((row.set)(&mut settings, &default), Ok(()), "{}", row.name);
            assert_eq!((row.get)(&settings), default, "{}", row.name);
        }
    }

    #[test]
    fn every_limit_of_the_sandbox_has_a_row() {
        let settings = mortise_sandbox::Settings::default();
        // Where code is kept and what compiles it, the binary knows itself.
        let known = ["cache_dir", "compiler", "isolate"];
        let limits = fields(&settings).filter(|field| !known.contains(&field.as_str()));
        let isolate = fields(&settings.isolate).filter(|field| field != "is_on");
        let mail = fields(&settings.mail).map(|field| format!("mail.{field}"));
        let names = limits
            .map(|field| format!("sandbox.{field}"))
            .chain(mail)
            .chain(isolate.map(|field| format!("isolate.{field}")));
        for name in names.map(|name| name.replace('_', "-")) {
            assert!(ROWS.iter().any(|row| row.name == name), "{name}");
        }
    }

    /// The fields of a struct, as it shows itself; without those of structs in it.
    fn fields(shown: &impl std::fmt::Debug) -> impl Iterator<Item = String> {
        let shown = format!("{shown:?}");
        let (_, shown) = shown.split_once("{ ").unwrap_or_default();
        let own = shown.split(" { ").next().unwrap_or_default();
        let fields = own.split(", ").filter_map(|field| field.split(':').next());
        fields.map(str::to_owned).collect::<Vec<_>>().into_iter()
    }

    #[test]
    fn names_and_variables_are_unique() {
        let names: BTreeSet<&str> = ROWS.iter().map(|row| row.name).collect();
        let variables: BTreeSet<String> = ROWS.iter().map(Row::variable).collect();
        assert_eq!((names.len(), variables.len()), (ROWS.len(), ROWS.len()));
    }

    #[test]
    fn a_variable_is_the_name_in_upper_case() {
        let row = ROWS.iter().find(|row| row.name == "egress.allow-private");
        assert_eq!(
            row.map(Row::variable).as_deref(),
            Some("MORTISE_EGRESS_ALLOW_PRIVATE")
        );
    }
}
