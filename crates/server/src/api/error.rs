//! What the API answers when it does not do what was asked: one error type, one shape (RFC 9457), words that say
//! what to do. A broken database is always a 500; it never looks like something that does not exist.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use konektor_store::StoreError;
use serde::Serialize;
use utoipa::ToSchema;

/// Largest body, in bytes.
pub const BODY_MAX_BYTES: usize = 256 * 1024;

/// Why a request was not done.
#[derive(Debug)]
pub enum ApiError {
    /// Not JSON at all.
    Malformed(String),
    /// No key, or none that counts.
    Unauthorised(&'static str),
    /// The e-mail address or the password is wrong.
    WrongPassword,
    /// Too many wrong passwords; how many seconds to wait.
    TooManyTries(i64),
    /// A page of another site asks in its visitor's name.
    CrossSite,
    /// More requests than the caller may make; how many seconds to wait.
    TooManyRequests(i64),
    /// A header has not the form that is needed.
    BadHeader(String),
    /// The idempotency key was sent with another request before.
    KeyReused,
    /// The caller may not do this.
    Forbidden(String),
    /// The key lacks this scope.
    MissingScope(&'static str),
    /// There is no such thing, or another workspace has it.
    NotFound(&'static str),
    /// The path exists, with other methods.
    WrongMethod,
    /// A unique name is in use.
    Taken(String),
    /// It cannot be done as things stand.
    Conflict(String),
    /// More than [`BODY_MAX_BYTES`].
    TooLarge,
    /// More than a file may have, in bytes.
    FileTooLarge(usize),
    /// The body does not say that it is JSON.
    NotJson,
    /// JSON, but not what it should say.
    Invalid(Vec<FieldError>),
    /// The database failed.
    Store(StoreError),
    /// Something of our own does not fit together.
    Broken(&'static str),
}

/// A field that cannot be used, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Path of the field, such as `agents[0].weight`; empty for the body as a whole.
    #[schema(example = "agents[0].weight")]
    pub field: String,
    /// What is wrong, and what it should be.
    #[schema(example = "The weight -1 is not possible. Use 0 (drain) to 1000.")]
    pub message: String,
    /// A word for what is wrong, where whoever asks may want to say it in words of their own.
    #[schema(nullable = false, example = "too_broad")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    /// What the message names besides, where it names something: an example, a limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub about: Option<String>,
}

/// What every error looks like (`application/problem+json`, RFC 9457).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: the status says what kind of problem it is.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The status in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What happened and what to do about it.
    detail: String,
    /// Which fields are wrong; only with status 422.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
}

impl Problem {
    /// What happened and what to do about it, beside a status.
    pub fn new(status: StatusCode, detail: String) -> Self {
        Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            detail,
            errors: Vec::new(),
        }
    }
}

impl ApiError {
    /// One field is wrong.
    pub fn invalid(field: impl Into<String>, message: impl std::fmt::Display) -> Self {
        Self::Invalid(vec![FieldError {
            field: field.into(),
            message: message.to_string(),
            ..FieldError::default()
        }])
    }

    /// The status that this is answered with.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Malformed(_) | Self::BadHeader(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorised(_) | Self::WrongPassword => StatusCode::UNAUTHORIZED,
            Self::TooManyTries(_) | Self::TooManyRequests(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Forbidden(_) | Self::MissingScope(_) | Self::CrossSite => StatusCode::FORBIDDEN,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::Taken(_) | Self::Conflict(_) => StatusCode::CONFLICT,
            Self::TooLarge | Self::FileTooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Invalid(_) | Self::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Store(_) | Self::Broken(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::Malformed(reason) => format!("The body is not JSON: {reason}."),
            Self::Unauthorised(reason) => {
                format!("{reason} Sign in, or send an API key as \"Authorization: Bearer kn_…\".")
            }
            Self::WrongPassword => "The e-mail address or the password is wrong.".to_owned(),
            Self::TooManyTries(seconds) => {
                format!("Too many wrong passwords. Try again in {}.", words_for(*seconds))
            }
            Self::CrossSite => {
                "A page of another site asked for this in your name. Do it in the dashboard itself.".to_owned()
            }
            Self::TooManyRequests(seconds) => {
                format!("Too many requests. Send the next one in {}.", words_for(*seconds))
            }
            Self::KeyReused => {
                "This Idempotency-Key came with another request before. Use a new key for each request, \
                and the same one only to repeat it unchanged."
                    .to_owned()
            }
            Self::Forbidden(reason) | Self::Conflict(reason) | Self::BadHeader(reason) => reason.clone(),
            Self::MissingScope(scope) => {
                format!("This needs the scope \"{scope}\", which the key does not have. Use a key that has it.")
            }
            Self::NotFound(what) => format!("There is no such {what}."),
            Self::WrongMethod => {
                "This path exists, but not with this method. The Allow header names those it has.".to_owned()
            }
            Self::Taken(what) => format!("{} is already in use. Choose another.", capitalised(what)),
            Self::FileTooLarge(most) => format!(
                "The file is larger than {} MB. Split it, and send the parts one after the other.",
                most / (1024 * 1024)
            ),
            Self::TooLarge => format!("The body is larger than {} KiB.", BODY_MAX_BYTES / 1024),
            Self::NotJson => "The body must be JSON, sent as \"Content-Type: application/json\".".to_owned(),
            Self::Invalid(errors) => match errors.as_slice() {
                [only] => only.message.clone(),
                several => format!("{} fields cannot be used; see errors.", several.len()),
            },
            // What failed inside is for the log: it may name paths, and helps nobody outside.
            Self::Store(_) | Self::Broken(_) => "The server could not do this. Its log says why.".to_owned(),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        match &self {
            Self::Store(error) => tracing::error!(%error, "an API request failed at the database"),
            Self::Broken(what) => tracing::error!(what, "an API request failed"),
            _ => {}
        }
        let (status, detail) = (self.status(), self.detail());
        let retry_after = match &self {
            Self::TooManyTries(seconds) | Self::TooManyRequests(seconds) => Some(HeaderValue::from(*seconds)),
            _ => None,
        };
        let challenge = match &self {
            Self::Unauthorised(_) | Self::WrongPassword => Some("Bearer realm=\"konektor\"".to_owned()),
            Self::MissingScope(scope) => Some(format!(
                "Bearer realm=\"konektor\", error=\"insufficient_scope\", scope=\"{scope}\""
            )),
            _ => None,
        };
        let errors = if let Self::Invalid(errors) = self {
            errors
        } else {
            Vec::new()
        };
        let problem = Problem {
            errors,
            ..Problem::new(status, detail)
        };
        let mut response = (status, Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(retry_after) = retry_after {
            headers.insert(header::RETRY_AFTER, retry_after);
        }
        if let Some(challenge) = challenge.and_then(|text| HeaderValue::try_from(text).ok()) {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Taken { what } => Self::Taken(what),
            other => Self::Store(other),
        }
    }
}

fn words_for(seconds: i64) -> String {
    match seconds {
        ..=1 => "a second".to_owned(),
        2..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", (seconds + 59) / 60),
    }
}

/// With a capital first letter, as a sentence begins.
pub fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}
