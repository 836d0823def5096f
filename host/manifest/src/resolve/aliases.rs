//! Aliases of one manifest and the plugins that they mean.

use std::collections::BTreeMap;
use std::sync::Arc;

use mortise_model::descriptor::Plugin;
use semver::VersionReq;

use super::plan::Context;
use super::versions::{exactly, last_part, newest, newest_named, version};
use crate::authored::{Alias, Manifest};
use crate::check::Newer;
use crate::diagnostic::Code;
use crate::lock::LockedPlugin;
use crate::source::{Place, Sink};
use crate::suggest;

/// Resolves each alias once, so that a plugin that is missing is reported once.
pub(super) struct Aliases<'a> {
    context: &'a Context<'a>,
    listed: &'a [Alias<'a>],
    workflow: &'a str,
    known: BTreeMap<String, Option<&'a Arc<Plugin>>>,
}

impl<'a> Aliases<'a> {
    /// Resolves what `plugins` lists.
    pub fn new(manifest: &'a Manifest<'a>, context: &'a Context<'a>, sink: &mut Sink<'_>) -> Self {
        let mut aliases = Self {
            context,
            listed: &manifest.plugins,
            workflow: manifest.name.map_or("", |name| name.value),
            known: BTreeMap::new(),
        };
        for alias in &manifest.plugins {
            aliases.plugin(alias.alias.value, alias.place, sink);
        }
        aliases
    }

    /// The plugin of an alias; `place` is where it is used.
    pub fn plugin(
        &mut self,
        alias: &str,
        place: Place,
        sink: &mut Sink<'_>,
    ) -> Option<&'a Arc<Plugin>> {
        if let Some(known) = self.known.get(alias) {
            return *known;
        }
        let listed = self
            .listed
            .iter()
            .find(|listed| listed.alias.value == alias);
        let plugin = match self.context.lock {
            None => self.find(alias, listed, place, sink),
            Some(lock) => match lock.pin(self.workflow, alias) {
                Some(pin) => self.locked(alias, listed, pin, place, sink),
                None => {
                    // Say first that it does not exist at all, if that is the case.
                    if self.find(alias, listed, place, sink).is_some() {
                        not_locked(alias, place, sink);
                    }
                    None
                }
            },
        };
        let plugin = plugin.map(|plugin| self.tried_out(plugin));
        self.known.insert(alias.to_owned(), plugin);
        plugin
    }

    /// What is taken instead of a plugin, where there is something.
    fn tried_out(&self, plugin: &'a Arc<Plugin>) -> &'a Arc<Plugin> {
        let name = &plugin.descriptor.name;
        let instead = self.context.instead;
        let instead = instead.filter(|instead| instead.descriptor.name == *name);
        instead.unwrap_or(plugin)
    }

    /// Versions that are newer than what is asked for.
    pub fn newer(&self, file: &str) -> Vec<Newer> {
        let newer = self.listed.iter().filter_map(|listed| {
            let plugins = self.context.plugins;
            let asked = newest(plugins, listed.name, &listed.version)?;
            let newest = newest(plugins, listed.name, &VersionReq::STAR)?;
            (version(newest) > version(asked)).then(|| Newer {
                file: file.to_owned(),
                line: listed.place.line,
                asked: format!("{}@{}", listed.name, listed.version),
                version: newest.descriptor.version.clone(),
            })
        });
        newer.collect()
    }

    /// The names that `uses` may begin with.
    pub fn names(&self) -> Vec<&'a str> {
        let listed = self.listed.iter().map(|listed| listed.alias.value);
        let plugins = self.context.plugins.iter();
        listed
            .chain(plugins.map(|plugin| last_part(&plugin.descriptor.name)))
            .collect()
    }

    fn find(
        &self,
        alias: &str,
        listed: Option<&Alias<'_>>,
        place: Place,
        sink: &mut Sink<'_>,
    ) -> Option<&'a Arc<Plugin>> {
        let plugins = self.context.plugins;
        let found = self.kept(alias, listed).or_else(|| match listed {
            Some(listed) => newest(plugins, listed.name, &listed.version),
            None => newest_named(plugins, alias),
        });
        if found.is_none() {
            let (message, help) = match listed {
                Some(listed) => self.missing(listed),
                None => (
                    format!("there is no plugin `{alias}`"),
                    suggest::help(alias, self.names()),
                ),
            };
            let help = if plugins.is_empty() {
                "name the folder of plugins with `--plugins DIR`".to_owned()
            } else {
                help
            };
            sink.error(
                Code::UnknownPlugin,
                listed.map_or(place, |listed| listed.place),
                message,
                help,
            );
        }
        found
    }

    /// The version that is kept although there may be a newer one.
    fn kept(&self, alias: &str, listed: Option<&Alias<'_>>) -> Option<&'a Arc<Plugin>> {
        let pin = self.context.keep?.pin(self.workflow, alias)?;
        let plugins = self.context.plugins;
        is_asked(alias, listed, pin)
            .then(|| exactly(plugins, &pin.name, &pin.version))
            .flatten()
    }

    fn missing(&self, listed: &Alias<'_>) -> (String, String) {
        let plugins = self.context.plugins;
        let versions: Vec<_> = plugins
            .iter()
            .filter(|plugin| plugin.descriptor.name == listed.name)
            .map(|plugin| format!("`{}`", plugin.descriptor.version))
            .collect();
        if versions.is_empty() {
            let names = plugins.iter().map(|plugin| plugin.descriptor.name.as_str());
            return (
                format!("there is no plugin `{}`", listed.name),
                suggest::help(listed.name, names),
            );
        }
        (
            format!(
                "there is no version `{}` of `{}`",
                listed.version, listed.name
            ),
            format!("the folder of plugins has {}", versions.join(", ")),
        )
    }

    fn locked(
        &self,
        alias: &str,
        listed: Option<&Alias<'_>>,
        pin: &LockedPlugin,
        place: Place,
        sink: &mut Sink<'_>,
    ) -> Option<&'a Arc<Plugin>> {
        let pinned = format!("{}@{}", pin.name, pin.version);
        let found = exactly(self.context.plugins, &pin.name, &pin.version);
        let message = match found {
            _ if !is_asked(alias, listed, pin) => format!(
                "`mortise.lock` pins `{alias}` to `{pinned}`, which is not what is asked for here"
            ),
            None => format!(
                "`mortise.lock` pins `{alias}` to `{pinned}`, which is not in the folder of plugins"
            ),
            Some(plugin) if plugin.digest != pin.digest => format!(
                "`{pinned}` has the digest `{}`, and line {} of `mortise.lock` pins `{}`",
                plugin.digest, pin.line, pin.digest
            ),
            Some(plugin) => return Some(plugin),
        };
        sink.error(
            Code::LockMismatch,
            place,
            message,
            "put the pinned plugin back, or run `mortise lock` and read what has changed",
        );
        None
    }
}

/// Whether a manifest asks for what a lock pins.
fn is_asked(alias: &str, listed: Option<&Alias<'_>>, pin: &LockedPlugin) -> bool {
    match listed {
        Some(listed) => {
            listed.name == pin.name
                && pin
                    .version
                    .parse()
                    .is_ok_and(|version| listed.version.matches(&version))
        }
        None => last_part(&pin.name) == alias,
    }
}

fn not_locked(alias: &str, place: Place, sink: &mut Sink<'_>) {
    sink.error(
        Code::NotLocked,
        place,
        format!("`mortise.lock` does not pin `{alias}` of this workflow"),
        "run `mortise lock` and commit what it writes",
    );
}
