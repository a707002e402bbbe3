//! `GET /deliveries`

use super::{DeliveryPage, DeliveryView, Waiting, filter::DeliveryQuery};
use crate::{
    api::{
        auth::Caller,
        body::Query,
        checks::Checks,
        error::ApiError,
        page::{self, Page},
        refusals::{Refused, RefusedQuery},
    },
    app::App,
};
use axum::{Json, extract::State};
use konektor_core::ids::{DeliveryId, WorkspaceId};
use konektor_store::{Store, model::Delivery};
use std::sync::Arc;

/// Longest page whose deliveries come with what was sent and answered: each costs a look-up of its own, and both texts
/// may be long.
const WHOLE_MAX: usize = 50;

/// The deliveries of the workspace, newest first.
#[utoipa::path(
    get, path = "/deliveries", operation_id = "list_deliveries", tag = "deliveries",
    params(DeliveryQuery),
    responses((status = 200, description = "A page of deliveries.", body = DeliveryPage), RefusedQuery, Refused)
)]
pub async fn list(
    caller: Caller,
    State(app): State<Arc<App>>,
    Query(query): Query<DeliveryQuery>,
) -> Result<Json<DeliveryPage>, ApiError> {
    let workspace = &caller.workspace;
    let mut checks = Checks::default();
    let limit = page::limit(query.limit.as_deref(), &mut checks);
    let before = page::cursor(query.cursor.as_deref(), &mut checks).map(DeliveryId);
    let filter = query.filter(workspace, &mut checks);
    checks.finish()?;
    let deliveries = match filter {
        Some(filter) => app.store.deliveries(workspace.id, filter, before, limit + 1).await?,
        None => Vec::new(),
    };
    let mut page = Page::cut(deliveries, limit, |delivery| delivery.id.to_string());
    if limit <= WHOLE_MAX {
        for delivery in &mut page.items {
            complete(&app, workspace.id, delivery).await?;
        }
    }
    let waiting = Waiting::of(&app, workspace, &page.items.iter().collect::<Vec<_>>()).await?;
    Ok(Json(page.map(|delivery| {
        DeliveryView::new(delivery, &workspace.code_key, &waiting)
    })))
}

/// Adds what was sent and answered. One that was forgotten meanwhile stays as it was listed.
async fn complete(app: &App, workspace: WorkspaceId, delivery: &mut Delivery) -> Result<(), ApiError> {
    if let Some(whole) = app.store.find_delivery(workspace, delivery.id).await? {
        delivery.request = whole.request;
        delivery.response = whole.response;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::api::testing::{Server, meta};
    use axum::http::Method;
    use konektor_core::{decide::Visit, ids::LeadId};
    use konektor_store::model::Next;
    use serde_json::{Value, json};

    /// Five clicks of Meta's ads, to one destination.
    async fn server_with_deliveries() -> (Server, String, Vec<LeadId>) {
        let server = Server::start().await;
        let promo = server.add_rotator("promo", &[]).await;
        let id = server.add_destination(meta()).await;
        let visits = (0..5).map(|n| server.visit(&promo, &format!("fbclid=F{n}"), n));
        let leads = server.record(visits.collect()).await;
        server.set_clock(1_000);
        (server, id, leads)
    }

    fn ids(leads: impl IntoIterator<Item = LeadId>) -> Vec<Value> {
        leads.into_iter().map(|lead| json!(lead.packed().to_string())).collect()
    }

    #[tokio::test]
    async fn deliveries_come_in_pages_newest_first() {
        let (server, _, leads) = server_with_deliveries().await;
        let mut seen = Vec::new();
        let mut path = "/deliveries?limit=2".to_owned();
        for has_next in [true, true, false] {
            let page = server.get(&path).await;
            seen.extend(page.items("lead_id"));
            let next = page.json["next_cursor"].as_str();
            assert_eq!(next.is_some(), has_next);
            path = format!("/deliveries?limit=2&cursor={}", next.unwrap_or_default());
        }
        assert_eq!(seen, ids(leads.into_iter().rev()));
    }

    #[tokio::test]
    async fn deliveries_come_with_what_was_sent_unless_the_page_is_long() {
        let (server, id, _) = server_with_deliveries().await;
        server.settle(&id, &[Next::Sent]).await;
        for (query, whole) in [("", true), ("?limit=50", true), ("?limit=51", false)] {
            let page = server.get(&format!("/deliveries{query}")).await;
            let oldest = &page.json["items"][4];
            assert_eq!(oldest["state"], "sent");
            assert_eq!(oldest["request"].is_string(), whole, "{query}");
            assert_eq!(oldest["response"]["status"] == 200, whole, "{query}");
            assert_eq!(
                page.json["items"][0].get("request"),
                Some(&json!(null)),
                "the fields are there in any case"
            );
        }
    }

    #[tokio::test]
    async fn deliveries_are_filtered() {
        let (server, meta_id, leads) = server_with_deliveries().await;
        let tiktok = json!({
            "platform": "tiktok", "settings": { "pixel_code": "C4ABCDEFGHIJKLMNOPQR" },
            "credentials": { "access_token": "t" },
        });
        let tiktok = server.add_destination(tiktok).await;
        let bio = server.add_rotator("bio", &[]).await;
        let later = server
            .record(vec![server.visit(&bio, "ttclid=T", 2 * 86_400_000)])
            .await[0];
        server.settle(&meta_id, &[Next::Sent, Next::Dropped]).await;
        server
            .patch(&format!("/leads/{}", leads[3].packed()), json!({ "status": "won" }))
            .await;
        server.fold().await;
        let code = server.get(&format!("/leads/{}", leads[1].packed())).await.json["code"].clone();
        let [l0, l1, l2, l3, l4] = leads[..] else {
            panic!("five")
        };
        for (query, wanted) in [
            (String::new(), &[l3, later, l4, l3, l2, l1, l0][..]),
            (format!("destination_id={meta_id}"), &[l3, l4, l3, l2, l1, l0]),
            (format!("destination_id={tiktok}"), &[later]),
            ("destination_id=1".to_owned(), &[]),
            ("destination_id=x".to_owned(), &[]),
            ("state=sent".to_owned(), &[l0]),
            ("state=dropped".to_owned(), &[l1]),
            ("state=held".to_owned(), &[]),
            (format!("state=pending&destination_id={meta_id}"), &[l3, l4, l3, l2]),
            ("event=won".to_owned(), &[l3]),
            ("event=qualified".to_owned(), &[]),
            (format!("event=click&lead_id={}", l3.packed()), &[l3]),
            (format!("lead_id={}", l3.packed()), &[l3, l3]),
            (format!("lead_id={}", code.as_str().unwrap()), &[l1]),
            ("lead_id=x".to_owned(), &[]),
            ("from=2026-08-18".to_owned(), &[later]),
            ("to=2026-08-17&state=sent".to_owned(), &[l0]),
            (
                "from=2026-08-17T02:00:00.001Z&to=2026-08-17T02:00:00.003Z".to_owned(),
                &[l2, l1],
            ),
        ] {
            let seen = server.get(&format!("/deliveries?{query}")).await.items("lead_id");
            assert_eq!(seen, ids(wanted.iter().copied()), "{query}");
        }
    }

    #[tokio::test]
    async fn what_is_no_filter_is_refused() {
        let server = Server::start().await;
        let query = "state=lost&event=new&from=yesterday&to=x&limit=1000&cursor=x";
        let refused = server.get(&format!("/deliveries?{query}")).await.refused();
        let mut fields: Vec<_> = refused.iter().map(|(field, _)| field.as_str()).collect();
        fields.sort_unstable();
        assert_eq!(fields, ["cursor", "event", "from", "limit", "state", "to"]);
        assert_eq!(server.get("/deliveries?platform=meta").await.refused()[0].0, "platform");
    }

    #[tokio::test]
    async fn what_waits_says_for_what() {
        let (server, id, _) = server_with_deliveries().await;
        let reason = async || server.get("/deliveries?limit=1").await.json["items"][0]["reason"].clone();
        assert_eq!(reason().await, json!(null));
        let path = format!("/destinations/{id}");
        server.patch(&path, json!({ "active": false })).await;
        assert_eq!(reason().await, "Waits until its destination is switched on.");
        server.hold(&id, "The token has expired.").await;
        assert_eq!(
            reason().await,
            "Waits until its destination is repaired: The token has expired."
        );
        let google = json!({
            "platform": "google",
            "settings": { "account_id": "1234567890", "conversion_action_id": "1" },
            "credentials": { "client_id": "c", "client_secret": "s", "refresh_token": "r" },
        });
        server.add_destination(google).await;
        let bio = server.add_rotator("bio", &[]).await;
        server.record(vec![server.visit(&bio, "gclid=G", 1_000)]).await;
        let waits = reason().await;
        assert!(
            waits
                .as_str()
                .unwrap()
                .starts_with("Waits until 2026-08-17T08:00:01.000Z"),
            "{waits}"
        );
    }

    #[tokio::test]
    async fn another_workspace_sees_none_of_them() {
        let (server, id, leads) = server_with_deliveries().await;
        let (_, key) = server.add_workspace().await;
        let of_lead = format!("?lead_id={}", leads[0].packed());
        for query in ["", &*of_lead, &*format!("?destination_id={id}"), "?cursor=OTk5"] {
            let answer = server
                .ask(&key, Method::GET, &format!("/deliveries{query}"), None)
                .await;
            assert!(answer.items("id").is_empty(), "{query}");
        }
    }

    #[tokio::test]
    async fn a_click_is_told_once() {
        let (server, _, leads) = server_with_deliveries().await;
        let promo = server.get("/rotators").await.items("id")[0]
            .as_str()
            .unwrap()
            .to_owned();
        let again = Visit {
            cookie: Some(leads[0].number),
            ..server.visit(&promo, "fbclid=F0", 50)
        };
        server.record(vec![again]).await;
        assert_eq!(server.get("/deliveries").await.items("id").len(), 5);
    }
}
