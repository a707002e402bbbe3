//! Google Data Manager API: `POST /v1/events:ingest`, `GET /v1/requestStatus:retrieve`, and Google's token endpoint.
//! One bad event refuses the whole request; what the platform thinks of events that it took, it says later.

mod destinations;
mod rules;
mod says;
mod status;
mod token;

pub use status::Settle;
pub(crate) use status::{Books, Status};
pub(crate) use token::Token;

use crate::{
    behaviour::Manner,
    call::{Call, Fault, StandIn},
    json::Json,
    reply::Reply,
    world::lock,
};
use hyper::Method;
use serde::Deserialize;
use serde_json::value::RawValue;

/// Most events in one request.
const BATCH_MAX: usize = 2_000;
const PATH: &str = "/v1/events:ingest";

/// The stand-in for events.
pub(crate) struct Ingest;

/// Field by field as the API knows it: it refuses what it does not.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    destinations: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    events: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    consent: Json<'a>,
    #[serde(default)]
    validate_only: bool,
    #[serde(borrow, default)]
    encoding: Json<'a>,
    #[serde(borrow, default, rename = "encryptionInfo")]
    _encryption_info: Json<'a>,
}

impl StandIn for Ingest {
    fn answer(&self, call: &Call<'_>) -> Reply {
        match request(call) {
            Ok(reply) => reply,
            Err(reply) => {
                call.count_refusal(0);
                reply
            }
        }
    }

    fn expired(&self, call: &Call<'_>) -> Reply {
        says::unauthenticated(call)
    }
    fn refused(&self, call: &Call<'_>, code: &str) -> Reply {
        says::reason(call, code)
    }
    fn limited(&self, call: &Call<'_>) -> Reply {
        says::reason(call, "RESOURCE_EXHAUSTED")
    }
    fn broken(&self, call: &Call<'_>, status: u16) -> Reply {
        says::reason(call, if status == 503 { "UNAVAILABLE" } else { "INTERNAL_ERROR" }).with_status(status)
    }
}

/// The request as a whole; an error is an answer that refuses it for no single event.
fn request(call: &Call<'_>) -> Result<Reply, Reply> {
    if call.path != PATH || call.method != Method::POST {
        return Err(Reply::html(404, "<title>Error 404 (Not Found)!!1</title>"));
    }
    if !call.world.trusts(call.endpoint, call.bearer()) {
        return Err(says::unauthenticated(call));
    }
    let envelope: Envelope<'_> = serde_json::from_str(call.body)
        .map_err(|error| says::invalid(call, "", &format!("Invalid JSON payload received. {error}")))?;
    let destinations = destinations::read(&envelope.destinations).map_err(|fault| says::bad_field(call, &fault))?;
    let count = envelope.events.len();
    if count == 0 {
        let fault = Fault::new(
            "REQUIRED_FIELD_MISSING",
            "events.events",
            "At least one event is required.",
        );
        return Err(says::bad_field(call, &fault));
    }
    if count > BATCH_MAX {
        let message = format!("A request has at most {BATCH_MAX} events, and this one {count}.");
        return Err(says::bad_field(
            call,
            &Fault::new("TOO_MANY_EVENTS", "events.events", message),
        ));
    }
    if let Err(fault) = rules::consent(&envelope.consent) {
        return Err(says::bad_field(call, &fault));
    }
    Ok(events(call, &envelope, &destinations))
}

fn events(call: &Call<'_>, envelope: &Envelope<'_>, destinations: &[destinations::Destination<'_>]) -> Reply {
    let judge = rules::Judge {
        destinations,
        encoding: envelope.encoding.text(),
        consent: &envelope.consent,
        is_checked_only: envelope.validate_only,
        now_ms: call.now_ms,
    };
    let judged = call.judge(&envelope.events, rules::POISONED, |event, notes| {
        judge.judge(event, notes)
    });
    let bad = judged.iter().filter(|judged| judged.verdict.is_err()).count();
    let first = judged
        .iter()
        .enumerate()
        .find_map(|(index, judged)| Some((index, judged.verdict.as_ref().err()?)));
    if let Some((index, fault)) = first {
        call.count_refusal(bad);
        return match call.manner {
            Manner::Unnamed => says::bare(call),
            Manner::Named | Manner::Partial => says::bad_event(call, index, fault),
        };
    }
    if envelope.validate_only {
        call.take(judged, true, |_, _| None);
        return says::accepted(call);
    }
    let mut books = lock(&call.world.google);
    let outcomes = call.take(judged, false, |facts, raw| books.doubt(facts, raw, call.now_ms));
    let destinations = envelope
        .destinations
        .iter()
        .map(|destination| destination.get().to_owned())
        .collect();
    books.took(says::request_id(call), call.now_ms, destinations, &outcomes);
    says::accepted(call)
}
