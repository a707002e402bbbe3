//! Meta's Cloud API tells of messages.

use crate::{
    common::{
        http::{Answer, Request, get},
        shop::Shop,
    },
    fixtures::{assert_nobody, assert_refused, hex_hmac, notification, post, visit},
};
use serde_json::{Value, json};

const SECRET: &str = "app-secret-1";

fn connect(shop: &Shop) -> String {
    let fields = json!({ "phone_number_id": "106540352242922", "app_secret": SECRET, "verify_token": "kata-kunci" });
    let url = shop.server.api(&shop.key, "PUT", "/whatsapp", Some(&fields))["url"].clone();
    let url = url.as_str().unwrap();
    url[url.find("/hooks/").unwrap()..].to_owned()
}

fn signed(path: &str, body: &str) -> Request {
    let tag = hex_hmac(SECRET, &[body.as_bytes()]);
    post(path, "application/json", body).header("X-Hub-Signature-256", &format!("sha256={tag}"))
}

fn told(shop: &Shop, path: &str, body: &str) -> Answer {
    let answer = shop.server.ask(&signed(path, body));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer
}

fn lead(shop: &Shop, code: &str) -> Value {
    shop.get(&format!("/leads/{code}"))
}

fn whatsapp_ids(lead: &Value) -> Vec<&str> {
    let known = lead["identifiers"].as_array().unwrap().iter();
    let ids = known.filter(|known| known["kind"] == "whatsapp");
    ids.map(|known| known["value"].as_str().unwrap()).collect()
}

#[test]
fn meta_verifies_the_address() {
    let shop = Shop::with(1, &[]);
    let path = connect(&shop);
    let ask = |query: &str| shop.server.ask(&get(&format!("{path}?{query}")));
    let right = ask("hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=kata-kunci");
    assert_eq!((right.status, right.text().as_str()), (200, "1158201444"));
    assert_eq!(right.header("content-type"), Some("text/plain; charset=utf-8"));
    for query in [
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=salah",
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=",
        "hub.mode=other&hub.challenge=1&hub.verify_token=kata-kunci",
        "hub.mode=subscribe&hub.challenge=%3Cscript%3E&hub.verify_token=kata-kunci",
        "",
    ] {
        assert_refused(&ask(query), 403);
    }
    assert_refused(&shop.server.ask(&get("/hooks/whatsapp/x?hub.mode=subscribe")), 404);
}

#[test]
fn a_code_in_a_message_binds_identity_and_name_to_the_lead_and_moves_it_to_contacted() {
    let shop = Shop::with(1, &[]);
    let path = connect(&shop);
    let visitor = visit(&shop, 0);
    told(&shop, &path, &notification!("text").replace("@code@", &visitor.code));
    let lead = lead(&shop, &visitor.code);
    assert_eq!(
        (&lead["name"], &lead["name_source"]),
        (&json!("Siti Rahmawati"), &json!("whatsapp"))
    );
    assert_eq!(
        (&lead["status"], &lead["phone"]),
        (&json!("contacted"), &json!("6281234567890"))
    );
    assert_eq!(whatsapp_ids(&lead), ["ID.13491208655302741918"]);
    assert_eq!(shop.leads().len(), 1);
    let shown = shop.get("/whatsapp");
    assert_eq!((&shown["messages"], &shown["refused"]), (&json!(1), &json!(0)));
    assert!(shown["last_received_at"].is_string());
}

#[test]
fn a_hundred_redeliveries_at_once_have_one_effect() {
    let shop = Shop::with(1, &[]);
    let path = connect(&shop);
    let visitor = visit(&shop, 0);
    let request = signed(&path, &notification!("text").replace("@code@", &visitor.code));
    std::thread::scope(|scope| {
        for _ in 0..100 {
            scope.spawn(|| assert_eq!(shop.server.ask(&request).status, 200));
        }
    });
    assert_eq!(shop.leads().len(), 1);
    assert_eq!(shop.server.count("SELECT count(*) FROM submissions"), 1);
    let path = format!("/leads/{}/timeline", visitor.code);
    let timeline = shop.get(&path);
    let changes = timeline["items"].as_array().unwrap().iter();
    assert_eq!(
        changes.filter(|item| item["field"] == "status").count(),
        1,
        "{timeline}"
    );
}

#[test]
fn the_first_binding_wins_and_a_reused_code_makes_its_own_flagged_lead() {
    let shop = Shop::with(1, &[]);
    let path = connect(&shop);
    let visitor = visit(&shop, 0);
    let first = notification!("text").replace("@code@", &visitor.code);
    told(&shop, &path, &first);
    let second = first
        .replace("ID.13491208655302741918", "ID.999")
        .replace("6281234567890", "6281234567899")
        .replace("Siti Rahmawati", "Tono")
        .replace("wamid.", "wamid.second");
    told(&shop, &path, &second);
    told(&shop, &path, &second.replace("wamid.second", "wamid.third"));
    let leads = shop.leads();
    assert_eq!(leads.len(), 2);
    assert_eq!(leads[0]["name"], "Tono");
    assert!(
        leads[0]["flags"].as_array().unwrap().contains(&json!("reused_code")),
        "{}",
        leads[0]
    );
    let bound = lead(&shop, &visitor.code);
    assert_eq!(
        (&bound["name"], &bound["flags"]),
        (&json!("Siti Rahmawati"), &json!([]))
    );
    assert_eq!(whatsapp_ids(&bound), ["ID.13491208655302741918"]);
}

#[test]
fn of_two_identities_with_one_code_at_once_one_is_bound() {
    let shop = Shop::with(1, &[]);
    let path = connect(&shop);
    let visitor = visit(&shop, 0);
    let requests: Vec<_> = (0..10)
        .map(|n| {
            let body = notification!("without_phone").replace("@code@", &visitor.code);
            let body = body.replace("ID.13491208655302741918", &format!("ID.{n}"));
            signed(&path, &body.replace("wamid.WITHOUTPHONE", &format!("wamid.{n}")))
        })
        .collect();
    std::thread::scope(|scope| {
        for request in &requests {
            scope.spawn(|| assert_eq!(shop.server.ask(request).status, 200));
        }
    });
    assert_eq!(shop.leads().len(), 10);
    assert_eq!(whatsapp_ids(&lead(&shop, &visitor.code)).len(), 1);
}

#[test]
fn the_phone_may_be_missing_and_a_further_message_is_of_the_same_lead() {
    let shop = Shop::with(1, &[]);
    let path = connect(&shop);
    let visitor = visit(&shop, 0);
    told(
        &shop,
        &path,
        &notification!("without_phone").replace("@code@", &visitor.code),
    );
    let lead_now = lead(&shop, &visitor.code);
    assert_eq!(
        (&lead_now["phone"], &lead_now["status"]),
        (&Value::Null, &json!("contacted"))
    );
    told(&shop, &path, &notification!("text").replace("[@code@]", "terima kasih"));
    assert_eq!(lead(&shop, &visitor.code)["phone"], "6281234567890");
    assert_eq!(shop.leads().len(), 1);
}

#[test]
fn two_visitors_of_one_whatsapp_identity_are_one_lead() {
    let shop = Shop::with(1, &[]);
    let path = connect(&shop);
    let (one, other) = (visit(&shop, 0), visit(&shop, 1));
    for (n, code) in [&one.code, &other.code].into_iter().enumerate() {
        let body = notification!("text").replace("@code@", code);
        told(&shop, &path, &body.replace("wamid.", &format!("wamid.{n}")));
    }
    assert_eq!(shop.leads().len(), 1);
    assert_eq!(lead(&shop, &one.code)["id"], lead(&shop, &other.code)["id"]);
}

#[test]
fn strangers_make_no_lead_unless_an_ad_brought_them() {
    let shop = Shop::with(1, &[]);
    let path = connect(&shop);
    told(&shop, &path, &notification!("text").replace("[@code@]", "halo"));
    // A code that was never given out is nobody's.
    told(
        &shop,
        &path,
        &notification!("text")
            .replace("@code@", "0000000")
            .replace("wamid.", "wamid.2"),
    );
    assert_nobody(&shop);
    told(&shop, &path, &notification!("from_ad").replace("[@code@]", ""));
    let leads = shop.leads();
    assert_eq!((leads.len(), &leads[0]["name"]), (1, &json!("Siti Rahmawati")));
    let timeline = shop.get(&format!("/leads/{}/timeline", leads[0]["id"].as_str().unwrap()));
    assert!(
        timeline.to_string().contains("Aff-n8ZTODiE79d22KtAwQKj9e"),
        "{timeline}"
    );
}

#[test]
fn a_hand_set_name_and_a_further_status_stay() {
    let shop = Shop::with(1, &[]);
    let path = connect(&shop);
    let visitor = visit(&shop, 0);
    shop.patch(
        &format!("/leads/{}", visitor.code),
        json!({ "name": "Bu Siti", "status": "won" }),
    );
    told(&shop, &path, &notification!("text").replace("@code@", &visitor.code));
    let lead = lead(&shop, &visitor.code);
    assert_eq!((&lead["name"], &lead["status"]), (&json!("Bu Siti"), &json!("won")));
}

#[test]
fn media_unknown_types_statuses_and_other_numbers_are_counted_and_break_nothing() {
    let shop = Shop::with(1, &[]);
    let path = connect(&shop);
    let visitor = visit(&shop, 0);
    let elsewhere = notification!("text")
        .replace("106540352242922", "999")
        .replace("@code@", &visitor.code);
    told(&shop, &path, &elsewhere);
    assert_eq!(lead(&shop, &visitor.code)["status"], "new");
    told(&shop, &path, notification!("statuses"));
    told(
        &shop,
        &path,
        &notification!("media_and_unknown").replace("@code@", &visitor.code),
    );
    for odd in [
        "",
        "[]",
        "{}",
        "{\"object\":\"page\"}",
        "{\"object\":\"whatsapp_business_account\",\"entry\":7}",
    ] {
        told(&shop, &path, odd);
    }
    let shown = shop.get("/whatsapp");
    assert_eq!((&shown["messages"], &shown["statuses"]), (&json!(6), &json!(1)));
    assert_eq!(shown["others"], 1 + 1 + 1 + 4);
    assert_eq!(
        lead(&shop, &visitor.code)["status"],
        "contacted",
        "by the caption of a picture"
    );
}

#[test]
fn what_is_not_signed_by_the_app_is_refused_and_counted() {
    let shop = Shop::with(1, &[]);
    let path = connect(&shop);
    let visitor = visit(&shop, 0);
    let body = notification!("text").replace("@code@", &visitor.code);
    let unsigned = post(&path, "application/json", &body);
    let mut changed = signed(&path, &body);
    changed.body = body.replace("Siti", "Tina");
    let sha1 = unsigned.clone().header("X-Hub-Signature", "sha1=00");
    for request in [unsigned, changed, sha1] {
        assert_refused(&shop.server.ask(&request), 403);
    }
    assert_eq!(lead(&shop, &visitor.code)["name_source"], "auto");
    assert_eq!(shop.get("/whatsapp")["refused"], 3);
    assert_refused(&shop.server.ask(&signed("/hooks/whatsapp/x", &body)), 404);
}
