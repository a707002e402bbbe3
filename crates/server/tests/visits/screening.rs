//! Is this a person? Every kind of machine leaves no trace but a count, every kind of phone is a lead.

use crate::common::{
    http::{Request, get},
    shop::Shop,
    wait_for,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Rows of a table whose first line is a comment.
fn rows(fixture: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    let lines = fixture
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split('\t').collect())
}

/// Requests that are not people's, with the reason.
fn not_people() -> Vec<(&'static str, Request)> {
    let promo = || get("/wa/promo?gclid=SeenByMachines&utm_source=google");
    let with = |name: &str, value: &str| promo().header(name, value);
    let by_user_agent = rows(include_str!("../../../core/tests/fixtures/not_people.tsv"));
    let mut all: Vec<_> = by_user_agent.map(|row| (row[0], promo().user_agent(row[1]))).collect();
    for (name, value) in [
        ("Sec-Purpose", "prefetch"),
        ("Sec-Purpose", "prefetch;prerender"),
        ("Sec-Purpose", "Prefetch;anonymous-client-ip"),
        ("Purpose", "prefetch"),
        ("purpose", "Preview"),
        ("X-Purpose", "preview"),
        ("X-Moz", "PREFETCH"),
    ] {
        all.push(("prefetch", with(name, value)));
    }
    for (name, value) in [
        ("Sec-Fetch-Mode", "no-cors"),
        ("Sec-Fetch-Mode", "cors"),
        ("Sec-Fetch-Mode", "nested-navigate"),
        ("Sec-Fetch-Dest", "image"),
        ("Sec-Fetch-Dest", "iframe"),
        ("Sec-Fetch-Dest", "empty"),
    ] {
        all.push(("subresource", with(name, value)));
    }
    all.push(("head", promo().method("HEAD")));
    all.push(("head", promo().method("HEAD").user_agent("curl/8.5.0")));
    all.push(("no_user_agent", promo().user_agent("")));
    let unnamed = Request {
        user_agent: None,
        ..promo()
    };
    all.push(("no_user_agent", unnamed));
    all
}

/// Counts of the report, by reason.
fn counted(report: &Value) -> BTreeMap<String, u64> {
    let rows = report["rows"].as_array().expect("a list").iter();
    rows.map(|row| {
        (
            row["reason"].as_str().expect("a word").to_owned(),
            row["count"].as_u64().expect("a number"),
        )
    })
    .collect()
}

#[test]
fn not_human_means_no_lead_no_click_no_turn_no_cookie_but_a_count() {
    let shop = Shop::open();
    let digits: Vec<_> = shop.agents.iter().map(|agent| agent.digits.as_str()).collect();
    let mut connection = shop.server.connect();
    let mut expected = BTreeMap::new();
    let not_people = not_people();
    assert!(not_people.len() >= 60);
    for (reason, request) in &not_people {
        let answer = connection.ask(request).expect("an answer");
        assert!(!answer.sets_cookie(), "{request:?}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        if *reason == "prefetch" {
            assert_eq!((answer.status, &answer.body[..]), (503, &b""[..]), "{request:?}");
            assert_eq!(answer.header("location"), None);
        } else {
            assert!(digits.contains(&answer.digits()), "no cloaking: {answer:?}");
        }
        *expected.entry((*reason).to_owned()).or_default() += 1;
    }
    let report = wait_for("the counts", || {
        let report = shop.get("/reports/screening");
        (report["total"].as_u64() >= Some(not_people.len() as u64)).then_some(report)
    });
    assert_eq!(counted(&report), expected);
    assert!(
        report["samples"].as_array().expect("a list").len() >= expected.len(),
        "a sample of each kind"
    );
    assert!(shop.has_counted_nobody());
}

#[test]
fn not_human_means_an_existing_lead_is_not_touched() {
    let shop = Shop::open();
    let person = shop.server.ask(&get("/wa/promo?utm_source=ig"));
    let before = shop.lead_with_clicks(person.code(), 1);
    let not_people = not_people();
    let mut connection = shop.server.connect();
    for (_, request) in &not_people {
        let answer = connection
            .ask(&request.clone().cookie(person.cookie()))
            .expect("an answer");
        assert!(!answer.sets_cookie());
    }
    wait_for("the counts", || {
        (shop.get("/reports/screening")["total"].as_u64()? >= not_people.len() as u64).then_some(())
    });
    assert_eq!(shop.lead_of(&person), before);
    assert_eq!((shop.clicks_stored(), shop.turns_given()), (1, 1));
}

#[test]
fn in_app_browsers_and_phones_are_people() {
    let shop = Shop::open();
    let people: Vec<_> = rows(include_str!("../../../core/tests/fixtures/people.tsv")).collect();
    assert!(people.len() >= 60);
    let mut connection = shop.server.connect();
    for (n, row) in people.iter().enumerate() {
        let request = get(&format!("/wa/promo?gclid=Person{n}")).user_agent(row[3]);
        let request = request
            .header("Sec-Fetch-Mode", "navigate")
            .header("Sec-Fetch-Dest", "document");
        let answer = connection.ask(&request).expect("an answer");
        assert_eq!(answer.digits(), shop.agents[n % 3].digits, "{}", row[3]);
        assert!(answer.sets_cookie(), "{}", row[3]);
    }
    let count = people.len() as i64;
    assert_eq!((shop.leads_stored(), shop.clicks_stored()), (count, count));
    assert_eq!(shop.turns_given(), count as u64);
    assert!(shop.turns().iter().all(|(_, within_bound)| *within_bound));
    let in_apps: Vec<_> = people.iter().filter(|row| row[0] != "-").map(|row| row[0]).collect();
    let leads = shop.leads();
    let shown: Vec<_> = leads.iter().rev().filter_map(|lead| lead["in_app"].as_str()).collect();
    assert_eq!(shown, in_apps, "the lead says in which app it was");
}

#[test]
fn an_app_that_was_taken_for_a_bot_is_a_person_once_somebody_said_so() {
    let shop = Shop::open();
    let app = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36 TokoBot/2.1";
    let visit = |n: u32| get(&format!("/wa/promo?gclid=App{n}")).user_agent(app);
    assert!(!shop.server.ask(&visit(1)).sets_cookie());
    let sample = wait_for("the sample", || {
        let report = shop.get("/reports/screening");
        report["samples"].as_array()?.first().cloned()
    });
    assert_eq!(sample["teaches"], json!({ "kind": "user_agent", "value": "TokoBot" }));
    shop.post("/screening-rules", sample["teaches"].clone());
    assert!(shop.server.ask(&visit(2)).sets_cookie(), "from the next click on");
    for known in [
        "facebookexternalhit/1.1",
        "WhatsApp/2.23.20.0 A",
        "Googlebot/2.1 TokoBot/2.1",
    ] {
        assert!(
            !shop.server.ask(&get("/wa/promo").user_agent(known)).sets_cookie(),
            "{known}"
        );
    }
    let prefetched = visit(3).header("Sec-Purpose", "prefetch");
    assert_eq!(shop.server.ask(&prefetched).status, 503);
    assert_eq!((shop.leads_stored(), shop.clicks_stored()), (1, 1));
}

#[test]
fn a_prefetch_is_not_answered_and_the_real_tap_after_it_counts() {
    let shop = Shop::open();
    let link = get("/wa/promo?gclid=TappedAfterPrefetch");
    let ahead = shop.server.ask(&link.clone().header("Sec-Purpose", "prefetch"));
    assert_eq!((ahead.status, ahead.body.len()), (503, 0));
    assert_eq!(ahead.header("cache-control"), Some("no-store"));
    assert!(!ahead.sets_cookie());
    let tap = shop.server.ask(&link);
    assert_eq!(tap.digits(), shop.agents[0].digits, "the prefetch used no turn");
    assert_eq!(shop.clicks_stored(), 1);
}

#[test]
fn a_preview_gets_the_open_graph_page_where_one_is_set() {
    let shop = Shop::open();
    let preview = get("/wa/promo").user_agent("WhatsApp/2.23.20.0 A");
    assert_eq!(
        shop.server.ask(&preview).status,
        302,
        "without a title, what a person gets"
    );

    let page =
        json!({ "title": "Promo <Lebaran> & \"Gajian\"", "text": "Diskon 50%", "logo_url": "https://a.example/l.png" });
    shop.patch_rotator(json!({ "page": page }));
    let answer = shop.server.ask(&preview);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(!answer.sets_cookie());
    let html = answer.text();
    for tag in [
        r##"<meta property="og:title" content="Promo &#60;Lebaran&#62; &#38; &#34;Gajian&#34;">"##,
        r#"<meta property="og:description" content="Diskon 50%">"#,
        r#"<meta property="og:image" content="https://a.example/l.png">"#,
    ] {
        assert!(html.contains(tag), "{tag} in {html}");
    }
    assert_eq!(
        shop.server.ask(&get("/wa/promo")).status,
        302,
        "a person is sent on all the same"
    );
    assert_eq!(shop.clicks_stored(), 1);
}
