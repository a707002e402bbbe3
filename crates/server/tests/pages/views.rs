//! The page, looked at.

use crate::{
    common::{
        http::{Answer, PHONE, get},
        wait_for,
    },
    stand::{Stand, press, token, usual_form},
};
use serde_json::{Value, json};

const WITH_AD: &str = "/wa/promo?gclid=Cj0-page&utm_source=google";

#[test]
fn a_view_is_counted_and_nothing_else() {
    let stand = Stand::open(usual_form());
    for _ in 0..3 {
        let page = stand.page(WITH_AD);
        assert!(!page.sets_cookie());
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        assert_eq!(page.header("x-robots-tag"), Some("noindex"));
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
        let policy = page.header("content-security-policy").expect("a policy");
        assert!(
            policy.contains("script-src 'self'") && !policy.contains("unsafe"),
            "{policy}"
        );
        let html = page.text();
        for part in [
            "Toko Kopi",
            "Promo Lebaran",
            "Diskon 20%",
            "<form method=\"post\">",
            "Saya setuju dihubungi",
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
    }
    stand.views(3);
    assert!(stand.shop.has_counted_nobody());
    let rotators = stand.shop.get("/reports/rotators");
    assert_eq!(
        (&rotators["rows"][0]["views"], &rotators["rows"][0]["clicks"]),
        (&json!(3), &json!(0))
    );
}

#[test]
fn who_is_not_a_person_sees_the_same_page_and_is_no_view() {
    let stand = Stand::open(Value::Null);
    let seen = |page: &Answer| page.text().replace(&token(page), "");
    let page = stand.page(WITH_AD);
    let ask = |user_agent: &str| stand.shop.server.ask(&get(WITH_AD).user_agent(user_agent));
    let bot = ask("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)");
    assert_eq!((bot.status, seen(&bot)), (200, seen(&page)), "no cloaking");
    assert!(!bot.sets_cookie());

    let preview = ask("WhatsApp/2.23.20.0 A");
    assert!(
        preview.text().contains("og:title\" content=\"Promo Lebaran\""),
        "{preview:?}"
    );
    let prefetch = stand.shop.server.ask(&get(WITH_AD).header("Sec-Purpose", "prefetch"));
    assert_eq!((prefetch.status, prefetch.body.len()), (503, 0));
    let mut connection = stand.shop.server.connect();
    let head = connection.ask(&get(WITH_AD).method("HEAD")).expect("an answer");
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(connection.ask(&get(WITH_AD)).expect("in step").status, 200);

    wait_for("the counts", || {
        (stand.shop.get("/reports/screening")["total"] == 4).then_some(())
    });
    stand.views(2);
    assert!(stand.shop.has_counted_nobody());
}

#[test]
fn the_page_speaks_the_visitors_language_or_the_one_that_was_chosen() {
    let stand = Stand::open(Value::Null);
    let lang = |accepted: &str| {
        let page = stand
            .shop
            .server
            .ask(&get("/wa/promo").header("Accept-Language", accepted));
        let html = page.text();
        let is_indonesian = html.contains("<html lang=\"id\">");
        assert_eq!(html.contains(">Chat di WhatsApp<"), is_indonesian, "{html}");
        is_indonesian
    };
    assert!(lang("id-ID,id;q=0.9,en;q=0.8"));
    assert!(!lang("en-GB,en;q=0.9"));
    assert!(!lang("fr-FR,fr;q=0.9"));
    stand.shop.patch_rotator(json!({ "page": { "language": "id" } }));
    assert!(lang("en-GB,en;q=0.9"));
}

#[test]
fn its_script_has_its_content_in_its_address_and_is_kept_for_ever() {
    let stand = Stand::open(Value::Null);
    let html = stand.page("/wa/promo").text();
    let (_, rest) = html.split_once("<script src=\"").expect("one script");
    let path = rest.split('"').next().expect("an address");
    assert!(path.starts_with("/wa/page.") && path.ends_with(".js"), "{path}");
    let script = stand.shop.server.ask(&get(path));
    assert_eq!(script.status, 200);
    assert_eq!(script.header("content-type"), Some("text/javascript; charset=utf-8"));
    assert_eq!(
        script.header("cache-control"),
        Some("public, max-age=31536000, immutable")
    );
    assert!(
        script.text().contains("timeZone") && script.body.len() < 200,
        "{}",
        script.text()
    );
    assert_eq!(stand.shop.server.ask(&get("/wa/page.000000000000.js")).status, 404);
}

#[test]
fn the_page_is_lighter_than_fifteen_kilobytes_with_the_longest_texts_that_are_allowed() {
    let stand = Stand::open(Value::Null);
    let longest = |text: &str, characters: usize| text.repeat(characters);
    let page = |fields: usize| {
        let field = |n: usize| {
            let name = format!("{n:02}{}", longest("ä", 38));
            json!({ "name": name, "label": longest("&", 100), "type": "long_text", "required": n.is_multiple_of(2) })
        };
        json!({
            "brand": longest("\"", 80), "title": longest("<", 150), "text": longest("😀", 500), "button": longest("&", 40),
            "logo_url": format!("https://a.id/{}", longest("x", 480)), "accent": "#fffde7", "background": "#111111",
            "picture_url": format!("https://a.id/{}", longest("y", 480)),
            "form": { "fields": (0..fields).map(field).collect::<Vec<_>>(), "consent": longest("'", 500) },
        })
    };
    // As much as is taken: one field less each time.
    let taken = (1..=12).rev().find(|&fields| {
        let body = json!({ "page": page(fields) });
        let request = crate::common::http::api(
            &stand.shop.key,
            "PATCH",
            &format!("/rotators/{}", stand.shop.rotator),
            Some(&body),
        );
        let answer = stand.shop.server.ask(&request);
        assert!([200, 422].contains(&answer.status), "{answer:?}");
        answer.status == 200
    });
    assert!(taken.is_some_and(|fields| fields >= 3), "{taken:?}");
    for language in ["id", "en"] {
        let page = stand
            .shop
            .server
            .ask(&get("/wa/promo").header("Accept-Language", language));
        let headers: usize = page
            .headers
            .iter()
            .map(|(name, value)| name.len() + value.len() + 4)
            .sum();
        let script = 200;
        let bytes = page.body.len() + headers + script;
        assert!(
            (10_000..16_000).contains(&bytes) && page.body.len() + script < 15_000,
            "{bytes}"
        );
    }
}

#[test]
fn a_test_link_shows_the_page_and_its_button_leaves_no_trace() {
    let stand = Stand::open(usual_form());
    let made = stand
        .shop
        .post(&format!("/rotators/{}/test-link", stand.shop.rotator), json!({}));
    let url = made["url"].as_str().expect("a link");
    let target = &url[url.find("/wa/").expect("a link")..];
    let page = stand.page(target);
    let pressed = stand
        .shop
        .server
        .ask(&press(target, &token(&page), &[("name", "Budi")]));
    assert_eq!((pressed.status, pressed.digits()), (303, &*stand.shop.agents[0].digits));
    assert!(!pressed.sets_cookie());
    // A person comes first all the same.
    let person = stand.shop.server.ask(&press("/wa/promo", "", &[]).user_agent(PHONE));
    assert_eq!(person.digits(), stand.shop.agents[0].digits);
    assert_eq!(stand.shop.clicks_stored(), 1);
    stand.outcomes(1);
    stand.views(0);
}
