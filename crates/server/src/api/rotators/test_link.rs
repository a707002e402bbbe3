//! `POST /rotators/{id}/test-link`

use super::{Surroundings, find};
use crate::{
    api::{
        auth::Caller,
        body::Id,
        error::ApiError,
        refusals::{Conflicting, Missing, Refused},
        time::Time,
    },
    app::App,
    click::test_link::{LASTS_MS, PARAMETER},
};
use axum::{Json, extract::State};
use konektor_core::time::UnixMs;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// A link to try a rotator with.
#[derive(Debug, Serialize, ToSchema)]
pub struct TestLink {
    /// The rotator's link with a signature.
    #[schema(example = "https://go.example.com/wa/promo?konektor_test=1786935600.1.w2F0Vq6mT0m3Yq1n8v5c7A")]
    url: String,
    /// From when on it is a link like any other, whose clicks count.
    expires_at: Time,
}

/// Makes a link that shows for an hour what a new visitor would get, and counts nothing: no lead, no turn, no click, no
/// cookie.
#[utoipa::path(
    post, path = "/rotators/{id}/test-link", operation_id = "make_test_link", tag = "rotators",
    params(("id" = String, Path)),
    responses((status = 200, description = "The link.", body = TestLink), Missing, Conflicting, Refused)
)]
pub async fn test_link(caller: Caller, State(app): State<Arc<App>>, Id(id): Id) -> Result<Json<TestLink>, ApiError> {
    let rotator = find(&app, &caller.workspace, &id).await?;
    let surroundings = Surroundings::load(&app, &caller.workspace).await?;
    let Some(link) = surroundings.links(&app, &rotator).into_iter().next() else {
        let reason = "No address leads to this rotator. Choose another slug, or add a host.";
        return Err(ApiError::Conflict(reason.to_owned()));
    };
    // To the second, as it is signed.
    let until = surroundings.now.plus_ms(LASTS_MS).0 / 1_000 * 1_000;
    let until = UnixMs(until);
    let signature = app.test_links.sign(rotator.id, until);
    Ok(Json(TestLink {
        url: format!("{link}?{PARAMETER}={signature}"),
        expires_at: Time(until),
    }))
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;
    use axum::http::{Method, StatusCode};
    use konektor_core::ids::RotatorId;
    use serde_json::json;

    #[tokio::test]
    async fn a_test_link_is_the_rotators_own_with_a_signature_for_an_hour() {
        let server = Server::start().await;
        let promo = server.add_rotator("promo", &[]).await;
        let answer = server.post(&format!("/rotators/{promo}/test-link"), json!({})).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.json["expires_at"], "2026-08-17T03:00:00.000Z");
        let url = answer.json["url"].as_str().unwrap();
        let (link, query) = url.split_once('?').unwrap();
        assert_eq!(link, "https://go.example.com/wa/promo");
        let (links, id) = (&server.app.test_links, promo.parse::<RotatorId>().unwrap());
        assert!(links.opens(id, query, server.app.clock.now()));
        server.set_clock(3_600_000);
        assert!(!links.opens(id, query, server.app.clock.now()), "as it says");
    }

    #[tokio::test]
    async fn a_rotator_without_an_address_has_no_test_link_and_anothers_does_not_exist() {
        let server = Server::start().await;
        let promo = server.add_rotator("promo", &[]).await;
        let (_, key) = server.add_workspace().await;
        let foreign = format!("/rotators/{promo}/test-link");
        let missing = server.ask(&key, Method::POST, &foreign, None).await;
        assert_eq!(missing.status, StatusCode::NOT_FOUND);

        let host = Some(json!({ "host": "wa.sebelah.id" }));
        server.ask(&key, Method::POST, "/hosts", host).await;
        let own = server
            .ask(&key, Method::POST, "/rotators", Some(json!({ "slug": "promo" })))
            .await;
        let path = format!("/rotators/{}/test-link", own.json["id"].as_str().unwrap());
        let link = server.ask(&key, Method::POST, &path, None).await.json["url"].clone();
        assert!(
            link.as_str().unwrap().starts_with("https://wa.sebelah.id/wa/promo?"),
            "{link}"
        );
        server.ask(&key, Method::DELETE, "/hosts/wa.sebelah.id", None).await;
        let nowhere = server.ask(&key, Method::POST, &path, None).await;
        assert_eq!(nowhere.status, StatusCode::CONFLICT);
    }
}
