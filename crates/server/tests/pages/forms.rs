//! The lead form: what it gives to the lead, what is asked for again, and what is not kept.

use crate::{
    common::{database, http::Answer},
    stand::{BUDI, Stand, press, token, usual_form},
};
use serde_json::{Value, json};

/// Of the timeline, what was said.
fn submissions(stand: &Stand, code: &str) -> usize {
    let timeline = stand.shop.get(&format!("/leads/{code}/timeline"));
    let items = timeline["items"].as_array().expect("a list").iter();
    items.filter(|item| item["kind"] == "submission").count()
}

#[test]
fn a_filled_form_names_the_lead_and_keeps_what_was_agreed_to() {
    let stand = Stand::open(usual_form());
    let pressed = stand.fill_in("/wa/promo?utm_source=ig", &BUDI);
    assert_eq!(pressed.status, 303, "{pressed:?}");
    assert!(
        pressed.location().contains("text=Hai%20Budi%20%5B"),
        "{}",
        pressed.location()
    );
    let lead = stand.shop.lead_of(&pressed);
    assert_eq!(
        (&lead["name"], &lead["name_source"]),
        (&json!("Budi Santoso"), &json!("form"))
    );
    assert_eq!(lead["phone"], "6281234567890");
    assert_eq!(lead["email"], "budi@example.com");
    let timeline = stand.shop.get(&format!("/leads/{}/timeline", pressed.code()));
    let items = timeline["items"].as_array().expect("a list");
    let said = items
        .iter()
        .find(|item| item["kind"] == "submission")
        .expect("it was said");
    assert_eq!(said["by"], format!("page:{}", stand.shop.rotator));
    assert_eq!(said["consent"], "Saya setuju dihubungi oleh Toko Kopi.");
    assert_eq!(said["fields"], json!([{ "name": "kota", "value": "Bandung" }]));
    assert_eq!(stand.outcomes(1), [("kept".to_owned(), 1)]);
    assert_eq!((stand.shop.clicks_stored(), stand.shop.turns_given()), (1, 1));
}

#[test]
fn a_name_set_by_hand_stays() {
    let stand = Stand::open(usual_form());
    let pressed = stand.fill_in("/wa/promo", &BUDI);
    stand.shop.patch(
        &format!("/leads/{}", pressed.code()),
        json!({ "name": "Pak Budi (grosir)" }),
    );
    let page = token(&stand.page("/wa/promo"));
    let again = press(
        "/wa/promo",
        &stand.older(&page, 5_000),
        &[("name", "Budi S."), BUDI[1], BUDI[4]],
    );
    let again = stand.shop.server.ask(&again.cookie(pressed.cookie()));
    assert_eq!(again.code(), pressed.code());
    assert_eq!(stand.shop.lead_of(&again)["name"], "Pak Budi (grosir)");
}

#[test]
fn what_must_be_corrected_is_asked_for_again_and_nothing_is_recorded() {
    let stand = Stand::open(usual_form());
    for (fields, wrong) in [
        (vec![("name", ""), BUDI[1], BUDI[4]], "Please write your name."),
        (vec![BUDI[0], ("phone", "12"), BUDI[4]], "This number is too short."),
        (vec![BUDI[0], ("phone", "telepon saya"), BUDI[4]], "digits only"),
        (
            vec![BUDI[0], BUDI[1], ("email", "budi@"), BUDI[4]],
            "not an e-mail address",
        ),
        (vec![BUDI[0], BUDI[1]], "Please tick this"),
    ] {
        let again = stand.fill_in("/wa/promo", &fields);
        assert_eq!(again.status, 422, "{again:?}");
        assert!(!again.sets_cookie());
        assert_eq!(again.header("cache-control"), Some("no-store"));
        let html = again.text();
        assert!(html.contains(wrong), "{wrong} in {html}");
        for (name, value) in fields
            .iter()
            .filter(|(name, value)| *name != "consent" && !value.is_empty())
        {
            let kept = format!("name=\"{name}\" value=\"{value}\"");
            assert!(html.contains(&kept), "what was typed stays: {kept} in {html}");
        }
    }
    assert!(stand.shop.has_counted_nobody());
    assert_eq!(stand.outcomes(5), [("refused".to_owned(), 5)]);

    let wrong = stand.fill_in("/wa/promo", &[BUDI[0], ("phone", "12"), BUDI[4]]);
    let right = stand.shop.server.ask(&press("/wa/promo", &token(&wrong), &BUDI));
    assert_eq!(right.status, 303, "the page that was shown again is good: {right:?}");
    assert_eq!(stand.shop.lead_of(&right)["name"], "Budi Santoso");
}

#[test]
fn a_form_that_is_not_kept_loses_no_person() {
    let stand = Stand::open(usual_form());
    let shown = || token(&stand.page("/wa/promo"));
    let day = 24 * 60 * 60_000;
    let forged = format!("{}A", shown());
    let mut expected = Vec::new();
    for (token, outcome) in [
        (String::new(), "forged"),
        (forged, "forged"),
        ("1786932000000.1.1.AAAAAAAAAAAAAAAAAAAAAA".to_owned(), "forged"),
        (stand.older(&shown(), day), "expired"),
        (shown(), "too_fast"),
    ] {
        let pressed = stand
            .shop
            .server
            .ask(&press("/wa/promo", &token, &BUDI).header("X-Case", outcome));
        nothing_was_kept(&stand, &pressed);
        expected.push(outcome);
    }
    let cross = press("/wa/promo", &stand.older(&shown(), 5_000), &BUDI);
    let headers = cross
        .headers
        .into_iter()
        .filter(|(name, _)| name != "Sec-Fetch-Site")
        .collect();
    let cross = crate::common::http::Request { headers, ..cross }.header("Sec-Fetch-Site", "cross-site");
    nothing_was_kept(&stand, &stand.shop.server.ask(&cross));
    let wanted = [("cross_site", 1), ("expired", 1), ("forged", 3), ("too_fast", 1)];
    assert_eq!(stand.outcomes(6), wanted.map(|(outcome, n)| (outcome.to_owned(), n)));
}

fn nothing_was_kept(stand: &Stand, pressed: &Answer) {
    assert_eq!(pressed.status, 303, "{pressed:?}");
    let lead = stand.shop.lead_of(pressed);
    assert_eq!(
        (&lead["name_source"], &lead["phone"]),
        (&json!("auto"), &Value::Null),
        "{lead}"
    );
    assert_eq!(submissions(stand, pressed.code()), 0);
}

#[test]
fn who_fills_in_what_nobody_sees_is_no_person() {
    let stand = Stand::open(usual_form());
    let mut fields = BUDI.to_vec();
    fields.push(("_website", "https://spam.example"));
    let pressed = stand.fill_in("/wa/promo", &fields);
    assert_eq!(pressed.status, 303);
    assert!(!pressed.sets_cookie());
    assert_eq!(stand.outcomes(1), [("honeypot".to_owned(), 1)]);
    assert!(stand.shop.has_counted_nobody());
    let tool = press(
        "/wa/promo",
        &stand.older(&token(&stand.page("/wa/promo")), 5_000),
        &BUDI,
    );
    assert_eq!(stand.shop.server.ask(&tool.user_agent("curl/8.5.0")).status, 303);
    assert_eq!(stand.outcomes(2)[1], ("not_a_person".to_owned(), 1));
    assert!(stand.shop.has_counted_nobody());
}

#[test]
fn too_many_forms_from_one_address_are_not_kept_and_their_people_go_on() {
    let stand = Stand::open(usual_form());
    let page = stand.older(&token(&stand.page("/wa/promo")), 5_000);
    let wrong = press("/wa/promo", &page, &[("name", "")]);
    let mut connection = stand.shop.server.connect();
    let mut answers = (0..1_000).map(|_| connection.ask(&wrong).expect("an answer"));
    // A minute's worth is looked at; it takes less than a minute to send them.
    let (at, beyond) = answers
        .by_ref()
        .enumerate()
        .find(|(_, answer)| answer.status != 422)
        .expect("there is a limit");
    assert!(at >= 120, "{at}");
    nothing_was_kept(&stand, &beyond);
    let counted = stand.outcomes(at as u64 + 1);
    assert_eq!(counted[1], ("too_many".to_owned(), 1), "{counted:?}");
}

#[test]
fn the_same_form_again_says_nothing_new_and_a_correction_does() {
    let stand = Stand::open(usual_form());
    let page = stand.older(&token(&stand.page("/wa/promo")), 5_000);
    let first = stand.shop.server.ask(&press("/wa/promo", &page, &BUDI));
    let again = stand.shop.server.ask(&press("/wa/promo", &page, &BUDI));
    assert_eq!((again.status, again.code()), (303, first.code()));
    assert_eq!(submissions(&stand, first.code()), 1);
    let corrected = press("/wa/promo", &page, &[("name", "Budi Setiawan"), BUDI[1], BUDI[4]]);
    assert_eq!(stand.shop.server.ask(&corrected).code(), first.code());
    assert_eq!(stand.shop.lead_of(&first)["name"], "Budi Setiawan");
    assert_eq!(submissions(&stand, first.code()), 2);
    assert_eq!((stand.shop.leads_stored(), stand.shop.turns_given()), (1, 1));
}

#[test]
fn a_visit_is_recorded_although_its_form_cannot_be_stored() {
    let stand = Stand::open(usual_form());
    let page = stand.older(&token(&stand.page("/wa/promo")), 5_000);
    let data = stand.shop.data();
    database::change(data, "ALTER TABLE submissions RENAME TO submissions_away");
    let pressed = stand.shop.server.ask(&press("/wa/promo", &page, &BUDI));
    assert_eq!(pressed.status, 303);
    assert!(pressed.sets_cookie());
    assert_eq!(stand.outcomes(1), [("store_failed".to_owned(), 1)]);
    assert_eq!((stand.shop.leads_stored(), stand.shop.clicks_stored()), (1, 1));
    let log = stand.shop.server.log();
    assert!(
        log.contains("could not be stored") && !log.contains("Budi") && !log.contains("81234567890"),
        "{log}"
    );
    database::change(data, "ALTER TABLE submissions_away RENAME TO submissions");
    let again = stand.shop.server.ask(&press("/wa/promo", &page, &BUDI));
    assert_eq!(
        stand.shop.lead_of(&again)["name"],
        "Budi Santoso",
        "and pressing again keeps it"
    );
    assert_eq!(again.code(), pressed.code());
}
