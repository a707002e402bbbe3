//! A post of a form: is it allowed, is it signed, what does it say, whom does it mean.

use super::{limits::Limits, said};
use crate::{
    api::error::ApiError,
    auth::token,
    hooks::{
        Hooks,
        answer::{self, Reader},
        taken,
    },
};
use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use http_body_util::LengthLimitError;
use konektor_core::{
    form::{
        Refusal, Remark, body, guess,
        refusal::BODY_MAX_BYTES,
        sample::sample,
        signature::{self, Headers},
    },
    time::UnixMs,
};
use konektor_store::{
    Hooks as _, Identity, Store,
    model::{Addressed, Form, FormPost, Learnt, PostOutcome, Submitted},
};
use std::{error::Error, sync::Arc};

const NOT_FOUND: ApiError = ApiError::NotFound("form hook");
const UNKNOWN_WORKSPACE: ApiError = ApiError::Broken("a form belongs to a workspace that does not exist");

/// What ends a post before it is taken.
enum Stop {
    /// It may not be taken.
    Refused(Refusal),
    /// It cannot be.
    Failed(ApiError),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl<E: Into<ApiError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Takes a post of a form.
pub async fn receive(State(hooks): State<Arc<Hooks>>, Path(token): Path<String>, request: Request) -> Response {
    let reader = Reader::of(request.headers());
    let form = match find(&hooks, token).await {
        Ok(form) => form,
        Err(error) => return answer::failed(error),
    };
    // A task of its own: what was sent whole is taken, even if whoever sent it does not wait for the answer.
    let taken = tokio::spawn(async move {
        let now = hooks.app.clock.now();
        let redirect = form.fields.redirect.clone();
        match take(&hooks, &form, request, now).await {
            Ok(()) => answer::thanks(reader, redirect.as_deref()),
            Err(Stop::Refused(refusal)) => {
                note_refusal(&hooks, &form, refusal, now).await;
                answer::refused(reader, refusal)
            }
            Err(Stop::Failed(error)) => answer::failed(error),
        }
    });
    let broken = |_| answer::failed(ApiError::Broken("taking the post of a form panicked"));
    taken.await.unwrap_or_else(broken)
}

/// What a browser asks before a script of another site may post JSON.
pub async fn preflight() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST"));
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("content-type"),
    );
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    answer::open_to_pages(&mut response);
    response
}

/// What cannot be a token is not looked for.
async fn find(hooks: &Hooks, token: String) -> Result<Form, ApiError> {
    if !token::is_well_formed(&token) {
        return Err(NOT_FOUND);
    }
    hooks.app.store.find_form(token).await?.ok_or(NOT_FOUND)
}

async fn take(hooks: &Hooks, form: &Form, request: Request, now: UnixMs) -> Result<(), Stop> {
    if !form.fields.active {
        return Err(Refusal::SwitchedOff.into());
    }
    if !hooks.limits.take(form.id, now) {
        return Err(Refusal::TooMany.into());
    }
    let (head, body) = request.into_parts();
    let body = whole(&head.headers, body).await?;
    let once = match opened_secret(hooks, form)? {
        Some(secret) => {
            let once = signature::verify(&secret, signature_headers(&head.headers), &body, now)?;
            Limits::key_of_signed(form.id, once)
        }
        None => hooks.limits.key_of_unsigned(form.id, &body, now),
    };
    let posted = body::read(text(&head.headers, header::CONTENT_TYPE), &body)?;
    let stored = form.fields.mapping.clone().unwrap_or_default();
    let mapping = match form.fields.guessed {
        true => stored.filled_by(guess(&posted.payload)),
        false => stored,
    };
    let routing = hooks.app.routing.load();
    let workspace = routing.workspace(form.workspace).ok_or(UNKNOWN_WORKSPACE)?;
    let answers = mapping.read(&posted.payload);
    let said::Said {
        submission,
        mut remarks,
    } = said::read(answers, form.id, workspace, &hooks.app.visitor_tokens, once, now);
    if posted.files > 0 {
        remarks.push(Remark::FilesIgnored);
    }
    let app = &hooks.app;
    if let Addressed::Code(lead) = submission.lead
        && app.store.find_lead(lead).await?.is_none()
    {
        remarks.push(Remark::CodeUnknown);
    }
    let outcome = match app.store.submit(form.workspace, submission, now).await? {
        Submitted::Done { lead, .. } => {
            taken::tell(app, lead).await?;
            PostOutcome::Done { lead, remarks }
        }
        Submitted::Repeated { .. } if form.fields.secret.is_some() => return Err(Refusal::Replayed.into()),
        Submitted::Repeated { lead } => PostOutcome::Repeated { lead: Some(lead) },
        Submitted::NotFound => return Err(ApiError::Broken("a form's post made no lead").into()),
    };
    let learnt = Learnt {
        sample: sample(&posted.payload),
        mapping: form.fields.guessed.then_some(mapping),
    };
    note(hooks, form, outcome, 1, Some(learnt), now).await;
    Ok(())
}

/// The body, if it is not too large. One that says so itself is not read.
async fn whole(headers: &HeaderMap, body: Body) -> Result<Bytes, Stop> {
    let says = text(headers, header::CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
    if says.is_some_and(|length| length > BODY_MAX_BYTES as u64) {
        return Err(Refusal::TooLarge.into());
    }
    to_bytes(body, BODY_MAX_BYTES).await.map_err(|error| {
        let too_large = error.source().is_some_and(|reason| reason.is::<LengthLimitError>());
        Stop::Refused(if too_large {
            Refusal::TooLarge
        } else {
            Refusal::Malformed
        })
    })
}

fn opened_secret(hooks: &Hooks, form: &Form) -> Result<Option<String>, ApiError> {
    const BROKEN: ApiError = ApiError::Broken("a form's secret does not open; was the secret key changed?");
    let Some(sealed) = &form.fields.secret else {
        return Ok(None);
    };
    let row = crate::api::forms::row(form.id);
    let plain = hooks.app.sealer.open(&row, sealed).map_err(|_| BROKEN)?;
    String::from_utf8(plain).map(Some).map_err(|_| BROKEN)
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

fn signature_headers(headers: &HeaderMap) -> Headers<'_> {
    let text = |name| text(headers, HeaderName::from_static(name));
    Headers {
        id: text("webhook-id"),
        timestamp: text("webhook-timestamp"),
        signature: text("webhook-signature"),
        own: text("x-konektor-signature"),
        of_body: text("typeform-signature").or_else(|| text("tally-signature")),
    }
}

/// Posts beyond the rate are written down with the next one that is within it.
async fn note_refusal(hooks: &Hooks, form: &Form, refusal: Refusal, now: UnixMs) {
    metrics::counter!("konektor_form_posts_total", "outcome" => refusal.as_str()).increment(1);
    if refusal != Refusal::TooMany {
        note(hooks, form, PostOutcome::Refused(refusal), 1, None, now).await;
    }
}

async fn note(hooks: &Hooks, form: &Form, outcome: PostOutcome, count: u32, learnt: Option<Learnt>, now: UnixMs) {
    let store = &hooks.app.store;
    let post = |outcome, count| FormPost {
        id: 0,
        at: now,
        outcome,
        count,
    };
    let beyond = hooks.limits.take_beyond(form.id);
    let noted = async {
        if beyond > 0 {
            let refused = PostOutcome::Refused(Refusal::TooMany);
            store.add_form_post(form.id, post(refused, beyond), None).await?;
        }
        if learnt.is_some() {
            metrics::counter!("konektor_form_posts_total", "outcome" => "taken").increment(1);
        }
        store.add_form_post(form.id, post(outcome, count), learnt).await
    };
    if let Err(error) = noted.await {
        // What was taken is taken: to call it failed would make the tool send it again.
        tracing::error!(%error, "what became of a form's post could not be noted");
    }
}
