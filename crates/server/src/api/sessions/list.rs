//! `GET /sessions`

use crate::{
    api::{
        auth::SignedIn,
        body::Query,
        error::ApiError,
        page::{Page, PageQuery},
        refusals::{Refused, RefusedQuery},
        time::Time,
    },
    app::App,
};
use axum::{Json, extract::State};
use konektor_store::{Access, model::Session};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// A browser that is signed in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub struct SessionView {
    /// Its id.
    #[schema(example = "5")]
    id: String,
    /// Whether it is the one that asks.
    current: bool,
    /// When somebody signed in with it.
    created_at: Time,
    /// When it was last used, to the hour.
    seen_at: Time,
    /// When it ends, unless it is used.
    expires_at: Time,
    /// The browser, as it named itself.
    user_agent: String,
    /// The address that somebody signed in from.
    #[schema(example = "203.0.113.7")]
    ip: String,
}

/// A page of the list.
pub type SessionPage = Page<SessionView>;

/// The caller's own sessions, newest first.
#[utoipa::path(
    get, path = "/sessions", operation_id = "list_sessions", tag = "session",
    params(PageQuery),
    responses((status = 200, description = "A page of sessions.", body = SessionPage), RefusedQuery, Refused)
)]
pub async fn list(
    SignedIn { session: own, .. }: SignedIn,
    State(app): State<Arc<App>>,
    Query(query): Query<PageQuery>,
) -> Result<Json<SessionPage>, ApiError> {
    let sessions = app.store.sessions(own.user.id, app.clock.now()).await?;
    let view = |session: Session| SessionView {
        id: session.id.to_string(),
        current: session.id == own.id,
        created_at: Time(session.created_at),
        seen_at: Time(session.seen_at),
        expires_at: Time(session.expires_at),
        user_agent: session.user_agent,
        ip: session.address,
    };
    let page = Page::of_all(sessions, &query, |session| -session.id)?;
    Ok(Json(page.map(view)))
}

#[cfg(test)]
mod tests {
    use crate::api::{
        auth::SESSION_MS,
        people::{Browser, add_user},
        testing::Server,
    };
    use axum::http::StatusCode;
    use konektor_store::model::Role;
    use serde_json::json;

    const HOUR_MS: i64 = 3_600_000;

    #[tokio::test]
    async fn people_see_their_own_sessions_and_end_them() {
        let server = Server::start().await;
        let rina = add_user(&server, server.workspace, "rina@kopi.id", Role::Admin, None).await;
        let budi = add_user(&server, server.workspace, "budi@kopi.id", Role::Owner, None).await;
        let phone = Browser::of(&server, rina, server.workspace).await;
        let mut desk = Browser::of(&server, rina, server.workspace).await;
        let mut budis = Browser::of(&server, budi, server.workspace).await;
        let list = desk.get("/sessions").await;
        assert_eq!(list.items("current"), [json!(true), json!(false)]);
        assert_eq!(list.items("user_agent"), ["Chrome", "Chrome"]);
        assert_eq!(list.items("ip")[0], "203.0.113.7");
        let first = desk.get("/sessions?limit=1").await;
        let rest = format!("/sessions?cursor={}", first.json["next_cursor"].as_str().unwrap());
        assert_eq!(desk.get(&rest).await.items("id"), list.items("id")[1..]);
        let phones = format!("/sessions/{}", list.items("id")[1].as_str().unwrap());
        assert_eq!(
            budis.delete(&phones).await.status,
            StatusCode::NOT_FOUND,
            "an owner cannot, either"
        );
        assert_eq!(desk.delete(&phones).await.status, StatusCode::NO_CONTENT);
        assert_eq!(desk.delete(&phones).await.status, StatusCode::NOT_FOUND);
        assert_eq!(phone.get("/me").await.status, StatusCode::UNAUTHORIZED);
        let tablet = Browser::of(&server, rina, server.workspace).await;
        assert_eq!(desk.delete("/sessions").await.status, StatusCode::NO_CONTENT);
        assert_eq!(tablet.get("/me").await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(desk.get("/me").await.status, StatusCode::OK);
        assert_eq!(budis.get("/me").await.status, StatusCode::OK);
    }

    #[tokio::test]
    async fn a_session_that_is_used_goes_on_and_one_that_is_not_ends() {
        let server = Server::start().await;
        let mut browser = Browser::of_owner(&server, server.workspace).await;
        server.set_clock(HOUR_MS - 1);
        let answer = browser.ask_and_forget(axum::http::Method::GET, "/me", None).await;
        assert!(
            !answer.headers.contains_key("set-cookie"),
            "its use is written down once an hour"
        );
        server.set_clock(HOUR_MS);
        let cookie = browser.cookie.clone();
        let answer = browser.ask(axum::http::Method::GET, "/me", None).await;
        assert!(
            answer.headers["set-cookie"]
                .to_str()
                .unwrap()
                .contains("Max-Age=2592000")
        );
        assert_eq!(browser.cookie, cookie, "it is the same token");
        assert_eq!(
            browser.get("/sessions").await.items("seen_at"),
            ["2026-08-17T03:00:00.000Z"]
        );
        server.set_clock(HOUR_MS + SESSION_MS - 1);
        assert_eq!(browser.get("/me").await.status, StatusCode::OK);
        server.set_clock(HOUR_MS + 2 * SESSION_MS - 1);
        assert_eq!(browser.get("/me").await.status, StatusCode::UNAUTHORIZED);
    }

    #[tokio::test]
    async fn a_key_has_no_sessions() {
        let server = Server::start().await;
        for path in ["/sessions", "/session"] {
            assert_eq!(server.delete(path).await.status, StatusCode::FORBIDDEN);
        }
        assert_eq!(server.get("/sessions").await.status, StatusCode::FORBIDDEN);
    }
}
