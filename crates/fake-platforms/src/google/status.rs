//! What Google says later of events that it took.

use super::says;
use crate::{
    behaviour::Poison,
    call::{Call, StandIn},
    endpoint::Endpoint,
    record::{Facts, Outcome},
    reply::Reply,
    world::lock,
};
use hyper::Method;
use serde_json::{Value, json, value::RawValue};
use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

const PATH: &str = "/v1/requestStatus:retrieve";
const HOUR_MS: i64 = 3_600_000;
/// A click younger than this is too recent for a conversion, as the API before this one had it.
const CLICK_WAIT_MS: i64 = 6 * HOUR_MS;
const CLICK_LIFE_MS: i64 = 90 * 24 * HOUR_MS;
/// A request is remembered for so long.
const KEPT_MS: i64 = 50 * 24 * HOUR_MS;

/// When Google knows what became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settle {
    /// After this time, by the stand-in's clock. Until then it is `PROCESSING`.
    After(Duration),
    /// Not until it is told otherwise.
    Never,
}

/// A request that was taken.
struct Ingested {
    at_ms: i64,
    /// Each as it was sent.
    destinations: Vec<String>,
    count: usize,
    /// Events by the reason for which they do not count.
    errors: BTreeMap<String, usize>,
}

/// What Google knows.
pub(crate) struct Books {
    settle: Settle,
    /// Events that will not count, with the reason.
    doubts: Vec<(Poison, String)>,
    /// When ads were clicked, by click id.
    clicks: HashMap<String, i64>,
    requests: HashMap<String, Ingested>,
}

impl Default for Books {
    fn default() -> Self {
        Self {
            settle: Settle::After(Duration::from_secs(30 * 60)),
            doubts: Vec::new(),
            clicks: HashMap::new(),
            requests: HashMap::new(),
        }
    }
}

impl Books {
    pub(crate) fn settle(&mut self, settle: Settle) {
        self.settle = settle;
    }

    pub(crate) fn clicked(&mut self, click_id: &str, at_ms: i64) {
        self.clicks.insert(click_id.to_owned(), at_ms);
    }

    pub(crate) fn add_doubt(&mut self, events: Poison, reason: &str) {
        self.doubts.push((events, reason.to_owned()));
    }

    pub(crate) fn clear_doubts(&mut self) {
        self.doubts.clear();
    }

    /// The reason for which an event will not count, if there is one.
    pub(super) fn doubt(&self, facts: &Facts<'_>, raw: &str, now_ms: i64) -> Option<String> {
        if let Some((_, reason)) = self.doubts.iter().find(|(events, _)| events.is_meant(&facts.id, raw)) {
            return Some(reason.clone());
        }
        let (_, click_id) = facts.click_ids.first()?;
        let clicked_ms = *self.clicks.get(&**click_id)?;
        let reason = match now_ms - clicked_ms {
            _ if facts.time_ms < clicked_ms => "CONVERSION_PRECEDES_CLICK",
            age_ms if age_ms < CLICK_WAIT_MS => "TOO_RECENT_CLICK",
            age_ms if age_ms > CLICK_LIFE_MS => "EVENT_TOO_OLD",
            _ => return None,
        };
        Some(reason.to_owned())
    }

    /// Remembers a request.
    pub(super) fn took(&mut self, id: String, at_ms: i64, destinations: Vec<String>, outcomes: &[Outcome]) {
        let mut errors = BTreeMap::new();
        for outcome in outcomes {
            let reason = match outcome {
                Outcome::Counted | Outcome::Test => continue,
                Outcome::Duplicate => "DUPLICATE_TRANSACTION_ID",
                Outcome::RefusedLater(reason) => reason,
            };
            *errors.entry(reason.to_owned()).or_default() += 1;
        }
        let ingested = Ingested {
            at_ms,
            destinations,
            count: outcomes.len(),
            errors,
        };
        self.requests.insert(id, ingested);
    }

    fn is_settled(&self, request: &Ingested, now_ms: i64) -> bool {
        match self.settle {
            Settle::Never => false,
            Settle::After(time) => i128::from(now_ms - request.at_ms) >= time.as_millis() as i128,
        }
    }

    /// What became of a request.
    fn status(&self, id: &str, now_ms: i64) -> Option<Value> {
        let request = self
            .requests
            .get(id)
            .filter(|request| now_ms - request.at_ms < KEPT_MS)?;
        let statuses = request.destinations.iter().map(|destination| {
            let destination: Box<RawValue> = serde_json::from_str(destination).expect("it was read from JSON");
            let mut status = json!({
                "destination": destination,
                "eventsIngestionStatus": {"recordCount": request.count.to_string()},
            });
            let bad: usize = request.errors.values().sum();
            status["requestStatus"] = match bad {
                _ if !self.is_settled(request, now_ms) => {
                    status["requestStatus"] = "PROCESSING".into();
                    return status;
                }
                0 => "SUCCESS",
                bad if bad == request.count => "FAILED",
                _ => "PARTIAL_SUCCESS",
            }
            .into();
            if bad > 0 {
                let counts = request.errors.iter().map(|(reason, count)| {
                    // Counts of 64 bits are texts in JSON.
                    json!({"recordCount": count.to_string(), "reason": whole_reason(reason)})
                });
                status["errorInfo"] = json!({"errorCounts": counts.collect::<Vec<_>>()});
            }
            status
        });
        Some(json!({ "requestStatusPerDestination": statuses.collect::<Vec<_>>() }))
    }
}

/// A reason with the prefix that the API's list has; one of them has another.
fn whole_reason(reason: &str) -> String {
    match reason {
        "OPERATING_ACCOUNT_MISMATCH_FOR_AD_IDENTIFIER" => format!("PROCESSING_ERROR_{reason}"),
        _ => format!("PROCESSING_ERROR_REASON_{reason}"),
    }
}

/// The stand-in for questions.
pub(crate) struct Status;

impl StandIn for Status {
    fn answer(&self, call: &Call<'_>) -> Reply {
        if call.path != PATH || call.method != Method::GET {
            return Reply::html(404, "<title>Error 404 (Not Found)!!1</title>");
        }
        if !call.world.trusts(Endpoint::Google, call.bearer()) {
            return says::unauthenticated(call);
        }
        let id = call.parameter("requestId").unwrap_or_default();
        let found = lock(&call.world.google).status(&id, call.now_ms);
        match found {
            Some(status) => Reply::json(200, &status),
            None => {
                let fault = crate::call::Fault::new("INVALID_REQUEST_ID", "request_id", "There is no such request.");
                says::bad_field(call, &fault)
            }
        }
    }

    fn expired(&self, call: &Call<'_>) -> Reply {
        super::Ingest.expired(call)
    }
    fn refused(&self, call: &Call<'_>, code: &str) -> Reply {
        super::Ingest.refused(call, code)
    }
    fn limited(&self, call: &Call<'_>) -> Reply {
        super::Ingest.limited(call)
    }
    fn broken(&self, call: &Call<'_>, status: u16) -> Reply {
        super::Ingest.broken(call, status)
    }
}
