//! The script for the customer's site and what it asks, without a browser.

use crate::{
    common::{http::get, shop::Shop},
    fixtures::{token, visit},
};
use serde_json::{Value, json};

#[test]
fn the_script_is_small_kept_and_ours() {
    let shop = Shop::with(1, &[]);
    let answer = shop.server.ask(&get("/konektor.js"));
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, Some("text/javascript; charset=utf-8"))
    );
    assert!(answer.body.len() < 2_048, "{}", answer.body.len());
    assert!(answer.header("cache-control").unwrap().starts_with("public, max-age="));
    assert!(!answer.sets_cookie());
    let again = get("/konektor.js").header("If-None-Match", answer.header("etag").unwrap());
    assert_eq!(shop.server.ask(&again).status, 304);
}

#[test]
fn a_page_of_the_same_site_learns_a_signed_token_and_no_other_does() {
    let shop = Shop::with(1, &[]);
    let visitor = visit(&shop, 0);
    let ask = |origin: &str, site: &str| {
        let request = get("/visitor.json").cookie(&visitor.cookie);
        shop.server
            .ask(&request.header("Origin", origin).header("Sec-Fetch-Site", site))
    };
    let ours = ask("http://www.localhost", "same-site");
    assert!(ours.json()["visitor"].as_str().unwrap().starts_with("kv1."), "{ours:?}");
    assert_eq!(ours.header("access-control-allow-origin"), Some("http://www.localhost"));
    assert_eq!(ours.header("access-control-allow-credentials"), Some("true"));
    assert!(ours.header("vary").unwrap().contains("origin"));
    assert_eq!(ours.header("cache-control"), Some("no-store"));
    let theirs = ask("https://evil.example", "cross-site");
    assert_eq!((theirs.status, &theirs.json()["visitor"]), (403, &Value::Null));
    assert_eq!(theirs.header("access-control-allow-origin"), None);
    let with_gpc = get("/visitor.json").cookie(&visitor.cookie).header("Sec-GPC", "1");
    assert_eq!(shop.server.ask(&with_gpc).json(), json!({ "visitor": null }));
}

#[test]
fn nothing_is_stored_for_someone_who_only_looked() {
    let shop = Shop::with(1, &[]);
    for _ in 0..3 {
        let answer = shop.server.ask(&get("/visitor.json"));
        assert_eq!((answer.status, answer.json()), (200, json!({ "visitor": null })));
        assert!(!answer.sets_cookie());
    }
    assert!(shop.has_counted_nobody());
    let visitor = visit(&shop, 0);
    let (first, second) = (token(&shop, &visitor), token(&shop, &visitor));
    assert_eq!(first.split('.').nth(1), second.split('.').nth(1));
    assert_eq!(shop.clicks_stored(), 1);
}

#[test]
fn a_link_with_a_token_leads_to_the_same_lead_and_a_forged_one_to_a_new_one() {
    let shop = Shop::with(2, &[]);
    let visitor = visit(&shop, 0);
    let token = token(&shop, &visitor);
    let other_browser = |kv: &str| {
        let link = get(&format!("/wa/promo?kv={kv}&utm_source=situs"));
        shop.server
            .ask(&link.user_agent("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15"))
    };
    let same = other_browser(&token);
    assert_eq!(same.code(), visitor.code);
    assert!(same.sets_cookie(), "from here on the cookie says it");
    let cookie = visit(&shop, 1);
    let both = shop
        .server
        .ask(&get(&format!("/wa/promo?kv={token}")).cookie(&cookie.cookie));
    assert_eq!(both.code(), cookie.code, "the cookie counts before the token");
    let forged = other_browser(&token.replace(&visitor.code, &cookie.code));
    assert!(forged.code() != cookie.code && forged.code() != visitor.code);
}
