//! What a manifest describes. Plugins and what is said about them are what this registry is for.

use mortise_model::{ContentDigest, Tag};

use super::manifest::{Descriptor, MANIFEST, Manifest};
use super::name::signed;

/// The media type of a plugin's configuration.
pub const PLUGIN_CONFIG: &str = "application/vnd.wasm.config.v0+json";
/// The media type of a plugin's only layer.
pub const PLUGIN_LAYER: &str = "application/wasm";
/// The media type of the layers of a signature that cosign makes.
pub const SIGNATURE_LAYER: &str = "application/vnd.dev.cosign.simplesigning.v1+json";

/// What a manifest describes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind<'a> {
    /// A plugin, with its component.
    Plugin(&'a Descriptor),
    /// Something about another manifest.
    About(ContentDigest),
    /// A signature of another manifest, found by its tag.
    Signature(ContentDigest),
    /// Something else.
    Other {
        /// A code in `kebab-case` that never changes its meaning.
        code: &'static str,
        /// Why it is none of these.
        why: String,
    },
}

/// Finds out what a manifest describes that comes under these tags.
#[must_use]
pub fn of<'a>(manifest: &'a Manifest, tags: &[Tag]) -> Kind<'a> {
    let config = manifest.config.as_ref().map(|c| c.media_type.as_str());
    if manifest.media_type == MANIFEST && config == Some(PLUGIN_CONFIG) {
        return match manifest.layers.as_slice() {
            [layer] if layer.media_type != PLUGIN_LAYER => other(
                "wrong-media-type",
                format!(
                    "the layer of a plugin is `{PLUGIN_LAYER}`, and this one is `{}`",
                    layer.media_type
                ),
            ),
            [layer] if layer.digest.sha256().is_none() || !layer.urls.is_empty() => other(
                "layer-elsewhere",
                "the layer of a plugin has a digest by sha256, and lies in this registry",
            ),
            [layer] => Kind::Plugin(layer),
            layers => other(
                "not-one-layer",
                format!(
                    "a plugin has exactly one layer, its component, and this one has {}",
                    layers.len()
                ),
            ),
        };
    }
    if let Some(subject) = &manifest.subject {
        return Kind::About(subject.digest);
    }
    let is_signature = |layer: &Descriptor| layer.media_type == SIGNATURE_LAYER;
    if let [tag] = tags
        && let Some(digest) = signed(tag)
        && !manifest.layers.is_empty()
        && manifest.layers.iter().all(is_signature)
    {
        return Kind::Signature(digest);
    }
    let why = match config {
        Some(config) => {
            format!(
                "the configuration of a plugin is `{PLUGIN_CONFIG}`, and this one is `{config}`"
            )
        }
        None => "an index of manifests is no plugin".to_owned(),
    };
    other("wrong-media-type", why)
}

fn other(code: &'static str, why: impl Into<String>) -> Kind<'static> {
    Kind::Other {
        code,
        why: why.into(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::manifest::INDEX;
    use super::*;

    fn descriptor(media_type: &str) -> Descriptor {
        Descriptor {
            media_type: media_type.to_owned(),
            digest: ContentDigest::of(media_type.as_bytes()),
            size: 1,
            urls: Vec::new(),
            artifact_type: None,
            annotations: BTreeMap::new(),
        }
    }

    fn manifest(config: &str, layers: &[&str]) -> Manifest {
        Manifest {
            media_type: MANIFEST.to_owned(),
            artifact_type: None,
            config: Some(descriptor(config)),
            layers: layers.iter().map(|layer| descriptor(layer)).collect(),
            manifests: Vec::new(),
            subject: None,
            annotations: BTreeMap::new(),
        }
    }

    #[test]
    fn a_plugin_has_one_layer_that_is_a_component() {
        let plugin = manifest(PLUGIN_CONFIG, &[PLUGIN_LAYER]);
        assert_eq!(of(&plugin, &[]), Kind::Plugin(&plugin.layers[0]));
        for layers in [&[][..], &[PLUGIN_LAYER, PLUGIN_LAYER], &["text/plain"]] {
            let mut bad = manifest(PLUGIN_CONFIG, layers);
            assert!(matches!(of(&bad, &[]), Kind::Other { .. }), "{layers:?}");
            // Nothing becomes a plugin's companion by being a bad plugin.
            bad.subject = Some(descriptor("x"));
            assert!(matches!(of(&bad, &[]), Kind::Other { .. }), "{layers:?}");
        }
        let mut long = plugin;
        long.layers[0].digest = ContentDigest::Sha512([0; 64]);
        assert!(matches!(of(&long, &[]), Kind::Other { .. }));
    }

    #[test]
    fn what_is_about_a_plugin_is_known_by_its_subject_or_its_tag() {
        let digest = ContentDigest::of(b"x");
        let tag = Tag::from(&*format!("sha256-{}.sig", digest.hex()));
        let signature = manifest(
            "application/vnd.oci.image.config.v1+json",
            &[SIGNATURE_LAYER],
        );
        let tags = [tag.clone()];
        assert_eq!(of(&signature, &tags), Kind::Signature(digest));
        assert!(matches!(of(&signature, &[]), Kind::Other { .. }));
        assert!(matches!(
            of(&signature, &[Tag::from("1.0.0")]),
            Kind::Other { .. }
        ));
        let other = manifest("x", &[SIGNATURE_LAYER, "text/plain"]);
        assert!(matches!(of(&other, &tags), Kind::Other { .. }));
        assert!(matches!(of(&manifest("x", &[]), &tags), Kind::Other { .. }));
        let mut about = manifest("x", &["text/plain"]);
        assert!(matches!(of(&about, &[]), Kind::Other { .. }));
        about.subject = Some(descriptor("y"));
        assert_eq!(of(&about, &[]), Kind::About(ContentDigest::of(b"y")));
    }

    #[test]
    fn an_index_is_something_else() {
        let mut index = manifest("x", &[]);
        (index.media_type, index.config) = (INDEX.to_owned(), None);
        assert!(matches!(of(&index, &[]), Kind::Other { .. }));
    }
}
