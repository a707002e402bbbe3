//! `GET /leads/{id}/timeline`

use super::{
    find_visible,
    timeline_item::{TimelinePage, TimelineView},
};
use crate::{
    api::{
        auth::AnyCaller,
        body::{Id, Query},
        checks::Checks,
        deliveries::Waiting,
        error::ApiError,
        page::{self, Page, PageQuery},
        refusals::{Missing, Refused, RefusedQuery},
    },
    app::App,
};
use axum::{Json, extract::State};
use konektor_core::time::UnixMs;
use konektor_store::{
    Store,
    model::{Delivery, TimelineItem},
};
use std::{fmt, str::FromStr, sync::Arc};

/// What happened to a lead, newest first: clicks with how they were recognised and why they went where they went, events
/// and what the ad platforms said, and changes with who made them.
#[utoipa::path(
    get, path = "/leads/{id}/timeline", operation_id = "get_lead_timeline", tag = "leads",
    params(("id" = String, Path, description = "Id or visitor code."), PageQuery),
    responses(
        (status = 200, description = "A page of the timeline.", body = TimelinePage), Missing, RefusedQuery, Refused
    )
)]
pub async fn timeline(
    AnyCaller(caller): AnyCaller,
    State(app): State<Arc<App>>,
    Id(id): Id,
    Query(query): Query<PageQuery>,
) -> Result<Json<TimelinePage>, ApiError> {
    let lead = find_visible(&app, &caller, &id).await?;
    let mut checks = Checks::default();
    let limit = page::limit(query.limit.as_deref(), &mut checks);
    let place: Option<Place> = page::cursor(query.cursor.as_deref(), &mut checks);
    checks.finish()?;
    let before = place.map(|place| place.at.plus_ms(1));
    let shown = place.map_or(0, |place| place.shown);
    let mut items = app.store.timeline(lead.id, before, shown + limit + 1).await?;
    items.drain(..shown.min(items.len()));
    let goes_on = items.len() > limit;
    items.truncate(limit);
    let next = items
        .last()
        .filter(|_| goes_on)
        .map(|last| Place::after(last.at(), &items, place));
    let waiting = Waiting::of(&app, &caller.workspace, &deliveries(&items)).await?;
    let routing = app.routing.load();
    let items = items
        .into_iter()
        .map(|item| TimelineView::new(item, &caller.workspace.code_key, &routing, &waiting))
        .collect();
    Ok(Json(Page {
        items,
        next_cursor: next.map(page::make_cursor),
    }))
}

fn deliveries(items: &[TimelineItem]) -> Vec<&Delivery> {
    let deliveries = items.iter().filter_map(|item| match item {
        TimelineItem::Delivery(delivery) => Some(delivery.as_ref()),
        _ => None,
    });
    deliveries.collect()
}

/// How far a timeline was shown: up to a moment, and so many of the items that happened at it (one edit makes
/// several).
#[derive(Clone, Copy)]
struct Place {
    at: UnixMs,
    shown: usize,
}

impl Place {
    fn after(at: UnixMs, items: &[TimelineItem], before: Option<Self>) -> Self {
        let earlier = before.filter(|place| place.at == at).map_or(0, |place| place.shown);
        Self {
            at,
            shown: earlier + items.iter().filter(|item| item.at() == at).count(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at.0, self.shown)
    }
}

impl FromStr for Place {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (at, shown) = text.split_once('.').ok_or(())?;
        let shown = shown.parse().ok().filter(|shown| *shown <= 100_000).ok_or(())?;
        Ok(Self {
            at: UnixMs(at.parse().map_err(|_| ())?),
            shown,
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::api::testing::{Server, meta};
    use axum::http::{Method, StatusCode};
    use konektor_core::decide::Visit;
    use konektor_store::model::Next;
    use serde_json::json;

    #[tokio::test]
    async fn a_timeline_says_how_a_visitor_was_recognised_and_why_they_went_where() {
        let server = Server::start().await;
        let ayu = server.add_agent("Ayu").await;
        let promo = server.add_rotator("promo", &[&ayu]).await;
        let lead = server.record(vec![server.visit(&promo, "fbclid=F", 0)]).await[0];
        server
            .record(vec![Visit {
                cookie: Some(lead.number),
                ..server.visit(&promo, "", 10)
            }])
            .await;
        let path = format!("/leads/{}", lead.packed());
        server.set_clock(20);
        server
            .patch(&path, json!({ "status": "won", "value": 149.5, "currency": "IDR" }))
            .await;
        server.delete(&format!("/agents/{ayu}")).await;

        let answer = server.get(&format!("{path}/timeline")).await;
        assert_eq!(answer.items("kind"), ["change", "change", "change", "click", "click"]);
        let change = |field: &str, old: serde_json::Value, new: &str| {
            json!({
                "kind": "change", "at": "2026-08-17T02:00:00.020Z", "field": field, "old": old, "new": new, "by": "key:1",
            })
        };
        let items = &answer.json["items"];
        assert_eq!(items[0], change("currency", json!(null), "IDR"));
        assert_eq!(items[1], change("value", json!(null), "149.5"));
        assert_eq!(items[2], change("status", json!("new"), "won"));
        let first = json!({
            "kind": "click", "at": "2026-08-17T02:00:00.000Z", "recognised_by": "new", "why": "turn",
            "reason": "A new visitor. Went to an agent who was removed, whose turn it was.",
            "agent_id": ayu, "rotator_id": promo, "ip": "203.0.113.7", "browser": "Android WebView 142",
            "device": "Samsung SM-A155F", "in_app": "instagram", "duplicate": false, "new": true,
            "touch": {
                "layer": "click_id", "platform": "meta", "click_ids": { "fbclid": "F" }, "utm": {},
                "referrer": "https://l.instagram.com",
            },
        });
        assert_eq!(items[4], first);
        assert_eq!(
            (&items[3]["recognised_by"], &items[3]["why"]),
            (&json!("cookie"), &json!("owner"))
        );
    }

    #[tokio::test]
    async fn a_timeline_says_what_the_ad_platforms_said() {
        let server = Server::start().await;
        let promo = server.add_rotator("promo", &[]).await;
        let id = server.add_destination(meta()).await;
        let lead = server.record(vec![server.visit(&promo, "fbclid=F", 0)]).await[0];
        let path = format!("/leads/{}", lead.packed());
        server.set_clock(20);
        server.settle(&id, &[Next::Dropped]).await;
        server.patch(&path, json!({ "status": "won" })).await;
        server.fold().await;
        server.hold(&id, "The token has expired.").await;

        let answer = server.get(&format!("{path}/timeline")).await;
        assert_eq!(answer.items("kind"), ["delivery", "change", "delivery", "click"]);
        let deliveries = server.get("/deliveries").await;
        let (ids, event_ids) = (deliveries.items("id"), deliveries.items("event_id"));
        let items = &answer.json["items"];
        let won = json!({
            "kind": "delivery", "at": "2026-08-17T02:00:00.020Z", "delivery_id": ids[0], "destination_id": id,
            "platform": "meta", "event": "won", "event_name": "Purchase", "event_id": event_ids[0], "state": "held",
            "settled_at": null, "code": null,
            "reason": "Waits until its destination is repaired: The token has expired.",
        });
        let click = json!({
            "kind": "delivery", "at": "2026-08-17T02:00:00.000Z", "delivery_id": ids[1], "destination_id": id,
            "platform": "meta", "event": "click", "event_name": "Contact", "event_id": event_ids[1],
            "state": "dropped", "settled_at": "2026-08-17T02:00:00.020Z", "code": "100/2804003",
            "reason": "The platform's words.",
        });
        assert_eq!((&items[0], &items[2]), (&won, &click));
        let mut seen = Vec::new();
        let mut cursor = String::new();
        for _ in 0..4 {
            let page = server.get(&format!("{path}/timeline?limit=1{cursor}")).await.json;
            seen.extend(page["items"].as_array().unwrap().clone());
            cursor = format!("&cursor={}", page["next_cursor"].as_str().unwrap_or_default());
        }
        assert_eq!(&json!(seen), items, "pages of one");
    }

    #[tokio::test]
    async fn a_timeline_comes_in_pages_even_where_much_happened_at_once() {
        let server = Server::start().await;
        let promo = server.add_rotator("promo", &[]).await;
        let lead = server.record(vec![server.visit(&promo, "", 0)]).await[0];
        let path = format!("/leads/{}", lead.packed());
        let edit = json!({ "name": "Budi", "status": "hot", "email": "b@a.id", "notes": "x", "phone": "081234567890" });
        server.set_clock(20);
        server.patch(&path, edit).await;
        let whole = server.get(&format!("{path}/timeline")).await.json["items"].clone();
        assert_eq!(whole.as_array().unwrap().len(), 6);
        let mut seen = Vec::new();
        let mut next = format!("{path}/timeline?limit=2");
        for has_next in [true, true, false] {
            let page = server.get(&next).await.json;
            seen.extend(page["items"].as_array().unwrap().clone());
            assert_eq!(page["next_cursor"].is_string(), has_next);
            next = format!(
                "{path}/timeline?limit=2&cursor={}",
                page["next_cursor"].as_str().unwrap_or_default()
            );
        }
        assert_eq!(json!(seen), whole);
    }

    #[tokio::test]
    async fn a_timeline_of_another_workspace_does_not_exist() {
        let server = Server::start().await;
        let promo = server.add_rotator("promo", &[]).await;
        let lead = server.record(vec![server.visit(&promo, "", 0)]).await[0];
        let path = format!("/leads/{}/timeline", lead.packed());
        let (_, key) = server.add_workspace().await;
        assert_eq!(
            server.ask(&key, Method::GET, &path, None).await.status,
            StatusCode::NOT_FOUND
        );
        assert_eq!(server.get(&format!("{path}?cursor=MQ")).await.refused()[0].0, "cursor");
    }
}
