//! `PATCH /forms/{id}`

use super::{FormView, NOT_FOUND, ShownForm, fields::FormPatch, find};
use crate::{
    api::{
        auth::Caller,
        body::{Body, Id},
        edits,
        error::ApiError,
        refusals::{Missing, Refused, RefusedBody},
    },
    app::App,
};
use axum::{Json, extract::State};
use konektor_store::Hooks;
use std::sync::Arc;

/// Changes a form hook. A new secret is shown this once, and counts at once.
#[utoipa::path(
    patch, path = "/forms/{id}", operation_id = "update_form", tag = "forms",
    params(("id" = String, Path)),
    request_body = FormPatch,
    responses(
        (status = 200, description = "The form hook as it is now.", body = ShownForm),
        Missing, RefusedBody, Refused
    )
)]
pub async fn update(
    caller: Caller,
    State(app): State<Arc<App>>,
    Id(id): Id,
    Body(patch): Body<FormPatch>,
) -> Result<Json<ShownForm>, ApiError> {
    // Two changes at once must not undo one another.
    let _edit = edits::begin().await;
    let form = find(&app, &caller.workspace, &id).await?;
    let checked = patch.apply(&app, &form)?;
    let form = app
        .store
        .set_form(caller.workspace_id(), form.id, checked.fields)
        .await?;
    Ok(Json(ShownForm {
        secret: checked.secret,
        about: FormView::new(&app, form.ok_or(NOT_FOUND)?),
    }))
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;
    use rstest::rstest;
    use serde_json::{Value, json};

    async fn form(server: &Server) -> String {
        let form = server.post("/forms", json!({ "name": "Kontak", "secret": true })).await;
        format!("/forms/{}", form.json["id"].as_str().unwrap())
    }

    #[tokio::test]
    async fn what_is_absent_stays_and_null_clears() {
        let server = Server::start().await;
        let path = form(&server).await;
        let first = server.get(&path).await.json;
        let change = json!({
            "name": "Daftar", "mapping": { "name": " fields.Nama ", "phone": "" }, "active": false,
            "redirect": "https://www.kopi.id/terima-kasih",
        });
        let changed = server.patch(&path, change).await.json;
        assert_eq!(
            (&changed["name"], &changed["active"]),
            (&json!("Daftar"), &json!(false))
        );
        assert_eq!(
            (&changed["secret"], &changed["has_secret"]),
            (&Value::Null, &json!(true))
        );
        let mapping = json!({
            "name": "fields.Nama", "phone": null, "email": null, "visitor": null, "code": null, "consent": null,
        });
        assert_eq!(
            (&changed["mapping"], &changed["mapping_guessed"]),
            (&mapping, &json!(false))
        );
        assert_eq!(changed["url"], first["url"], "the address stays");
        let cleared = json!({ "mapping": null, "secret": null, "redirect": null });
        let cleared = server.patch(&path, cleared).await.json;
        assert_eq!(
            (&cleared["mapping"], &cleared["mapping_guessed"]),
            (&Value::Null, &json!(true))
        );
        assert_eq!(
            (&cleared["has_secret"], &cleared["redirect"]),
            (&json!(false), &Value::Null)
        );
        assert_eq!(cleared["name"], "Daftar");
    }

    #[tokio::test]
    async fn a_new_secret_is_another_one() {
        let server = Server::start().await;
        let path = form(&server).await;
        let secret = async || server.patch(&path, json!({ "secret": true })).await.json["secret"].clone();
        let (one, other) = (secret().await, secret().await);
        assert!(one.is_string() && one != other);
        assert_eq!(
            server.patch(&path, json!({ "secret": false })).await.json["has_secret"],
            false
        );
    }

    #[rstest]
    #[case(json!({ "name": null }), "name")]
    #[case(json!({ "active": null }), "active")]
    #[case(json!({ "secret": "short" }), "secret")]
    #[case(json!({ "mapping": { "x": "y" } }), "mapping.x")]
    #[case(json!({ "url": "https://x" }), "url")]
    #[tokio::test]
    async fn what_is_wrong_with_a_change_changes_nothing(#[case] change: Value, #[case] field: &str) {
        let server = Server::start().await;
        let path = form(&server).await;
        let before = server.get(&path).await.json;
        assert_eq!(server.patch(&path, change).await.refused()[0].0, field);
        assert_eq!(server.get(&path).await.json, before);
    }
}
