//! The pages of leads' links, asked as a phone would.

use crate::api::testing::{Answer, Server};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode},
};
use serde_json::{Value, json};

const HOUR_MS: i64 = 3_600_000;

struct Shop {
    server: Server,
    agents: [String; 2],
    /// The lead's path in the API.
    lead: String,
    /// The path of its link.
    link: String,
}

impl Shop {
    async fn open() -> Self {
        let server = Server::start().await;
        let agents = [server.add_agent("Ayu").await, server.add_agent("Budi").await];
        let promo = server.add_rotator("promo", &[&agents[0]]).await;
        let lead = server.record(vec![server.visit(&promo, "", 0)]).await[0];
        let lead = format!("/leads/{}", lead.packed());
        let made = server.post(&format!("{lead}/link"), json!({})).await;
        assert_eq!(made.status, StatusCode::OK, "{}", made.json);
        assert_eq!(made.json["expires_at"], "2026-08-18T02:00:00.000Z");
        let url = made.json["url"].as_str().unwrap();
        let link = url.strip_prefix("https://go.example.com").unwrap().to_owned();
        Self {
            server,
            agents,
            lead,
            link,
        }
    }

    async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.server
            .send(request.body(Body::from(body.to_owned())).unwrap())
            .await
    }

    async fn show(&self) -> Answer {
        self.ask(Method::GET, &self.link, &[], "").await
    }

    async fn save(&self, body: &str) -> Answer {
        let form = [("content-type", "application/x-www-form-urlencoded")];
        self.ask(Method::POST, &self.link, &form, body).await
    }

    async fn lead(&self) -> Value {
        self.server.get(&self.lead).await.json
    }
}

const AS_IT_WAS: &str = "was_name=&was_status=new&was_value=&was_currency=IDR";

#[tokio::test]
async fn a_cs_without_an_account_renames_the_lead_and_says_how_far_it_has_come() {
    let shop = Shop::open().await;
    let page = shop.show().await;
    assert_eq!(page.status, StatusCode::OK);
    let code = shop.lead().await["code"].as_str().unwrap().to_owned();
    for part in [
        "Ayu",
        "Toko Kopi",
        &code,
        "name=\"was_status\" value=\"new\"",
        "value=\"IDR\"",
    ] {
        assert!(page.text.contains(part), "{part} in {}", page.text);
    }
    let change = "name=Budi+Santoso&status=won&value=1.500.000&currency=idr";
    let saved = shop.save(&format!("{AS_IT_WAS}&{change}")).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    assert_eq!(saved.headers["location"], format!("{}?saved", shop.link));
    let lead = shop.lead().await;
    assert_eq!(
        (&lead["name"], &lead["name_source"]),
        (&json!("Budi Santoso"), &json!("manual"))
    );
    assert_eq!((&lead["status"], &lead["value"]), (&json!("won"), &json!(1_500_000)));
    assert_eq!(lead["currency"], "IDR");

    let timeline = shop.server.get(&format!("{}/timeline", shop.lead)).await;
    let by = timeline.items("by");
    let by_link = by.iter().filter(|by| **by == json!(format!("link:{}", shop.agents[0])));
    assert!(by_link.count() >= 3, "{}", timeline.json);
    let audit = konektor_store::Access::audit(&shop.server.app.store, shop.server.workspace, 1)
        .await
        .unwrap();
    assert_eq!((&*audit[0].what, &*audit[0].object), ("POST /l/{token}", &*shop.lead));
    let again = shop.ask(Method::GET, &format!("{}?saved", shop.link), &[], "").await;
    assert!(
        again.text.contains("Saved.") && again.text.contains("Budi Santoso"),
        "{}",
        again.text
    );
}

#[tokio::test]
async fn nothing_of_the_page_is_kept_told_or_framed() {
    let shop = Shop::open().await;
    let saved = shop
        .save(&format!("{AS_IT_WAS}&name=Budi&status=new&currency=IDR"))
        .await;
    let shut = shop.ask(Method::GET, "/l/x", &[], "").await;
    for answer in [shop.show().await, saved, shut] {
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert_eq!(answer.headers["referrer-policy"], "no-referrer");
        assert_eq!(answer.headers["x-frame-options"], "DENY");
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
        assert!(!answer.headers.contains_key("set-cookie"));
    }
    let page = shop.show().await;
    assert_eq!(page.headers["x-robots-tag"], "noindex");
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.contains("default-src 'none'") && !policy.contains("unsafe"),
        "{policy}"
    );
    assert!(!page.text.contains("<script"), "{}", page.text);
}

#[tokio::test]
async fn what_cannot_be_kept_is_said_and_nothing_is_changed() {
    let shop = Shop::open().await;
    let answer = shop
        .save(&format!(
            "{AS_IT_WAS}&name=&status=won&value=banyak%22%3E&currency=RUPIAH&was_name=x"
        ))
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text.contains("Write the value in digits"), "{}", answer.text);
    assert!(
        answer.text.contains("value=\"banyak&#34;&#62;\""),
        "what was typed stays, as text"
    );
    assert_eq!(shop.lead().await["status"], "new");
    let json = shop
        .ask(Method::POST, &shop.link, &[("content-type", "application/json")], "{}")
        .await;
    assert_eq!(json.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn what_somebody_else_changed_meanwhile_stays() {
    let shop = Shop::open().await;
    shop.show().await;
    shop.server
        .patch(&shop.lead, json!({ "name": "Rina", "status": "hot" }))
        .await;
    // The page still says what it said when it was opened.
    let saved = shop
        .save(&format!("{AS_IT_WAS}&name=&status=contacted&value=&currency=IDR"))
        .await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    let lead = shop.lead().await;
    assert_eq!((&lead["name"], &lead["status"]), (&json!("Rina"), &json!("contacted")));
}

#[tokio::test]
async fn a_link_ends_with_the_day_with_another_agent_and_with_the_lead() {
    let change = format!("{AS_IT_WAS}&name=Jahat&status=lost&value=&currency=IDR");
    let shop = Shop::open().await;
    shop.server
        .patch(&shop.lead, json!({ "agent_id": shop.agents[1] }))
        .await;
    let moved = shop.show().await;
    assert_eq!(moved.status, StatusCode::NOT_FOUND, "{}", moved.text);
    assert_eq!(shop.save(&change).await.status, StatusCode::NOT_FOUND);
    assert_eq!(shop.lead().await["status"], "new");
    shop.server
        .patch(&shop.lead, json!({ "agent_id": shop.agents[0] }))
        .await;
    assert_eq!(shop.show().await.status, StatusCode::OK);

    shop.server.set_clock(24 * HOUR_MS - 1);
    assert_eq!(shop.show().await.status, StatusCode::OK);
    shop.server.set_clock(24 * HOUR_MS);
    let expired = shop.show().await;
    assert_eq!(
        (expired.status, &expired.text),
        (StatusCode::NOT_FOUND, &moved.text),
        "nobody learns which"
    );
    shop.server.set_clock(0);

    shop.server.delete(&format!("/agents/{}", shop.agents[0])).await;
    assert_eq!(shop.show().await.status, StatusCode::NOT_FOUND, "the agent is gone");

    let shop = Shop::open().await;
    shop.server.delete(&shop.lead).await;
    assert_eq!(shop.show().await.status, StatusCode::NOT_FOUND);
    assert_eq!(shop.save(&change).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn another_site_changes_nothing() {
    let shop = Shop::open().await;
    for site in ["cross-site", "same-site"] {
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("sec-fetch-site", site),
        ];
        let body = format!("{AS_IT_WAS}&name=Jahat&status=lost&value=&currency=IDR");
        let answer = shop.ask(Method::POST, &shop.link, &headers, &body).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
    }
    let put = shop.ask(Method::PUT, &shop.link, &[], "").await;
    assert_eq!(put.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(shop.lead().await["status"], "new");
}

#[tokio::test]
async fn guessing_is_slowed_down() {
    let shop = Shop::open().await;
    let mut statuses = Vec::new();
    for n in 0..70 {
        statuses.push(shop.ask(Method::GET, &format!("/l/1.1.1.{n}"), &[], "").await.status);
    }
    assert_eq!(statuses[0], StatusCode::NOT_FOUND);
    assert_eq!(statuses[69], StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_lead_that_nobody_has_needs_an_agent_first() {
    let shop = Shop::open().await;
    let bio = shop.server.add_rotator("bio", &[]).await;
    let lead = shop.server.record(vec![shop.server.visit(&bio, "gclid=x", 5)]).await[0];
    let answer = shop
        .server
        .post(&format!("/leads/{}/link", lead.packed()), json!({}))
        .await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    let missing = shop.server.post("/leads/999/link", json!({})).await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    let (_, key) = shop.server.add_workspace().await;
    let foreign = shop
        .server
        .ask(&key, Method::POST, &format!("{}/link", shop.lead), None)
        .await;
    assert_eq!(foreign.json, missing.json);
}

#[tokio::test]
async fn one_tap_says_that_the_chat_has_started() {
    let shop = Shop::open().await;
    assert!(shop.show().await.text.contains("The chat has started</button>"));
    let body = format!("name=&status=new&value=&currency=IDR&{AS_IT_WAS}&arrived=yes");
    assert_eq!(shop.save(&body).await.status, StatusCode::SEE_OTHER);
    let lead = shop.lead().await;
    assert_eq!(
        (&lead["arrived_at"], &lead["status"]),
        (&json!("2026-08-17T02:00:00.000Z"), &json!("new"))
    );
    assert_eq!(lead["arrived_by"], format!("link:{}", shop.agents[0]));
    let page = shop.show().await.text;
    assert!(page.contains("The chat has started, noted 17/08 09:00") && !page.contains("name=\"arrived\""));
}
