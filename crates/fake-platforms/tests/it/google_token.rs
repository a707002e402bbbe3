//! Google's token endpoint.

use crate::{
    client::*,
    google::{self, event},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use konektor_fake_platforms::{Behaviour, Clock, Endpoint, FakePlatforms, Platform};
use rstest::rstest;
use serde_json::{Value, json};
use std::time::Duration;

const PATH: &str = "/google-token";
const NOW_S: i64 = NOW_MS / 1_000;

fn claims() -> Value {
    json!({
        "iss": "robot@project.iam.gserviceaccount.com",
        "scope": "https://www.googleapis.com/auth/datamanager",
        "aud": "https://oauth2.googleapis.com/token",
        "iat": NOW_S,
        "exp": NOW_S + 3_600
    })
}

fn assertion(header: &Value, claims: &Value) -> String {
    let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    format!("{}.{}.{}", part(header), part(claims), URL_SAFE_NO_PAD.encode([7; 256]))
}

fn by_assertion(assertion: &str) -> Request {
    let grant = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer";
    Request::form(PATH, &format!("grant_type={grant}&assertion={assertion}"))
}

fn by_refresh_token(token: &str) -> Request {
    let form = format!("grant_type=refresh_token&client_id=id.apps&client_secret=s%2Fcret&refresh_token={token}");
    Request::form(PATH, &form)
}

fn rs256() -> Value {
    json!({"alg": "RS256", "typ": "JWT", "kid": "abc"})
}

async fn ingest(platforms: &FakePlatforms, token: &str) -> u16 {
    let request = Request::post(google::PATH, &google::body(&[event("kn-1-click")]));
    request
        .header("authorization", &format!("Bearer {token}"))
        .send(platforms)
        .await
        .status
}

#[rstest]
#[case::service_account(by_assertion(&assertion(&rs256(), &claims())))]
#[case::refresh_token(by_refresh_token("1//refresh"))]
#[tokio::test]
async fn a_token_is_issued_and_holds_for_an_hour(#[case] request: Request) {
    let clock = Clock::at(NOW_MS);
    let platforms = start_with(clock.clone()).await;
    let answer = request.send(&platforms).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(
        (&answer.json()["token_type"], &answer.json()["expires_in"]),
        (&json!("Bearer"), &json!(3_599))
    );
    let token = answer.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(ingest(&platforms, &token).await, 200);
    clock.advance(Duration::from_secs(3_598));
    assert_eq!(ingest(&platforms, &token).await, 200);
    clock.advance(Duration::from_secs(1));
    assert_eq!(ingest(&platforms, &token).await, 401);
}

#[tokio::test]
async fn the_audience_may_be_the_stand_in_itself() {
    let platforms = start().await;
    let mut claims = claims();
    claims["aud"] = json!(format!("{}/google-token", platforms.url()));
    assert_eq!(
        by_assertion(&assertion(&rs256(), &claims))
            .send(&platforms)
            .await
            .status,
        200
    );
}

#[rstest]
#[case::other_algorithm(json!({"alg": "HS256", "typ": "JWT"}), ("/iat", Some(json!(NOW_S))), "invalid_grant")]
#[case::no_algorithm(json!({"typ": "JWT"}), ("/iat", Some(json!(NOW_S))), "invalid_grant")]
#[case::audience(rs256(), ("/aud", Some(json!("https://example.com"))), "invalid_grant")]
#[case::no_audience(rs256(), ("/aud", None), "invalid_grant")]
#[case::other_scope(rs256(), ("/scope", Some(json!("https://www.googleapis.com/auth/adwords"))), "invalid_scope")]
#[case::no_scope(rs256(), ("/scope", None), "invalid_scope")]
#[case::too_long(rs256(), ("/exp", Some(json!(NOW_S + 3_601))), "invalid_grant")]
#[case::over(rs256(), ("/iat", Some(json!(NOW_S - 7_200))), "invalid_grant")]
#[case::milliseconds(rs256(), ("/iat", Some(json!(NOW_MS))), "invalid_grant")]
#[case::from_the_future(rs256(), ("/iat", Some(json!(NOW_S + 120))), "invalid_grant")]
#[case::no_issuer(rs256(), ("/iss", None), "invalid_grant")]
#[tokio::test]
async fn a_bad_assertion_is_refused(#[case] header: Value, #[case] made: Change, #[case] expected: &str) {
    let platforms = start().await;
    let mut claims = claims();
    change(&mut claims, made);
    let answer = by_assertion(&assertion(&header, &claims)).send(&platforms).await;
    assert_eq!((answer.status, &answer.json()["error"]), (400, &json!(expected)));
    assert!(answer.json()["error_description"].is_string());
}

#[rstest]
#[case::empty("")]
#[case::two_parts("YQ.YQ")]
#[case::no_signature("YQ.YQ.")]
#[case::four_parts("YQ.YQ.YQ.YQ")]
#[case::no_json("YQ.YQ.YQ")]
#[case::not_base64("*.*.*")]
#[tokio::test]
async fn what_is_no_assertion_is_refused(#[case] assertion: &str) {
    let platforms = start().await;
    let answer = by_assertion(assertion).send(&platforms).await;
    assert_eq!((answer.status, &answer.json()["error"]), (400, &json!("invalid_grant")));
}

#[tokio::test]
async fn only_those_who_are_known_get_a_token_once_somebody_is() {
    let platforms = start().await;
    platforms.valid_token(Endpoint::GoogleToken, "1//refresh");
    assert_eq!(by_refresh_token("1%2F%2Frefresh").send(&platforms).await.status, 200);
    let refused = by_refresh_token("1//other").send(&platforms).await;
    assert_eq!(
        (refused.status, &refused.json()["error"]),
        (400, &json!("invalid_grant"))
    );
    let refused = by_assertion(&assertion(&rs256(), &claims())).send(&platforms).await;
    assert_eq!(refused.json()["error"], "invalid_grant");
    platforms.valid_token(Endpoint::GoogleToken, "robot@project.iam.gserviceaccount.com");
    assert_eq!(
        by_assertion(&assertion(&rs256(), &claims()))
            .send(&platforms)
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn revoked_access_tokens_do_not_hold() {
    let platforms = start().await;
    let answer = by_refresh_token("1//refresh").send(&platforms).await;
    let token = answer.json()["access_token"].as_str().unwrap().to_owned();
    platforms.revoke_tokens(Platform::Google);
    assert_eq!(ingest(&platforms, &token).await, 401);
    let answer = by_refresh_token("1//refresh").send(&platforms).await;
    assert_ne!(answer.json()["access_token"], token);
    assert_eq!(
        ingest(&platforms, answer.json()["access_token"].as_str().unwrap()).await,
        200
    );
}

#[rstest]
#[case::no_client(
    Request::form(PATH, "grant_type=refresh_token&refresh_token=x"),
    401,
    "invalid_client"
)]
#[case::no_grant(Request::form(PATH, "refresh_token=x"), 400, "unsupported_grant_type")]
#[case::json(Request::post(PATH, &json!({"grant_type": "refresh_token"})), 400, "invalid_request")]
#[case::get(Request::get(PATH), 400, "invalid_request")]
#[tokio::test]
async fn a_bad_request_is_refused(#[case] request: Request, #[case] status: u16, #[case] expected: &str) {
    let platforms = start().await;
    let answer = request.send(&platforms).await;
    assert_eq!((answer.status, &answer.json()["error"]), (status, &json!(expected)));
}

#[rstest]
#[case::expired(Behaviour::ExpiredToken, 400, "invalid_grant")]
#[case::client(Behaviour::Refuse("invalid_client".into()), 401, "invalid_client")]
#[case::limited(Behaviour::RateLimited { retry_after_s: None }, 429, "rate_limit_exceeded")]
#[case::broken(Behaviour::ServerError(500), 500, "internal_failure")]
#[tokio::test]
async fn it_misbehaves_in_its_own_words(#[case] behaviour: Behaviour, #[case] status: u16, #[case] expected: &str) {
    let platforms = start().await;
    platforms.tell(Endpoint::GoogleToken, behaviour);
    let answer = by_refresh_token("1//refresh").send(&platforms).await;
    assert_eq!((answer.status, &answer.json()["error"]), (status, &json!(expected)));
}
