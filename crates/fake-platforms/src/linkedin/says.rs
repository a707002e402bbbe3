//! What LinkedIn says.

use super::rules::{CONVERSION_METHOD, TIME};
use crate::{call::Fault, reply::Reply};
use serde_json::json;

/// A status and what it means.
pub(super) fn message(status: u16, message: &str) -> Reply {
    Reply::json(status, &json!({"status": status, "message": message}))
}

/// Likewise, with the name that the gateway has for it.
pub(super) fn with_code(status: u16, code: &str, message: &str) -> Reply {
    Reply::json(status, &json!({"status": status, "code": code, "message": message}))
}

/// Of a token.
pub(super) fn token(service_code: u32, code: &str, message: &str) -> Reply {
    let body = json!({"status": 401, "serviceErrorCode": service_code, "code": code, "message": message});
    Reply::json(401, &body)
}

/// Of a version that is not served.
pub(crate) fn version_gone(version: &str) -> Reply {
    with_code(
        426,
        "NONEXISTENT_VERSION",
        &format!("Requested version {version} is not active"),
    )
}

/// Of a batch: a status for each element.
pub(super) fn created(count: usize, faults: &[(usize, Fault)]) -> Reply {
    let mut elements = vec![json!({"status": 201}); count];
    for (index, fault) in faults {
        let status = if is_shape(fault) { 422 } else { 400 };
        elements[*index] = json!({"status": status, "error": {"status": status, "message": fault.message}});
    }
    Reply::json(200, &json!({ "elements": elements }))
}

/// Of the one event that was sent alone.
pub(super) fn bad_event(fault: &Fault) -> Reply {
    if is_shape(fault) {
        message(422, &fault.message)
    } else {
        indexed(fault, &[0])
    }
}

/// Of a batch that is refused for these events. The shape is looked at first, for all of them, and then what it means.
pub(super) fn bad_events(faults: &[(usize, Fault)], is_named: bool) -> Reply {
    let shapes: Vec<_> = faults.iter().filter(|(_, fault)| is_shape(fault)).collect();
    let Some((_, first)) = shapes.first() else {
        let (_, first) = &faults[0];
        let same: Vec<usize> = faults
            .iter()
            .filter(|(_, fault)| fault.code == first.code)
            .map(|(index, _)| *index)
            .collect();
        return if is_named {
            indexed(first, &same)
        } else {
            message(400, "The request is not valid.")
        };
    };
    if !is_named {
        return message(422, &first.message);
    }
    let said: String = shapes
        .iter()
        .map(|(index, fault)| format!("Index: {index}, {}\n", fault.message))
        .collect();
    message(422, &said)
}

/// A message with the indices that it is about.
pub(super) fn indices(said: &str, indices: &[usize], end: &str) -> Reply {
    let indices: Vec<String> = indices.iter().map(usize::to_string).collect();
    message(400, &format!("{said}, indices [{}]{end}", indices.join(", ")))
}

fn indexed(fault: &Fault, at: &[usize]) -> Reply {
    match &*fault.code {
        TIME => indices(&fault.message, at, " (0-indexed)."),
        CONVERSION_METHOD => indices("Conversion's method should be CONVERSIONS_API", at, ""),
        _ => indices(&fault.message, at, ""),
    }
}

fn is_shape(fault: &Fault) -> bool {
    fault.code == super::rules::SHAPE
}
