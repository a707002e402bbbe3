//! The limit of requests, for each key and each session, said in every answer (draft-ietf-httpapi-ratelimit-headers) so
//! that a program can pace itself before it is refused.

use super::{
    auth::{Caller, Who},
    error::ApiError,
    identified::Identified,
};
use crate::{
    auth::rate::{Holder, Rate, Taken, WINDOW_S},
    clock::Clock,
};
use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::sync::Arc;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LEFT: HeaderName = HeaderName::from_static("ratelimit");

/// What requests are counted with.
pub struct Limit {
    rate: Rate,
    clock: Clock,
}

impl Limit {
    /// So many requests a minute for each key and session; 0 is no limit.
    pub fn new(per_minute: u32, clock: Clock) -> Arc<Self> {
        let rate = Rate::new(per_minute);
        Arc::new(Self { rate, clock })
    }
}

/// Counts a request and refuses it if there were too many. Who is nobody is not counted: they get nothing but a refusal,
/// and signing in has a brake of its own.
pub async fn count(State(limit): State<Arc<Limit>>, request: Request, next: Next) -> Response {
    let identified = request.extensions().get::<Identified>();
    let holder = identified.and_then(|identified| identified.caller.as_ref()).map(holder);
    let taken = holder.and_then(|holder| limit.rate.take(holder, limit.clock.now()));
    match taken {
        None => next.run(request).await,
        Some(Taken::Yes { left, more_in_s }) => say(&limit, next.run(request).await, left, more_in_s),
        Some(Taken::No { wait_s }) => {
            let refusal = ApiError::TooManyRequests(wait_s).into_response();
            say(&limit, refusal, 0, wait_s)
        }
    }
}

fn holder(caller: &Caller) -> Holder {
    match &caller.who {
        Who::Key(key) => Holder::Key(key.id),
        Who::User(session) => Holder::Session(session.id),
    }
}

/// Says how many requests there are a minute, how many are left, and in how many seconds there are more.
fn say(limit: &Limit, mut response: Response, left: i64, more_in_s: i64) -> Response {
    let per_minute = limit.rate.per_minute().unwrap_or_default();
    let headers = [
        (POLICY, format!("\"default\";q={per_minute};w={WINDOW_S}")),
        (LEFT, format!("\"default\";r={left};t={more_in_s}")),
    ];
    for (name, value) in headers {
        let value = HeaderValue::try_from(value).expect("names and numbers make a header");
        response.headers_mut().insert(name, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use crate::{
        api::{people::Browser, testing::Server},
        config::Settings,
    };
    use axum::http::{Method, StatusCode};

    async fn server(per_minute: u32) -> Server {
        Server::start_with(&[("KONEKTOR_API_RATE", per_minute.to_string())]).await
    }

    #[tokio::test]
    async fn every_answer_says_how_many_requests_are_left() {
        let server = server(600).await;
        let answer = server.get("/agents").await;
        assert_eq!(answer.headers["ratelimit-policy"], "\"default\";q=600;w=60");
        assert_eq!(answer.headers["ratelimit"], "\"default\";r=599;t=1");
        let missing = server.get("/agents/999").await;
        assert_eq!(missing.headers["ratelimit"], "\"default\";r=598;t=1");
        server.set_clock(1_000);
        assert_eq!(
            server.get("/agents").await.headers["ratelimit"],
            "\"default\";r=599;t=1"
        );
    }

    #[test]
    fn the_limit_is_generous_unless_it_is_set() {
        assert_eq!(Settings::load(std::iter::empty()).unwrap().api_rate, 600);
    }

    #[tokio::test]
    async fn who_asks_too_often_is_told_how_long_to_wait() {
        let server = server(3).await;
        for _ in 0..3 {
            assert_eq!(server.get("/agents").await.status, StatusCode::OK);
        }
        let refused = server.get("/agents").await;
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(refused.headers["content-type"], "application/problem+json");
        assert_eq!(refused.headers["retry-after"], "20");
        assert_eq!(refused.headers["ratelimit"], "\"default\";r=0;t=20");
        assert_eq!(refused.headers["ratelimit-policy"], "\"default\";q=3;w=60");
        assert_eq!(
            refused.json["detail"],
            "Too many requests. Send the next one in 20 seconds."
        );
        let other = server.add_key(server.workspace, &["read"], None).await;
        assert_eq!(
            server.ask(&other, Method::GET, "/agents", None).await.status,
            StatusCode::OK,
            "another key has its own limit"
        );
        let owner = Browser::of_owner(&server, server.workspace).await;
        assert_eq!(
            owner.get("/agents").await.status,
            StatusCode::OK,
            "and so has a session"
        );
        server.set_clock(20_000);
        assert_eq!(server.get("/agents").await.status, StatusCode::OK);
    }

    #[tokio::test]
    async fn who_is_nobody_and_what_is_public_is_not_counted() {
        let server = server(1).await;
        let stranger = Browser::new(&server);
        for (path, status) in [("/agents", 401), ("/agents", 401), ("/setup", 200), ("/setup", 200)] {
            let answer = stranger.get(path).await;
            assert_eq!(answer.status.as_u16(), status);
            assert!(!answer.headers.contains_key("ratelimit"), "{path}");
        }
    }

    #[tokio::test]
    async fn zero_is_no_limit() {
        let server = server(0).await;
        let answer = server.get("/agents").await;
        assert!(!answer.headers.contains_key("ratelimit") && !answer.headers.contains_key("ratelimit-policy"));
    }
}
