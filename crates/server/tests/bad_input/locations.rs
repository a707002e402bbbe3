//! The redirect's target never comes from the request.

use crate::{
    a_good_click_works,
    common::{http::get, shop::Shop},
};
use serde_json::json;

/// Values that mean something somewhere, percent-encoded as a browser or an attacker would send them.
const NASTY: &[&str] = &[
    "https%3A%2F%2Fevil.example",
    "//evil.example",
    "://evil",
    "%2F%2Fevil.example",
    "\\evil.example",
    "@evil.example",
    "%40evil.example%2F",
    "javascript:alert(1)",
    "data:text/html,x",
    "?phone=666",
    "%3Fphone=666",
    "%26phone%3D666",
    "%23fragment",
    "%23%23%23",
    "..%2F..%2F",
    "/../../",
    "%0d%0aLocation:%20https://evil.example",
    "%0aSet-Cookie:%20a=b",
    "%0D%0A%0D%0A%3Chtml%3E",
    "%00",
    "%00%00%01%1f%7f",
    "%ff%fe%fd",
    "%c0%af",
    "%e2%80%ae%E2%80%8F",
    "%F0%9F%98%80",
    "%E4%BD%A0%E5%A5%BD",
    "%D9%85%D8%B1%D8%AD%D8%A8%D8%A7",
    "%22%27%60",
    "'`",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "%3Cscript%3E",
    "{code}",
    "{agent}",
    "{utm_source}",
    "%7Bcode%7D",
    "%7B%7Butm_source%7D%7D",
    "%25%25",
    "%",
    "%%%",
    "%2",
    "%2525",
    "+++",
    "%20%20%20",
    "%09%0b%0c",
    "null",
    "undefined",
    "{gclid}",
    "__CLICKID__",
    "[ABC1234]",
    "%5BABC1234%5D",
    "",
];

const PARAMETERS: [&str; 10] = [
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_term",
    "utm_content",
    "gclid",
    "fbclid",
    "phone",
    "text",
    "url",
];

#[test]
fn any_query_leads_to_an_agents_chat_on_whatsapp() {
    let shop = Shop::open();
    let message = "Halo {agent} {first_name}, {utm_source} {utm_medium} {utm_campaign} {utm_term} {utm_content} {rotator} [{code}]";
    shop.patch_rotator(json!({ "message": message }));
    let long = [
        "x".repeat(7_000),
        "%F0%9F%98%80".repeat(600),
        "%0A".repeat(2_000),
        "%".repeat(7_000),
    ];
    let values = NASTY.iter().map(|value| (*value).to_owned()).chain(long);
    let queries = values.flat_map(|value| PARAMETERS.map(|parameter| format!("{parameter}={value}")));
    let all_at_once = NASTY
        .iter()
        .map(|value| PARAMETERS.map(|parameter| format!("{parameter}={value}")).join("&"));
    let queries: Vec<_> = queries.chain(all_at_once).collect();
    assert!(queries.len() >= 500);
    let mut connection = shop.server.connect();
    for query in &queries {
        let answer = connection.ask(&get(&format!("/wa/promo?{query}"))).expect("an answer");
        let location = answer.location();
        assert!(
            shop.agents.iter().any(|agent| agent.digits == answer.digits()),
            "{query}: {location}"
        );
        let (_, text) = location
            .split_once("?text=")
            .unwrap_or_else(|| panic!("{query}: {location}"));
        let is_text = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte);
        assert!(text.bytes().all(is_text), "only the text, encoded: {query}: {location}");
        assert!(location.len() <= 2_000, "{query}");
        assert_eq!(answer.code().len(), 7, "the code is kept: {query}");
        let mut names: Vec<_> = answer.headers.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        let ours = [
            "cache-control",
            "content-length",
            "date",
            "location",
            "referrer-policy",
            "set-cookie",
            "x-robots-tag",
        ];
        assert_eq!(names, ours, "{query}");
        assert!(answer.body.is_empty());
    }
    a_good_click_works(&shop);
}
