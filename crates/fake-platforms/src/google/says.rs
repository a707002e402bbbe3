//! What Google says: `google.rpc.Status` in JSON.

use crate::{
    call::{Call, Fault},
    opaque,
    reply::Reply,
};
use serde_json::{Value, json};

const TYPE: &str = "type.googleapis.com/google.rpc.";

/// By which a request is asked about later.
pub(super) fn request_id(call: &Call<'_>) -> String {
    opaque::letters(call.seed(), 22)
}

/// The events were taken, and nothing is said of them yet.
pub(super) fn accepted(call: &Call<'_>) -> Reply {
    Reply::json(200, &json!({ "requestId": request_id(call) }))
}

/// A request that is refused for an event. `field` becomes a path such as `events.events[2].event_source`.
pub(super) fn bad_event(call: &Call<'_>, index: usize, fault: &Fault) -> Reply {
    match &*fault.code {
        // A purely numeric transaction id: an error that names nothing.
        "BARE" => bare(call),
        "" => invalid(call, &format!("events[{index}]"), &fault.message),
        _ => {
            let path = format!(
                "events.events[{index}]{}{}",
                if fault.field.is_empty() { "" } else { "." },
                fault.field
            );
            bad_field(
                call,
                &Fault {
                    field: path.into(),
                    ..fault.clone()
                },
            )
        }
    }
}

/// A request that is refused for a field; its path is whole.
pub(super) fn bad_field(call: &Call<'_>, fault: &Fault) -> Reply {
    if fault.code.is_empty() {
        return invalid(call, &fault.field, &fault.message);
    }
    let violation = json!({"field": fault.field, "description": fault.message, "reason": fault.code});
    let message = "There was a problem with the request.";
    status(
        call,
        400,
        "INVALID_ARGUMENT",
        message,
        Some(&fault.code),
        Some(violation),
    )
}

/// JSON that does not fit the API's messages: found before anything else, and with other paths.
pub(super) fn invalid(call: &Call<'_>, field: &str, message: &str) -> Reply {
    let violation = json!({"field": field, "description": message});
    status(call, 400, "INVALID_ARGUMENT", message, None, Some(violation))
}

/// Something is invalid, and Google does not say what.
pub(super) fn bare(call: &Call<'_>) -> Reply {
    status(
        call,
        400,
        "INVALID_ARGUMENT",
        "Request contains an invalid argument.",
        None,
        None,
    )
}

/// No valid access token.
pub(super) fn unauthenticated(call: &Call<'_>) -> Reply {
    let message = "Request had invalid authentication credentials. Expected an OAuth 2 access token.";
    status(
        call,
        401,
        "UNAUTHENTICATED",
        message,
        Some("ACCESS_TOKEN_EXPIRED"),
        None,
    )
}

/// A request that is refused for a reason, whatever its events are.
pub(super) fn reason(call: &Call<'_>, reason: &str) -> Reply {
    let (http, code) = match reason {
        "RESOURCE_EXHAUSTED" => (429, "RESOURCE_EXHAUSTED"),
        "PERMISSION_DENIED" | "NOT_ALLOWLISTED" => (403, "PERMISSION_DENIED"),
        "NOT_FOUND" => (404, "NOT_FOUND"),
        "INTERNAL_ERROR" => (500, "INTERNAL"),
        "DEADLINE_EXCEEDED" => (504, "DEADLINE_EXCEEDED"),
        "UNAVAILABLE" => (503, "UNAVAILABLE"),
        _ => (400, "INVALID_ARGUMENT"),
    };
    let violation = (http == 400).then(|| {
        json!({"field": "destinations.destinations[0]", "description": "This destination cannot be used.", "reason": reason})
    });
    status(
        call,
        http,
        code,
        "The request cannot be served.",
        Some(reason),
        violation,
    )
}

fn status(
    call: &Call<'_>,
    http: u16,
    code: &str,
    message: &str,
    reason: Option<&str>,
    violation: Option<Value>,
) -> Reply {
    let mut details = Vec::new();
    if let Some(violation) = violation {
        details.push(json!({"@type": format!("{TYPE}BadRequest"), "fieldViolations": [violation]}));
    }
    if let Some(reason) = reason {
        let mut info =
            json!({"@type": format!("{TYPE}ErrorInfo"), "reason": reason, "domain": "datamanager.googleapis.com"});
        if reason == "RESOURCE_EXHAUSTED" {
            info["metadata"] =
                json!({"quota_limit": "IngestionRequestsPerMinutePerProject", "quota_limit_value": "300"});
        }
        details.push(info);
    }
    let mut error = json!({"code": http, "message": message, "status": code});
    if !details.is_empty() {
        details.push(json!({"@type": format!("{TYPE}RequestInfo"), "requestId": request_id(call)}));
        error["details"] = details.into();
    }
    Reply::json(http, &json!({ "error": error }))
}
