//! `PATCH /workspace`

use super::{WorkspaceView, check_country, check_time_zone, get::read, view::PrivacyMode};
use crate::{
    api::{
        auth::Caller,
        body::{Body, not_null, nullable},
        checks::Checks,
        edits,
        error::ApiError,
        refusals::{Refused, RefusedBody},
    },
    app::App,
};
use axum::{Json, extract::State};
use konektor_core::lead::{Currency, clean_name};
use konektor_store::{Store, model::Workspace};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// What to change of the workspace. What is absent stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkspacePatch {
    /// Its name; at most 120 characters.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    name: Option<String>,
    /// Country of phone numbers that are written without a country code, ISO 3166-1 alpha-2.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false, example = "ID")]
    country: Option<String>,
    /// Zone of its days, from now on: what is counted already keeps its days.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false, example = "Asia/Jakarta")]
    time_zone: Option<String>,
    /// Its currency, ISO 4217; `null` is the country's.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, example = "IDR")]
    currency: Option<Option<Currency>>,
    /// What is kept of visitors who did not consent.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false, value_type = PrivacyMode, required = false)]
    privacy_mode: Option<PrivacyMode>,
}

/// Changes the workspace.
#[utoipa::path(
    patch, path = "/workspace", operation_id = "update_workspace", tag = "workspace",
    request_body = WorkspacePatch,
    responses((status = 200, description = "The workspace as it is now.", body = WorkspaceView), RefusedBody, Refused)
)]
pub async fn update(
    caller: Caller,
    State(app): State<Arc<App>>,
    Body(patch): Body<WorkspacePatch>,
) -> Result<Json<WorkspaceView>, ApiError> {
    let edit = edits::begin().await;
    let workspace = patch.apply(read(&app, caller.workspace_id()).await?)?;
    app.store.set_workspace(workspace.clone()).await?;
    edit.take_effect(&app).await?;
    Ok(Json(workspace.into()))
}

impl WorkspacePatch {
    fn apply(self, mut workspace: Workspace) -> Result<Workspace, ApiError> {
        let mut checks = Checks::default();
        if let Some(name) = self.name.and_then(|text| checks.ok("name", clean_name(&text))) {
            workspace.name = name;
        }
        if let Some(country) = self.country.and_then(|text| checks.ok("country", check_country(&text))) {
            workspace.country = country;
        }
        if let Some(zone) = self
            .time_zone
            .and_then(|text| checks.ok("time_zone", check_time_zone(&text)))
        {
            workspace.time_zone = zone;
        }
        if let Some(currency) = self.currency {
            workspace.currency = currency.map(String::from);
        }
        if let Some(mode) = self.privacy_mode {
            workspace.is_strict = mode == PrivacyMode::Strict;
        }
        checks.finish()?;
        Ok(workspace)
    }
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;
    use serde_json::json;

    #[tokio::test]
    async fn what_is_absent_stays_and_null_is_the_countrys_currency() {
        let server = Server::start().await;
        let before = json!({
            "id": "1", "name": "Toko Kopi", "country": "ID", "time_zone": "Asia/Jakarta", "currency": "IDR",
            "privacy_mode": "off",
        });
        assert_eq!(server.get("/workspace").await.json, before);
        let change = json!({ "currency": "usd", "time_zone": "asia/makassar", "privacy_mode": "strict" });
        let after = json!({
            "id": "1", "name": "Toko Kopi", "country": "ID", "time_zone": "Asia/Makassar", "currency": "USD",
            "privacy_mode": "strict",
        });
        assert_eq!(server.patch("/workspace", change).await.json, after);
        assert_eq!(server.get("/workspace").await.json, after);
        let zone = server
            .app
            .routing
            .load()
            .workspace(server.workspace)
            .unwrap()
            .time_zone
            .clone();
        assert_eq!(
            zone.iana_name(),
            Some("Asia/Makassar"),
            "it takes effect with the next click"
        );
        let change = json!({ "currency": null, "country": "my", "name": "Kedai" });
        let answer = server.patch("/workspace", change).await.json;
        assert_eq!(
            (&answer["currency"], &answer["country"], &answer["name"]),
            (&json!("MYR"), &json!("MY"), &json!("Kedai"))
        );
    }

    #[tokio::test]
    async fn what_cannot_be_used_is_refused_field_by_field() {
        let server = Server::start().await;
        let change = json!({ "name": " ", "country": "Indonesia", "time_zone": "Asia/Bandung" });
        let refused = server.patch("/workspace", change).await.refused();
        let fields: Vec<_> = refused.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(fields, ["name", "country", "time_zone"]);
        for (change, field) in [
            (json!({ "currency": "rupiah" }), "currency"),
            (json!({ "privacy_mode": "loose" }), "privacy_mode"),
            (json!({ "name": null }), "name"),
        ] {
            assert_eq!(server.patch("/workspace", change).await.refused()[0].0, field);
        }
        assert_eq!(server.get("/workspace").await.json["name"], "Toko Kopi");
    }
}
