//! Who gets in, and where nobody gets out: TLS, passwords, egress.

use mortise_tests::postgres::{CERTIFIED, Server};
use serde_json::json;

use super::{PASSWORD, Setup, failure, output, query, sentence};

const ASKS: &str = "SELECT usename, ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE pid = pg_backend_pid()";

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_encrypted_to_a_server_that_proves_who_it_is() {
    let setup = Setup::with(&[query()]).await;
    let daemon = setup.launch().start().await.unwrap();
    let read = output(&daemon, "/query", &json!({ "sql": ASKS })).await;
    assert_eq!(read["rows"][0], json!({ "usename": "app", "ssl": true }));
    // Somebody else's authority: nobody is asked for anything.
    let other = Server::start_without_tls().await.unwrap();
    assert!(daemon.stop().await.unwrap().success());
    setup
        .connect(&json!({ "tls-ca": other.authority }))
        .await
        .ok()
        .unwrap();
    let daemon = setup.launch().start().await.unwrap();
    let failed = failure(&daemon, "/query", &json!({ "sql": ASKS })).await;
    assert_eq!(failed["disposition"], "retry");
    assert!(sentence(&failed).contains("no TLS connection"), "{failed}");
    assert!(daemon.stop().await.unwrap().success());
    // A server that speaks no TLS.
    let plain = Setup::without_connection(other, &[query()]).await;
    plain.connect(&json!({})).await.ok().unwrap();
    let daemon = plain.launch().start().await.unwrap();
    let failed = failure(&daemon, "/query", &json!({ "sql": ASKS })).await;
    assert_eq!(failed["disposition"], "misconfigured");
    assert!(sentence(&failed).contains("speaks no TLS"), "{failed}");
    assert!(daemon.stop().await.unwrap().success());
    // The operator has named the address, so it may go without.
    plain
        .connect(&json!({ "tls": "disable" }))
        .await
        .ok()
        .unwrap();
    let daemon = plain.launch().start().await.unwrap();
    let read = output(&daemon, "/query", &json!({ "sql": ASKS })).await;
    assert_eq!(read["rows"][0]["ssl"], false);
    assert!(daemon.stop().await.unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_opens_as_a_password_does() {
    let server = Server::start().await.unwrap();
    let (certificate, key) = server.certified.clone();
    server
        .sql(&format!("CREATE ROLE {CERTIFIED} LOGIN"))
        .await
        .unwrap();
    let setup = Setup::without_connection(server, &[query()]).await;
    let folder = setup.kept.place.folder.path();
    let secret = |name: &str, text: &str| {
        let file = folder.join(name);
        std::fs::write(&file, text).unwrap();
        format!("{name}=file:{}", file.display())
    };
    let secrets = [
        secret("client-certificate", &certificate),
        secret("client-key", &key),
    ];
    let arguments = [
        "--scheme",
        "certificate",
        "--secret",
        &secrets[0],
        "--secret",
        &secrets[1],
    ];
    setup
        .add(&json!({ "user": CERTIFIED }), &arguments, "")
        .await
        .ok()
        .unwrap();
    let daemon = setup.launch().start().await.unwrap();
    let read = output(&daemon, "/query", &json!({ "sql": ASKS })).await;
    assert_eq!(
        read["rows"][0],
        json!({ "usename": CERTIFIED, "ssl": true })
    );
    assert!(daemon.stop().await.unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_names_the_line_that_would_allow_it() {
    let setup = Setup::with(&[query()]).await;
    let launch = setup.launch().without_setting("egress.allow-private");
    let daemon = launch.start().await.unwrap();
    let failed = failure(&daemon, "/query", &json!({ "sql": ASKS })).await;
    assert_eq!(failed["disposition"], "misconfigured");
    assert!(
        sentence(&failed).contains("`egress.allow-private: [127.0.0.1/32]`"),
        "{failed}"
    );
    assert!(daemon.stop().await.unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_nowhere_to_be_seen() {
    let setup = Setup::with(&[query()]).await;
    let daemon = setup
        .launch()
        .setting("log.level", "trace")
        .start()
        .await
        .unwrap();
    output(&daemon, "/query", &json!({ "sql": ASKS })).await;
    // What the server says may hold it, as here where somebody writes it into a statement.
    let echoed = failure(
        &daemon,
        "/query",
        &json!({ "sql": "SELECT $1::int", "parameters": [PASSWORD] }),
    )
    .await;
    assert!(
        sentence(&echoed).contains("[secret]") && !echoed.to_string().contains(PASSWORD),
        "{echoed}"
    );
    let said = daemon.stderr();
    assert!(!said.contains(PASSWORD), "{said}");
    assert!(daemon.stop().await.unwrap().success());
    // With another one nobody gets in.
    setup
        .connect_with(&json!({}), "canary-of-yesterday")
        .await
        .ok()
        .unwrap();
    let daemon = setup
        .launch()
        .setting("log.level", "trace")
        .start()
        .await
        .unwrap();
    let failed = failure(&daemon, "/query", &json!({ "sql": ASKS })).await;
    assert_eq!(failed["disposition"], "reauthorize");
    assert_eq!(failed["cause"]["code"], "28P01");
    assert!(
        !failed.to_string().contains("canary-of-yesterday"),
        "{failed}"
    );
    assert!(!daemon.stderr().contains("canary-of-yesterday"));
    assert!(daemon.stop().await.unwrap().success());
}
