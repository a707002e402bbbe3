//! What becomes of a lead is told too, each step once.

use crate::{
    advertiser::{ad, visit},
    stage::{DAY, MINUTE, Stage},
};
use konektor_fake_platforms::{Platform, Received};
use serde_json::{Value, json};

/// Of `joe@example.com`, and of `+62 812-3456-7890` as Meta and as Google and TikTok write it (reference, §7.3).
const EMAIL: &str = "2481f36dfc515ca76451aaadf1399026942a01ee50c6d0a61988b43cef039bc2";
const DIGITS: &str = "dd752605096029a73495a91862983963e1947a834a4300808074185af10bb725";
const E164: &str = "62397bbd6a8c9ae53bc914a6017300eb6b13af5be20e4cc9ad2dc3d61ecb24cd";

/// Contact data as people type it.
fn contact() -> Value {
    json!({ "email": " Joe@Example.COM ", "phone": "+62 812-3456-7890" })
}

/// An event's JSON.
fn raw(event: &Received) -> Value {
    serde_json::from_str(&event.raw).expect("JSON")
}

/// The latest event that a platform has taken.
fn latest(stage: &Stage, platform: Platform) -> Received {
    stage.platforms.received(platform).pop().expect("an event")
}

/// Somebody moves a lead, a while after what was before.
fn set_status(stage: &Stage, code: &str, status: &str) {
    stage.advance(MINUTE);
    stage.patch_lead(code, json!({ "status": status }));
}

/// Somebody who came through an ad of each platform, one after the other.
fn visitor_of_all(stage: &Stage) -> String {
    let first = stage.click(&ad(Platform::Meta, 1u8));
    for platform in [Platform::Google, Platform::Tiktok, Platform::Linkedin] {
        stage.advance(MINUTE);
        stage.ask(&visit(&ad(platform, 1u8)).cookie(first.cookie()));
    }
    first.code().to_owned()
}

#[test]
fn a_qualified_lead_and_a_sale_are_told_to_each_platform_that_the_lead_came_through() {
    let stage = Stage::open();
    let destinations = Platform::ALL.map(|platform| (platform, stage.connect(platform)));
    let code = visitor_of_all(&stage);
    stage.patch_lead(&code, contact());
    stage.advance(MINUTE);
    stage.patch_lead(&code, json!({ "status": "qualified" }));
    for (platform, destination) in &destinations {
        stage.wait_for_states(destination, &[("sent", 2)]);
        let event = latest(&stage, *platform);
        let json = raw(&event);
        assert_eq!(event.time_ms, told_at(*platform, stage.now_ms()), "{platform}");
        assert!(event.event_id.ends_with("-lead"), "{}", event.event_id);
        let (name, hashes) = match platform {
            Platform::Meta => (json!("Lead"), json!([[EMAIL], [DIGITS]])),
            Platform::Tiktok => (json!("Lead"), json!([[EMAIL], [E164]])),
            Platform::Google => (
                json!("MESSAGE"),
                json!([{ "emailAddress": EMAIL }, { "phoneNumber": E164 }]),
            ),
            Platform::Linkedin => (json!(null), json!(EMAIL)),
        };
        let (said_name, said_hashes) = match platform {
            Platform::Meta => (
                &json["event_name"],
                json!([json["user_data"]["em"], json["user_data"]["ph"]]),
            ),
            Platform::Tiktok => (&json["event"], json!([json["user"]["email"], json["user"]["phone"]])),
            Platform::Google => (&json["eventSource"], json["userData"]["userIdentifiers"].clone()),
            Platform::Linkedin => (&json["name"], json["user"]["userIds"][1]["idValue"].clone()),
        };
        assert_eq!((said_name, said_hashes), (&name, hashes), "{platform}: {json:#}");
        assert!(
            !event.raw.contains("joe@") && !event.raw.contains("8123456"),
            "{platform}: nothing is plain"
        );
    }
    stage.advance(MINUTE);
    stage.patch_lead(&code, json!({ "status": "won", "value": 149_000.5, "currency": "idr" }));
    for (platform, destination) in &destinations {
        stage.wait_for_states(destination, &[("sent", 3)]);
        let event = latest(&stage, *platform);
        let json = raw(&event);
        let money = match platform {
            Platform::Meta => json!([json["custom_data"]["value"], json["custom_data"]["currency"]]),
            Platform::Tiktok => json!([json["properties"]["value"], json["properties"]["currency"]]),
            Platform::Google => json!([json["conversionValue"], json["currency"]]),
            Platform::Linkedin => json!([
                json["conversionValue"]["amount"],
                json["conversionValue"]["currencyCode"]
            ]),
        };
        let value = if *platform == Platform::Linkedin {
            json!("149000.5")
        } else {
            json!(149_000.5)
        };
        assert_eq!(money, json!([value, "IDR"]), "{platform}: {json:#}");
        assert!(event.event_id.ends_with("-purchase"), "{}", event.event_id);
    }
    assert_eq!(stage.lead(&code)["tracking_status"], "synced");
}

/// As the platform writes it.
fn told_at(platform: Platform, at_ms: i64) -> i64 {
    match platform {
        Platform::Meta | Platform::Tiktok => at_ms / 1_000 * 1_000,
        Platform::Google | Platform::Linkedin => at_ms,
    }
}

#[test]
fn going_to_and_fro_adds_none() {
    let stage = Stage::open();
    let meta = stage.connect(Platform::Meta);
    let code = stage.click(&ad(Platform::Meta, 1u8)).code().to_owned();
    for status in ["qualified", "contacted", "qualified", "lost", "qualified", "contacted"] {
        set_status(&stage, &code, status);
    }
    // The last change that tells something comes after all others: when it is told, they have been looked at.
    stage.patch_lead(&code, json!({ "status": "won", "value": 5, "currency": "USD" }));
    stage.wait_for_states(&meta, &[("sent", 3)]);
    set_status(&stage, &code, "qualified");
    set_status(&stage, &code, "won");
    // Another lead's event shows that these are folded too.
    stage.click(&ad(Platform::Meta, 2u8));
    stage.wait_for_states(&meta, &[("sent", 4)]);
    let names: Vec<_> = stage
        .platforms
        .received(Platform::Meta)
        .into_iter()
        .map(|event| event.name)
        .collect();
    assert_eq!(names, ["Contact", "Lead", "Purchase", "Contact"]);
}

#[test]
fn a_mapping_of_ones_own_says_what_is_told() {
    let stage = Stage::open();
    let mapping = json!({ "click": "Subscribe", "hot": "Lead", "won": "CompleteRegistration" });
    let meta = stage.connect_with(Platform::Meta, json!({ "mapping": mapping }));
    let google = stage.connect_with(Platform::Google, json!({ "mapping": { "click": "111", "won": "222" } }));
    let code = visitor_of_all(&stage);
    for status in ["qualified", "hot", "won"] {
        set_status(&stage, &code, status);
    }
    stage.wait_for_states(&meta, &[("sent", 3)]);
    let names: Vec<_> = stage
        .platforms
        .received(Platform::Meta)
        .into_iter()
        .map(|event| event.name)
        .collect();
    assert_eq!(names, ["Subscribe", "Lead", "CompleteRegistration"]);
    stage.wait_for_states(&google, &[("sent", 2)]);
    let actions: Vec<_> = stage
        .platforms
        .received(Platform::Google)
        .into_iter()
        .map(|event| event.destination)
        .collect();
    assert!(actions[0].contains("111") && actions[1].contains("222"), "{actions:?}");

    stage.patch_destination(
        &meta,
        json!({ "mapping": { "proposal": "Lead", "invoice": "InitiateCheckout" } }),
    );
    for status in ["proposal", "invoice"] {
        set_status(&stage, &code, status);
    }
    stage.wait_for_states(&meta, &[("sent", 4)]);
    assert_eq!(
        latest(&stage, Platform::Meta).name,
        "InitiateCheckout",
        "Lead was told already, for another status"
    );
}

#[test]
fn a_lead_that_came_through_no_ad_is_told_to_nobody() {
    let stage = Stage::open();
    let meta = stage.connect(Platform::Meta);
    let organic = stage.click("utm_source=bio").code().to_owned();
    let other = stage.click(&ad(Platform::Tiktok, 1u8)).code().to_owned();
    for code in [&organic, &other] {
        set_status(&stage, code, "qualified");
    }
    let ad_lead = stage.click(&ad(Platform::Meta, 1u8)).code().to_owned();
    set_status(&stage, &ad_lead, "qualified");
    stage.wait_for_states(&meta, &[("sent", 2)]);
    assert_eq!(stage.lead(&organic)["tracking_status"], "none");
    assert_eq!(stage.lead(&other)["tracking_status"], "none");
    assert_eq!(stage.lead(&ad_lead)["tracking_status"], "synced");
}

#[test]
fn a_sale_weeks_later_is_attributed_to_the_click_of_the_latest_ad() {
    let stage = Stage::open();
    let meta = stage.connect(Platform::Meta);
    let first = stage.click("fbclid=IwAR_old");
    stage.wait_for_states(&meta, &[("sent", 1)]);
    stage.advance(DAY * 20);
    let latest_click_ms = stage.now_ms();
    stage.ask(&visit("fbclid=IwAR_new").cookie(first.cookie()));
    stage.advance(DAY * 3);
    stage.ask(&visit("utm_source=newsletter").cookie(first.cookie()));
    stage.advance(DAY * 3);
    stage.patch_lead(first.code(), json!({ "status": "won", "value": 99, "currency": "IDR" }));
    stage.wait_for_states(&meta, &[("sent", 3)]);
    let sale = latest(&stage, Platform::Meta);
    assert_eq!(sale.name, "Purchase");
    assert_eq!(sale.click_ids, [("fbc", format!("fb.1.{latest_click_ms}.IwAR_new"))]);
    assert_eq!(sale.time_ms, told_at(Platform::Meta, stage.now_ms()));
}

#[test]
fn a_sale_without_a_value_is_refused_in_the_platforms_words_and_alone() {
    let stage = Stage::open();
    let meta = stage.connect(Platform::Meta);
    let code = stage.click(&ad(Platform::Meta, 1u8)).code().to_owned();
    stage.wait_for_states(&meta, &[("sent", 1)]);
    stage.patch_destination(&meta, json!({ "active": false }));
    stage.patch_lead(&code, json!({ "status": "won" }));
    stage.clicks(Platform::Meta, 2, 3);
    stage.wait_for_states(&meta, &[("sent", 1), ("pending", 4)]);
    stage.patch_destination(&meta, json!({ "active": true }));
    let deliveries = stage.wait_for_states(&meta, &[("sent", 4), ("dropped", 1)]);
    let dropped = deliveries
        .iter()
        .find(|delivery| delivery["state"] == "dropped")
        .expect("counted");
    assert_eq!(
        (&dropped["event"], &dropped["code"]),
        (&json!("won"), &json!("100/2804007"))
    );
    assert!(
        dropped["reason"].as_str().expect("words").contains("needs a value"),
        "{dropped}"
    );
    assert_eq!(stage.lead(&code)["tracking_status"], "partial");
}
