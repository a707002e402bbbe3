//! What became of an accepted request. Google answers with numbers by reason, for each destination of the request, and
//! never says which event it means.

use super::{config::Config, decode, encode, token};
use crate::{Confirmation, Finding, Hold, Hosts, HttpRequest, HttpResponse, Method, Secret, Verdict, class::Class};
use percent_encoding::utf8_percent_encode;
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};

/// How long Google may need until a fresh click is known everywhere (as the older API said it).
const RESEND_AFTER: Duration = Duration::from_secs(6 * 3_600);

/// Reasons that are as good as success: an earlier attempt had arrived.
pub(super) const DUPLICATES: &[&str] = &["DUPLICATE_TRANSACTION_ID", "DUPLICATE_GCLID"];

/// Reasons that pass. The whole request is sent again: what counts already is then a duplicate.
pub(super) const PASSING: &[&str] = &["TOO_RECENT_CLICK", "INTERNAL_ERROR"];

/// The others in plain words. The names are those of Google's enum `ProcessingErrorReason`, without its prefix.
#[rustfmt::skip]
pub(super) const REFUSED: &[(&str, &str)] = &[
    ("EVENT_TOO_OLD", "the click is older than the conversion action allows, at most 90 days"),
    ("NO_CONSENT", "the account has not given Google its consent to use such data"),
    ("DENIED_CONSENT", "the visitor, or the account's default, refused consent"),
    ("UNKNOWN_CONSENT", "nobody has said whether the visitor consents; set the destination's default"),
    ("INVALID_GCLID", "the gclid is not a click ID of Google's"),
    ("INVALID_GBRAID", "the gbraid is not a click ID of Google's"),
    ("INVALID_WBRAID", "the wbraid is not a click ID of Google's"),
    ("INVALID_CLICK", "the click did not come from a campaign of Google Ads"),
    ("CLICK_NOT_FOUND", "Google does not know the click"),
    ("CONVERSION_PRECEDES_CLICK", "by Google's clock the event came before the click"),
    ("OPERATING_ACCOUNT_MISMATCH_FOR_AD_IDENTIFIER", "the click belongs to another Google Ads account"),
    ("INVALID_OPERATING_ACCOUNT_FOR_CLICK", "the click belongs to another Google Ads account"),
    ("ONE_PER_CLICK_CONVERSION_ACTION_NOT_PERMITTED_WITH_BRAID",
        "clicks from iPhones need a conversion action that counts every conversion, not one"),
    ("DESTINATION_ACCOUNT_ENHANCED_CONVERSIONS_TERMS_NOT_SIGNED",
        "the account has not accepted the terms of enhanced conversions"),
];

/// The request that asks.
pub(super) fn request(hosts: &Hosts, token: Option<&Secret>, request_id: &str) -> HttpRequest {
    let id = utf8_percent_encode(request_id, token::FORM);
    HttpRequest {
        method: Method::Get,
        url: format!("{}/v1/requestStatus:retrieve?requestId={id}", hosts.google),
        headers: token.map(encode::bearer).into_iter().collect(),
        body: String::new(),
    }
}

/// The answer.
pub(super) fn decode(config: &Config, response: &HttpResponse) -> Confirmation {
    let body = serde_json::from_str::<Value>(&response.body).unwrap_or_default();
    if !(200..300).contains(&response.status) {
        return Confirmation::NotAnswered(not_answered(config, response, &body));
    }
    let statuses = body.get("requestStatusPerDestination").and_then(Value::as_array);
    let statuses = statuses.map_or(&[][..], Vec::as_slice);
    let known = |status: &Value| FINISHED.contains(&text(status, "requestStatus"));
    // Some destinations of a request may be done before the others: the verdict is on all.
    if statuses.is_empty() || !statuses.iter().all(known) {
        return Confirmation::Pending;
    }
    if statuses.iter().all(|status| text(status, "requestStatus") == "SUCCESS") {
        return Confirmation::Confirmed;
    }
    let some_count = statuses
        .iter()
        .any(|status| COUNTED.contains(&text(status, "requestStatus")));
    verdict(&counts(statuses), some_count)
}

/// The client library says `FAILED`, documents say `FAILURE`.
const FINISHED: [&str; 4] = ["SUCCESS", "PARTIAL_SUCCESS", "FAILED", "FAILURE"];
/// Those of which something counts.
const COUNTED: [&str; 2] = ["SUCCESS", "PARTIAL_SUCCESS"];

/// A request's status is a question of its own: whatever is wrong with it, only bad credentials and too many requests
/// say anything about the destination.
fn not_answered(config: &Config, response: &HttpResponse, body: &Value) -> Finding {
    let finding = match decode::Refusal::read(body) {
        Some(refusal) => refusal.classify(config, response).1,
        None => Class::unreadable(response, "Google"),
    };
    let verdict = match finding.verdict {
        Verdict::Hold(Hold::Auth) | Verdict::Throttle(_) => finding.verdict,
        _ => Verdict::Retry,
    };
    Finding { verdict, ..finding }
}

/// How many events failed for which reason, over all destinations.
fn counts(statuses: &[Value]) -> BTreeMap<&str, u64> {
    let mut counts = BTreeMap::new();
    let of_destination = |status| Value::pointer(status, "/errorInfo/errorCounts").and_then(Value::as_array);
    for entry in statuses.iter().filter_map(of_destination).flatten() {
        let sum: &mut u64 = counts.entry(reason(text(entry, "reason"))).or_default();
        *sum = sum.saturating_add(count(entry));
    }
    counts
}

fn verdict(counts: &BTreeMap<&str, u64>, some_count: bool) -> Confirmation {
    let has = |reasons: &[&str]| counts.keys().any(|reason| reasons.contains(reason));
    let only = |reasons: &[&str]| counts.keys().all(|reason| reasons.contains(reason));
    match () {
        () if !counts.is_empty() && only(DUPLICATES) => Confirmation::Confirmed,
        () if has(PASSING) => Confirmation::Resend(
            RESEND_AFTER,
            format!(
                "Google could not count all of it yet; it is sent again in 6 hours. {}",
                listed(counts)
            ),
        ),
        // Which of them count is not known where some do, so none is called lost.
        () if some_count => Confirmation::Partly(format!(
            "Google counts a part of the request that this event was in, and does not say which part. {}",
            listed(counts)
        )),
        () => Confirmation::Refused(format!("Google does not count it. {}", listed(counts))),
    }
}

/// `2 × CLICK_NOT_FOUND (Google does not know the click), 1 × …`
fn listed(counts: &BTreeMap<&str, u64>) -> String {
    if counts.is_empty() {
        return "It gave no reason.".to_owned();
    }
    let refused = counts.iter().filter(|(reason, _)| !DUPLICATES.contains(reason));
    let listed = refused.map(
        |(reason, count)| match REFUSED.iter().find(|(known, _)| known == reason) {
            Some((_, words)) => format!("{count} × {reason} ({words})"),
            None => format!("{count} × {reason}"),
        },
    );
    crate::words::clean(&listed.collect::<Vec<_>>().join(", "), &[])
}

/// One reason has a shorter prefix than the others.
fn reason(name: &str) -> &str {
    let short = name.strip_prefix("PROCESSING_ERROR_").unwrap_or(name);
    short.strip_prefix("REASON_").unwrap_or(short)
}

/// In JSON a 64-bit number is a text; a reason without a count stands for at least one event.
fn count(entry: &Value) -> u64 {
    let count = entry.get("recordCount");
    let number = count.and_then(|count| count.as_u64().or_else(|| count.as_str()?.parse().ok()));
    number.unwrap_or(1)
}

fn text<'a>(holder: &'a Value, name: &str) -> &'a str {
    holder.get(name).and_then(Value::as_str).unwrap_or("")
}
