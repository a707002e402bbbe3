//! Who comes back: the form knows what their own browser typed into it, and nothing that others know of them.

use crate::{
    common::http::{Answer, get},
    stand::{BUDI, Stand, press, token, usual_form},
};
use serde_json::json;

fn page_of(stand: &Stand, cookie: &str) -> Answer {
    let page = stand.shop.server.ask(&get("/wa/promo").cookie(cookie));
    assert_eq!(page.status, 200);
    page
}

#[test]
fn the_form_of_who_comes_back_is_filled_in_and_folded_up() {
    let stand = Stand::open(usual_form());
    let pressed = stand.fill_in("/wa/promo", &BUDI);
    let page = page_of(&stand, pressed.cookie());
    let html = page.text();
    for part in [
        "<details>",
        "<b>Budi Santoso</b>",
        "name=\"phone\" value=\"+6281234567890\"",
        "name=\"email\" value=\"budi@example.com\"",
        "name=\"kota\" value=\"Bandung\"",
        "required checked",
    ] {
        assert!(html.contains(part), "{part} in {html}");
    }
    assert_eq!(page.header("cache-control"), Some("no-store"));

    // Pressed as it is, it says nothing new: neither the timeline nor the counts grow.
    let same = [
        BUDI[0],
        ("phone", "+6281234567890"),
        ("email", "budi@example.com"),
        BUDI[3],
        BUDI[4],
    ];
    let again = press("/wa/promo", &stand.older(&token(&page), 5_000), &same).cookie(pressed.cookie());
    assert_eq!(stand.shop.server.ask(&again).code(), pressed.code());
    let timeline = stand.shop.get(&format!("/leads/{}/timeline", pressed.code()));
    let said = timeline["items"].as_array().expect("a list").iter();
    assert_eq!(
        said.filter(|item| item["kind"] == "submission").count(),
        1,
        "{timeline}"
    );
    assert_eq!(stand.outcomes(1), [("kept".to_owned(), 1)]);
}

#[test]
fn nobody_else_sees_it() {
    let stand = Stand::open(usual_form());
    let pressed = stand.fill_in("/wa/promo", &BUDI);
    let cookie = pressed.cookie();
    let (name, value) = cookie.split_once('=').expect("a cookie");
    let forged = format!("{name}={}", &value[..value.len() - 1]);
    let code = format!("{name}={}", pressed.code());
    for html in [
        stand.page("/wa/promo").text(),
        page_of(&stand, &forged).text(),
        page_of(&stand, &code).text(),
        stand
            .shop
            .server
            .ask(&get("/wa/promo").cookie(cookie).user_agent("curl/8.5.0"))
            .text(),
    ] {
        assert!(!html.contains("Budi") && !html.contains("81234567890"), "{html}");
    }
}

#[test]
fn what_the_shop_knows_stays_with_the_shop() {
    let stand = Stand::open(usual_form());
    let visitor = stand.fill_in("/wa/promo", &[]);
    assert_eq!(visitor.status, 422, "the form asks for a name");
    let visitor = stand.shop.server.ask(&press("/wa/promo", "", &[]));
    let edit = json!({
        "name": "Pak Anu, cerewet", "phone": "0813 9999 8888", "email": "anu@example.com", "notes": "RAHASIA", "status": "hot",
    });
    stand.shop.patch(&format!("/leads/{}", visitor.code()), edit);
    let html = page_of(&stand, visitor.cookie()).text();
    for secret in ["Anu", "anu@", "81399998888", "RAHASIA", "hot"] {
        assert!(!html.contains(secret), "{secret} in {html}");
    }
}

#[test]
fn who_types_anothers_number_reads_nothing_of_them() {
    let stand = Stand::open(usual_form());
    let victim = stand.fill_in("/wa/promo?utm_source=a", &BUDI);
    let other = stand.fill_in("/wa/promo?utm_source=b", &[("name", "Penasaran"), BUDI[1], BUDI[4]]);
    assert_eq!(
        stand.shop.lead_of(&other)["id"],
        stand.shop.lead_of(&victim)["id"],
        "one number, one lead"
    );
    let html = page_of(&stand, other.cookie()).text();
    assert!(html.contains("Penasaran"), "{html}");
    assert!(
        !html.contains("Budi") && !html.contains("budi@") && !html.contains("Bandung"),
        "{html}"
    );
    let html = page_of(&stand, victim.cookie()).text();
    assert!(html.contains("Budi Santoso") && !html.contains("Penasaran"), "{html}");
}
