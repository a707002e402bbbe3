//! What is not taken: a clear answer, a reason that can be seen, and nothing stored of anybody.

use crate::{
    common::{http::get, shop::Shop},
    fixtures::{add_form, assert_nobody, assert_refused, post},
};
use rstest::rstest;
use serde_json::json;

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

fn fifty_thousand() -> String {
    (0..50_000).map(|_| "a=1&").collect()
}

fn deep() -> String {
    format!("{}1{}", "{\"a\":".repeat(100), "}".repeat(100))
}

fn many() -> String {
    let fields: Vec<_> = (0..201).map(|n| format!("\"f{n}\":\"1\"")).collect();
    format!("{{{}}}", fields.join(","))
}

#[rstest]
#[case::oversized(FORM, "a".repeat(256 * 1024 + 1), 413, "too_large")]
#[case::with_50_000_fields(FORM, fifty_thousand(), 422, "too_many_fields")]
#[case::with_201_fields(JSON, many(), 422, "too_many_fields")]
#[case::too_deep(JSON, deep(), 422, "too_deep")]
#[case::latin_1("application/x-www-form-urlencoded; charset=ISO-8859-1", "nama=Budi".to_owned(), 415, "charset")]
#[case::utf_16("application/json; charset=utf-16", "{\"nama\":\"Budi\"}".to_owned(), 415, "charset")]
#[case::not_utf8(FORM, "nama=Jos%E9".to_owned(), 400, "malformed")]
#[case::xml("text/xml", "<nama>Budi</nama>".to_owned(), 415, "unknown_type")]
#[case::cut(JSON, "{\"nama\":".to_owned(), 400, "malformed")]
#[case::nothing(JSON, "{}".to_owned(), 422, "empty")]
fn a_post_that_cannot_be_taken_is_refused_and_leaves_nothing_but_the_reason(
    #[case] kind: &str,
    #[case] body: String,
    #[case] status: u16,
    #[case] reason: &str,
) {
    let shop = Shop::with(1, &[]);
    let form = add_form(&shop, json!({}));
    let answer = shop.server.ask(&post(&form.path, kind, &body));
    assert_refused(&answer, status);
    assert_nobody(&shop);
    let seen = &form.submissions(&shop)[0];
    assert_eq!((&seen["state"], &seen["reason"]), (&json!("refused"), &json!(reason)));
    assert_eq!(seen["detail"], answer.json()["detail"]);
    let shown = shop.get(&format!("/forms/{}", form.id));
    assert_eq!(
        (&shown["refused"], &shown["received"], &shown["sample"]),
        (&json!(1), &json!(0), &json!(null))
    );
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let shop = Shop::with(1, &[]);
    let form = add_form(&shop, json!({}));
    let mut bytes = post(&form.path, JSON, "{\"nama\":\"Jos?\"}").bytes();
    let at = bytes.iter().rposition(|byte| *byte == b'?').unwrap();
    bytes[at] = 0xE9;
    let mut connection = shop.server.connect();
    connection.send(&bytes).unwrap();
    assert_refused(&connection.read(false).unwrap().unwrap(), 400);
    assert_nobody(&shop);
}

#[test]
fn a_forged_address_is_no_form() {
    let shop = Shop::with(1, &[]);
    let form = add_form(&shop, json!({}));
    let (start, token) = form.path.split_at("/hooks/forms/".len());
    let changed = |c: char| if c == 'A' { 'B' } else { 'A' };
    let forged = token.chars().next().map(changed).unwrap().to_string() + &token[1..];
    for token in [&forged, &token[1..], "x", "../forms", "%00"] {
        let answer = shop
            .server
            .ask(&post(&format!("{start}{token}"), JSON, r#"{"nama":"Budi"}"#));
        assert_refused(&answer, 404);
    }
    assert_nobody(&shop);
    assert_refused(&shop.server.ask(&get(&form.path)), 405);
    assert!(form.submissions(&shop).is_empty());
}

#[test]
fn a_form_that_is_switched_off_or_removed_takes_nothing() {
    let shop = Shop::with(1, &[]);
    let form = add_form(&shop, json!({ "active": false }));
    let ask = || shop.server.ask(&post(&form.path, JSON, r#"{"nama":"Budi"}"#));
    assert_refused(&ask(), 403);
    assert_eq!(form.submissions(&shop)[0]["reason"], "switched_off");
    shop.server
        .api(&shop.key, "DELETE", &format!("/forms/{}", form.id), None);
    assert_refused(&ask(), 404);
    assert_nobody(&shop);
}

#[test]
fn more_posts_than_the_rate_are_refused_and_counted() {
    let shop = Shop::with(1, &[("KONEKTOR_FORM_RATE", "3")]);
    let (form, other) = (add_form(&shop, json!({})), add_form(&shop, json!({})));
    let ask = |n: u8| {
        shop.server
            .ask(&post(&form.path, JSON, &format!("{{\"nama\":\"Budi {n}\"}}")))
    };
    let statuses: Vec<_> = (0..6).map(|n| ask(n).status).collect();
    assert_eq!(statuses, [200, 200, 200, 429, 429, 429]);
    assert_eq!(ask(9).header("retry-after"), Some("60"));
    assert_eq!(shop.leads().len(), 3);
    other.take(&shop, r#"{"nama":"Siti"}"#);
}
