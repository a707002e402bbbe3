//! Reading bodies and queries, so that whatever is wrong with them is said as a problem, and the two ways in which
//! a field of a PATCH can be absent.

use super::error::{ApiError, FieldError, capitalised};
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, OptionalFromRequest, Request},
    http::{HeaderMap, StatusCode, header, request::Parts},
};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error, IgnoredAny},
};

const MESSAGE_MAX_CHARS: usize = 600;

/// A JSON body. Unknown fields are refused where the type says so, which all of ours do.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if !says_json(request.headers()) {
            return Err(ApiError::NotJson);
        }
        parse(&read(request, state).await?).map(Self)
    }
}

/// A body that may be left out; `{}` is one.
impl<T: DeserializeOwned, S: Send + Sync> OptionalFromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, ApiError> {
        let says_json = says_json(request.headers());
        let bytes = read(request, state).await?;
        match (bytes.is_empty(), says_json) {
            (true, _) => Ok(None),
            (false, true) => parse(&bytes).map(|body| Some(Self(body))),
            (false, false) => Err(ApiError::NotJson),
        }
    }
}

async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, ApiError> {
    let bytes = Bytes::from_request(request, state).await;
    bytes.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::TooLarge,
        _ => ApiError::Malformed("it ended early".to_owned()),
    })
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    // First whether it is JSON at all: read into a type, a word in the wrong place would be a mistake of syntax.
    let syntax: Result<IgnoredAny, _> = serde_json::from_slice(bytes);
    syntax.map_err(|error| ApiError::Malformed(error.to_string()))?;
    // By itself serde takes a list for a struct, its items for the fields in the order in which they happen to stand.
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err(ApiError::Invalid(vec![field_error(
            "The body has to be an object, {…}.",
        )]));
    }
    let axum::Json(body) = axum::Json::from_bytes(bytes).map_err(|error| invalid(&error))?;
    Ok(body)
}

fn says_json(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind.strip_prefix("application/")
        .is_some_and(|kind| kind == "json" || kind.ends_with("+json"))
}

/// The parameters after the question mark.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let query = axum::extract::Query::from_request_parts(parts, state).await;
        let axum::extract::Query(query) = query.map_err(|error| invalid(&error))?;
        Ok(Self(query))
    }
}

/// The id in the path. One that cannot be read is one that does not exist, which the endpoint says.
pub struct Id(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = axum::extract::Path::<String>::from_request_parts(parts, state).await;
        Ok(Self(path.map(|path| path.0).unwrap_or_default()))
    }
}

/// The two ids in the path.
pub struct Ids(pub String, pub String);

impl<S: Send + Sync> FromRequestParts<S> for Ids {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = axum::extract::Path::<(String, String)>::from_request_parts(parts, state).await;
        let (first, second) = path.map(|path| path.0).unwrap_or_default();
        Ok(Self(first, second))
    }
}

/// For fields that `null` clears: absent is `None`, `null` is `Some(None)`.
pub fn nullable<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(from).map(Some)
}

/// For fields that cannot be cleared: absent is `None`, `null` is an error rather than no change.
pub fn not_null<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    let value = Option::deserialize(from)?;
    value
        .map(Some)
        .ok_or_else(|| D::Error::custom("this cannot be null; leave it out instead"))
}

/// What serde says, which is `path: what is wrong at line 1 column 2`, as a field and a message.
fn invalid(error: &dyn std::error::Error) -> ApiError {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    // It repeats what was sent, which may be long.
    let text: String = cause.to_string().chars().take(MESSAGE_MAX_CHARS).collect();
    ApiError::Invalid(vec![field_error(&text)])
}

fn field_error(text: &str) -> FieldError {
    let text = text.rsplit_once(" at line ").map_or(text, |(text, _)| text);
    // A path has no blank; a message without a path has one before its first colon.
    let path = text.split_once(": ").filter(|(path, _)| !path.contains(' '));
    let (path, message) = path.unwrap_or(("", text));
    let named = |prefix: &str| message.strip_prefix(prefix)?.strip_prefix('`')?.split_once('`');
    if let Some((name, rest)) = named("unknown field ") {
        let known = rest
            .trim_start_matches(", expected ")
            .trim_start_matches("one of ")
            .replace('`', "");
        let hint = if known == rest || known.is_empty() {
            String::new()
        } else {
            format!(" Known here: {known}.")
        };
        let field = if path.is_empty() || path == "." {
            name.to_owned()
        } else {
            path.to_owned()
        };
        return FieldError {
            field,
            message: format!("There is no field \"{name}\".{hint}"),
            ..FieldError::default()
        };
    }
    if let Some((name, _)) = named("missing field ") {
        let field = if path.is_empty() || path == "." {
            name.to_owned()
        } else {
            format!("{path}.{name}")
        };
        return FieldError {
            field,
            message: format!("The field \"{name}\" is missing."),
            ..FieldError::default()
        };
    }
    let field = if path == "." { "" } else { path };
    FieldError {
        field: field.to_owned(),
        message: capitalised(message),
        ..FieldError::default()
    }
}
