//! LinkedIn Conversions API: `POST /rest/conversionEvents`, single or as a batch. One bad event refuses the whole
//! batch, unless it is told to answer for each.

mod rules;
mod says;
mod version;

pub use rules::CONVERSION_METHOD;
pub(crate) use says::version_gone;

use crate::{
    behaviour::Manner,
    call::{Call, Fault, Judged, StandIn},
    reply::Reply,
};
use hyper::Method;
use serde::Deserialize;
use serde_json::value::RawValue;
use version::Version;

/// Most events in one batch.
const BATCH_MAX: usize = 5_000;
const PATH: &str = "/rest/conversionEvents";

/// The stand-in.
pub(crate) struct Linkedin;

#[derive(Deserialize)]
struct Batch<'a> {
    #[serde(borrow)]
    elements: Vec<&'a RawValue>,
}

impl StandIn for Linkedin {
    fn answer(&self, call: &Call<'_>) -> Reply {
        match request(call) {
            Ok(reply) => reply,
            Err(reply) => {
                call.count_refusal(0);
                reply
            }
        }
    }

    fn expired(&self, _call: &Call<'_>) -> Reply {
        says::token(
            65602,
            "EXPIRED_ACCESS_TOKEN",
            "The token used in the request has expired",
        )
    }

    fn refused(&self, _call: &Call<'_>, code: &str) -> Reply {
        match code {
            "65600" => says::token(65600, "INVALID_ACCESS_TOKEN", "Invalid access token"),
            "65601" => says::token(
                65601,
                "REVOKED_ACCESS_TOKEN",
                "The token used in the request has been revoked by the user",
            ),
            CONVERSION_METHOD => says::indices("Conversion's method should be CONVERSIONS_API", &[0], ""),
            "403" => says::message(403, "No permission on this ad account."),
            code => says::message(code.parse().unwrap_or(400), "The request is refused."),
        }
    }

    fn limited(&self, _call: &Call<'_>) -> Reply {
        says::with_code(
            429,
            "TOO_MANY_REQUESTS",
            "Resource level throttle limit for calls to this resource is reached.",
        )
    }

    fn broken(&self, _call: &Call<'_>, status: u16) -> Reply {
        says::message(status, "Internal Server Error")
    }
}

/// The request as a whole; an error is an answer that refuses it for no single event.
fn request(call: &Call<'_>) -> Result<Reply, Reply> {
    if call.path != PATH || call.method != Method::POST {
        return Err(says::with_code(404, "RESOURCE_NOT_FOUND", "No virtual resource found"));
    }
    let version = call.header("linkedin-version");
    if version.is_empty() {
        let message = "A version must be present. Specify it in the LinkedIn-Version header.";
        return Err(says::with_code(400, "VERSION_MISSING", message));
    }
    let is_live = Version::parse(version).is_some_and(|version| version.is_live(call.now_ms));
    if !is_live || call.world.is_killed(version) {
        return Err(says::version_gone(version));
    }
    if !call.world.trusts(call.endpoint, call.bearer()) {
        return Err(Linkedin.refused(call, "65600"));
    }
    if call.header("x-restli-protocol-version") != "2.0.0" {
        return Err(says::message(
            400,
            "The X-Restli-Protocol-Version header must be 2.0.0.",
        ));
    }
    match call.header("x-restli-method") {
        "BATCH_CREATE" => batch(call),
        "" | "CREATE" => single(call),
        _ => Err(says::message(400, "This resource has no such method.")),
    }
}

fn single(call: &Call<'_>) -> Result<Reply, Reply> {
    let event: &RawValue =
        serde_json::from_str(call.body).map_err(|_| says::message(400, "Cannot parse request entity"))?;
    let judged = judge(call, &[event]);
    match judged[0].verdict.as_ref().err().cloned() {
        Some(fault) => {
            call.count_refusal(1);
            Ok(says::bad_event(&fault))
        }
        None => {
            call.take(judged, false, |_, _| None);
            Ok(Reply::empty(201))
        }
    }
}

fn batch(call: &Call<'_>) -> Result<Reply, Reply> {
    let batch: Batch<'_> =
        serde_json::from_str(call.body).map_err(|_| says::message(400, "Cannot parse request entity"))?;
    let count = batch.elements.len();
    if !(1..=BATCH_MAX).contains(&count) {
        return Err(says::message(
            400,
            &format!("A batch has 1 to {BATCH_MAX} elements, and this one {count}."),
        ));
    }
    let judged = judge(call, &batch.elements);
    let faults: Vec<(usize, Fault)> = (0..)
        .zip(&judged)
        .filter_map(|(n, judged)| Some((n, judged.verdict.as_ref().err()?.clone())))
        .collect();
    if faults.is_empty() {
        call.take(judged, false, |_, _| None);
        return Ok(says::created(count, &[]));
    }
    Ok(match call.manner {
        Manner::Partial => {
            call.world.ledger(call.endpoint.platform()).counts.refused_events += faults.len() as u64;
            call.take(judged, false, |_, _| None);
            says::created(count, &faults)
        }
        manner => {
            call.count_refusal(faults.len());
            says::bad_events(&faults, manner == Manner::Named)
        }
    })
}

fn judge<'e>(call: &Call<'_>, events: &[&'e RawValue]) -> Vec<Judged<'e>> {
    call.judge(events, rules::SHAPE, |event, notes| {
        rules::judge(event, call.now_ms, notes)
    })
}
