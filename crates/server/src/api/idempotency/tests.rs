use super::*;
use crate::api::{
    edits,
    people::Browser,
    testing::{Answer, Server},
};
use axum::http::Method;
use futures_util::future::{Either, join_all, select};
use konektor_store::Access;
use rstest::rstest;
use serde_json::{Value, json};
use std::pin::pin;

fn request(key: &str, credentials: &str, method: Method, path: &str, body: &Value) -> Request {
    let request = Request::builder().method(method).uri(format!("/api/v1{path}"));
    request
        .header("idempotency-key", key)
        .header("authorization", format!("Bearer {credentials}"))
        .header("content-type", "application/json")
        .body(body.to_string().into())
        .unwrap()
}

async fn post(server: &Server, key: &str, path: &str, body: &Value) -> Answer {
    server.send(request(key, &server.key, Method::POST, path, body)).await
}

fn ayu() -> Value {
    json!({ "name": "Ayu", "phone": "0812 3456 7890" })
}

async fn number_of_agents(server: &Server) -> usize {
    server.get("/agents").await.items("id").len()
}

/// Without what is about this answer alone.
fn lasting(answer: &Answer) -> (StatusCode, HeaderMap, Value) {
    let mut headers = answer.headers.clone();
    for name in ["ratelimit", "idempotency-replayed"] {
        headers.remove(name);
    }
    (answer.status, headers, answer.json.clone())
}

fn is_replayed(answer: &Answer) -> bool {
    answer.headers.get(REPLAYED).is_some_and(|value| value == "true")
}

#[tokio::test]
async fn a_repeat_gets_the_first_answer_and_does_nothing() {
    let server = Server::start().await;
    let first = post(&server, "k1", "/agents", &ayu()).await;
    assert_eq!(first.status, StatusCode::CREATED);
    assert!(!is_replayed(&first) && first.headers.contains_key("location"));
    for key in ["k1", "\"k1\""] {
        let again = post(&server, key, "/agents", &ayu()).await;
        assert!(is_replayed(&again));
        assert_eq!(lasting(&again), lasting(&first), "{key}");
    }
    assert_eq!(number_of_agents(&server).await, 1);
    let audit = server.app.store.audit(server.workspace, 10).await.unwrap();
    assert_eq!(audit.len(), 1, "what is repeated is no change");
    post(&server, "k2", "/agents", &ayu()).await;
    assert_eq!(number_of_agents(&server).await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_repeats_at_once_one_is_done() {
    let server = Server::start().await;
    let body = ayu();
    let answers = join_all((0..50).map(|_| post(&server, "k1", "/agents", &body))).await;
    let made = answers.iter().filter(|answer| answer.status == StatusCode::CREATED);
    let made: Vec<_> = made.collect();
    assert_eq!(made.iter().filter(|answer| !is_replayed(answer)).count(), 1);
    assert!(made.iter().all(|answer| answer.json == made[0].json));
    let others = answers.iter().filter(|answer| answer.status == StatusCode::CONFLICT);
    assert_eq!(made.len() + others.count(), 50);
    assert_eq!(number_of_agents(&server).await, 1);
}

#[tokio::test]
async fn while_the_first_is_under_way_its_repeat_is_refused() {
    let server = Server::start().await;
    let body = ayu();
    // No agent is added while another change is being made.
    let edit = edits::begin().await;
    let one = pin!(post(&server, "k1", "/agents", &body));
    let other = pin!(post(&server, "k1", "/agents", &body));
    let (refused, waiting) = match select(one, other).await {
        Either::Left((refused, waiting)) => (refused, Either::Left(waiting)),
        Either::Right((refused, waiting)) => (refused, Either::Right(waiting)),
    };
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.json["detail"].as_str().unwrap().contains("under way"));
    drop(edit);
    let done = match waiting {
        Either::Left(waiting) => waiting.await,
        Either::Right(waiting) => waiting.await,
    };
    assert_eq!(done.status, StatusCode::CREATED);
    assert!(is_replayed(&post(&server, "k1", "/agents", &body).await));
}

#[tokio::test]
async fn who_goes_away_before_the_answer_gets_it_by_asking_again() {
    let server = Server::start().await;
    let body = ayu();
    let edit = edits::begin().await;
    {
        let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
        let before = tasks();
        let mut gone = pin!(post(&server, "k1", "/agents", &body));
        // It waits for the edit, on a task of its own, and is dropped while it does.
        while tasks() == before {
            assert!(futures_util::poll!(gone.as_mut()).is_pending());
            tokio::task::yield_now().await;
        }
    }
    drop(edit);
    let again = loop {
        let again = post(&server, "k1", "/agents", &body).await;
        if again.status != StatusCode::CONFLICT {
            break again;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(again.status, StatusCode::CREATED);
    assert!(is_replayed(&again));
    assert_eq!(number_of_agents(&server).await, 1);
}

#[tokio::test]
async fn a_repeat_after_a_restart_is_answered_the_same() {
    let mut server = Server::start().await;
    let first = post(&server, "k1", "/agents", &ayu()).await;
    server.restart().await;
    let again = post(&server, "k1", "/agents", &ayu()).await;
    assert!(is_replayed(&again));
    assert_eq!(lasting(&again), lasting(&first));
    assert_eq!(number_of_agents(&server).await, 1);
}

#[tokio::test]
async fn a_key_is_for_one_request_by_one_caller() {
    let server = Server::start().await;
    let made = post(&server, "k1", "/agents", &ayu()).await;
    let path = format!("/agents/{}", made.json["id"].as_str().unwrap());
    let colleague = server.add_key(server.workspace, &["read", "write"], None).await;
    let others = [
        (
            &server.key,
            Method::POST,
            "/agents",
            json!({ "name": "Budi", "phone": "0812 3456 7891" }),
        ),
        (&server.key, Method::POST, "/agents?x=1", ayu()),
        (&server.key, Method::POST, "/hosts", ayu()),
        (&server.key, Method::PATCH, path.as_str(), ayu()),
        (&server.key, Method::DELETE, "/agents", ayu()),
        (&colleague, Method::POST, "/agents", ayu()),
    ];
    for (credentials, method, path, body) in others {
        let refused = server
            .send(request("k1", credentials, method.clone(), path, &body))
            .await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{method} {path}");
        assert!(
            refused.json["detail"].as_str().unwrap().contains("another request"),
            "{}",
            refused.json
        );
    }
    assert_eq!(number_of_agents(&server).await, 1);
    let (_, neighbour) = server.add_workspace().await;
    let theirs = server
        .send(request("k1", &neighbour, Method::POST, "/agents", &ayu()))
        .await;
    assert_eq!(
        theirs.status,
        StatusCode::CREATED,
        "in another workspace it is another key"
    );
    assert!(!is_replayed(&theirs));
}

#[tokio::test]
async fn an_answer_is_kept_for_a_day() {
    let server = Server::start().await;
    post(&server, "k1", "/agents", &ayu()).await;
    server.set_clock(KEPT_MS - 1);
    assert!(is_replayed(&post(&server, "k1", "/agents", &ayu()).await));
    server.set_clock(KEPT_MS);
    assert!(!is_replayed(&post(&server, "k1", "/agents", &ayu()).await));
    assert_eq!(number_of_agents(&server).await, 2);
}

#[tokio::test]
async fn a_mistake_is_kept_but_a_refusal_is_not() {
    let server = Server::start().await;
    let nameless = json!({ "name": "", "phone": "0812 3456 7890" });
    let first = post(&server, "k1", "/agents", &nameless).await;
    assert_eq!(first.status, StatusCode::UNPROCESSABLE_ENTITY);
    let again = post(&server, "k1", "/agents", &nameless).await;
    assert!(is_replayed(&again));
    assert_eq!(lasting(&again), lasting(&first));
    let forbidden = json!({ "email": "rina@kopi.id", "role": "owner" });
    for _ in 0..2 {
        let answer = post(&server, "k2", "/users", &forbidden).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.json);
        assert!(!is_replayed(&answer));
    }
    let reader = server.add_key(server.workspace, &["read"], None).await;
    for credentials in [reader.as_str(), "kn_unknown"] {
        let refused = server
            .send(request("k1", credentials, Method::POST, "/agents", &nameless))
            .await;
        assert!([401, 403].contains(&refused.status.as_u16()) && !is_replayed(&refused));
    }
}

#[rstest]
#[case(201, true)]
#[case(204, true)]
#[case(400, true)]
#[case(404, true)]
#[case(409, true)]
#[case(422, true)]
#[case(401, false)]
#[case(403, false)]
#[case(429, false)]
#[case(500, false)]
#[case(503, false)]
fn what_may_be_answered_otherwise_a_moment_later_is_not_kept(#[case] status: u16, #[case] kept: bool) {
    assert_eq!(is_kept(StatusCode::from_u16(status).unwrap()), kept);
}

#[rstest]
#[case("8e03978e-40d5-43e8-bc93-6894a57f9324", Some("8e03978e-40d5-43e8-bc93-6894a57f9324"))]
#[case(r#""8e03978e""#, Some("8e03978e"))]
#[case(r#""a\"b\\c""#, Some(r#"a"b\c"#))]
#[case(r#"a"b\c"#, Some(r#"a"b\c"#))]
#[case("", None)]
#[case(r#""""#, None)]
#[case(r#"""#, None)]
#[case(r#""a"#, None)]
#[case(r#""a"b""#, None)]
#[case(r#""a\b""#, None)]
#[case(r#""a\""#, None)]
#[case("two words", None)]
#[case("kunci-\u{fc}", None)]
fn a_key_is_visible_characters_with_or_without_quotes(#[case] sent: &str, #[case] wanted: Option<&str>) {
    let mut headers = HeaderMap::new();
    headers.insert(KEY, HeaderValue::from_bytes(sent.as_bytes()).unwrap());
    assert_eq!(key(&headers).ok(), wanted.map(|key| key.as_bytes().to_vec()));
}

#[tokio::test]
async fn a_key_that_is_not_possible_is_refused_and_nothing_is_done() {
    let server = Server::start().await;
    for sent in ["", "two words", &"x".repeat(256)] {
        let refused = post(&server, sent, "/agents", &ayu()).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        assert!(refused.json["detail"].as_str().unwrap().contains("1 to 255"));
    }
    let mut twice = request("k1", &server.key, Method::POST, "/agents", &ayu());
    twice.headers_mut().append(KEY, HeaderValue::from_static("k2"));
    assert_eq!(server.send(twice).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(number_of_agents(&server).await, 0);
    let longest = post(&server, &"x".repeat(255), "/agents", &ayu()).await;
    assert_eq!(longest.status, StatusCode::CREATED);
}

#[tokio::test]
async fn what_is_shown_once_is_repeated_but_not_readable_in_the_database() {
    let server = Server::start().await;
    let new = json!({ "name": "Sheet", "scopes": ["read"] });
    let first = post(&server, "k1", "/keys", &new).await;
    let shown = first.json["key"].as_str().unwrap();
    assert_eq!(post(&server, "k1", "/keys", &new).await.json["key"], shown);
    let guest = json!({ "email": "rina@kopi.id", "role": "agent", "agent_id": server.add_agent("Rina").await });
    let invited = post(&server, "k2", "/users", &guest).await;
    let link = invited.json["invite_url"].as_str().unwrap();
    assert_eq!(post(&server, "k2", "/users", &guest).await.json, invited.json);
    let token = link.rsplit('/').next().unwrap();
    let contains = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    let files = server.files();
    assert!(files.iter().any(|(_, bytes)| contains(bytes, "rina@kopi.id")));
    for (name, bytes) in files {
        assert!(!contains(&bytes, shown) && !contains(&bytes, token), "{name}");
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_and_the_key_stays_free() {
    let server = Server::start().await;
    let large = json!({ "name": "x".repeat(BODY_MAX_BYTES) });
    let refused = post(&server, "k1", "/agents", &large).await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(post(&server, "k1", "/agents", &ayu()).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn an_answer_that_does_not_open_any_more_is_an_error_and_not_done_again() {
    let server = Server::start().await;
    post(&server, "k1", "/agents", &ayu()).await;
    let no_answer = match server.is_on_postgres() {
        false => "UPDATE keyed_requests SET answer = x'01'",
        true => "UPDATE keyed_requests SET answer = '\\x01'",
    };
    server.sql(no_answer);
    let broken = post(&server, "k1", "/agents", &ayu()).await;
    assert_eq!(broken.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(number_of_agents(&server).await, 1);
}

#[tokio::test]
async fn a_session_has_keys_too_and_looking_needs_none() {
    let server = Server::start().await;
    let owner = Browser::of_owner(&server, server.workspace).await;
    let ask = async |method: Method, body: &Value| {
        let request = owner.request(method, "/agents").header("sec-fetch-site", "same-origin");
        let request = request.header("content-type", "application/json").header(KEY, "k1");
        server.send(request.body(body.to_string().into()).unwrap()).await
    };
    let first = ask(Method::POST, &ayu()).await;
    assert_eq!(ask(Method::POST, &ayu()).await.json, first.json);
    for _ in 0..2 {
        let list = ask(Method::GET, &Value::Null).await;
        assert!(!is_replayed(&list));
        assert_eq!(list.items("id").len(), 1);
    }
}
