use crate::{
    api::{
        people::{Browser, add_user},
        testing::{Answer, META_TOKEN, NOW, Server, meta},
    },
    doctor::words::say,
};
use axum::http::{Method, StatusCode};
use konektor_core::{decide::Visit, identity::continuity::Fingerprints, ids::RotatorId, time::Day};
use konektor_store::{
    Store,
    model::{Count, ORPHANS, Role},
};
use serde_json::{Value, json};

const HOUR_MS: i64 = 3_600_000;

/// What was found, by kind.
fn kinds(answer: &Answer) -> Vec<String> {
    let kinds = answer.items("kind");
    kinds.iter().map(|kind| kind.as_str().unwrap().to_owned()).collect()
}

fn finding(answer: &Answer, kind: &str) -> Value {
    let items = answer.json["items"].as_array().unwrap();
    let found = items.iter().find(|item| item["kind"] == kind);
    found.unwrap_or_else(|| panic!("no {kind} in {}", answer.json)).clone()
}

async fn add_agent(server: &Server, name: &str, phone: &str) -> String {
    let answer = server.post("/agents", json!({ "name": name, "phone": phone })).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.json);
    answer.json["id"].as_str().unwrap().to_owned()
}

/// A shop in which nothing is wrong.
async fn shop() -> (Server, [String; 2], String) {
    let server = Server::start().await;
    let agents = [
        add_agent(&server, "Ayu", "0812 9876 0011").await,
        add_agent(&server, "Budi", "0812 9876 0022").await,
    ];
    let promo = server.add_rotator("promo", &[&agents[0], &agents[1]]).await;
    (server, agents, promo)
}

/// Visits of new people with these query strings, an hour after the other.
async fn come(server: &Server, rotator: &str, queries: &[&str]) {
    for (n, query) in queries.iter().enumerate() {
        server
            .record(vec![server.visit(rotator, query, n as i64 * HOUR_MS + 60_000)])
            .await;
    }
    server.set_clock(queries.len() as i64 * HOUR_MS + 4 * HOUR_MS);
}

async fn look(server: &Server) -> Answer {
    server.get("/doctor").await
}

#[tokio::test]
async fn of_a_shop_without_a_fault_nothing_is_said() {
    let (server, _, promo) = shop().await;
    come(
        &server,
        &promo,
        &["utm_source=bio", "", "utm_source=instagram", "utm_source=bio"],
    )
    .await;
    let answer = look(&server).await;
    assert_eq!(
        (&answer.json["items"], &answer.json["worst"]),
        (&json!([]), &Value::Null)
    );
    assert_eq!(
        (&answer.json["clicks"], &answer.json["from"]),
        (&json!(4), &json!("2026-08-10T10:00:00.000Z"))
    );
}

#[tokio::test]
async fn ads_that_lead_to_nobody_are_found_with_the_way_there() {
    let (server, agents, promo) = shop().await;
    server.add_destination(meta()).await;
    come(&server, &promo, &["fbclid=A", "fbclid=B"]).await;
    assert_eq!(kinds(&look(&server).await), [""; 0]);
    server
        .patch(&format!("/rotators/{promo}"), json!({ "agents": [] }))
        .await;
    let answer = look(&server).await;
    let found = finding(&answer, "rotator_empty");
    assert_eq!((&found["severity"], &found["count"]), (&json!("problem"), &json!(2)));
    assert_eq!(
        (&found["place"], &found["rotator_id"]),
        (&json!(format!("/rotators/{promo}")), &json!(promo))
    );
    assert_eq!(found["id"], format!("rotator_empty:{promo}"));
    assert!(found["cause"].as_str().unwrap().contains("got 2 ad clicks"), "{found}");
    assert_eq!(answer.json["worst"], "problem");

    let share = json!({ "agents": [{ "agent_id": agents[0] }] });
    server.patch(&format!("/rotators/{promo}"), share).await;
    server
        .patch(&format!("/agents/{}", agents[0]), json!({ "active": false }))
        .await;
    assert_eq!(kinds(&look(&server).await), ["rotator_off"]);
    server
        .patch(
            &format!("/agents/{}", agents[0]),
            json!({ "active": true, "hours": [] }),
        )
        .await;
    let found = finding(&look(&server).await, "nobody_on_duty");
    assert_eq!(found["place"], format!("/rotators/{promo}"));
}

#[tokio::test]
async fn what_links_bring_wrongly_is_found_by_name() {
    let (server, _, promo) = shop().await;
    let queries = [
        "gclid={gclid}&utm_source=fb",
        "gclid={gclid}&utm_source=fb",
        "gclid={gclid}&utm_source=Facebook",
        "utm_campaign={{campaign.name}}&utm_source=facebook",
        "utm_campaign=__CAMPAIGN_NAME__",
        "utm_campaign={campaignid}",
    ];
    come(&server, &promo, &queries).await;
    let answer = look(&server).await;
    assert_eq!(kinds(&answer), ["macro", "macro", "source_spelling"]);
    let [gclid, campaign] = [&answer.json["items"][0], &answer.json["items"][1]];
    assert_eq!(
        (&gclid["subject"], &gclid["severity"]),
        (&json!("gclid"), &json!("problem"))
    );
    assert!(gclid["fix"].as_str().unwrap().contains("auto-tagging"));
    assert_eq!(
        (&campaign["subject"], &campaign["count"]),
        (&json!("utm_campaign"), &json!(3))
    );
    assert!(campaign["fix"].as_str().unwrap().contains("{{campaign.name}}"));
    let code = campaign["lead_code"].as_str().unwrap();
    assert_eq!(server.get(&format!("/leads/{code}")).await.status, StatusCode::OK);
    let spelling = finding(&answer, "source_spelling");
    assert_eq!(
        (&spelling["example"], &spelling["details"]["keep"]),
        (&json!("fb (2), facebook (1), Facebook (1)"), &json!("fb"))
    );
}

#[tokio::test]
async fn a_link_that_was_copied_out_of_an_ad_is_found() {
    let (server, _, promo) = shop().await;
    let prints = Fingerprints::new(server.app.store.installation().await.unwrap().fingerprint_key);
    for n in 0..4 {
        let browser = format!("Mozilla/5.0 (Linux; Android 13; SM-A{n}) AppleWebKit/537.36 Chrome/142.0.0.0 Mobile");
        let visit = server.visit(&promo, "fbclid=IwAR2CopiedOutOfAnAd", n * HOUR_MS);
        let click_id = prints.click_id(server.workspace, &visit.touch, prints.user_agent(&browser), &visit.lang);
        let visit = Visit {
            click_id,
            ua: browser.as_str().into(),
            ..visit
        };
        server.record(vec![visit]).await;
    }
    server.set_clock(8 * HOUR_MS);
    let found = finding(&look(&server).await, "shared_click_id");
    assert_eq!(
        (&found["count"], &found["example"]),
        (&json!(4), &json!("fbclid=IwAR2CopiedO…"))
    );
}

#[tokio::test]
async fn a_platform_that_hears_nothing_is_found() {
    let (server, _, promo) = shop().await;
    come(&server, &promo, &["ttclid=A", "ttclid=B", "ttclid=C"]).await;
    let untold = finding(&look(&server).await, "platform_untold");
    assert_eq!(untold["place"], "/platforms/new?platform=tiktok");

    let (server, _, promo) = shop().await;
    let id = server.add_destination(meta()).await;
    come(&server, &promo, &["fbclid=A", "fbclid=B", "fbclid=C"]).await;
    let answer = look(&server).await;
    let silent = finding(&answer, "destination_silent");
    assert_eq!((&silent["destination_id"], &silent["count"]), (&json!(id), &json!(3)));
    assert!(!answer.text.contains(META_TOKEN));
    server
        .patch(&format!("/destinations/{id}"), json!({ "active": false }))
        .await;
    assert_eq!(kinds(&look(&server).await), ["destination_off"]);
    server
        .patch(&format!("/destinations/{id}"), json!({ "active": true }))
        .await;
    server.hold(&id, "The token has expired.").await;
    let held = finding(&look(&server).await, "destination_held");
    assert_eq!(
        (&held["example"], &held["since"]),
        (&json!("The token has expired."), &json!("2026-08-17T09:00:00.000Z"))
    );
    server
        .patch(
            &format!("/destinations/{id}"),
            json!({ "settings": { "dataset_id": "1234567890123456", "api_version": "v20.0" } }),
        )
        .await;
    let version = finding(&look(&server).await, "api_version");
    assert_eq!(
        (&version["count"], &version["at"]),
        (&json!(37), &json!("2026-09-24T00:00:00.000Z"))
    );
}

#[tokio::test]
async fn a_number_that_nobody_answers_is_found() {
    let (server, agents, promo) = shop().await;
    for n in 0..40 {
        let leads = server.record(vec![server.visit(&promo, "", n * 300_000)]).await;
        let lead = server.app.store.find_lead(leads[0]).await.unwrap().unwrap();
        if lead.agent.map(|agent| agent.to_string()) == Some(agents[1].clone()) && n % 3 == 0 {
            let back = Visit {
                cookie: Some(leads[0].number),
                ..server.visit(&promo, "", n * 300_000 + 30_000)
            };
            server.record(vec![back]).await;
        }
    }
    server.set_clock(4 * HOUR_MS);
    let found = finding(&look(&server).await, "agent_dead");
    assert_eq!(
        (&found["agent_id"], &found["subject"]),
        (&json!(agents[1]), &json!("Budi"))
    );
    assert_eq!(found["place"], format!("/agents?agent={}", agents[1]));
}

#[tokio::test]
async fn a_mistyped_link_is_found_until_there_is_one() {
    let (server, _, _) = shop().await;
    let count = |n| Count {
        workspace: server.workspace,
        day: Day(20_260_817),
        rotator: RotatorId(0),
        metric: ORPHANS,
        key: "prmo".into(),
        n,
    };
    server.app.store.add_counts(vec![count(4)]).await.unwrap();
    let found = finding(&look(&server).await, "orphan_hits");
    assert_eq!(
        (&found["place"], &found["details"]["near"]),
        (&json!("/rotators/new?slug=prmo"), &json!("promo"))
    );
    server.add_rotator("prmo", &[]).await;
    assert_eq!(kinds(&look(&server).await), [""; 0]);
}

#[tokio::test]
async fn the_server_looks_at_itself() {
    let (server, _, _) = shop().await;
    server.app.geo_built_at.set(NOW.plus_ms(-300 * 24 * HOUR_MS)).unwrap();
    server.app.degraded.begin(NOW);
    server.app.degraded.set_waiting(12);
    server.set_clock(9 * 24 * HOUR_MS);
    let answer = look(&server).await;
    let expected: &[_] = match server.is_on_postgres() {
        false => &["spool_waiting", "backup_missing", "geo_old"],
        true => &["spool_waiting", "geo_old"], // whose backups are another's business
    };
    assert_eq!(kinds(&answer), expected);
    assert_eq!(answer.json["items"][0]["count"], 12);
    server.app.degraded.end();
    let mark = server.app.settings.data.join("last-backup");
    std::fs::write(&mark, "").unwrap();
    assert_eq!(
        kinds(&look(&server).await),
        ["geo_old"],
        "the file is of today, whatever the test's clock says"
    );
    if server.is_on_postgres() {
        return; // its log is not ours to look at
    }
    std::fs::File::create(server.app.settings.data.join("konektor.db-wal.copy-wal"))
        .unwrap()
        .set_len(300 << 20)
        .unwrap();
    assert_eq!(kinds(&look(&server).await), ["log_growing", "geo_old"]);
}

#[tokio::test]
async fn what_is_anothers_is_not_said() {
    let (server, _, promo) = shop().await;
    come(&server, &promo, &["ttclid=A", "ttclid=B", "ttclid=C"]).await;
    let (_, key) = server.add_workspace().await;
    let foreign = server.ask(&key, Method::GET, "/doctor", None).await;
    assert_eq!(
        (&foreign.json["items"], &foreign.json["clicks"]),
        (&json!([]), &json!(0))
    );
    let workspace = server.workspace;
    let user = add_user(&server, workspace, "ayu@kopi.id", Role::Agent, None).await;
    let browser = Browser::of(&server, user, workspace).await;
    let answer = browser.ask_and_forget(Method::GET, "/doctor", None).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

#[test]
fn each_kind_has_words() {
    use konektor_core::doctor::{Finding, Kind, Severity, Subject};
    for kind in Kind::ALL {
        let said = say(&Finding {
            kind,
            severity: Severity::Advice,
            subject: Subject::Whole,
            name: "Promo".to_owned(),
            count: Some(3),
            example: Some("x".to_owned()),
            lead: None,
            since: None,
            at: None,
            details: Default::default(),
        });
        assert!(
            said.cause.ends_with(['.', ' ']) && said.fix.ends_with('.'),
            "{kind:?}: {said:?}"
        );
    }
}
