//! What belongs to another workspace, asked for by everybody who might: it answers exactly as what does not exist.

use super::{
    docs::sample_body,
    people::{Browser, add_user},
    roles::{Shop, is_open, operations},
    testing::{Answer, Server, meta},
};
use axum::{
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode},
};
use konektor_core::ids::WorkspaceId;
use konektor_store::model::Role;
use serde_json::{Value, json};

/// An id that nothing has.
const MISSING: &str = "999";

/// What the shop has of a kind, and an id of the same form that nothing has.
struct Known {
    kind: &'static str,
    id: String,
    missing: &'static str,
}

async fn one_of_each(shop: &Shop, owner: &mut Browser<'_>) -> Vec<Known> {
    let server = &shop.server;
    let id = |answer: &Answer| answer.json["id"].as_str().unwrap().to_owned();
    let first = |answer: &Answer| answer.items("id")[0].as_str().unwrap().to_owned();
    let lead = shop.leads[0].packed().to_string();
    let destination = server.add_destination(meta()).await;
    let webhook = server.post("/webhooks", json!({ "url": "https://example.com/" })).await;
    server
        .record(vec![server.visit(&shop.promo, "fbclid=IwAR0123456789", 5)])
        .await;
    server.post("/hosts", json!({ "host": "wa.kopi.id" })).await;
    let key = server.post("/keys", json!({ "name": "x", "scopes": ["read"] })).await;
    let user = owner
        .post("/users", json!({ "email": "new@kopi.id", "role": "admin" }))
        .await;
    let form = server.post("/forms", json!({ "name": "Kontak" })).await;
    let rule = json!({ "kind": "user_agent", "value": "TokoBot" });
    let rule = server.post("/screening-rules", rule).await;
    let known = |kind, id, missing| Known { kind, id, missing };
    vec![
        known("agents", shop.agents[0].clone(), MISSING),
        known("rotators", shop.promo.clone(), MISSING),
        known("leads", lead, MISSING),
        known("destinations", destination, MISSING),
        known("deliveries", first(&server.get("/deliveries").await), MISSING),
        known("webhooks", id(&webhook), MISSING),
        known("forms", id(&form), MISSING),
        known("hosts", "wa.kopi.id".to_owned(), "wa.nobody.id"),
        known("screening-rules", id(&rule), MISSING),
        known("keys", id(&key), MISSING),
        known("users", id(&user), MISSING),
        known("sessions", first(&owner.get("/sessions").await), MISSING),
    ]
}

/// All that the shop would notice if it changed.
async fn all_of(shop: &Shop, owner: &Browser<'_>) -> Vec<Value> {
    let lists = [
        "agents",
        "rotators",
        "leads",
        "destinations",
        "deliveries",
        "webhooks",
        "forms",
        "hosts",
        "screening-rules",
        "keys",
        "users",
        "sessions",
    ];
    let mut all = Vec::new();
    for list in lists {
        let answer = owner.get(&format!("/{list}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{list}");
        assert!(
            answer.json["items"].as_array().is_some_and(|items| !items.is_empty()),
            "{list}"
        );
        all.push(answer.json);
    }
    let lead = format!("/leads/{}/timeline", shop.leads[0].packed());
    all.push(owner.get(&lead).await.json);
    all
}

/// Somebody of another workspace.
enum Stranger<'s> {
    Person(Browser<'s>),
    Program(&'s Server, String),
}

impl Stranger<'_> {
    async fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let method: Method = method.parse().unwrap();
        match self {
            Self::Person(browser) => browser.ask_and_forget(method, path, body.cloned()).await,
            Self::Program(server, key) => {
                let request = Request::builder().method(method).uri(format!("/api/v1{path}"));
                let request = request.header("authorization", format!("Bearer {key}"));
                let request = request.header("content-type", "application/json");
                let body = body.map_or(Body::empty(), |body| body.to_string().into());
                server.send(request.body(body).unwrap()).await
            }
        }
    }
}

/// Who asks, made anew for each question: one of them may sign out, or leave.
const STRANGERS: [&str; 7] = [
    "owner",
    "admin",
    "agent",
    "nobody yet",
    "key",
    "reading key",
    "writing key",
];

async fn stranger<'s>(server: &'s Server, workspace: WorkspaceId, agent: &str, who: &str) -> Stranger<'s> {
    let (role, agent) = match who {
        "owner" => (Role::Owner, None),
        "admin" => (Role::Admin, None),
        "agent" => (Role::Agent, Some(agent)),
        "nobody yet" => (Role::Agent, None),
        scopes => {
            let scopes: &[&str] = match scopes {
                "reading key" => &["read"],
                "writing key" => &["write"],
                _ => &["read", "write"],
            };
            return Stranger::Program(server, server.add_key(workspace, scopes, None).await);
        }
    };
    // A user each time: their number grows with the questions, their address with it.
    let email = format!(
        "u{}@sebelah.id",
        konektor_store::Access::members(&server.app.store, workspace)
            .await
            .unwrap()
            .len()
    );
    let user = add_user(server, workspace, &email, role, agent).await;
    Stranger::Person(Browser::of(server, user, workspace).await)
}

/// What an answer says, without what is counted down from one to the next.
fn said(answer: &Answer) -> (StatusCode, HeaderMap, String) {
    let mut headers = answer.headers.clone();
    headers.remove("ratelimit");
    (answer.status, headers, answer.text.clone())
}

/// Nothing at all, an empty change, and the example of the document.
fn bodies(method: &str, path: &str) -> Vec<Option<Value>> {
    let sample = sample_body(method, path);
    match method {
        "GET" | "DELETE" => vec![None],
        _ => [None, Some(json!({})), sample].into_iter().collect(),
    }
}

#[tokio::test]
async fn in_every_role_what_another_workspace_has_answers_exactly_as_what_does_not_exist() {
    let shop = Shop::open().await;
    let server = &shop.server;
    let mut owner = Browser::of_owner(server, server.workspace).await;
    let known = one_of_each(&shop, &mut owner).await;
    let before = all_of(&shop, &owner).await;
    let (other, key) = server.add_workspace().await;
    let new = json!({ "name": "Dewi", "phone": "0812 3456 7899" });
    let agent = server.ask(&key, Method::POST, "/agents", Some(new)).await;
    let agent = agent.json["id"].as_str().unwrap().to_owned();
    let webhook = &known.iter().find(|known| known.kind == "webhooks").unwrap().id;
    let messages = server.get(&format!("/webhooks/{webhook}/messages")).await;
    let message = messages.items("id")[0].as_str().unwrap().to_owned();
    let mut asked = 0;
    for (method, path) in operations() {
        if !path.contains('{') || is_open(&method, &path) {
            continue;
        }
        let kind = path.split('/').nth(1).unwrap();
        let found = known.iter().find(|known| known.kind == kind);
        let Known { id, missing, .. } = found.unwrap_or_else(|| panic!("say in `one_of_each` what /{kind} has"));
        let at = |id: &str| {
            let path = path.replace("{message}", message.as_str());
            path.replace("{id}", id).replace("{host}", id)
        };
        assert!(!at(id).contains('{'), "{path}");
        for who in STRANGERS {
            for body in bodies(&method, &path) {
                let by = stranger(server, other, &agent, who).await;
                let foreign = by.ask(&method, &at(id), body.as_ref()).await;
                let missing = by.ask(&method, &at(missing), body.as_ref()).await;
                assert_eq!(said(&foreign), said(&missing), "{who}: {method} {path} {body:?}");
                let status = foreign.status.as_u16();
                assert!(
                    [400, 403, 404, 415, 422].contains(&status),
                    "{who}: {method} {path} {body:?}: {status}"
                );
                asked += 1;
            }
        }
    }
    assert!(asked > 150, "{asked}");
    assert_eq!(all_of(&shop, &owner).await, before, "nothing of it has changed");
}

/// Questions that name a thing elsewhere than in the path, with `ID` for its id.
fn questions(shop: &Shop, destination: &String) -> Vec<(&'static str, String, Option<Value>, String)> {
    let (agent, rotator) = (&shop.agents[0], &shop.promo);
    let lead = &shop.leads[0].packed().to_string();
    let get = |path: &str, id: &String| ("GET", path.to_owned(), None, id.clone());
    let post = |path: &str, body: Value, id: &String| ("POST", path.to_owned(), Some(body), id.clone());
    vec![
        get("/leads?agent_id=ID", agent),
        get("/leads?rotator_id=ID", rotator),
        get("/leads?q=ID", lead),
        get("/leads?cursor=ID", lead),
        get("/leads.csv?agent_id=ID", agent),
        get("/leads.csv?rotator_id=ID", rotator),
        get("/deliveries?lead_id=ID", lead),
        get("/deliveries?destination_id=ID", destination),
        get("/reports/overview?rotator_id=ID", rotator),
        get("/reports/sources?rotator_id=ID", rotator),
        get("/reports/agents?rotator_id=ID", rotator),
        get("/reports/funnel?rotator_id=ID", rotator),
        get("/reports/recognition?rotator_id=ID", rotator),
        get("/reports/screening?rotator_id=ID", rotator),
        get("/reports/rotation?rotator_id=ID", rotator),
        post("/leads/bulk", json!({ "ids": ["ID"], "status": "won" }), lead),
        post(
            "/users",
            json!({ "email": "x@sebelah.id", "role": "agent", "agent_id": "ID" }),
            agent,
        ),
        post(
            "/rotators",
            json!({ "slug": "x", "agents": [{ "agent_id": "ID" }] }),
            agent,
        ),
        post(
            "/me/workspace",
            json!({ "workspace_id": "ID" }),
            &shop.server.workspace.to_string(),
        ),
    ]
}

#[tokio::test]
async fn an_id_of_another_workspace_is_unknown_wherever_it_is_named() {
    let shop = Shop::open().await;
    let server = &shop.server;
    let destination = server.add_destination(meta()).await;
    let (other, _) = server.add_workspace().await;
    for (method, path, body, id) in questions(&shop, &destination) {
        let with = |id: &str| {
            let body = body
                .as_ref()
                .map(|body| body.to_string().replace("ID", id).parse::<Value>().unwrap());
            (path.replace("ID", id), body)
        };
        let by = stranger(server, other, "", "owner").await;
        let (foreign, missing) = (with(&id), with(MISSING));
        let foreign = by.ask(method, &foreign.0, foreign.1.as_ref()).await;
        let missing = by.ask(method, &missing.0, missing.1.as_ref()).await;
        // Some repeat what was asked for.
        let echo = |answer: &Answer, id: &str| {
            let (status, headers, text) = said(answer);
            let text = text
                .replace(&format!("\"{id}\""), "ID")
                .replace(&format!("\\\"{id}\\\""), "ID");
            (status, headers.get("content-type").cloned(), text)
        };
        assert_eq!(echo(&foreign, &id), echo(&missing, MISSING), "{method} {path}");
        assert_ne!(foreign.status, StatusCode::INTERNAL_SERVER_ERROR, "{method} {path}");
    }
    assert_eq!(
        server.get(&format!("/leads/{}", shop.leads[0].packed())).await.json["status"],
        "new"
    );
}
