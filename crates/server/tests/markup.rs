//! Every page that the server shows, with markup in everything that somebody may have typed: it stays text, and the page
//! forbids scripts all the same.

mod common;

use common::{
    http::{Answer, Request, get},
    shop::Shop,
};
use serde_json::json;

const MARKUP: [&str; 5] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "</title></style></script><svg onload=alert(1)>",
    "'-alert(1)-'",
    "javascript:alert(1)//",
];
const PREVIEWER: &str = "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)";

/// In an address.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// If it is a page, it runs nothing; whether it is one.
fn is_safe_page(answer: &Answer, text: &str, what: &str) -> bool {
    let is_page = answer
        .header("content-type")
        .is_some_and(|kind| kind.starts_with("text/html"));
    if !is_page {
        return false;
    }
    let body = answer.text();
    for dangerous in [text, "<script>alert", "<img src=x", "<svg"] {
        let is_text = !dangerous.contains(['<', '"']);
        assert!(is_text || !body.contains(dangerous), "{what}: {dangerous} in {body}");
    }
    let policy = answer
        .header("content-security-policy")
        .unwrap_or_else(|| panic!("{what} has no policy"));
    assert!(policy.starts_with("default-src 'none';"), "{what}: {policy}");
    let scripts = policy.split(';').find(|rule| rule.trim().starts_with("script-src"));
    assert!(
        scripts.is_none_or(|rule| rule.trim() == "script-src 'self'"),
        "{what}: {policy}"
    );
    true
}

fn link(text: &str) -> Request {
    let text = encoded(text);
    get(&format!(
        "/wa/promo?utm_source={text}&fbclid={text}&consent={text}&{text}={text}"
    ))
}

#[test]
fn what_is_typed_stays_text_on_every_page() {
    let shop = Shop::with(1, &[]);
    let mut connection = shop.server.connect();
    let mut pages = |request: &Request, text: &str| {
        let answer = connection.ask(request).expect("an answer");
        assert!(answer.status < 500, "{request:?}: {answer:?}");
        is_safe_page(&answer, text, &request.target)
    };
    let agents = json!([{ "agent_id": shop.agents[0].id, "weight": 1 }]);
    for text in MARKUP {
        shop.patch_agent(0, json!({ "name": text }));
        // A button has room for 40 characters.
        let button: String = text.chars().take(40).collect();
        shop.patch_rotator(json!({
            "name": text, "agents": agents,
            "page": { "brand": text, "title": text, "text": text, "button": button },
        }));
        assert!(pages(&link(text).user_agent(PREVIEWER), text), "a preview");
        shop.patch_rotator(json!({ "agents": [] }));
        for language in ["id", "en", text] {
            assert!(
                pages(&link(text).header("Accept-Language", language), text),
                "the closed page"
            );
        }
        let text_in_path = encoded(text);
        assert!(pages(&get(&format!("/wa/{text_in_path}")), text), "no such link");
        assert!(
            pages(&get(&format!("/{text_in_path}?{text_in_path}")), text),
            "nothing there"
        );
        assert!(
            !pages(&get(&format!("/api/v1/{text_in_path}")), text),
            "the API is no page"
        );
    }
    assert!(pages(&get("/api/v1/docs"), MARKUP[0]), "the API to read");
    assert!(pages(&get("/"), MARKUP[0]), "the dashboard");
}
