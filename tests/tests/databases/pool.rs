//! Connections that are shared: few of them, and each as new for whoever comes next.

use futures::future::join_all;
use serde_json::json;

use super::{ROLE, Setup, output, query, transaction};

#[tokio::test(flavor = "multi_thread")]
async fn more_calls_than_connections_wait_for_one() {
    let setup = Setup::with(&[query()]).await;
    let launch = setup.launch().setting("sql.connections-max", "2");
    let daemon = launch.start().await.unwrap();
    let sql = format!(
        "SELECT count(*) AS open FROM pg_sleep(0.3), pg_stat_activity WHERE usename = '{ROLE}'"
    );
    let asked = json!({ "sql": sql });
    let all = join_all((0..6).map(|_| output(&daemon, "/query", &asked))).await;
    let most = all
        .iter()
        .filter_map(|read| read["rows"][0]["open"].as_i64())
        .max();
    assert_eq!(most, Some(2), "{all:?}");
    assert!(daemon.stop().await.unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_as_new_for_the_next_one() {
    let setup = Setup::with(&[query(), transaction()]).await;
    let launch = setup.launch().setting("sql.connections-max", "1");
    let daemon = launch.start().await.unwrap();
    let told = json!({ "statements": [
        { "sql": "SET search_path = elsewhere" },
        { "sql": "SET application_name = 'other'" },
        { "sql": "CREATE TEMP TABLE mine (id int)" },
        { "sql": "SELECT pg_advisory_lock(7)" },
        { "sql": "SELECT pg_backend_pid() AS pid" },
    ] });
    let done = output(&daemon, "/transaction", &told).await;
    let sql = "SELECT pg_backend_pid() AS pid, current_setting('search_path') AS path, current_setting('application_name') AS name, to_regclass('pg_temp.mine') AS mine, \
               (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory') AS locks";
    let read = output(&daemon, "/query", &json!({ "sql": sql })).await;
    let expected = json!({
        "pid": done["results"][4]["rows"][0]["pid"], "path": "\"$user\", public", "name": "mortise", "mine": null, "locks": 0,
    });
    assert_eq!(read["rows"][0], expected);
    assert!(daemon.stop().await.unwrap().success());
}
