//! Opening a link: whether it is good, what it is good for, and what is said if it is not.

use super::{Links, words::Words};
use crate::{
    api::client::Client,
    auth::rate::{Holder, Taken},
    click::answer,
    link::token::LinkToken,
};
use axum::{
    body::Body,
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::Response,
};
use konektor_core::{
    page::Language,
    routing::{Agent, Workspace},
};
use konektor_store::{Store, model::Lead};
use std::sync::Arc;

/// A link that is good, with all that the page shows.
pub(super) struct Opened {
    pub token: LinkToken,
    pub lead: Lead,
    pub agent: Arc<Agent>,
    pub workspace: Arc<Workspace>,
}

/// Why nothing is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shut {
    /// Forged, expired, or the lead has left the agent: nobody learns which.
    Closed,
    /// Too many requests from one address.
    TooMany,
    /// Another site asks for a change.
    Foreign,
    /// The store failed.
    Failed,
}

impl Links {
    /// The lead behind a token.
    pub(super) async fn open(&self, token: &str, request: &Parts) -> Result<Opened, Shut> {
        let client = Client::of(request, &self.app);
        let now = self.app.clock.now();
        let taken = self.rate.take(Holder::address(client.address), now);
        if matches!(taken, Some(Taken::No { .. })) {
            return Err(Shut::TooMany);
        }
        let token = self.app.link_tokens.verify(token, now).ok_or(Shut::Closed)?;
        let routing = self.app.routing.load_full();
        let workspace = routing.workspace(token.lead.workspace).ok_or(Shut::Closed)?;
        // An agent who was removed is not in the snapshot.
        let agent = routing.agent(token.agent).ok_or(Shut::Closed)?;
        let lead = self.app.store.find_lead(token.lead).await.map_err(|error| {
            tracing::error!(%error, "a lead's link could not be opened");
            Shut::Failed
        })?;
        let lead = lead
            .filter(|lead| lead.agent == Some(token.agent))
            .ok_or(Shut::Closed)?;
        Ok(Opened {
            token,
            lead,
            agent: agent.clone(),
            workspace: workspace.clone(),
        })
    }
}

impl Shut {
    /// What the CS is told.
    pub(super) fn answer(self, language: Language) -> Response {
        let words = Words::of(language);
        let (status, title, text) = match self {
            Self::Closed => (StatusCode::NOT_FOUND, words.closed, words.closed_text),
            Self::TooMany => (StatusCode::TOO_MANY_REQUESTS, words.too_many, words.too_many_text),
            Self::Foreign => (StatusCode::FORBIDDEN, words.foreign, words.foreign_text),
            Self::Failed => (StatusCode::INTERNAL_SERVER_ERROR, words.failed, words.failed_text),
        };
        private(answer::page(status, language == Language::Indonesian, title, text))
    }
}

/// In which language the CS reads.
pub(crate) fn language(headers: &HeaderMap) -> Language {
    let accepted = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok());
    match answer::reads_indonesian(accepted) {
        true => Language::Indonesian,
        false => Language::English,
    }
}

/// With what all answers here have beside what a visitor's have (nothing of it is kept, indexed, or told to another
/// site): nobody may frame it, or take it for anything but what it is.
pub(crate) fn private(mut response: Response<Body>) -> Response<Body> {
    let headers = response.headers_mut();
    let set = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    for (name, value) in set {
        headers.insert(name, header::HeaderValue::from_static(value));
    }
    response
}
