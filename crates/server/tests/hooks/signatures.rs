//! A form with a secret takes what is signed with it, once.

use crate::{
    common::{
        http::{Answer, Request},
        shop::Shop,
    },
    fixtures::{Form, add_form, assert_nobody, assert_refused, hex_hmac, hmac, post, unix_s},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::json;

const BODY: &str = r#"{"nama":"Budi","hp":"081234567890"}"#;

fn own(form: &Form, seconds: i64, body: &str) -> Request {
    let time = seconds.to_string();
    let secret = form.secret.as_deref().unwrap();
    let tag = hex_hmac(secret, &[time.as_bytes(), b".", body.as_bytes()]);
    post(&form.path, "application/json", body).header("X-Konektor-Signature", &format!("t={time},v1={tag}"))
}

fn standard(form: &Form, id: &str, seconds: i64, body: &str) -> Request {
    let time = seconds.to_string();
    let secret = BASE64_STANDARD
        .decode(&form.secret.as_deref().unwrap()["whsec_".len()..])
        .unwrap();
    let tag = hmac(&secret, &[id.as_bytes(), b".", time.as_bytes(), b".", body.as_bytes()]);
    post(&form.path, "application/json", body)
        .header("webhook-id", id)
        .header("webhook-timestamp", &time)
        .header("webhook-signature", &format!("v1,{}", BASE64_STANDARD.encode(tag)))
}

fn shop() -> (Shop, Form) {
    let shop = Shop::with(1, &[]);
    let form = add_form(&shop, json!({ "secret": true }));
    (shop, form)
}

fn reason(shop: &Shop, form: &Form) -> String {
    form.submissions(shop)[0]["reason"].as_str().unwrap().to_owned()
}

#[test]
fn what_is_signed_is_taken_once() {
    let (shop, form) = shop();
    let now = unix_s();
    for request in [own(&form, now, BODY), standard(&form, "msg_1", now, BODY)] {
        assert_eq!(shop.server.ask(&request).status, 200);
        let before = shop.server.count("SELECT count(*) FROM submissions");
        assert_refused(&shop.server.ask(&request), 409);
        assert_eq!(reason(&shop, &form), "replayed");
        assert_eq!(shop.server.count("SELECT count(*) FROM submissions"), before);
    }
    assert_refused(&shop.server.ask(&standard(&form, "msg_1", now + 1, BODY)), 409);
    assert_eq!(
        shop.server.ask(&standard(&form, "msg_2", now, BODY)).status,
        200,
        "another message"
    );
    assert_eq!(shop.leads().len(), 1);
}

#[test]
fn a_replay_is_known_after_a_restart() {
    let (mut shop, form) = shop();
    let request = own(&form, unix_s(), BODY);
    assert_eq!(shop.server.ask(&request).status, 200);
    shop.stop_and_restart();
    assert_refused(&shop.server.ask(&request), 409);
}

#[test]
fn of_many_at_once_one_is_taken() {
    let (shop, form) = shop();
    let request = own(&form, unix_s(), BODY);
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let asked: Vec<_> = (0..30).map(|_| scope.spawn(|| shop.server.ask(&request))).collect();
        asked.into_iter().map(|asked| asked.join().unwrap()).collect()
    });
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.status == 409).count(), 29);
    assert_eq!(shop.server.count("SELECT count(*) FROM submissions"), 1);
}

#[test]
fn what_is_not_signed_wrongly_signed_or_stale_is_refused() {
    let (shop, form) = shop();
    let now = unix_s();
    let unsigned = post(&form.path, "application/json", BODY);
    let mut changed = own(&form, now, BODY);
    changed.body = BODY.replace("Budi", "Badi");
    let other = Form {
        secret: Some("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".to_owned()),
        id: form.id.clone(),
        path: form.path.clone(),
    };
    for (request, expected) in [
        (unsigned, "not_signed"),
        (changed, "wrong_signature"),
        (own(&other, now, BODY), "wrong_signature"),
        (standard(&other, "msg_1", now, BODY), "wrong_signature"),
        (own(&form, now - 301, BODY), "stale"),
        (own(&form, now + 320, BODY), "stale"),
        (standard(&form, "msg_1", now - 301, BODY), "stale"),
    ] {
        assert_refused(&shop.server.ask(&request), 401);
        assert_eq!(reason(&shop, &form), expected);
    }
    assert_nobody(&shop);
}

#[test]
fn a_secret_of_ones_own_and_a_new_one_count_at_once() {
    let shop = Shop::with(1, &[]);
    let mut form = add_form(&shop, json!({ "secret": "rahasia-toko-kopi" }));
    assert_eq!(shop.server.ask(&own(&form, unix_s(), BODY)).status, 200);
    let changed = shop.patch(&format!("/forms/{}", form.id), json!({ "secret": true }));
    assert_refused(&shop.server.ask(&own(&form, unix_s() + 1, BODY)), 401);
    form.secret = changed["secret"].as_str().map(str::to_owned);
    assert_eq!(shop.server.ask(&own(&form, unix_s() + 2, BODY)).status, 200);
}
