//! The events of a lead's statuses.

use crate::{
    common::shop::destination,
    shop::{HOUR_MS, MINUTE_MS, Shop},
};
use konektor_core::{
    attribution::Platform,
    decide::Visit,
    event::{DeliveryState, EventId, Trigger},
    fold::Fresh,
    lead::{Status, TrackingStatus},
};
use konektor_store::{Store, model::*};

pub async fn a_sale_is_told_once_as_it_was_then<S: Store>(mut shop: Shop<'_, S>) {
    let meta = shop.destination(Platform::Meta).await;
    let click = shop.click("fbclid=F").await;
    shop.fold().await;
    shop.send(meta, Next::Sent).await;
    let sale = LeadPatch {
        phone: Some(Some("6281234567890".to_owned())),
        email: Some(Some("siti@example.com".to_owned())),
        value: Some(Some(149_500)),
        currency: Some(Some("IDR".to_owned())),
        ..LeadPatch::default()
    };
    shop.update(click.lead, sale).await;
    assert_eq!(shop.fold().await.destinations, [], "words and numbers are no event");
    shop.set_status(click.lead, Status::Qualified).await;
    shop.set_status(click.lead, Status::Won).await;
    let sold_at = shop.now;
    let progress = shop.fold().await;
    assert_eq!(
        (progress.clicks, progress.destinations),
        (0, vec![meta]),
        "no click is needed"
    );

    for status in [Status::New, Status::Qualified, Status::Lost, Status::Won] {
        shop.set_status(click.lead, status).await;
        shop.fold().await;
    }
    let corrected = LeadPatch {
        value: Some(Some(1)),
        phone: Some(None),
        ..LeadPatch::default()
    };
    shop.update(click.lead, corrected).await;
    shop.kill().await;
    assert_eq!(shop.fold().await.destinations, []);

    let claimed = shop.claim(meta).await.deliveries;
    let names: Vec<_> = claimed.iter().map(|told| (told.trigger, told.name.as_str())).collect();
    assert_eq!(
        names,
        [
            (Trigger::Status(Status::Qualified), "Lead"),
            (Trigger::Status(Status::Won), "Purchase")
        ],
        "each once in a lead's life"
    );
    assert!(
        claimed
            .iter()
            .all(|told| told.click == click && told.lead == click.lead)
    );
    let known = EventDetails {
        phone: Some("6281234567890".to_owned()),
        email: Some("siti@example.com".to_owned()),
        value: Some(149_500),
        currency: Some("IDR".to_owned()),
    };
    assert_eq!(claimed[1].details, known, "as it was then");
    assert_eq!(
        (claimed[1].at, &claimed[1].event_id),
        (sold_at, &EventId::of_lead(click.lead, "Purchase"))
    );
    let without_value = EventDetails {
        value: None,
        currency: None,
        ..known
    };
    assert_eq!(claimed[0].details, without_value, "only a sale has a value");
}

pub async fn a_status_goes_to_the_ads_that_the_lead_came_by<S: Store>(mut shop: Shop<'_, S>) {
    let by_ad = shop.click("fbclid=F1").await;
    let lead = by_ad.lead;
    shop.again(lead, "fbclid=F2").await;
    let by_google = shop.again(lead, "gclid=G&fbclid=F3").await;
    let latest = shop.again(lead, "fbclid=F1").await;
    shop.again(lead, "utm_source=bio").await;
    shop.later(HOUR_MS);
    let [meta, google] = [Platform::Meta, Platform::Google].map(destination);
    let meta = shop.add_destination(meta).await;
    let google = shop.add_destination(google).await;
    let tiktok = shop.destination(Platform::Tiktok).await;
    shop.fold().await;
    shop.set_status(lead, Status::Won).await;
    shop.later(MINUTE_MS);
    shop.again(lead, "ttclid=T").await; // after the sale
    let mut told = shop.fold().await.destinations;
    told.sort();
    assert_eq!(
        told,
        [tiktok, google, meta],
        "TikTok of the click, the others of the sale"
    );

    shop.later(6 * HOUR_MS);
    let sale = shop.claim(meta).await.deliveries.remove(0);
    assert_eq!(sale.trigger, Trigger::Status(Status::Won));
    assert_eq!(
        sale.click, by_ad,
        "by its latest click ID, which it used first then: {}",
        latest.at.0
    );
    assert_eq!(shop.claim(google).await.deliveries[0].click, by_google);
    assert_eq!(shop.claim(tiktok).await.deliveries[0].trigger, Trigger::Click);
    for (platform, expected) in [
        (Platform::Meta, Some(by_ad.id)),
        (Platform::Google, Some(by_google.id)),
        (Platform::Linkedin, None),
    ] {
        let found = shop.store.attributed_click(lead, platform).await.unwrap();
        assert_eq!(found.map(|click| click.id), expected, "{platform}");
    }
}

pub async fn a_lead_that_came_by_no_ad_tells_nothing<S: Store>(mut shop: Shop<'_, S>) {
    let early = shop.click("fbclid=F").await;
    shop.fold().await;
    shop.set_status(early.lead, Status::Won).await;
    shop.later(1);
    let meta = shop.destination(Platform::Meta).await;
    let by_friend = shop.click("").await;
    let by_google = shop.click("gclid=G").await;
    for click in [&by_friend, &by_google] {
        shop.set_status(click.lead, Status::Won).await;
    }
    assert_eq!(shop.fold().await.destinations, []);
    assert!(shop.to(meta).await.is_empty());
    // Not told is not told: through an ad, the next sale counts.
    shop.again(by_friend.lead, "fbclid=F4").await;
    shop.set_status(by_friend.lead, Status::Lost).await;
    shop.set_status(by_friend.lead, Status::Won).await;
    shop.fold().await;
    let names: Vec<_> = shop.to(meta).await.into_iter().map(|told| told.name).collect();
    assert_eq!(names, ["Purchase", "Contact"]);
}

/// More clicks than a pass takes: the pass that comes to the end folds the status, and finds the click.
pub async fn a_status_waits_for_its_leads_clicks_to_be_folded<S: Store>(mut shop: Shop<'_, S>) {
    let meta = shop.destination(Platform::Meta).await;
    let lead = shop.click("").await.lead;
    let by_ad = shop.again(lead, "fbclid=F").await;
    shop.set_status(lead, Status::Won).await;
    let routing = std::sync::Arc::new(shop.store.routing().await.unwrap());
    let mut told = Vec::new();
    for _ in 0..4 {
        let pass = shop.store.fold(routing.clone(), Fresh::default(), 1).await.unwrap();
        told.push((pass.clicks, pass.destinations.len()));
    }
    assert_eq!(told, [(1, 0), (1, 1), (0, 1), (0, 0)]);
    let claimed = shop.claim(meta).await.deliveries;
    assert_eq!(claimed.len(), 2);
    assert!(claimed.iter().all(|told| told.click == by_ad));
}

pub async fn who_refuses_is_not_told_of_later_either<S: Store>(mut shop: Shop<'_, S>) {
    let meta = shop.destination(Platform::Meta).await;
    let with_gpc = Visit {
        gpc: true,
        ..shop.visit("fbclid=F", "gpc")
    };
    let lead = shop.come(with_gpc).await.lead;
    shop.set_status(lead, Status::Won).await;
    shop.fold().await;
    let states: Vec<_> = shop.to(meta).await.iter().map(|told| told.state).collect();
    assert_eq!(states, [DeliveryState::Dropped; 2]);
    assert_eq!(shop.tracking(lead).await, TrackingStatus::None);
}

pub async fn a_person_is_reported_once_whichever_of_their_leads_it_was<S: Store>(mut shop: Shop<'_, S>) {
    let meta = shop.destination(Platform::Meta).await;
    let [reported, survivor] = [shop.click("fbclid=A").await.lead, shop.click("fbclid=B").await.lead];
    shop.set_status(reported, Status::Qualified).await;
    shop.fold().await;
    shop.send(meta, Next::Sent).await;
    let (by, now) = ("user:1".to_owned(), shop.now);
    let merged = shop.store.merge_leads(reported, survivor, by, now).await.unwrap();
    assert_eq!(merged, Merge::Done(survivor));
    for status in [Status::New, Status::Qualified] {
        shop.set_status(reported, status).await;
    }
    assert_eq!(shop.fold().await.destinations, [], "it was reported of the other one");
    shop.set_status(survivor, Status::Won).await;
    assert_eq!(shop.fold().await.destinations, [meta]);
    let filter = DeliveryFilter {
        lead: Some(reported),
        ..DeliveryFilter::default()
    };
    let listed = shop.store.deliveries(shop.workspace, filter, None, 10).await.unwrap();
    assert_eq!(
        listed.len(),
        4,
        "those of all leads that are one: two clicks, a lead and a sale"
    );
    assert_eq!(shop.tracking(reported).await, TrackingStatus::Pending);
}
