//! `grants: { PLUGIN: { hosts: […] } }`.

use crate::authored::{Grant, Spanned};
use crate::diagnostic::Code;
use crate::read::fields::{Fields, items};
use crate::read::{hosts, values};
use crate::source::Sink;
use crate::yaml::{Entry, Node};

/// Reads the grants of a manifest.
pub(super) fn grants<'n>(entry: Option<&'n Entry>, sink: &mut Sink<'_>) -> Vec<Grant<'n>> {
    let Some(entry) = entry else {
        return Vec::new();
    };
    if Fields::of(&entry.value, "`grants`", sink).is_none() {
        return Vec::new();
    }
    let entries = entry.value.entries().unwrap_or_default();
    entries
        .iter()
        .filter_map(|entry| grant(entry, sink))
        .collect()
}

fn grant<'n>(entry: &'n Entry, sink: &mut Sink<'_>) -> Option<Grant<'n>> {
    let mut fields = Fields::of(&entry.value, "a grant", sink)?;
    let hosts = fields.require("hosts", "hosts: [\"api.example.com\"]", sink);
    let nodes = hosts.map_or(&[][..], |entry| items(&entry.value, "`hosts`", sink));
    let hosts = nodes.iter().filter_map(|node| host(node, sink)).collect();
    fields.finish(sink);
    Some(Grant {
        plugin: Spanned::new(&entry.key, entry.key_place),
        hosts,
    })
}

fn host(node: &Node, sink: &mut Sink<'_>) -> Option<String> {
    let text = values::text_node(node, "a host", sink)?;
    if hosts::host_is_valid(text.value) {
        return Some(text.value.to_owned());
    }
    sink.error(
        Code::InvalidHost,
        text.place,
        format!("`{}` is not a host with or without a port", text.value),
        "write `api.example.com`, `127.0.0.1:9000` or `*.example.com`, without a scheme and without a path",
    );
    None
}
