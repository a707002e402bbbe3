//! What a receiver gets.

use crate::{
    common::wait_for,
    receiver::{Received, Receiver},
    stage::{DAY, Stage, id},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

/// A signature as the Standard Webhooks specification wants it, made anew.
fn signature(webhook: &Value, message: &Received) -> String {
    let secret = webhook["secret"].as_str().expect("a secret");
    let secret = BASE64_STANDARD.decode(secret.strip_prefix("whsec_").expect("the prefix"));
    let mut mac = Hmac::<Sha256>::new_from_slice(&secret.expect("base64")).expect("a key");
    let (id, timestamp) = (message.header("webhook-id"), message.header("webhook-timestamp"));
    mac.update(format!("{id}.{timestamp}.{}", message.body).as_bytes());
    format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
}

#[test]
fn a_message_is_signed_and_says_what_the_api_shows() {
    let (stage, receiver) = (Stage::open(), Receiver::start());
    let webhook = stage.hook(&receiver, &["lead.created", "lead.updated", "click.recorded"]);
    stage.click();
    let received = receiver.wait_for(2);
    for message in &received {
        assert_eq!(message.header("webhook-signature"), signature(&webhook, message));
        assert_eq!(
            message.header("webhook-timestamp"),
            (stage.now_ms() / 1_000).to_string()
        );
        assert_eq!(message.header("content-type"), "application/json");
        assert!(message.header("user-agent").starts_with("konektor/"));
        assert_eq!(message.header("request"), "POST /hook?shop=1 HTTP/1.1");
    }
    let of = |kind: &str| {
        received
            .iter()
            .find(|message| message.kind() == kind)
            .expect("one")
            .json()
    };
    let lead = stage.get("/leads")["items"][0].clone();
    let created = of("lead.created");
    assert_eq!(created["data"], lead);
    assert_eq!(created["timestamp"], lead["first_seen"]);
    let click = of("click.recorded")["data"].clone();
    let mut shown = stage.get(&format!("/leads/{}/timeline", id(&lead)))["items"][0].clone();
    for (name, value) in [
        ("id", click["id"].clone()),
        ("lead_id", lead["id"].clone()),
        ("lead_code", lead["code"].clone()),
    ] {
        shown[name] = value;
    }
    shown.as_object_mut().expect("an object").remove("kind");
    assert_eq!(click, shown);

    let path = format!("/leads/{}", id(&lead));
    let changed = stage.patch(
        &path,
        json!({ "name": "Budi", "status": "hot", "value": 150.5, "currency": "USD" }),
    );
    let updated = receiver.wait_for(3).pop().expect("the third").json();
    let mut data = updated["data"].clone();
    let changes = data
        .as_object_mut()
        .expect("an object")
        .remove("changes")
        .expect("changes");
    assert_eq!((updated["type"].as_str(), &data), (Some("lead.updated"), &changed));
    let fields: Vec<_> = changes
        .as_array()
        .expect("a list")
        .iter()
        .map(|c| (&c["field"], &c["new"]))
        .collect();
    assert!(fields.contains(&(&json!("status"), &json!("hot"))), "{changes}");
    assert!(fields.contains(&(&json!("value"), &json!("150.5"))), "{changes}");
}

#[test]
fn the_log_shows_what_was_sent_and_a_replay_sends_it_again() {
    let (stage, receiver) = (Stage::open(), Receiver::start());
    let webhook = stage.hook(&receiver, &["lead.created"]);
    stage.click();
    let first = receiver.wait_for(1).remove(0);
    let message = wait_for("the message", || {
        Some(stage.message(&webhook)).filter(|m| m["state"] == "sent")
    });
    assert_eq!(
        (message["id"].as_str(), &message["payload"]),
        (Some(&*first.id()), &first.json())
    );
    assert_eq!(message["attempts"][0]["status"], 204);
    assert_eq!(message["attempts"][0]["error"], json!(null));
    // What it is about may change meanwhile; what was said does not.
    let lead = stage.get("/leads")["items"][0].clone();
    stage.patch(&format!("/leads/{}", id(&lead)), json!({ "name": "Budi" }));
    let path = format!("/webhooks/{}/messages/{}/replay", id(&webhook), first.id());
    stage.post(&path, json!({}));
    let second = receiver.wait_for(2).remove(1);
    assert_eq!((second.id(), &second.body), (first.id(), &first.body));
    assert_eq!(stage.wait_for_attempts(&webhook, 2)["state"], "sent");
}

#[test]
fn an_agent_who_is_switched_off_is_told_of_with_who_is_left() {
    let (stage, receiver) = (Stage::open(), Receiver::start());
    stage.hook(&receiver, &["agent.unavailable"]);
    let agent = stage.patch(&format!("/agents/{}", stage.agent), json!({ "active": false }));
    let message = receiver.wait_for(1).remove(0).json();
    let mut data = message["data"].clone();
    let data = data.as_object_mut().expect("an object");
    let (reason, rotators) = (data.remove("reason"), data.remove("rotators"));
    assert_eq!(
        (message["type"].as_str(), json!(data)),
        (Some("agent.unavailable"), agent)
    );
    assert_eq!(reason, Some(json!("switched_off")));
    let rotators = rotators.expect("rotators");
    assert_eq!(
        (&rotators[0]["slug"], &rotators[0]["available_agents"]),
        (&json!("promo"), &json!(0))
    );
}

#[test]
fn a_test_is_sent_at_once_and_shows_what_came_of_it() {
    let (stage, receiver) = (Stage::open(), Receiver::start());
    let webhook = stage.hook(&receiver, &["delivery.failed"]);
    stage.patch(&format!("/webhooks/{}", id(&webhook)), json!({ "active": false }));
    let path = format!("/webhooks/{}/test", id(&webhook));
    let tested = stage.post(&path, json!({}));
    assert_eq!(
        (&tested["event"], &tested["state"]),
        (&json!("webhook.test"), &json!("sent"))
    );
    let message = receiver.wait_for(1).remove(0);
    assert_eq!(tested["id"].as_str(), Some(&*message.id()));
    assert_eq!(message.header("webhook-signature"), signature(&webhook, &message));
    receiver.tell(crate::receiver::Behaviour::Status(500));
    let failed = stage.post(&path, json!({}));
    assert_eq!(
        (&failed["state"], &failed["next_attempt_at"]),
        (&json!("failed"), &json!(null))
    );
    assert_eq!(failed["attempts"][0]["error"], "The receiver answered 500.");
    assert_eq!(
        stage.get(&format!("/webhooks/{}", id(&webhook)))["state"],
        "ok",
        "a test is no failure"
    );
}

#[test]
fn while_a_secret_is_replaced_both_sign() {
    let (stage, receiver) = (Stage::open(), Receiver::start());
    let old = stage.hook(&receiver, &["lead.created"]);
    let new = stage.post(&format!("/webhooks/{}/secret", id(&old)), json!({}));
    stage.click();
    let message = receiver.wait_for(1).remove(0);
    let both = format!("{} {}", signature(&new, &message), signature(&old, &message));
    assert_eq!(message.header("webhook-signature"), both);
    stage.advance(DAY);
    stage.click();
    let message = receiver.wait_for(2).remove(1);
    assert_eq!(message.header("webhook-signature"), signature(&new, &message));
}
