//! What a shop must be able to do after it was brought up to date, on either database.

use crate::{
    common,
    world::{self, Shop, at},
};
use konektor_core::{
    click::RecognisedBy, decide::Visit, flood::FloodLimits, fold::Fresh, identity::continuity::Fingerprints,
    lead::Status,
};
use konektor_store::{Store, model::*};
use std::sync::Arc;

/// Visitors come, return and are known by their click IDs; leads are listed, edited and sold, those of before too.
pub async fn lives<S: Store>(store: &S, shop: &Shop, what: &str) {
    let routing = Arc::new(store.routing().await.expect(what));
    let prints = Fingerprints::new(store.installation().await.expect(what).fingerprint_key);
    let link = (shop.workspace, shop.rotator);
    let visit = |minutes, query: &str| common::visit(&prints, link, at(minutes), query, world::BROWSER);
    let owner = async |lead| store.find_lead(lead).await.expect(what).expect(what).agent;
    let before = owner(shop.leads[3]).await;
    assert!(before.is_some(), "{what}: leads have their agents");
    let visits = vec![
        visit(1, "fbclid=IwAfter"),
        Visit {
            cookie: Some(shop.leads[3].number),
            ..visit(2, "utm_source=bio")
        },
        // Within a day of its first use, which was folded long before.
        visit(-870, "fbclid=IwFirst6&utm_campaign=lebaran"),
    ];
    let memory = store.memory(FloodLimits::default()).await.expect(what);
    let recorded = store.record(routing.clone(), memory, visits, Arc::default()).await;
    let (_, decisions) = recorded.expect(what);
    let [new, back, known] = &decisions.clicks[..] else {
        panic!("{what}: {decisions:?}")
    };
    assert!(new.facts.new && !shop.leads.contains(&new.lead), "{what}");
    assert_eq!(
        (back.lead, back.agent),
        (shop.leads[3], before),
        "{what}: a lead keeps its agent"
    );
    assert_eq!(
        (known.lead, known.facts.by),
        (shop.leads[6], RecognisedBy::ClickId),
        "{what}: click IDs are known"
    );
    while store
        .fold(routing.clone(), Fresh::default(), 1_000)
        .await
        .expect(what)
        .clicks
        > 0
    {}

    let patch = LeadPatch {
        value: Some(Some(700)),
        currency: Some(Some("IDR".to_owned())),
        ..world::status(Status::Won)
    };
    let by = "user:1".to_owned();
    let sold = store.update_lead(new.lead, patch, by, at(3)).await.expect(what);
    assert_eq!(sold.expect(what).status, Status::Won, "{what}");
    store.fold(routing, Fresh::default(), 1_000).await.expect(what);
    let born = BornRange {
        from: world::START.plus_ms(-world::DAY_MS),
        to: at(9_000),
        rotator: None,
    };
    let sales = store.sales(shop.workspace, SaleDate::Sale, born).await.expect(what);
    assert_eq!(
        sales.len(),
        2,
        "{what}: the sale of before is counted like that of today"
    );
    let leads = store
        .leads(shop.workspace, LeadFilter::default(), None, 100)
        .await
        .expect(what)
        .leads;
    assert!(leads.len() >= 8, "{what}: {} leads", leads.len());
    for lead in &shop.leads {
        let found = store.find_lead(*lead).await.expect(what);
        assert!(found.is_some_and(|lead| lead.first.is_some()), "{what}: {lead:?}");
        assert!(
            !store.timeline(*lead, None, 100).await.expect(what).is_empty(),
            "{what}"
        );
    }
    let form = world::said(Addressed::Visitor(shop.leads[7]), "Tono", "6281100000003");
    let submitted = store.submit(shop.workspace, form, at(4)).await.expect(what);
    let Submitted::Done { merged, .. } = submitted else {
        panic!("{what}: {submitted:?}")
    };
    assert_eq!(merged.len(), 1, "{what}: a number of before makes one of two");
}
