//! Who does not agree is not told of.

use crate::{
    advertiser::{ad, visit},
    stage::{Stage, side_by_side},
};
use konektor_fake_platforms::Platform;
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

/// A query, a header, the destination's default: all say no.
const REFUSALS: [(&str, (&str, &str), &str); 5] = [
    ("", ("Sec-GPC", "1"), "unspecified"),
    ("&consent=denied", ("X-Nothing", ""), "granted"),
    ("", ("Cookie", "konektor_consent=denied"), "granted"),
    ("", ("X-Nothing", ""), "denied"),
    ("&consent=granted", ("Sec-GPC", "1"), "granted"),
];

#[test]
fn without_consent_nothing_leaves_and_google_hears_of_the_refusal() {
    side_by_side(REFUSALS, |(query, header, default)| is_refused(query, header, default));
}

fn is_refused(query: &str, (name, value): (&str, &str), default: &str) {
    println!("{query:?} {name}: {value:?}, by default {default}");
    let stage = Stage::open();
    let told = Platform::ALL.map(|platform| {
        let destination = stage.connect_with(platform, json!({ "consent": default }));
        let link = format!("{}{query}", ad(platform, 1u8));
        let code = stage.ask(&visit(&link).header(name, value)).code().to_owned();
        // A number and an address of their own: one of two would be the same person.
        let (email, phone) = (
            format!("{platform}@example.com"),
            format!("0812 3456 78{}", 10 + platform as u8),
        );
        let lead = json!({ "status": "qualified", "email": email, "phone": phone });
        stage.patch_lead(&code, lead);
        (platform, destination, code)
    });
    for (platform, destination, code) in told {
        if platform == Platform::Google {
            stage.wait_for_states(&destination, &[("sent", 2)]);
            for event in stage.platforms.received(platform) {
                let denied = json!("CONSENT_DENIED");
                assert_eq!(
                    google_heard(&event.raw),
                    (denied.clone(), denied, false),
                    "{}",
                    event.raw
                );
                assert_eq!((event.ip, event.user_agent), (None, None));
            }
            continue;
        }
        let deliveries = stage.wait_for_states(&destination, &[("dropped", 2)]);
        for delivery in deliveries {
            let reason = delivery["reason"].as_str().expect("words");
            assert!(reason.contains("consent"), "{platform}: {reason}");
            assert_eq!(
                (&delivery["code"], &delivery["attempts"]),
                (&json!("no_consent"), &json!(0))
            );
        }
        assert_eq!(stage.platforms.requests(platform), 0, "{platform}");
        assert_eq!(
            stage.lead(&code)["tracking_status"],
            "none",
            "{platform}: there is nothing to tell"
        );
    }
}

#[test]
fn with_consent_or_without_a_word_all_is_told() {
    let rows = [
        ("&consent=granted", "denied", json!("CONSENT_GRANTED")),
        ("", "granted", json!("CONSENT_GRANTED")),
        ("", "unspecified", json!(null)),
        ("&consent=maybe", "unspecified", json!(null)),
    ];
    side_by_side(rows, |(query, default, google_hears)| {
        is_told(query, default, google_hears)
    });
}

fn is_told(query: &str, default: &str, google_hears: Value) {
    println!("{query:?}, by default {default}");
    let stage = Stage::open();
    let told = Platform::ALL.map(|platform| {
        let destination = stage.connect_with(platform, json!({ "consent": default }));
        stage.click(&format!("{}{query}", ad(platform, 1u8)));
        destination
    });
    for destination in told {
        stage.wait_for_states(&destination, &[("sent", 1)]);
    }
    let event = stage.platforms.only(Platform::Google);
    assert_eq!(
        google_heard(&event.raw),
        (google_hears.clone(), google_hears, true),
        "{}",
        event.raw
    );
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
