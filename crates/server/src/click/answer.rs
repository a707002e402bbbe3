//! What a visitor is sent: the redirect, the small pages, and nothing else.

use askama::Template;
use axum::body::Body;
use hyper::{
    Response, StatusCode,
    header::{ALLOW, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, SET_COOKIE},
};
use konektor_core::{
    routing::{Preview, Rotator},
    time::UnixMs,
};

/// What all answers have: nothing of them is kept or indexed, and the next site does not learn the link's click IDs.
pub const HEADERS_OF_ALL: [(&str, &str); 3] = [
    ("cache-control", "no-store"),
    ("referrer-policy", "no-referrer"),
    ("x-robots-tag", "noindex"),
];
/// The pages have one style block and no script.
const CSP: HeaderValue = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; img-src https:");

/// What is sent back.
pub enum Answer {
    /// 302 to `location`, which is ours and ASCII, with a `Set-Cookie` line: nearly all of them.
    Redirect {
        /// An address of WhatsApp or the rotator's fallback.
        location: String,
        /// The visitor's cookie with its attributes.
        cookie: Option<String>,
    },
    /// Everything else.
    Other(Response<Body>),
}

impl From<Response<Body>> for Answer {
    fn from(response: Response<Body>) -> Self {
        Self::Other(response)
    }
}

impl Answer {
    /// As hyper sends it.
    pub fn into_response(self) -> Response<Body> {
        match self {
            Self::Redirect { location, cookie } => redirect(&location, cookie.as_deref()),
            Self::Other(response) => response,
        }
    }
}

fn answer(status: StatusCode, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in HEADERS_OF_ALL {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

fn redirect(location: &str, cookie: Option<&str>) -> Response<Body> {
    let Ok(location) = HeaderValue::from_str(location) else {
        return unavailable();
    };
    let mut response = answer(StatusCode::FOUND, Body::empty());
    response.headers_mut().insert(LOCATION, location);
    set_cookie(&mut response, cookie);
    response
}

/// A prefetch is not answered: a redirect that a browser keeps would swallow the real tap.
pub fn prefetch() -> Response<Body> {
    answer(StatusCode::SERVICE_UNAVAILABLE, Body::empty())
}

/// Only `GET` and `HEAD`, and `POST` for the button of a page.
pub fn method_not_allowed(takes_presses: bool) -> Response<Body> {
    let mut response = answer(StatusCode::METHOD_NOT_ALLOWED, Body::empty());
    let allowed = match takes_presses {
        true => "GET, HEAD, POST",
        false => "GET, HEAD",
    };
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    response
}

/// 200 with the headers that all answers have.
pub fn plain(body: Body) -> Response<Body> {
    answer(StatusCode::OK, body)
}

/// The page of a link that is not there.
pub fn not_found(indonesian: bool) -> Response<Body> {
    let (title, text) = if indonesian {
        (
            "Tautan tidak ditemukan",
            "Periksa kembali tautannya, atau minta tautan baru kepada pengirimnya.",
        )
    } else {
        (
            "Link not found",
            "Check the link, or ask whoever sent it for a new one.",
        )
    };
    page(StatusCode::NOT_FOUND, indonesian, title, text)
}

/// The page for a link that is longer than any real one.
pub fn too_long(indonesian: bool) -> Response<Body> {
    let (title, text) = if indonesian {
        (
            "Tautan terlalu panjang",
            "Tautan ini tidak dapat dibuka. Minta tautan baru kepada pengirimnya.",
        )
    } else {
        (
            "Link too long",
            "This link cannot be opened. Ask whoever sent it for a new one.",
        )
    };
    page(StatusCode::URI_TOO_LONG, indonesian, title, text)
}

/// The page for a visitor whom nobody can be given to.
pub fn closed(rotator: &Rotator, back_at: Option<UnixMs>, indonesian: bool, cookie: Option<&str>) -> Response<Body> {
    let back_at = back_at.map(|at| at.in_zone(&rotator.workspace.time_zone).strftime("%H:%M").to_string());
    let (title, text) = match (indonesian, back_at) {
        (true, Some(time)) => (
            "Kami sedang tutup",
            format!("Kami kembali pukul {time}. Silakan buka tautan ini lagi nanti."),
        ),
        (true, None) => ("Kami sedang tutup", "Silakan buka tautan ini lagi nanti.".to_owned()),
        (false, Some(time)) => (
            "We are closed",
            format!("We are back at {time}. Please open this link again then."),
        ),
        (false, None) => ("We are closed", "Please open this link again later.".to_owned()),
    };
    let mut response = page(StatusCode::OK, indonesian, title, &text);
    set_cookie(&mut response, cookie);
    response
}

/// What a link previewer shows of the rotator, if its page says anything.
pub fn preview(preview: &Preview) -> Option<Response<Body>> {
    #[derive(Template)]
    #[template(path = "preview.html")]
    struct Page<'a> {
        title: &'a str,
        description: Option<&'a str>,
        image: Option<&'a str>,
    }
    let title = preview.title.as_deref()?;
    let page = Page {
        title,
        description: preview.description.as_deref(),
        image: preview.image_url.as_deref(),
    };
    html(StatusCode::OK, page.render())
}

/// A small page of ours that says one thing.
pub fn page(status: StatusCode, indonesian: bool, title: &str, text: &str) -> Response<Body> {
    #[derive(Template)]
    #[template(path = "closed.html")]
    struct Page<'a> {
        lang: &'a str,
        title: &'a str,
        text: &'a str,
    }
    let lang = if indonesian { "id" } else { "en" };
    html(status, Page { lang, title, text }.render()).unwrap_or_else(unavailable)
}

fn html(status: StatusCode, rendered: askama::Result<String>) -> Option<Response<Body>> {
    let mut response = answer(status, Body::from(rendered.ok()?));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_SECURITY_POLICY, CSP);
    Some(response)
}

/// Nothing can be said; reached only if a page of ours cannot be rendered.
pub fn unavailable() -> Response<Body> {
    answer(StatusCode::SERVICE_UNAVAILABLE, Body::empty())
}

fn set_cookie(response: &mut Response<Body>, cookie: Option<&str>) {
    if let Some(cookie) = cookie.and_then(|c| HeaderValue::from_str(c).ok()) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
}

/// Whether a visitor reads Indonesian rather than English, by `Accept-Language`.
pub fn reads_indonesian(accept_language: Option<&str>) -> bool {
    let first = accept_language.unwrap_or("").trim_start();
    first
        .get(..2)
        .is_some_and(|language| language.eq_ignore_ascii_case("id") || language.eq_ignore_ascii_case("in"))
}
