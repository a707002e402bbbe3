//! Nobody gets inside by a webhook.

use crate::{
    receiver::{Behaviour, Receiver},
    stage::{Stage, id},
};
use serde_json::json;

#[test]
fn a_redirect_is_not_followed() {
    let (stage, inside) = (Stage::open(), Receiver::start());
    for status in [301, 302, 303, 307, 308] {
        let there = Behaviour::With(status, "location", inside.url());
        let receiver = Receiver::that(there);
        let webhook = stage.hook(&receiver, &["delivery.failed"]);
        let tested = stage.post(&format!("/webhooks/{}/test", id(&webhook)), json!({}));
        assert_eq!(
            (&tested["state"], &tested["attempts"][0]["status"]),
            (&json!("failed"), &json!(status))
        );
        let error = tested["attempts"][0]["error"].as_str().expect("an error");
        assert!(error.contains("not followed"), "{error}");
    }
    assert_eq!(inside.connections(), 0);
}

#[test]
fn a_name_that_leads_inside_is_refused_when_it_is_sent_to() {
    let inside = Receiver::start();
    let stage = Stage::with(&[]);
    let url = format!("https://localhost:{}/", inside.address.port());
    let webhook = stage.post("/webhooks", json!({ "url": url, "events": ["lead.created"] }));
    stage.click();
    let message = stage.wait_for_attempts(&webhook, 1);
    let error = message["attempts"][0]["error"].as_str().expect("an error").to_owned();
    assert!(error.contains("loopback"), "{error}");
    let tested = stage.post(&format!("/webhooks/{}/test", id(&webhook)), json!({}));
    assert!(
        tested["attempts"][0]["error"]
            .as_str()
            .is_some_and(|words| words.contains("loopback"))
    );
    assert_eq!(inside.connections(), 0);
}

#[test]
fn an_address_inside_is_refused_when_it_is_entered() {
    let inside = Receiver::start();
    let port = inside.address.port();
    let stage = Stage::with(&[]);
    for host in [
        "127.0.0.1",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0",
    ] {
        for scheme in ["http", "https"] {
            let new = json!({ "url": format!("{scheme}://{host}:{port}/") });
            assert_eq!(
                stage.call("POST", "/webhooks", Some(new)).status,
                422,
                "{scheme} {host}"
            );
        }
    }
    assert_eq!(inside.connections(), 0);
}

#[test]
fn what_is_allowed_is_allowed_and_no_neighbour_of_it() {
    let stage = Stage::open(); // 127.0.0.1 alone
    let neighbour = Receiver::at("127.0.0.2:0", Behaviour::Status(200));
    let new = json!({ "url": neighbour.url() });
    assert_eq!(stage.call("POST", "/webhooks", Some(new)).status, 422);
    assert_eq!(neighbour.connections(), 0);
}
