//! Several servers that hear of the same persons at once.

use super::{BROWSER, START, Server, Shop, agent, common, database};
use konektor_core::{
    decide::Visit,
    ids::{LeadId, VisitorNumber},
    lead::NameSource,
    time::UnixMs,
};
use konektor_store::{Identity, Reports, Store, model::*, postgres::PostgresStore};
use std::{collections::BTreeSet, sync::Arc};

/// Held by whoever changes who is who in a workspace.
const PERSONS: i32 = 0x4B4F_0005;

fn form(lead: Addressed, name: &str, phone: &str) -> Submission {
    Submission {
        lead,
        name: Some(name.to_owned()),
        phone: Some(phone.to_owned()),
        source: NameSource::Form,
        by: "form:1".to_owned(),
        make: true,
        ..Submission::default()
    }
}

async fn listed(store: &PostgresStore, shop: &Shop) -> Vec<Lead> {
    let leads = store.leads(shop.workspace, LeadFilter::default(), None, 1_000).await;
    leads.unwrap().leads
}

#[tokio::test]
async fn two_servers_that_hear_of_one_person_at_once_make_one_lead() {
    let Some(database) = database().await else { return };
    let a = Server::start(&database).await;
    let shop = Shop::open(&a.store).await;
    let b = Server::start(&database).await;
    let mut made = BTreeSet::new();
    for n in 0..30 {
        let phone = format!("62811000000{n:02}");
        let submission = form(Addressed::Nobody, "Rina", &phone);
        let (one, other) = tokio::join!(
            a.store.submit(shop.workspace, submission.clone(), START),
            b.store.submit(shop.workspace, submission, START)
        );
        let leads = [one.unwrap(), other.unwrap()].map(|done| match done {
            Submitted::Done { lead, made, .. } => (lead, made),
            other => panic!("{other:?}"),
        });
        assert_eq!(leads[0].0, leads[1].0, "one number is one person");
        assert_ne!(leads[0].1, leads[1].1, "one of them made the lead");
        made.insert(leads[0].0);
    }
    assert_eq!((made.len(), listed(&a.store, &shop).await.len()), (30, 30));
    drop((a, b));
    database.drop().await;
}

#[tokio::test]
async fn what_must_not_be_taken_twice_is_taken_once_by_two_servers() {
    let Some(database) = database().await else { return };
    let a = Server::start(&database).await;
    let shop = Shop::open(&a.store).await;
    let b = Server::start(&database).await;
    for n in 0..10 {
        let submission = Submission {
            once: Some([n; 32]),
            ..form(Addressed::Nobody, "Rina", "6281100000001")
        };
        let (one, other) = tokio::join!(
            a.store.submit(shop.workspace, submission.clone(), START),
            b.store.submit(shop.workspace, submission, START)
        );
        let repeated = [one.unwrap(), other.unwrap()].map(|done| matches!(done, Submitted::Repeated { .. }));
        assert_ne!(repeated[0], repeated[1], "round {n}");
    }
    drop((a, b));
    database.drop().await;
}

/// Merges, parts, renames and hands over at random at one server.
async fn change_at_random(
    store: Arc<PostgresStore>,
    leads: Vec<LeadId>,
    agents: [konektor_core::ids::AgentId; 2],
    seed: u64,
) {
    let mut seed = seed;
    let mut random = move |below: usize| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    for n in 0..60 {
        let (one, other) = (leads[random(leads.len())], leads[random(leads.len())]);
        let (by, now) = ("user:1".to_owned(), START.plus_ms(n));
        match random(4) {
            0 | 1 => drop(store.merge_leads(one, other, by, now).await.unwrap()),
            2 => drop(store.unmerge_lead(one, by, now).await.unwrap()),
            _ => {
                let patch = LeadPatch {
                    agent: Some(agents[random(2)]),
                    ..LeadPatch::default()
                };
                // In any order: whoever locks them has to put them into the one in which everybody does.
                store.update_leads(vec![one, other], patch, by, now).await.unwrap();
            }
        }
    }
}

#[tokio::test]
async fn two_servers_merge_and_part_the_same_persons_while_these_come_back_and_nobody_waits_for_ever() {
    let Some(database) = database().await else { return };
    let mut a = Server::start(&database).await;
    let shop = Shop::open(&a.store).await;
    let mut leads = Vec::new();
    for n in 0..6 {
        leads.push(a.record(vec![shop.visit(n)]).await.unwrap()[0].lead);
    }
    a.fold().await;
    let off = AgentFields {
        active: false,
        ..agent("Ayu", "6281200000001")
    };
    let [one, other] = [database.url(), database.url()].map(|url| PostgresStore::open(url, START));
    let (one, other) = (Arc::new(one.await.unwrap()), Arc::new(other.await.unwrap()));
    let changing = [(one.clone(), 7), (other.clone(), 11)]
        .map(|(store, seed)| tokio::spawn(change_at_random(store, leads.clone(), shop.agents, seed)));
    // Whose agent is switched off gets another with the next click: the click path writes into these rows too.
    let mut clicks = leads.len();
    while !changing.iter().all(|task| task.is_finished()) {
        let fields = match clicks / 6 % 2 {
            0 => off.clone(),
            _ => agent("Ayu", "6281200000001"),
        };
        a.store
            .set_agent(shop.workspace, shop.agents[0], fields, START)
            .await
            .unwrap();
        let back = |lead: &LeadId| Visit {
            cookie: Some(lead.number),
            ..shop.visit(60_000 * clicks as i64 + lead.number.0 as i64)
        };
        clicks += a.record(leads.iter().map(back).collect()).await.unwrap().len();
        a.fold().await;
    }
    for task in changing {
        task.await.unwrap();
    }
    let mut counted = 0;
    for lead in listed(&a.store, &shop).await {
        counted += lead.click_count as usize;
    }
    assert_eq!(counted, clicks, "no click is lost or counted twice");
    // Taken apart, all are there again.
    for _ in 0..leads.len() {
        for lead in &leads {
            a.store.unmerge_lead(*lead, "user:1".to_owned(), START).await.unwrap();
        }
    }
    let alone: BTreeSet<LeadId> = listed(&a.store, &shop).await.iter().map(|lead| lead.id).collect();
    assert_eq!(alone, leads.into_iter().collect());
    drop((a, one, other));
    database.drop().await;
}

#[tokio::test]
async fn a_dry_run_waits_for_nobody_and_nobody_for_it() {
    let Some(database) = database().await else { return };
    let mut a = Server::start(&database).await;
    let shop = Shop::open(&a.store).await;
    let lead = a.record(vec![shop.visit(1)]).await.unwrap()[0].lead;
    let known = form(Addressed::Visitor(lead), "Rina", "6281100000001");
    a.store.submit(shop.workspace, known, START).await.unwrap();
    let row = |code: Option<LeadId>, phone: &str| ImportRow {
        code,
        patch: LeadPatch {
            name: Some(Some(("Rina Wati".to_owned(), NameSource::Manual))),
            phone: Some(Some(phone.to_owned())),
            ..LeadPatch::default()
        },
        ..ImportRow::default()
    };
    let rows = vec![
        row(None, "6281100000001"),
        row(None, "6281100000002"),
        row(Some(lead), "6281100000002"),
    ];
    // Somebody holds all that an import would have to hold.
    let holder = database.connect().await;
    let hold = format!(
        "BEGIN; SELECT pg_advisory_xact_lock({PERSONS}, {}); SELECT 1 FROM leads FOR UPDATE",
        shop.workspace
    );
    holder.batch_execute(&hold).await.unwrap();
    let dry_run = a
        .store
        .import_leads(shop.workspace, rows.clone(), true, "import:user:1".to_owned(), START);
    let dry_run = tokio::time::timeout(std::time::Duration::from_secs(20), dry_run).await;
    let dry_run = dry_run.expect("it waits for nobody").unwrap();
    holder.batch_execute("ROLLBACK").await.unwrap();
    let before = listed(&a.store, &shop).await;
    assert_eq!((before.len(), before[0].name.as_ref().unwrap().0.as_str()), (1, "Rina"));
    let done = a
        .store
        .import_leads(shop.workspace, rows, false, "import:user:1".to_owned(), START);
    let words = |rows: &[Imported]| {
        rows.iter()
            .map(|row| (row.action, row.changes.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        words(&dry_run),
        words(&done.await.unwrap()),
        "what is shown is what then happens"
    );
    drop(a);
    database.drop().await;
}

#[tokio::test]
async fn a_lead_that_a_form_makes_while_its_click_is_recorded_has_the_click() {
    let Some(database) = database().await else { return };
    let mut a = Server::start(&database).await;
    let shop = Shop::open(&a.store).await;
    let lead = LeadId {
        workspace: shop.workspace,
        number: VisitorNumber(500),
    };
    let form = database.connect().await;
    let make = format!(
        "BEGIN; INSERT INTO leads (workspace_id, number, first_click, created_at, rotator_id, flags)
         VALUES ({}, 500, 0, {}, 0, 0)",
        lead.workspace, START.0
    );
    form.batch_execute(&make).await.unwrap();
    let visit = Visit {
        cookie: Some(lead.number),
        ..common::visit(&shop.prints, (shop.workspace, shop.rotator), START, "gclid=Q", BROWSER)
    };
    let recording = tokio::spawn(async move {
        let click = a.record(vec![visit]).await.unwrap().remove(0);
        (a, click)
    });
    let waits = "SELECT count(*) FROM pg_stat_activity
                 WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%INSERT INTO leads%'";
    let admin = database.connect().await;
    while admin.query_one(waits, &[]).await.unwrap().get::<_, i64>(0) == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    form.batch_execute("COMMIT").await.unwrap();
    let (a, click) = recording.await.unwrap();
    assert_eq!((click.lead, click.facts.new), (lead, true));
    a.fold().await;
    let found = a.store.find_lead(lead).await.unwrap().unwrap();
    assert_eq!((found.agent, found.click_count), (click.agent, 1));
    assert_eq!(found.first.map(|first| first.id), Some(click.id));
    let born = BornRange {
        from: START,
        to: UnixMs(START.0 + 1),
        rotator: None,
    };
    assert_eq!(
        a.store.funnel(shop.workspace, born).await.unwrap().added,
        0,
        "it is counted as the click's"
    );
    drop(a);
    database.drop().await;
}
