//! Deliveries as people look for them.

use crate::{
    common::shop::workspace,
    shop::{MINUTE_MS, Shop},
};
use konektor_core::{
    attribution::Platform,
    event::{DeliveryState, Trigger},
    ids::DeliveryId,
    lead::Status,
};
use konektor_store::{Store, model::*};

pub async fn deliveries_are_listed_by_what_is_asked_for<S: Store>(mut shop: Shop<'_, S>) {
    let meta = shop.destination(Platform::Meta).await;
    let google = shop.destination(Platform::Google).await;
    let mut clicks = Vec::new();
    for query in ["fbclid=0", "gclid=1", "fbclid=2", "gclid=3", "fbclid=4"] {
        clicks.push(shop.click(query).await);
    }
    shop.fold().await;
    shop.send(meta, Next::Sent).await;
    shop.set_status(clicks[0].lead, Status::Won).await;
    shop.fold().await;
    shop.send(meta, Next::Dropped).await;

    let all: Vec<DeliveryId> = shop
        .deliveries(DeliveryFilter::default())
        .await
        .iter()
        .map(|d| d.id)
        .collect();
    assert_eq!(all.len(), 6);
    assert!(all.is_sorted_by(|a, b| a > b), "newest first");
    let mut paged: Vec<DeliveryId> = Vec::new();
    loop {
        let before = paged.last().copied();
        let page = shop
            .store
            .deliveries(shop.workspace, DeliveryFilter::default(), before, 2);
        let page = page.await.unwrap();
        if page.is_empty() {
            break;
        }
        paged.extend(page.iter().map(|d| d.id));
    }
    assert_eq!(paged, all, "pages neither repeat nor leave out");

    let filter = DeliveryFilter::default;
    let cases = [
        (
            "to Google",
            DeliveryFilter {
                destination: Some(google),
                ..filter()
            },
            2,
        ),
        (
            "pending",
            DeliveryFilter {
                state: Some(DeliveryState::Pending),
                ..filter()
            },
            2,
        ),
        (
            "sent",
            DeliveryFilter {
                state: Some(DeliveryState::Sent),
                ..filter()
            },
            3,
        ),
        (
            "dropped",
            DeliveryFilter {
                state: Some(DeliveryState::Dropped),
                ..filter()
            },
            1,
        ),
        (
            "held",
            DeliveryFilter {
                state: Some(DeliveryState::Held),
                ..filter()
            },
            0,
        ),
        (
            "of a lead",
            DeliveryFilter {
                lead: Some(clicks[0].lead),
                ..filter()
            },
            2,
        ),
        (
            "its sale",
            DeliveryFilter {
                lead: Some(clicks[0].lead),
                state: Some(DeliveryState::Dropped),
                ..filter()
            },
            1,
        ),
        (
            "sales",
            DeliveryFilter {
                trigger: Some(Trigger::Status(Status::Won)),
                ..filter()
            },
            1,
        ),
        (
            "clicks",
            DeliveryFilter {
                trigger: Some(Trigger::Click),
                ..filter()
            },
            5,
        ),
        (
            "from",
            DeliveryFilter {
                from: Some(clicks[3].at),
                ..filter()
            },
            3,
        ),
        (
            "to",
            DeliveryFilter {
                to: Some(clicks[3].at),
                ..filter()
            },
            3,
        ),
    ];
    for (what, filter, expected) in cases {
        assert_eq!(shop.deliveries(filter).await.len(), expected, "{what}");
    }

    let other = shop.store.add_workspace(workspace("Other"), shop.now).await.unwrap();
    let theirs = shop.store.deliveries(other, filter(), None, 10).await.unwrap();
    assert!(theirs.is_empty());
    assert!(shop.store.find_delivery(other, all[0]).await.unwrap().is_none());
}

pub async fn a_timeline_has_what_was_told<S: Store>(mut shop: Shop<'_, S>) {
    shop.destination(Platform::Meta).await;
    let lead = shop.click("fbclid=F").await.lead;
    shop.fold().await;
    shop.later(MINUTE_MS);
    shop.set_status(lead, Status::Qualified).await;
    shop.set_status(lead, Status::Won).await;
    shop.fold().await;
    let kind = |item: &TimelineItem| match item {
        TimelineItem::Click(_) => "click".to_owned(),
        TimelineItem::Delivery(told) => format!("told {}", told.name),
        TimelineItem::Change { new, .. } => new.clone().unwrap(),
        other => panic!("nothing of this happened: {other:?}"),
    };
    let all = shop.store.timeline(lead, None, 100).await.unwrap();
    let expected = [
        "told Purchase",
        "won",
        "told Lead",
        "qualified",
        "told Contact",
        "click",
    ];
    assert_eq!(
        all.iter().map(kind).collect::<Vec<_>>(),
        expected,
        "newest first, an event after what made it"
    );
    for limit in 1..=expected.len() {
        let some = shop.store.timeline(lead, None, limit).await.unwrap();
        assert_eq!(some.iter().map(kind).collect::<Vec<_>>(), expected[..limit], "{limit}");
    }
    for (before, rest) in [(1, 2), (3, 4), (5, 6)] {
        let earlier = shop.store.timeline(lead, Some(all[before].at()), 100).await.unwrap();
        assert_eq!(
            earlier.iter().map(kind).collect::<Vec<_>>(),
            expected[rest..],
            "{before}"
        );
    }
}
