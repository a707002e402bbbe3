//! Privacy mode `strict`: no cookie, no address and no click ID without consent. SPEC section 12.

use crate::common::{
    database,
    http::{Answer, get},
    shop::Shop,
};
use serde_json::json;

const ADDRESS: &str = "36.77.101.9";

fn open() -> Shop {
    let shop = Shop::with(1, &[("KONEKTOR_TRUSTED_PROXIES", "127.0.0.1")]);
    shop.patch("/workspace", json!({ "privacy_mode": "strict" }));
    shop
}

fn visit(shop: &Shop, query: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = get(&format!("/wa/promo?{query}")).header("X-Forwarded-For", ADDRESS);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let answer = shop.server.ask(&request);
    assert_eq!(answer.status, 302, "{answer:?}");
    answer
}

/// The facts of the latest click.
fn latest(shop: &Shop) -> String {
    let sql = "SELECT facts FROM clicks ORDER BY id DESC LIMIT 1";
    let [[facts]] = &database::rows(shop.data(), sql)[..] else {
        panic!("there is no click");
    };
    facts.clone().expect("facts are never NULL")
}

#[test]
fn who_has_not_consented_gets_an_agent_and_a_lead_and_nothing_is_kept_by_which_they_could_be_found() {
    let shop = open();
    let pixel = ("Cookie", "_fbp=fb.1.1700000000000.987654321");
    let refused = ("Sec-GPC", "1");
    for (query, headers) in [
        ("fbclid=IwStrict123", &[pixel][..]),
        ("fbclid=IwStrict123&consent=denied", &[pixel]),
        ("fbclid=IwStrict123&consent=granted", &[pixel, refused]),
        (
            "fbclid=IwStrict123&n=4",
            &[("Cookie", "konektor_consent=denied; _fbp=fb.1.1700000000000.987654321")],
        ),
    ] {
        let answer = visit(&shop, query, headers);
        assert_eq!(answer.header("set-cookie"), None, "{query}");
        assert!(!answer.code().is_empty(), "the message has a code all the same");
        let facts = latest(&shop);
        for kept in [ADDRESS, "IwStrict", "987654321"] {
            assert!(!facts.contains(kept), "{query}: {kept} in {facts}");
        }
        assert!(
            facts.contains(r#""platform":"meta""#),
            "that it came by an ad is not about the person: {facts}"
        );
    }
    assert_eq!(shop.leads_stored(), 4, "each is somebody new");
    // A sample would hold all of it.
    shop.server
        .ask(&get("/wa/promo?fbclid=IwStrict123").user_agent("curl/8.0"));
    assert_eq!(shop.get("/leads?limit=1")["items"][0]["ip"], json!(null));
}

#[test]
fn who_has_consented_is_treated_as_usual_and_an_old_cookie_is_not_read_without_consent() {
    let shop = open();
    let known = visit(&shop, "fbclid=IwStrict123&consent=granted", &[]);
    let facts = latest(&shop);
    assert!(facts.contains(ADDRESS) && facts.contains("IwStrict123"), "{facts}");
    let cookie = known.cookie().to_owned();
    let consents = format!("{cookie}; konektor_consent=granted");
    let back = visit(&shop, "utm_source=back", &[("Cookie", &consents)]);
    assert_eq!(back.code(), known.code());
    let silent = visit(&shop, "utm_source=silent", &[("Cookie", &cookie)]);
    assert_ne!(silent.code(), known.code());
    assert_eq!(silent.header("set-cookie"), None);

    shop.patch("/workspace", json!({ "privacy_mode": "off" }));
    let usual = visit(&shop, "utm_source=usual", &[("Cookie", &cookie)]);
    assert_eq!(usual.code(), known.code(), "the mode takes effect at once");
}
