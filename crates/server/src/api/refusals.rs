//! What refusals look like in the OpenAPI document: groups that endpoints name beside their own answers.

use super::error::Problem;
use utoipa::IntoResponses;

/// What any request may be answered with.
#[derive(IntoResponses)]
pub enum Refused {
    /// Nobody is signed in, or the key is unknown or expired.
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthorised(Problem),
    /// The caller may not do this.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(Problem),
    /// The server failed; its log says why.
    #[response(status = 500, content_type = "application/problem+json")]
    Failed(Problem),
}

/// What a request for one thing may be answered with, too.
#[derive(IntoResponses)]
pub enum Missing {
    /// There is no such thing in this workspace.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(Problem),
}

/// What a request with a body may be answered with, too.
#[derive(IntoResponses)]
pub enum RefusedBody {
    /// The body is not JSON.
    #[response(status = 400, content_type = "application/problem+json")]
    Malformed(Problem),
    /// A name is in use.
    #[response(status = 409, content_type = "application/problem+json")]
    Taken(Problem),
    /// The body is larger than 256 KiB.
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(Problem),
    /// The body does not say that it is JSON.
    #[response(status = 415, content_type = "application/problem+json")]
    NotJson(Problem),
    /// Fields cannot be used; `errors` says which and why.
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(Problem),
}

/// What a request with parameters may be answered with, too.
#[derive(IntoResponses)]
pub enum RefusedQuery {
    /// Parameters cannot be used; `errors` says which and why.
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(Problem),
}

/// What a request may be answered with that cannot be done as things stand.
#[derive(IntoResponses)]
pub enum Conflicting {
    /// It cannot be done as things stand; `detail` says why.
    #[response(status = 409, content_type = "application/problem+json")]
    Conflict(Problem),
}

/// What a request with a password may be answered with, too.
#[derive(IntoResponses)]
pub enum Throttled {
    /// Too many wrong passwords; `Retry-After` says how many seconds to wait.
    #[response(status = 429, content_type = "application/problem+json")]
    TooManyTries(Problem),
}
