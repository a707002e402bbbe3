//! `PUT /whatsapp`

use super::WhatsappView;
use crate::{
    api::{
        auth::Caller,
        body::{Body, not_null},
        checks::Checks,
        edits,
        error::ApiError,
        refusals::{Refused, RefusedBody},
    },
    app::App,
    auth::token,
};
use axum::{Json, extract::State};
use konektor_core::ids::WorkspaceId;
use konektor_store::{Hooks, model::WhatsappFields};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Longest id and secret, in bytes.
const MOST_BYTES: usize = 256;

/// A number at WhatsApp's Cloud API.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewWhatsapp)]
pub struct NewWhatsapp {
    /// Meta's id of the number: WhatsApp → API Setup → Phone number ID.
    #[schema(example = "106540352242922")]
    phone_number_id: String,
    /// What Meta signs with: App settings → Basic → App secret. Absent keeps the one that is there.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(value_type = String)]
    app_secret: Option<String>,
    /// A text of your own, entered at Meta too when the callback URL is. Absent keeps the one that is there.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(value_type = String)]
    verify_token: Option<String>,
}

/// Connects the workspace with its number at WhatsApp, or changes the connection. The URL stays the same.
#[utoipa::path(
    put, path = "/whatsapp", operation_id = "set_whatsapp", tag = "whatsapp",
    request_body = NewWhatsapp,
    responses((status = 200, description = "The connection as it is now.", body = WhatsappView), RefusedBody, Refused)
)]
pub async fn put(
    caller: Caller,
    State(app): State<Arc<App>>,
    Body(new): Body<NewWhatsapp>,
) -> Result<Json<WhatsappView>, ApiError> {
    // Two changes at once must not undo one another.
    let _edit = edits::begin().await;
    let workspace = caller.workspace_id();
    let before = app.store.whatsapp(workspace).await?.map(|whatsapp| whatsapp.fields);
    let fields = new.check(&app, workspace, before)?;
    let (token, _) = token::make();
    let whatsapp = app
        .store
        .set_whatsapp(workspace, token, fields, app.clock.now())
        .await?;
    Ok(Json(WhatsappView::new(&app, whatsapp)))
}

impl NewWhatsapp {
    fn check(
        self,
        app: &App,
        workspace: WorkspaceId,
        before: Option<WhatsappFields>,
    ) -> Result<WhatsappFields, ApiError> {
        let mut checks = Checks::default();
        let id = self.phone_number_id.trim();
        if !(1..=40).contains(&id.len()) || !id.bytes().all(|byte| byte.is_ascii_digit()) {
            checks.refuse(
                "phone_number_id",
                "This is no id of a number: it has digits only. Copy \"Phone number ID\" from WhatsApp → API Setup.",
            );
        }
        let (app_secret, verify_token) = match before {
            Some(before) => (before.app_secret, before.verify_token),
            None => (None, None),
        };
        let mut sealed = |field: &str, text: Option<String>, before: Option<Vec<u8>>| {
            let Some(text) = text else {
                if before.is_none() {
                    checks.refuse(field, format!("The field \"{field}\" is missing."));
                }
                return before;
            };
            let text = text.trim();
            if !(1..=MOST_BYTES).contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
                checks.refuse(field, format!("Use 1 to {MOST_BYTES} visible ASCII characters."));
            }
            Some(app.sealer.seal(&super::row(workspace, field), text.as_bytes()))
        };
        let fields = WhatsappFields {
            phone_number_id: id.to_owned(),
            app_secret: sealed("app_secret", self.app_secret, app_secret),
            verify_token: sealed("verify_token", self.verify_token, verify_token),
        };
        checks.finish()?;
        Ok(fields)
    }
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;
    use axum::http::{Method, StatusCode};
    use rstest::rstest;
    use serde_json::{Value, json};

    const SECRET: &str = "app-secret-canary-51c2";

    async fn put(server: &Server, body: Value) -> crate::api::testing::Answer {
        server.ask(&server.key, Method::PUT, "/whatsapp", Some(body)).await
    }

    fn whole() -> Value {
        json!({ "phone_number_id": "106540352242922", "app_secret": SECRET, "verify_token": "kata-kunci" })
    }

    #[tokio::test]
    async fn a_workspace_is_connected_changed_and_disconnected() {
        let server = Server::start().await;
        assert_eq!(server.get("/whatsapp").await.status, StatusCode::NOT_FOUND);
        let first = put(&server, whole()).await;
        assert_eq!(first.status, StatusCode::OK, "{}", first.json);
        let url = first.json["url"].as_str().unwrap();
        assert!(url.starts_with("https://go.example.com/hooks/whatsapp/"), "{url}");
        let wanted = json!({
            "phone_number_id": "106540352242922", "url": url, "has_app_secret": true, "has_verify_token": true,
            "created_at": "2026-08-17T02:00:00.000Z", "last_received_at": null,
            "messages": 0, "statuses": 0, "others": 0, "refused": 0,
        });
        assert_eq!(server.get("/whatsapp").await.json, wanted);
        let changed = put(&server, json!({ "phone_number_id": "2" })).await.json;
        assert_eq!(
            (&changed["url"], &changed["has_app_secret"]),
            (&json!(url), &json!(true))
        );
        assert_eq!(changed["phone_number_id"], "2");
        assert_eq!(server.delete("/whatsapp").await.status, StatusCode::NO_CONTENT);
        assert_eq!(server.delete("/whatsapp").await.status, StatusCode::NOT_FOUND);
    }

    #[tokio::test]
    async fn secrets_are_in_no_answer_and_in_no_file() {
        let server = Server::start().await;
        let answer = put(&server, whole()).await;
        assert!(!answer.text.contains(SECRET) && !answer.text.contains("kata-kunci"));
        for (file, bytes) in server.files() {
            for secret in [SECRET, "kata-kunci"] {
                assert!(
                    !bytes.windows(secret.len()).any(|part| part == secret.as_bytes()),
                    "{file}"
                );
            }
        }
    }

    #[rstest]
    #[case("phone_number_id", json!("+62 812"), "digits only")]
    #[case("phone_number_id", Value::Null, "string")]
    #[case("app_secret", json!(""), "1 to 256")]
    #[case("app_secret", Value::Null, "null")]
    #[case("verify_token", json!("dua kata"), "visible")]
    #[tokio::test]
    async fn what_is_wrong_is_said_field_by_field(#[case] field: &str, #[case] value: Value, #[case] says: &str) {
        let server = Server::start().await;
        let mut body = whole();
        body[field] = value;
        let refused = put(&server, body).await.refused();
        assert_eq!(refused[0].0, field);
        assert!(refused[0].1.contains(says), "{}", refused[0].1);
        let missing = put(&server, json!({ "phone_number_id": "1" })).await.refused();
        let fields: Vec<_> = missing.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(fields, ["app_secret", "verify_token"]);
        assert_eq!(server.get("/whatsapp").await.status, StatusCode::NOT_FOUND);
    }
}
