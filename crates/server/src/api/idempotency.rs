//! Requests that are done once: whoever sends an `Idempotency-Key` with a change may repeat it, after a broken connection
//! or a restart, and gets the first answer again (draft-ietf-httpapi-idempotency-key-header).
//!
//! The request is noted, synced, before it is done. So nothing is ever done twice under one key: what was cut off in
//! between stays noted without an answer, and its repeat is told so rather than guessed at.

use super::{
    auth::Caller,
    error::{ApiError, BODY_MAX_BYTES},
    identified::Identified,
    in_api,
    leads::import,
};
use crate::app::App;
use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http_body_util::LengthLimitError;
use konektor_store::{
    Store,
    model::{KeyedRequest, Repeat},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{borrow::Cow, error::Error, sync::Arc};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Longest key, in characters.
const KEY_MAX_CHARS: usize = 255;
/// An answer is kept for a day.
const KEPT_MS: i64 = 24 * 3_600_000;

/// Does a request once, if it comes with a key and from somebody who may ask.
pub async fn once(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let caller = request.extensions().get::<Identified>();
    let caller = caller.and_then(|identified| identified.caller.clone());
    match caller {
        Some(caller) if !request.method().is_safe() && request.headers().contains_key(KEY) => {
            let answer = keyed(app, &caller, request, next).await;
            answer.unwrap_or_else(IntoResponse::into_response)
        }
        _ => next.run(request).await,
    }
}

async fn keyed(app: Arc<App>, caller: &Caller, request: Request, next: Next) -> Result<Response, ApiError> {
    let key = key(request.headers())?;
    let (parts, body) = request.into_parts();
    let route = parts
        .extensions
        .get::<MatchedPath>()
        .map_or("", |route| in_api(route.as_str()));
    let most = if route == "/leads/import" {
        import::MAX_BYTES
    } else {
        BODY_MAX_BYTES
    };
    let body = to_bytes(body, most).await.map_err(|error| unread(&error))?;
    let request = KeyedRequest {
        workspace: caller.workspace_id(),
        key: Sha256::digest(&key).into(),
        print: print(caller, &parts, &body),
    };
    let now = app.clock.now();
    match app.store.begin_keyed(request, now, now.plus_ms(-KEPT_MS)).await? {
        Repeat::No => {
            let http = Request::from_parts(parts, Body::from(body));
            // A task of its own: it is finished even if whoever asked goes away, and who asks again gets its answer.
            let done = tokio::spawn(do_once(app.clone(), request, http, next)).await;
            match done {
                Ok(response) => response,
                Err(_) => {
                    app.store.end_keyed(request, None).await?;
                    Err(ApiError::Broken("a request with an idempotency key panicked"))
                }
            }
        }
        Repeat::UnderWay => Err(ApiError::Conflict(
            "A request with this Idempotency-Key is under way. Repeat it in a moment. If this stays, it was cut off: look \
             whether it was done, and use a new key."
                .to_owned(),
        )),
        Repeat::OfAnother => Err(ApiError::KeyReused),
        Repeat::Answered(sealed) => replay(&app, &request, &sealed),
    }
}

fn unread(error: &axum::Error) -> ApiError {
    match error.source() {
        Some(reason) if reason.is::<LengthLimitError>() => ApiError::TooLarge,
        _ => ApiError::Malformed("it ended early".to_owned()),
    }
}

/// The key that is sent: as a structured string, which the draft wants and which has quotes, or without them.
fn key(headers: &HeaderMap) -> Result<Vec<u8>, ApiError> {
    let mut sent = headers.get_all(KEY).iter();
    let key = match (sent.next(), sent.next()) {
        (Some(only), None) => unquoted(only.as_bytes()),
        _ => None,
    };
    let is_visible = |key: &[u8]| key.iter().all(u8::is_ascii_graphic);
    key.filter(|key| (1..=KEY_MAX_CHARS).contains(&key.len()) && is_visible(key))
        .map(Cow::into_owned)
        .ok_or_else(|| {
            let reason = format!(
                "The Idempotency-Key is not possible. Send one, of 1 to {KEY_MAX_CHARS} visible ASCII characters, such as \
                 a UUID."
            );
            ApiError::BadHeader(reason)
        })
}

fn unquoted(sent: &[u8]) -> Option<Cow<'_, [u8]>> {
    let Some(rest) = sent.strip_prefix(b"\"") else {
        return Some(Cow::Borrowed(sent));
    };
    let mut rest = rest.strip_suffix(b"\"")?.iter();
    let mut key = Vec::new();
    while let Some(&byte) = rest.next() {
        key.push(match byte {
            b'\\' => *rest.next().filter(|next| matches!(next, b'\\' | b'"'))?,
            b'"' => return None,
            other => other,
        });
    }
    Some(Cow::Owned(key))
}

/// Who asks for what: a repeat is the same in all of it.
fn print(caller: &Caller, parts: &Parts, body: &[u8]) -> [u8; 32] {
    let path = parts.uri.path_and_query().map_or("", |path| path.as_str());
    let mut hash = Sha256::new();
    for part in [caller.name_in_timeline().as_str(), parts.method.as_str(), path] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.update(body);
    hash.finalize().into()
}

async fn do_once(app: Arc<App>, request: KeyedRequest, http: Request, next: Next) -> Result<Response, ApiError> {
    let (parts, body) = next.run(http).await.into_parts();
    // An answer to a change is never a stream.
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        app.store.end_keyed(request, None).await?;
        return Err(ApiError::Broken("an answer could not be read to its end"));
    };
    let answer = is_kept(parts.status).then(|| {
        let plain = encode(parts.status, &parts.headers, &body);
        app.sealer.seal(&row(&request), &plain)
    });
    if let Err(error) = app.store.end_keyed(request, answer).await {
        // What was asked for is done; to call it failed would be a lie.
        tracing::error!(%error, "the answer to a request with an idempotency key could not be kept");
    }
    Ok(Response::from_parts(parts, Body::from(body)))
}

/// What is not about the request itself is not kept: it may be answered otherwise a moment later.
fn is_kept(status: StatusCode) -> bool {
    let passing = [
        StatusCode::UNAUTHORIZED,
        StatusCode::FORBIDDEN,
        StatusCode::TOO_MANY_REQUESTS,
    ];
    !status.is_server_error() && !passing.contains(&status)
}

/// The head of an answer that is kept: a line of JSON, then comes the body as it is.
#[derive(Serialize, Deserialize)]
struct Head {
    status: u16,
    headers: Vec<(String, String)>,
}

fn encode(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Vec<u8> {
    // A cookie is the browser's that asked, and a length is counted anew.
    let is_kept = |name: &HeaderName| ![header::SET_COOKIE, header::CONTENT_LENGTH].contains(name);
    let headers = headers.iter().filter(|(name, _)| is_kept(name));
    let head = Head {
        status: status.as_u16(),
        headers: headers
            .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
            .collect(),
    };
    let mut plain = serde_json::to_vec(&head).expect("numbers and text make JSON");
    plain.push(b'\n');
    plain.extend_from_slice(body);
    plain
}

fn decode(plain: &[u8]) -> Option<Response> {
    let end = plain.iter().position(|byte| *byte == b'\n')?;
    let (head, body) = (&plain[..end], &plain[end + 1..]);
    let head: Head = serde_json::from_slice(head).ok()?;
    let mut response = Response::new(Body::from(Bytes::copy_from_slice(body)));
    *response.status_mut() = StatusCode::from_u16(head.status).ok()?;
    for (name, value) in head.headers {
        let name: HeaderName = name.parse().ok()?;
        response.headers_mut().append(name, value.parse().ok()?);
    }
    Some(response)
}

fn replay(app: &App, request: &KeyedRequest, sealed: &[u8]) -> Result<Response, ApiError> {
    const BROKEN: ApiError = ApiError::Broken("a kept answer does not open; was the secret key changed?");
    let plain = app.sealer.open(&row(request), sealed).map_err(|_| BROKEN)?;
    let mut response = decode(&plain).ok_or(BROKEN)?;
    response
        .headers_mut()
        .insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}

/// The row that an answer is sealed for.
fn row(request: &KeyedRequest) -> String {
    let key: String = request.key.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("keyed_requests/{}/{key}", request.workspace)
}

#[cfg(test)]
mod tests;
