//! Each ad click reaches its platform, once, as it was.

use crate::{
    ads::Ads,
    advertiser::{VISITOR, visit},
    common::{http::PHONE, now},
    stage::Stage,
};
use konektor_fake_platforms::{Outcome, Platform, Received};
use serde_json::Value;
use std::time::Duration;

/// From the click to the platform. The fold takes a third of a second of it; the rest is for a busy machine.
const SOON: Duration = Duration::from_secs(3);

const GCLID: &str = "Cj0KCQiA-aGCBhCwARIsAHDl5x_q~Xw.Y=_wcB";
const FBCLID: &str = "IwAR2F4-dbP0l7Mn1IawQQGCINEz7PYXQvwjNwB_qa2ofrHyiLjcbCRxTDMgk";
const TTCLID: &str = "E.C.P.CrcBXwh0b2tlbg-_.x~y=";
const LI_FAT_ID: &str = "6f1c1f0e-6d4c-4b3a-9a43-8d1c0b5a7e21";

/// Parameters with their platform, the field that takes them there, and a value with all that it may be made of.
const CLICK_IDS: [(&str, Platform, &str, &str); 6] = [
    ("gclid", Platform::Google, "gclid", GCLID),
    ("gbraid", Platform::Google, "gbraid", "0AAAAAo-h_Zc1XyZ"),
    ("wbraid", Platform::Google, "wbraid", "CjkKCQ-_iA8c"),
    ("fbclid", Platform::Meta, "fbc", FBCLID),
    ("ttclid", Platform::Tiktok, "ttclid", TTCLID),
    ("li_fat_id", Platform::Linkedin, "li_fat_id", LI_FAT_ID),
];

/// The events of a click ID.
fn events_of(ads: &Ads, platform: Platform, value: &str) -> Vec<Received> {
    let mut received = ads.platforms.received(platform);
    received.retain(|event| event.click_ids.iter().any(|(_, id)| id.ends_with(value)));
    received
}

/// When a lead first came, in unix milliseconds.
fn first_seen_ms(lead: &Value) -> i64 {
    let first_seen: jiff::Timestamp = lead["first_seen"].as_str().expect("a time").parse().expect("a time");
    first_seen.as_millisecond()
}

#[test]
fn each_click_id_arrives_within_a_moment_exactly_once_and_as_it_was() {
    let ads = Ads::open();
    let destinations = ads.connect_all();
    for (n, (parameter, platform, field, value)) in CLICK_IDS.into_iter().enumerate() {
        let visitor = format!("198.51.100.{n}");
        let clicked = now();
        let answer = ads.ask(
            &crate::common::http::get(&format!("/wa/promo?{parameter}={value}")).header("X-Forwarded-For", &visitor),
        );
        ads.platforms
            .wait_for(parameter, |_| !events_of(&ads, platform, value).is_empty());
        assert!(clicked.elapsed() < SOON, "{parameter}: {:?}", clicked.elapsed());

        let [event] = &events_of(&ads, platform, value)[..] else {
            panic!("{parameter} came twice")
        };
        assert_eq!(event.outcome, Outcome::Counted, "{parameter}");
        let at_ms = first_seen_ms(&ads.lead(answer.code()));
        let click_id = match platform {
            Platform::Meta => format!("fb.1.{at_ms}.{value}"),
            _ => value.to_owned(),
        };
        assert_eq!(event.click_ids, [(field, click_id)]);
        let in_seconds = matches!(platform, Platform::Meta | Platform::Tiktok);
        assert_eq!(
            event.time_ms,
            if in_seconds { at_ms / 1_000 * 1_000 } else { at_ms },
            "{parameter}"
        );
        // LinkedIn has no use for either.
        if platform != Platform::Linkedin {
            assert_eq!(
                event.ip.as_ref(),
                Some(&visitor),
                "{parameter}: the visitor's own, not a proxy's"
            );
            assert_eq!(event.user_agent.as_deref(), Some(PHONE), "{parameter}");
        }
        assert!(
            event.event_id.starts_with("kn-") && event.event_id.ends_with("-click"),
            "{event:?}"
        );
        ads.wait_for_states(&destinations[&platform], &[("sent", events_so_far(platform, n))]);
        assert_eq!(ads.lead(answer.code())["tracking_status"], "synced", "{parameter}");
    }
}

/// How many of the first `n + 1` click IDs are of the platform.
fn events_so_far(platform: Platform, n: usize) -> usize {
    CLICK_IDS[..=n]
        .iter()
        .filter(|(_, other, ..)| *other == platform)
        .count()
}

#[test]
fn a_click_is_told_to_the_platform_of_its_primary_click_id_only() {
    let stage = Stage::open();
    let [meta, tiktok] = [Platform::Meta, Platform::Tiktok].map(|platform| stage.connect(platform));
    stage.ask(&visit("fbclid=IwAR_both&ttclid=E.C.P.both").header("Referer", "https://www.tiktok.com/"));
    stage.wait_for_states(&tiktok, &[("sent", 1)]);
    assert_eq!(stage.states(&meta), [].into());
    stage.click("ttclid=E.C.P.other&fbclid=IwAR_other");
    stage.wait_for_states(&meta, &[("sent", 1)]);
    let requests = [Platform::Meta, Platform::Tiktok].map(|platform| stage.platforms.requests(platform));
    assert_eq!(requests, [1, 1]);
}

#[test]
fn two_destinations_of_a_platform_are_both_told() {
    let stage = Stage::open();
    let one = stage.connect(Platform::Meta);
    let settings = serde_json::json!({ "settings": { "dataset_id": "6543210987654321" } });
    let other = stage.connect_with(Platform::Meta, settings);
    stage.click("fbclid=IwAR_shared");
    for destination in [&one, &other] {
        stage.wait_for_states(destination, &[("sent", 1)]);
    }
    let told: std::collections::BTreeSet<_> = stage
        .platforms
        .received(Platform::Meta)
        .into_iter()
        .map(|event| event.destination)
        .collect();
    assert_eq!(told, ["1234567890123456", "6543210987654321"].map(String::from).into());
}

#[test]
fn reloads_shared_links_crawlers_and_heads_add_nothing() {
    let stage = Stage::open();
    let meta = stage.connect(Platform::Meta);
    let link = "fbclid=IwAR_once&utm_source=ig";
    let first = stage.click(link);
    stage.wait_for_states(&meta, &[("sent", 1)]);
    let again = [
        visit(link).cookie(first.cookie()),
        visit(link),
        visit(link).cookie(first.cookie()).header("Sec-Fetch-Site", "none"),
        visit("utm_source=other&fbclid=IwAR_once"),
        // Passed on to a friend, who has another browser and comes from elsewhere.
        crate::common::http::get(&format!("/wa/promo?{link}"))
            .header("X-Forwarded-For", "198.51.100.77")
            .user_agent("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"),
    ];
    let not_people = [
        visit("fbclid=IwAR_head").method("HEAD"),
        visit("fbclid=IwAR_preview").user_agent("WhatsApp/2.23.20.0"),
        visit("fbclid=IwAR_crawler")
            .user_agent("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)"),
        visit("fbclid=IwAR_ai")
            .user_agent("meta-externalagent/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)"),
        visit("fbclid=IwAR_review").user_agent("AdsBot-Google (+http://www.google.com/adsbot.html)"),
        visit("fbclid=IwAR_tool").user_agent("curl/8.5.0"),
        visit("fbclid=IwAR_prefetch").header("Sec-Purpose", "prefetch;prerender"),
        visit("fbclid=IwAR_image").header("Sec-Fetch-Dest", "image"),
    ];
    for request in again.iter().chain(&not_people) {
        for _ in 0..2 {
            stage.ask(request);
        }
        stage.advance(crate::stage::SECOND * 3); // more than a double tap
    }
    // Weeks later the same link is opened once more.
    stage.advance(crate::stage::DAY * 20);
    stage.ask(&again[0]);
    // All is folded in order: what comes last shows that nothing else will come.
    stage.click("fbclid=IwAR_last");
    stage.wait_for_states(&meta, &[("sent", 2)]);
    let ids: Vec<_> = stage
        .platforms
        .received(Platform::Meta)
        .into_iter()
        .flat_map(|event| event.click_ids)
        .collect();
    assert!(
        ids[0].1.ends_with(".IwAR_once") && ids[1].1.ends_with(".IwAR_last"),
        "{ids:?}"
    );
    assert_eq!((ids.len(), stage.platforms.duplicates(Platform::Meta)), (2, 0));
}

#[test]
fn a_known_visitor_with_a_new_click_id_adds_one_of_the_same_lead() {
    let stage = Stage::open();
    let meta = stage.connect(Platform::Meta);
    let first = stage.click("fbclid=IwAR_first");
    stage.advance(crate::stage::DAY);
    let second = stage.ask(&visit("fbclid=IwAR_second").cookie(first.cookie()));
    assert_eq!(first.code(), second.code());
    let deliveries = stage.wait_for_states(&meta, &[("sent", 2)]);
    assert_eq!(deliveries[0]["lead_id"], deliveries[1]["lead_id"]);
    let events = stage.platforms.received(Platform::Meta);
    assert_ne!(events[0].event_id, events[1].event_id);
    assert_eq!(events[1].time_ms - events[0].time_ms, 86_400_000);
}

#[test]
fn cookies_of_the_platforms_pixels_are_passed_on_as_they_are() {
    let stage = Stage::open();
    let [meta, tiktok] = [Platform::Meta, Platform::Tiktok].map(|platform| stage.connect(platform));
    let pixels = "_fbp=fb.1.1795340000000.1098115397; _fbc=fb.1.1795340000000.IwAR_px.AQIC; _ttp=2Kx-y_z.tt.1";
    stage.ask(&visit("fbclid=IwAR_px").cookie(pixels));
    stage.ask(&visit("ttclid=E.C.P.px").cookie(pixels));
    stage.wait_for_states(&meta, &[("sent", 1)]);
    stage.wait_for_states(&tiktok, &[("sent", 1)]);
    let raw = |platform| -> Value { serde_json::from_str(&stage.platforms.only(platform).raw).expect("JSON") };
    let user = &raw(Platform::Meta)["user_data"];
    // Of the same click the cookie knows more than we do.
    assert_eq!(user["fbc"], "fb.1.1795340000000.IwAR_px.AQIC");
    assert_eq!(user["fbp"], "fb.1.1795340000000.1098115397");
    assert_eq!(raw(Platform::Tiktok)["user"]["ttp"], "2Kx-y_z.tt.1");
}

#[test]
fn what_happened_before_a_destination_was_added_is_not_told() {
    let stage = Stage::open();
    stage.click("fbclid=IwAR_before");
    stage.advance(crate::stage::SECOND);
    let meta = stage.connect(Platform::Meta);
    stage.click("fbclid=IwAR_after");
    stage.wait_for_states(&meta, &[("sent", 1)]);
    assert!(
        stage.platforms.only(Platform::Meta).click_ids[0]
            .1
            .ends_with("IwAR_after")
    );
}

#[test]
fn a_private_address_is_never_told() {
    let stage = Stage::open();
    let tiktok = stage.connect(Platform::Tiktok);
    // Nothing but a private proxy is known of where this one comes from.
    stage.ask(&crate::common::http::get("/wa/promo?ttclid=E.C.P.inside").header("X-Forwarded-For", "10.1.2.3"));
    stage.wait_for_states(&tiktok, &[("sent", 1)]);
    assert_eq!(stage.platforms.only(Platform::Tiktok).ip, None);
    stage.click("ttclid=E.C.P.outside");
    stage.wait_for_states(&tiktok, &[("sent", 2)]);
    assert_eq!(
        stage.platforms.received(Platform::Tiktok)[1].ip.as_deref(),
        Some(VISITOR)
    );
}

#[test]
fn google_is_told_when_the_click_is_six_hours_old() {
    let stage = Stage::with(&[]);
    let google = stage.connect(Platform::Google);
    stage.platforms.google_click(GCLID, stage.now_ms());
    stage.click(&format!("gclid={GCLID}"));
    stage.wait_for_states(&google, &[("pending", 1)]);
    stage.advance(crate::stage::HOUR * 6 - crate::stage::SECOND);
    assert_eq!(stage.states(&google), [("pending".to_owned(), 1)].into());
    assert_eq!(stage.platforms.requests(Platform::Google), 0);
    stage.advance(crate::stage::SECOND);
    stage.wait_for_states(&google, &[("sent", 1)]);
    let event = stage.platforms.only(Platform::Google);
    assert_eq!(
        (event.outcome, event.time_ms),
        (Outcome::Counted, crate::stage::START_MS)
    );
}
