//! The page before WhatsApp: who presses its button again is known over a fold and a restart; views are counts and
//! nothing else.

mod common;

use common::{
    databases::Opens,
    shop::{rotator, workspace},
};
use konektor_core::{
    decide::Visit,
    flood::FloodLimits,
    fold::Fresh,
    identity::continuity::Fingerprints,
    ids::{LeadId, RotatorId, WorkspaceId},
    routing::Mode,
    time::{Day, UnixMs},
};
use konektor_store::{Store, model::*};
use serde_json::json;
use std::sync::Arc;

const START: UnixMs = UnixMs(1_795_323_600_000); // 2026-11-22 12:00 in Jakarta
const TODAY: Day = Day(20_261_122);
const BROWSER: &str = "Mozilla/5.0 (Linux; Android 14; SM-A155F)";
const MINUTE: i64 = 60_000;

on_each_database! {
    crate::START =>
    crate::tell as knows_a_page_again
}

async fn tell<S: Store>(database: &dyn Opens<S>) {
    let store = database.open().await;
    let (workspace, rotator) = set_up(&store).await;
    let routing = store.routing().await.unwrap();
    let page = routing
        .rotator(rotator)
        .unwrap()
        .page
        .as_ref()
        .expect("it is in page mode");
    assert_eq!(page.title.as_deref(), Some("Promo"));
    let link = (workspace, rotator);

    let first = press(&store, link, START, 1).await;
    let again = press(&store, link, START.plus_ms(MINUTE), 1).await;
    assert_eq!(again, first, "before it is folded, with a memory made anew");
    fold(&store).await;
    store.close().await.unwrap();

    let store = database.open().await;
    let again = press(&store, link, START.plus_ms(2 * MINUTE), 1).await;
    assert_eq!(again, first, "by the index");
    let other = press(&store, link, START.plus_ms(2 * MINUTE), 2).await;
    assert_ne!(other, first);
    fold(&store).await;
    let lead = store.find_lead(first).await.unwrap().unwrap();
    assert_eq!(lead.click_count, 3);

    views(&store, link).await;
    store.close().await.unwrap();
}

async fn set_up(store: &impl Store) -> (WorkspaceId, RotatorId) {
    let workspace = store.add_workspace(workspace("Toko"), START).await.unwrap();
    let rotator = RotatorFields {
        mode: Mode::Page,
        fallback: Some("6281200000001".to_owned()),
        page: Some(json!({ "title": "Promo" })),
        ..rotator("promo", &[])
    };
    let rotator = store.add_rotator(workspace, rotator, START).await.unwrap();
    (workspace, rotator.id)
}

/// A press of somebody without a cookie, recorded by a recorder that has just started.
async fn press(store: &impl Store, link: (WorkspaceId, RotatorId), at: UnixMs, nonce: u64) -> LeadId {
    let prints = Fingerprints::new(store.installation().await.unwrap().fingerprint_key);
    let press = prints.press(link.1, nonce, prints.user_agent(BROWSER), "id");
    let visit = Visit {
        press: Some(press),
        request_print: at.0 + nonce as i64,
        ..common::visit(&prints, link, at, "", BROWSER)
    };
    let memory = store.memory(FloodLimits::default()).await.unwrap();
    let routing = Arc::new(store.routing().await.unwrap());
    let (_, decisions) = store
        .record(routing, memory, vec![visit], Arc::default())
        .await
        .unwrap();
    decisions.clicks[0].lead
}

async fn fold(store: &impl Store) {
    let routing = Arc::new(store.routing().await.unwrap());
    store.fold(routing, Fresh::default(), 1_000).await.unwrap();
}

async fn views(store: &impl Store, (workspace, rotator): (WorkspaceId, RotatorId)) {
    let views = |n| Count {
        workspace,
        day: TODAY,
        rotator,
        metric: VIEWS,
        key: "".into(),
        n,
    };
    store.add_counts(vec![views(2)]).await.unwrap();
    store.add_counts(vec![views(3)]).await.unwrap();
    let range = ReportRange {
        from: TODAY,
        to: TODAY,
        rotator: None,
    };
    let counted = store.counters(workspace, VIEWS, range).await.unwrap();
    let counted: Vec<_> = counted.iter().map(|counter| (counter.rotator, counter.n)).collect();
    assert_eq!(counted, [(rotator, 5)]);
}
