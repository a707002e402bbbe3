//! What happens to deliveries without a platform's doing.

use crate::{
    common::shop::{destination, workspace},
    shop::{DAY_MS, HOUR_MS, MINUTE_MS, Shop},
};
use konektor_core::{
    attribution::Platform,
    decide::Visit,
    event::{DeliveryState, Hold},
    fold::Fresh,
    lead::TrackingStatus,
    time::UnixMs,
};
use konektor_store::{Store, model::*};
use std::sync::Arc;

pub async fn what_is_too_old_expires_and_says_so<S: Store>(mut shop: Shop<'_, S>) {
    let meta = shop.destination(Platform::Meta).await;
    let off = DestinationFields {
        active: false,
        ..destination(Platform::Tiktok)
    };
    let tiktok = shop.add_destination(off).await;
    let linkedin = shop.destination(Platform::Linkedin).await;
    let [tried, lent, _untried] = [
        shop.click("fbclid=A").await,
        shop.click("fbclid=B").await,
        shop.click("ttclid=C").await,
    ];
    shop.click("li_fat_id=D").await;
    shop.fold().await;
    assert_eq!(shop.expire().await, 0, "nothing is old yet");

    let over = tried.at.plus_ms(7 * DAY_MS - HOUR_MS);
    shop.now = tried.at;
    shop.send(meta, Next::Again(over.plus_ms(-1))).await;
    let hold = DestinationHold {
        kind: Hold::Auth,
        code: None,
        reason: "the token expired".to_owned(),
        since: shop.now,
    };
    let message = "Meta is held".to_owned();
    shop.store.hold_destination(meta, hold, message).await.unwrap();
    shop.now = over;
    assert_eq!(shop.expire().await, 1, "held ones too");
    let found = shop.of_lead(tried.lead).await.remove(0);
    assert_eq!(
        (found.state, found.code.as_deref()),
        (DeliveryState::Expired, Some("too_old"))
    );
    assert_eq!(
        found.reason.as_deref(),
        Some("too old for the platform since 2026-11-29 04:00 UTC; it could not be sent before: in plain words")
    );
    assert_eq!((found.settled_at, found.due), (Some(over), None));
    assert_eq!(shop.tracking(tried.lead).await, TrackingStatus::Failed);

    // On its way when its time is over: whoever sends it says what came of it.
    let repaired = shop
        .store
        .set_destination(shop.workspace, meta, destination(Platform::Meta), true, shop.now);
    repaired.await.unwrap();
    shop.now = lent.at.plus_ms(7 * DAY_MS - HOUR_MS - 1);
    let id = shop.claim(meta).await.deliveries[0].id;
    shop.later(1);
    assert_eq!(shop.expire().await, 0);
    assert_eq!(shop.find(id).await.state, DeliveryState::Pending);
    shop.later(MINUTE_MS);
    assert!(
        shop.claim(meta).await.deliveries.is_empty(),
        "what is too old is not sent"
    );
    let expired = shop.find(id).await;
    assert_eq!(expired.state, DeliveryState::Expired);
    assert_eq!(
        expired.reason.as_deref(),
        Some("too old for the platform since 2026-11-29 04:01 UTC")
    );

    shop.later(DAY_MS);
    assert_eq!(
        shop.expire().await,
        1,
        "those of a destination that is switched off too"
    );
    assert_eq!(shop.to(tiktok).await[0].state, DeliveryState::Expired);
    assert_eq!(shop.to(linkedin).await[0].state, DeliveryState::Pending);
}

pub async fn a_removed_destination_drops_what_waits<S: Store>(mut shop: Shop<'_, S>) {
    let meta = shop.destination(Platform::Meta).await;
    let sent = shop.click("fbclid=A").await;
    shop.fold().await;
    shop.send(meta, Next::Sent).await;
    let waiting = shop.click("fbclid=B").await;
    shop.fold().await;
    shop.click("fbclid=C").await;
    let a_moment_ago = Arc::new(shop.store.routing().await.unwrap());
    let on_its_way = shop.claim(meta).await.deliveries[0].id;

    let remove = async |shop: &Shop<'_, S>| {
        let removed = shop.store.remove_destination(shop.workspace, meta, shop.now).await;
        removed.unwrap()
    };
    assert!(remove(&shop).await);
    assert!(!remove(&shop).await, "once");
    assert!(shop.store.all_destinations().await.unwrap().is_empty());
    assert!(
        shop.store
            .routing()
            .await
            .unwrap()
            .destinations(shop.workspace)
            .is_empty()
    );
    let dropped = shop.find(on_its_way).await;
    assert_eq!(dropped.state, DeliveryState::Dropped);
    assert_eq!(dropped.code.as_deref(), Some("destination_removed"));
    assert_eq!(
        shop.of_lead(sent.lead).await[0].state,
        DeliveryState::Sent,
        "the past stays visible"
    );
    assert_eq!(shop.tracking(waiting.lead).await, TrackingStatus::Failed);
    let replay = shop.store.replay_delivery(shop.workspace, on_its_way, shop.now).await;
    assert_eq!(replay.unwrap(), Replay::DestinationRemoved);

    // A fold that had not heard of it yet.
    let late = shop.store.fold(a_moment_ago, Fresh::default(), 10).await.unwrap();
    assert_eq!(late.destinations, [meta]);
    assert!(shop.claim(meta).await.deliveries.is_empty());
    assert_eq!(shop.expire().await, 1);
    assert!(
        shop.to(meta)
            .await
            .iter()
            .all(|told| told.state != DeliveryState::Pending)
    );
    shop.settle(meta, &[on_its_way], Next::Sent).await;
    assert_eq!(
        shop.find(on_its_way).await.state,
        DeliveryState::Sent,
        "the platform has it"
    );
    assert_eq!(shop.tracking(waiting.lead).await, TrackingStatus::Synced);
}

pub async fn what_failed_is_replayed_while_its_platform_takes_it<S: Store>(mut shop: Shop<'_, S>) {
    let meta = shop.destination(Platform::Meta).await;
    let google = shop.destination(Platform::Google).await;
    let click = shop.click("fbclid=A").await;
    shop.click("gclid=G").await;
    let refused = Visit {
        gpc: true,
        ..shop.visit("fbclid=B", "gpc")
    };
    let refused = shop.come(refused).await;
    shop.fold().await;
    let other = shop.store.add_workspace(workspace("Other"), shop.now).await.unwrap();
    let id = shop.to(meta).await[1].id;
    let replay = async |shop: &Shop<'_, S>, id| {
        let replay = shop.store.replay_delivery(shop.workspace, id, shop.now).await;
        replay.unwrap()
    };
    assert_eq!(replay(&shop, id).await, Replay::AlreadyPending);
    shop.send(meta, Next::Dropped).await;
    let stranger = shop.store.replay_delivery(other, id, shop.now).await.unwrap();
    assert_eq!(stranger, Replay::NotFound, "of another workspace");
    assert_eq!(
        replay(&shop, konektor_core::ids::DeliveryId(4_711)).await,
        Replay::NotFound
    );
    let refused = shop.of_lead(refused.lead).await[0].id;
    assert_eq!(replay(&shop, refused).await, Replay::NoConsent);

    shop.later(DAY_MS);
    assert_eq!(replay(&shop, id).await, Replay::Pending);
    let pending = shop.find(id).await;
    assert_eq!(
        (pending.state, pending.attempts, pending.due),
        (DeliveryState::Pending, 0, Some(shop.now))
    );
    assert_eq!((pending.reason, pending.settled_at), (None, None));
    assert_eq!(shop.claim(meta).await.deliveries[0].attempts, 1);
    shop.settle(meta, &[id], Next::Expired).await;
    let expires_at = click.at.plus_ms(7 * DAY_MS - HOUR_MS);
    shop.now = expires_at.plus_ms(-1);
    assert_eq!(replay(&shop, id).await, Replay::Pending);
    shop.settle(meta, &[id], Next::Expired).await;
    shop.now = expires_at;
    assert_eq!(replay(&shop, id).await, Replay::TooOld(expires_at));

    let sent = shop.send(google, Next::Sent).await[0];
    assert_eq!(replay(&shop, sent).await, Replay::AlreadySent);
}

pub async fn what_is_long_settled_is_forgotten_but_not_that_it_was_told<S: Store>(mut shop: Shop<'_, S>) {
    let meta = shop.destination(Platform::Meta).await;
    let old = shop.click("fbclid=A").await;
    let waiting = shop.click("fbclid=B").await;
    shop.fold().await;
    let ids: Vec<_> = shop.claim(meta).await.deliveries.iter().map(|c| c.id).collect();
    shop.settle(meta, &ids[..1], Next::Sent).await;
    shop.settle(meta, &ids[1..], Next::Again(shop.now.plus_ms(100 * DAY_MS)))
        .await;
    shop.later(30 * DAY_MS);
    let young = shop.click("fbclid=C").await;
    shop.fold().await;
    let young_id = shop.send(meta, Next::Dropped).await[0];

    let forget = async |shop: &Shop<'_, S>, before: UnixMs| shop.store.forget_deliveries(before).await.unwrap();
    let before = shop.now.plus_ms(-DAY_MS);
    assert_eq!(forget(&shop, before).await, 1);
    assert_eq!(forget(&shop, before).await, 0);
    assert!(
        shop.store
            .find_delivery(shop.workspace, ids[0])
            .await
            .unwrap()
            .is_none()
    );
    assert!(shop.of_lead(old.lead).await.is_empty());
    assert_eq!(
        shop.tracking(old.lead).await,
        TrackingStatus::Synced,
        "the status outlives it"
    );
    let pending = shop.find(ids[1]).await;
    assert_eq!((pending.lead, pending.state), (waiting.lead, DeliveryState::Pending));
    assert!(pending.response.is_some(), "its answer is kept with it");
    let kept = shop.find(young_id).await;
    assert!(kept.lead == young.lead && kept.request.is_some());

    shop.click("fbclid=A").await;
    shop.fold().await;
    assert_eq!(shop.to(meta).await.len(), 2, "told is told");
}

pub async fn a_destinations_day_in_numbers<S: Store>(mut shop: Shop<'_, S>) {
    let meta = shop.destination(Platform::Meta).await;
    let stats = async |shop: &Shop<'_, S>| shop.store.destination_stats(meta, shop.now).await.unwrap();
    assert_eq!(stats(&shop).await, DestinationStats::default());
    for (index, next) in [Next::Sent, Next::Confirmed, Next::Dropped, Next::Expired]
        .into_iter()
        .enumerate()
    {
        shop.click(&format!("fbclid={index}")).await;
        shop.fold().await;
        shop.send(meta, next).await;
    }
    let refused = Visit {
        gpc: true,
        ..shop.visit("fbclid=B", "gpc")
    };
    shop.come(refused).await;
    let waiting = shop.click("fbclid=W").await;
    shop.fold().await;
    let last_sent = shop.to(meta).await[4].settled_at;
    let today = DestinationStats {
        pending: 1,
        oldest_due: Some(waiting.at),
        sent_today: 2,
        failed_today: 2,
        last_sent,
    };
    assert_eq!(stats(&shop).await, today, "a refusal by the visitor is no failure");
    shop.send(meta, Next::Again(shop.now.plus_ms(HOUR_MS))).await;
    assert_eq!(stats(&shop).await, today, "an attempt does not make it younger");
    shop.later(2 * DAY_MS);
    let days_later = DestinationStats {
        sent_today: 0,
        failed_today: 0,
        ..today
    };
    assert_eq!(stats(&shop).await, days_later);
}
