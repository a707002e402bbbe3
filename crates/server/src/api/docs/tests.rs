use super::*;
use crate::api::{people::Browser, testing::Server};
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::collections::HashSet;

/// The values of an attribute.
fn attributes<'h>(html: &'h str, name: &str) -> Vec<&'h str> {
    let start = format!(" {name}=\"");
    let values = html.split(&start).skip(1);
    values.map(|rest| rest.split('"').next().unwrap()).collect()
}

#[tokio::test]
async fn anybody_may_read_the_page_and_it_runs_nothing() {
    let server = Server::start().await;
    let answer = Browser::new(&server).get("/docs").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.headers["content-type"], "text/html; charset=utf-8");
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    let policy = answer.headers["content-security-policy"].to_str().unwrap();
    let style = answer
        .text
        .split("<style>")
        .nth(1)
        .unwrap()
        .split("</style>")
        .next()
        .unwrap();
    let hash = BASE64_STANDARD.encode(Sha256::digest(style));
    assert_eq!(
        policy,
        format!(
            "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
    );
    for forbidden in [
        "<script",
        "<img",
        "<iframe",
        "<form",
        " style=",
        " onclick",
        "javascript:",
    ] {
        assert!(!answer.text.contains(forbidden), "{forbidden}");
    }
    assert!(answer.text.len() < 350_000, "{} bytes", answer.text.len());
}

#[test]
fn every_operation_and_every_object_is_there_and_every_link_leads_somewhere() {
    let document = serde_json::to_value(openapi()).unwrap();
    let html = Page::of(&document, STYLE).render().unwrap();
    let ids = attributes(&html, "id");
    let known: HashSet<_> = ids.iter().copied().collect();
    assert_eq!(known.len(), ids.len(), "each id is there once");
    for methods in document["paths"].as_object().unwrap().values() {
        for operation in methods.as_object().unwrap().values() {
            assert!(
                known.contains(operation["operationId"].as_str().unwrap()),
                "{operation}"
            );
        }
    }
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        assert!(known.contains(name.as_str()), "{name}");
    }
    for link in attributes(&html, "href") {
        let leads = link
            .strip_prefix('#')
            .map_or(link == "openapi.json", |id| known.contains(id));
        assert!(leads, "{link}");
    }
}

/// Puts a text beside every text of a document, and into the names of its fields.
fn with_everywhere(value: &Value, text: &str) -> Value {
    match value {
        Value::String(old) if old.starts_with("#/") => value.clone(),
        Value::String(old) => format!("{old}{text}").into(),
        Value::Array(items) => items.iter().map(|item| with_everywhere(item, text)).collect(),
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, field)| (name.clone(), with_everywhere(field, text)));
            Value::Object(fields.collect())
        }
        other => other.clone(),
    }
}

#[test]
fn whatever_the_document_says_is_text_on_the_page() {
    let mut document = serde_json::to_value(openapi()).unwrap();
    let plain = Page::of(&document, STYLE).render().unwrap();
    let tags = |html: &str| html.matches('<').count();
    for text in [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "'--></style><svg>",
        "`<b>`",
    ] {
        let hostile = with_everywhere(&document["components"]["schemas"]["Lead"], text);
        document["components"]["schemas"]["Lead"] = hostile;
        document["info"]["description"] = json!(text);
        document["paths"]["/api/v1/leads"]["get"]["summary"] = json!(text);
        document["paths"]["/api/v1/leads"]["get"]["operationId"] = json!(text);
        document["paths"]["/api/v1/agents"]["post"]["responses"]["201"]["description"] = json!(text);
        let html = Page::of(&document, STYLE).render().unwrap();
        assert!(!html.contains(text), "{text}");
        for forbidden in ["<script", "<img", "<svg", "<b>alert", "--></style>"] {
            assert!(!html.contains(forbidden), "{text}: {forbidden}");
        }
    }
    assert!(tags(&plain) > 1_000, "there is a page to break");
}
