//! Which of the plugins that are there is meant.

use std::sync::Arc;

use mortise_model::descriptor::Plugin;
use semver::{Version, VersionReq};

/// The newest plugin of a full name such as `mortise/http`, within a range.
pub(crate) fn newest<'p>(
    plugins: &'p [Arc<Plugin>],
    name: &str,
    range: &VersionReq,
) -> Option<&'p Arc<Plugin>> {
    best(plugins.iter().filter(|plugin| {
        plugin.descriptor.name == name && version(plugin).is_some_and(|v| range.matches(&v))
    }))
}

/// The newest plugin whose name ends so: `http` means `mortise/http` and any other namespace's.
pub(crate) fn newest_named<'p>(plugins: &'p [Arc<Plugin>], last: &str) -> Option<&'p Arc<Plugin>> {
    best(
        plugins
            .iter()
            .filter(|plugin| last_part(&plugin.descriptor.name) == last),
    )
}

/// The plugin of exactly this name and version.
pub(crate) fn exactly<'p>(
    plugins: &'p [Arc<Plugin>],
    name: &str,
    version: &str,
) -> Option<&'p Arc<Plugin>> {
    plugins
        .iter()
        .find(|plugin| plugin.descriptor.name == name && plugin.descriptor.version == version)
}

/// `http` of `mortise/http`.
pub(crate) fn last_part(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// A plugin's version, where it is one.
pub(super) fn version(plugin: &Plugin) -> Option<Version> {
    Version::parse(&plugin.descriptor.version).ok()
}

fn best<'p>(plugins: impl Iterator<Item = &'p Arc<Plugin>>) -> Option<&'p Arc<Plugin>> {
    // The digest decides between two of one version, so that the order of files does not.
    plugins.max_by_key(|plugin| (version(plugin), plugin.digest))
}
