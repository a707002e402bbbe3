//! Receivers that do not take what they are sent.

use crate::{
    common::{now, wait_for},
    receiver::{Behaviour, Receiver},
    stage::{DAY, Stage, id},
};
use konektor_core::webhook::retry::SCHEDULE;
use serde_json::{Value, json};
use std::time::Duration;

/// More than the schedule with all of its jitter.
fn a_bit_more(delay: Duration) -> Duration {
    delay.mul_f64(1.2) + Duration::from_millis(10)
}

#[test]
fn a_message_is_tried_by_the_schedule_and_then_given_up() {
    let (stage, receiver) = (Stage::open(), Receiver::that(Behaviour::Status(500)));
    let webhook = stage.hook(&receiver, &["lead.created"]);
    stage.click();
    for (n, delay) in SCHEDULE.iter().enumerate() {
        stage.advance(a_bit_more(*delay));
        let message = stage.wait_for_attempts(&webhook, n + 1);
        assert_eq!(message["attempts"][n]["status"], 500);
        let is_last = n + 1 == SCHEDULE.len();
        assert_eq!(message["state"], if is_last { "failed" } else { "pending" });
        assert_eq!(message["next_attempt_at"].is_null(), is_last);
    }
    let received = receiver.received();
    assert_eq!(received.len(), SCHEDULE.len());
    let is_the_same =
        |message: &crate::receiver::Received| (message.id(), &message.body) == (received[0].id(), &received[0].body);
    assert!(
        received.iter().all(is_the_same),
        "each attempt says the same under the same id"
    );
    let timestamps: Vec<_> = received
        .iter()
        .map(|message| message.header("webhook-timestamp"))
        .collect();
    assert_ne!(timestamps[0], timestamps[7], "but is signed anew");
    let failing = stage.wait_for_state(&webhook, "failing");
    assert!(failing["failing_since"].is_string());

    receiver.tell(Behaviour::Status(200));
    stage.click();
    receiver.wait_for(SCHEDULE.len() + 1);
    assert!(stage.wait_for_state(&webhook, "ok")["failing_since"].is_null());
}

#[test]
fn a_receiver_may_ask_for_more_patience() {
    let busy = Behaviour::With(503, "retry-after", "120".to_owned());
    let (stage, receiver) = (Stage::open(), Receiver::that(busy));
    let webhook = stage.hook(&receiver, &["lead.created"]);
    stage.click();
    let message = stage.wait_for_attempts(&webhook, 1);
    let time = |value: &Value| {
        value
            .as_str()
            .expect("a time")
            .parse::<jiff::Timestamp>()
            .expect("a time")
    };
    let wait = time(&message["next_attempt_at"]) - time(&message["attempts"][0]["at"]);
    let seconds = wait.total(jiff::Unit::Second).expect("seconds");
    assert!((120.0..=144.0).contains(&seconds), "{seconds}");
}

#[test]
fn who_hangs_holds_up_nobody_else() {
    let stage = Stage::open();
    let (hanging, broken) = (Receiver::that(Behaviour::Hang), Receiver::that(Behaviour::Break));
    let (babbling, well) = (Receiver::that(Behaviour::Babble), Receiver::start());
    for receiver in [&hanging, &broken, &babbling, &well] {
        stage.hook(receiver, &["click.recorded"]);
    }
    let started = now();
    const CLICKS: usize = 100;
    for _ in 0..CLICKS {
        stage.click();
    }
    well.wait_for(CLICKS);
    assert!(
        started.elapsed() < Duration::from_secs(12),
        "before anybody's time-out: {:?}",
        started.elapsed()
    );
    let ids: std::collections::BTreeSet<_> = well.received().iter().map(crate::receiver::Received::id).collect();
    assert_eq!(ids.len(), CLICKS);
    assert!(hanging.connections() <= 16, "{}", hanging.connections());
    assert!(!babbling.received().is_empty());
}

#[test]
fn what_a_babbler_took_is_sent() {
    let (stage, receiver) = (Stage::open(), Receiver::that(Behaviour::Babble));
    let webhook = stage.hook(&receiver, &["lead.created"]);
    stage.click();
    assert_eq!(stage.wait_for_attempts(&webhook, 1)["state"], "sent");
}

#[test]
fn after_five_days_of_failure_it_is_given_up_with_an_alert() {
    let (stage, receiver) = (Stage::open(), Receiver::that(Behaviour::Status(500)));
    let webhook = stage.hook(&receiver, &["lead.created"]);
    stage.click();
    stage.wait_for_state(&webhook, "failing");
    stage.advance(5 * DAY);
    stage.wait_for_state(&webhook, "disabled");
    let alert = stage.get("/alerts")["items"][0].clone();
    assert_eq!(
        (&alert["kind"], &alert["webhook_id"]),
        (&json!("webhook_disabled"), &webhook["id"])
    );
    let words = alert["message"].as_str().expect("words");
    assert!(words.contains("five days") && words.contains("127.0.0.1"), "{words}");
    let before = receiver.received().len();
    stage.click();
    let leads = || stage.get("/leads")["items"].as_array().map_or(0, Vec::len);
    wait_for("the second lead", || (leads() == 2).then_some(()));
    let path = format!("/webhooks/{}", id(&webhook));
    let count = stage.get(&format!("{path}/messages"))["items"]
        .as_array()
        .map_or(0, Vec::len);
    assert_eq!(count, 1, "nothing is kept for it");

    receiver.tell(Behaviour::Status(200));
    assert_eq!(stage.patch(&path, json!({ "active": true }))["state"], "ok");
    stage.advance(DAY);
    receiver.wait_for(before + 1);
    assert!(stage.get("/alerts")["items"].as_array().expect("a list").is_empty());
}

#[test]
fn who_says_that_they_are_gone_is_given_up_at_once() {
    let (stage, receiver) = (Stage::open(), Receiver::that(Behaviour::Status(410)));
    let webhook = stage.hook(&receiver, &["lead.created"]);
    stage.click();
    stage.wait_for_state(&webhook, "disabled");
    assert_eq!(receiver.received().len(), 1);
}
