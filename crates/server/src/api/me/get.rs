//! `GET /me`

use super::{Me, of_session, view::KeyMe};
use crate::{
    api::{
        auth::{AnyCaller, Who},
        error::ApiError,
        refusals::Refused,
    },
    app::App,
};
use axum::{Json, extract::State};
use std::sync::Arc;

/// Who is asking.
#[utoipa::path(
    get, path = "/me", operation_id = "get_me", tag = "about",
    responses((status = 200, description = "The caller.", body = Me), Refused)
)]
pub async fn get(AnyCaller(caller): AnyCaller, State(app): State<Arc<App>>) -> Result<Json<Me>, ApiError> {
    Ok(Json(match caller.who {
        Who::Key(key) => Me::Key(KeyMe::new(&app, key, &caller.workspace)),
        Who::User(session) => Me::User(of_session(&app, &session.user, session.workspace).await?),
    }))
}

#[cfg(test)]
mod tests {
    use crate::api::{
        people::{Browser, add_user},
        testing::{NOW, Server},
    };
    use axum::http::Method;
    use konektor_store::model::Role;
    use serde_json::json;

    #[tokio::test]
    async fn a_key_learns_who_it_is() {
        let server = Server::start().await;
        let key = server
            .add_key(server.workspace, &["read"], Some(NOW.plus_ms(1_000)))
            .await;
        let wanted = json!({
            "role": null, "workspace_id": "1", "workspace_name": "Toko Kopi", "country": "ID",
            "time_zone": "Asia/Jakarta", "key_id": "2", "name": "test", "scopes": ["read"],
            "expires_at": "2026-08-17T02:00:01.000Z",
            "degraded_since": null,
        });
        assert_eq!(server.ask(&key, Method::GET, "/me", None).await.json, wanted);
        server.app.degraded.begin(NOW);
        let mut wanted = wanted;
        wanted["degraded_since"] = "2026-08-17T02:00:00.000Z".into();
        assert_eq!(server.ask(&key, Method::GET, "/me", None).await.json, wanted);
    }

    #[tokio::test]
    async fn a_person_learns_who_and_where_they_are() {
        let server = Server::start().await;
        let ayu = server.add_agent("Ayu").await;
        let user = add_user(&server, server.workspace, "ayu@kopi.id", Role::Agent, Some(&ayu)).await;
        let browser = Browser::of(&server, user, server.workspace).await;
        let wanted = json!({
            "user": { "id": user.to_string(), "email": "ayu@kopi.id", "language": null }, "role": "agent",
            "workspace_id": "1", "agent_id": ayu,
            "workspace": {
                "id": "1", "name": "Toko Kopi", "country": "ID", "time_zone": "Asia/Jakarta", "currency": "IDR",
            },
            "workspaces": [{ "id": "1", "name": "Toko Kopi", "role": "agent" }],
            "mails": { "digest_off": false, "reminders_off": false },
            "degraded_since": null,
        });
        assert_eq!(browser.get("/me").await.json, wanted);
    }
}
