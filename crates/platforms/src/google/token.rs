//! The access token: how it is asked for, and why there is none. Nothing here is cached; the caller keeps the token for
//! as long as it holds.

use super::{
    config::{Config, Credentials, ServiceAccount},
    decode,
};
use crate::{ConfigError, Finding, Header, Hold, Hosts, HttpRequest, HttpResponse, Method, Secret, Verdict};
use konektor_core::time::UnixMs;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use std::time::Duration;

/// What the token is for.
const SCOPE: &str = "https://www.googleapis.com/auth/datamanager";
/// Whom an assertion is addressed to: Google's token endpoint by its own name, also where a proxy stands before it.
const AUDIENCE: &str = "https://oauth2.googleapis.com/token";
/// Longest life of an assertion that Google takes.
const ASSERTION_LIFE_S: i64 = 3_600;
/// Life of a token whose answer does not say: short, so that at worst it is asked for too often.
const UNSAID_LIFE: Duration = Duration::from_secs(300);
/// Google's tokens hold for an hour; whatever says more than a day is not to be believed.
const LONGEST_LIFE_S: u64 = 86_400;
/// What a form leaves as it is.
pub(super) const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What the assertion says (RFC 7523).
#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    scope: &'a str,
    aud: &'a str,
    iat: i64,
    exp: i64,
}

/// The request for a token.
pub(super) fn request(config: &Config, hosts: &Hosts, now: UnixMs) -> Result<HttpRequest, ConfigError> {
    let body = match &config.credentials {
        Credentials::ServiceAccount(account) => form(&[
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            ("assertion", &assertion(account, now)?),
        ]),
        Credentials::Person {
            client_id,
            client_secret,
            refresh_token,
        } => form(&[
            ("grant_type", "refresh_token"),
            ("client_id", client_id),
            ("client_secret", client_secret.expose()),
            ("refresh_token", refresh_token.expose()),
        ]),
    };
    let content_type = "application/x-www-form-urlencoded".to_owned();
    Ok(HttpRequest {
        method: Method::Post,
        url: hosts.google_token.clone(),
        headers: vec![("content-type", Header::Plain(content_type))],
        body,
    })
}

fn form(fields: &[(&str, &str)]) -> String {
    let fields = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, FORM)));
    fields.collect::<Vec<_>>().join("&")
}

fn assertion(account: &ServiceAccount, now: UnixMs) -> Result<String, ConfigError> {
    let iat = now.0.div_euclid(1_000);
    let claims = Claims {
        iss: &account.email,
        scope: SCOPE,
        aud: AUDIENCE,
        iat,
        exp: iat.saturating_add(ASSERTION_LIFE_S),
    };
    let mut header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::RS256);
    header.kid = account.key_id.clone();
    jsonwebtoken::encode(&header, &claims, &account.key).map_err(|_| {
        let message = "The service account's key does not sign. Make a new key of type JSON and paste it.";
        ConfigError::new("credentials.service_account_json", message)
    })
}

/// The token in an answer and how long it holds, or why there is none.
pub(super) fn decode(config: &Config, response: &HttpResponse) -> Result<(Secret, Duration), Finding> {
    let body = serde_json::from_str::<serde_json::Value>(&response.body).unwrap_or_default();
    let text = |name: &str| body.get(name).and_then(serde_json::Value::as_str).unwrap_or("");
    let finding = |verdict, code: &str, ours: &str| {
        let message = decode::explained(config, ours, text("error_description"));
        Finding::with_code(verdict, decode::words(config, code), message)
    };
    let code = text("error");
    match response.status {
        200..300 if is_token(text("access_token")) => Ok((Secret::new(text("access_token").into()), life(&body))),
        429 => Err(finding(
            Verdict::Throttle(decode::wait(response)),
            "429",
            "Google wants fewer requests.",
        )),
        400 | 401 | 403 if code == "invalid_grant" => {
            Err(finding(Verdict::Hold(Hold::Auth), code, invalid_grant(config)))
        }
        400 | 401 | 403 if TRANSIENT.contains(&code) => {
            Err(finding(Verdict::Retry, code, "Google has a problem at the moment."))
        }
        400 | 401 | 403 if !code.is_empty() => Err(finding(Verdict::Hold(Hold::Auth), code, REFUSED)),
        status => Err(finding(
            Verdict::Retry,
            &status.to_string(),
            "Google's token endpoint gave an answer that makes no sense; it is asked again.",
        )),
    }
}

/// Errors of OAuth that pass by themselves.
const TRANSIENT: [&str; 4] = [
    "internal_failure",
    "server_error",
    "slow_down",
    "temporarily_unavailable",
];
const REFUSED: &str = "Google does not accept these credentials. Check them in the Google Cloud console, then enter \
                       them again here.";

/// The one error that nearly everybody meets, and what is most often behind it.
fn invalid_grant(config: &Config) -> &'static str {
    match &config.credentials {
        Credentials::ServiceAccount(_) => {
            "Google no longer accepts the service account's key: the key or the account was deleted or switched off, \
             or this server's clock is wrong. Make a new key and enter it here."
        }
        Credentials::Person { .. } => {
            "The refresh token has expired or was revoked. While the OAuth consent screen is in \"Testing\", Google \
             ends refresh tokens after 7 days: publish the app and sign in again, or better use a service account, \
             which does not expire."
        }
    }
}

/// It will travel in a header.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic())
}

fn life(body: &serde_json::Value) -> Duration {
    let seconds = body.get("expires_in").and_then(serde_json::Value::as_u64);
    seconds.map_or(UNSAID_LIFE, |seconds| Duration::from_secs(seconds.min(LONGEST_LIFE_S)))
}
