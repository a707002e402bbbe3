//! `POST /leads/{id}/erase`

use super::{NOT_FOUND, parse_id};
use crate::{
    api::{
        auth::Caller,
        body::Id,
        error::ApiError,
        refusals::{Missing, Refused},
    },
    app::App,
    privacy::erase::{self, EraseError},
};
use axum::{Json, extract::State};
use konektor_store::model::Whom;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// What an erasure took.
#[derive(Serialize, ToSchema)]
pub struct ErasedView {
    /// Ids of the leads: the one in the path, and those that were one with it.
    pub leads: Vec<String>,
    /// Clicks.
    pub clicks: usize,
    /// What forms, messages and imports had said.
    pub submissions: usize,
    /// Events for ad platforms, sent ones too. What a platform has, it keeps: it has to be asked itself.
    pub deliveries: usize,
    /// Messages for other programs.
    pub messages: usize,
    /// Whether no copy is left in the database's files either. `false`: something reads them just now; it is done within minutes.
    pub files_clean: bool,
}

/// Erases a person: the lead, all leads that are one with it, and everything that is kept of them in any table, queue, sample or
/// file; not the counts of reports, which name nobody. It cannot be undone. A visitor who comes back is somebody new. Backups that
/// were made before have the person until they are restored, and lose them then.
///
/// A lead that was removed before can be erased too.
#[utoipa::path(
    post, path = "/leads/{id}/erase", operation_id = "erase_lead", tag = "leads",
    params(("id" = String, Path, description = "Id or visitor code.")),
    responses((status = 200, description = "What was erased.", body = ErasedView), Missing, Refused)
)]
pub async fn erase(caller: Caller, State(app): State<Arc<App>>, Id(id): Id) -> Result<Json<ErasedView>, ApiError> {
    let lead = parse_id(&id, &caller.workspace).ok_or(NOT_FOUND)?;
    let (workspace, now) = (caller.workspace.id, app.clock.now());
    // A task of its own: once begun it comes to its end, whether or not somebody waits for the answer.
    let done = tokio::spawn({
        let app = app.clone();
        async move {
            let data = &app.settings.data;
            let erased = erase::erase_whom(&app.store, data, workspace, Whom::Lead(lead), now).await?;
            let Some(mut erased) = erased else { return Ok(None) };
            let needles = std::mem::take(&mut erased.needles);
            let files_clean = erase::scrub_or_later(&app, needles).await?;
            for lead in &erased.leads {
                app.live.lead_updated(*lead, erased.agents.iter().copied());
            }
            Ok::<_, EraseError>(Some((erased, files_clean)))
        }
    });
    let done = done.await.map_err(|_| ApiError::Broken("an erasure panicked"))?;
    let erased = done.map_err(|error| match error {
        EraseError::Store(error) => error.into(),
        EraseError::Io(error) => {
            tracing::error!(%error, "an erasure could not be written to the data directory");
            ApiError::Broken("the data directory cannot be written, so nobody was erased")
        }
    })?;
    let (erased, files_clean) = erased.ok_or(NOT_FOUND)?;
    Ok(Json(ErasedView {
        leads: erased.leads.iter().map(|lead| lead.packed().to_string()).collect(),
        clicks: erased.clicks,
        submissions: erased.submissions,
        deliveries: erased.deliveries,
        messages: erased.messages,
        files_clean,
    }))
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;
    use axum::http::StatusCode;
    use konektor_core::decide::Visit;
    use serde_json::json;

    #[tokio::test]
    async fn an_erased_lead_is_nowhere_and_its_visitor_comes_back_as_somebody_new() {
        let server = Server::start().await;
        let ayu = server.add_agent("Ayu").await;
        let promo = server.add_rotator("promo", &[&ayu]).await;
        let leads = server
            .record(vec![
                server.visit(&promo, "fbclid=First12345&utm_source=only-rina", 0),
                server.visit(&promo, "utm_source=others", 1),
            ])
            .await;
        let path = format!("/leads/{}", leads[0].packed());
        server
            .patch(&path, json!({ "name": "Rina", "phone": "0812 3456 789" }))
            .await;
        let erased = server.post(&format!("{path}/erase"), json!({})).await;
        assert_eq!(erased.status, StatusCode::OK);
        assert_eq!(erased.json["leads"], json!([leads[0].packed().to_string()]));
        assert_eq!(
            (&erased.json["clicks"], &erased.json["files_clean"]),
            (&json!(1), &json!(true))
        );
        assert_eq!(
            server.post(&format!("{path}/erase"), json!({})).await.status,
            StatusCode::NOT_FOUND
        );
        assert_eq!(server.get(&path).await.status, StatusCode::NOT_FOUND);
        let left = server.get("/leads").await.json["items"].clone();
        assert_eq!(left.as_array().unwrap().len(), 1, "the other is still there");
        assert_eq!(
            server.get("/reports/overview").await.json["totals"]["clicks"],
            2,
            "a click was a click"
        );

        let back = Visit {
            cookie: Some(leads[0].number),
            ..server.visit(&promo, "fbclid=First12345", 60_000)
        };
        assert_ne!(server.record(vec![back]).await[0], leads[0]);
        let other = Server::start().await;
        assert_eq!(
            other.post(&format!("{path}/erase"), json!({})).await.status,
            StatusCode::NOT_FOUND
        );
    }
}
