//! Test links: what a new visitor would get, and no trace of having looked.

use crate::common::{
    database,
    http::{Request, get},
    shop::Shop,
    wait_for,
};
use konektor::{click::test_link::PARAMETER, secrets};
use konektor_core::{ids::RotatorId, time::UnixMs};
use konektor_store::model::Installation;
use serde_json::json;

const SECRET: &str = "5ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2";

/// The query of a fresh test link of a rotator.
fn query(shop: &Shop, rotator: &str) -> String {
    let made = shop.post(&format!("/rotators/{rotator}/test-link"), json!({}));
    let url = made["url"].as_str().expect("a link").to_owned();
    let (_, query) = url.split_once('?').expect("a query");
    assert!(query.starts_with(PARAMETER), "{query}");
    query.to_owned()
}

/// A query that was signed for an hour which is long over, by the keys of the server itself.
fn expired(shop: &Shop) -> String {
    let installation = Installation {
        fingerprint_key: [0; 16],
        signing_salts: vec![database::signing_salt(shop.data())],
    };
    let links = secrets::test_links(&secrets::parse(SECRET).expect("hex"), &installation);
    let rotator: RotatorId = shop.rotator.parse().expect("a number");
    let sign = |until| format!("{PARAMETER}={}", links.sign(rotator, until));
    let (old, new) = (sign(UnixMs(1_786_932_000_000)), sign(UnixMs(4_000_000_000_000)));
    assert!(
        !shop.server.ask(&get(&format!("/wa/promo?{new}"))).sets_cookie(),
        "the keys are right"
    );
    old
}

#[test]
fn a_test_link_shows_what_a_new_visitor_would_get_and_leaves_no_trace() {
    let shop = Shop::open();
    let link = format!("/wa/promo?{}", query(&shop, &shop.rotator));
    let machine = |request: Request| request.user_agent("curl/8.5.0");
    let looks = [
        get(&link),
        get(&format!("{link}&gclid=NotAClick&utm_campaign=x")),
        machine(get(&link)),
        get(&link).method("HEAD"),
        get(&link).header("Sec-Fetch-Mode", "no-cors"),
        get(&link),
    ];
    let mut codes = Vec::new();
    for look in &looks {
        let answer = shop.server.ask(look);
        assert_eq!(
            answer.digits(),
            shop.agents[0].digits,
            "the one who is next, again and again"
        );
        assert!(!answer.sets_cookie());
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        codes.push(answer.code().to_owned());
    }
    codes.dedup();
    assert_eq!(codes.len(), 1, "an example of a code");
    assert!(shop.has_counted_nobody());

    let machine = shop.server.ask(&machine(get("/wa/promo")));
    assert!(!machine.sets_cookie());
    let visitor = shop.server.ask(&get("/wa/promo?gclid=First"));
    assert_eq!(visitor.digits(), shop.agents[0].digits, "no turn was used");
    assert_ne!(visitor.code(), codes[0]);
    let again = shop.server.ask(&get(&link).cookie(visitor.cookie()));
    assert_eq!(
        again.digits(),
        shop.agents[1].digits,
        "whoever looks is shown what somebody new would get"
    );
    assert!(!again.sets_cookie());

    let report = wait_for("the counts", || {
        let report = shop.get("/reports/screening");
        (report["total"].as_u64() >= Some(1)).then_some(report)
    });
    assert_eq!(
        report["total"], 1,
        "of all requests only that of the machine without a signature: {report}"
    );
    assert_eq!(shop.lead_with_clicks(visitor.code(), 1)["click_count"], 1);
    assert_eq!(
        (shop.leads_stored(), shop.clicks_stored(), shop.turns_given()),
        (1, 1, 1)
    );
    assert_eq!(shop.server.metric("konektor_clicks_total"), 1);
}

#[test]
fn a_test_link_of_a_closed_rotator_shows_the_page() {
    let shop = Shop::with(1, &[]);
    shop.patch_agent(0, json!({ "active": false }));
    let answer = shop
        .server
        .ask(&get(&format!("/wa/promo?{}", query(&shop, &shop.rotator))));
    assert_eq!((answer.status, answer.sets_cookie()), (200, false));
    assert!(answer.text().contains("We are closed"), "{}", answer.text());
    assert!(shop.has_counted_nobody());
}

#[test]
fn an_expired_forged_or_foreign_signature_is_a_visit_like_any_other() {
    let shop = Shop::with(2, &[("KONEKTOR_SECRET_KEY", SECRET)]);
    let bio = shop.post("/rotators", json!({ "slug": "bio" }));
    let foreign = query(&shop, bio["id"].as_str().expect("an id"));
    let genuine = query(&shop, &shop.rotator);
    let longer = genuine.replacen('.', "9.", 1);
    let no_signatures = [
        expired(&shop),
        foreign,
        longer,
        format!("{genuine}x"),
        format!("{PARAMETER}="),
        PARAMETER.to_owned(),
    ];
    for (n, query) in no_signatures.iter().enumerate() {
        let answer = shop.server.ask(&get(&format!("/wa/promo?{query}&gclid=Ad{n}")));
        assert!(answer.sets_cookie(), "{query}");
        let lead = shop.lead_of(&answer);
        assert_eq!(lead["first_touch"]["click_ids"]["gclid"], format!("Ad{n}"), "{query}");
    }
    let visits = no_signatures.len();
    assert_eq!(
        (shop.leads_stored() as usize, shop.turns_given() as usize),
        (visits, visits)
    );
}
