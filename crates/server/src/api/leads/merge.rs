//! `POST /leads/{id}/merge`

use super::{LeadDetailsView, NOT_FOUND, find_visible, parse_id, show};
use crate::{
    api::{
        auth::AnyCaller,
        body::{Body, Id},
        error::ApiError,
        refusals::{Missing, Refused, RefusedBody},
    },
    app::App,
};
use axum::{Json, extract::State};
use konektor_store::{Identity, Store, model::Merge};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Into which lead.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeadMerge {
    /// Id or visitor code of the lead that stands for both afterwards.
    #[schema(example = "7QK3M9D")]
    into: String,
}

/// Makes one person of two leads. The lead in `into` stands for both: it has the clicks of both, the earlier first touch, the
/// stronger name. The other is no longer listed, its id and code answer with the survivor, and its visitor goes to the
/// survivor's agent. Nothing is lost: `unmerge` takes them apart again as they were. Leads that are one already are answered
/// as they are.
#[utoipa::path(
    post, path = "/leads/{id}/merge", operation_id = "merge_lead", tag = "leads",
    params(("id" = String, Path, description = "Id or visitor code of the lead that is merged.")),
    request_body = LeadMerge,
    responses(
        (status = 200, description = "The lead that stands for both.", body = LeadDetailsView), Missing, RefusedBody, Refused
    )
)]
pub async fn merge(
    AnyCaller(caller): AnyCaller,
    State(app): State<Arc<App>>,
    Id(id): Id,
    Body(LeadMerge { into }): Body<LeadMerge>,
) -> Result<Json<LeadDetailsView>, ApiError> {
    let from = find_visible(&app, &caller, &id).await?;
    // The row that is named: if it was merged itself, the store goes on to the one that stands for it.
    let survivor = match parse_id(&into, &caller.workspace) {
        Some(id) => app.store.find_lead(id).await?,
        None => None,
    };
    let survivor = survivor.filter(|lead| caller.sees_leads_of(lead.agent));
    let Some(survivor) = survivor else {
        let into: String = into.chars().take(40).collect();
        return Err(ApiError::invalid("into", format!("There is no lead \"{into}\".")));
    };
    if from.id == survivor.id {
        let [from_named, into_named] = [&id, &into].map(|text| parse_id(text, &caller.workspace));
        if from_named == into_named {
            let reason = "A lead cannot be merged into itself. Name another one.";
            return Err(ApiError::invalid("into", reason));
        }
        if from_named == Some(from.id) {
            let reason = "That lead was merged into this one, so this one cannot be merged into it. Take it out first.";
            return Err(ApiError::Conflict(reason.to_owned()));
        }
        return show(&app, &caller, survivor).await;
    }
    let by = caller.name_in_timeline();
    let merge = app.store.merge_leads(from.id, survivor.id, by, app.clock.now()).await?;
    let (Merge::Done(lead) | Merge::AlreadyOne(lead)) = merge else {
        return Err(NOT_FOUND);
    };
    let lead = app.store.find_lead(lead).await?.ok_or(NOT_FOUND)?;
    let agents: Vec<_> = from.agent.into_iter().chain(lead.agent).collect();
    app.live.lead_updated(from.id, agents.iter().copied());
    app.live.lead_updated(lead.id, agents);
    show(&app, &caller, lead).await
}

#[cfg(test)]
mod tests {
    use crate::api::{
        people::{Browser, add_user},
        testing::{Server, meta},
    };
    use axum::http::{Method, StatusCode};
    use konektor_core::{decide::Visit, ids::LeadId};
    use konektor_store::model::Role;
    use serde_json::{Value, json};

    fn path(lead: LeadId) -> String {
        format!("/leads/{}", lead.packed())
    }

    /// All that can be read of some leads, but their timelines.
    async fn all_of(server: &Server, leads: &[LeadId]) -> Vec<String> {
        let mut all = vec![
            server.get("/leads").await.text,
            server.get("/leads.csv").await.text,
            server.get("/reports/funnel").await.text,
            server.get("/deliveries").await.text,
        ];
        for lead in leads {
            all.push(server.get(&path(*lead)).await.text);
            all.push(server.get(&format!("/deliveries?lead_id={}", lead.packed())).await.text);
        }
        all
    }

    #[tokio::test]
    async fn two_leads_become_one_and_apart_they_answer_byte_for_byte_as_before() {
        let server = Server::start().await;
        let (ayu, budi) = (server.add_agent("Ayu").await, server.add_agent("Budi").await);
        let promo = server.add_rotator("promo", &[&ayu, &budi]).await;
        server.add_destination(meta()).await;
        let visits = vec![
            server.visit(&promo, "gclid=G&utm_source=ig", 0),
            server.visit(&promo, "fbclid=F", 1),
        ];
        let leads = server.record(visits).await;
        let [older, younger] = [path(leads[0]), path(leads[1])];
        server
            .patch(&older, json!({ "notes": "ramah", "phone": "0812 3456 7890" }))
            .await;
        let edit = json!({ "name": "Rina", "status": "won", "value": 5, "currency": "IDR", "email": "rina@kopi.id" });
        server.patch(&younger, edit).await;
        server.fold().await;
        let before = all_of(&server, &leads).await;
        let code = server.get(&older).await.json["code"].clone();
        let one = server.post(&format!("{younger}/merge"), json!({ "into": code })).await;
        assert_eq!(one.status, StatusCode::OK, "{}", one.text);
        let one = one.json;
        assert_eq!(one["id"], json!(leads[0].packed().to_string()));
        for (field, shown) in [
            ("name", json!("Rina")),
            ("status", json!("won")),
            ("phone", json!("6281234567890")),
            ("email", json!("rina@kopi.id")),
            ("click_count", json!(2)),
            ("agent_id", json!(ayu)),
            ("flags", json!(["merged"])),
        ] {
            assert_eq!(one[field], shown, "{field}");
        }
        assert_eq!(one["first_touch"]["click_ids"], json!({ "gclid": "G" }));
        assert_eq!(one["last_touch"]["click_ids"], json!({ "fbclid": "F" }));
        assert_eq!(one["identifiers"].as_array().unwrap().len(), 2);
        assert_eq!(one["merged"][0]["id"], json!(leads[1].packed().to_string()));
        assert_eq!(
            server.get(&younger).await.json,
            one,
            "the merged lead's id answers with the survivor"
        );
        assert_eq!(server.get("/leads").await.items("id").len(), 1);
        assert_eq!(server.get("/leads?q=rina@").await.items("id").len(), 1);
        assert_eq!(server.get("/leads?status=won").await.items("id").len(), 1);
        let funnel = server.get("/reports/funnel").await.json;
        assert_eq!(funnel["leads"], json!(1), "{funnel}");
        let timeline = server.get(&format!("{younger}/timeline")).await.items("kind");
        assert_eq!(timeline.iter().filter(|kind| **kind == json!("click")).count(), 2);
        assert_eq!(timeline.iter().filter(|kind| **kind == json!("merge")).count(), 1);

        let alone = server.post(&format!("{younger}/unmerge"), json!({})).await;
        assert_eq!(alone.json["id"], json!(leads[1].packed().to_string()), "{}", alone.text);
        assert_eq!(all_of(&server, &leads).await, before);
        let timeline = server.get(&format!("{younger}/timeline")).await;
        assert_eq!(
            timeline
                .items("kind")
                .iter()
                .filter(|kind| **kind == json!("merge"))
                .count(),
            2
        );
    }

    #[tokio::test]
    async fn the_same_number_by_hand_merges_and_undoing_takes_it_back() {
        let server = Server::start().await;
        let promo = server.add_rotator("promo", &[]).await;
        let leads = server
            .record(vec![server.visit(&promo, "", 0), server.visit(&promo, "", 1)])
            .await;
        server
            .patch(&path(leads[0]), json!({ "phone": "0812 3456 7890" }))
            .await;
        server
            .patch(&path(leads[1]), json!({ "phone": "0812 0000 1111" }))
            .await;
        let before = all_of(&server, &leads).await;
        let answer = server
            .patch(&path(leads[1]), json!({ "phone": "+62 812-3456-7890" }))
            .await;
        assert_eq!(
            answer.json["id"],
            json!(leads[0].packed().to_string()),
            "the answer is the survivor"
        );
        assert_eq!(answer.json["flags"], json!(["merged"]));
        server.post(&format!("{}/unmerge", path(leads[1])), json!({})).await;
        assert_eq!(all_of(&server, &leads).await, before);
    }

    #[tokio::test]
    async fn a_merged_visitor_goes_to_the_survivors_agent_and_is_reported_once() {
        let server = Server::start().await;
        let (ayu, budi) = (server.add_agent("Ayu").await, server.add_agent("Budi").await);
        let promo = server.add_rotator("promo", &[&ayu, &budi]).await;
        server.add_destination(meta()).await;
        let visits = vec![server.visit(&promo, "", 0), server.visit(&promo, "fbclid=F", 1)];
        let leads = server.record(visits).await;
        server.set_clock(10);
        server.patch(&path(leads[1]), json!({ "status": "qualified" })).await;
        server.fold().await;
        let into = json!({ "into": leads[0].packed().to_string() });
        server.post(&format!("{}/merge", path(leads[1])), into).await;
        server.set_clock(20);
        let back = Visit {
            cookie: Some(leads[1].number),
            ..server.visit(&promo, "", 20)
        };
        assert_eq!(
            server.record(vec![back]).await,
            [leads[1]],
            "a click stays its visitor's"
        );
        let timeline = server.get(&format!("{}/timeline", path(leads[0]))).await;
        let clicks = timeline.json["items"].as_array().unwrap().iter();
        let newest = clicks.clone().find(|item| item["kind"] == "click").unwrap();
        assert_eq!((&newest["agent_id"], &newest["why"]), (&json!(ayu), &json!("owner")));
        for status in ["contacted", "qualified", "won"] {
            server.patch(&path(leads[0]), json!({ "status": status })).await;
        }
        server.fold().await;
        let told = server.get("/deliveries").await.items("event_name");
        let told: Vec<&str> = told.iter().filter_map(Value::as_str).collect();
        assert_eq!(told, ["Purchase", "Lead", "Contact"], "a person is qualified once");
    }

    #[tokio::test]
    async fn chains_come_apart_in_any_order_and_what_makes_no_sense_is_refused() {
        let server = Server::start().await;
        let promo = server.add_rotator("promo", &[]).await;
        let leads = server
            .record((0..3).map(|at| server.visit(&promo, "", at)).collect())
            .await;
        for (n, name) in ["Ani", "Budi", "Citra"].iter().enumerate() {
            server.patch(&path(leads[n]), json!({ "name": name })).await;
        }
        let before = all_of(&server, &leads).await;
        let merge = async |from: usize, into: usize| {
            let into = json!({ "into": leads[into].packed().to_string() });
            server.post(&format!("{}/merge", path(leads[from])), into).await
        };
        let unmerge = async |n: usize| server.post(&format!("{}/unmerge", path(leads[n])), json!({})).await;
        assert_eq!(merge(2, 2).await.refused()[0].0, "into");
        assert_eq!(unmerge(0).await.status, StatusCode::CONFLICT);
        assert_eq!(merge(2, 1).await.status, StatusCode::OK);
        let two = all_of(&server, &leads).await;
        assert_eq!(merge(1, 2).await.status, StatusCode::CONFLICT, "no cycles");
        assert_eq!(merge(2, 1).await.status, StatusCode::OK, "once more is no harm");
        assert_eq!(merge(1, 0).await.json["id"], json!(leads[0].packed().to_string()));
        let all = server.get(&path(leads[2])).await.json;
        assert_eq!(all["click_count"], 3);
        assert_eq!(all["merged"].as_array().unwrap().len(), 2);
        assert_eq!(unmerge(1).await.status, StatusCode::OK);
        assert_eq!(all_of(&server, &leads).await, two, "the one below stays where it was");
        assert_eq!(unmerge(2).await.status, StatusCode::OK);
        assert_eq!(all_of(&server, &leads).await, before);
        assert_eq!(merge(2, 0).await.status, StatusCode::OK);
        assert_eq!(merge(1, 0).await.status, StatusCode::OK);
        let which = unmerge(0).await;
        assert_eq!(which.status, StatusCode::CONFLICT);
        assert!(which.json["detail"].as_str().unwrap().contains("Name the one"));
        unmerge(2).await;
        assert_eq!(unmerge(0).await.json["id"], json!(leads[1].packed().to_string()));
        assert_eq!(all_of(&server, &leads).await, before);
    }

    #[tokio::test]
    async fn nobody_merges_what_they_do_not_see() {
        let server = Server::start().await;
        let (ayu, budi) = (server.add_agent("Ayu").await, server.add_agent("Budi").await);
        let promo = server.add_rotator("promo", &[&ayu, &budi]).await;
        let leads = server
            .record((0..3).map(|at| server.visit(&promo, "", at)).collect())
            .await;
        let [own, other, own_too] = [path(leads[0]), path(leads[1]), path(leads[2])];
        let into = |lead: LeadId| json!({ "into": lead.packed().to_string() });
        let user = add_user(&server, server.workspace, "ayu@kopi.id", Role::Agent, Some(&ayu)).await;
        let mut browser = Browser::of(&server, user, server.workspace).await;
        let missing = browser.post("/leads/999/merge", into(leads[0])).await;
        let theirs = browser.post(&format!("{other}/merge"), into(leads[0])).await;
        assert_eq!((theirs.status, theirs.json), (missing.status, missing.json));
        let refused = browser.post(&format!("{own}/merge"), into(leads[1])).await.refused();
        assert!(refused[0].1.contains("There is no lead"));
        let done = browser.post(&format!("{own_too}/merge"), into(leads[0])).await;
        assert_eq!(done.status, StatusCode::OK);
        assert_eq!(
            browser.post(&format!("{own_too}/unmerge"), json!({})).await.status,
            StatusCode::OK
        );

        let (_, key) = server.add_workspace().await;
        let body = Some(into(leads[0]));
        let foreign = server.ask(&key, Method::POST, &format!("{other}/merge"), body).await;
        assert_eq!(foreign.status, StatusCode::NOT_FOUND);
        let (_, third) = server.add_workspace().await;
        let unknown = json!({ "into": "34359738368999" });
        let unknown = server
            .ask(&third, Method::POST, &format!("{own}/merge"), Some(unknown))
            .await;
        assert_eq!(unknown.status, StatusCode::NOT_FOUND);
        assert_eq!(server.get("/leads").await.items("id").len(), 3);
    }
}
