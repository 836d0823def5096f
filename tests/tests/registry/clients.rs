//! Clients that others wrote, as they are.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use mortise_tests::cli::mortise;
use mortise_tests::paths;
use serde_json::json;
use tokio::process::Command;
use tokio::time::timeout;

use super::{MANIFEST, Shop, config, descriptor, digest, plugin, record};
use crate::common::Place;

/// Longest run of a client.
const CLIENT_MAX: Duration = Duration::from_secs(180);

/// Runs a client, which must end well; what it printed.
async fn run(program: &str, folder: &Path, arguments: &[&str]) -> String {
    let (is_good, printed) = run_env(program, folder, arguments, &[]).await;
    assert!(is_good, "{program} {arguments:?}: {printed}");
    printed
}

async fn run_env(
    program: &str,
    folder: &Path,
    arguments: &[&str],
    environment: &[(&str, &str)],
) -> (bool, String) {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .envs(environment.iter().copied())
        .env("HOME", folder)
        .env("XDG_RUNTIME_DIR", folder)
        .current_dir(folder)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = timeout(CLIENT_MAX, command.output()).await;
    let output = output
        .expect("it ends")
        .expect("it is installed, see scripts/bootstrap");
    let printed = [output.stdout, b"\n".to_vec(), output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&printed).into_owned(),
    )
}

/// A token of a namespace.
async fn token(place: &Place, namespace: &str) -> String {
    let make = [
        "tokens",
        "create",
        "--scope",
        "registry:push",
        "--namespace",
        namespace,
    ];
    let data = ["--data", place.data()];
    let made = mortise([&make[..], &data].concat()).await.unwrap();
    made.ok().unwrap().stdout.trim().to_owned()
}

/// Writes an OCI layout with one plugin.
fn layout(folder: &Path, component: &[u8]) {
    let blobs = folder.join("blobs/sha256");
    std::fs::create_dir_all(&blobs).unwrap();
    let manifest = plugin(component, &json!({}));
    for bytes in [&config(component), component, &manifest] {
        let name = digest(bytes);
        std::fs::write(blobs.join(name.trim_start_matches("sha256:")), bytes).unwrap();
    }
    let mut entry = descriptor(MANIFEST, &manifest);
    entry["annotations"] = json!({ "org.opencontainers.image.ref.name": "0.1.0" });
    let index = json!({ "schemaVersion": 2, "manifests": [entry] });
    std::fs::write(folder.join("index.json"), index.to_string()).unwrap();
    let version = json!({ "imageLayoutVersion": "1.0.0" });
    std::fs::write(folder.join("oci-layout"), version.to_string()).unwrap();
}

/// A certificate for 127.0.0.1 that is its own root, in files of a folder.
fn certificate(folder: &Path) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    std::fs::write(folder.join("ca.crt"), pem("CERTIFICATE", made.cert.der())).unwrap();
    let key = made.signing_key.serialize_der();
    std::fs::write(folder.join("server.pem"), pem("PRIVATE KEY", &key)).unwrap();
}

fn pem(label: &str, der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}

/// A folder of certificates, as skopeo wants one.
fn trusted(folder: &Path) -> std::path::PathBuf {
    let certificates = folder.join("certificates");
    std::fs::create_dir(&certificates).unwrap();
    std::fs::copy(folder.join("ca.crt"), certificates.join("ca.crt")).unwrap();
    certificates
}

#[tokio::test(flavor = "multi_thread")]
async fn skopeo_copies_a_plugin_in_and_out_over_tls() {
    let place = Place::with(&[]).await;
    let folder = place.folder.path().to_owned();
    certificate(&folder);
    let launch = Shop::launch(&place, &[])
        .setting("tls.cert-file", folder.join("ca.crt").to_str().unwrap())
        .setting("tls.key-file", folder.join("server.pem").to_str().unwrap());
    let daemon = launch.start().await.unwrap();
    let base = daemon.ready.registry.clone().unwrap();
    let address = base.strip_prefix("https://").unwrap();
    let credentials = format!("anybody:{}", token(&place, "mortise").await);
    let certificates = trusted(&folder);
    let certificates = certificates.to_str().unwrap();

    let component = record("0.1.0");
    layout(&folder.join("in"), &component);
    let there = format!("docker://{address}/mortise/record:0.1.0");
    let push = [
        "copy",
        "--dest-cert-dir",
        certificates,
        "--dest-creds",
        &credentials,
    ];
    let policy = ["--insecure-policy"];
    run(
        "skopeo",
        &folder,
        &[&policy, &push[..], &["oci:in:0.1.0", &there]].concat(),
    )
    .await;
    let pull = [
        "copy",
        "--src-cert-dir",
        certificates,
        "--src-creds",
        &credentials,
    ];
    run(
        "skopeo",
        &folder,
        &[&policy, &pull[..], &[&there, "oci:out:0.1.0"]].concat(),
    )
    .await;
    for bytes in [&component, &plugin(&component, &json!({}))] {
        let name = digest(bytes).replace(':', "/");
        let copied = std::fs::read(folder.join("out/blobs").join(name)).unwrap();
        assert_eq!(&copied, bytes);
    }
    refuses(&folder, (address, certificates), &push).await;
    let list = [
        "list-tags",
        "--cert-dir",
        certificates,
        "--creds",
        &credentials,
    ];
    let here = format!("docker://{address}/mortise/record");
    let listed = run("skopeo", &folder, &[&list[..], &[&here]].concat()).await;
    assert!(listed.contains("\"0.1.0\""), "{listed}");
    assert!(daemon.stop().await.unwrap().success());
}

/// Without the token, with another version's bytes, and elsewhere.
async fn refuses(folder: &Path, (address, certificates): (&str, &str), push: &[&str]) {
    let mut other = record("0.1.0");
    // A custom section: another component that says the same of itself.
    other.extend([0, 6, 4, b'n', b'o', b't', b'e', b'!']);
    layout(&folder.join("other"), &other);
    let own = format!("docker://{address}/mortise/record:0.1.0");
    let others = format!("docker://{address}/others/record:0.1.0");
    let wrong = [
        "copy",
        "--dest-cert-dir",
        certificates,
        "--dest-creds",
        "a:wrong",
    ];
    for (flags, source, target, why) in [
        (&wrong[..], "oci:in:0.1.0", &own, "unauthorized"),
        (push, "oci:other:0.1.0", &own, "a version never changes"),
        (push, "oci:in:0.1.0", &others, "403"),
    ] {
        let arguments = [&["--insecure-policy"], flags, &[source, target]].concat();
        let (is_good, printed) = run_env("skopeo", folder, &arguments, &[]).await;
        assert!(!is_good && printed.contains(why), "{why}: {printed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn oras_pushes_and_pulls_a_plugin() {
    let shop = Shop::open(&[]).await;
    let folder = shop.place.folder.path();
    let component = record("0.1.0");
    std::fs::write(folder.join("config.json"), config(&component)).unwrap();
    std::fs::write(folder.join("component.wasm"), &component).unwrap();
    std::fs::create_dir(folder.join("out")).unwrap();
    let oras = paths::oras().unwrap();
    let python = oras.join("bin/python");
    let script = paths::checked_in("tests/oras/client.py").unwrap();
    let token = token(&shop.place, "mortise").await;
    let arguments = [
        script.to_str().unwrap(),
        shop.address(),
        "mortise/record",
        "0.1.0",
        &token,
        "component.wasm",
        "out",
    ];
    let printed = run(python.to_str().unwrap(), folder, &arguments).await;
    assert!(printed.contains("201 sha256:"), "{printed}");
    assert!(printed.contains("\n0.1.0\n"), "{printed}");
    let pulled = std::fs::read(folder.join("out/component.wasm")).unwrap();
    assert_eq!(pulled, component);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_conformance_tests_of_the_specification_pass_and_none_is_skipped() {
    let settings = [
        ("registry.any-artifact", "true"),
        ("registry.allow-delete", "true"),
    ];
    let shop = Shop::open(&settings).await;
    let folder = shop.place.folder.path();
    let token = token(&shop.place, "team").await;
    let program = paths::oci_conformance().unwrap();
    let environment = [
        ("OCI_REGISTRY", shop.address()),
        ("OCI_TLS", "disabled"),
        ("OCI_REPO1", "team/conformance/one"),
        ("OCI_REPO2", "team/conformance/two"),
        ("OCI_USERNAME", "anybody"),
        ("OCI_PASSWORD", &token),
        ("OCI_VERSION", "1.1"),
        ("OCI_RESULTS_DIR", "results"),
        // The four workflows by their older names, and what the older tests did not have.
        ("OCI_TEST_PULL", "1"),
        ("OCI_TEST_PUSH", "1"),
        ("OCI_TEST_CONTENT_DISCOVERY", "1"),
        ("OCI_TEST_CONTENT_MANAGEMENT", "1"),
        ("OCI_API_BLOBS_UPLOAD_CANCEL", "true"),
        ("OCI_API_BLOBS_DIGEST_HEADER", "true"),
        ("OCI_API_MANIFESTS_DIGEST_HEADER", "true"),
        ("OCI_API_MANIFESTS_TAG_PARAM", "true"),
        ("OCI_DATA_SHA512", "true"),
        // Blobs of a repository that nobody names are nobody's to take.
        ("OCI_API_BLOBS_MOUNT_ANONYMOUS", "false"),
        ("OCI_DATA_SPARSE", "false"),
    ];
    let program = program.to_str().unwrap();
    let (is_good, printed) = run_env(program, folder, &[], &environment).await;
    let report = std::fs::read_to_string(folder.join("results/junit.xml")).unwrap();
    let suites = report.split_once("<testsuites").unwrap().1;
    let (suites, _) = suites.split_once('>').unwrap();
    let count = |name: &str| -> u32 {
        let value = suites.split_once(&format!(" {name}=\""));
        let value = value.map_or("0", |(_, rest)| rest.split('"').next().unwrap());
        value.parse().unwrap()
    };
    assert!(count("tests") > 500, "{suites}");
    for bad in ["failures", "errors", "skipped"] {
        assert_eq!(count(bad), 0, "{bad}: {suites}\n{printed}");
    }
    assert!(is_good, "{printed}");
}
