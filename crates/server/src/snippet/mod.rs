//! The script for the customer's own site, and what it asks: `GET /konektor.js`, `GET /visitor.json`.
//!
//! A page of the customer learns a signed token of its visitor (never the cookie, never the bare code) and writes it into
//! its forms and links. Nothing is stored for whoever looks at such a page.

mod origin;
mod visitor;

use crate::app::App;
use axum::{
    Router,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use sha2::{Digest, Sha256};
use std::sync::{Arc, LazyLock};

const SCRIPT: &str = include_str!("konektor.js");

/// Of the script's content, so that a browser that has it is not sent it again.
static TAG: LazyLock<String> = LazyLock::new(|| {
    let hash = Sha256::digest(SCRIPT.as_bytes());
    let hex: String = hash[..12].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hex}\"")
});

/// The script and what it asks.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/konektor.js", get(script))
        .route("/visitor.json", get(visitor::show))
        .with_state(app)
}

/// The script: the same for everybody, so anything between here and the page may keep it for an hour.
async fn script(headers: HeaderMap) -> Response {
    let known = headers.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
    let is_known = known.is_some_and(|tags| tags.split(',').any(|tag| tag.trim().trim_start_matches("W/") == *TAG));
    let mut response = match is_known {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => SCRIPT.into_response(),
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (
            header::CACHE_CONTROL,
            "public, max-age=3600, stale-while-revalidate=86400",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // Pages that isolate themselves may load it too.
    let policy = header::HeaderName::from_static("cross-origin-resource-policy");
    headers.insert(policy, HeaderValue::from_static("cross-origin"));
    if let Ok(tag) = HeaderValue::from_str(&TAG) {
        headers.insert(header::ETAG, tag);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_is_smaller_than_two_kilobytes_and_asks_nobody_else() {
        assert!(SCRIPT.len() < 2_000, "{} bytes", SCRIPT.len());
        assert!(!SCRIPT.contains("http"), "no other host");
        assert!(
            !SCRIPT.contains("cookie") && !SCRIPT.contains("localStorage"),
            "nothing is stored"
        );
    }

    #[tokio::test]
    async fn what_the_browser_has_is_not_sent_again() {
        let first = script(HeaderMap::new()).await;
        assert_eq!(first.status(), StatusCode::OK);
        assert_eq!(first.headers()[header::CONTENT_TYPE], "text/javascript; charset=utf-8");
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_NONE_MATCH, first.headers()[header::ETAG].clone());
        assert_eq!(script(headers).await.status(), StatusCode::NOT_MODIFIED);
    }
}
