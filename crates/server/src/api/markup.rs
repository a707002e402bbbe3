//! What strangers and colleagues type is text: the API repeats it in JSON (or CSV) that no browser takes for a page,
//! whichever field or parameter it came by.

use super::{
    docs::sample_body,
    people::Browser,
    roles::{ENDLESS, is_open, operations},
    testing::{Answer, Server, meta},
};
use axum::http::{Method, StatusCode};
use konektor_core::{
    attribution::{CLICK_ID_PARAMETERS, Touch},
    decide::Visit,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What breaks out of text, of an attribute, of a script, of a comment, of JSON in a page.
pub const MARKUP: [&str; 6] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'-alert(1)-'",
    "</title></style></script><svg onload=alert(1)>",
    "javascript:alert(1)//",
    "{{7*7}}${7*7}<!--",
];

/// It is what it says that it is, and a browser must believe it.
fn assert_no_page(answer: &Answer, what: &str) {
    assert!(answer.status.as_u16() < 500, "{what}: {}", answer.text);
    assert_eq!(answer.headers["x-content-type-options"], "nosniff", "{what}");
    let Some(kind) = answer.headers.get("content-type") else {
        assert_eq!(answer.text, "", "{what}");
        return;
    };
    let wanted: &[&str] = match answer.status.is_success() {
        true => &["application/json", "text/csv; charset=utf-8"],
        false => &["application/problem+json"],
    };
    assert!(wanted.contains(&kind.to_str().unwrap()), "{what}: {kind:?}");
    if kind != "text/csv; charset=utf-8" {
        assert!(!answer.json.is_null(), "{what}");
    }
}

/// Every variant of a value in which one text is another.
fn with_each_text(value: &Value, text: &str) -> Vec<Value> {
    match value {
        Value::String(_) | Value::Null => vec![text.into()],
        Value::Array(items) => {
            let each = items
                .iter()
                .enumerate()
                .flat_map(|(n, item)| with_each_text(item, text).into_iter().map(move |changed| (n, changed)));
            each.map(|(n, changed)| {
                let mut items = items.clone();
                items[n] = changed;
                Value::Array(items)
            })
            .collect()
        }
        Value::Object(fields) => {
            let each = fields.iter().flat_map(|(name, field)| {
                with_each_text(field, text)
                    .into_iter()
                    .map(move |changed| (name.clone(), changed))
            });
            each.map(|(name, changed)| {
                let mut fields = fields.clone();
                fields.insert(name, changed);
                Value::Object(fields)
            })
            .collect()
        }
        _ => Vec::new(),
    }
}

/// What the workspace of the test has, by the beginning of its path.
async fn shop(server: &Server) -> Vec<(&'static str, String)> {
    let agent = server.add_agent("Ayu").await;
    let rotator = server.add_rotator("promo", &[&agent]).await;
    let lead = server.record(vec![server.visit(&rotator, "", 0)]).await[0]
        .packed()
        .to_string();
    let destination = server.add_destination(meta()).await;
    let form = server.post("/forms", json!({ "name": "Kontak" })).await.json["id"]
        .as_str()
        .unwrap()
        .to_owned();
    vec![
        ("/agents/", agent),
        ("/rotators/", rotator),
        ("/leads/", lead),
        ("/destinations/", destination),
        ("/forms/", form),
    ]
}

/// The path with the id of something that there is, or with one that there is not.
fn existing(path: &str, known: &[(&str, String)]) -> String {
    let found = known.iter().find(|(start, _)| path.starts_with(start));
    let id = found.map_or("999", |(_, id)| id.as_str());
    path.replace("{id}", id)
        .replace("{host}", id)
        .replace("{token}", id)
        .replace("{message}", id)
}

/// All that there is to read, with every text that was stored.
async fn assert_lists_are_no_pages(server: &Server, known: &[(&str, String)]) -> String {
    let mut all = String::new();
    for (_, path) in operations().into_iter().filter(|(method, _)| method == "GET") {
        if path == "/docs" || ENDLESS.contains(&("GET", &path)) {
            continue;
        }
        let answer = server.get(&existing(&path, known)).await;
        assert_no_page(&answer, &path);
        all.push_str(&answer.text);
    }
    all
}

#[tokio::test]
async fn whatever_text_is_stored_is_answered_as_text() {
    let server = Server::start().await;
    let known = shop(&server).await;
    let mut stored = BTreeSet::new();
    for (method, path) in operations() {
        let Some(body) = sample_body(&method, &path).filter(|_| !is_open(&method, &path)) else {
            continue;
        };
        // What the example has, and what may be there too: free text wherever it is taken.
        let mut bodies = vec![body];
        bodies.extend(whole(&method, &path));
        for text in MARKUP {
            for body in bodies.iter().flat_map(|body| with_each_text(body, text)) {
                let what = format!("{method} {path} {body}");
                let method: Method = method.parse().unwrap();
                let answer = server
                    .ask(&server.key, method, &existing(&path, &known), Some(body))
                    .await;
                assert_no_page(&answer, &what);
                if answer.status.is_success() {
                    stored.insert(what);
                }
            }
        }
    }
    assert!(stored.len() > 80, "{stored:#?}");
    let all = assert_lists_are_no_pages(&server, &known).await;
    assert!(all.contains("<script>alert(1)</script>"), "it is not lost");
}

/// Bodies with all fields that take free text.
fn whole(method: &str, path: &str) -> Option<Value> {
    let lead = json!({ "name": "x", "notes": "x", "email": "x@kopi.id", "status": "hot" });
    let page = json!({
        "brand": "x", "title": "x", "text": "x", "button": "x", "logo_url": "https://kopi.id/x.png",
        "form": { "fields": [{ "name": "x", "label": "x", "type": "text" }], "consent": "x" },
    });
    let rotator = json!({ "name": "x", "message": "x", "page": page });
    Some(match (method, path) {
        ("PATCH", "/leads/{id}") => lead,
        ("PATCH", "/rotators/{id}") => rotator,
        ("PATCH", "/agents/{id}") => json!({ "name": "x" }),
        ("PATCH", "/forms/{id}") => json!({ "name": "x", "mapping": { "name": "x", "phone": "x" } }),
        ("PATCH", "/workspace") => json!({ "name": "x" }),
        ("PATCH", "/destinations/{id}") => json!({ "name": "x", "settings": { "test_event_code": "x" } }),
        _ => return None,
    })
}

/// Each parameter of a click, with a text in it.
fn visits(server: &Server, rotator: &str, text: &str) -> Vec<Visit> {
    let encoded = percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    let utm = [
        "utm_source",
        "utm_medium",
        "utm_campaign",
        "utm_term",
        "utm_content",
        "utm_id",
        "ref",
        "consent",
    ];
    let click_ids = CLICK_ID_PARAMETERS.iter().map(|parameter| &*parameter.name);
    let names = click_ids.chain(utm);
    let queries = names.map(|name| format!("{name}={encoded}"));
    let mut visits: Vec<_> = queries
        .zip(0..)
        .map(|(query, ms)| server.visit(rotator, &query, ms))
        .collect();
    let elsewhere = Visit {
        touch: Touch::of("", Some(&format!("https://evil.example/?{text}")), CLICK_ID_PARAMETERS),
        ua: text.into(),
        lang: text.to_owned(),
        host: text.to_owned(),
        ..server.visit(rotator, "", 900)
    };
    visits.push(elsewhere);
    visits
}

#[tokio::test]
async fn whatever_a_click_brings_is_answered_as_text() {
    let server = Server::start().await;
    let known = shop(&server).await;
    let rotator = &known[1].1;
    for text in MARKUP {
        for mut visit in visits(&server, rotator, text) {
            // A person each: two visits from one browser are one lead.
            visit.request_print += text.len() as i64 * 1_000;
            let lead = server.record(vec![visit]).await[0].packed().to_string();
            for path in [format!("/leads/{lead}"), format!("/leads/{lead}/timeline")] {
                assert_no_page(&server.get(&path).await, &path);
            }
        }
    }
    let all = assert_lists_are_no_pages(&server, &known).await;
    assert!(all.contains("<script>alert(1)</script>"), "it is not lost");
}

#[tokio::test]
async fn whatever_is_asked_for_is_refused_as_text() {
    let server = Server::start().await;
    let owner = Browser::of_owner(&server, server.workspace).await;
    for text in MARKUP {
        let encoded = percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
        for (method, path) in operations() {
            if ENDLESS.contains(&(&method, &path)) || path == "/docs" {
                continue;
            }
            let path = existing(&path, &[("/", encoded.clone())]);
            for path in [
                path.clone(),
                format!("{path}?{encoded}={encoded}"),
                format!("{path}?q={encoded}&from={encoded}"),
            ] {
                if method == "DELETE" && path.starts_with("/session") {
                    continue;
                }
                let answer = owner.ask_and_forget(method.parse().unwrap(), &path, None).await;
                assert_no_page(&answer, &format!("{method} {path}"));
            }
        }
        let nowhere = owner.get(&format!("/{encoded}")).await;
        assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
        assert_no_page(&nowhere, text);
    }
}
