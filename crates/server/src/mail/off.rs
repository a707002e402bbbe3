//! The address in every letter by which it is turned off. Looking at it turns nothing off, for mail servers look at all
//! that they find; a POST does, by the button or by the mail program itself (RFC 8058). It is turned on again in the
//! account, by somebody who has signed in.

use super::token::MailToken;
use crate::{
    api::client::Client,
    app::App,
    auth::rate::{Holder, Rate, Taken},
    click::answer,
    link::private,
};
use askama::Template;
use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, Path, State},
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE},
        request::Parts,
    },
    response::Response,
    routing::get,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use konektor_core::page::Language;
use konektor_store::{Notices, model::MailKind};
use sha2::{Digest, Sha256};
use std::sync::{Arc, LazyLock};

/// What a mail program posts.
pub(super) const ONE_CLICK: &str = "List-Unsubscribe=One-Click";
/// Requests a minute from one address: guessing is hopeless, but need not be fast either.
const REQUESTS_PER_MINUTE: u32 = 60;
/// A POST says no more than [`ONE_CLICK`].
const BODY_MAX_BYTES: usize = 1_024;
const CSS: &str = include_str!("../../templates/link.css");
/// Nothing but this style and this form.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = STANDARD.encode(Sha256::digest(CSS));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    )
});

struct Off {
    app: Arc<App>,
    rate: Rate,
}

/// The page, under `/mail/`. Nothing of the API is around it: it knows no session and no key.
pub fn router(app: Arc<App>) -> Router {
    let off = Off {
        app,
        rate: Rate::new(REQUESTS_PER_MINUTE),
    };
    Router::new()
        .route("/mail/{token}", get(show).post(turn_off))
        .layer(DefaultBodyLimit::max(BODY_MAX_BYTES))
        .with_state(Arc::new(off))
}

#[derive(Template)]
#[template(path = "mail_off.html")]
struct Page<'a> {
    lang: &'static str,
    css: &'static str,
    words: &'static Words,
    /// What is asked or said.
    text: &'a str,
    /// Whether there is a button.
    asks: bool,
}

struct Words {
    title: &'static str,
    ask_digest: &'static str,
    ask_reminder: &'static str,
    button: &'static str,
    done: &'static str,
    unknown: &'static str,
    failed: &'static str,
}

const ENGLISH: Words = Words {
    title: "E-mails from Konektor",
    ask_digest: "Do you want to get no more digests of this workspace?",
    ask_reminder: "Do you want to get no more reminders of leads that wait for you?",
    button: "Turn them off",
    done: "They are turned off. You can turn them on again in your account.",
    unknown: "This address does not work. Turn e-mails off in your account instead.",
    failed: "That did not work just now. Wait a moment, then try again.",
};

const INDONESIAN: Words = Words {
    title: "E-mail dari Konektor",
    ask_digest: "Anda tidak mau lagi menerima ringkasan ruang kerja ini?",
    ask_reminder: "Anda tidak mau lagi menerima pengingat lead yang menunggu Anda?",
    button: "Matikan",
    done: "Sudah dimatikan. Anda dapat menyalakannya lagi di akun Anda.",
    unknown: "Alamat ini tidak berlaku. Matikan e-mail di akun Anda.",
    failed: "Belum berhasil. Tunggu sebentar, lalu coba lagi.",
};

async fn show(State(off): State<Arc<Off>>, Path(token): Path<String>, parts: Parts) -> Response {
    let (language, words) = spoken(&parts);
    match off.open(&token, &parts) {
        Ok(MailToken { kind, .. }) => {
            let text = match kind {
                MailKind::Digest => words.ask_digest,
                MailKind::Reminder => words.ask_reminder,
            };
            page(StatusCode::OK, language, words, text, true)
        }
        Err(status) => shut(status, language, words),
    }
}

async fn turn_off(State(off): State<Arc<Off>>, Path(token): Path<String>, parts: Parts) -> Response {
    let (language, words) = spoken(&parts);
    let token = match off.open(&token, &parts) {
        Ok(token) => token,
        Err(status) => return shut(status, language, words),
    };
    let MailToken { workspace, user, kind } = token;
    // Who is no member any more gets no letters either.
    match off.app.store.set_mail_off(workspace, user, kind, true).await {
        Ok(_) => page(StatusCode::OK, language, words, words.done, false),
        Err(error) => {
            tracing::error!(%error, "e-mails could not be turned off");
            shut(StatusCode::SERVICE_UNAVAILABLE, language, words)
        }
    }
}

impl Off {
    fn open(&self, token: &str, parts: &Parts) -> Result<MailToken, StatusCode> {
        let client = Client::of(parts, &self.app);
        let taken = self.rate.take(Holder::address(client.address), self.app.clock.now());
        if matches!(taken, Some(Taken::No { .. })) {
            return Err(StatusCode::TOO_MANY_REQUESTS);
        }
        self.app.mail_tokens.verify(token).ok_or(StatusCode::NOT_FOUND)
    }
}

fn spoken(parts: &Parts) -> (Language, &'static Words) {
    match crate::link::language(&parts.headers) {
        Language::English => (Language::English, &ENGLISH),
        Language::Indonesian => (Language::Indonesian, &INDONESIAN),
    }
}

fn shut(status: StatusCode, language: Language, words: &'static Words) -> Response {
    let text = match status {
        StatusCode::NOT_FOUND => words.unknown,
        _ => words.failed,
    };
    page(status, language, words, text, false)
}

fn page(status: StatusCode, language: Language, words: &'static Words, text: &str, asks: bool) -> Response {
    let html = Page {
        lang: language.as_str(),
        css: CSS,
        words,
        text,
        asks,
    };
    let html = html.render().unwrap_or_else(|_| text.to_owned());
    let mut response = answer::plain(Body::from(html));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    if let Ok(policy) = HeaderValue::from_str(&POLICY) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    private(response)
}
