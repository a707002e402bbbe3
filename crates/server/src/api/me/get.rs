//! `GET /me`

use crate::api::{auth::Caller, error::ApiError, refusals::Refused, time::Time};
use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

/// Who is asking, and where.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// `key`: an API key.
    #[schema(example = "key")]
    role: &'static str,
    /// The workspace that all answers are about.
    #[schema(example = "1")]
    workspace_id: String,
    /// Its name.
    #[schema(example = "Toko Kopi")]
    workspace_name: String,
    /// Country of phone numbers that are written without a country code, ISO 3166-1 alpha-2.
    #[schema(example = "ID")]
    country: String,
    /// Zone of its days.
    #[schema(required, example = "Asia/Jakarta")]
    time_zone: Option<String>,
    /// The id of the key.
    #[schema(example = "2")]
    key_id: String,
    /// What the key is called.
    name: String,
    /// What it may do.
    #[schema(example = json!(["read"]))]
    scopes: Vec<String>,
    /// When it ends; `null` for never.
    #[schema(required)]
    expires_at: Option<Time>,
}

/// Who is asking.
#[utoipa::path(
    get, path = "/me", operation_id = "get_me", tag = "about",
    responses((status = 200, description = "The caller.", body = Me), Refused)
)]
pub async fn get(caller: Caller) -> Result<Json<Me>, ApiError> {
    let Caller { workspace, key } = caller;
    Ok(Json(Me {
        role: "key",
        workspace_id: workspace.id.to_string(),
        workspace_name: workspace.name.clone(),
        country: workspace.country.clone(),
        time_zone: workspace.time_zone.iana_name().map(str::to_owned),
        key_id: key.id.to_string(),
        name: key.name,
        scopes: key.scopes,
        expires_at: key.expires_at.map(Time),
    }))
}

#[cfg(test)]
mod tests {
    use crate::api::testing::{NOW, Server};
    use axum::http::Method;
    use serde_json::json;

    #[tokio::test]
    async fn a_key_learns_who_it_is() {
        let server = Server::start().await;
        let key = server
            .add_key(server.workspace, &["read"], Some(NOW.plus_ms(1_000)))
            .await;
        let wanted = json!({
            "role": "key", "workspace_id": "1", "workspace_name": "Toko Kopi", "country": "ID",
            "time_zone": "Asia/Jakarta", "key_id": "2", "name": "test", "scopes": ["read"],
            "expires_at": "2026-08-17T02:00:01.000Z",
        });
        assert_eq!(server.ask(&key, Method::GET, "/me", None).await.json, wanted);
    }
}
