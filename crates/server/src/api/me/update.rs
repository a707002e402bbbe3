//! `PATCH /me`

use super::{UserMe, of_session};
use crate::{
    api::{
        auth::SignedIn,
        body::{Body, not_null, nullable},
        checks::Checks,
        client::Client,
        error::ApiError,
        refusals::{Refused, RefusedBody, Throttled},
        session::check_password,
        users::hash_password,
    },
    app::App,
    auth::password,
};
use axum::{Json, extract::State};
use konektor_store::{Access, Notices, model::MailKind};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// What to change of oneself. What is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MePatch {
    /// The dashboard's language: `en` or `id`; `null` is the browser's.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, example = "id")]
    language: Option<Option<String>>,
    /// A new password, of at least 10 characters. It ends all other sessions.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false, min_length = 10)]
    password: Option<String>,
    /// The password so far; needed with a new one.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    current_password: Option<String>,
    /// Whether they get no digest of this workspace, although it sends them one.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    digest_off: Option<bool>,
    /// Whether they get no e-mails about leads that wait for them.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    reminders_off: Option<bool>,
}

/// Changes the language, the password or the e-mails of who is signed in.
#[utoipa::path(
    patch, path = "/me", operation_id = "update_me", tag = "about",
    request_body = MePatch,
    responses((status = 200, description = "The caller as they are now.", body = UserMe), RefusedBody, Throttled, Refused)
)]
pub async fn update(
    SignedIn { session, .. }: SignedIn,
    client: Client,
    State(app): State<Arc<App>>,
    Body(patch): Body<MePatch>,
) -> Result<Json<UserMe>, ApiError> {
    let mut checks = Checks::default();
    let user = &session.user;
    if let Some(Some(language)) = &patch.language
        && !["en", "id"].contains(&language.as_str())
    {
        checks.refuse(
            "language",
            "The dashboard speaks en (English) and id (Bahasa Indonesia).",
        );
    }
    if let Some(new) = &patch.password {
        checks.ok("password", password::check(new, &user.email));
        if patch.current_password.is_none() {
            checks.refuse("current_password", "Type the password that you have now, too.");
        }
    }
    checks.finish()?;
    if let (Some(new), Some(current)) = (patch.password, patch.current_password) {
        let known = app.store.credentials(user.email.clone()).await?;
        let hash = known.map(|known| known.password_hash);
        let checked = check_password(&app, &client, &user.email, current, hash).await;
        checked.map_err(|error| match error {
            // Not a 401: they are signed in.
            ApiError::WrongPassword => ApiError::invalid("current_password", "This is not the password that you have."),
            other => other,
        })?;
        let hash = hash_password(&app, new).await?;
        app.store.set_password(user.id, hash, Some(session.id)).await?;
    }
    if let Some(language) = patch.language {
        app.store.set_language(user.id, language).await?;
    }
    for (kind, off) in [
        (MailKind::Digest, patch.digest_off),
        (MailKind::Reminder, patch.reminders_off),
    ] {
        if let Some(off) = off {
            app.store.set_mail_off(session.workspace, user.id, kind, off).await?;
        }
    }
    of_session(&app, user, session.workspace).await.map(Json)
}

#[cfg(test)]
mod tests {
    use crate::{
        api::{
            people::{Browser, PASSWORD, add_user},
            testing::Server,
        },
        auth::password::hash_password,
    };
    use axum::http::StatusCode;
    use konektor_store::{Access, model::Role};
    use serde_json::json;

    #[tokio::test]
    async fn a_new_password_needs_the_old_one_and_ends_the_other_sessions() {
        let server = Server::start().await;
        let rina = add_user(&server, server.workspace, "rina@kopi.id", Role::Agent, None).await;
        let hash = hash_password(PASSWORD).unwrap();
        server.app.store.set_password(rina, hash, None).await.unwrap();
        let mut desk = Browser::of(&server, rina, server.workspace).await;
        let phone = Browser::of(&server, rina, server.workspace).await;
        for (change, field) in [
            (json!({ "password": "kuda lumping api" }), "current_password"),
            (
                json!({ "password": "kuda lumping api", "current_password": "salah" }),
                "current_password",
            ),
            (json!({ "password": "short", "current_password": PASSWORD }), "password"),
            (
                json!({ "password": "rina@kopi.id", "current_password": PASSWORD }),
                "password",
            ),
            (json!({ "language": "fr" }), "language"),
        ] {
            assert_eq!(desk.patch("/me", change).await.refused()[0].0, field);
        }
        assert_eq!(phone.get("/me").await.status, StatusCode::OK);
        let change = json!({ "password": "kuda lumping api", "current_password": PASSWORD, "language": "id" });
        let me = desk.patch("/me", change).await;
        assert_eq!(me.json["user"]["language"], "id", "{}", me.json);
        assert_eq!(phone.get("/me").await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(desk.get("/me").await.json, me.json);
        let sign_in = |password: &str| json!({ "email": "rina@kopi.id", "password": password });
        let mut fresh = Browser::new(&server);
        assert_eq!(
            fresh.post("/session", sign_in(PASSWORD)).await.status,
            StatusCode::UNAUTHORIZED
        );
        assert_eq!(
            fresh.post("/session", sign_in("kuda lumping api")).await.status,
            StatusCode::OK
        );
        assert_eq!(
            server.patch("/me", json!({})).await.status,
            StatusCode::FORBIDDEN,
            "a key is nobody"
        );
    }
}
