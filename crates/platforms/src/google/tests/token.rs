//! The access token.

use super::*;
use crate::{Hold, Method, Verdict, testing::answer};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use konektor_core::time::UnixMs;
use percent_encoding::percent_decode_str;
use proptest::prelude::*;
use std::collections::BTreeMap;

const NOW: UnixMs = UnixMs(1_795_347_000_123);

fn request(google: &Google, hosts: &Hosts) -> HttpRequest {
    google.token_request(hosts, NOW).unwrap().unwrap()
}

fn form(body: &str) -> BTreeMap<&str, String> {
    let decoded = |value| percent_decode_str(value).decode_utf8().unwrap().into_owned();
    let fields = body.split('&').map(|field| field.split_once('=').unwrap());
    fields.map(|(name, value)| (name, decoded(value))).collect()
}

#[test]
fn a_service_account_signs_for_itself_and_addresses_google_even_through_a_proxy() {
    let hosts = Hosts {
        google_token: "http://127.0.0.1:9/token".into(),
        ..Hosts::default()
    };
    let request = request(&of_service_account(), &hosts);
    assert_eq!(
        (request.method, request.url.as_str()),
        (Method::Post, "http://127.0.0.1:9/token")
    );
    let content_type = Header::Plain("application/x-www-form-urlencoded".into());
    assert_eq!(request.headers, [("content-type", content_type)]);
    let form = form(&request.body);
    assert_eq!(form["grant_type"], "urn:ietf:params:oauth:grant-type:jwt-bearer");
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_exp = false;
    validation.set_audience(&["https://oauth2.googleapis.com/token"]);
    let key = DecodingKey::from_rsa_pem(keys::PUBLIC.as_bytes()).unwrap();
    let token = jsonwebtoken::decode::<Value>(&form["assertion"], &key, &validation).unwrap();
    assert_eq!(token.header.kid.as_deref(), Some("0a1b"));
    let expected = json!({
        "iss": "konektor@shop.iam.gserviceaccount.com",
        "scope": "https://www.googleapis.com/auth/datamanager",
        "aud": "https://oauth2.googleapis.com/token",
        "iat": 1_795_347_000,
        "exp": 1_795_350_600,
    });
    assert_eq!(token.claims, expected);
}

#[test]
fn a_person_has_a_refresh_token() {
    let request = request(&of_person(), &Hosts::default());
    assert_eq!(request.url, "https://oauth2.googleapis.com/token");
    let expected = "grant_type=refresh_token&client_id=1-x.apps.googleusercontent.com\
                    &client_secret=GOCSPX-secret-client&refresh_token=1%2F%2F0secret-refresh";
    assert_eq!(request.body, expected);
    assert_no_secrets(&format!("{request:?}"));
}

#[rstest]
#[case::said(r#"{"access_token":"ya29.x","expires_in":3599,"token_type":"Bearer"}"#, 3_599)]
#[case::unsaid(r#"{"access_token":"ya29.x"}"#, 300)]
#[case::unbelievable(r#"{"access_token":"ya29.x","expires_in":18446744073709551615}"#, 86_400)]
fn a_token_holds_as_long_as_it_says(#[case] body: &str, #[case] expected_s: u64) {
    let (token, life) = of_person().decode_token(&answer(200, body)).unwrap();
    assert_eq!((token.expose(), life.as_secs()), ("ya29.x", expected_s));
}

const AUTH: Verdict = Verdict::Hold(Hold::Auth);

#[rstest]
#[case::expired(400, r#"{"error":"invalid_grant","error_description":"Bad Request"}"#, AUTH)]
#[case::wrong_client(401, r#"{"error":"invalid_client"}"#, AUTH)]
#[case::not_allowed(401, r#"{"error":"unauthorized_client"}"#, AUTH)]
#[case::switched_off(403, r#"{"error":"disabled_client"}"#, AUTH)]
#[case::scope(400, r#"{"error":"invalid_scope"}"#, AUTH)]
#[case::passing(400, r#"{"error":"temporarily_unavailable"}"#, Verdict::Retry)]
#[case::internal(400, r#"{"error":"internal_failure"}"#, Verdict::Retry)]
#[case::server_error(503, r#"{"error":"invalid_grant"}"#, Verdict::Retry)]
#[case::page(502, "<html>Bad Gateway</html>", Verdict::Retry)]
#[case::forbidding_page(403, "<html>Forbidden</html>", Verdict::Retry)]
#[case::nothing(200, "", Verdict::Retry)]
#[case::no_token(200, r#"{"expires_in":3599}"#, Verdict::Retry)]
#[case::empty_token(200, r#"{"access_token":"","expires_in":3599}"#, Verdict::Retry)]
#[case::no_header(
    200,
    r#"{"access_token":"ya29.x\r\nhost: elsewhere","expires_in":3599}"#,
    Verdict::Retry
)]
#[case::too_many(429, r#"{"error":"rate_limit_exceeded"}"#, Verdict::Throttle(None))]
fn no_token_means(#[case] status: u16, #[case] body: &str, #[case] expected: Verdict) {
    let finding = of_person().decode_token(&answer(status, body)).unwrap_err();
    assert_eq!(finding.verdict, expected);
    assert!(!finding.message.is_empty());
}

#[test]
fn an_expired_grant_is_explained() {
    let body = r#"{"error":"invalid_grant","error_description":"Token has been expired or revoked."}"#;
    let of = |google: Google| google.decode_token(&answer(400, body)).unwrap_err();
    let person = of(of_person());
    assert_eq!(person.code.as_deref(), Some("invalid_grant"));
    for words in [
        "7 days",
        "\"Testing\"",
        "service account",
        "Google: Token has been expired or revoked.",
    ] {
        assert!(person.message.contains(words), "{}", person.message);
    }
    let service_account = of(of_service_account());
    assert!(service_account.message.contains("clock"), "{}", service_account.message);
}

proptest! {
    #[test]
    fn every_answer_has_a_meaning_and_repeats_no_credential(
        status in prop_oneof![Just(200_u16), Just(400), Just(401), any::<u16>()],
        code in "[a-z_]{0,20}",
        words in ".{0,20}",
        secret in prop::sample::select(&[CLIENT_SECRET, REFRESH_TOKEN, TOKEN, "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOi.c2ln"]),
    ) {
        let body = json!({
            "error": format!("{code}{secret}"),
            "error_description": format!("{words}{secret} {words}"),
        });
        let finding = of_person().decode_token(&answer(status, body.to_string())).unwrap_err();
        let said = format!("{finding:?}");
        assert_no_secrets(&said);
        prop_assert!(!said.contains(secret), "{}", said);
    }
}
