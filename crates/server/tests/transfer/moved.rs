//! There and back, and the servers on either side.

use crate::{
    common::wait_for,
    town::{Postgres, Town, beside, moved, rows, sqlite},
};
use konektor_fake_platforms::Platform;
use serde_json::json;
use std::collections::BTreeSet;

/// Tables that the town has rows in: nearly all that there are.
const FILLED: [&str; 35] = [
    "installation",
    "signing_keys",
    "workspaces",
    "numbers",
    "users",
    "memberships",
    "api_keys",
    "hosts",
    "screening_rules",
    "agents",
    "rotators",
    "destinations",
    "webhooks",
    "agent_absences",
    "forms",
    "leads",
    "lead_changes",
    "clicks",
    "rotations",
    "turns",
    "keyed_requests",
    "audit",
    "form_posts",
    "notices",
    "merges",
    "identifiers",
    "submissions",
    "activity",
    "links",
    "click_ids",
    "counters",
    "sources",
    "deliveries",
    "exchanges",
    "tracking",
];

#[test]
fn everything_arrives_and_comes_back_the_same_and_the_server_goes_on_where_it_was() {
    let Some(postgres) = Postgres::make() else { return };
    let town = Town::of(600);
    let first = sqlite(&town.data);
    let server = town.serve(&first);
    let known = town.live(&server);
    town.stop(server);
    let (told, sent) = (
        town.receiver.received().len(),
        town.platforms.received(Platform::Meta).len(),
    );
    assert!(told > 20, "{told}");

    let there = moved(&town.data, &first, &postgres.url);
    for table in FILLED {
        assert!(rows(&there, table) > 0, "{table}: {there}");
    }
    assert!(rows(&there, "webhook_attempts") > 0 && rows(&there, "webhook_messages") > 0);
    let back_data = beside(&town, "back");
    let back = moved(&town.data, &postgres.url, &sqlite(&back_data));
    assert_eq!(there, back, "rows and checksums of every table");

    for database in [postgres.url.as_str(), &sqlite(&back_data)] {
        let server = town.serve(database);
        // Who was here is known, stays with their agent, and makes no new lead.
        for visitor in &known[..10] {
            let answer = town.visit(&server, &visitor.query, Some(&visitor.cookie));
            assert_eq!((answer.code(), answer.digits()), (&*visitor.code, &*visitor.digits));
        }
        // A browser that dropped its cookie, by its click ID.
        let answer = town.visit(&server, &known[9].query, None);
        assert_eq!(answer.code(), known[9].code);
        // New ones have codes that nobody had, and turns go round.
        let mut codes: BTreeSet<String> = known.iter().map(|visitor| visitor.code.clone()).collect();
        let before = codes.len();
        let mut digits = BTreeSet::new();
        for n in 0..6 {
            let answer = town.visit(&server, &format!("utm_content=new_{n}"), None);
            codes.insert(answer.code().to_owned());
            digits.insert(answer.digits().to_owned());
        }
        assert_eq!(codes.len(), before + 6);
        assert_eq!(digits.len(), 3, "each agent has had a turn");
        let report = town.get(&server, "/reports/rotation");
        for line in report["totals"].as_array().expect("a list") {
            assert_eq!(line["within_bound"], true, "{line}");
        }
        // The timeline of somebody who came back goes all the way.
        let path = format!("/leads/{}/timeline?limit=100", known[0].code);
        wait_for("all clicks in the timeline", || {
            let timeline = town.get(&server, &path);
            let items = timeline["items"].as_array().expect("a list");
            let clicks = items.iter().filter(|item| item["kind"] == "click").count();
            (clicks >= 3).then_some(())
        });
        // Who was merged is one person here, too.
        let siti = town.get(&server, "/leads?q=siti@contoh.id")["items"][0].clone();
        assert_eq!(siti["phone"], "6281234567890", "{siti}");
        town.wait_until_told(&server);
        town.stop(server);
    }
    let meta = town.platforms.received(Platform::Meta);
    let events: BTreeSet<_> = meta.iter().map(|event| event.event_id.clone()).collect();
    assert_eq!(meta.len(), sent, "nothing is told of a click ID that was told before");
    assert_eq!(events.len(), meta.len());
    let messages = town.receiver.received();
    // Both servers went on from the same state, so what is new may have the same id in both; what was told before has not.
    let old: BTreeSet<_> = messages[..told].iter().map(|message| message.id()).collect();
    assert!(messages[told..].iter().all(|message| !old.contains(&message.id())));

    // What waited for TikTok is sent once, by the server on PostgreSQL.
    let server = town.serve(&postgres.url);
    let destinations = town.get(&server, "/destinations");
    let tiktok = destinations["items"].as_array().expect("a list").iter();
    let tiktok = tiktok
        .clone()
        .find(|one| one["platform"] == "tiktok")
        .expect("it is there");
    let id = tiktok["id"].as_str().expect("an id");
    town.patch(&server, &format!("/destinations/{id}"), json!({ "active": true }));
    town.platforms.wait_for_events(Platform::Tiktok, 5);
    town.stop(server);
    assert_eq!(town.platforms.received(Platform::Tiktok).len(), 5);
}
