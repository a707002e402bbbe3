//! `GET /webhooks/{id}/messages`

use super::{
    MessagePage, MessageView,
    view::{MessageStateWord, State as MessageState},
};
use crate::{
    api::{
        auth::Caller,
        body::{Id, Query},
        checks::Checks,
        error::ApiError,
        page::{self, Page},
        refusals::{Missing, Refused, RefusedQuery},
        webhooks::find,
        words,
    },
    app::App,
};
use axum::{Json, extract::State};
use konektor_core::webhook::EventKind;
use konektor_store::{WebhookStore, model::MessageFilter};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

/// Which messages.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MessageQuery {
    /// In this state.
    #[param(value_type = Option<MessageStateWord>)]
    state: Option<String>,
    /// About this: one of the events, or `webhook.test`.
    event: Option<String>,
    /// Most items of the page.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// The messages of a webhook, newest first, with all attempts. They are kept as long as deliveries.
#[utoipa::path(
    get, path = "/webhooks/{id}/messages", operation_id = "list_webhook_messages", tag = "webhooks",
    params(("id" = String, Path), MessageQuery),
    responses((status = 200, description = "A page of messages.", body = MessagePage), Missing, RefusedQuery, Refused)
)]
pub async fn list(
    caller: Caller,
    State(app): State<Arc<App>>,
    Id(id): Id,
    Query(query): Query<MessageQuery>,
) -> Result<Json<MessagePage>, ApiError> {
    let webhook = find(&app, &caller.workspace, &id).await?;
    let mut checks = Checks::default();
    let limit = page::limit(query.limit.as_deref(), &mut checks);
    let before: Option<i64> = page::cursor(query.cursor.as_deref(), &mut checks);
    let state = query.state.as_deref();
    let state = state.and_then(|word| checks.ok("state", words::parse::<MessageState>("state", word)));
    let kind = query.event.as_deref();
    let kind = kind.and_then(|word| checks.ok("event", word.parse::<EventKind>()));
    checks.finish()?;
    let filter = MessageFilter {
        state: state.map(|state| state.0),
        kind,
    };
    let messages = app.store.messages(webhook.id, filter, before, limit + 1).await?;
    let page = Page::cut(messages, limit, |message| message.row.to_string());
    Ok(Json(page.map(MessageView::from)))
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;
    use serde_json::json;

    #[tokio::test]
    async fn what_happens_is_a_message_of_each_webhook_that_asks_for_it() {
        let server = Server::start().await;
        let promo = server.add_rotator("promo", &[]).await;
        let made = server
            .post("/webhooks", json!({ "url": "https://example.com/" }))
            .await
            .json;
        let path = format!("/webhooks/{}/messages", made["id"].as_str().unwrap());
        assert!(server.get(&path).await.items("id").is_empty());
        let lead = server.record(vec![server.visit(&promo, "", 1)]).await[0];
        let change = json!({ "name": "Budi", "status": "hot" });
        server.patch(&format!("/leads/{}", lead.packed()), change).await;
        server.fold().await;
        let page = server.get(&path).await;
        assert_eq!(page.items("event"), ["lead.updated", "click.recorded", "lead.created"]);
        assert_eq!(page.items("state"), ["pending", "pending", "pending"]);
        assert_eq!(page.items("payload"), [json!(null), json!(null), json!(null)]);
        assert_eq!(page.items("attempts"), [json!([]), json!([]), json!([])]);
        let created = server.get(&format!("{path}?event=lead.created&state=pending")).await;
        assert_eq!(created.items("at"), ["2026-08-17T02:00:00.001Z"]);
        assert!(server.get(&format!("{path}?state=sent")).await.items("id").is_empty());
        let first = server.get(&format!("{path}?limit=2")).await;
        let next = first.json["next_cursor"].as_str().unwrap();
        let second = server.get(&format!("{path}?limit=2&cursor={next}")).await;
        assert_eq!(second.items("event"), ["lead.created"]);
        for query in ["state=lost", "event=lead.lost", "limit=0", "cursor=x"] {
            let field = query.split('=').next().unwrap();
            assert_eq!(server.get(&format!("{path}?{query}")).await.refused()[0].0, field);
        }
    }
}
