//! A manifest, whatever is in it: a plan or diagnostics.

use std::sync::{Arc, LazyLock};

use mortise_manifest::{Checked, Folder, Source};
use mortise_model::descriptor::{Descriptor, Plugin};
use mortise_model::{Digest, Namespace, Plan};

static PLUGINS: LazyLock<Vec<Arc<Plugin>>> = LazyLock::new(|| {
    let texts = [
        include_str!("../../host/manifest/tests/plugins/shop.json"),
        include_str!("../../host/manifest/tests/plugins/http.json"),
    ];
    let plugins = texts.into_iter().filter_map(|text| {
        let descriptor: Descriptor = serde_json::from_str(text).ok()?;
        Some(Arc::new(Plugin {
            digest: Digest::of(text.as_bytes()),
            size_bytes: 1,
            roles: Vec::new(),
            imports: Vec::new(),
            descriptor,
            document: mortise_model::Json::null(),
        }))
    });
    plugins.collect()
});

/// A manifest of these bytes.
pub fn run(data: &[u8]) {
    check(&String::from_utf8_lossy(data));
}

/// Checks a manifest: it has plans or errors, and its plans are read as they were written.
pub fn check(text: &str) {
    let manifest = Source::new("a.yaml", text);
    let checked = mortise_manifest::check(&Folder {
        manifests: std::slice::from_ref(&manifest),
        connections: None,
        kept: None,
        lock: None,
        others: &[],
        instead: None,
        plugins: &PLUGINS,
        namespace: &Namespace::default_namespace(),
    });
    let Checked { plans, .. } = &checked;
    assert_eq!(plans.is_empty(), checked.has_errors(), "{checked:?}");
    for plan in plans {
        let written = serde_json::to_string(plan).unwrap_or_default();
        let read: Result<Plan, _> = serde_json::from_str(&written);
        assert_eq!(read.ok().as_ref(), Some(plan), "{written}");
    }
}
