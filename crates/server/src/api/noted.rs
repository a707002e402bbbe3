//! What is learnt of a request while it is answered and needed when it is: who made it, for the audit log, and the cookie
//! of a session that goes on.

use super::{identified::only_looks, in_api};
use crate::app::App;
use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderValue, header},
    middleware::Next,
    response::Response,
};
use konektor_core::ids::WorkspaceId;
use konektor_store::{Access, model::AuditLine};
use std::sync::{Arc, Mutex};

/// An extension of each request for an endpoint that is not public.
#[derive(Clone, Default)]
pub struct Noted(Arc<Mutex<Notes>>);

#[derive(Default)]
struct Notes {
    caller: Option<(WorkspaceId, String)>,
    cookie: Option<String>,
}

impl Noted {
    /// Notes who it is.
    pub fn caller(&self, workspace: WorkspaceId, who: String) {
        self.0.lock().expect("noting cannot panic").caller = Some((workspace, who));
    }

    /// Notes a cookie to send with the answer.
    pub fn cookie(&self, cookie: String) {
        self.0.lock().expect("noting cannot panic").cookie = Some(cookie);
    }

    fn take(&self) -> Notes {
        std::mem::take(&mut self.0.lock().expect("noting cannot panic"))
    }
}

/// Answers a request and sees to what was noted. Every change that was made is in the audit log, whichever endpoint made
/// it.
pub async fn see_to(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let noted = request.extensions().get::<Noted>().cloned().unwrap_or_default();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map(|route| in_api(route.as_str()).to_owned());
    let mut response = next.run(request).await;
    let Notes { caller, cookie } = noted.take();
    // An answer that sets a cookie of its own knows better.
    if let Some(cookie) = cookie.and_then(|cookie| HeaderValue::try_from(cookie).ok()) {
        let headers = response.headers_mut();
        headers.entry(header::SET_COOKIE).or_insert(cookie);
    }
    if let (Some((workspace, who)), Some(route)) = (caller, route)
        && !only_looks(&method, &route)
        && response.status().is_success()
    {
        let line = AuditLine {
            at: app.clock.now(),
            workspace,
            who,
            object: object(&route, &path, &response),
            what: format!("{method} {route}"),
        };
        if let Err(error) = app.store.add_audit(line).await {
            // The change is made; to call it failed would be a lie.
            tracing::error!(%error, "a change could not be written into the audit log");
        }
    }
    response
}

/// What was changed: where the new thing is, else the path; no token that stands in it.
fn object(route: &str, path: &str, response: &Response) -> String {
    let new = response.headers().get(header::LOCATION);
    let object = new.and_then(|path| path.to_str().ok()).unwrap_or(path);
    if route.contains("{token}") {
        route.to_owned()
    } else {
        in_api(object).chars().take(200).collect()
    }
}
