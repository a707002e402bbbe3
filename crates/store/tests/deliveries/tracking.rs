//! A lead's tracking status.

use crate::{
    common::shop::destination,
    shop::{MINUTE_MS, Shop},
};
use konektor_core::{
    attribution::Platform,
    event::Hold,
    ids::LeadId,
    lead::{Status, TrackingStatus},
};
use konektor_store::{Store, model::*};
use std::collections::BTreeMap;

async fn hold<S: Store>(shop: &Shop<'_, S>, destination: konektor_core::ids::DestinationId) {
    let hold = DestinationHold {
        kind: Hold::Auth,
        code: None,
        reason: "the token expired".to_owned(),
        since: shop.now,
    };
    let message = "Meta is held".to_owned();
    shop.store.hold_destination(destination, hold, message).await.unwrap();
}

pub async fn a_leads_tracking_status_follows_its_deliveries<S: Store>(mut shop: Shop<'_, S>) {
    let meta = shop.destination(Platform::Meta).await;
    let lead = shop.click("fbclid=F").await.lead;
    assert_eq!(shop.tracking(lead).await, TrackingStatus::None);
    shop.fold().await;
    assert_eq!(shop.tracking(lead).await, TrackingStatus::Pending);
    let id = shop.send(meta, Next::Dropped).await[0];
    assert_eq!(shop.tracking(lead).await, TrackingStatus::Failed);
    let replay = shop.store.replay_delivery(shop.workspace, id, shop.now).await.unwrap();
    assert_eq!(replay, Replay::Pending);
    assert_eq!(shop.tracking(lead).await, TrackingStatus::Pending);
    hold(&shop, meta).await;
    assert_eq!(shop.tracking(lead).await, TrackingStatus::Held);
    let repaired = shop
        .store
        .set_destination(shop.workspace, meta, destination(Platform::Meta), true, shop.now);
    repaired.await.unwrap();
    shop.send(meta, Next::Sent).await;
    assert_eq!(shop.tracking(lead).await, TrackingStatus::Synced);
    shop.set_status(lead, Status::Won).await;
    shop.fold().await;
    assert_eq!(shop.tracking(lead).await, TrackingStatus::Pending);
    shop.send(meta, Next::Dropped).await;
    assert_eq!(shop.tracking(lead).await, TrackingStatus::Partial);
}

/// A lead in each status, several of most; filtered by each status, alone and with another filter or a search.
pub async fn the_list_finds_each_lead_by_the_status_that_it_shows<S: Store>(mut shop: Shop<'_, S>) {
    let meta = shop.destination(Platform::Meta).await;
    let tiktok = shop.destination(Platform::Tiktok).await;
    for round in 0..3 {
        for next in [
            Next::Sent,
            Next::Dropped,
            Next::Again(shop.now.plus_ms(MINUTE_MS * 1_000)),
        ] {
            let lead = shop
                .click(&format!("fbclid={round}-{next:?}").replace(['(', ')'], ""))
                .await
                .lead;
            shop.fold().await;
            shop.send(meta, next).await;
            if round == 1 {
                shop.set_status(lead, Status::Won).await;
                shop.fold().await;
                shop.send(meta, Next::Sent).await;
            }
        }
        shop.click("").await;
        shop.click(&format!("ttclid={round}")).await;
    }
    shop.fold().await;
    // What a held destination has taken already is not held.
    let both = shop.click("ttclid=both").await.lead;
    shop.fold().await;
    let filter = DeliveryFilter {
        lead: Some(both),
        ..DeliveryFilter::default()
    };
    let taken: Vec<_> = shop.deliveries(filter).await.iter().map(|told| told.id).collect();
    shop.settle(tiktok, &taken, Next::Sent).await;
    shop.again(both, "fbclid=both").await;
    shop.fold().await;
    hold(&shop, tiktok).await;

    let list = async |filter: LeadFilter, by: usize| -> Vec<Lead> {
        let (mut leads, mut before) = (Vec::new(), None);
        loop {
            let page = shop
                .store
                .leads(shop.workspace, filter.clone(), before, by)
                .await
                .unwrap();
            leads.extend(page.leads);
            before = page.next;
            if before.is_none() {
                return leads;
            }
        }
    };
    let ids = |leads: &[&Lead]| -> Vec<LeadId> { leads.iter().map(|lead| lead.id).collect() };
    let all = list(LeadFilter::default(), 100).await;
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for lead in &all {
        *seen.entry(lead.tracking.as_str()).or_default() += 1;
        assert_eq!(shop.tracking(lead.id).await, lead.tracking);
    }
    assert_eq!(
        seen.into_iter().collect::<Vec<_>>(),
        [
            ("failed", 2),
            ("held", 3),
            ("none", 3),
            ("partial", 1),
            ("pending", 4),
            ("synced", 3)
        ]
    );
    for status in TrackingStatus::ALL {
        let filter = LeadFilter {
            tracking: Some(status),
            ..LeadFilter::default()
        };
        let of_status: Vec<&Lead> = all.iter().filter(|lead| lead.tracking == status).collect();
        for by in [2, 100] {
            let found = list(filter.clone(), by).await;
            assert_eq!(
                ids(&found.iter().collect::<Vec<_>>()),
                ids(&of_status),
                "{status} by {by}"
            );
            assert!(found.iter().all(|lead| lead.tracking == status));
        }
        let won: Vec<&Lead> = of_status
            .iter()
            .copied()
            .filter(|lead| lead.status == Status::Won)
            .collect();
        let filter_won = LeadFilter {
            status: Some(Status::Won),
            ..filter.clone()
        };
        let found = list(filter_won, 1).await;
        assert_eq!(ids(&found.iter().collect::<Vec<_>>()), ids(&won), "{status} and won");
        for lead in &all {
            let search = LeadSearch {
                lead: Some(lead.id),
                ..LeadSearch::default()
            };
            let searched = LeadFilter {
                search: Some(search),
                ..filter.clone()
            };
            let found = shop.store.leads(shop.workspace, searched, None, 9).await.unwrap();
            assert_eq!(found.leads.len(), usize::from(lead.tracking == status));
        }
    }
}
