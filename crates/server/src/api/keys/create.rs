//! `POST /keys`

use super::KeyView;
use crate::{
    api::{
        auth::{Caller, READ, WRITE},
        body::Body,
        checks::Checks,
        created::Created,
        error::ApiError,
        refusals::{Refused, RefusedBody},
        time::Time,
    },
    app::App,
    auth::api_key,
};
use axum::extract::State;
use konektor_core::{lead::clean_name, time::UnixMs};
use konektor_store::{Access, model::NewApiKey};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// An API key to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewApiKey)]
pub struct NewKey {
    /// For people; at most 120 characters.
    #[schema(example = "Sheet export")]
    name: String,
    /// What it may do: `read`, `write` or both.
    #[schema(example = json!(["read"]))]
    scopes: Vec<String>,
    /// When it ends; absent for never.
    expires_at: Option<Time>,
}

/// A key that was just made.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShownKey {
    /// The key. It is shown this once, and what is stored of it is a hash. (With an `Idempotency-Key` the answer is kept
    /// for a day, sealed.)
    #[schema(example = "kn_…")]
    key: String,
    /// What it is.
    #[serde(flatten)]
    about: KeyView,
}

/// Makes an API key and shows it, this once. A key makes no key that may do more, or lasts longer, than itself.
#[utoipa::path(
    post, path = "/keys", operation_id = "create_key", tag = "keys",
    request_body = NewKey,
    responses((status = 201, description = "The new key.", body = ShownKey), RefusedBody, Refused)
)]
pub async fn create(
    caller: Caller,
    State(app): State<Arc<App>>,
    Body(new): Body<NewKey>,
) -> Result<Created<ShownKey>, ApiError> {
    let now = app.clock.now();
    let mut checks = Checks::default();
    let name = checks.ok("name", clean_name(&new.name)).unwrap_or_default();
    let scopes = check_scopes(new.scopes, &mut checks);
    let expires_at = new.expires_at.map(|time| time.0);
    check_end(expires_at, caller.ends_at(), now, &mut checks);
    checks.finish()?;
    if let Some(scope) = scopes.iter().find(|scope| !caller.has_scope(scope)) {
        let reason = format!("Your key does not have the scope \"{scope}\", so it can make no key that has it.");
        return Err(ApiError::Forbidden(reason));
    }
    let (key, hash) = api_key::make();
    let new = NewApiKey {
        workspace: caller.workspace_id(),
        name,
        hash,
        scopes,
        expires_at,
    };
    let about = KeyView::from(app.store.add_api_key(new, now).await?);
    Ok(Created {
        path: format!("keys/{}", about.id),
        body: ShownKey { key, about },
    })
}

fn check_scopes(mut scopes: Vec<String>, checks: &mut Checks) -> Vec<String> {
    if scopes.is_empty() {
        checks.refuse("scopes", "The key could do nothing. Give it read, write or both.");
    }
    for (position, scope) in scopes
        .iter()
        .enumerate()
        .filter(|(_, scope)| ![READ, WRITE].contains(&scope.as_str()))
    {
        let scope: String = scope.chars().take(40).collect();
        checks.refuse(
            format!("scopes[{position}]"),
            format!("There is no scope \"{scope}\". Known are read and write."),
        );
    }
    scopes.sort();
    scopes.dedup();
    scopes
}

fn check_end(end: Option<UnixMs>, own_end: Option<UnixMs>, now: UnixMs, checks: &mut Checks) {
    if end.is_some_and(|end| end <= now) {
        checks.refuse("expires_at", "This is in the past. Name a time to come, or none.");
    }
    if let Some(own_end) = own_end.filter(|own_end| end.is_none_or(|end| end > *own_end)) {
        let own_end = Time(own_end);
        checks.refuse(
            "expires_at",
            format!("A key cannot outlive the key that makes it. Yours ends at {own_end}."),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::api::testing::{NOW, Server};
    use axum::http::{Method, StatusCode};
    use serde_json::json;

    #[tokio::test]
    async fn a_new_key_is_shown_once_and_works_until_it_ends() {
        let server = Server::start().await;
        let new = json!({ "name": "Sheet", "scopes": ["read"], "expires_at": "2026-08-17T02:01:00Z" });
        let answer = server.post("/keys", new).await;
        assert_eq!(answer.status, StatusCode::CREATED);
        assert_eq!(answer.json["expires_at"], "2026-08-17T02:01:00.000Z");
        let key = answer.json["key"].as_str().unwrap();
        assert_eq!(
            server.ask(key, Method::GET, "/agents", None).await.status,
            StatusCode::OK
        );
        assert_eq!(
            server.ask(key, Method::POST, "/agents", None).await.status,
            StatusCode::FORBIDDEN
        );
        server.set_clock(60_000);
        assert_eq!(
            server.ask(key, Method::GET, "/agents", None).await.status,
            StatusCode::UNAUTHORIZED
        );
    }

    #[tokio::test]
    async fn a_key_makes_no_key_that_may_do_more_or_lasts_longer() {
        let server = Server::start().await;
        let writer = server
            .add_key(server.workspace, &["write"], Some(NOW.plus_ms(60_000)))
            .await;
        let with = |scopes: &[&str], end: &str| Some(json!({ "name": "x", "scopes": scopes, "expires_at": end }));
        let soon = "2026-08-17T02:00:30Z";
        let more = server
            .ask(&writer, Method::POST, "/keys", with(&["write", "read"], soon))
            .await;
        assert_eq!(more.status, StatusCode::FORBIDDEN);
        assert!(more.json["detail"].as_str().unwrap().contains("scope \"read\""));
        let longer = server
            .ask(&writer, Method::POST, "/keys", with(&["write"], "2027-01-01T00:00:00Z"))
            .await;
        assert_eq!(longer.refused()[0].0, "expires_at");
        let as_much = server.ask(&writer, Method::POST, "/keys", with(&["write"], soon)).await;
        assert_eq!(as_much.status, StatusCode::CREATED);
    }

    #[tokio::test]
    async fn what_is_wrong_with_a_key_is_said_field_by_field() {
        let server = Server::start().await;
        let new = json!({ "name": " ", "scopes": ["admin"], "expires_at": "2020-01-01T00:00:00Z" });
        let fields: Vec<_> = server
            .post("/keys", new)
            .await
            .refused()
            .into_iter()
            .map(|(field, _)| field)
            .collect();
        assert_eq!(fields, ["name", "scopes[0]", "expires_at"]);
        let nothing = server.post("/keys", json!({ "name": "x", "scopes": [] })).await;
        assert_eq!(nothing.refused()[0].0, "scopes");
    }
}
