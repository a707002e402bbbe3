use crate::api::{
    people::Browser,
    testing::{NOW, Server},
    time::Time,
};
use axum::http::{Method, StatusCode};
use konektor_store::Access;
use rstest::rstest;
use serde_json::{Value, json};

const HOUR_MS: i64 = 3_600_000;

/// Each agent with weight 1.
fn shares(agents: &[&String]) -> Value {
    agents.iter().map(|id| json!({ "agent_id": id, "weight": 1 })).collect()
}

/// So many milliseconds after [`NOW`].
fn at(ms: i64) -> String {
    Time(NOW.plus_ms(ms)).to_string()
}

impl Server {
    async fn preview(&self, draft: Value) -> Value {
        let answer = self.post("/rotators/preview", draft).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.json);
        answer.json
    }

    async fn change_agent(&self, id: &str, change: Value) {
        let answer = self.patch(&format!("/agents/{id}"), change).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.json);
    }
}

/// The names of the agents whose turns come next, by their ids.
fn next(preview: &Value) -> Vec<&str> {
    let next = preview["next"].as_array().unwrap();
    next.iter().map(|turn| turn["agent_id"].as_str().unwrap()).collect()
}

fn kinds(preview: &Value) -> Vec<&str> {
    let warnings = preview["warnings"].as_array().unwrap();
    warnings
        .iter()
        .map(|warning| warning["kind"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_new_rotator_is_shown_as_it_would_work() {
    let server = Server::start().await;
    let (ayu, budi) = (server.add_agent("Ayu").await, server.add_agent("Budi").await);
    let agents = json!([{ "agent_id": ayu, "weight": 3 }, { "agent_id": budi, "weight": 1 }]);
    let draft = json!({ "slug": "promo", "message": "Halo {agent}, ada promo? [{code}]", "agents": agents });
    let preview = server.preview(draft).await;
    let message = preview["message"].as_str().unwrap();
    let code = &message[message.len() - 8..message.len() - 1];
    assert!(code.bytes().all(|b| b.is_ascii_alphanumeric()), "{code}");
    assert_eq!(message, format!("Halo Ayu, ada promo? [{code}]"));
    let location = format!("https://wa.me/6281234567890?text=Halo%20Ayu%2C%20ada%20promo%3F%20%5B{code}%5D");
    assert_eq!(preview["location"], location);
    assert_eq!(next(&preview)[..8], [&ayu, &ayu, &budi, &ayu, &ayu, &ayu, &budi, &ayu]);
    assert_eq!(next(&preview).len(), 20);
    let share = |id: &str, weight: u32, share: f64| json!({ "agent_id": id, "weight": weight, "share": share, "eligible": true, "reason": null });
    assert_eq!(preview["shares"], json!([share(&ayu, 3, 0.75), share(&budi, 1, 0.25)]));
    assert_eq!(
        (&preview["message_problem"], &preview["warnings"]),
        (&json!(null), &json!([]))
    );
    assert!(server.get("/rotators").await.items("id").is_empty(), "nothing is saved");
}

#[tokio::test]
async fn a_saved_rotators_turns_go_on_and_none_is_used() {
    let server = Server::start().await;
    let agents = [
        server.add_agent("Ayu").await,
        server.add_agent("Budi").await,
        server.add_agent("Citra").await,
    ];
    let promo = server.add_rotator("promo", &[&agents[0], &agents[1], &agents[2]]).await;
    server.record(vec![server.visit(&promo, "", 0)]).await;
    let draft = json!({ "rotator_id": promo, "agents": shares(&[&agents[0], &agents[1], &agents[2]]) });
    let before = server.preview(draft.clone()).await;
    assert_eq!(next(&before)[..4], [&agents[1], &agents[2], &agents[0], &agents[1]]);
    assert_eq!(server.preview(draft).await, before, "to look changes nothing");

    let leads = server
        .record((1..=5).map(|ms| server.visit(&promo, "", ms)).collect())
        .await;
    for (lead, shown) in leads.iter().zip(next(&before)) {
        let lead = server.get(&format!("/leads/{}", lead.packed())).await.json;
        assert_eq!(lead["agent_id"], shown);
    }
    let new = server
        .preview(json!({ "agents": shares(&[&agents[0], &agents[1]]) }))
        .await;
    assert_eq!(
        next(&new)[..2],
        [&agents[0], &agents[1]],
        "a new one begins with the first"
    );
}

#[tokio::test]
async fn what_is_not_said_is_as_it_is_saved() {
    let server = Server::start().await;
    let ayu = server.add_agent("Ayu").await;
    let promo = server.add_rotator("promo", &[&ayu]).await;
    let saved = json!({ "name": "Promo Lebaran", "message": "{rotator} [{code}]", "target": "api", "fallback": "0812 9999 9999" });
    server.patch(&format!("/rotators/{promo}"), saved).await;
    let draft = json!({ "rotator_id": promo, "slug": " ", "agents": shares(&[&ayu]) });
    let preview = server.preview(draft).await;
    assert!(
        preview["message"].as_str().unwrap().starts_with("Promo Lebaran ["),
        "{preview}"
    );
    let api = "https://api.whatsapp.com/send?phone=6281234567890&text=Promo%20Lebaran";
    assert!(preview["location"].as_str().unwrap().starts_with(api), "{preview}");
    let nobody = server.preview(json!({ "rotator_id": promo, "agents": [] })).await;
    assert!(
        nobody["location"].as_str().unwrap().contains("6281299999999"),
        "{nobody}"
    );
    let nowhere = server
        .preview(json!({ "rotator_id": promo, "fallback": null, "agents": [] }))
        .await;
    assert_eq!(nowhere["location"], json!(null));
    assert!(
        nowhere["message"].as_str().unwrap().starts_with("Promo Lebaran ["),
        "it is shown all the same"
    );
}

#[tokio::test]
async fn who_gets_nothing_has_a_reason() {
    let server = Server::start().await;
    let mut agents = Vec::new();
    for name in ["Ayu", "Budi", "Citra", "Dewi", "Eka", "Fitri"] {
        agents.push(server.add_agent(name).await);
    }
    server.change_agent(&agents[1], json!({ "active": false })).await;
    server
        .change_agent(&agents[2], json!({ "paused_until": at(HOUR_MS) }))
        .await;
    let evenings = json!({ "hours": [{ "days": ["mon"], "from": "18:00", "to": "22:00" }] });
    server.change_agent(&agents[3], evenings).await;
    server.change_agent(&agents[4], json!({ "daily_cap": 1 })).await;
    let bio = server.add_rotator("bio", &[&agents[4]]).await;
    server.record(vec![server.visit(&bio, "", 0)]).await;
    let mut draft = json!({ "agents": agents.iter().map(|id| json!({ "agent_id": id })).collect::<Vec<_>>() });
    draft["agents"][5]["weight"] = json!(0);
    let preview = server.preview(draft).await;
    let reasons: Vec<_> = preview["shares"]
        .as_array()
        .unwrap()
        .iter()
        .map(|share| &share["reason"])
        .collect();
    let wanted = json!([null, "off", "paused", "outside_hours", "capped", "no_weight"]);
    assert_eq!(json!(reasons), wanted);
    let eligible: Vec<_> = preview["shares"]
        .as_array()
        .unwrap()
        .iter()
        .map(|share| &share["eligible"])
        .collect();
    assert_eq!(json!(eligible), json!([true, false, false, false, false, false]));
    assert_eq!(
        (&preview["shares"][0]["share"], &preview["shares"][1]["share"]),
        (&json!(1.0), &json!(0.0))
    );
    assert!(next(&preview).iter().all(|id| *id == agents[0]));

    server.set_clock(24 * HOUR_MS);
    let draft = json!({ "agents": shares(&[&agents[4]]) });
    assert_eq!(server.preview(draft).await["shares"][0]["eligible"], true, "a new day");
}

#[rstest]
#[case("Halo {nama} [{code}]", "{nama}, which does not exist", &["unknown_variable"])]
#[case("Halo {agent", "before \"agent\"", &[])]
#[case("Halo }", "after \"Halo \"", &[])]
#[case("Halo\tKak", "U+0009", &[])]
#[tokio::test]
async fn a_wrong_message_is_no_refusal_but_a_problem(
    #[case] message: &str,
    #[case] says: &str,
    #[case] warns: &[&str],
) {
    let server = Server::start().await;
    let ayu = server.add_agent("Ayu").await;
    let draft = |fallback: Value| json!({ "message": message, "fallback": fallback, "agents": shares(&[&ayu]) });
    let preview = server.preview(draft(json!(null))).await;
    assert!(preview["message_problem"].as_str().unwrap().contains(says), "{preview}");
    assert_eq!(
        (&preview["message"], &preview["location"]),
        (&json!(null), &json!(null))
    );
    assert_eq!(kinds(&preview), warns);
    assert_eq!(next(&preview)[0], ayu, "the rest is shown");

    server.change_agent(&ayu, json!({ "paused_until": at(HOUR_MS) })).await;
    let elsewhere = server.preview(draft(json!("https://www.brand.com/kontak"))).await;
    assert_eq!(
        elsewhere["location"], "https://www.brand.com/kontak",
        "which needs no message"
    );
}

#[tokio::test]
async fn what_is_probably_not_meant_has_a_kind_and_words() {
    let server = Server::start().await;
    let (ayu, budi) = (server.add_agent("Ayu").await, server.add_agent("Budi").await);
    server.change_agent(&budi, json!({ "active": false })).await;
    let agents = |weight: u32| json!([{ "agent_id": ayu, "weight": weight }]);
    for (draft, kind, says) in [
        (json!({ "agents": [] }), "no_agents", "told that you are closed"),
        (
            json!({ "agents": [], "fallback": "0812 9999 9999" }),
            "no_agents",
            "goes to the fallback",
        ),
        (json!({ "agents": agents(0) }), "no_weight", "weights are 0"),
        (json!({ "agents": shares(&[&budi]) }), "all_off", "switched off"),
        (json!({ "agents": agents(1), "message": "Halo" }), "no_code", "{code}"),
    ] {
        let preview = server.preview(draft.clone()).await;
        assert_eq!(kinds(&preview), [kind], "{draft}");
        let warning = &preview["warnings"][0];
        assert!(warning["message"].as_str().unwrap().contains(says), "{warning}");
        let nothing = json!(null);
        assert_eq!(
            (&warning["at"], &warning["count"], &warning["agent_id"]),
            (&nothing, &nothing, &nothing)
        );
    }
}

#[tokio::test]
async fn a_time_without_anybody_is_foretold() {
    let server = Server::start().await;
    let (ayu, budi) = (server.add_agent("Ayu").await, server.add_agent("Budi").await);
    let hours = |from: &str, to: &str| json!({ "hours": [{ "days": ["mon", "tue"], "from": from, "to": to }] });
    server.change_agent(&ayu, hours("08:00", "17:00")).await;
    server.change_agent(&budi, hours("12:00", "20:00")).await;
    let both = json!({ "agents": shares(&[&ayu, &budi]) });
    // It is 9 o'clock on Monday.
    let preview = server.preview(both.clone()).await;
    let words = "Nobody is on duty from Mon 20:00 until Tue 08:00. New visitors then go to agents who are off duty.";
    let wanted = json!([{
        "kind": "nobody_on_duty_later", "message": words, "agent_id": null, "at": at(11 * HOUR_MS), "count": null,
    }]);
    assert_eq!(preview["warnings"], wanted);

    server.set_clock(13 * HOUR_MS);
    let preview = server
        .preview(json!({ "agents": both["agents"], "fallback": "0812 9999 9999" }))
        .await;
    let words = "Nobody is on duty now, until Tue 08:00. New visitors then go to the fallback.";
    assert_eq!(preview["warnings"][0]["message"], words);
    assert_eq!(preview["warnings"][0]["at"], at(13 * HOUR_MS));

    server.change_agent(&budi, json!({ "hours": null })).await;
    assert_eq!(
        kinds(&server.preview(both.clone()).await),
        [""; 0],
        "now there is always somebody"
    );
    let drained = json!({ "agents": [{ "agent_id": ayu }, { "agent_id": budi, "weight": 0 }] });
    assert_eq!(
        kinds(&server.preview(drained).await),
        ["nobody_on_duty_later"],
        "who gets no leads does not count"
    );
}

#[tokio::test]
async fn ads_that_run_while_nobody_is_there_are_counted() {
    let server = Server::start().await;
    let ayu = server.add_agent("Ayu").await;
    let (promo, bio) = (
        server.add_rotator("promo", &[&ayu]).await,
        server.add_rotator("bio", &[&ayu]).await,
    );
    let visits = vec![
        server.visit(&promo, "gclid=G1", -34 * HOUR_MS), // the day before yesterday
        server.visit(&promo, "gclid=G2", -33 * HOUR_MS), // yesterday at midnight
        server.visit(&promo, "fbclid=F", 0),
        server.visit(&promo, "", 1), // from Instagram, as the referrer says
        server.visit(&promo, "utm_source=flyer", 2),
        server.visit(&bio, "ttclid=T", 3),
    ];
    server.record(visits).await;
    let draft = json!({ "rotator_id": promo, "agents": shares(&[&ayu]) });
    assert_eq!(kinds(&server.preview(draft.clone()).await), [""; 0]);

    server.change_agent(&ayu, json!({ "paused_until": at(HOUR_MS) })).await;
    let preview = server.preview(draft).await;
    assert_eq!(kinds(&preview), ["nobody_on_duty_later", "ad_clicks_while_closed"]);
    let words = "Nobody can take new leads now, but 3 clicks came through ad platforms since yesterday.";
    assert_eq!(
        (&preview["warnings"][1]["count"], &preview["warnings"][1]["message"]),
        (&json!(3), &json!(words))
    );
    let new = server.preview(json!({ "agents": shares(&[&ayu]) })).await;
    assert_eq!(kinds(&new), ["nobody_on_duty_later"], "nothing came to a new one");

    let messages: Vec<_> = preview["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|warning| &warning["message"])
        .collect();
    for view in [format!("/rotators/{promo}"), "/rotators".to_owned()] {
        let view = server.get(&view).await.json;
        let view = view.get("items").map_or(&view, |items| &items[0]);
        assert_eq!(view["warnings"], json!(messages), "the rotator itself says the same");
    }
}

#[tokio::test]
async fn a_slug_that_would_be_refused_is_said_beforehand() {
    let server = Server::start().await;
    let ayu = server.add_agent("Ayu").await;
    let promo = server.add_rotator("promo", &[&ayu]).await;
    let slug = |slug: &str| json!({ "slug": slug, "agents": shares(&[&ayu]) });
    let preview = server.preview(slug("PROMO")).await;
    assert_eq!(kinds(&preview), ["slug_taken"]);
    let refused = server.post("/rotators", slug("PROMO")).await.json["detail"].clone();
    assert_eq!(preview["warnings"][0]["message"], refused, "in the same words");
    let own = json!({ "rotator_id": promo, "slug": "promo", "agents": shares(&[&ayu]) });
    assert_eq!(kinds(&server.preview(own).await), [""; 0]);

    let (_, key) = server.add_workspace().await;
    let ask = |body: Value| server.ask(&key, Method::POST, "/rotators/preview", Some(body));
    assert_eq!(
        kinds(&ask(json!({ "slug": "promo", "agents": [] })).await.json),
        ["slug_taken", "no_agents"]
    );
    let host = json!({ "host": "wa.sebelah.id" });
    server.ask(&key, Method::POST, "/hosts", Some(host)).await;
    assert_eq!(
        kinds(&ask(json!({ "slug": "promo", "agents": [] })).await.json),
        ["no_agents"]
    );

    let theirs = Some(json!({ "slug": "promo" }));
    let theirs = server.ask(&key, Method::POST, "/rotators", theirs).await.json["id"].clone();
    server.ask(&key, Method::DELETE, "/hosts/wa.sebelah.id", None).await;
    let preview = ask(json!({ "rotator_id": theirs, "agents": [] })).await.json;
    assert_eq!(kinds(&preview), ["unreachable", "no_agents"]);
}

#[tokio::test]
async fn what_cannot_be_saved_is_refused_but_for_the_message() {
    let server = Server::start().await;
    let promo = server.add_rotator("promo", &[]).await;
    let (_, key) = server.add_workspace().await;
    let draft = json!({
        "slug": "promo lebaran", "message": "{nama}", "fallback": "https://evil.example/",
        "agents": [{ "agent_id": "999", "weight": 1 }],
    });
    let refused = server.post("/rotators/preview", draft).await.refused();
    let fields: Vec<_> = refused.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(fields, ["slug", "fallback", "agents[0].agent_id"]);
    for (key, id) in [(&key, promo.as_str()), (&server.key, "999"), (&server.key, "x")] {
        let draft = Some(json!({ "rotator_id": id, "agents": [] }));
        let refused = server
            .ask(key, Method::POST, "/rotators/preview", draft)
            .await
            .refused();
        assert_eq!(
            refused,
            [("rotator_id".to_owned(), format!("There is no rotator \"{id}\"."))]
        );
    }
}

#[tokio::test]
async fn to_look_takes_the_scope_to_read_and_is_no_change_in_the_audit_log() {
    let server = Server::start().await;
    let draft = || json!({ "agents": [] });
    for (scope, status) in [("read", StatusCode::OK), ("write", StatusCode::FORBIDDEN)] {
        let key = server.add_key(server.workspace, &[scope], None).await;
        let answer = server.ask(&key, Method::POST, "/rotators/preview", Some(draft())).await;
        assert_eq!(answer.status, status, "{}", answer.json);
    }
    let mut owner = Browser::of_owner(&server, server.workspace).await;
    assert_eq!(owner.post("/rotators/preview", draft()).await.status, StatusCode::OK);
    let audit = server.app.store.audit(server.workspace, 10).await.unwrap();
    assert!(audit.is_empty(), "{audit:?}");
}
