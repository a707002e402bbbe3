//! What a form hook answers: JSON to tools, a small page to a browser that posted the form itself.

use crate::{
    api::error::{ApiError, Problem},
    click::answer::{page, reads_indonesian},
};
use axum::{
    Json,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use konektor_core::form::Refusal;
use serde_json::json;

const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// Whom an answer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// A program.
    Tool,
    /// Somebody who sees it.
    Person {
        /// They read Indonesian rather than English.
        indonesian: bool,
    },
}

impl Reader {
    /// By what a request says of itself: a browser that leaves the form for the answer.
    pub fn of(headers: &HeaderMap) -> Self {
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let navigates = text(SEC_FETCH_MODE).is_none_or(|mode| mode == "navigate");
        let takes_pages = text(header::ACCEPT).is_some_and(|accept| accept.contains("text/html"));
        match navigates && takes_pages {
            true => Self::Person {
                indonesian: reads_indonesian(text(header::ACCEPT_LANGUAGE)),
            },
            false => Self::Tool,
        }
    }
}

/// A post was taken, now or before. Who the lead is, is nobody's business here: else anybody could try out numbers.
pub fn thanks(reader: Reader, redirect: Option<&str>) -> Response {
    let mut response = match (reader, redirect.and_then(|url| HeaderValue::from_str(url).ok())) {
        (Reader::Person { .. }, Some(url)) => (StatusCode::SEE_OTHER, [(header::LOCATION, url)]).into_response(),
        (Reader::Person { indonesian: true }, None) => {
            page(StatusCode::OK, true, "Terima kasih", "Data Anda sudah kami terima.")
        }
        (Reader::Person { indonesian: false }, None) => {
            page(StatusCode::OK, false, "Thank you", "We have received your answers.")
        }
        (Reader::Tool, _) => Json(json!({ "ok": true })).into_response(),
    };
    open_to_pages(&mut response);
    response
}

/// A post was refused. To whoever filled in the form it is said that it did not arrive, to a tool also why.
pub fn refused(reader: Reader, refusal: Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::BAD_REQUEST);
    let mut response = match reader {
        Reader::Tool => problem(status, refusal.to_string()),
        Reader::Person { indonesian: true } => page(
            status,
            true,
            "Formulir belum terkirim",
            "Formulir ini belum dapat kami terima. Silakan hubungi kami dengan cara lain.",
        ),
        Reader::Person { indonesian: false } => page(
            status,
            false,
            "The form was not sent",
            "We could not receive this form. Please contact us in another way.",
        ),
    };
    if refusal == Refusal::TooMany {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
    }
    open_to_pages(&mut response);
    response
}

fn problem(status: StatusCode, detail: String) -> Response {
    let mut response = (status, Json(Problem::new(status, detail))).into_response();
    let kind = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// There is no such hook, or the server failed.
pub fn failed(error: ApiError) -> Response {
    let mut response = error.into_response();
    open_to_pages(&mut response);
    response
}

/// Scripts of any page may read it: it says nothing about anybody, and no cookie is asked for.
pub fn open_to_pages(response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
}
