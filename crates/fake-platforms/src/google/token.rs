//! Google's token endpoint: a service account's assertion, or a refresh token, for an access token of an hour. The
//! assertion's form and claims are checked, its signature is not: the stand-in has nobody's public key.

use crate::{
    call::{Call, StandIn, form},
    endpoint::Endpoint,
    opaque,
    reply::Reply,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hyper::Method;
use serde_json::json;
use std::collections::HashMap;

const SCOPE: &str = "https://www.googleapis.com/auth/datamanager";
const AUDIENCE: &str = "https://oauth2.googleapis.com/token";
const ASSERTION_GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const LIFE_S: i64 = 3_599;
/// Longest life of an assertion.
const ASSERTION_LIFE_S: i64 = 3_600;
/// Clocks differ by so much.
const SKEW_S: i64 = 60;

/// The stand-in.
pub(crate) struct Token;

type Fields = HashMap<String, String>;

impl StandIn for Token {
    fn answer(&self, call: &Call<'_>) -> Reply {
        if call.method != Method::POST {
            return error(400, "invalid_request", "Use POST.");
        }
        if !call
            .header("content-type")
            .starts_with("application/x-www-form-urlencoded")
        {
            return error(400, "invalid_request", "The body must be a form.");
        }
        let fields: Fields = form(call.body).collect();
        let granted = match fields.get("grant_type").map(String::as_str) {
            Some(ASSERTION_GRANT) => assertion(call, &fields),
            Some("refresh_token") => refresh_token(call, &fields),
            _ => Err(error(400, "unsupported_grant_type", "Invalid grant_type.")),
        };
        match granted {
            Ok(()) => issue(call),
            Err(refusal) => refusal,
        }
    }

    fn expired(&self, _call: &Call<'_>) -> Reply {
        error(400, "invalid_grant", "Token has been expired or revoked.")
    }

    fn refused(&self, _call: &Call<'_>, code: &str) -> Reply {
        error(
            if code == "invalid_client" { 401 } else { 400 },
            code,
            "The request is refused.",
        )
    }

    fn limited(&self, _call: &Call<'_>) -> Reply {
        error(429, "rate_limit_exceeded", "Rate limit exceeded.")
    }

    fn broken(&self, _call: &Call<'_>, status: u16) -> Reply {
        error(status, "internal_failure", "Internal failure.")
    }
}

fn issue(call: &Call<'_>) -> Reply {
    let token = format!("ya29.{}", opaque::letters(call.seed(), 40));
    call.world.trust(Endpoint::Google, &token, call.now_ms + LIFE_S * 1_000);
    let body = json!({"access_token": token, "expires_in": LIFE_S, "scope": SCOPE, "token_type": "Bearer"});
    Reply::json(200, &body)
}

fn error(status: u16, error: &str, description: &str) -> Reply {
    Reply::json(status, &json!({"error": error, "error_description": description}))
}

fn refresh_token(call: &Call<'_>, fields: &Fields) -> Result<(), Reply> {
    let field = |name: &str| fields.get(name).map_or("", String::as_str);
    if field("client_id").is_empty() || field("client_secret").is_empty() {
        return Err(error(401, "invalid_client", "The OAuth client was not found."));
    }
    if call.world.trusts(call.endpoint, field("refresh_token")) {
        Ok(())
    } else {
        Err(Token.expired(call))
    }
}

fn assertion(call: &Call<'_>, fields: &Fields) -> Result<(), Reply> {
    let invalid = |why: &str| error(400, "invalid_grant", &format!("Invalid JWT: {why}"));
    let assertion = fields.get("assertion").map_or("", String::as_str);
    let (header, claims) = parts(assertion).ok_or_else(|| invalid("it must have three parts in base64url."))?;
    let read = |part: &[u8]| serde_json::from_slice::<serde_json::Value>(part).ok();
    let (Some(header), Some(claims)) = (read(&header), read(&claims)) else {
        return Err(invalid("header and claims must be JSON."));
    };
    if header["alg"] != "RS256" || !header.get("typ").is_none_or(|typ| typ == "JWT") {
        return Err(invalid("alg must be RS256 and typ JWT."));
    }
    if claims["aud"] != AUDIENCE && claims["aud"] != format!("{}/google-token", call.world.url) {
        return Err(invalid("aud must be the token endpoint."));
    }
    if !claims["scope"]
        .as_str()
        .is_some_and(|scopes| scopes.split(' ').any(|scope| scope == SCOPE))
    {
        return Err(error(400, "invalid_scope", "The scope is not valid."));
    }
    let now_s = call.now_ms.div_euclid(1_000);
    let lives = claims["iat"]
        .as_i64()
        .zip(claims["exp"].as_i64())
        .is_some_and(|(issued_s, expires_s)| {
            issued_s <= now_s + SKEW_S
                && expires_s > now_s - SKEW_S
                && (1..=ASSERTION_LIFE_S).contains(&(expires_s - issued_s))
        });
    if !lives {
        return Err(invalid(
            "it must be short-lived and in a reasonable timeframe. Check iat and exp.",
        ));
    }
    // A service account is its e-mail address.
    if claims["iss"]
        .as_str()
        .is_some_and(|email| call.world.trusts(call.endpoint, email))
    {
        Ok(())
    } else {
        Err(error(400, "invalid_grant", "Invalid grant: account not found"))
    }
}

/// Header and claims of a token whose three parts are well-formed.
fn parts(assertion: &str) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut parts = assertion
        .split('.')
        .map(|part| URL_SAFE_NO_PAD.decode(part).ok().filter(|part| !part.is_empty()));
    let (header, claims, _signature) = (parts.next()??, parts.next()??, parts.next()??);
    parts.next().is_none().then_some((header, claims))
}
