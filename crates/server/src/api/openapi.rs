//! `GET /openapi.json`: what the API promises, made from its code.

use super::{ROOT, endpoints, error::Problem, identified::is_public, in_api};
use axum::{Json, http::Method};
use std::sync::LazyLock;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        ContentBuilder, ObjectBuilder, OpenApi as Document, PathItem, Ref, RefOr, Required, Response, ResponseBuilder,
        Type,
        path::{Parameter, ParameterBuilder, ParameterIn},
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
            Send an API key as `Authorization: Bearer kn_…`: scope `read` for GET and previews, `write` for everything else. The \
            dashboard sends the cookie of a session instead; then changes must come from the same origin. Lists \
            come in pages: send `next_cursor` as `cursor` for the next. Errors are `application/problem+json`. Times are \
            RFC 3339 in UTC, ids are opaque strings, and what belongs to another workspace does not exist.\n\n\
            Send an `Idempotency-Key` of your choice (up to 255 visible characters, such as a UUID) with a change, and you \
            may repeat it safely: for 24 hours the same request under the same key is answered as the first one was, \
            with `Idempotency-Replayed: true`, and not done again. While the first one is under way its repeat is \
            answered 409; another request under the same key, or the same by somebody else, 422. Answers 401, 403, 429 \
            and 5xx are not kept, and cookies never. What is kept is sealed. Requests that need nobody signed in take no \
            such key.\n\n\
            Each key and each session may make a number of requests a minute, all of them at once if it likes: every \
            answer says in `RateLimit-Policy` how many (`q` in `w` seconds) and in `RateLimit` how many are left (`r`) and \
            in how many seconds there are more (`t`). Beyond that a request is answered 429, with `Retry-After` in \
            seconds.\n\n\
            All of this as a page to read: `GET /api/v1/docs`.",
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
        (name = "doctor", description = "What is wrong without anybody having noticed."),
        (name = "notices", description = "What the workspace is told without asking: its digest, and leads that nobody answers."),
        (name = "webhooks", description = "Other programs that are told of what happens, in messages as Standard Webhooks describes them."),
        (name = "reports", description = "Sums over days."),
        (name = "live", description = "News while they happen."),
        (name = "forms", description = "Where form tools post what people filled in."),
        (name = "whatsapp", description = "Messages to the workspace's number at WhatsApp's Cloud API."),
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
    let mut document = OpenApiRouter::with_openapi(About::openapi())
        .nest(ROOT, endpoints())
        .into_openapi();
    for (path, item) in &mut document.paths.paths {
        add_what_all_have(path, item);
    }
    document
}

/// What is seen to before an endpoint is asked: the limit of requests and, for changes, the idempotency key.
fn add_what_all_have(path: &str, item: &mut PathItem) {
    let operations = [
        (Method::GET, &mut item.get),
        (Method::POST, &mut item.post),
        (Method::PUT, &mut item.put),
        (Method::PATCH, &mut item.patch),
        (Method::DELETE, &mut item.delete),
    ];
    for (method, operation) in operations {
        let Some(operation) = operation.as_mut().filter(|_| !is_public(&method, in_api(path))) else {
            continue;
        };
        let responses = &mut operation.responses.responses;
        responses.entry("429".to_owned()).or_insert_with(too_many_requests);
        if !method.is_safe() {
            operation.parameters.get_or_insert_default().push(idempotency_key());
            for (status, description) in OF_IDEMPOTENCY_KEYS {
                let answer = || problem(description);
                responses.entry((*status).to_owned()).or_insert_with(answer);
            }
        }
    }
}

/// What a key can lead to before an endpoint is asked. Where an endpoint answers so itself, it says when.
const OF_IDEMPOTENCY_KEYS: &[(&str, &str)] = &[
    ("400", "The `Idempotency-Key` is not possible."),
    ("409", "The request with this `Idempotency-Key` is under way."),
    ("413", "The body is too large."),
    ("422", "The `Idempotency-Key` came with another request before."),
];

fn too_many_requests() -> RefOr<Response> {
    problem("Too many requests; `Retry-After` says how many seconds to wait.")
}

fn problem(description: &str) -> RefOr<Response> {
    let problem = Ref::from_schema_name("Problem");
    let content = ContentBuilder::new().schema(Some(problem)).build();
    let response = ResponseBuilder::new()
        .description(description)
        .content("application/problem+json", content);
    response.build().into()
}

fn idempotency_key() -> RefOr<Parameter> {
    // Visible characters: what a header can carry and a structured string quote.
    let text = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(255))
        .pattern(Some("^[!#-~][!-~]*$"));
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some("A key of your choice, under which this is done once."))
        .schema(Some(text))
        .build()
        .into()
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
