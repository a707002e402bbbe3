//! `POST /forms`

use super::{FormView, ShownForm, fields::NewForm};
use crate::{
    api::{
        auth::Caller,
        body::Body,
        created::Created,
        error::ApiError,
        refusals::{Refused, RefusedBody},
    },
    app::App,
    auth::token,
    secrets,
};
use axum::extract::State;
use konektor_core::ids::FormId;
use konektor_store::Hooks;
use std::sync::Arc;

/// Bits of an id: programs that read JSON's numbers as floating point keep these exactly.
const ID_BITS: u32 = 53;

/// Adds a form hook. Post the form to its `url`; a secret that was asked for is shown this once.
#[utoipa::path(
    post, path = "/forms", operation_id = "create_form", tag = "forms",
    request_body = NewForm,
    responses((status = 201, description = "The new form hook.", body = ShownForm), RefusedBody, Refused)
)]
pub async fn create(
    caller: Caller,
    State(app): State<Arc<App>>,
    Body(new): Body<NewForm>,
) -> Result<Created<ShownForm>, ApiError> {
    let id = random_id();
    let checked = new.check(&app, id)?;
    let (token, _) = token::make();
    let form = app
        .store
        .add_form(caller.workspace_id(), id, token, checked.fields, app.clock.now())
        .await?;
    Ok(Created {
        path: format!("forms/{id}"),
        body: ShownForm {
            secret: checked.secret,
            about: FormView::new(&app, form),
        },
    })
}

/// By chance, because the secret is sealed for it before the database has the row.
fn random_id() -> FormId {
    let random = u64::from_be_bytes(secrets::random()) >> (u64::BITS - ID_BITS);
    FormId(random.max(1) as i64)
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;
    use axum::http::StatusCode;
    use rstest::rstest;
    use serde_json::{Value, json};

    #[tokio::test]
    async fn a_form_has_an_address_to_post_to_and_no_mapping_yet() {
        let server = Server::start().await;
        let answer = server.post("/forms", json!({ "name": " Kontak  kami " })).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.json);
        let url = answer.json["url"].as_str().unwrap();
        let token = url.strip_prefix("https://go.example.com/hooks/forms/").unwrap();
        assert!(crate::auth::token::is_well_formed(token));
        let id = answer.json["id"].as_str().unwrap();
        assert_eq!(answer.headers["location"], format!("/api/v1/forms/{id}"));
        let wanted = json!({
            "id": id, "created_at": "2026-08-17T02:00:00.000Z", "name": "Kontak kami", "url": url, "active": true,
            "mapping": null, "mapping_guessed": true, "has_secret": false, "redirect": null, "sample": null,
            "received": 0, "refused": 0, "last_received_at": null,
        });
        assert_eq!(server.get(&format!("/forms/{id}")).await.json, wanted);
        assert_eq!(answer.json["secret"], Value::Null);
    }

    #[tokio::test]
    async fn a_secret_is_shown_once_and_is_in_no_file() {
        let server = Server::start().await;
        let made = server.post("/forms", json!({ "name": "x", "secret": true })).await;
        let secret = made.json["secret"].as_str().unwrap().to_owned();
        assert!(secret.starts_with("whsec_") && secret.len() == 50, "{secret}");
        let own = json!({ "name": "x", "secret": "rahasia-toko-kopi" });
        assert_eq!(server.post("/forms", own).await.json["secret"], "rahasia-toko-kopi");
        let id = made.json["id"].as_str().unwrap();
        for path in [
            "/forms".to_owned(),
            format!("/forms/{id}"),
            format!("/forms/{id}/submissions"),
        ] {
            let answer = server.get(&path).await.text;
            assert!(
                !answer.contains(&secret) && !answer.contains("rahasia-toko-kopi"),
                "{path}"
            );
        }
        assert_eq!(server.get(&format!("/forms/{id}")).await.json["has_secret"], true);
        for (file, bytes) in server.files() {
            for secret in [secret.as_bytes(), b"rahasia-toko-kopi"] {
                assert!(!bytes.windows(secret.len()).any(|part| part == secret), "{file}");
            }
        }
    }

    #[rstest]
    #[case(json!({}), "name", "missing")]
    #[case(json!({ "name": " " }), "name", "empty")]
    #[case(json!({ "name": "x", "secret": "short" }), "secret", "16 to 200")]
    #[case(json!({ "name": "x", "secret": 5 }), "secret", "Expected true")]
    #[case(json!({ "name": "x", "mapping": { "nama": "a" } }), "mapping.nama", "There is no field")]
    #[case(json!({ "name": "x", "mapping": { "name": "a".repeat(501) } }), "mapping.name", "at most 500")]
    #[case(json!({ "name": "x", "redirect": "http://brand.com" }), "redirect", "https")]
    #[case(json!({ "name": "x", "redirect": "https://brand.com@evil.example" }), "redirect", "https")]
    #[case(json!({ "name": "x", "redirect": "javascript:alert(1)" }), "redirect", "https")]
    #[case(json!({ "name": "x", "redirect": "https://brand.com/\r\nSet-Cookie: a=b" }), "redirect", "https")]
    #[case(json!({ "name": "x", "token": "mine" }), "token", "There is no field")]
    #[tokio::test]
    async fn what_is_wrong_with_a_form_is_said_field_by_field(
        #[case] new: Value,
        #[case] field: &str,
        #[case] says: &str,
    ) {
        let server = Server::start().await;
        let refused = server.post("/forms", new).await.refused();
        assert_eq!(refused[0].0, field);
        assert!(refused[0].1.contains(says), "{}", refused[0].1);
        assert!(server.get("/forms").await.items("id").is_empty());
    }
}
