//! `POST /destinations/{id}/test`

use super::{connection, find};
use crate::{
    api::{
        auth::Caller,
        body::{Body, Id},
        checks::Checks,
        error::ApiError,
        refusals::{Missing, Refused, RefusedBody},
    },
    app::App,
    delivery::trial,
    seal::{open_credentials, strike_out},
};
use axum::{Json, extract::State};
use konektor_store::model::Destination;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

const CODE_MAX_CHARS: usize = 64;

/// How to test.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TestEvent {
    /// By which the platform shows the event (Meta and TikTok: Events Manager, Test events). Others do not need it.
    #[schema(example = "TEST12345")]
    test_event_code: Option<String>,
}

/// What came of a test.
#[derive(Debug, Serialize, ToSchema)]
pub struct TestResult {
    /// The platform took the event.
    ok: bool,
    /// Whether the platform can be tested at all. If not, nothing was sent, and `message` says what to do instead.
    available: bool,
    /// The platform's code.
    #[schema(required, example = "190")]
    code: Option<String>,
    /// What came of it, in the platform's words where it had any.
    message: String,
    /// What was sent, credentials struck out; `null` if nothing was.
    #[schema(required)]
    request: Option<String>,
    /// HTTP status of the answer; `null` if there was none.
    #[schema(required, example = 200)]
    status: Option<u16>,
    /// Its body, credentials struck out.
    #[schema(required)]
    response: Option<String>,
}

/// Sends the platform an event that does not count, now, and shows what it answers. Whether the destination is switched
/// on, or held, plays no part, and neither changes.
#[utoipa::path(
    post, path = "/destinations/{id}/test", operation_id = "test_destination", tag = "destinations",
    params(("id" = String, Path)),
    request_body = Option<TestEvent>,
    responses((status = 200, description = "What came of it.", body = TestResult), Missing, RefusedBody, Refused)
)]
pub async fn test(
    caller: Caller,
    State(app): State<Arc<App>>,
    Id(id): Id,
    body: Option<Body<TestEvent>>,
) -> Result<Json<TestResult>, ApiError> {
    let code = body.and_then(|Body(test)| test.test_event_code);
    let code = check_code(code)?;
    let destination = find(&app, &caller.workspace, &id).await?;
    let result = match connection(&app, &destination) {
        Err(message) => TestResult::unsent(true, message),
        Ok(connection) if !connection.can_test() => TestResult::unsent(false, NOT_AVAILABLE.to_owned()),
        Ok(_) => send(&app, &destination, code.as_deref()).await,
    };
    Ok(Json(result))
}

const NOT_AVAILABLE: &str = "This platform has no test events: whatever it gets counts. Make a conversion rule there for \
    tests only, connect it as a destination of its own, and click your link; or use the dry run, which sends nothing.";

fn check_code(code: Option<String>) -> Result<Option<String>, ApiError> {
    let code = code.map(|code| code.trim().to_owned()).filter(|code| !code.is_empty());
    let mut checks = Checks::default();
    if let Some(code) = &code {
        checks.at_most("test_event_code", code, CODE_MAX_CHARS);
        if !code.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c)) {
            checks.refuse(
                "test_event_code",
                "This is no test code. Copy it from the platform's Events Manager, such as TEST12345.",
            );
        }
    }
    checks.finish()?;
    Ok(code)
}

async fn send(app: &App, destination: &Destination, code: Option<&str>) -> TestResult {
    let trial = trial::send_test(app, destination, code).await;
    let credentials = open_credentials(app, destination).unwrap_or_default();
    let shown = |text: String| Some(strike_out(&text, &credentials)).filter(|text| !text.is_empty());
    TestResult {
        ok: trial.ok,
        available: true,
        code: trial.code,
        message: strike_out(&trial.message, &credentials),
        request: shown(trial.request),
        status: trial.status,
        response: shown(trial.response),
    }
}

impl TestResult {
    fn unsent(available: bool, message: String) -> Self {
        Self {
            ok: false,
            available,
            code: None,
            message,
            request: None,
            status: None,
            response: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::api::testing::{META_TOKEN, NOW, Server, meta};
    use axum::{
        body::Body,
        http::{Method, Request, StatusCode, header},
    };
    use konektor_fake_platforms::{Behaviour, Clock, FakePlatforms, Platform, Reply};
    use serde_json::json;

    async fn with_platforms() -> (FakePlatforms, Server, String) {
        let clock = Clock::at(NOW.0); // they refuse what is old
        let platforms = FakePlatforms::start(([127, 0, 0, 1], 0).into(), clock).await.unwrap();
        let server = Server::start_with(&platforms.settings()).await;
        let path = format!("/destinations/{}/test", server.add_destination(meta()).await);
        (platforms, server, path)
    }

    #[tokio::test]
    async fn a_test_event_is_sent_and_the_answer_shown() {
        let (platforms, server, path) = with_platforms().await;
        let answer = server.post(&path, json!({ "test_event_code": " TEST12345 " })).await;
        assert_eq!(answer.status, StatusCode::OK);
        let shown = answer.json;
        assert_eq!(
            (&shown["ok"], &shown["available"], &shown["status"]),
            (&json!(true), &json!(true), &json!(200))
        );
        let request = shown["request"].as_str().unwrap();
        assert!(
            request.starts_with("POST ") && request.contains("TEST12345"),
            "{request}"
        );
        assert!(
            shown["response"].as_str().unwrap().contains("events_received"),
            "{shown}"
        );
        assert_eq!(platforms.requests(Platform::Meta), 1);
        assert!(
            server.get("/deliveries").await.items("id").is_empty(),
            "it is no delivery"
        );
    }

    #[tokio::test]
    async fn what_the_platform_refuses_is_said_in_its_words() {
        let (platforms, server, path) = with_platforms().await;
        platforms.tell(Platform::Meta, Behaviour::ExpiredToken);
        let shown = server.post(&path, json!({})).await.json;
        assert_eq!(shown["ok"], false);
        assert!(shown["code"].as_str().unwrap().starts_with("190"), "{shown}");
        assert!(shown["message"].as_str().unwrap().len() > 10, "{shown}");
        let destination = server.get(path.trim_end_matches("/test")).await.json;
        assert_eq!(destination["state"], "active", "a test holds nothing");
    }

    #[tokio::test]
    async fn a_token_that_the_platform_repeats_is_struck_out() {
        let (platforms, server, path) = with_platforms().await;
        let message = format!("Malformed access token {META_TOKEN}");
        let error = json!({ "error": { "message": message, "type": "OAuthException", "code": 190 } });
        platforms.tell(Platform::Meta, Behaviour::Answer(Reply::json(400, &error)));
        let shown = server.post(&path, json!({})).await.json;
        assert_eq!(shown["status"], 400);
        assert!(!shown.to_string().contains(META_TOKEN), "{shown}");
        assert!(
            shown["response"]
                .as_str()
                .unwrap()
                .contains("Malformed access token [struck out]"),
            "{shown}"
        );
    }

    #[tokio::test]
    async fn a_platform_that_does_not_answer_is_said_so() {
        let (platforms, server, path) = with_platforms().await;
        platforms.shutdown().await;
        let shown = server.post(&path, json!({})).await.json;
        assert_eq!((&shown["ok"], &shown["available"]), (&json!(false), &json!(true)));
        assert_eq!((&shown["status"], &shown["response"]), (&json!(null), &json!(null)));
        assert!(shown["message"].as_str().unwrap().len() > 10, "{shown}");
    }

    #[tokio::test]
    async fn a_platform_without_tests_gets_nothing() {
        let (platforms, server, _) = with_platforms().await;
        let new = json!({
            "platform": "linkedin", "settings": { "conversion_rule_id": "23456" },
            "credentials": { "access_token": "t" },
        });
        let id = server.add_destination(new).await;
        let answer = server.post(&format!("/destinations/{id}/test"), json!({})).await;
        assert_eq!(answer.status, StatusCode::OK);
        let message = answer.json["message"].as_str().unwrap();
        assert!(message.contains("dry run"), "{message}");
        let wanted = json!({
            "ok": false, "available": false, "code": null, "message": message, "request": null, "status": null,
            "response": null,
        });
        assert_eq!(answer.json, wanted);
        assert_eq!(platforms.requests(Platform::Linkedin), 0);
    }

    #[tokio::test]
    async fn the_body_may_be_left_out_but_not_be_something_else() {
        let (platforms, server, path) = with_platforms().await;
        assert_eq!(
            server.ask(&server.key, Method::POST, &path, None).await.json["ok"],
            true
        );
        let text = Request::post(format!("/api/v1{path}"))
            .header(header::AUTHORIZATION, format!("Bearer {}", server.key))
            .body(Body::from("TEST1"))
            .unwrap();
        assert_eq!(server.send(text).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        for code in ["TEST 1", "TEST\"1", &"T".repeat(65)] {
            let refused = server.post(&path, json!({ "test_event_code": code })).await.refused();
            assert_eq!(refused[0].0, "test_event_code", "{code}");
        }
        assert_eq!(
            server.post(&path, json!({ "code": "TEST1" })).await.refused()[0].0,
            "code"
        );
        assert_eq!(platforms.requests(Platform::Meta), 1);
    }
}
