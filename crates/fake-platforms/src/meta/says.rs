//! What Meta says.

use crate::{
    call::{Call, Fault},
    opaque,
    reply::Reply,
};
use serde_json::json;

/// By which Meta's support finds a request.
fn trace(call: &Call<'_>) -> String {
    format!("A{}", opaque::letters(call.seed(), 22))
}

/// All of them were received.
pub(super) fn received(call: &Call<'_>, count: usize) -> Reply {
    Reply::json(
        200,
        &json!({"events_received": count, "messages": [], "fbtrace_id": trace(call)}),
    )
}

/// An error of the Graph API; most of them are HTTP 400, whatever they mean.
pub(super) fn error(call: &Call<'_>, code: u32, subcode: Option<u32>, message: &str) -> Reply {
    graph(call, 400, code, subcode, message, false, None)
}

/// An error that passes.
pub(super) fn transient(call: &Call<'_>, status: u16, code: u32, message: &str) -> Reply {
    graph(call, status, code, None, message, true, None)
}

/// No such data set, or none that the token may use: Meta does not say which.
pub(super) fn no_such_object(call: &Call<'_>, id: &str) -> Reply {
    let message = format!(
        "Unsupported post request. Object with ID '{id}' does not exist, cannot be loaded due to missing permissions, \
         or does not support this operation"
    );
    error(call, 100, Some(33), &message)
}

/// An event for which the request is refused.
pub(super) fn bad_event(call: &Call<'_>, index: Option<usize>, fault: &Fault) -> Reply {
    let (code, subcode) = parse_code(&fault.code);
    let title = match subcode {
        Some(2804001) => "Invalid Click ID",
        Some(2804003) => "Event Timestamp Too Old",
        Some(2804007) => "Missing Value for Purchase Event",
        Some(2804009) => "Missing Currency for Purchase Event",
        _ => "Invalid Event",
    };
    let said = match index {
        Some(index) => format!("data[{index}].{}: {}", fault.field, fault.message),
        None => fault.message.clone(),
    };
    graph(
        call,
        400,
        code,
        subcode,
        "Invalid parameter",
        false,
        Some((title, &said)),
    )
}

/// A code as `100` or `100/33`.
pub(super) fn parse_code(text: &str) -> (u32, Option<u32>) {
    let (code, subcode) = text.split_once('/').unwrap_or((text, ""));
    (code.parse().unwrap_or(100), subcode.parse().ok())
}

fn graph(
    call: &Call<'_>,
    status: u16,
    code: u32,
    subcode: Option<u32>,
    message: &str,
    is_transient: bool,
    for_people: Option<(&str, &str)>,
) -> Reply {
    let mut error = json!({
        "message": message,
        "type": "OAuthException",
        "code": code,
        "is_transient": is_transient,
        "fbtrace_id": trace(call),
    });
    if let Some(subcode) = subcode {
        error["error_subcode"] = subcode.into();
    }
    if let Some((title, text)) = for_people {
        error["error_user_title"] = title.into();
        error["error_user_msg"] = text.into();
    }
    Reply::json(status, &json!({ "error": error }))
}
