//! Who does not agree is not told of.

use crate::{
    advertiser::{ad, visit},
    stage::Stage,
};
use konektor_fake_platforms::Platform;
use rstest::rstest;
use serde_json::{Value, json};

/// The consent that Google was told with an event, and whether anything of the visitor came with it.
fn google_heard(raw: &str) -> (Value, Value, bool) {
    let event: Value = serde_json::from_str(raw).expect("JSON");
    let device = &event["adIdentifiers"]["landingPageDeviceInfo"];
    let consent = &event["consent"];
    (
        consent["adUserData"].clone(),
        consent["adPersonalization"].clone(),
        !device.is_null() || !event["userData"].is_null(),
    )
}

#[rstest]
#[case::by_the_browser("", ("Sec-GPC", "1"), "unspecified")]
#[case::by_the_link("&consent=denied", ("X-Nothing", ""), "granted")]
#[case::by_the_cookie("", ("Cookie", "konektor_consent=denied"), "granted")]
#[case::by_default("", ("X-Nothing", ""), "denied")]
#[case::by_the_browser_whatever_the_link_says("&consent=granted", ("Sec-GPC", "1"), "granted")]
fn without_consent_nothing_leaves_and_google_hears_of_the_refusal(
    #[case] query: &str,
    #[case] (name, value): (&str, &str),
    #[case] default: &str,
) {
    let stage = Stage::open();
    for platform in Platform::ALL {
        let destination = stage.connect_with(platform, json!({ "consent": default }));
        let link = format!("{}{query}", ad(platform, 1u8));
        let answer = stage.ask(&visit(&link).header(name, value));
        stage.patch_lead(answer.code(), json!({ "status": "qualified", "email": "joe@example.com", "phone": "0812 3456 7890" }));
        if platform == Platform::Google {
            stage.wait_for_states(&destination, &[("sent", 2)]);
            for event in stage.platforms.received(platform) {
                let denied = json!("CONSENT_DENIED");
                assert_eq!(google_heard(&event.raw), (denied.clone(), denied, false), "{}", event.raw);
                assert_eq!((event.ip, event.user_agent), (None, None));
            }
            continue;
        }
        let deliveries = stage.wait_for_states(&destination, &[("dropped", 2)]);
        for delivery in deliveries {
            let reason = delivery["reason"].as_str().expect("words");
            assert!(reason.contains("consent"), "{platform}: {reason}");
            assert_eq!((&delivery["code"], &delivery["attempts"]), (&json!("no_consent"), &json!(0)));
        }
        assert_eq!(stage.platforms.requests(platform), 0, "{platform}");
        assert_eq!(stage.lead(answer.code())["tracking_status"], "none", "{platform}: there is nothing to tell");
    }
}

#[rstest]
#[case::asked("&consent=granted", "denied", json!("CONSENT_GRANTED"))]
#[case::by_default("", "granted", json!("CONSENT_GRANTED"))]
#[case::nobody_was_asked("", "unspecified", json!(null))]
#[case::an_unknown_word("&consent=maybe", "unspecified", json!(null))]
fn with_consent_or_without_a_word_all_is_told(#[case] query: &str, #[case] default: &str, #[case] google_hears: Value) {
    let stage = Stage::open();
    for platform in Platform::ALL {
        let destination = stage.connect_with(platform, json!({ "consent": default }));
        stage.click(&format!("{}{query}", ad(platform, 1u8)));
        stage.wait_for_states(&destination, &[("sent", 1)]);
    }
    let event = stage.platforms.only(Platform::Google);
    assert_eq!(google_heard(&event.raw), (google_hears.clone(), google_hears, true), "{}", event.raw);
}

#[test]
fn what_a_visitor_refused_is_not_sent_by_a_replay() {
    let stage = Stage::open();
    let meta = stage.connect(Platform::Meta);
    stage.ask(&visit(&ad(Platform::Meta, 1u8)).header("Sec-GPC", "1"));
    let refused = &stage.wait_for_states(&meta, &[("dropped", 1)])[0];
    let path = format!("/deliveries/{}/replay", refused["id"].as_str().expect("an id"));
    let answer = stage.call("POST", &path, None);
    assert!((400..500).contains(&answer.status), "{answer:?}");
    assert_eq!(stage.states(&meta), [("dropped".to_owned(), 1)].into());
    assert_eq!(stage.platforms.requests(Platform::Meta), 0);
}

#[test]
fn limited_data_use_is_passed_on() {
    let stage = Stage::open();
    let settings = json!({ "settings": { "dataset_id": "1234567890123456", "limited_data_use": true } });
    let meta = stage.connect_with(Platform::Meta, settings);
    stage.click(&ad(Platform::Meta, 1u8));
    stage.wait_for_states(&meta, &[("sent", 1)]);
    let event: Value = serde_json::from_str(&stage.platforms.only(Platform::Meta).raw).expect("JSON");
    assert_eq!(event["data_processing_options"], json!(["LDU"]));
}
