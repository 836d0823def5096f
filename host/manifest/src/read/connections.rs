//! `connections.yaml`: `NAME: { plugin, settings, origins, rate }`.

use std::sync::Arc;

use mortise_model::connection::Rate;
use mortise_model::descriptor::Plugin;
use mortise_model::id::is_name;
use mortise_model::template::Template;
use mortise_model::{Connection, ConnectionName, Json};
use serde_json::{Value, json};

use crate::diagnostic::Code;
use crate::read::durations::{ATTEMPT_MAX_MS, duration_ms};
use crate::read::fields::{Fields, items};
use crate::read::{hosts, values};
use crate::resolve::{Checked, check_value, newest_named};
use crate::source::{Place, Sink};
use crate::suggest;
use crate::yaml::{Entry, Node, Value as Yaml, read};

/// The most requests that a rate may count.
const REQUESTS_MAX: u32 = 1_000_000;

/// Parts of names that hold secrets, without `-` and `_`.
const SECRET_WORDS: [&str; 10] = [
    "secret",
    "password",
    "passwd",
    "passphrase",
    "token",
    "apikey",
    "privatekey",
    "accesskey",
    "credential",
    "authorization",
];

/// Ends of names that only sound like secrets: `token-url`.
const HARMLESS_ENDS: [&str; 6] = ["url", "uri", "endpoint", "name", "header", "type"];

/// The word for a connection that the file only names.
const EXTERNAL: &str = "external";

/// The plugins that there are, and one that is taken instead of others of its name.
type Known<'p> = (&'p [Arc<Plugin>], Option<&'p Arc<Plugin>>);

/// Reads the file of connections; none where it cannot be read at all.
/// `kept` are those with secrets, where it is known which there are.
pub(crate) fn connections(
    plugins: Known<'_>,
    kept: Option<&[Connection]>,
    sink: &mut Sink<'_>,
) -> Option<Vec<Connection>> {
    let before = sink.found.len();
    let Some(node) = read(sink) else {
        // An empty file has no connections.
        return (sink.found.len() == before).then(Vec::new);
    };
    if matches!(node.value, Yaml::Null) {
        return Some(Vec::new());
    }
    Fields::of(&node, "`connections.yaml`", sink)?;
    let entries = node.entries().unwrap_or_default();
    let kept_as = |name: &str| {
        let mut kept = kept.unwrap_or_default().iter();
        kept.find(|kept| kept.name.as_str() == name)
    };
    for entry in entries {
        if kept_as(&entry.key).is_some() && !is_external(&entry.value) {
            sink.error(
                Code::DuplicateId,
                entry.key_place,
                format!("there is a connection `{}` with secrets already", entry.key),
                format!(
                    "leave it out here, or `mortise connections remove {}`",
                    entry.key
                ),
            );
        }
    }
    Some(
        entries
            .iter()
            .filter_map(|entry| {
                let read = connection(entry, plugins, sink)?;
                if !is_external(&entry.value) {
                    return Some(read);
                }
                // What is kept counts, and where nobody knows what is, the file's word for it.
                match (kept, kept_as(&entry.key)) {
                    (None, _) => Some(read),
                    (_, Some(kept)) => same_plugin(entry, &read, kept, sink),
                    (Some(_), None) => missing(entry, &read, sink),
                }
            })
            .collect(),
    )
}

/// Whether an entry only says that there has to be a connection, which `mortise connections add` makes.
fn is_external(node: &Node) -> bool {
    let entries = node.entries().unwrap_or_default();
    let external = entries.iter().find(|entry| entry.key == EXTERNAL);
    external.is_some_and(|entry| matches!(entry.value.value, Yaml::Bool(true)))
}

fn same_plugin(
    entry: &Entry,
    read: &Connection,
    kept: &Connection,
    sink: &mut Sink<'_>,
) -> Option<Connection> {
    if read.plugin != kept.plugin {
        sink.error(
            Code::InvalidValue,
            entry.key_place,
            format!("the connection `{}` is one of `{}`, not of `{}`", entry.key, kept.plugin, read.plugin),
            format!("name its plugin here, or make another one with `mortise connections add NAME --plugin {}`", read.plugin),
        );
    }
    None
}

fn missing(entry: &Entry, read: &Connection, sink: &mut Sink<'_>) -> Option<Connection> {
    sink.error(
        Code::UnknownConnection,
        entry.key_place,
        format!("the connection `{}` is not made yet", entry.key),
        format!(
            "make it with `mortise connections add {} --plugin {}`",
            entry.key, read.plugin
        ),
    );
    None
}

fn connection(entry: &Entry, plugins: Known<'_>, sink: &mut Sink<'_>) -> Option<Connection> {
    if !is_name(&entry.key) {
        sink.error(
            Code::InvalidName,
            entry.key_place,
            format!("`{}` cannot name a connection", entry.key),
            "use lower-case letters, digits, `-` and `_`, beginning with a letter",
        );
    }
    refuse_secrets(&entry.value, sink);
    let mut fields = Fields::of(&entry.value, "a connection", sink)?;
    let plugin = fields.require("plugin", "plugin: mortise/http", sink);
    let plugin = plugin.and_then(|entry| plugin_of(entry, plugins, sink));
    let settings = fields.take("settings");
    let origins = fields.take("origins");
    let origins = origins.map_or(&[][..], |entry| items(&entry.value, "`origins`", sink));
    let origins = origins
        .iter()
        .filter_map(|node| origin(node, sink))
        .collect();
    external(&mut fields, sink);
    let rate = fields.take("rate").and_then(|entry| rate(entry, sink));
    let place = fields.place();
    // What looks like a secret has its own diagnostic.
    for entry in entry.value.entries().unwrap_or_default() {
        fields.forgive_if(entry, is_secret(&entry.key));
    }
    fields.finish(sink);
    let settings = match is_external(&entry.value) {
        true => Json::null(),
        false => settings_of(settings, plugin?, place, sink),
    };
    Some(Connection {
        name: ConnectionName::from(entry.key.as_str()),
        plugin: plugin?.descriptor.name.clone(),
        settings,
        origins,
        rate,
    })
}

/// `external: true`, beside which only the plugin stands: all else was said when the connection was made.
fn external(fields: &mut Fields<'_>, sink: &mut Sink<'_>) {
    let Some(entry) = fields.take(EXTERNAL) else {
        return;
    };
    let is_alone = ["settings", "origins", "rate"]
        .iter()
        .all(|word| fields.take(word).is_none());
    if !matches!(entry.value.value, Yaml::Bool(true)) || !is_alone {
        sink.error(
            Code::InvalidValue,
            entry.key_place,
            "`external` is `true` and stands beside `plugin` alone",
            "settings, origins and rate of such a connection are those of `mortise connections add`",
        );
    }
}

fn plugin_of<'p>(
    entry: &Entry,
    (plugins, instead): Known<'p>,
    sink: &mut Sink<'_>,
) -> Option<&'p Arc<Plugin>> {
    let text = values::text(entry, sink)?;
    let mut named = plugins
        .iter()
        .filter(|plugin| plugin.descriptor.name == text.value);
    let any = semver::VersionReq::STAR;
    let found = if named.next().is_some() {
        crate::resolve::newest(plugins, text.value, &any)
    } else {
        newest_named(plugins, text.value)
    };
    if found.is_none() {
        let names = plugins.iter().map(|plugin| plugin.descriptor.name.as_str());
        sink.error(
            Code::UnknownPlugin,
            text.place,
            format!("there is no plugin `{}`", text.value),
            suggest::help(text.value, names),
        );
    }
    let found = found?;
    let instead = instead.filter(|instead| instead.descriptor.name == found.descriptor.name);
    Some(instead.unwrap_or(found))
}

fn settings_of(entry: Option<&Entry>, plugin: &Plugin, place: Place, sink: &mut Sink<'_>) -> Json {
    let node = entry.map(|entry| &entry.value);
    let empty = || Json::of(&json!({})).unwrap_or_else(|_| Json::null());
    let settings = node.map_or_else(empty, Node::json);
    if let Some(node) = node
        && Fields::of(node, "`settings`", sink).is_none()
    {
        return empty();
    }
    let schema: Option<Value> = plugin
        .descriptor
        .settings
        .as_ref()
        .and_then(|schema| schema.read().ok());
    if let Some(schema) = schema {
        let checked = Checked {
            what: &plugin.descriptor.name,
            node,
            place,
            template: &Template::Literal(settings.clone()),
            schema: &schema,
        };
        check_value(&checked, sink);
    }
    settings
}

fn origin(node: &Node, sink: &mut Sink<'_>) -> Option<String> {
    let text = values::text_node(node, "an origin", sink)?;
    if hosts::origin_is_valid(text.value) {
        return Some(text.value.to_owned());
    }
    sink.error(
        Code::InvalidOrigin,
        text.place,
        format!("`{}` is not an exact origin", text.value),
        "write scheme, host and port, such as `https://api.example.com` or `http://127.0.0.1:9000`, without a path and without `*`",
    );
    None
}

fn rate(entry: &Entry, sink: &mut Sink<'_>) -> Option<Rate> {
    let mut fields = Fields::of(&entry.value, "`rate`", sink)?;
    let requests = fields.require("requests", "requests: 10", sink);
    let requests = requests.and_then(|entry| values::whole(entry, 1, REQUESTS_MAX, sink));
    let per = fields.require("per", "per: 1s", sink);
    let per_ms = per.and_then(|entry| duration_ms(entry, ATTEMPT_MAX_MS, sink));
    fields.finish(sink);
    Some(Rate {
        requests: requests?,
        per_ms: per_ms?,
    })
}

fn refuse_secrets(node: &Node, sink: &mut Sink<'_>) {
    let children: Vec<&Node> = match &node.value {
        Yaml::List(items) => items.iter().collect(),
        Yaml::Map(entries) => {
            for entry in entries.iter().filter(|entry| is_secret(&entry.key)) {
                sink.error(
                    Code::SecretInFile,
                    entry.key_place,
                    format!(
                        "`{}` looks like a secret, and secrets belong in the vault",
                        entry.key
                    ),
                    "leave it out of the file and store it with `mortise connections add`",
                );
            }
            entries.iter().map(|entry| &entry.value).collect()
        }
        _ => Vec::new(),
    };
    children
        .into_iter()
        .for_each(|child| refuse_secrets(child, sink));
}

fn is_secret(key: &str) -> bool {
    let key: String = key
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric())
        .collect();
    SECRET_WORDS.iter().any(|word| key.contains(word))
        && !HARMLESS_ENDS.iter().any(|end| key.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::is_secret;

    #[test]
    fn secrets_are_known_by_their_names() {
        for key in [
            "token",
            "api_key",
            "API-Key",
            "client-secret",
            "password",
            "accessToken",
        ] {
            assert!(is_secret(key), "{key}");
        }
        for key in [
            "token-url",
            "base-url",
            "api-key-header",
            "instance_url",
            "account",
        ] {
            assert!(!is_secret(key), "{key}");
        }
    }
}
