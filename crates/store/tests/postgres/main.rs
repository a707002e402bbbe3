//! What only PostgreSQL has: several servers at once, connections that are cut, a catalogue that keeps workspaces apart.
//! Without a server for tests (see `common::databases`) they say so and pass.

#[path = "../common/mod.rs"]
mod common;
mod persons;

use common::{
    databases::{Opens, PostgresDatabase},
    shop::{agent, rotator, workspace},
};
use konektor_core::{
    decide::{Memory, Visit},
    flood::FloodLimits,
    fold::Fresh,
    identity::continuity::Fingerprints,
    ids::{AgentId, ClickId, LeadId, RotatorId, WorkspaceId},
    time::{Day, UnixMs},
};
use konektor_store::{Reports, Store, StoreError, model::*, postgres::PostgresStore};
use std::{collections::BTreeSet, sync::Arc};

const START: UnixMs = UnixMs(1_795_323_600_000); // 2026-11-22 12:00 in Jakarta
const TODAY: Day = Day(20_261_122);
const BROWSER: &str = "Mozilla/5.0 (Linux; Android 14; SM-A155F) Chrome/130.0.0.0 Mobile";

async fn database() -> Option<PostgresDatabase> {
    PostgresDatabase::make(START).await
}

/// A link with two agents.
struct Shop {
    workspace: WorkspaceId,
    agents: [AgentId; 2],
    rotator: RotatorId,
    prints: Fingerprints,
}

impl Shop {
    async fn open(store: &PostgresStore) -> Self {
        let workspace = store.add_workspace(workspace("Toko"), START).await.unwrap();
        let add =
            async |name: &str, phone: &str| store.add_agent(workspace, agent(name, phone), START).await.unwrap().id;
        let agents = [add("Ayu", "6281200000001").await, add("Budi", "6281200000002").await];
        let rotator = rotator("promo", &agents);
        let rotator = store.add_rotator(workspace, rotator, START).await.unwrap().id;
        let prints = Fingerprints::new(store.installation().await.unwrap().fingerprint_key);
        Self {
            workspace,
            agents,
            rotator,
            prints,
        }
    }

    fn visit(&self, n: i64) -> Visit {
        let link = (self.workspace, self.rotator);
        common::visit(&self.prints, link, START.plus_ms(n), &format!("utm_id={n}"), BROWSER)
    }
}

/// A server: its store and what its recorder remembers.
struct Server {
    store: PostgresStore,
    memory: Option<Box<Memory>>,
}

impl Server {
    async fn start(database: &PostgresDatabase) -> Self {
        let store = database.open().await;
        Self { store, memory: None }
    }

    async fn record(&mut self, visits: Vec<Visit>) -> Result<Vec<konektor_core::click::Click>, StoreError> {
        let routing = Arc::new(self.store.routing().await?);
        let memory = match self.memory.take() {
            Some(memory) => memory,
            None => self.store.memory(FloodLimits::default()).await?,
        };
        let (memory, decisions) = self.store.record(routing, memory, visits, Arc::default()).await?;
        self.memory = Some(memory);
        Ok(decisions.clicks)
    }

    async fn fold(&self) -> usize {
        let routing = Arc::new(self.store.routing().await.unwrap());
        let folded = self.store.fold(routing, Fresh::default(), 10_000).await.unwrap();
        folded.clicks
    }

    async fn counted(&self, shop: &Shop, metric: &'static str) -> u64 {
        let range = ReportRange {
            from: TODAY,
            to: TODAY,
            rotator: None,
        };
        let counters = self.store.counters(shop.workspace, metric, range).await.unwrap();
        counters.iter().map(|counter| counter.n).sum()
    }
}

#[tokio::test]
async fn two_servers_take_turns_and_neither_loses_nor_doubles_a_click() {
    let Some(database) = database().await else { return };
    let mut a = Server::start(&database).await;
    let shop = Shop::open(&a.store).await;
    let mut b = Server::start(&database).await;
    let (mut clicks, mut numbers): (BTreeSet<ClickId>, BTreeSet<LeadId>) = Default::default();
    let mut given = [0_i32; 2];
    for n in 0..40 {
        let server = if n % 2 == 0 { &mut a } else { &mut b };
        for click in server.record(vec![shop.visit(n)]).await.unwrap() {
            assert!(clicks.insert(click.id), "two clicks have one id");
            assert!(numbers.insert(click.lead), "two visitors have one number");
            given[usize::from(click.agent == Some(shop.agents[1]))] += 1;
        }
    }
    assert_eq!(clicks.len(), 40);
    assert!((given[0] - given[1]).abs() <= 2, "at most one turn a server: {given:?}");

    // Each folds its own; what one leaves behind the other one folds.
    assert_eq!(a.fold().await, 20);
    assert_eq!(a.fold().await, 0);
    drop(b);
    database.forget_the_dead().await;
    assert_eq!(a.fold().await, 20);
    assert_eq!(a.fold().await, 0);
    assert_eq!(a.counted(&shop, "clicks").await, 40);
    assert_eq!(a.counted(&shop, "new").await, 40);
    let leads = a.store.leads(shop.workspace, LeadFilter::default(), None, 100).await;
    assert_eq!(leads.unwrap().leads.len(), 40);
    drop(a);
    database.drop().await;
}

#[tokio::test]
async fn a_lead_that_goes_to_and_fro_between_servers_has_all_its_clicks_in_order() {
    let Some(database) = database().await else { return };
    let mut a = Server::start(&database).await;
    let shop = Shop::open(&a.store).await;
    let mut b = Server::start(&database).await;
    let first = a.record(vec![shop.visit(0)]).await.unwrap().remove(0);
    for n in 1..=6 {
        let back = Visit {
            cookie: Some(first.lead.number),
            ..shop.visit(n * 10_000)
        };
        let server = if n % 2 == 0 { &mut a } else { &mut b };
        assert_eq!(server.record(vec![back]).await.unwrap()[0].agent, first.agent);
    }
    // The later ones of the one are folded before the earlier ones of the other.
    assert_eq!((b.fold().await, a.fold().await), (3, 4));
    let lead = a.store.find_lead(first.lead).await.unwrap().unwrap();
    assert_eq!((lead.click_count, lead.last.unwrap().at), (7, START.plus_ms(60_000)));
    let timeline = a.store.timeline(first.lead, None, 100).await.unwrap();
    let at: Vec<_> = timeline.iter().map(|item| item.at().since(START)).collect();
    assert_eq!(at, [60_000, 50_000, 40_000, 30_000, 20_000, 10_000, 0]);
    let page = a
        .store
        .timeline(first.lead, Some(START.plus_ms(40_000)), 2)
        .await
        .unwrap();
    let at: Vec<_> = page.iter().map(|item| item.at().since(START)).collect();
    assert_eq!(at, [30_000, 20_000]);
    drop((a, b));
    database.drop().await;
}

#[tokio::test]
async fn a_daily_cap_holds_across_servers() {
    let Some(database) = database().await else { return };
    let mut a = Server::start(&database).await;
    let shop = Shop::open(&a.store).await;
    let capped = AgentFields {
        daily_cap: Some(3),
        ..agent("Ayu", "6281200000001")
    };
    a.store
        .set_agent(shop.workspace, shop.agents[0], capped, START)
        .await
        .unwrap();
    let mut b = Server::start(&database).await;
    let mut given = 0;
    for n in 0..20 {
        let server = if n % 2 == 0 { &mut a } else { &mut b };
        let click = server.record(vec![shop.visit(n)]).await.unwrap().remove(0);
        given += usize::from(click.agent == Some(shop.agents[0]));
    }
    assert_eq!(given, 3);
    drop((a, b));
    database.drop().await;
}

#[tokio::test]
async fn what_one_server_changes_the_others_hear() {
    let Some(database) = database().await else { return };
    let mut a = Server::start(&database).await;
    let shop = Shop::open(&a.store).await;
    let b = Server::start(&database).await;
    let mut heard = b.store.changes();
    let off = AgentFields {
        active: false,
        ..agent("Ayu", "6281200000001")
    };
    a.store
        .set_agent(shop.workspace, shop.agents[0], off, START)
        .await
        .unwrap();
    assert_eq!(heard.recv().await.unwrap(), Change::Routing);
    assert!(!b.store.routing().await.unwrap().agent(shop.agents[0]).unwrap().active);
    let click = a.record(vec![shop.visit(1)]).await.unwrap().remove(0);
    a.fold().await;
    let new = FoldedLead {
        lead: click.lead,
        agent: click.agent,
        new: true,
    };
    assert_eq!(heard.recv().await.unwrap(), Change::Leads(vec![new]));

    // A lost session is begun anew, and then everything may have changed.
    let admin = database.connect().await;
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    admin.query(cut, &[]).await.unwrap();
    assert_eq!(heard.recv().await.unwrap(), Change::Everything);
    drop((a, b));
    database.drop().await;
}

#[tokio::test]
async fn connections_are_cut_all_the_time_and_what_was_acknowledged_is_there_once() {
    let Some(database) = database().await else { return };
    let mut server = Server::start(&database).await;
    let shop = Shop::open(&server.store).await;
    let admin = database.connect().await;
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let cutting = tokio::spawn({
        let stop = stop.clone();
        async move {
            let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                       WHERE datname = current_database() AND pid <> pg_backend_pid() ORDER BY random() LIMIT 2";
            let mut cuts = 0;
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                cuts += admin.query(cut, &[]).await.unwrap().len();
                tokio::time::sleep(std::time::Duration::from_millis(40)).await;
            }
            cuts
        }
    });
    let (mut acknowledged, mut failed) = (BTreeSet::new(), 0);
    let mut n = 0;
    while acknowledged.len() < 80 {
        n += 1;
        match server.record(vec![shop.visit(n), shop.visit(n + 100_000)]).await {
            Ok(clicks) => acknowledged.extend(clicks.iter().map(|click| click.id)),
            Err(error) => {
                assert!(error.is_unavailable(), "{error}");
                failed += 1;
                tokio::time::sleep(std::time::Duration::from_millis(10)).await; // as a server that waits would
            }
        }
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    let cuts = cutting.await.unwrap();
    println!("{cuts} connections were cut, {failed} of {n} batches failed");
    let admin = database.connect().await;
    let stored = admin.query("SELECT id FROM clicks ORDER BY id", &[]).await.unwrap();
    let stored: BTreeSet<ClickId> = stored.iter().map(|row| ClickId(row.get(0))).collect();
    assert!(acknowledged.is_subset(&stored), "an acknowledged click is lost");
    loop {
        let routing = match server.store.routing().await {
            Ok(routing) => Arc::new(routing),
            Err(_) => continue,
        };
        if let Ok(pass) = server.store.fold(routing, Fresh::default(), 10_000).await
            && pass.clicks == 0
        {
            break;
        }
    }
    // A batch of which nobody could say what became of it may be there; then it is counted, and once.
    assert_eq!(server.counted(&shop, "clicks").await, stored.len() as u64);
    drop(server);
    database.drop().await;
}

#[tokio::test]
async fn a_schema_of_a_later_version_and_a_database_of_another_program_are_refused() {
    let Some(database) = database().await else { return };
    database
        .connect()
        .await
        .batch_execute("CREATE TABLE diary (entry text)")
        .await
        .unwrap();
    let refused = PostgresStore::open(database.url(), START).await;
    assert!(matches!(refused, Err(StoreError::NotOurs { .. })));
    database
        .connect()
        .await
        .batch_execute("DROP TABLE diary")
        .await
        .unwrap();
    database.open().await.close().await.unwrap();
    let later = "UPDATE refinery_schema_history SET version = 9999
                 WHERE version = (SELECT max(version) FROM refinery_schema_history)";
    database.connect().await.batch_execute(later).await.unwrap();
    let refused = PostgresStore::open(database.url(), START).await;
    assert!(matches!(refused, Err(StoreError::Newer { found: 9_999, .. })));
    database.drop().await;
}

/// The tables by what `deploy/citus.sql` makes of them.
fn tables(how: &str) -> BTreeSet<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/citus.sql");
    let script = std::fs::read_to_string(path).unwrap();
    let names = script.lines().filter_map(|line| line.strip_prefix(how));
    names.map(|rest| rest.split('\'').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn every_key_of_a_tenants_table_has_its_workspace_and_no_reference_leaves_it() {
    let Some(database) = database().await else { return };
    let store = database.open().await;
    let admin = database.connect().await;
    let names = async |sql: &str| -> BTreeSet<String> {
        let rows = admin.query(sql, &[]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    };
    let spread = tables("SELECT create_distributed_table('");
    let copied = tables("SELECT create_reference_table('");
    let all = names(
        "SELECT relname::text FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition
           AND relnamespace = 'public'::regnamespace AND relname <> 'refinery_schema_history'",
    )
    .await;
    assert_eq!(
        &spread | &copied,
        all,
        "deploy/citus.sql says of each table where it lies"
    );
    let without = names(
        "SELECT i.indrelid::regclass::text FROM pg_index i
         WHERE i.indisunique AND NOT EXISTS (
             SELECT 1 FROM pg_attribute a
             WHERE a.attrelid = i.indrelid AND a.attname = 'workspace_id' AND a.attnum = ANY(i.indkey))",
    )
    .await;
    assert_eq!(
        &without & &spread,
        BTreeSet::new(),
        "a unique key without the workspace"
    );
    let not_led = names(
        "SELECT i.indrelid::regclass::text FROM pg_index i JOIN pg_attribute a
           ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
         WHERE i.indisprimary AND a.attname <> 'workspace_id'",
    )
    .await;
    assert_eq!(
        &not_led & &spread,
        BTreeSet::new(),
        "a primary key that the workspace does not lead"
    );
    let referring = names("SELECT conrelid::regclass::text FROM pg_constraint WHERE contype = 'f'").await;
    let referred = names("SELECT confrelid::regclass::text FROM pg_constraint WHERE contype = 'f'").await;
    assert_eq!(&(&referring | &referred) & &spread, BTreeSet::new());
    let owned = names(
        "SELECT s.refobjid::regclass::text FROM pg_depend s JOIN pg_class c ON c.oid = s.objid AND c.relkind = 'S'
         WHERE s.deptype IN ('a', 'i') AND s.refclassid = 'pg_class'::regclass",
    )
    .await;
    assert_eq!(
        &owned & &spread,
        BTreeSet::new(),
        "a sequence that all visitors would count by"
    );
    drop(store);
    database.drop().await;
}

#[tokio::test]
async fn months_are_made_ahead_and_an_old_one_of_deliveries_goes_whole() {
    let Some(database) = database().await else { return };
    let store = database.open().await;
    let admin = database.connect().await;
    let months = async || -> Vec<String> {
        let sql = "SELECT c.relname::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                   WHERE i.inhparent IN ('clicks'::regclass, 'deliveries'::regclass) ORDER BY 1";
        let rows = admin.query(sql, &[]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    };
    let made = [
        "clicks_2026_11",
        "clicks_2026_12",
        "clicks_2027_01",
        "clicks_rest",
        "deliveries_2026_11",
        "deliveries_2026_12",
        "deliveries_2027_01",
        "deliveries_rest",
    ];
    assert_eq!(months().await, made);
    let settle = |at: UnixMs| {
        let id = ClickId::before(0, at).0;
        format!(
            "INSERT INTO deliveries (workspace_id, id, destination_id, number, click_id, trigger_kind, name, event_id, at,
                                     consent, not_before, expires_at, state, due, settled_at)
             VALUES (1, {id}, 1, 1, 1, 'click', 'Lead', 'kn', 1, 'granted', 1, 1, 'sent', 1, {})",
            at.0
        )
    };
    admin.batch_execute(&settle(START)).await.unwrap();
    assert_eq!(store.forget_deliveries(START).await.unwrap(), 0);
    let later = START.plus_ms(60 * 24 * 3_600_000);
    admin.batch_execute(&settle(later)).await.unwrap();
    assert_eq!(store.forget_deliveries(later).await.unwrap(), 1);
    assert!(!months().await.contains(&"deliveries_2026_11".to_owned()));
    assert!(months().await.contains(&"deliveries_2027_01".to_owned()));
    drop(store);
    database.drop().await;
}
