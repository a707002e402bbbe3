//! `GET /visitor.json`: a signed token of whose cookie came along.

use super::origin::Origin;
use crate::{
    app::App,
    click::host::{is_local, normalised},
    enrich::scheme,
    http::Peer,
};
use axum::{
    Extension, Json,
    extract::{Query, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use konektor_core::{
    identity::cookie,
    ids::WorkspaceId,
    routing::{Routing, Workspace},
};
use serde::Deserialize;
use serde_json::json;
use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

const SEC_GPC: HeaderName = HeaderName::from_static("sec-gpc");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
/// Whose the plain cookie is on hosts that workspaces share.
const FIRST_WORKSPACE: WorkspaceId = WorkspaceId(1);

/// What the script was loaded with.
#[derive(Deserialize)]
pub struct Asked {
    /// Which workspace's visitor, on a host that several share.
    #[serde(default)]
    workspace: Option<i64>,
}

/// Shows the token, or `null` if nobody is known. Reads the cookie and nothing else: whoever only looks leaves no trace.
pub async fn show(
    State(app): State<Arc<App>>,
    peer: Option<Extension<Peer>>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let host = normalised(text(header::HOST).unwrap_or(""));
    let routing = app.routing.load();
    let Some((workspace, suffix)) = workspace_of(&app, &routing, &host, asked.workspace) else {
        return answer(StatusCode::NOT_FOUND, None, Origin::Own);
    };
    let origin = Origin::of(&headers, workspace.id, &routing, &app.settings.snippet_origins);
    if origin == Origin::Refused {
        return answer(StatusCode::FORBIDDEN, None, origin);
    }
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |Extension(Peer(peer))| peer);
    let public_host = app.settings.public_host();
    let https = scheme::is_https(
        &app.settings,
        public_host.as_deref(),
        peer,
        &host,
        text(X_FORWARDED_PROTO),
    );
    let name = cookie::name(https, suffix);
    let known = app.signing_keys.verify_first(workspace.id, cookies(&headers, &name));
    let token = known
        .filter(|_| text(SEC_GPC) != Some("1"))
        .map(|known| app.visitor_tokens.sign(workspace.id, known.code, app.clock.now()));
    answer(StatusCode::OK, token, origin)
}

/// The workspace of a host, and the suffix of its cookie there.
fn workspace_of<'r>(
    app: &App,
    routing: &'r Routing,
    host: &str,
    asked: Option<i64>,
) -> Option<(&'r Arc<Workspace>, Option<WorkspaceId>)> {
    if let Some(own) = routing.workspace_of_host(host) {
        return Some((routing.workspace(own)?, None));
    }
    let settings = &app.settings;
    let is_ours = settings.public_host().as_deref() == Some(host)
        || is_local(host)
        || host == normalised(&settings.listen.ip().to_string());
    let id = asked.map_or(FIRST_WORKSPACE, WorkspaceId);
    let workspace = is_ours.then(|| routing.workspace(id)).flatten()?;
    Some((workspace, (id != FIRST_WORKSPACE).then_some(id)))
}

/// The values of all cookies of this name, in the order in which they were sent.
fn cookies<'h>(headers: &'h HeaderMap, name: &'h str) -> impl Iterator<Item = &'h str> {
    let values = headers.get_all(header::COOKIE).into_iter();
    let pairs = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'));
    pairs.filter_map(move |pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

fn answer(status: StatusCode, visitor: Option<String>, origin: Origin<'_>) -> Response {
    let mut response = (status, Json(json!({ "visitor": visitor }))).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("origin, cookie"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Origin::Allowed(origin) = origin
        && let Ok(origin) = HeaderValue::from_str(origin)
    {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
            HeaderValue::from_static("true"),
        );
    }
    response
}
