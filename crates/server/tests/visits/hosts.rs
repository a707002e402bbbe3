//! Which host, which link, and whose address.

use crate::common::{
    http::get,
    shop::{Shop, add_workspace},
};
use serde_json::json;

const ORPHANS: &str = "konektor_orphan_hits_total";

#[test]
fn a_workspaces_own_host_works() {
    let shop = Shop::open();
    shop.post("/hosts", json!({ "host": "wa.kopi.example" }));
    for (n, host) in [
        "wa.kopi.example",
        "WA.Kopi.Example",
        "wa.kopi.example:8443",
        "wa.kopi.example.",
    ]
    .iter()
    .enumerate()
    {
        let answer = shop.server.ask(&get(&format!("/wa/promo?utm_content={n}")).host(host));
        assert_eq!(answer.status, 302, "{host}");
        assert!(answer.cookie().starts_with("visitor_code="), "nobody else is on it");
    }
    assert_eq!(shop.server.metric(ORPHANS), 0);
}

#[test]
fn an_unknown_host_or_slug_is_404_without_a_cookie_and_counted() {
    let shop = Shop::open();
    let (_, key) = add_workspace(shop.data(), "Toko Batik");
    let host = json!({ "host": "wa.batik.example" });
    shop.server.api(&key, "POST", "/hosts", Some(&host));
    let unknown = [
        get("/wa/promo").host("evil.example"),
        get("/wa/promo").host("127.0.0.1.evil.example"),
        get("/wa/promo").host(""),
        get("/wa/promo").host("wa.batik.example"), // another workspace's host
        get("/wa/promos"),
        get("/wa/promo/").host("evil.example"),
        get("/wa/promo//"),
        get("/wa/%2570romo"),
        get("/wa/"),
    ];
    for request in &unknown {
        let answer = shop.server.ask(request);
        assert_eq!(answer.status, 404, "{request:?}");
        assert!(!answer.sets_cookie());
        assert!(!answer.text().contains("evil"), "nothing of the request is echoed");
    }
    assert_eq!(shop.server.metric(ORPHANS), unknown.len() as u64);
    assert!(shop.has_counted_nobody());
}

#[test]
fn a_slug_is_read_in_any_case_with_one_slash_and_decoded_once() {
    let shop = Shop::open();
    for path in [
        "/wa/promo",
        "/wa/PROMO",
        "/wa/Promo/",
        "/wa/%70rom%6F",
        "/wa/promo/?x=1",
    ] {
        assert_eq!(shop.server.ask(&get(path)).status, 302, "{path}");
    }
}

#[test]
fn the_forwarded_address_is_believed_from_trusted_proxies_only() {
    let forwarded = get("/wa/promo").header("X-Forwarded-For", "8.8.8.8, 203.0.113.7");
    for (settings, ip) in [
        (&[][..], "127.0.0.1"),
        (&[("KONEKTOR_TRUSTED_PROXIES", "10.0.0.0/8")], "127.0.0.1"),
        (&[("KONEKTOR_TRUSTED_PROXIES", "127.0.0.0/8")], "203.0.113.7"),
        (&[("KONEKTOR_TRUSTED_PROXIES", "127.0.0.1, 203.0.113.0/24")], "8.8.8.8"),
    ] {
        let shop = Shop::with(1, settings);
        let answer = shop.server.ask(&forwarded);
        assert_eq!(shop.lead_of(&answer)["ip"], ip, "{settings:?}");
    }
}

#[test]
fn a_flooded_request_still_gets_its_302_but_makes_no_lead() {
    let shop = Shop::with(
        2,
        &[
            ("KONEKTOR_TRUSTED_PROXIES", "127.0.0.1"),
            ("KONEKTOR_FLOOD_ADDRESS_PER_MINUTE", "5"),
        ],
    );
    let mut connection = shop.server.connect();
    let mut visit = |query: String| {
        let request = get(&format!("/wa/promo?{query}")).header("X-Forwarded-For", "203.0.113.7");
        connection.ask(&request).expect("an answer")
    };
    let answers: Vec<_> = (0..20).map(|n| visit(format!("utm_content={n}"))).collect();
    assert!(answers.iter().all(|answer| answer.status == 302));
    let leads = answers.iter().filter(|answer| answer.sets_cookie()).count();
    assert!((5..=6).contains(&leads), "{leads}");
    assert_eq!(shop.leads_stored() as usize, leads);
    // Carriers put thousands of people behind one address: with a click ID of their own they are people.
    for n in 0..100 {
        assert!(visit(format!("gclid=Carrier{n}")).sets_cookie());
    }
    assert_eq!(shop.leads_stored() as usize, leads + 100);
}

#[test]
fn a_proxy_may_get_certificates_for_the_hosts_of_workspaces_and_the_servers_own_and_only_operators_may_ask() {
    let shop = Shop::with(1, &[("KONEKTOR_PUBLIC_URL", "https://go.example.com")]);
    let status = |domain: &str| {
        let path = format!("/internal/tls-allow?domain={domain}");
        shop.server.ask_operators(&path).status
    };
    assert_eq!(status("go.example.com"), 200);
    assert_eq!(status("wa.kopi.example"), 404);
    let added = shop.post("/hosts", json!({ "host": "wa.kopi.example" }));
    assert_eq!(status("wa.kopi.example"), 200, "from the next request on");
    assert_eq!(status("WA.KOPI.EXAMPLE"), 200);
    for unknown in [
        "evil.example",
        "kopi.example",
        "a.wa.kopi.example",
        "localhost",
        "",
        "127.0.0.1",
        "%00",
        "*",
    ] {
        assert_eq!(status(unknown), 404, "{unknown:?}");
    }
    assert_eq!(shop.server.ask_operators("/internal/tls-allow").status, 400);
    let public = shop.server.ask(&get("/internal/tls-allow?domain=go.example.com"));
    assert_eq!(
        public.status, 404,
        "not where visitors come, and no page of the dashboard that would allow anything"
    );
    assert_eq!(added["host"], "wa.kopi.example");
}
