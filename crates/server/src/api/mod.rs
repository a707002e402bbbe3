//! API v1: JSON for programs, under `/api/v1`. One endpoint per file: its input, errors, documentation, handler and
//! tests. The OpenAPI document is made from the same code and frozen in `openapi.snapshot.json`.

pub mod agents;
pub mod alerts;
pub mod auth;
pub mod body;
mod checks;
pub mod client;
mod compressed;
mod created;
pub mod days;
pub mod deliveries;
pub mod destinations;
pub mod digest;
mod docs;
pub mod doctor;
mod edits;
pub mod error;
#[cfg(test)]
mod foreign;
pub mod forms;
pub mod hosts;
mod idempotency;
mod identified;
pub mod invitations;
pub mod keys;
pub mod leads;
pub mod live;
#[cfg(test)]
mod markup;
pub mod me;
mod noted;
mod openapi;
pub mod page;
#[cfg(test)]
pub(crate) mod people;
mod rate;
pub mod refusals;
pub mod reminders;
pub mod reports;
#[cfg(test)]
mod roles;
pub mod rotators;
pub mod screening_rules;
pub mod session;
pub mod sessions;
pub mod setup;
#[cfg(test)]
pub(crate) mod testing;
pub mod time;
pub mod users;
pub mod webhooks;
pub mod whatsapp;
pub mod words;
pub mod workspace;

use crate::{app::App, assets, link, mail};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{HeaderMap, HeaderValue, Method, Uri, header},
    middleware,
    response::{IntoResponse, Response},
};
use error::{ApiError, BODY_MAX_BYTES};
use std::sync::Arc;
use utoipa_axum::{
    router::{OpenApiRouter, UtoipaMethodRouterExt},
    routes,
};

pub use client::seems_signed_in;
pub use openapi::openapi;

/// Where all of it is.
pub const ROOT: &str = "/api/v1";

/// The API, ready to be asked for paths under [`ROOT`].
pub fn router(app: Arc<App>) -> Router {
    let limit = rate::Limit::new(app.settings.api_rate, app.clock.clone());
    let (router, _) = OpenApiRouter::new().nest(ROOT, endpoints()).split_for_parts();
    router
        .fallback(fallback)
        .method_not_allowed_fallback(|| async { ApiError::WrongMethod })
        .layer(DefaultBodyLimit::max(BODY_MAX_BYTES))
        // From the inside out: an answer that is repeated is neither made nor noted again.
        .layer(middleware::from_fn_with_state(app.clone(), noted::see_to))
        .layer(middleware::from_fn_with_state(app.clone(), idempotency::once))
        .layer(middleware::from_fn_with_state(limit, rate::count))
        .layer(middleware::from_fn_with_state(app.clone(), identified::find))
        .layer(middleware::map_response(keep_private))
        .layer(compressed::layer())
        .with_state(app.clone())
        // Beside the API, with nothing of it around.
        .merge(link::router(app.clone()))
        .merge(mail::router(app))
}

/// Everything that is no endpoint: under `/api` a mistake, elsewhere the dashboard.
async fn fallback(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if uri.path().starts_with("/api") || uri.path().starts_with("/hooks") {
        return ApiError::NotFound("path in the API").into_response();
    }
    let mut response = assets::serve(method, uri, headers).await;
    response.extensions_mut().insert(OfDashboard);
    response
}

/// Marks a file of the dashboard: it is about nobody, and says itself how long it is good.
#[derive(Clone)]
struct OfDashboard;

fn endpoints() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(agents::list::list, agents::create::create))
        .routes(routes!(
            agents::get::get,
            agents::update::update,
            agents::delete::delete
        ))
        .routes(routes!(rotators::list::list, rotators::create::create))
        .routes(routes!(rotators::preview::preview))
        .routes(routes!(rotators::test_link::test_link))
        .routes(routes!(
            rotators::get::get,
            rotators::update::update,
            rotators::delete::delete
        ))
        .routes(routes!(leads::list::list))
        .routes(routes!(leads::csv::export))
        .routes(routes!(leads::bulk::bulk))
        .routes(routes!(leads::arrived::arrived))
        .routes(routes!(leads::import::import).layer(DefaultBodyLimit::max(leads::import::MAX_BYTES)))
        .routes(routes!(leads::merge::merge))
        .routes(routes!(leads::unmerge::unmerge))
        .routes(routes!(leads::erase::erase))
        .routes(routes!(leads::get::get, leads::update::update, leads::delete::delete))
        .routes(routes!(leads::timeline::timeline))
        .routes(routes!(leads::link::link))
        .routes(routes!(destinations::list::list, destinations::create::create))
        .routes(routes!(
            destinations::get::get,
            destinations::update::update,
            destinations::delete::delete
        ))
        .routes(routes!(destinations::test::test))
        .routes(routes!(destinations::dry_run::dry_run))
        .routes(routes!(deliveries::list::list))
        .routes(routes!(deliveries::get::get))
        .routes(routes!(deliveries::replay::replay))
        .routes(routes!(alerts::list::list))
        .routes(routes!(doctor::get::get))
        .routes(routes!(digest::get::get, digest::update::update))
        .routes(routes!(digest::test::test))
        .routes(routes!(reminders::get::get, reminders::update::update))
        .routes(routes!(webhooks::list::list, webhooks::create::create))
        .routes(routes!(
            webhooks::get::get,
            webhooks::update::update,
            webhooks::delete::delete
        ))
        .routes(routes!(webhooks::secret::rotate))
        .routes(routes!(webhooks::test::test))
        .routes(routes!(webhooks::messages::list::list))
        .routes(routes!(webhooks::messages::replay::replay))
        .routes(routes!(reports::overview::overview))
        .routes(routes!(reports::sources::sources))
        .routes(routes!(reports::agents::agents))
        .routes(routes!(reports::funnel::funnel))
        .routes(routes!(reports::recognition::recognition))
        .routes(routes!(reports::screening::screening))
        .routes(routes!(reports::rotation::rotation))
        .routes(routes!(reports::rotators::rotators))
        .routes(routes!(reports::arrived::arrived))
        .routes(routes!(reports::sales::sales))
        .routes(routes!(screening_rules::list::list, screening_rules::create::create))
        .routes(routes!(screening_rules::delete::delete))
        .routes(routes!(live::listen::listen))
        .routes(routes!(forms::list::list, forms::create::create))
        .routes(routes!(forms::get::get, forms::update::update, forms::delete::delete))
        .routes(routes!(forms::submissions::submissions))
        .routes(routes!(
            whatsapp::get::get,
            whatsapp::put::put,
            whatsapp::delete::delete
        ))
        .routes(routes!(hosts::list::list, hosts::create::create))
        .routes(routes!(hosts::delete::delete))
        .routes(routes!(keys::list::list, keys::create::create))
        .routes(routes!(keys::delete::delete))
        .routes(routes!(setup::get::get, setup::create::create))
        .routes(routes!(session::create::create, session::delete::delete))
        .routes(routes!(sessions::list::list, sessions::delete_others::delete))
        .routes(routes!(sessions::delete::delete))
        .routes(routes!(invitations::accept::accept))
        .routes(routes!(me::get::get, me::update::update))
        .routes(routes!(me::workspace::switch))
        .routes(routes!(users::list::list, users::create::create))
        .routes(routes!(users::update::update, users::delete::delete))
        .routes(routes!(workspace::get::get, workspace::update::update))
        .routes(routes!(openapi::show))
        .routes(routes!(docs::show))
}

/// A path or route without [`ROOT`].
fn in_api(path: &str) -> &str {
    path.strip_prefix(ROOT).unwrap_or(path)
}

/// Answers are about people: nothing between here and the caller may keep them. They hold what strangers typed: no
/// browser may take them for anything but what they say they are.
async fn keep_private(mut response: Response) -> Response {
    if response.extensions().get::<OfDashboard>().is_none() {
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::testing::{NOW, Server};
    use axum::{
        body::Body,
        http::{Method, Request, StatusCode},
    };
    use konektor_store::Store;
    use serde_json::json;

    #[tokio::test]
    async fn without_a_key_that_counts_nothing_is_said() {
        let server = Server::start().await;
        let unknown = crate::auth::api_key::make().0;
        let expired = server.add_key(server.workspace, &["read"], Some(NOW)).await;
        let basic = format!("Basic {}", server.key);
        let with = |authorization: Option<&str>| {
            let request = Request::builder().method(Method::POST).uri("/api/v1/agents");
            let request = authorization
                .into_iter()
                .fold(request, |request, value| request.header("authorization", value));
            request.body(Body::from("not even JSON")).unwrap()
        };
        let bearers = [
            format!("Bearer {unknown}"),
            format!("Bearer {expired}"),
            "Bearer x".to_owned(),
            basic,
        ];
        for authorization in bearers.iter().map(|text| Some(text.as_str())).chain([None]) {
            let answer = server.send(with(authorization)).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{authorization:?}");
            assert_eq!(answer.headers["www-authenticate"], "Bearer realm=\"konektor\"");
            assert_eq!(answer.headers["content-type"], "application/problem+json");
            assert_eq!(answer.json["title"], "Unauthorized");
        }
        let lower = format!("bearer {}", server.key);
        assert_eq!(
            server.send(with(Some(&lower))).await.status,
            StatusCode::UNSUPPORTED_MEDIA_TYPE
        );
    }

    #[tokio::test]
    async fn a_key_may_do_what_its_scopes_say() {
        let server = Server::start().await;
        let reader = server.add_key(server.workspace, &["read"], None).await;
        let writer = server.add_key(server.workspace, &["write"], None).await;
        assert_eq!(
            server.ask(&reader, Method::GET, "/agents", None).await.status,
            StatusCode::OK
        );
        let answer = server.ask(&reader, Method::DELETE, "/agents/1", None).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert!(
            answer.json["detail"].as_str().unwrap().contains("\"write\""),
            "{}",
            answer.json
        );
        let challenge = "Bearer realm=\"konektor\", error=\"insufficient_scope\", scope=\"write\"";
        assert_eq!(answer.headers["www-authenticate"], challenge);
        let answer = server.ask(&writer, Method::GET, "/agents", None).await;
        assert!(
            answer.json["detail"].as_str().unwrap().contains("\"read\""),
            "{}",
            answer.json
        );
    }

    #[tokio::test]
    async fn every_mistake_is_a_problem_with_words() {
        let server = Server::start().await;
        let request = |method: &str, path: &str, kind: &str, body: String| {
            let request = Request::builder().method(method).uri(path).header("content-type", kind);
            request
                .header("authorization", format!("Bearer {}", server.key))
                .body(Body::from(body))
                .unwrap()
        };
        let agents = "/api/v1/agents";
        for (method, path, kind, body, status) in [
            ("POST", agents, "application/json", "{\"name\": ".to_owned(), 400),
            ("POST", agents, "application/json", String::new(), 400),
            ("POST", agents, "application/json", "{} {}".to_owned(), 400),
            (
                "POST",
                agents,
                "application/json",
                "{\"name\": \"\\ud800\"}".to_owned(),
                422,
            ),
            ("POST", agents, "application/json", "[".repeat(10_000), 400),
            ("POST", agents, "application/json", "[]".to_owned(), 422),
            (
                "POST",
                agents,
                "application/json",
                "{\"name\": null, \"phone\": 5}".to_owned(),
                422,
            ),
            ("POST", agents, "text/plain", "{}".to_owned(), 415),
            (
                "POST",
                agents,
                "application/json",
                format!("\"{}\"", "x".repeat(256 * 1024)),
                413,
            ),
            ("PUT", agents, "application/json", "{}".to_owned(), 405),
            ("GET", "/api/v1/agenst", "application/json", String::new(), 404),
            ("GET", "/api/v1/agents/", "application/json", String::new(), 404),
            ("GET", "/api/v1", "application/json", String::new(), 404),
            ("GET", "/api/v2/agents", "application/json", String::new(), 404),
        ] {
            let answer = server.send(request(method, path, kind, body)).await;
            assert_eq!(answer.status.as_u16(), status, "{method} {path}: {}", answer.json);
            assert_eq!(answer.headers["content-type"], "application/problem+json");
            assert_eq!(answer.headers["cache-control"], "no-store");
            assert_eq!(
                (&answer.json["status"], &answer.json["type"]),
                (&json!(status), &json!("about:blank"))
            );
            assert!(
                answer.json["detail"].as_str().is_some_and(|detail| detail.len() > 10),
                "{}",
                answer.json
            );
            if status == 405 {
                assert_eq!(answer.headers["allow"], "GET,HEAD,POST");
            }
        }
    }

    #[tokio::test]
    async fn a_broken_database_never_looks_like_something_that_does_not_exist() {
        let server = Server::start().await;
        server.app.store.close().await.unwrap();
        for path in [
            "/agents",
            "/agents/1",
            "/leads/1",
            "/destinations",
            "/destinations/1",
            "/deliveries",
            "/deliveries/1",
            "/alerts",
            "/doctor",
            "/webhooks",
            "/webhooks/1",
            "/reports/rotation",
            "/me",
        ] {
            let answer = server.get(path).await;
            assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{path}");
            assert_eq!(answer.json["detail"], "The server could not do this. Its log says why.");
        }
    }

    #[tokio::test]
    async fn a_workspace_that_was_added_beside_the_server_is_known_at_once() {
        let server = Server::start().await;
        let (workspace, key) = server.add_workspace().await;
        assert!(server.app.routing.load().workspace(workspace).is_none());
        assert_eq!(
            server.ask(&key, Method::GET, "/agents", None).await.status,
            StatusCode::OK
        );
    }

    #[tokio::test]
    async fn the_document_needs_no_key() {
        let server = Server::start().await;
        let answer = server
            .send(Request::get("/api/v1/openapi.json").body(Body::empty()).unwrap())
            .await;
        assert_eq!(answer.json["openapi"], "3.1.0");
        assert!(answer.json["paths"]["/api/v1/leads/{id}"]["patch"]["operationId"].is_string());
    }
}
