//! The same sample connector in every language, held against the same specification.

use mortise_tests::cli::mortise;
use mortise_tests::paths;

const LANGUAGES: [&str; 6] = ["rust", "python", "javascript", "typescript", "go", "c"];

/// Each exports the same roles, has nothing that the gate refuses, and passes every check of the kit.
#[tokio::test(flavor = "multi_thread")]
async fn every_language_passes_the_same_kit() {
    let cases = paths::checked_in("sdk/cases").unwrap();
    let scripts = tempfile::tempdir().unwrap();
    for script in std::fs::read_dir(cases).unwrap() {
        let path = script.unwrap().path();
        let name = path.file_name().unwrap();
        // It belongs to the role that no connector has.
        if name != "tidy-contact.yaml" {
            std::fs::copy(&path, scripts.path().join(name)).unwrap();
        }
    }
    let mut passed = Vec::new();
    for language in LANGUAGES {
        let sample = paths::sample(language).unwrap();
        let sample = sample.to_str().unwrap();
        let seen = mortise(["plugin", "inspect", sample, "--json"])
            .await
            .unwrap();
        let seen = seen.ok().unwrap().json().unwrap();
        let mut roles: Vec<_> = seen["roles"]
            .as_array()
            .unwrap()
            .iter()
            .map(|role| role.as_str().unwrap())
            .collect();
        roles.sort_unstable();
        assert_eq!(
            roles,
            ["actions", "check", "polling", "webhooks"],
            "{language}"
        );
        assert_eq!(seen["name"], "example/sample-plugin", "{language}");
        let checked = mortise(["plugin", "check", sample, "--json"])
            .await
            .unwrap();
        assert_eq!(checked.code, Some(0), "{language}: {}", checked.stdout);
        let tests = scripts.path().to_str().unwrap();
        let played = mortise(["plugin", "test", sample, "--tests", tests, "--json"])
            .await
            .unwrap();
        let report = played.json().unwrap();
        let findings = report["findings"].as_array().unwrap();
        let failed: Vec<_> = findings
            .iter()
            .filter(|finding| !finding["failure"].is_null())
            .collect();
        assert!(failed.is_empty(), "{language}: {failed:#?}");
        assert_eq!(played.code, Some(0), "{language}");
        passed.push(findings.len());
    }
    // The same scripts look at the same things.
    assert!(passed[0] > 100, "{passed:?}");
    assert!(passed.iter().all(|count| *count == passed[0]), "{passed:?}");
}

/// What a component says of itself without being run.
#[tokio::test(flavor = "multi_thread")]
async fn every_component_says_what_it_is_made_of() {
    for language in LANGUAGES {
        let bytes = std::fs::read(paths::sample(language).unwrap()).unwrap();
        let sections = mortise_tests::wasm::custom_sections(&bytes).unwrap();
        for name in ["component-name", "version", "licenses", "sbom"] {
            assert!(
                sections.iter().any(|(found, _)| found == name),
                "{language}: {name}"
            );
        }
        let bill = sections.iter().find(|(name, _)| name == "sbom").unwrap();
        let bill: serde_json::Value = serde_json::from_slice(&bill.1).unwrap();
        assert_eq!(bill["bomFormat"], "CycloneDX");
        assert!(
            !bill["components"].as_array().unwrap().is_empty(),
            "{language}"
        );
    }
}
