//! `POST /deliveries/{id}/replay`

use super::{DeliveryView, NOT_FOUND, find, parse_id, show};
use crate::{
    api::{
        auth::Caller,
        body::Id,
        error::ApiError,
        refusals::{Conflicting, Missing, Refused},
        time::Time,
    },
    app::App,
};
use axum::{Json, extract::State};
use konektor_store::{Store, model::Replay};
use std::sync::Arc;

/// Sends a delivery once more that was dropped or has expired, under the same event id, if its platform still takes it.
#[utoipa::path(
    post, path = "/deliveries/{id}/replay", operation_id = "replay_delivery", tag = "deliveries",
    params(("id" = String, Path)),
    responses(
        (status = 200, description = "The delivery, which waits to be sent.", body = DeliveryView),
        Missing, Conflicting, Refused
    )
)]
pub async fn replay(caller: Caller, State(app): State<Arc<App>>, Id(id): Id) -> Result<Json<DeliveryView>, ApiError> {
    let id = parse_id(&id)?;
    let replay = app
        .store
        .replay_delivery(caller.workspace_id(), id, app.clock.now())
        .await?;
    if replay != Replay::Pending {
        return Err(refusal(replay));
    }
    let delivery = find(&app, &caller.workspace, id).await?;
    app.delivery.wake(delivery.destination);
    show(&app, &caller.workspace, delivery).await.map(Json)
}

/// Why it is not sent once more.
fn refusal(replay: Replay) -> ApiError {
    ApiError::Conflict(match replay {
        Replay::NotFound => return NOT_FOUND,
        Replay::Pending => return ApiError::Broken("a replay that succeeded was taken for a refusal"),
        Replay::TooOld(since) => {
            format!("It is too old: since {} the platform takes it no longer.", Time(since))
        }
        Replay::AlreadyPending => {
            "It is waiting to be sent already. If its destination is held or switched off, repair \
             it or switch it on."
                .to_owned()
        }
        Replay::AlreadySent => "The platform has it already. Sent again, it could count twice.".to_owned(),
        Replay::NoConsent => "The visitor did not consent to it, so it is not sent.".to_owned(),
        Replay::DestinationRemoved => "Its destination was removed, so there is nowhere to send it.".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use crate::api::testing::{Answer, Server, meta};
    use axum::http::{Method, StatusCode};
    use konektor_store::model::Next;
    use serde_json::json;

    const WEEK_MS: i64 = 7 * 86_400_000;

    /// A server with a delivery to a destination, and the delivery's path.
    async fn server_with_delivery(query: &str, gpc: bool) -> (Server, String, String) {
        let server = Server::start().await;
        let promo = server.add_rotator("promo", &[]).await;
        let destination = server.add_destination(meta()).await;
        let mut visit = server.visit(&promo, query, 0);
        visit.gpc = gpc;
        server.record(vec![visit]).await;
        server.set_clock(1_000);
        let id = server.get("/deliveries").await.items("id")[0]
            .as_str()
            .unwrap()
            .to_owned();
        (server, destination, format!("/deliveries/{id}"))
    }

    async fn replay(server: &Server, path: &str) -> Answer {
        server
            .ask(&server.key, Method::POST, &format!("{path}/replay"), None)
            .await
    }

    #[tokio::test]
    async fn what_was_dropped_is_sent_once_more_under_the_same_id() {
        let (server, destination, path) = server_with_delivery("fbclid=F", false).await;
        server.settle(&destination, &[Next::Dropped]).await;
        let dropped = server.get(&path).await.json;
        server.set_clock(60_000);
        let answer = replay(&server, &path).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.json);
        assert_eq!(
            (&answer.json["state"], &answer.json["attempts"]),
            (&json!("pending"), &json!(0))
        );
        assert_eq!(
            (&answer.json["code"], &answer.json["reason"]),
            (&json!(null), &json!(null))
        );
        assert_eq!(answer.json["event_id"], dropped["event_id"]);
        assert_eq!(answer.json["next_attempt"], "2026-08-17T02:01:00.000Z");
        assert_eq!(
            server.claim(&destination).await[0].event_id.as_str(),
            dropped["event_id"]
        );
    }

    #[tokio::test]
    async fn what_cannot_be_sent_once_more_is_refused_with_the_reason() {
        let conflict = |answer: Answer, says: &str| {
            assert_eq!(answer.status, StatusCode::CONFLICT, "{}", answer.json);
            assert_eq!(answer.headers["content-type"], "application/problem+json");
            let detail = answer.json["detail"].as_str().unwrap();
            assert!(detail.contains(says), "{detail}");
        };
        let (server, destination, path) = server_with_delivery("fbclid=F", false).await;
        conflict(replay(&server, &path).await, "waiting to be sent already");
        server.hold(&destination, "The token has expired.").await;
        conflict(replay(&server, &path).await, "repair it");
        server
            .patch(&format!("/destinations/{destination}"), json!({ "active": true }))
            .await;
        server.settle(&destination, &[Next::Sent]).await;
        conflict(replay(&server, &path).await, "has it already");

        let (server, destination, path) = server_with_delivery("fbclid=F", false).await;
        server.settle(&destination, &[Next::Dropped]).await;
        server.set_clock(WEEK_MS);
        conflict(replay(&server, &path).await, "too old: since 2026-08-24T01:00:00.000Z");
        assert_eq!(server.get(&path).await.json["state"], "dropped");

        let (server, _, path) = server_with_delivery("fbclid=F", true).await;
        conflict(replay(&server, &path).await, "did not consent");

        let (server, destination, path) = server_with_delivery("fbclid=F", false).await;
        server.delete(&format!("/destinations/{destination}")).await;
        conflict(replay(&server, &path).await, "was removed");
    }
}
