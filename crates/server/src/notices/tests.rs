//! From the settings to the letter, with a mail server that takes, refuses, hangs and says nothing.

#[path = "../../tests/common/smtp.rs"]
mod smtp;

use super::{Hands, look, post};
use crate::{
    api::{
        people::{Browser, add_user},
        testing::{Server, meta},
    },
    mail::Mail,
};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use konektor_core::{
    flood::FloodLimits,
    ids::{AgentId, LeadId, UserId},
    time::UnixMs,
};
use konektor_store::{
    Notices, Store, WebhookStore,
    model::{NewHandOver, Reminder, Role},
};
use mail_parser::{Message, MessageParser};
use serde_json::{Value, json};
use smtp::{Manner, Received, Smtp};
use std::time::Duration;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;

/// A server with a mail server, and somebody who gets the digest.
struct Stage {
    server: Server,
    smtp: Smtp,
    rina: UserId,
}

/// Hands over as the recorder does, with a memory of its own.
struct Direct<'s>(&'s Server);

impl Hands for Direct<'_> {
    async fn hand_over(&self, leads: Vec<NewHandOver>, now: UnixMs) -> Option<Vec<Reminder>> {
        let store = &self.0.app.store;
        let memory = store.memory(FloodLimits::default()).await.unwrap();
        let done = store
            .hand_over(self.0.app.routing.load_full(), memory, leads, now)
            .await;
        Some(done.unwrap().1)
    }
}

impl Stage {
    async fn open(manner: Manner) -> Self {
        let smtp = Smtp::start(manner).await;
        let server = Server::start_with(&[
            ("KONEKTOR_MAIL_URL", smtp.url()),
            ("KONEKTOR_MAIL_FROM", "Konektor <konektor@brand.com>".to_owned()),
        ])
        .await;
        let rina = add_user(&server, server.workspace, "rina@kopi.id", Role::Owner, None).await;
        Self { server, smtp, rina }
    }

    /// Switches a daily digest on, at seven.
    async fn daily(&self) {
        let change = json!({ "frequency": "daily", "recipients": [self.rina.to_string()] });
        let set = self.server.patch("/digest", change).await;
        assert_eq!(set.status, StatusCode::OK, "{}", set.json);
    }

    /// Looks at a moment, as a server does, and sends what is due then.
    async fn look_at(&self, ms_after: i64) {
        self.server.set_clock(ms_after);
        self.look().await;
        self.send().await;
    }

    async fn look(&self) {
        look(&self.server.app, &Direct(&self.server), &mut UnixMs(0))
            .await
            .unwrap();
    }

    /// Sends what is due by somebody who waits no longer than three seconds for an answer.
    async fn send_impatiently(&self) {
        let app = &self.server.app;
        let settings = app.settings.mail.as_ref().unwrap();
        let mail = Mail::with_patience(settings, Duration::from_secs(3)).unwrap();
        post::pass(app, &mail).await.unwrap();
    }

    async fn send(&self) {
        let app = &self.server.app;
        while post::pass(app, app.mail.as_ref().unwrap()).await.unwrap() > 0 {}
    }

    async fn latest(&self) -> Vec<(String, String)> {
        let latest = self.server.get("/digest").await.json["latest"].clone();
        let text = |mail: &Value, key: &str| mail[key].as_str().unwrap_or_default().to_owned();
        let latest = latest.as_array().unwrap().iter();
        latest.map(|mail| (text(mail, "state"), text(mail, "reason"))).collect()
    }

    async fn lead(&self, lead: LeadId) -> Value {
        self.server.get(&format!("/leads/{}", lead.packed())).await.json
    }
}

fn parsed(received: &Received) -> Message<'_> {
    MessageParser::default().parse(&received.data).expect("it is a letter")
}

/// Tomorrow at half past seven in Jakarta.
const MORNING: i64 = DAY_MS - 2 * 60 * MINUTE_MS + 30 * MINUTE_MS;

#[tokio::test]
async fn a_digest_arrives_once_as_plain_text_and_as_html_and_can_be_turned_off_by_one_click() {
    let stage = Stage::open(Manner::Accept).await;
    let server = &stage.server;
    let ayu = server.add_agent("Ayu").await;
    let promo = server.add_rotator("promo", &[&ayu]).await;
    let held = server.add_destination(meta()).await;
    let visits = (0..3)
        .map(|n| server.visit(&promo, "utm_source=%3Cb%3Eig%3C%2Fb%3E", n))
        .collect();
    server.record(visits).await;
    server.hold(&held, "The token has expired.").await;
    stage.daily().await;
    stage.look_at(MINUTE_MS).await;
    assert!(
        stage.smtp.received().is_empty(),
        "yesterday's was due before it was switched on"
    );

    for _ in 0..3 {
        stage.look_at(MORNING).await;
    }
    let [received] = stage.smtp.received().try_into().unwrap();
    assert_eq!(
        (received.from.as_str(), received.to.as_str()),
        ("konektor@brand.com", "rina@kopi.id")
    );
    let letter = parsed(&received);
    assert_eq!(letter.subject(), Some("Ringkasan harian: Toko Kopi · 17 Agustus 2026"));
    assert_eq!(letter.message_id(), Some("kn-digest-1-20260817-1@brand.com"));
    let (text, html) = (letter.body_text(0).unwrap(), letter.body_html(0).unwrap());
    for said in [
        "Lead baru: 3 (0 sebelumnya)",
        "Ayu: 3, paling lama sejak 17/08 09:00",
        "The token has expired.",
        "<b>ig</b>: Lead baru 3",
    ] {
        assert!(text.contains(said), "{said} is not in\n{text}");
    }
    assert!(html.contains("&#60;b&#62;ig") && !html.contains("<b>ig"), "{html}");

    // RFC 8058: looking turns nothing off, one POST does.
    let off = letter
        .header_raw("List-Unsubscribe")
        .unwrap()
        .trim()
        .trim_matches(['<', '>']);
    let one_click = letter.header_raw("List-Unsubscribe-Post").unwrap().trim();
    assert_eq!(one_click, "List-Unsubscribe=One-Click");
    assert!(html.contains(off) && text.contains(off));
    let path = off.strip_prefix("https://go.example.com").unwrap();
    let ask = async |method: Method, path: &str| {
        let request = Request::builder().method(method).uri(path);
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        server
            .send(request.body(Body::from(one_click.to_owned())).unwrap())
            .await
    };
    let page = ask(Method::GET, path).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("<form method=\"post\">") && page.headers["cache-control"] == "no-store");
    assert_eq!(
        ask(Method::POST, &format!("{path}A")).await.status,
        StatusCode::NOT_FOUND
    );
    stage.look_at(MORNING + DAY_MS).await;
    assert_eq!(stage.smtp.received().len(), 2);
    assert_eq!(ask(Method::POST, path).await.status, StatusCode::OK);
    stage.look_at(MORNING + 2 * DAY_MS).await;
    assert_eq!(stage.smtp.received().len(), 2, "it is turned off");
    let mut browser = Browser::of(server, stage.rina, server.workspace).await;
    assert_eq!(browser.get("/me").await.json["mails"]["digest_off"], true);
    browser.patch("/me", json!({ "digest_off": false })).await;
    stage.look_at(MORNING + 3 * DAY_MS).await;
    assert_eq!(stage.smtp.received().len(), 3);
}

#[tokio::test]
async fn a_mail_server_that_is_busy_is_asked_again_and_one_that_knows_nobody_is_not() {
    let stage = Stage::open(Manner::Busy).await;
    stage.daily().await;
    stage.look_at(MORNING).await;
    let [(state, reason)] = stage.latest().await.try_into().unwrap();
    assert!(
        state == "pending" && reason.contains("come back later"),
        "{state} {reason}"
    );
    assert!(
        stage.server.get("/alerts").await.items("kind").is_empty(),
        "once is no alarm"
    );
    let tried = stage.smtp.connections();
    stage.look_at(MORNING + 1_000).await;
    assert_eq!(stage.smtp.connections(), tried, "it has asked for time");
    stage.look_at(MORNING + 10 * MINUTE_MS).await;
    stage.look_at(MORNING + 20 * MINUTE_MS).await;
    let alerts = stage.server.get("/alerts").await;
    assert_eq!(alerts.items("kind"), ["mail_failed"]);
    assert!(
        alerts.json["items"][0]["message"]
            .as_str()
            .unwrap()
            .contains("rina@kopi.id")
    );
    stage.smtp.behave(Manner::Accept);
    stage.look_at(MORNING + 4 * 60 * MINUTE_MS).await;
    assert_eq!(stage.smtp.received().len(), 1);
    assert!(
        stage.server.get("/alerts").await.items("kind").is_empty(),
        "it ends by itself"
    );

    stage.smtp.behave(Manner::UnknownUser);
    stage.look_at(MORNING + DAY_MS).await;
    let (state, reason) = stage.latest().await.remove(0);
    assert!(
        state == "failed" && reason.contains("nobody of this name"),
        "{state} {reason}"
    );
    assert_eq!(stage.server.get("/alerts").await.items("kind"), ["mail_failed"]);
}

#[tokio::test]
async fn a_mail_server_that_hangs_is_given_up_in_time_and_asked_again() {
    let stage = Stage::open(Manner::Hang).await;
    stage.daily().await;
    stage.server.set_clock(MORNING);
    stage.look().await;
    stage.send_impatiently().await;
    let [(state, reason)] = stage.latest().await.try_into().unwrap();
    assert!(state == "pending" && !reason.is_empty(), "{state} {reason}");
    stage.smtp.behave(Manner::Accept);
    stage.look_at(MORNING + MINUTE_MS).await;
    assert_eq!(stage.smtp.received().len(), 1);
}

#[tokio::test]
async fn a_letter_whose_answer_was_lost_comes_again_under_the_same_id() {
    let stage = Stage::open(Manner::AcceptAndHang).await;
    stage.daily().await;
    stage.server.set_clock(MORNING);
    stage.look().await;
    stage.send_impatiently().await;
    stage.smtp.behave(Manner::Accept);
    stage.look_at(MORNING + 10 * MINUTE_MS).await;
    let [first, second] = stage.smtp.received().try_into().unwrap();
    assert_eq!(parsed(&first).message_id(), parsed(&second).message_id());
    assert_eq!(stage.latest().await[0].0, "sent");
}

#[tokio::test]
async fn a_restart_and_a_second_server_send_nothing_twice() {
    let mut stage = Stage::open(Manner::Accept).await;
    stage.daily().await;
    stage.server.set_clock(MORNING);
    stage.look().await;
    stage.server.restart().await;
    // Two servers look and send at once.
    let app = &stage.server.app;
    let (hands, mut once, mut again) = (Direct(&stage.server), UnixMs(0), UnixMs(0));
    let (a, b) = tokio::join!(look(app, &hands, &mut once), look(app, &hands, &mut again));
    a.and(b).unwrap();
    tokio::join!(stage.send(), stage.send());
    assert_eq!(stage.smtp.received().len(), 1);
}

#[tokio::test]
async fn the_digest_can_be_tried_out_and_says_so_in_the_language_of_who_asks() {
    let stage = Stage::open(Manner::Accept).await;
    let server = &stage.server;
    let mut browser = Browser::of(server, stage.rina, server.workspace).await;
    browser.patch("/me", json!({ "language": "en" })).await;
    let mut browser = Browser::of(server, stage.rina, server.workspace).await;
    let sent = browser.post("/digest/test", json!({})).await;
    assert_eq!(
        (sent.status, &sent.json),
        (StatusCode::OK, &json!({ "email": "rina@kopi.id" }))
    );
    let [received] = stage.smtp.received().try_into().unwrap();
    let letter = parsed(&received);
    assert_eq!(letter.subject(), Some("Daily digest: Toko Kopi · 16 August 2026"));
    assert!(letter.body_text(0).unwrap().contains("This is a trial."));
    stage.smtp.behave(Manner::UnknownUser);
    let refused = browser.post("/digest/test", json!({})).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.json["detail"].as_str().unwrap().contains("nobody of this name"));
    assert_eq!(
        server.post("/digest/test", json!({})).await.status,
        StatusCode::FORBIDDEN,
        "a key is nobody"
    );
}

#[tokio::test]
async fn without_a_mail_server_the_digest_goes_to_webhooks_alone() {
    let server = Server::start().await;
    let hook = json!({ "url": "https://example.com/hook", "events": ["digest"] });
    assert_eq!(server.post("/webhooks", hook).await.status, StatusCode::CREATED);
    let rina = add_user(&server, server.workspace, "rina@kopi.id", Role::Owner, None).await;
    let change = json!({ "frequency": "weekly", "recipients": [rina.to_string()] });
    let set = server.patch("/digest", change).await.json;
    assert_eq!((&set["mail_ready"], &set["webhooks"]), (&json!(false), &json!(1)));
    server.set_clock(7 * DAY_MS);
    look(&server.app, &Direct(&server), &mut UnixMs(0)).await.unwrap();
    look(&server.app, &Direct(&server), &mut UnixMs(0)).await.unwrap();
    assert_eq!(server.get("/digest").await.json["latest"], json!([]));
    let [webhook] = server.app.store.all_webhooks().await.unwrap().try_into().unwrap();
    let now = server.app.clock.now();
    let claim = server.app.store.claim_messages(webhook.id, now, now, 10).await.unwrap();
    let [message] = claim.messages.try_into().unwrap();
    let data = server
        .app
        .store
        .message_data(vec![message.subject])
        .await
        .unwrap()
        .remove(0)
        .unwrap();
    let workspace = server.app.routing.load().workspace(server.workspace).unwrap().clone();
    let body = crate::webhooks::payload::body(&server.app, &workspace, message.subject.kind, message.at, data).await;
    let body: Value = serde_json::from_str(&body.unwrap()).unwrap();
    assert_eq!(
        (&body["type"], &body["data"]["from"], &body["data"]["to"]),
        (&json!("digest"), &json!("2026-08-17"), &json!("2026-08-23"))
    );
    assert_eq!(
        body["data"]["leads"],
        json!({ "now": 0, "before": 0, "change_percent": null })
    );
    let mut browser = Browser::of(&server, rina, server.workspace).await;
    assert_eq!(
        browser.post("/digest/test", json!({})).await.status,
        StatusCode::CONFLICT
    );
}

#[tokio::test]
async fn an_agent_is_reminded_once_and_then_somebody_else_gets_the_lead_with_the_reason_in_its_timeline() {
    let stage = Stage::open(Manner::Accept).await;
    let server = &stage.server;
    let (ayu, budi) = (server.add_agent("Ayu").await, server.add_agent("Budi").await);
    add_user(server, server.workspace, "ayu@kopi.id", Role::Agent, Some(&ayu)).await;
    add_user(server, server.workspace, "budi@kopi.id", Role::Agent, Some(&budi)).await;
    let promo = server.add_rotator("promo", &[&ayu, &budi]).await;
    let before = server.record(vec![server.visit(&promo, "", -1)]).await;
    let plan = json!({ "remind_minutes": 15, "hand_over_minutes": 30, "by_mail": true });
    server.patch("/reminders", plan).await;
    let leads = server
        .record((1..5).map(|n| server.visit(&promo, "", n)).collect())
        .await;
    let of = async |lead: LeadId| stage.lead(lead).await["agent_id"].clone();
    // Ayu answers one of hers; the others wait.
    let [hers, his, answered, _] = [leads[1], leads[0], leads[3], leads[2]];
    assert_eq!(
        (of(hers).await, of(his).await, of(answered).await),
        (json!(ayu), json!(budi), json!(ayu))
    );
    server
        .patch(
            &format!("/leads/{}", answered.packed()),
            json!({ "status": "contacted" }),
        )
        .await;

    let mut live = server.app.live.listen(server.workspace);
    stage.look_at(14 * MINUTE_MS).await;
    assert!(stage.smtp.received().is_empty());
    stage.look_at(16 * MINUTE_MS).await;
    stage.look_at(17 * MINUTE_MS).await;
    let mut letters = stage.smtp.received();
    letters.sort_by(|a, b| a.to.cmp(&b.to));
    let to: Vec<_> = letters.iter().map(|letter| letter.to.as_str()).collect();
    assert_eq!(to, ["ayu@kopi.id", "budi@kopi.id"], "each once, whatever waits");
    assert_eq!(
        parsed(&letters[0]).subject(),
        Some("Satu lead menunggu Anda · Toko Kopi")
    );
    assert_eq!(parsed(&letters[1]).subject(), Some("2 lead menunggu Anda · Toko Kopi"));
    let code = stage.lead(hers).await["code"].as_str().unwrap().to_owned();
    assert!(
        parsed(&letters[0])
            .body_html(0)
            .unwrap()
            .contains(&format!("/leads?lead={code}"))
    );
    let crate::live::Heard::News(news) = live.next().await.unwrap() else {
        panic!()
    };
    assert_eq!(news.topic, crate::live::Topic::LeadUntouched);

    stage.look_at(31 * MINUTE_MS).await;
    stage.look_at(32 * MINUTE_MS).await;
    stage.look_at(3 * 60 * MINUTE_MS).await;
    assert_eq!(
        (of(hers).await, of(his).await, of(answered).await),
        (json!(budi), json!(ayu), json!(ayu))
    );
    assert_eq!(
        of(before[0]).await,
        json!(ayu),
        "who came before it was switched on is left alone"
    );
    let timeline = server.get(&format!("/leads/{}/timeline", hers.packed())).await;
    let change = &timeline.json["items"][0];
    assert_eq!(
        (&change["field"], &change["by"]),
        (&json!("agent_id"), &json!("reminder:30")),
        "{change}"
    );
    let letters = stage.smtp.received();
    assert_eq!(letters.len(), 4, "each step is taken once");
    assert!(letters[2..].iter().any(|letter| {
        let text = parsed(letter).body_text(0).unwrap().into_owned();
        text.contains("Diserahkan kepada Anda")
    }));
}

#[tokio::test]
async fn nobody_is_reminded_at_night_and_a_lead_that_nobody_can_take_stays() {
    let stage = Stage::open(Manner::Accept).await;
    let server = &stage.server;
    let ayu = server.add_agent("Ayu").await;
    add_user(server, server.workspace, "ayu@kopi.id", Role::Agent, Some(&ayu)).await;
    let hours = json!({ "hours": [{ "days": ["mon", "tue"], "from": "08:00", "to": "09:10" }] });
    server.patch(&format!("/agents/{ayu}"), hours).await;
    let promo = server.add_rotator("promo", &[&ayu]).await;
    server
        .patch(
            "/reminders",
            json!({ "remind_minutes": 15, "hand_over_minutes": 20, "by_mail": true }),
        )
        .await;
    let leads = server.record(vec![server.visit(&promo, "", 1)]).await;
    // It is nine; she goes home at ten past.
    stage.look_at(12 * 60 * MINUTE_MS).await;
    assert!(stage.smtp.received().is_empty());
    stage.look_at(DAY_MS - 60 * MINUTE_MS + 4 * MINUTE_MS).await;
    assert!(stage.smtp.received().is_empty(), "ten minutes yesterday and four today");
    stage.look_at(DAY_MS - 60 * MINUTE_MS + 6 * MINUTE_MS).await;
    assert_eq!(stage.smtp.received().len(), 1);
    stage.look_at(DAY_MS - 60 * MINUTE_MS + 30 * MINUTE_MS).await;
    assert_eq!(
        stage.lead(leads[0]).await["agent_id"],
        json!(ayu),
        "there is nobody else"
    );
    let agent: AgentId = ayu.parse().unwrap();
    let untouched = server.app.store.untouched(server.workspace, UnixMs(0)).await.unwrap();
    assert!(untouched[0].agent == Some(agent) && untouched[0].reminded && !untouched[0].handed_over);
}
