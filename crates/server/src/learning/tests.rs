//! Seen from outside: leads are won, a day passes, shares move, and the ledger says why.

use super::*;
use crate::api::testing::Server;
use konektor_core::ids::LeadId;
use serde_json::{Value, json};

const MINUTE_MS: i64 = 60_000;

/// A shop whose two agents have equal shares at a link that learns, with the days as short as they may be.
async fn shop() -> (Server, String, [String; 2]) {
    let server = Server::start().await;
    let agents = [server.add_agent("Ayu").await, server.add_agent("Budi").await];
    let promo = server.add_rotator("promo", &[&agents[0], &agents[1]]).await;
    let learning = json!({ "learning": { "window_days": 14, "wait_days": 1 } });
    assert_eq!(server.patch(&format!("/rotators/{promo}"), learning).await.status, 200);
    (server, promo, agents)
}

/// New visitors, a minute apart, from so many days after the start on.
async fn come(server: &Server, promo: &str, day: i64, visitors: i64) -> Vec<LeadId> {
    let at = |n: i64| day * DAY_MS + n * MINUTE_MS;
    let visits = (0..visitors)
        .map(|n| server.visit(promo, "utm_source=ig", at(n)))
        .collect();
    server.record(visits).await
}

async fn set_status(server: &Server, lead: LeadId, status: &str) {
    let path = format!("/leads/{}", lead.packed());
    assert_eq!(server.patch(&path, json!({ "status": status })).await.status, 200);
}

/// Ayu and Budi have had a hundred leads each by turns; she won thirty of them and he ten.
async fn ayu_wins_more(server: &Server, promo: &str) -> Vec<LeadId> {
    let leads = come(server, promo, 0, 200).await;
    server.set_clock(200 * MINUTE_MS);
    for n in 0..100 {
        let of_ayu = n < 30;
        let of_budi = n < 10;
        for (wins, lead) in [(of_ayu, leads[2 * n]), (of_budi, leads[2 * n + 1])] {
            if wins {
                set_status(server, lead, "won").await;
            }
        }
    }
    server.fold().await;
    leads
}

/// What the ledger says once it is so many days later.
async fn on_day(server: &Server, day: i64, seen: &mut Seen) -> Value {
    server.set_clock(day * DAY_MS + 300 * MINUTE_MS);
    pass(&server.app, seen).await.unwrap();
    server.get("/reports/rotation").await.json
}

fn shares(report: &Value) -> [f64; 2] {
    [0, 1].map(|at| report["learning"][0]["agents"][at]["learned_share"].as_f64().unwrap())
}

#[tokio::test]
async fn leads_that_are_won_move_shares_and_the_ledger_says_why() {
    let (server, promo, [ayu, budi]) = shop().await;
    let mut seen = Seen::new();
    ayu_wins_more(&server, &promo).await;
    let before = on_day(&server, 0, &mut seen).await["learning"][0].clone();
    assert_eq!(
        (&before["verdict"], &before["compared"]),
        (&json!("few_leads"), &json!(null))
    );
    let untouched = json!({
        "agent_id": ayu, "agent": "Ayu", "set_share": 0.5, "learned_share": 0.5, "leads": 0, "won": 0, "rate": null,
    });
    assert_eq!(before["agents"][0], untouched, "no lead is old enough");

    let report = on_day(&server, 2, &mut seen).await;
    let learning = &report["learning"][0];
    assert_eq!(learning["verdict"], "moved");
    assert_eq!(
        (&learning["from"], &learning["to"]),
        (&json!("2026-08-04"), &json!("2026-08-17"))
    );
    assert_eq!(learning["team"], json!({ "leads": 200, "won": 40, "rate": 0.2 }));
    let why = |at: usize| {
        let agent = &learning["agents"][at];
        [&agent["agent"], &agent["leads"], &agent["won"], &agent["set_share"]].map(Value::clone)
    };
    assert_eq!(why(0), [json!("Ayu"), json!(100), json!(30), json!(0.5)]);
    assert_eq!(why(1), [json!("Budi"), json!(100), json!(10), json!(0.5)]);
    let [of_ayu, of_budi] = shares(&report);
    assert!(of_ayu > 0.6 && of_budi >= 0.25, "{of_ayu} {of_budi}");

    // The next leads go by it: four in five of them by the learned shares, one in five by the set ones.
    come(&server, &promo, 3, 300).await;
    let report = on_day(&server, 5, &mut seen).await;
    let groups = &report["learning"][0]["compared"];
    assert_eq!(
        (&groups["since"], &groups["to"]),
        (&json!("2026-08-20"), &json!("2026-08-20"))
    );
    let [by_learned, held_out] = ["learned", "held_out"].map(|group| groups[group]["leads"].as_f64().unwrap());
    assert_eq!(by_learned + held_out, 300.0);
    assert!((50.0..=70.0).contains(&held_out), "{held_out}");
    let day = |agent: &str| {
        let rows = report["rows"].as_array().unwrap();
        let row = rows
            .iter()
            .find(|row| row["agent_id"] == agent && row["day"] == "2026-08-20");
        row.unwrap()["given"].as_f64().unwrap()
    };
    let due = by_learned * of_ayu + held_out * 0.5;
    assert!((day(&ayu) - due).abs() < 2.0, "{} instead of {due}", day(&ayu));
    assert_eq!(day(&ayu) + day(&budi), 300.0);
    assert!(
        report["totals"]
            .as_array()
            .unwrap()
            .iter()
            .all(|total| total["within_bound"] == true)
    );

    let preview = json!({ "rotator_id": promo, "agents": [{ "agent_id": ayu }, { "agent_id": budi }] });
    let preview = server.post("/rotators/preview", preview).await.json;
    let shown = preview["shares"][0]["share"].as_f64().unwrap();
    assert!(
        (shown - shares(&report)[0]).abs() < 1e-6,
        "what is shown beforehand is what happens"
    );
}

#[tokio::test]
async fn frozen_shares_stay_and_switched_off_ones_are_forgotten() {
    let (server, promo, _) = shop().await;
    let (path, mut seen) = (format!("/rotators/{promo}"), Seen::new());
    let leads = ayu_wins_more(&server, &promo).await;
    let moved = shares(&on_day(&server, 2, &mut seen).await);
    server.patch(&path, json!({ "learning": { "frozen": true } })).await;

    server.set_clock(200 * MINUTE_MS);
    for lead in leads.iter().step_by(2) {
        set_status(&server, *lead, "lost").await;
    }
    server.fold().await;
    let report = on_day(&server, 3, &mut seen).await;
    assert_eq!(
        (shares(&report), &report["learning"][0]["frozen"]),
        (moved, &json!(true))
    );
    server.patch(&path, json!({ "learning": { "frozen": false } })).await;
    let report = on_day(&server, 3, &mut seen).await;
    assert_eq!(
        report["learning"][0]["verdict"], "few_won",
        "of what Ayu won nothing is left"
    );
    assert_eq!(shares(&report), [0.5, 0.5], "too little to go by: the set shares");

    server.patch(&path, json!({ "learning": null })).await;
    assert_eq!(on_day(&server, 3, &mut seen).await["learning"], json!([]));
    assert!(seen.is_empty());
    server.patch(&path, json!({ "learning": {} })).await;
    let anew = server.get("/reports/rotation").await.json["learning"][0].clone();
    assert_eq!(
        (&anew["verdict"], &anew["from"]),
        (&json!(null), &json!(null)),
        "it has not been looked at"
    );
}

#[tokio::test]
async fn several_servers_come_to_the_same() {
    let (server, promo, _) = shop().await;
    ayu_wins_more(&server, &promo).await;
    let first = on_day(&server, 2, &mut Seen::new()).await;
    let stored = server.app.store.rotators(server.workspace).await.unwrap();
    let (rotator, learned) = (stored[0].id, stored[0].learned.clone().unwrap());
    // The other one has looked at nothing yet.
    let again = on_day(&server, 2, &mut Seen::new()).await;
    assert_eq!(first["learning"], again["learning"]);
    let set = server.app.store.set_learned(server.workspace, rotator, learned).await;
    assert!(!set.unwrap(), "nothing was written twice");
}
