#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};

use super::plugin::fits;
use super::*;

/// A component with an import, an export and a module inside, all of which have sections.
const COMPONENT: &str = r#"
(component
  (import "acme:host/log@0.1.0" (instance))
  (core module (func (export "inner")))
  (component (import "acme:inner/x" (instance)))
  (component $c)
  (instance $i (instantiate $c))
  (export "acme:plugin/actions@0.1.0" (instance $i))
  (@custom "licenses" "Apache-2.0")
  (@custom "revision" "abc123")
  (@custom "producers" "\00"))
"#;

fn component() -> Vec<u8> {
    wat::parse_str(COMPONENT).unwrap()
}

fn about() -> About {
    About {
        name: "acme/shop".to_owned(),
        version: "1.2.0".to_owned(),
        created: None,
    }
}

fn built() -> Artifact {
    Artifact::build(&component(), &about()).unwrap()
}

#[test]
fn an_artifact_has_the_layout_of_the_specification() {
    let artifact = built();
    let manifest: Value = serde_json::from_slice(&artifact.manifest).unwrap();
    let layer = mortise_model::Digest::of(&component()).to_string();
    assert_eq!(
        manifest,
        json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {
                "mediaType": "application/vnd.wasm.config.v0+json",
                "digest": artifact.config_blob.digest.to_string(),
                "size": artifact.config.len(),
            },
            "layers": [{
                "mediaType": "application/wasm",
                "digest": layer,
                "size": component().len(),
            }],
            "annotations": {
                "org.opencontainers.image.title": "acme/shop",
                "org.opencontainers.image.version": "1.2.0",
                "org.opencontainers.image.licenses": "Apache-2.0",
                "org.opencontainers.image.revision": "abc123",
            },
        })
    );
    let config: Value = serde_json::from_slice(&artifact.config).unwrap();
    assert_eq!(
        config,
        json!({
            "created": "1970-01-01T00:00:00Z",
            "architecture": "wasm",
            "os": "wasip2",
            "layerDigests": [layer],
            "component": {
                "exports": ["acme:plugin/actions@0.1.0"],
                "imports": ["acme:host/log@0.1.0"],
                "target": null,
            },
        })
    );
}

#[test]
fn the_same_component_is_the_same_artifact_and_a_time_makes_another() {
    assert_eq!(built(), built());
    let created = Some("2026-01-02T03:04:05Z".to_owned());
    let later = Artifact::build(&component(), &About { created, ..about() }).unwrap();
    assert_ne!(later.digest(), built().digest());
}

#[test]
fn what_was_built_is_read_again() {
    let artifact = built();
    let plugin = Plugin::parse(&artifact.manifest).unwrap();
    let config = plugin.config(&artifact.config).unwrap();
    assert_eq!(config.component.unwrap().exports.len(), 1);
    plugin.component(&component()).unwrap();
    plugin.is_about("acme/shop", "1.2.0").unwrap();
    assert_eq!(plugin.layer, artifact.layer_blob);
}

#[test]
fn every_bad_manifest_has_an_error_of_its_own() {
    let good: Value = serde_json::from_slice(&built().manifest).unwrap();
    let bad = |change: &dyn Fn(&mut Value)| {
        let mut manifest = good.clone();
        change(&mut manifest);
        Plugin::parse(manifest.to_string().as_bytes()).unwrap_err()
    };
    let layer = good["layers"][0].clone();
    let two = bad(&|m| m["layers"] = json!([layer, layer]));
    assert_eq!(two, ArtifactError::Layers(2));
    assert_eq!(bad(&|m| m["layers"] = json!([])), ArtifactError::Layers(0));
    let kind = bad(&|m| m["layers"][0]["mediaType"] = json!("application/tar"));
    assert_eq!(kind, ArtifactError::LayerType("application/tar".into()));
    let kind = bad(&|m| m["config"]["mediaType"] = json!("application/json"));
    assert_eq!(kind, ArtifactError::ConfigType("application/json".into()));
    let index = "application/vnd.oci.image.index.v1+json";
    let kind = bad(&|m| m["mediaType"] = json!(index));
    assert_eq!(kind, ArtifactError::ManifestType(index.into()));
    let large = bad(&|m| m["config"]["size"] = json!(CONFIG_MAX_BYTES + 1));
    assert!(matches!(
        large,
        ArtifactError::TooLarge { what: "config", .. }
    ));
    for change in [
        ("schemaVersion", json!(1)),
        ("layers", json!(null)),
        ("config", json!("x")),
        (
            "config",
            json!({"mediaType": "x", "digest": "md5:1", "size": 1}),
        ),
    ] {
        let error = bad(&|m| m[change.0] = change.1.clone());
        assert!(matches!(error, ArtifactError::Manifest(_)), "{error}");
    }
    let large = vec![b' '; MANIFEST_MAX_BYTES + 1];
    let large = Plugin::parse(&large).unwrap_err();
    assert!(matches!(
        large,
        ArtifactError::TooLarge {
            what: "manifest",
            ..
        }
    ));
    // Some tools write these.
    let mut null = good.clone();
    null["annotations"] = json!(null);
    null["mediaType"] = json!(null);
    assert!(Plugin::parse(null.to_string().as_bytes()).is_ok());
}

#[test]
fn every_bad_config_has_an_error_of_its_own() {
    let artifact = built();
    let config: Value = serde_json::from_slice(&artifact.config).unwrap();
    let bad = |field: &str, value: Value| {
        let mut config = config.clone();
        config[field] = value;
        let config = config.to_string().into_bytes();
        let mut manifest: Value = serde_json::from_slice(&artifact.manifest).unwrap();
        manifest["config"] = json!(Blob::of(CONFIG_MEDIA_TYPE, &config));
        let plugin = Plugin::parse(manifest.to_string().as_bytes()).unwrap();
        plugin.config(&config).unwrap_err()
    };
    let found = "amd64".to_owned();
    let field = "architecture";
    assert_eq!(
        bad(field, json!("amd64")),
        ArtifactError::Platform { field, found }
    );
    let (field, found) = ("os", "wasip1".to_owned());
    assert_eq!(
        bad(field, json!("wasip1")),
        ArtifactError::Platform { field, found }
    );
    let other = mortise_model::Digest::of(b"other").to_string();
    let error = bad("layerDigests", json!([other]));
    assert!(matches!(error, ArtifactError::LayerDigests(_)), "{error}");
    let error = bad("layerDigests", json!(3));
    assert!(matches!(error, ArtifactError::Config(_)), "{error}");
    let plugin = Plugin::parse(&artifact.manifest).unwrap();
    let error = plugin.config(b"{}").unwrap_err();
    assert!(
        matches!(error, ArtifactError::Digest { what: "config", .. }),
        "{error}"
    );
    let error = plugin.component(b"other").unwrap_err();
    assert!(
        matches!(
            error,
            ArtifactError::Digest {
                what: "component",
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn what_is_no_component_is_no_plugin() {
    let core = wat::parse_str("(module)").unwrap();
    let mut cut = component();
    cut.truncate(cut.len() - 3);
    for (bytes, why) in [
        (core, "core module"),
        (b"ELF".to_vec(), ""),
        (Vec::new(), ""),
        (cut, ""),
    ] {
        let error = Artifact::build(&bytes, &about()).unwrap_err();
        assert!(matches!(error, ArtifactError::NoComponent(_)), "{error}");
        assert!(error.to_string().contains(why), "{error}");
    }
}

#[test]
fn name_and_version_are_those_of_the_place() {
    let is = ("acme/shop", "1.2.0");
    assert_eq!(fits(is, ("acme/shop", Some("1.2.0"))), Ok(()));
    assert_eq!(fits(is, ("acme/shop", None)), Ok(()));
    let name = fits(is, ("acme/bank", None)).unwrap_err();
    assert!(matches!(name, ArtifactError::Name { .. }), "{name}");
    let version = fits(is, ("acme/shop", Some("1.2.1"))).unwrap_err();
    assert!(
        matches!(version, ArtifactError::Version { .. }),
        "{version}"
    );
    let plugin = Plugin::parse(&built().manifest).unwrap();
    for (name, version) in [("acme/bank", "1.2.0"), ("acme/shop", "1.3.0")] {
        let error = plugin.is_about(name, version).unwrap_err();
        assert!(matches!(error, ArtifactError::Annotation { .. }), "{error}");
    }
}
