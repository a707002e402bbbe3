//! The page of a lead's link, as HTML.

use super::{
    Links,
    open::{Opened, Shut, language, private},
    token::LinkToken,
    words::Words,
};
use crate::{
    api::{leads::amount, workspace::currency_of},
    click::answer,
};
use askama::Template;
use axum::{
    body::Body,
    extract::{Path, RawQuery, State},
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE},
        request::Parts,
    },
    response::Response,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use konektor_core::{lead::Status, page::Language, time::UnixMs};
use konektor_store::{Store, model::Lead};
use sha2::{Digest, Sha256};
use std::sync::{Arc, LazyLock};

const CSS: &str = include_str!("../../templates/link.css");
/// Nothing but this style and this form.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = STANDARD.encode(Sha256::digest(CSS));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    )
});
/// Query of the page after it was saved.
pub(super) const SAVED: &str = "saved";

/// What stands in the fields, or stood there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fields {
    pub name: String,
    pub status: String,
    pub value: String,
    pub currency: String,
}

/// The page to render.
pub(super) struct Sheet<'a> {
    pub opened: &'a Opened,
    /// As the lead was when the page was first shown: only what is different from it is changed.
    pub was: Fields,
    pub now: Fields,
    /// What is wrong with each.
    pub faults: Fields,
    pub is_saved: bool,
}

#[derive(Template)]
#[template(path = "link.html")]
struct Html<'a> {
    lang: &'static str,
    css: &'static str,
    words: &'static Words,
    workspace: &'a str,
    agent: &'a str,
    code: String,
    shown_name: &'a str,
    chat: Option<String>,
    /// When it was told that the chat has started.
    arrived: Option<String>,
    action: &'a str,
    was: &'a Fields,
    now: &'a Fields,
    faults: &'a Fields,
    has_faults: bool,
    is_saved: bool,
    statuses: Vec<(Status, &'static str)>,
    until: String,
}

/// `GET /l/{token}`
pub(super) async fn show(
    State(links): State<Arc<Links>>,
    Path(token): Path<String>,
    RawQuery(query): RawQuery,
    parts: Parts,
) -> Response {
    let language = language(&parts.headers);
    let opened = match links.open(&token, &parts).await {
        Ok(opened) => opened,
        Err(shut) => return shut.answer(language),
    };
    let fields = match links.fields(&opened).await {
        Ok(fields) => fields,
        Err(shut) => return shut.answer(language),
    };
    let sheet = Sheet {
        opened: &opened,
        was: fields.clone(),
        now: fields,
        faults: Fields::default(),
        is_saved: query.as_deref() == Some(SAVED),
    };
    sheet.answer(StatusCode::OK, language, &token)
}

impl Links {
    /// The lead as its page shows it. Where it has no currency yet, the workspace's stands ready.
    async fn fields(&self, opened: &Opened) -> Result<Fields, Shut> {
        let lead = &opened.lead;
        let currency = match &lead.currency {
            Some(currency) => currency.clone(),
            None => {
                let workspace = self.app.store.find_workspace(opened.workspace.id).await;
                let workspace = workspace.map_err(|error| {
                    tracing::error!(%error, "a lead's link could not be opened");
                    Shut::Failed
                })?;
                workspace.as_ref().and_then(currency_of).unwrap_or_default()
            }
        };
        Ok(Fields {
            name: lead.name.as_ref().map(|(name, _)| name.clone()).unwrap_or_default(),
            status: lead.status.to_string(),
            value: shown_value(lead),
            currency,
        })
    }
}

fn shown_value(lead: &Lead) -> String {
    let value = lead.value.and_then(amount);
    value.map(|value| value.to_string()).unwrap_or_default()
}

impl Sheet<'_> {
    /// The page.
    pub(super) fn answer(&self, status: StatusCode, language: Language, token: &str) -> Response {
        let Opened {
            token: LinkToken { until, .. },
            lead,
            agent,
            workspace,
        } = self.opened;
        let clock = |at: UnixMs| at.in_zone(&agent.time_zone).strftime("%d/%m %H:%M").to_string();
        let code = workspace.code_key.code(lead.id.number).to_string();
        let words = Words::of(language);
        let shown_name = lead.name.as_ref().map_or(code.as_str(), |(name, _)| name);
        let html = Html {
            lang: language.as_str(),
            css: CSS,
            words,
            workspace: &workspace.name,
            agent: &agent.name,
            shown_name,
            arrived: lead.arrival.as_ref().map(|arrival| clock(arrival.at)),
            chat: lead.phone.as_ref().map(|digits| format!("https://wa.me/{digits}")),
            action: token,
            was: &self.was,
            now: &self.now,
            faults: &self.faults,
            has_faults: self.faults != Fields::default(),
            is_saved: self.is_saved,
            statuses: words.statuses().collect(),
            until: clock(*until),
            code: code.clone(),
        };
        let Ok(html) = html.render() else {
            return Shut::Failed.answer(language);
        };
        let mut response = answer::plain(Body::from(html));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        if let Ok(policy) = HeaderValue::from_str(&POLICY) {
            headers.insert(CONTENT_SECURITY_POLICY, policy);
        }
        private(response)
    }
}
