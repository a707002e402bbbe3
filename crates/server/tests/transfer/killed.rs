//! A transfer that is killed, with no moment left to tidy up.

use crate::{
    common::{self, konektor, wait_for},
    town::{Postgres, Town, migrate, moved, refusal, rows, sqlite},
};
use konektor_core::time::UnixMs;
use konektor_store::{Store, postgres::PostgresStore};
use std::process::Stdio;

#[test]
fn one_that_was_killed_half_way_goes_on_and_until_then_no_server_starts_on_it() {
    let Some(postgres) = Postgres::make() else { return };
    let town = Town::of(9_000);
    let first = sqlite(&town.data);
    // The schema is there, as it would be on a database that a server was tried on.
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let store = PostgresStore::open(&postgres.url, UnixMs(1)).await.expect("it opens");
        store.close().await.expect("it closes");
    });
    // Nobody writes what is folded of clicks: the transfer comes as far as that and waits.
    let barrier = runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(&postgres.url, tokio_postgres::NoTls)
            .await
            .expect("there");
        tokio::spawn(connection);
        client
            .batch_execute("BEGIN; LOCK TABLE activity IN SHARE MODE")
            .await
            .expect("locked");
        client
    });
    let mut running = migrate(&town.data, &first, &postgres.url)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it can be started");
    let clicks = "SELECT coalesce((SELECT done FROM transfer WHERE name = 'clicks'), 0)";
    wait_for("the clicks", || {
        let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted";
        (postgres.number(clicks) > 9_000 && postgres.number(waiting) > 0).then_some(())
    });
    running.kill().expect("it is ours");
    running.wait().expect("it is ours");
    drop(barrier);
    wait_for("the end of its sessions", || {
        let sessions =
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
        (postgres.number(sessions) == 0).then_some(())
    });
    assert!(postgres.number("SELECT count(*) FROM clicks") > 9_000);
    assert_eq!(postgres.number("SELECT count(*) FROM activity"), 0);

    let [address, metrics] = common::free_addresses();
    let mut serve = konektor(&town.data);
    serve.arg("serve").env("KONEKTOR_DATABASE", &postgres.url);
    serve
        .env("KONEKTOR_LISTEN", address.to_string())
        .env("KONEKTOR_METRICS_LISTEN", metrics.to_string());
    let output = serve.output().expect("it can be started");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("half copied"), "{said}");

    let other = Town::of(1);
    let said = refusal(&other.data, &sqlite(&other.data), &postgres.url);
    assert!(said.contains("half copied from another installation"), "{said}");

    let tables = moved(&town.data, &first, &postgres.url);
    assert!(
        rows(&tables, "leads") == 9_000 && rows(&tables, "activity") > 0,
        "{tables}"
    );
    let server = town.serve(&postgres.url);
    town.visit(&server, "utm_source=after", None);
    town.stop(server);
}
