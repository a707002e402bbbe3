//! TikTok Events API 2.0: `POST /open_api/v1.3/event/track/`. Every answer is HTTP 200; the code in the body says what
//! it is. One bad event refuses the whole request, unless it is told to answer for each.

mod rules;
mod says;

use crate::{
    behaviour::Manner,
    call::{Call, StandIn},
    json::Json,
    reply::Reply,
};
use hyper::Method;
use serde::Deserialize;
use serde_json::value::RawValue;

/// Most events in one request.
const BATCH_MAX: usize = 1_000;
const PATH: &str = "/open_api/v1.3/event/track/";

/// The stand-in.
pub(crate) struct Tiktok;

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    event_source: Json<'a>,
    #[serde(borrow, default)]
    event_source_id: Json<'a>,
    #[serde(borrow, default)]
    test_event_code: Json<'a>,
    #[serde(borrow, default)]
    data: Vec<&'a RawValue>,
}

impl StandIn for Tiktok {
    fn answer(&self, call: &Call<'_>) -> Reply {
        let refuse = |reply| {
            call.count_refusal(0);
            reply
        };
        if call.path != PATH || call.method != Method::POST {
            return refuse(Reply::html(404, "<h1>404 page not found</h1>"));
        }
        // A token with "Bearer " before it is simply another token to TikTok.
        let token = call.header("access-token");
        if token.starts_with("Bearer ") || !call.world.trusts(call.endpoint, token) {
            return refuse(self.expired(call));
        }
        let envelope: Envelope<'_> = match serde_json::from_str(call.body) {
            Ok(envelope) => envelope,
            Err(_) => return refuse(says::code(call, rules::INVALID, "Invalid JSON.")),
        };
        if envelope.event_source.text() != Some("web") {
            return refuse(says::code(call, rules::INVALID, "event_source: Not a valid choice."));
        }
        match envelope.event_source_id.text() {
            Some(pixel) if rules::is_pixel(pixel) => events(call, pixel, &envelope),
            _ => refuse(says::code(
                call,
                "40001",
                "You have no permission to operate this pixel code.",
            )),
        }
    }

    fn expired(&self, call: &Call<'_>) -> Reply {
        says::code(call, "40105", "Access token is incorrect or has been revoked.")
    }

    fn refused(&self, call: &Call<'_>, code: &str) -> Reply {
        says::code(call, code, "The request is refused.")
    }

    fn limited(&self, call: &Call<'_>) -> Reply {
        says::code(call, "40100", "App reaches the QPS limit.")
    }

    fn broken(&self, call: &Call<'_>, status: u16) -> Reply {
        says::code(call, "50000", "System error.").with_status(status)
    }
}

fn events(call: &Call<'_>, pixel: &str, envelope: &Envelope<'_>) -> Reply {
    let count = envelope.data.len();
    if !(1..=BATCH_MAX).contains(&count) {
        call.count_refusal(0);
        return says::code(
            call,
            rules::INVALID,
            &format!("data: Length must be between 1 and {BATCH_MAX}."),
        );
    }
    let judged = call.judge(&envelope.data, rules::INVALID, |event, notes| {
        rules::judge(event, pixel, call.now_ms, notes)
    });
    let bad = judged
        .iter()
        .enumerate()
        .filter_map(|(index, judged)| Some((index, judged.verdict.as_ref().err()?)));
    let bad: Vec<_> = bad.map(|(index, fault)| (index, fault.clone())).collect();
    let is_test = !envelope.test_event_code.is_empty();
    let Some((first, fault)) = bad.first() else {
        call.take(judged, is_test, |_, _| None);
        return says::code(call, "0", "OK");
    };
    match call.manner {
        Manner::Partial => {
            call.world.ledger(call.endpoint.platform()).counts.refused_events += bad.len() as u64;
            call.take(judged, is_test, |_, _| None);
            says::partial(call, &bad)
        }
        manner => {
            call.count_refusal(bad.len());
            says::bad_event(call, (manner == Manner::Named).then_some(*first), fault)
        }
    }
}
