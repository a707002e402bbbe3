//! `GET /openapi.json`: what the API promises, made from its code.

use super::{ROOT, endpoints, error::Problem};
use axum::Json;
use std::sync::LazyLock;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        OpenApi as Document,
        security::{ApiKey as ApiKeyScheme, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme},
    },
};
use utoipa_axum::router::OpenApiRouter;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Konektor API",
        version = "1",
        description = "One WhatsApp link behind every ad: agents, rotators, leads, ad platforms and reports of a workspace.\n\n\
            Send an API key as `Authorization: Bearer kn_…`: scope `read` for GET, `write` for everything else. The \
            dashboard sends the cookie of a session instead; then changes must come from the same origin. Lists \
            come in pages: send `next_cursor` as `cursor` for the next. Errors are `application/problem+json`. Times are \
            RFC 3339 in UTC, ids are opaque strings, and what belongs to another workspace does not exist.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    components(schemas(Problem)),
    modifiers(&Schemes),
    security(("api_key" = []), ("session" = [])),
    tags(
        (name = "agents", description = "The CS to whom visitors are handed."),
        (name = "rotators", description = "The links behind the ads."),
        (name = "leads", description = "The people who clicked."),
        (name = "destinations", description = "Connections to ad platforms."),
        (name = "deliveries", description = "Events on their way to ad platforms."),
        (name = "alerts", description = "What somebody should look at."),
        (name = "reports", description = "Sums over days."),
        (name = "live", description = "News while they happen."),
        (name = "hosts", description = "Host names of the workspace's links."),
        (name = "keys", description = "API keys."),
        (name = "users", description = "The people who sign in."),
        (name = "workspace", description = "The workspace itself."),
        (name = "session", description = "Setting up, signing in and out."),
        (name = "about", description = "The API itself and who is asking."),
    )
)]
struct About;

struct Schemes;

impl Modify for Schemes {
    fn modify(&self, document: &mut Document) {
        let mut scheme = Http::new(HttpAuthScheme::Bearer);
        scheme.description = Some("An API key: `kn_` and 43 characters.".to_owned());
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("api_key", SecurityScheme::Http(scheme));
        let cookie = "The session that `POST /session` begins. Over https the cookie is `__Host-konektor_session`.";
        let cookie = ApiKeyValue::with_description("konektor_session", cookie);
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKeyScheme::Cookie(cookie)));
    }
}

/// The OpenAPI document of all endpoints.
pub fn openapi() -> Document {
    OpenApiRouter::with_openapi(About::openapi())
        .nest(ROOT, endpoints())
        .into_openapi()
}

/// This document. It is the same for everybody and needs no key.
#[utoipa::path(
    get, path = "/openapi.json", operation_id = "get_openapi", tag = "about",
    responses((status = 200, description = "OpenAPI 3.1.", body = Object)),
    security(())
)]
pub async fn show() -> Json<&'static Document> {
    static DOCUMENT: LazyLock<Document> = LazyLock::new(openapi);
    Json(&DOCUMENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The promise is frozen: a change of it must be seen in a diff and meant. `UPDATE_SNAPSHOT=1` writes it anew.
    #[test]
    fn the_document_is_the_one_in_the_snapshot() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.snapshot.json");
        let now = openapi().to_pretty_json().unwrap() + "\n";
        if std::env::var_os("UPDATE_SNAPSHOT").is_some() {
            std::fs::write(path, &now).unwrap();
        }
        let frozen = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            now == frozen,
            "the API's promise changed; run this test with UPDATE_SNAPSHOT=1 and look at the diff"
        );
    }
}
