//! Destinations and alerts as they are kept.

use crate::{
    common::shop::{destination, workspace},
    shop::{START, Shop},
};
use konektor_core::{
    attribution::Platform,
    event::{Consent, GOOGLE_CLICK_WAIT_MS, Trigger},
    ids::DestinationId,
    lead::Status,
};
use konektor_store::{Store, model::*};

pub async fn a_destination_is_kept_as_it_was_given<S: Store>(mut shop: Shop<'_, S>) {
    let given = DestinationFields {
        name: "Our dataset".to_owned(),
        settings: serde_json::from_str(r#"{"dataset_id":"1234","test":{"code":"T"}}"#).unwrap(),
        sealed: (0..=255).collect(),
        mapping: serde_json::from_str(r#"{"click":"Lead","won":"Purchase"}"#).unwrap(),
        consent: Consent::Granted,
        active: false,
        ..destination(Platform::Meta)
    };
    let id = shop.add_destination(given.clone()).await;
    shop.later(1);
    let second = shop.destination(Platform::Google).await;
    shop.restart().await;
    let kept = shop.store.destinations(shop.workspace).await.unwrap();
    let first = Destination {
        id,
        workspace: shop.workspace,
        created_at: START,
        fields: given.clone(),
        hold: None,
    };
    assert_eq!(kept[0], first, "oldest first");
    assert_eq!(kept[1].id, second);
    assert_eq!(shop.store.all_destinations().await.unwrap(), kept);

    let routing = shop.store.routing().await.unwrap();
    assert_eq!(routing.google_click_wait_ms(), GOOGLE_CLICK_WAIT_MS);
    let [route, _] = routing.destinations(shop.workspace) else {
        panic!()
    };
    assert_eq!(
        (route.id, route.workspace, route.created_at),
        (id, shop.workspace, START)
    );
    assert_eq!(
        (route.platform, route.consent, route.active),
        (Platform::Meta, Consent::Granted, false)
    );
    assert_eq!(route.mapping.event(Trigger::Click), Some("Lead"));
    assert_eq!(route.mapping.event(Trigger::Status(Status::Qualified)), None);

    let changed = DestinationFields {
        name: "Renamed".to_owned(),
        active: true,
        ..given
    };
    let set = shop
        .store
        .set_destination(shop.workspace, id, changed.clone(), true, shop.now);
    let set = set.await.unwrap().unwrap();
    assert_eq!((&set.fields, set.created_at), (&changed, START));
    assert_eq!(shop.store.destinations(shop.workspace).await.unwrap()[0], set);
}

pub async fn a_destination_belongs_to_its_workspace<S: Store>(mut shop: Shop<'_, S>) {
    let id = shop.destination(Platform::Meta).await;
    let other = shop.store.add_workspace(workspace("Other"), shop.now).await.unwrap();
    assert!(shop.store.destinations(other).await.unwrap().is_empty());
    let stolen = shop
        .store
        .set_destination(other, id, destination(Platform::Google), true, shop.now);
    assert!(stolen.await.unwrap().is_none());
    assert!(!shop.store.remove_destination(other, id, shop.now).await.unwrap());
    assert_eq!(shop.store.destinations(shop.workspace).await.unwrap().len(), 1);
    let theirs = DestinationId(5);
    shop.store
        .add_destination(other, theirs, destination(Platform::Meta), shop.now)
        .await
        .unwrap();
    shop.click("fbclid=F").await;
    assert_eq!(shop.fold().await.destinations, [id]);
}

pub async fn alerts_are_open_until_they_end<S: Store>(shop: Shop<'_, S>) {
    let alert = |kind: &str, subject, message: &str| Alert {
        id: 0,
        workspace: shop.workspace,
        kind: kind.to_owned(),
        subject,
        message: message.to_owned(),
        since: shop.now,
    };
    let store = &shop.store;
    store
        .raise_alert(alert("destination_held", 7, "token expired"))
        .await
        .unwrap();
    store
        .raise_alert(alert("destination_silent", 7, "quiet"))
        .await
        .unwrap();
    let reworded = Alert {
        since: shop.now.plus_ms(9),
        ..alert("destination_held", 7, "token revoked")
    };
    assert!(store.raise_alert(reworded.clone()).await.unwrap());
    assert!(!store.raise_alert(reworded).await.unwrap(), "it stands there already");
    let open = async || -> Vec<(String, String)> {
        let alerts = store.alerts(shop.workspace).await.unwrap();
        assert!(alerts.iter().all(|alert| alert.since == shop.now && alert.subject == 7));
        alerts.into_iter().map(|alert| (alert.kind, alert.message)).collect()
    };
    let pair = |kind: &str, message: &str| (kind.to_owned(), message.to_owned());
    let held = pair("destination_held", "token revoked");
    let silent = pair("destination_silent", "quiet");
    assert_eq!(open().await, [held, silent.clone()]);
    for is_open in [true, false] {
        let ended = store.end_alert(shop.workspace, "destination_held", 7, shop.now).await;
        assert_eq!(ended.unwrap(), is_open);
    }
    assert_eq!(open().await, std::slice::from_ref(&silent));
    store.raise_alert(alert("destination_held", 7, "again")).await.unwrap();
    assert_eq!(
        open().await,
        [silent, pair("destination_held", "again")],
        "one that ended is raised anew"
    );
}
