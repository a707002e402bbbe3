//! Who may do what, asked of every operation that the OpenAPI document knows.

use super::{
    identified::is_public,
    openapi,
    people::{Browser, add_user},
    testing::{Answer, Server},
};
use axum::{
    body::Body,
    http::{Method, StatusCode},
};
use konektor_core::ids::LeadId;
use konektor_store::{Access, model::Role};
use serde_json::json;

/// What an agent may ask for. Whatever is not here is closed to them.
const FOR_AGENTS: &[(&str, &str)] = &[
    ("GET", "/me"),
    ("PATCH", "/me"),
    ("POST", "/me/workspace"),
    ("DELETE", "/session"),
    ("GET", "/sessions"),
    ("DELETE", "/sessions"),
    ("DELETE", "/sessions/{id}"),
    ("GET", "/leads"),
    ("POST", "/leads/bulk"),
    ("POST", "/leads/arrived"),
    ("GET", "/leads/{id}"),
    ("PATCH", "/leads/{id}"),
    ("GET", "/leads/{id}/timeline"),
    ("POST", "/leads/{id}/merge"),
    ("POST", "/leads/{id}/unmerge"),
    ("POST", "/leads/{id}/link"),
    ("GET", "/agents/{id}"),
    ("PATCH", "/agents/{id}"),
    ("GET", "/live"),
];

/// Answers without an end.
pub const ENDLESS: &[(&str, &str)] = &[("GET", "/live")];

/// Method and path of every operation.
pub fn operations() -> Vec<(String, String)> {
    let document = serde_json::to_value(openapi()).unwrap();
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let path = path.strip_prefix("/api/v1").unwrap();
        for method in methods.as_object().unwrap().keys() {
            operations.push((method.to_uppercase(), path.to_owned()));
        }
    }
    assert!(operations.len() > 40);
    operations
}

pub fn is_open(method: &str, path: &str) -> bool {
    is_public(&method.parse().unwrap(), path)
}

fn is_in(list: &[(&str, &str)], method: &str, path: &str) -> bool {
    list.contains(&(method, path))
}

async fn ask(browser: &Browser<'_>, method: &str, path: &str, id: &str) -> Answer {
    let path = path
        .replace("{id}", id)
        .replace("{host}", id)
        .replace("{token}", id)
        .replace("{message}", id);
    let method: Method = method.parse().unwrap();
    let body = (!method.is_safe() && method != Method::DELETE).then(|| json!({}));
    browser.ask_and_forget(method, &path, body).await
}

/// A workspace with one of everything.
pub struct Shop {
    pub server: Server,
    pub agents: [String; 2],
    pub leads: [LeadId; 2],
    pub promo: String,
}

impl Shop {
    pub async fn open() -> Self {
        let server = Server::start().await;
        let agents = [server.add_agent("Ayu").await, server.add_agent("Budi").await];
        let promo = server.add_rotator("promo", &[&agents[0], &agents[1]]).await;
        let leads = server
            .record(vec![server.visit(&promo, "", 0), server.visit(&promo, "", 1)])
            .await;
        Self {
            leads: [leads[0], leads[1]],
            server,
            agents,
            promo,
        }
    }

    /// Ayu's browser.
    async fn ayu(&self) -> Browser<'_> {
        let workspace = self.server.workspace;
        let user = add_user(
            &self.server,
            workspace,
            "ayu@kopi.id",
            Role::Agent,
            Some(&self.agents[0]),
        )
        .await;
        Browser::of(&self.server, user, workspace).await
    }
}

#[tokio::test]
async fn without_a_session_or_a_key_nothing_is_open_but_what_is_public() {
    let server = Server::start().await;
    let browser = Browser::new(&server);
    for (method, path) in operations() {
        if is_open(&method, &path) {
            continue;
        }
        let answer = ask(&browser, &method, &path, "1").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path}");
    }
}

#[tokio::test]
async fn what_is_not_meant_for_agents_is_closed_to_them() {
    let shop = Shop::open().await;
    let user = add_user(
        &shop.server,
        shop.server.workspace,
        "ayu@kopi.id",
        Role::Agent,
        Some(&shop.agents[0]),
    )
    .await;
    for (method, path) in operations() {
        if is_open(&method, &path) || is_in(ENDLESS, &method, &path) {
            continue;
        }
        let browser = Browser::of(&shop.server, user, shop.server.workspace).await;
        let answer = ask(&browser, &method, &path, "999").await;
        if is_in(FOR_AGENTS, &method, &path) {
            assert!(
                ![401, 403, 500].contains(&answer.status.as_u16()),
                "{method} {path}: {}",
                answer.json
            );
        } else {
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {path}");
            assert!(
                answer.json["detail"].as_str().unwrap().contains("owners and admins"),
                "{method} {path}"
            );
        }
    }
}

#[tokio::test]
async fn owners_and_admins_are_refused_nothing() {
    let server = Server::start().await;
    let admin = add_user(&server, server.workspace, "admin@kopi.id", Role::Admin, None).await;
    let owner = add_user(&server, server.workspace, "owner@kopi.id", Role::Owner, None).await;
    for user in [admin, owner] {
        for (method, path) in operations() {
            if is_in(ENDLESS, &method, &path) {
                continue;
            }
            let browser = Browser::of(&server, user, server.workspace).await;
            let answer = ask(&browser, &method, &path, "999").await;
            assert!(
                ![401, 403, 500].contains(&answer.status.as_u16()),
                "{method} {path}: {}",
                answer.json
            );
        }
    }
}

#[tokio::test]
async fn no_page_of_another_site_changes_anything_with_its_visitors_cookie() {
    let server = Server::start().await;
    let browser = Browser::of_owner(&server, server.workspace).await;
    for (method, path) in operations() {
        if is_open(&method, &path) || method == "GET" {
            continue;
        }
        let path = path.replace("{id}", "1");
        for site in [Some("cross-site"), Some("same-site"), None] {
            let request = browser.request(method.parse().unwrap(), &path);
            let request = site
                .into_iter()
                .fold(request, |request, site| request.header("sec-fetch-site", site));
            let answer = server.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {path} {site:?}");
            assert!(
                answer.json["detail"].as_str().unwrap().contains("another site"),
                "{method} {path}"
            );
        }
    }
    let request = browser
        .request(Method::GET, "/me")
        .header("sec-fetch-site", "cross-site");
    let answer = server.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(
        answer.status,
        StatusCode::OK,
        "a link from elsewhere opens the dashboard"
    );
}

#[tokio::test]
async fn an_agent_sees_and_changes_only_their_own_leads() {
    let shop = Shop::open().await;
    let mut ayu = shop.ayu().await;
    let [own, other] = shop.leads.map(|lead| format!("/leads/{}", lead.packed()));
    let others_code = shop.server.get(&other).await.json["code"].as_str().unwrap().to_owned();
    let own_id = json!(shop.leads[0].packed().to_string());
    assert_eq!(ayu.get("/leads").await.items("id"), [own_id]);
    for query in [
        format!("agent_id={}", shop.agents[1]),
        format!("q={others_code}"),
        "agent_id=x".to_owned(),
    ] {
        assert!(
            ayu.get(&format!("/leads?{query}")).await.items("id").is_empty(),
            "{query}"
        );
    }
    assert_eq!(
        ayu.get(&format!("/leads?agent_id={}", shop.agents[0]))
            .await
            .items("id")
            .len(),
        1
    );
    assert_eq!(ayu.get(&own).await.status, StatusCode::OK);
    assert_eq!(ayu.get(&format!("{own}/timeline")).await.status, StatusCode::OK);
    assert_eq!(ayu.patch(&own, json!({ "status": "hot" })).await.json["status"], "hot");
    let items = shop.server.get(&format!("{own}/timeline")).await;
    assert!(items.items("by").contains(&json!("user:1")), "{}", items.json);
    for path in [other.clone(), format!("/leads/{others_code}")] {
        let missing = ayu.get("/leads/999").await;
        assert_eq!(missing.status, StatusCode::NOT_FOUND);
        for answer in [
            ayu.get(&path).await,
            ayu.get(&format!("{path}/timeline")).await,
            ayu.patch(&path, json!({ "status": "won" })).await,
        ] {
            assert_eq!(
                (answer.status, answer.json),
                (missing.status, missing.json.clone()),
                "{path}"
            );
        }
    }
    assert_eq!(shop.server.get(&other).await.json["status"], "new");
    let ids = shop.leads.map(|lead| lead.packed().to_string());
    let both = ayu.post("/leads/bulk", json!({ "ids": ids, "status": "lost" })).await;
    assert_eq!(both.items("result"), ["changed", "not_found"]);
    assert_eq!(shop.server.get(&other).await.json["status"], "new");
    let away = ayu.patch(&own, json!({ "agent_id": shop.agents[1] })).await;
    assert_eq!(away.status, StatusCode::FORBIDDEN);
    let as_it_is = ayu.patch(&own, json!({ "agent_id": shop.agents[0] })).await;
    assert_eq!(as_it_is.status, StatusCode::OK);
    shop.server.patch(&own, json!({ "agent_id": shop.agents[1] })).await;
    assert_eq!(
        ayu.get(&own).await.status,
        StatusCode::NOT_FOUND,
        "it is not theirs any more"
    );
}

#[tokio::test]
async fn an_agent_has_a_switch_of_their_own_and_no_other() {
    let shop = Shop::open().await;
    let mut ayu = shop.ayu().await;
    let [own, other] = shop.agents.each_ref().map(|id| format!("/agents/{id}"));
    let paused = json!({ "active": false, "paused_until": "2026-08-18T00:00:00Z" });
    assert_eq!(ayu.patch(&own, paused.clone()).await.json["active"], false);
    assert_eq!(ayu.get(&own).await.json["name"], "Ayu");
    for change in [
        json!({ "name": "Bos" }),
        json!({ "phone": "0812 0000 1111" }),
        json!({ "active": true, "daily_cap": 1 }),
        json!({ "hours": null }),
        json!({ "time_zone": null }),
    ] {
        assert_eq!(
            ayu.patch(&own, change.clone()).await.status,
            StatusCode::FORBIDDEN,
            "{change}"
        );
    }
    let missing = ayu.get("/agents/999").await.json;
    assert_eq!(ayu.get(&other).await.json, missing);
    assert_eq!(ayu.patch(&other, paused).await.json, missing);
    assert_eq!(shop.server.get(&other).await.json["active"], true);
}

#[tokio::test]
async fn who_is_no_agent_yet_sees_nothing() {
    let shop = Shop::open().await;
    let user = add_user(&shop.server, shop.server.workspace, "new@kopi.id", Role::Agent, None).await;
    let browser = Browser::of(&shop.server, user, shop.server.workspace).await;
    assert!(browser.get("/leads").await.items("id").is_empty());
    let lead = format!("/leads/{}", shop.leads[0].packed());
    assert_eq!(browser.get(&lead).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        browser.get(&format!("/agents/{}", shop.agents[0])).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn every_change_and_only_that_is_in_the_audit_log() {
    let server = Server::start().await;
    let mut owner = Browser::of_owner(&server, server.workspace).await;
    let id = server.add_agent("Ayu").await;
    let path = format!("/agents/{id}");
    owner.patch(&path, json!({ "active": false })).await;
    owner.patch(&path, json!({ "name": "" })).await;
    owner.get(&path).await;
    owner.delete("/agents/999").await;
    let audit = server.app.store.audit(server.workspace, 10).await.unwrap();
    let lines: Vec<_> = audit
        .iter()
        .map(|line| (&*line.who, &*line.what, &*line.object))
        .collect();
    let wanted = [
        ("user:1", "PATCH /agents/{id}", path.as_str()),
        ("key:1", "POST /agents", path.as_str()),
    ];
    assert_eq!(lines, wanted);
}
