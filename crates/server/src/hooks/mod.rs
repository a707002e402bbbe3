//! What others post to: form tools, and WhatsApp's Cloud API.
//!
//! Outside of the API: whoever posts has no key but the token in the address. What a post says of a person is taken in by
//! `Store::submit`, which knows what may change what; here are limits, signatures and answers.

mod answer;
pub mod forms;
mod taken;
pub mod whatsapp;

use crate::app::App;
use axum::{
    Router,
    http::{HeaderValue, header},
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use forms::limits::Limits;
use std::sync::Arc;
use tokio::sync::Mutex;

/// What the hooks work with.
pub struct Hooks {
    /// Shared parts.
    pub app: Arc<App>,
    /// How much a form may post.
    limits: Limits,
    /// Held while a code is bound to a WhatsApp identity: of two that come at once with one code, the first gets it.
    binding: Mutex<()>,
}

/// The hooks, ready to be asked for paths under `/hooks`.
pub fn router(app: Arc<App>) -> Router {
    let hooks = Arc::new(Hooks {
        limits: Limits::new(app.settings.form_rate),
        binding: Mutex::default(),
        app,
    });
    let form = post(forms::receive::receive).options(forms::receive::preflight);
    let whatsapp = get(whatsapp::verify::verify).post(whatsapp::receive::receive);
    Router::new()
        .route("/hooks/forms/{token}", form.fallback(wrong_method))
        .route("/hooks/whatsapp/{token}", whatsapp.fallback(wrong_method))
        .layer(middleware::map_response(keep_private))
        .with_state(hooks)
}

async fn wrong_method() -> Response {
    crate::api::error::ApiError::WrongMethod.into_response()
}

/// Nothing between here and whoever posts may keep an answer, and no browser take it for something else.
async fn keep_private(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
