//! Sending: claims, verdicts, holds.

use crate::{
    common::shop::destination,
    shop::{HOUR_MS, MINUTE_MS, Shop, settled},
};
use konektor_core::{
    attribution::Platform,
    event::{DeliveryState, Hold},
    lead::TrackingStatus,
    time::UnixMs,
};
use konektor_store::{Store, model::*};

pub async fn what_is_due_is_lent_once_until_its_lease_ends<S: Store>(mut shop: Shop<'_, S>) {
    let meta = shop.destination(Platform::Meta).await;
    let mut clicks = Vec::new();
    for query in ["fbclid=A", "fbclid=B", "fbclid=C"] {
        clicks.push(shop.click(query).await);
    }
    shop.fold().await;
    let lease = shop.now.plus_ms(MINUTE_MS);
    let claim = shop.store.claim_deliveries(meta, shop.now, lease, 2).await.unwrap();
    let claimed: Vec<_> = claim.deliveries.iter().map(|claimed| claimed.click.id).collect();
    assert_eq!(claimed, [clicks[0].id, clicks[1].id], "the longest due first");
    assert_eq!(claim.next_due, Some(clicks[2].at), "there is more");
    assert!(claim.deliveries.iter().all(|claimed| claimed.attempts == 1));

    let rest = shop.claim(meta).await;
    assert_eq!(rest.deliveries.len(), 1);
    assert_eq!(rest.next_due, Some(lease), "what was lent comes back");
    assert!(shop.claim(meta).await.deliveries.is_empty());
    shop.settle(meta, &[rest.deliveries[0].id], Next::Sent).await;
    shop.later(MINUTE_MS);
    let again = shop.claim(meta).await;
    assert_eq!(
        again
            .deliveries
            .iter()
            .map(|claimed| claimed.attempts)
            .collect::<Vec<_>>(),
        [2, 2]
    );
    assert_eq!(again.next_due, None);
}

pub async fn an_attempt_counts_once_whoever_settles_it<S: Store>(mut shop: Shop<'_, S>) {
    let meta = shop.destination(Platform::Meta).await;
    shop.click("fbclid=F").await;
    shop.fold().await;
    let [lost] = &shop.claim(meta).await.deliveries[..] else {
        panic!("one is due")
    };
    // As after a start: whoever had it may have sent it.
    shop.store.release_claims(shop.now).await.unwrap();
    let again = shop.claim(meta).await.deliveries.remove(0);
    assert_eq!((again.id, again.attempts), (lost.id, 2));
    shop.settle(meta, &[again.id], Next::Sent).await;
    shop.settle(meta, &[lost.id], Next::Confirmed).await;
    let found = shop.find(lost.id).await;
    assert_eq!((found.state, found.attempts), (DeliveryState::Confirmed, 2));
}

pub async fn google_waits_hours_for_its_clicks<S: Store>(mut shop: Shop<'_, S>) {
    let google = shop.destination(Platform::Google).await;
    let click = shop.click("gclid=G").await;
    shop.fold().await;
    let due = click.at.plus_ms(6 * HOUR_MS);
    let claim = shop.claim(google).await;
    assert!(claim.deliveries.is_empty());
    assert_eq!(claim.next_due, Some(due));
    shop.now = due;
    assert_eq!(shop.claim(google).await.deliveries.len(), 1);
}

pub async fn a_verdict_is_what_becomes_of_a_delivery<S: Store>(mut shop: Shop<'_, S>) {
    let meta = shop.destination(Platform::Meta).await;
    let later = UnixMs(shop.now.0 + 40 * HOUR_MS);
    let verdicts = [
        (Next::Sent, DeliveryState::Sent, 1, None),
        (Next::Confirmed, DeliveryState::Confirmed, 1, None),
        (Next::Dropped, DeliveryState::Dropped, 1, None),
        (Next::Expired, DeliveryState::Expired, 1, None),
        (Next::Again(later), DeliveryState::Pending, 1, Some(later)),
        (Next::AgainUncounted(later), DeliveryState::Pending, 0, Some(later)),
    ];
    for (index, (next, state, attempts, due)) in verdicts.into_iter().enumerate() {
        let click = shop.click(&format!("fbclid=F{index}")).await;
        shop.fold().await;
        let sent = shop.send(meta, next).await;
        let [id] = sent[..] else { panic!("{sent:?}") };
        let found = shop.find(id).await;
        assert_eq!((found.lead, found.state), (click.lead, state), "{next:?}");
        assert_eq!((found.attempts, found.due), (attempts, due), "{next:?}");
        assert_eq!(found.settled_at, due.is_none().then_some(shop.now), "{next:?}");
        assert_eq!(
            (found.code.as_deref(), found.reason.as_deref()),
            (Some("42"), Some("in plain words")),
            "a reason stays visible while it is tried again"
        );
        assert_eq!(found.request.as_deref(), Some("{\"event\":1}"));
        let response = found.response.unwrap();
        assert_eq!((response.at, response.status), (shop.now, Some(200)));
        assert_eq!(
            (response.trace.as_deref(), response.body.as_str()),
            (Some("trace-1"), "{\"answer\":1}")
        );
        let listed = shop.to(meta).await.remove(0);
        assert!(listed.request.is_none() && listed.response.is_none());
    }
    let claim = shop.claim(meta).await;
    assert!(claim.deliveries.is_empty(), "what is settled is not sent again");
    assert_eq!(claim.next_due, Some(later));
    shop.now = later;
    let attempts: Vec<_> = shop.claim(meta).await.deliveries.iter().map(|c| c.attempts).collect();
    assert_eq!(attempts, [2, 1]);

    let given_back = Settled {
        code: None,
        reason: None,
        ..settled(&[shop.to(meta).await[1].id], Next::AgainUncounted(later)).remove(0)
    };
    let keeps_request = Settled {
        request: None,
        ..settled(&[shop.to(meta).await[0].id], Next::Sent).remove(0)
    };
    let (back, id) = (given_back.id, keeps_request.id);
    let exchange = Exchange {
        destination: meta,
        at: shop.now,
        status: None,
        trace: None,
        response: Some("timed out".to_owned()),
        confirm_at: None,
        settled: vec![given_back, keeps_request],
    };
    shop.store.settle(exchange).await.unwrap();
    let found = shop.find(id).await;
    assert_eq!(
        found.request.as_deref(),
        Some("{\"event\":1}"),
        "what is not given is kept"
    );
    assert_eq!(found.response.unwrap().body, "timed out");
    let found = shop.find(back).await;
    assert_eq!(
        (found.code.as_deref(), found.reason.as_deref()),
        (Some("42"), Some("in plain words"))
    );
}

pub async fn a_verdict_that_comes_too_late_changes_nothing_but_that_it_was_sent<S: Store>(mut shop: Shop<'_, S>) {
    let meta = shop.destination(Platform::Meta).await;
    let other = shop.destination(Platform::Tiktok).await;
    let click = shop.click("fbclid=F").await;
    shop.fold().await;
    let id = shop.claim(meta).await.deliveries[0].id;
    shop.settle(other, &[id], Next::Dropped).await;
    assert_eq!(shop.find(id).await.state, DeliveryState::Pending, "not theirs to judge");
    for (next, state, status) in [
        (Next::Dropped, DeliveryState::Dropped, TrackingStatus::Failed),
        (Next::Again(shop.now), DeliveryState::Dropped, TrackingStatus::Failed),
        (Next::Sent, DeliveryState::Sent, TrackingStatus::Synced),
        (Next::Dropped, DeliveryState::Sent, TrackingStatus::Synced),
        (Next::Sent, DeliveryState::Sent, TrackingStatus::Synced),
        (Next::Confirmed, DeliveryState::Confirmed, TrackingStatus::Synced),
        (Next::Expired, DeliveryState::Confirmed, TrackingStatus::Synced),
    ] {
        shop.settle(meta, &[id], next).await;
        assert_eq!(shop.find(id).await.state, state, "after {next:?}");
        assert_eq!(shop.tracking(click.lead).await, status, "after {next:?}");
    }
}

pub async fn google_says_later_what_counted<S: Store>(mut shop: Shop<'_, S>) {
    let google = shop.destination(Platform::Google).await;
    let mut leads = Vec::new();
    for query in ["gclid=A", "gclid=B", "gclid=C"] {
        leads.push(shop.click(query).await.lead);
    }
    shop.fold().await;
    shop.later(6 * HOUR_MS);
    let ids: Vec<_> = shop.claim(google).await.deliveries.iter().map(|c| c.id).collect();
    let ask_at = shop.now.plus_ms(HOUR_MS);
    shop.exchange(google, &ids, Next::Sent, Some(ask_at)).await;

    let unconfirmed = async |shop: &Shop<'_, S>| shop.store.unconfirmed(google, shop.now, 10).await.unwrap();
    assert!(unconfirmed(&shop).await.is_empty(), "too early to ask");
    shop.now = ask_at;
    let asked = unconfirmed(&shop).await.remove(0);
    assert_eq!(
        (asked.trace.as_str(), asked.tries, &asked.deliveries),
        ("trace-1", 0, &ids)
    );
    let settle = async |shop: &Shop<'_, S>, ask_again, settled| {
        let done = shop
            .store
            .settle_confirmation(asked.exchange, ask_again, settled, shop.now);
        done.await.unwrap();
    };
    settle(&shop, Some(ask_at.plus_ms(HOUR_MS)), Vec::new()).await;
    assert!(unconfirmed(&shop).await.is_empty());
    shop.later(HOUR_MS);
    assert_eq!(unconfirmed(&shop).await[0].tries, 1);

    let due = shop.now.plus_ms(MINUTE_MS);
    let fates = [Next::Confirmed, Next::Dropped, Next::Again(due)];
    let fates = ids.iter().zip(fates).flat_map(|(id, next)| settled(&[*id], next));
    settle(&shop, None, fates.collect()).await;
    assert!(unconfirmed(&shop).await.is_empty());
    let mut states = Vec::new();
    for (id, lead) in ids.iter().zip(leads) {
        states.push((shop.find(*id).await.state, shop.tracking(lead).await));
    }
    assert_eq!(
        states,
        [
            (DeliveryState::Confirmed, TrackingStatus::Synced),
            (DeliveryState::Dropped, TrackingStatus::Failed),
            (DeliveryState::Pending, TrackingStatus::Pending),
        ]
    );
    settle(&shop, None, settled(&ids[..1], Next::Dropped)).await;
    assert_eq!(
        shop.find(ids[0]).await.state,
        DeliveryState::Confirmed,
        "a fate is final"
    );
    shop.now = due;
    assert_eq!(shop.claim(google).await.deliveries[0].id, ids[2]);
}

fn hold(kind: Hold, reason: &str, since: UnixMs) -> DestinationHold {
    DestinationHold {
        kind,
        code: Some("190".to_owned()),
        reason: reason.to_owned(),
        since,
    }
}

pub async fn a_held_destination_waits_until_it_is_repaired<S: Store>(mut shop: Shop<'_, S>) {
    let meta = shop.destination(Platform::Meta).await;
    let held_back = shop.click("fbclid=A").await;
    shop.fold().await;
    let held_at = shop.now;
    let back_off = Next::Again(shop.now.plus_ms(10 * HOUR_MS));
    let tried = shop.send(meta, back_off).await;
    let expired = hold(Hold::Auth, "the token expired", held_at);
    let hold_it = async |hold: &DestinationHold| {
        let message = hold.reason.clone();
        shop.store.hold_destination(meta, hold.clone(), message).await.unwrap();
    };
    hold_it(&expired).await;
    let same_again = hold(Hold::Auth, "the token is invalid", held_at.plus_ms(5));
    hold_it(&same_again).await;
    let of_destination = async |shop: &Shop<'_, S>| {
        let found = shop.store.destinations(shop.workspace).await.unwrap().remove(0);
        found.hold
    };
    assert_eq!(of_destination(&shop).await, Some(expired), "the first reason stays");
    let other_kind = hold(Hold::Config, "the dataset is gone", held_at.plus_ms(9));
    hold_it(&other_kind).await;
    let news = DestinationHold {
        since: held_at,
        ..other_kind
    };
    assert_eq!(of_destination(&shop).await, Some(news));
    let alerts = shop.store.alerts(shop.workspace).await.unwrap();
    let said: Vec<_> = alerts.iter().map(|alert| (&*alert.kind, &*alert.message)).collect();
    assert_eq!(said, [(DESTINATION_HELD, "the dataset is gone")]);

    let click = shop.click("fbclid=B").await;
    assert_eq!(shop.fold().await.destinations, [meta]);
    let claim = shop.claim(meta).await;
    assert!(claim.deliveries.is_empty() && claim.next_due.is_none());
    assert!(shop.to(meta).await.iter().all(|told| told.state == DeliveryState::Held));
    for (state, found) in [(DeliveryState::Held, 2), (DeliveryState::Pending, 0)] {
        let filter = DeliveryFilter {
            state: Some(state),
            ..DeliveryFilter::default()
        };
        assert_eq!(shop.deliveries(filter).await.len(), found, "{state:?}");
    }
    assert_eq!(shop.tracking(click.lead).await, TrackingStatus::Held);

    shop.later(HOUR_MS);
    let edit = async |repaired| {
        let edited = shop
            .store
            .set_destination(shop.workspace, meta, destination(Platform::Meta), repaired, shop.now);
        edited.await.unwrap().unwrap().hold
    };
    assert!(edit(false).await.is_some(), "an edit alone repairs nothing");
    assert_eq!(shop.store.alerts(shop.workspace).await.unwrap().len(), 1);
    assert_eq!(edit(true).await, None);
    assert_eq!(shop.store.alerts(shop.workspace).await.unwrap(), []);
    assert_eq!(shop.tracking(held_back.lead).await, TrackingStatus::Pending);
    let claimed = shop.claim(meta).await.deliveries;
    assert_eq!(claimed.len(), 2, "at once, those too that were to wait");
    assert!(
        claimed
            .iter()
            .any(|claimed| claimed.id == tried[0] && claimed.attempts == 2)
    );
}
