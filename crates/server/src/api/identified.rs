//! Who asks, found out once for each request, before anything else is done with it: the limit of requests and the
//! idempotency keys need to know it as well as the endpoint.

use super::{
    auth::{Caller, find_out},
    error::ApiError,
    in_api,
    noted::Noted,
};
use crate::app::App;
use axum::{
    extract::{MatchedPath, Request, State},
    http::Method,
    middleware::Next,
    response::Response,
};
use std::sync::{Arc, Mutex};

/// For everybody, signed in or not: nobody is asked for. The OpenAPI document says the same by `security(())`.
pub const PUBLIC: &[(Method, &str)] = &[
    (Method::GET, "/openapi.json"),
    (Method::GET, "/docs"),
    (Method::GET, "/setup"),
    (Method::POST, "/setup"),
    (Method::POST, "/session"),
    (Method::POST, "/invitations/{token}"),
];

/// A POST only because what it asks does not fit into an address: it changes nothing.
const LOOKS: &[&str] = &["/rotators/preview"];

/// An extension of each request for an endpoint that is not public.
#[derive(Clone)]
pub struct Identified {
    /// Who asks, if it is somebody who may.
    pub caller: Option<Caller>,
    refusal: Arc<Mutex<Option<ApiError>>>,
}

impl Identified {
    /// Who asks, or why nobody who may. The reason is given to the one endpoint that asks.
    pub fn caller(&self) -> Result<Caller, ApiError> {
        match &self.caller {
            Some(caller) => Ok(caller.clone()),
            None => Err(self.refusal()),
        }
    }

    fn refusal(&self) -> ApiError {
        let refusal = self.refusal.lock().expect("taking it cannot panic").take();
        refusal.unwrap_or(ApiError::Unauthorised("Nobody is signed in, and no API key was sent."))
    }
}

/// Finds out who asks. It refuses nobody: that is for the endpoint, which knows whom it is for.
pub async fn find(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    if is_endpoint(&request) {
        let (mut parts, body) = request.into_parts();
        parts.extensions.insert(Noted::default());
        let (caller, refusal) = match find_out(&parts, &app).await {
            Ok(caller) => (Some(caller), None),
            Err(refusal) => (None, Some(refusal)),
        };
        parts.extensions.insert(Identified {
            caller,
            refusal: Arc::new(Mutex::new(refusal)),
        });
        request = Request::from_parts(parts, body);
    }
    next.run(request).await
}

fn is_endpoint(request: &Request) -> bool {
    let Some(route) = request.extensions().get::<MatchedPath>() else {
        return false;
    };
    !is_public(request.method(), in_api(route.as_str()))
}

/// Whether a request changes nothing: the scope `read` is enough for it, and it is not in the audit log.
pub fn only_looks(method: &Method, route: &str) -> bool {
    method.is_safe() || LOOKS.contains(&route)
}

/// Whether everybody may ask for this route.
pub fn is_public(method: &Method, route: &str) -> bool {
    let method = if *method == Method::HEAD { &Method::GET } else { method };
    PUBLIC.iter().any(|(known, path)| known == method && *path == route)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_is_a_post_that_there_is() {
        let document = serde_json::to_value(crate::api::openapi()).unwrap();
        for route in LOOKS {
            let path = format!("{}{route}", crate::api::ROOT);
            assert!(document["paths"][path]["post"].is_object(), "{route}");
        }
    }

    #[test]
    fn what_is_public_is_what_the_document_says() {
        let document = serde_json::to_value(crate::api::openapi()).unwrap();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                let says = operation["security"] == serde_json::json!([{}]);
                let method: Method = method.to_uppercase().parse().unwrap();
                assert_eq!(is_public(&method, in_api(path)), says, "{method} {path}");
            }
        }
    }
}
