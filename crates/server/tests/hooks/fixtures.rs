//! The payloads of the tools, ready to be sent, and the shop that they are sent to.

use crate::common::{
    http::{Answer, Request, get},
    shop::Shop,
};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

/// A fixture of core.
macro_rules! form {
    ($name:literal) => {
        include_str!(concat!("../../../core/tests/fixtures/forms/", $name, ".http"))
    };
}
pub(crate) use form;

/// One of WhatsApp's.
macro_rules! notification {
    ($name:literal) => {
        include_str!(concat!("../../../core/tests/fixtures/whatsapp/", $name, ".json"))
    };
}
pub(crate) use notification;

/// A `POST` of a body.
pub fn post(path: &str, kind: &str, body: &str) -> Request {
    let request = get(path).method("POST").user_agent("FormTool/1.0");
    Request {
        body: body.to_owned(),
        ..request.header("Content-Type", kind)
    }
}

/// A fixture as the tool sends it, with this visitor token.
pub fn fixture(path: &str, text: &str, visitor: &str) -> Request {
    let (head, body) = text.split_once("\n\n").expect("a head and a body");
    let kind = head.strip_prefix("Content-Type: ").expect("a type");
    let body = body.strip_suffix('\n').unwrap_or(body).replace("@visitor@", visitor);
    let body = match kind.starts_with("multipart") {
        true => body.replace('\n', "\r\n") + "\r\n",
        false => body,
    };
    post(path, kind, &body)
}

/// A form hook of the shop.
pub struct Form {
    pub id: String,
    pub path: String,
    pub secret: Option<String>,
}

pub fn add_form(shop: &Shop, more: Value) -> Form {
    let mut new = json!({ "name": "Kontak" });
    for (name, value) in more.as_object().expect("fields") {
        new[name] = value.clone();
    }
    let form = shop.post("/forms", new);
    let url = form["url"].as_str().expect("an address");
    let at = url.find("/hooks/").expect("a hook");
    Form {
        id: form["id"].as_str().expect("an id").to_owned(),
        path: url[at..].to_owned(),
        secret: form["secret"].as_str().map(str::to_owned),
    }
}

impl Form {
    /// Posts this and expects that it is taken.
    pub fn take(&self, shop: &Shop, body: &str) {
        let answer = shop.server.ask(&post(&self.path, "application/json", body));
        assert_eq!(
            (answer.status, answer.json()),
            (200, json!({ "ok": true })),
            "{answer:?}"
        );
    }

    /// What became of its posts, newest first.
    pub fn submissions(&self, shop: &Shop) -> Vec<Value> {
        let page = shop.get(&format!("/forms/{}/submissions", self.id));
        page["items"].as_array().expect("a list").clone()
    }
}

/// A visitor who came by the link, and what their browser has of it.
pub struct Visitor {
    pub code: String,
    pub cookie: String,
}

pub fn visit(shop: &Shop, n: usize) -> Visitor {
    let answer = shop.server.ask(&get(&format!("/wa/promo?utm_content={n}")));
    Visitor {
        code: answer.code().to_owned(),
        cookie: answer.cookie().to_owned(),
    }
}

/// The signed token that a page of the customer's gets of a visitor.
pub fn token(shop: &Shop, visitor: &Visitor) -> String {
    let answer = shop.server.ask(&get("/visitor.json").cookie(&visitor.cookie));
    let token = answer.json()["visitor"].as_str().map(str::to_owned);
    token.unwrap_or_else(|| panic!("a token: {answer:?}"))
}

pub fn hex_hmac(secret: &str, parts: &[&[u8]]) -> String {
    let tag = hmac(secret.as_bytes(), parts);
    tag.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn hmac(secret: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("any key");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

/// Now, for signatures.
#[expect(clippy::disallowed_methods, reason = "the server's clock is the real one")]
pub fn unix_s() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// It says that something is wrong and what to do, as a problem.
pub fn assert_refused(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    assert!(
        answer.json()["detail"]
            .as_str()
            .is_some_and(|detail| detail.ends_with('.')),
        "{answer:?}"
    );
}

/// Nothing was stored of anybody.
pub fn assert_nobody(shop: &Shop) {
    assert!(shop.leads().is_empty());
    for table in ["leads", "submissions", "identifiers", "lead_changes"] {
        assert_eq!(
            shop.server.count(&format!("SELECT count(*) FROM {table}")),
            0,
            "{table}"
        );
    }
}
