//! Meta Conversions API: `POST /v26.0/{dataset}/events`. One bad event refuses the whole request.

mod rules;
mod says;

use crate::{
    behaviour::Manner,
    call::{Call, StandIn},
    checks,
    json::Json,
    reply::Reply,
};
use hyper::Method;
use serde::Deserialize;
use serde_json::value::RawValue;

/// Most events in one request.
const BATCH_MAX: usize = 1_000;
/// The oldest version of the Graph API that is still served (v20 ended on 2026-09-24).
const OLDEST_VERSION: u32 = 21;

/// The stand-in.
pub(crate) struct Meta;

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    data: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    access_token: Json<'a>,
    #[serde(borrow, default)]
    test_event_code: Json<'a>,
}

impl StandIn for Meta {
    fn answer(&self, call: &Call<'_>) -> Reply {
        let refuse = |reply| {
            call.count_refusal(0);
            reply
        };
        let Some((version, dataset)) = address(call.path) else {
            return refuse(says::no_such_object(call, call.path));
        };
        if call.method != Method::POST || !checks::is_digits(dataset, 1..=20) {
            return refuse(says::no_such_object(call, dataset));
        }
        if version < OLDEST_VERSION {
            return refuse(says::error(
                call,
                2635,
                None,
                "You are calling a deprecated version of the Ads API.",
            ));
        }
        let envelope: Envelope<'_> = match serde_json::from_str(call.body) {
            Ok(envelope) => envelope,
            Err(error) => return refuse(says::error(call, 100, None, &format!("(#100) Invalid JSON: {error}"))),
        };
        let token = [
            call.parameter("access_token"),
            envelope.access_token.text().map(str::to_owned),
        ];
        let token = token
            .into_iter()
            .flatten()
            .next()
            .unwrap_or_else(|| call.bearer().to_owned());
        if !call.world.trusts(call.endpoint, &token) {
            return refuse(self.expired(call));
        }
        events(call, dataset, &envelope)
    }

    fn expired(&self, call: &Call<'_>) -> Reply {
        let message = "Error validating access token: the session has expired.";
        says::error(call, 190, Some(463), message)
    }

    fn refused(&self, call: &Call<'_>, code: &str) -> Reply {
        let (code, subcode) = says::parse_code(code);
        says::error(call, code, subcode, &format!("(#{code}) The request is refused."))
    }

    fn limited(&self, call: &Call<'_>) -> Reply {
        says::transient(call, 400, 4, "(#4) Application request limit reached")
    }

    fn broken(&self, call: &Call<'_>, status: u16) -> Reply {
        says::transient(call, status, 2, "(#2) Service temporarily unavailable")
    }
}

/// Version and data set of an address.
fn address(path: &str) -> Option<(u32, &str)> {
    let (version, dataset) = path.strip_prefix("/v")?.strip_suffix("/events")?.split_once('/')?;
    let (major, minor) = version.split_once('.')?;
    (minor == "0").then_some(())?;
    Some((major.parse().ok()?, dataset))
}

fn events(call: &Call<'_>, dataset: &str, envelope: &Envelope<'_>) -> Reply {
    let count = envelope.data.len();
    if !(1..=BATCH_MAX).contains(&count) {
        call.count_refusal(0);
        let message = format!("(#100) Param data must have 1 to {BATCH_MAX} elements, and has {count}.");
        return says::error(call, 100, None, &message);
    }
    let judged = call.judge(&envelope.data, rules::POISONED, |event, notes| {
        rules::judge(event, dataset, call.now_ms, notes)
    });
    let bad = judged.iter().filter(|judged| judged.verdict.is_err()).count();
    let first = judged
        .iter()
        .enumerate()
        .find_map(|(index, judged)| Some((index, judged.verdict.as_ref().err()?)));
    if let Some((index, fault)) = first {
        call.count_refusal(bad);
        let index = (call.manner != Manner::Unnamed).then_some(index);
        return says::bad_event(call, index, fault);
    }
    call.take(judged, !envelope.test_event_code.is_empty(), |_, _| None);
    says::received(call, count)
}
