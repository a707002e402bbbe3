//! The cookie: whom it recognises, whom it does not, and how it is set.

use crate::common::{
    http::get,
    shop::{Shop, add_workspace},
};
use serde_json::json;

/// Requests differ in this, so that none is a double tap of another.
fn link(n: usize) -> crate::common::http::Request {
    get(&format!("/wa/promo?utm_content={n}"))
}

#[test]
fn a_forged_cut_or_bit_flipped_cookie_is_no_cookie_and_no_error() {
    let shop = Shop::open();
    let known = shop.server.ask(&link(0));
    let (name, value) = known.cookie().split_once('=').expect("a cookie");
    assert_eq!(name, "visitor_code");
    let flipped = (0..value.len()).map(|position| {
        let mut bytes = value.as_bytes().to_vec();
        bytes[position] ^= 1;
        String::from_utf8(bytes).expect("ASCII")
    });
    let cut = (0..value.len()).step_by(5).map(|length| value[..length].to_owned());
    let code = known.code();
    let forged = [
        code.to_owned(),
        format!("{code}.20000.1.AAAAAAAAAAAAAAAAAAAAAA"),
        format!("{value}A"),
        format!("{value}.{value}"),
        "....".to_owned(),
        "%00%0d%0a".to_owned(),
        "9".repeat(4_000),
        "\u{1F600}".to_owned(),
    ];
    let mut connection = shop.server.connect();
    let mut visitors = 1;
    for value in flipped.chain(cut).chain(forged) {
        let answer = connection
            .ask(&link(visitors).cookie(&format!("{name}={value}")))
            .expect("an answer");
        assert_ne!(answer.code(), code, "{value}");
        assert!(
            answer.sets_cookie(),
            "a new visitor gets a cookie of their own: {value}"
        );
        visitors += 1;
    }
    assert_eq!(shop.leads_stored() as usize, visitors);
    assert_eq!(shop.lead_with_clicks(code, 1)["code"], code);
}

#[test]
fn of_several_cookies_of_one_name_the_valid_one_issued_first_wins() {
    let shop = Shop::open();
    let (first, second) = (shop.server.ask(&link(0)), shop.server.ask(&link(1)));
    let (one, two) = (first.cookie(), second.cookie());
    for (n, (cookies, expected)) in [
        (format!("visitor_code=junk; {one}"), first.code()),
        (format!("{one}; visitor_code=junk"), first.code()),
        (format!("theme=dark; {two}; lang=id"), second.code()),
        // Issued on the same day: the one that the browser names first.
        (format!("{one}; {two}"), first.code()),
        (format!("{two};{one}"), second.code()),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = shop.server.ask(&link(10 + n).cookie(&cookies));
        assert_eq!(answer.code(), expected, "{cookies}");
    }
    let two_lines = link(20).cookie("visitor_code=junk").cookie(two);
    assert_eq!(shop.server.ask(&two_lines).code(), second.code());
    assert_eq!(shop.leads_stored(), 2);
}

#[test]
fn the_cookie_is_bound_to_https_when_a_trusted_proxy_says_so() {
    let shop = Shop::with(1, &[("KONEKTOR_TRUSTED_PROXIES", "127.0.0.1/32")]);
    let https = |n| link(n).header("X-Forwarded-Proto", "https");
    let first = shop.server.ask(&https(0));
    let (name, attributes) = (
        first.cookie().split('=').next(),
        first.header("set-cookie").expect("a cookie"),
    );
    assert_eq!(name, Some("__Host-visitor_code"));
    let mut attributes: Vec<_> = attributes.split("; ").skip(1).collect();
    attributes.sort_unstable();
    assert_eq!(
        attributes,
        ["HttpOnly", "Max-Age=34560000", "Path=/", "SameSite=Lax", "Secure"]
    );
    assert_eq!(shop.server.ask(&https(1).cookie(first.cookie())).code(), first.code());

    let plain = shop.server.ask(&link(2).header("X-Forwarded-Proto", "http"));
    let attributes = plain.header("set-cookie").expect("a cookie");
    assert!(
        attributes.starts_with("visitor_code=") && !attributes.contains("Secure"),
        "{attributes}"
    );
}

#[test]
fn nobody_else_is_believed_about_https() {
    let shop = Shop::with(1, &[]);
    let answer = shop.server.ask(&link(0).header("X-Forwarded-Proto", "https"));
    assert!(answer.cookie().starts_with("visitor_code="));
}

#[test]
fn on_a_shared_host_each_workspace_has_a_cookie_of_its_own() {
    let shop = Shop::open();
    let (workspace, key) = add_workspace(shop.data(), "Toko Batik");
    let server = &shop.server;
    let agent = server.api(
        &key,
        "POST",
        "/agents",
        Some(&json!({ "name": "Dewi", "phone": "0812 0000 0099" })),
    );
    let shares = json!({ "slug": "batik", "agents": [{ "agent_id": agent["id"], "weight": 1 }] });
    server.api(&key, "POST", "/rotators", Some(&shares));

    let batik = |n: usize| get(&format!("/wa/batik?utm_content={n}"));
    let (kopi_visit, batik_visit) = (server.ask(&link(0)), server.ask(&batik(0)));
    let (kopi_name, kopi_value) = kopi_visit.cookie().split_once('=').expect("a cookie");
    let (batik_name, batik_value) = batik_visit.cookie().split_once('=').expect("a cookie");
    assert_eq!(kopi_name, "visitor_code");
    assert_eq!(batik_name, format!("visitor_code_{workspace}"));

    let both = format!("{}; {}", kopi_visit.cookie(), batik_visit.cookie());
    assert_eq!(server.ask(&link(1).cookie(&both)).code(), kopi_visit.code());
    assert_eq!(server.ask(&batik(1).cookie(&both)).code(), batik_visit.code());
    let swapped = format!("{kopi_name}={batik_value}; {batik_name}={kopi_value}");
    assert_ne!(server.ask(&link(2).cookie(&swapped)).code(), kopi_visit.code());
    assert_ne!(server.ask(&batik(2).cookie(&swapped)).code(), batik_visit.code());
}
