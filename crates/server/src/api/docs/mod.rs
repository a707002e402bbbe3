//! `GET /docs`: the OpenAPI document as a page to read, rendered on the server.
//!
//! A generator of our own: the renderers that there are work in the browser, by a script, and ours is allowed none.

mod operation;
mod page;
mod sample;
mod schema;
mod text;

use super::openapi;
use askama::Template;
use axum::{
    http::{HeaderValue, header},
    response::{Html, IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use page::Page;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

const STYLE: &str = include_str!("../../../templates/api.css");

/// The page is the same for everybody, and made once.
static PAGE: LazyLock<Option<(String, HeaderValue)>> = LazyLock::new(|| {
    let document = serde_json::to_value(openapi()).ok()?;
    let html = Page::of(&document, STYLE).render();
    let html = html.inspect_err(|error| tracing::error!(%error, "the page of the API could not be rendered"));
    Some((html.ok()?, policy()?))
});

/// Only our one style block, known by its hash; no script, no picture, no frame.
fn policy() -> Option<HeaderValue> {
    let hash = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).ok()
}

/// This description as a page to read, with an example of each request. It is the same for everybody and needs no key.
#[utoipa::path(
    get, path = "/docs", operation_id = "read_docs", tag = "about",
    responses((status = 200, description = "A page without scripts.", body = String, content_type = "text/html")),
    security(())
)]
pub async fn show() -> Response {
    let Some((html, policy)) = PAGE.as_ref() else {
        return super::error::ApiError::Broken("there is no page of the API").into_response();
    };
    let mut response = Html(html.as_str()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, policy.clone());
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// The body of the example of a request, for tests that need a good one.
#[cfg(test)]
pub fn sample_body(method: &str, path: &str) -> Option<serde_json::Value> {
    let document = serde_json::to_value(openapi()).expect("it is JSON");
    let schemas = schema::Schemas(document["components"]["schemas"].as_object()?);
    let operation = &document["paths"][format!("{}{path}", super::ROOT)][method.to_lowercase()];
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    (!schema.is_null()).then(|| sample::value(schemas, schema))
}

#[cfg(test)]
mod tests;
