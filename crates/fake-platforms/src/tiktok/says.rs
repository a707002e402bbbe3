//! What TikTok says.

use crate::{
    call::{Call, Fault},
    opaque,
    reply::Reply,
};
use serde_json::{Value, json};

/// A code and what it means, with HTTP 200 whatever it is.
pub(super) fn code(call: &Call<'_>, code: &str, message: &str) -> Reply {
    reply(call, code, message, &json!({}))
}

/// An event for which the request is refused.
pub(super) fn bad_event(call: &Call<'_>, index: Option<usize>, fault: &Fault) -> Reply {
    let message = match index {
        Some(index) => format!("Batch.{index}.{}: {}", fault.field, fault.message),
        None => fault.message.clone(),
    };
    code(call, &fault.code, &message)
}

/// Events that are refused while the others are taken. The shape of this list is not documented.
pub(super) fn partial(call: &Call<'_>, bad: &[(usize, Fault)]) -> Reply {
    let failed = bad.iter().map(|(index, fault)| {
        json!({
            "order_in_batch": index,
            "error_code": fault.code.parse::<u32>().unwrap_or(40002),
            "error_info": format!("Batch.{index}.{}: {}", fault.field, fault.message),
        })
    });
    let failed: Vec<Value> = failed.collect();
    reply(call, "20001", "Partial success.", &json!({ "failed_events": failed }))
}

fn reply(call: &Call<'_>, code: &str, message: &str, data: &Value) -> Reply {
    let code: u32 = code.parse().unwrap_or(40002);
    let request_id = format!("{}{}", call.now_ms, opaque::hex(call.seed(), 20));
    Reply::json(
        200,
        &json!({"code": code, "message": message, "request_id": request_id, "data": data}),
    )
}
