//! The event of a click.

use crate::{
    common::shop::destination,
    shop::{HOUR_MS, MINUTE_MS, Shop},
};
use konektor_core::{
    attribution::Platform,
    click::RecognisedBy,
    decide::Visit,
    event::{Consent, DeliveryState, EventId, Trigger},
    fold::Fresh,
    lead::TrackingStatus,
};
use konektor_store::{Store, model::*};

pub async fn a_click_id_is_told_once_whoever_comes_with_it<S: Store>(mut shop: Shop<'_, S>) {
    let meta = shop.destination(Platform::Meta).await;
    let first = shop.click("fbclid=F").await;
    assert_eq!(shop.fold().await.destinations, [meta]);

    let reload = shop.click("fbclid=F").await;
    assert_eq!(
        (reload.lead, reload.facts.by),
        (first.lead, RecognisedBy::ClickId),
        "the same browser"
    );
    let tap = shop.visit("fbclid=F", "another");
    let shared = shop.record(vec![tap.clone(), tap]).await;
    assert!(shared[0].facts.shared && shared[1].lead == shared[0].lead);
    assert_eq!(shop.fold().await.destinations, []);
    shop.restart().await;
    shop.later(48 * HOUR_MS);
    let anew = shop.click("fbclid=F").await;
    assert_eq!(
        anew.facts.by,
        RecognisedBy::New,
        "after a day nobody is known by a click ID"
    );
    assert_eq!(shop.fold().await.destinations, []);

    let [told] = &shop.to(meta).await[..] else { panic!() };
    assert_eq!(
        (told.lead, told.trigger, told.at),
        (first.lead, Trigger::Click, first.at)
    );
    assert_eq!(told.event_id, EventId::of_click(first.id));
    assert_eq!((told.name.as_str(), told.platform), ("Contact", Platform::Meta));
    assert_eq!((told.state, told.due), (DeliveryState::Pending, Some(first.at)));

    let new_ad = shop.again(first.lead, "fbclid=F2").await;
    assert_eq!(shop.fold().await.destinations, [meta]);
    assert_eq!(
        shop.to(meta).await[0].event_id,
        EventId::of_click(new_ad.id),
        "a known visitor through a new ad is a new event"
    );
    assert_eq!(shop.to(meta).await.len(), 2);
}

pub async fn each_destination_of_the_platform_is_told_and_no_other<S: Store>(mut shop: Shop<'_, S>) {
    let mut metas = [
        shop.destination(Platform::Meta).await,
        shop.destination(Platform::Meta).await,
    ];
    let google = shop.destination(Platform::Google).await;
    let tiktok = shop.destination(Platform::Tiktok).await;
    for query in ["fbclid=F", "gclid=G&fbclid=F2", "utm_source=bio", ""] {
        shop.click(query).await;
    }
    let mut told = shop.fold().await.destinations;
    told.sort();
    metas.sort();
    let mut expected = [metas[0], metas[1], google];
    expected.sort();
    assert_eq!(told, expected);
    for destination in expected {
        assert_eq!(shop.to(destination).await.len(), 1);
    }
    assert!(shop.to(tiktok).await.is_empty());
}

pub async fn a_new_destination_starts_now<S: Store>(mut shop: Shop<'_, S>) {
    let folded = shop.click("fbclid=F1").await;
    shop.fold().await;
    let unfolded = shop.click("fbclid=F2").await;
    shop.later(1);
    let meta = shop.destination(Platform::Meta).await;
    let next = shop.click("fbclid=F3").await;
    shop.fold().await;
    for past in [folded, unfolded] {
        assert!(shop.of_lead(past.lead).await.is_empty());
        assert_eq!(shop.tracking(past.lead).await, TrackingStatus::None);
    }
    let told: Vec<_> = shop.to(meta).await.iter().map(|told| told.lead).collect();
    assert_eq!(told, [next.lead]);
}

pub async fn who_refuses_is_not_told_of_but_can_be_seen<S: Store>(mut shop: Shop<'_, S>) {
    let meta = shop.destination(Platform::Meta).await;
    let google = shop.destination(Platform::Google).await;
    let ask_first = DestinationFields {
        consent: Consent::Denied,
        ..destination(Platform::Tiktok)
    };
    let tiktok = shop.add_destination(ask_first).await;
    let with_gpc = Visit {
        gpc: true,
        ..shop.visit("fbclid=F", "gpc")
    };
    let with_gpc = shop.come(with_gpc).await;
    let said_no = Visit {
        consent: Some(Consent::Denied),
        ..shop.visit("gclid=G", "no")
    };
    shop.come(said_no).await;
    shop.click("ttclid=silent").await;
    let said_yes = Visit {
        consent: Some(Consent::Granted),
        ..shop.visit("ttclid=T", "yes")
    };
    shop.come(said_yes).await;
    let mut told = shop.fold().await.destinations;
    told.sort();
    assert_eq!(told, [tiktok, google], "the later id is the lesser one");

    let refused = shop.to(meta).await.remove(0);
    assert_eq!(refused.state, DeliveryState::Dropped);
    assert_eq!(refused.code.as_deref(), Some("no_consent"));
    assert_eq!(refused.reason.as_deref(), Some("the visitor did not consent"));
    assert_eq!((refused.due, refused.attempts), (None, 0));
    assert!(shop.claim(meta).await.deliveries.is_empty());
    assert_eq!(
        shop.tracking(with_gpc.lead).await,
        TrackingStatus::None,
        "nobody was told, and that is no failure"
    );
    let states: Vec<_> = shop.to(tiktok).await.iter().map(|told| told.state).collect();
    assert_eq!(states, [DeliveryState::Pending, DeliveryState::Dropped]);

    shop.later(6 * HOUR_MS);
    let to_google = shop.claim(google).await.deliveries;
    assert_eq!(to_google[0].consent, Consent::Denied, "Google is told so");
    shop.click("fbclid=F").await;
    shop.fold().await;
    assert_eq!(shop.to(meta).await.len(), 1, "a refusal is not asked again");
}

pub async fn a_destination_that_is_switched_off_loses_nothing<S: Store>(mut shop: Shop<'_, S>) {
    let off = DestinationFields {
        active: false,
        ..destination(Platform::Meta)
    };
    let meta = shop.add_destination(off).await;
    shop.click("fbclid=F").await;
    shop.fold().await;
    assert_eq!(shop.to(meta).await[0].state, DeliveryState::Pending);
    let claim = shop.claim(meta).await;
    assert!(claim.deliveries.is_empty() && claim.next_due.is_none());
    let on = destination(Platform::Meta);
    shop.store
        .set_destination(shop.workspace, meta, on, false, shop.now)
        .await
        .unwrap();
    assert_eq!(shop.claim(meta).await.deliveries.len(), 1);
}

pub async fn a_kill_neither_doubles_an_event_nor_loses_it<S: Store>(mut shop: Shop<'_, S>) {
    let meta = shop.destination(Platform::Meta).await;
    let click = shop.click("fbclid=F").await;
    shop.kill().await; // before it is folded
    assert_eq!(shop.fold().await.destinations, [meta]);
    shop.kill().await; // folded, not claimed
    assert_eq!(shop.fold().await.destinations, []);
    let lost = shop.claim(meta).await.deliveries;
    shop.kill().await; // claimed, not settled
    shop.fold().await;
    assert!(
        shop.claim(meta).await.deliveries.is_empty(),
        "somebody may be sending it"
    );
    shop.later(MINUTE_MS);
    let claimed = shop.claim(meta).await.deliveries;
    assert_eq!(claimed.len(), 1);
    assert_eq!(claimed[0].event_id, lost[0].event_id, "under the same id");
    assert_eq!((claimed[0].attempts, &claimed[0].click), (2, &click));
    shop.settle(meta, &[claimed[0].id], Next::Sent).await;
    shop.kill().await; // settled
    shop.fold().await;
    shop.later(HOUR_MS);
    assert!(shop.claim(meta).await.deliveries.is_empty());
    assert_eq!(shop.to(meta).await.len(), 1);
    assert_eq!(shop.tracking(click.lead).await, TrackingStatus::Synced);
}

pub async fn clicks_handed_over_and_clicks_read_back_make_the_same_events<S: Store>(mut shop: Shop<'_, S>) {
    let meta = shop.destination(Platform::Meta).await;
    shop.click("fbclid=0").await;
    shop.fold().await;
    let mut fresh = Fresh::default();
    let watermark = shop.store.watermark().await.unwrap();
    let click = shop.click("fbclid=F").await;
    fresh.add(watermark, vec![click.clone()]);
    let progress = shop.fold_with(fresh).await;
    assert_eq!((progress.clicks, progress.destinations), (1, vec![meta]));
    assert_eq!(shop.to(meta).await[0].event_id, EventId::of_click(click.id));
}
