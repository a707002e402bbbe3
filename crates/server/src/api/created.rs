//! The answer to a POST that added something: 201, where it is from now on, and what it became.

use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

/// Something new.
pub struct Created<T> {
    /// Its path under the API's root.
    pub path: String,
    /// What it is.
    pub body: T,
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let location = format!("{}/{}", super::ROOT, self.path);
        (StatusCode::CREATED, [(header::LOCATION, location)], Json(self.body)).into_response()
    }
}
