//! Statements that take too long, and a server that goes away.

use serde_json::json;

use super::{ROLE, Setup, failure, one_step, output, query, sentence};

const WAITS: &str = "SELECT pg_sleep(3600)";

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_ends_by_its_time() {
    let setup = Setup::with(&[query()]).await;
    let launch = setup.launch().setting("sql.statement-timeout-ms", "300");
    let daemon = launch.start().await.unwrap();
    let failed = failure(&daemon, "/query", &json!({ "sql": WAITS })).await;
    assert_eq!(failed["disposition"], "retry");
    assert_eq!(failed["cause"]["code"], "57014");
    assert!(sentence(&failed).contains("statement timeout"), "{failed}");
    // The connection is as good as before.
    output(&daemon, "/query", &json!({ "sql": "SELECT 1" })).await;
    let connections = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'app'";
    assert_eq!(setup.server.sql(connections).await.unwrap(), "1");
    assert!(daemon.stop().await.unwrap().success());
}

/// Waits at the end of its transaction, when everything else is done.
const SLOW_COMMIT: &str = "
CREATE TABLE slow (id int PRIMARY KEY);
CREATE FUNCTION waits() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(3600); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER waits AFTER INSERT ON slow DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION waits()";

#[tokio::test(flavor = "multi_thread")]
async fn what_became_of_a_statement_is_said_honestly_when_the_server_goes_away() {
    let patient = one_step(
        "transaction",
        r#"{ statements: "${{ .event.statements }}" }"#,
    )
    .replace("attempts: 1", "attempts: 20, initial: 100ms");
    let mut setup = Setup::with(&[patient, query()]).await;
    setup.sql("CREATE TABLE calm (id int)").await.unwrap();
    setup.sql(SLOW_COMMIT).await.unwrap();
    let daemon = setup
        .launch()
        .setting("sql.statement-timeout-ms", "600000")
        .start()
        .await
        .unwrap();
    // While a statement runs: nothing was kept, so it is simply tried again, and done once.
    let slow = json!({ "statements": [
        { "sql": "INSERT INTO calm VALUES (1)" },
        { "sql": "SELECT pg_sleep(CASE WHEN pg_postmaster_start_time() > $1::timestamptz THEN 0 ELSE 3600 END)", "parameters": [started(&setup).await] },
    ] });
    let id = daemon
        .accept("/transaction", slow.to_string())
        .await
        .unwrap();
    until_active(&setup, "pg_sleep(CASE").await;
    setup.server.crash().await.unwrap();
    setup.server.run().await.unwrap();
    let run = daemon.succeeded(&id).await.unwrap();
    let first = &run["steps"][0]["attempts"][0]["failure"];
    assert_eq!(first["disposition"], "retry", "{run:#}");
    assert_eq!(
        setup.server.sql("SELECT count(*) FROM calm").await.unwrap(),
        "1"
    );
    // While it commits: nobody knows, so nobody tries again.
    let slow = json!({ "statements": [{ "sql": "INSERT INTO slow VALUES (1)" }] });
    let id = daemon
        .accept("/transaction", slow.to_string())
        .await
        .unwrap();
    until_active(&setup, "COMMIT").await;
    setup.server.crash().await.unwrap();
    let run = daemon.rest(&id).await.unwrap();
    assert_eq!(run["failure"]["disposition"], "unclear", "{run:#}");
    assert!(
        sentence(&run["failure"]).contains("while the transaction was committed"),
        "{run:#}"
    );
    // While it is away nothing is sent; when it is back, the pool finds it.
    let failed = failure(&daemon, "/query", &json!({ "sql": "SELECT 1" })).await;
    assert_eq!(failed["disposition"], "retry");
    setup.server.run().await.unwrap();
    output(&daemon, "/query", &json!({ "sql": "SELECT 1" })).await;
    // Connections that died while they were idle are replaced without anybody noticing.
    setup.server.crash().await.unwrap();
    setup.server.run().await.unwrap();
    output(&daemon, "/query", &json!({ "sql": "SELECT 1" })).await;
    assert!(daemon.stop().await.unwrap().success());
}

async fn started(setup: &Setup) -> String {
    setup
        .server
        .sql("SELECT pg_postmaster_start_time()")
        .await
        .unwrap()
}

/// Waits until the server works on a statement of the daemon's.
async fn until_active(setup: &Setup, statement: &str) {
    let sql = format!(
        "DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM pg_stat_activity WHERE usename = '{ROLE}' AND state = 'active' \
         AND query LIKE '%{statement}%') LOOP \
         PERFORM pg_sleep(0.02), pg_stat_clear_snapshot(); END LOOP; END $$"
    );
    setup.server.sql(&sql).await.unwrap();
}
