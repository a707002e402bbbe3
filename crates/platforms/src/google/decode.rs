//! An answer → what becomes of each event. Google takes or refuses a request whole. A refusal is a `google.rpc.Status`
//! whose details name reasons and, for a bad event, its index.

use super::config::Config;
use crate::{Answer, Finding, Hold, HttpResponse, Verdict, class::Class, named, wire::STRUCK_OUT, words};
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};

const NEW_ACTION: &str = "CONVERSION_ACTION_TOO_RECENTLY_CREATED";
/// How long Google wants to be left alone with a new conversion action.
const NEW_ACTION_WAIT: Duration = Duration::from_secs(6 * 3_600);

/// Of several reasons in one answer the first of these counts: nothing else matters while the door is shut.
pub(super) const STRONGEST_FIRST: [Class; 5] =
    [Class::Auth, Class::Config, Class::Throttle, Class::Retry, Class::Event];

const SIGN: &str = "Open the conversion settings of the Google Ads account and accept what they ask for.";
const USER: &str = "Add the service account's e-mail address, or the person who signed in, as a user of the Google Ads \
                    account with standard access, and switch on the Data Manager API in the Google Cloud project.";
const ACTION: &str = "Check conversion_action_id and the mapping: the action must belong to this account and be of the \
                      kind \"import from clicks\".";
const ACCOUNT: &str = "Check account_id, and login_account_id if the account is reached through a manager account.";
const NONE: &str = "";

/// Reasons with their class and what the shop's owner can do. The names are those of Google's enum `ErrorReason`.
#[rustfmt::skip]
pub(super) const REASONS: &[(&str, Class, &str)] = &[
    ("INTERNAL_ERROR", Class::Retry, NONE),
    ("DEADLINE_EXCEEDED", Class::Retry, NONE),
    ("UNAVAILABLE", Class::Retry, NONE),
    ("RESOURCE_EXHAUSTED", Class::Throttle, NONE),
    ("RATE_LIMIT_EXCEEDED", Class::Throttle, NONE),
    ("PERMISSION_DENIED", Class::Auth, USER),
    ("NOT_ALLOWLISTED", Class::Auth, "Google has not let this account use the Data Manager API."),
    ("SERVICE_DISABLED", Class::Auth, USER),
    ("ACCESS_TOKEN_SCOPE_INSUFFICIENT", Class::Auth, "Sign in again and agree to all that Google asks."),
    ("INVALID_CONVERSION_ACTION_ID", Class::Config, ACTION),
    ("INVALID_CONVERSION_ACTION_TYPE", Class::Config, ACTION),
    ("EVENT_SOURCE_AND_DESTINATION_MISMATCH", Class::Config, ACTION),
    ("INVALID_DESTINATION", Class::Config, ACCOUNT),
    ("NOT_FOUND", Class::Config, ACCOUNT),
    ("OPERATING_ACCOUNT_LOGIN_ACCOUNT_MISMATCH", Class::Config, ACCOUNT),
    ("DESTINATION_ACCOUNT_TYPE_MISMATCH", Class::Config, ACCOUNT),
    ("MISMATCHED_ACCOUNT_TYPE", Class::Config, ACCOUNT),
    ("TERMS_AND_CONDITIONS_NOT_SIGNED", Class::Config, SIGN),
    ("DESTINATION_ACCOUNT_ENHANCED_CONVERSIONS_TERMS_NOT_SIGNED", Class::Config, SIGN),
    ("DESTINATION_ACCOUNT_NOT_ENABLED_ENHANCED_CONVERSIONS_FOR_LEADS", Class::Config, SIGN),
    ("DESTINATION_ACCOUNT_DATA_POLICY_PROHIBITS_ENHANCED_CONVERSIONS", Class::Config, SIGN),
    ("EU_POLITICAL_ADVERTISING_DECLARATION_REQUIRED", Class::Config, SIGN),
    (NEW_ACTION, Class::Throttle,
        "The conversion action is too new. Konektor sends again in 6 hours; there is nothing to do."),
    // Of no event alone, so the request is halved until it fits.
    ("TOO_MANY_DESTINATIONS", Class::Event, NONE),
    ("TOO_MANY_EVENTS", Class::Event, NONE),
    ("EVENT_TIME_INVALID", Class::Event, NONE),
    ("NO_IDENTIFIERS_PROVIDED", Class::Event, NONE),
    ("INVALID_SHA256_FORMAT", Class::Event, NONE),
    ("INVALID_AD_IDENTIFIER_FOR_ACCOUNT", Class::Event, "The click belongs to another Google Ads account's ad."),
];

/// Where no reason is known: by the name of the status.
pub(super) const STATUSES: &[(&str, Class)] = &[
    ("UNAUTHENTICATED", Class::Auth),
    ("PERMISSION_DENIED", Class::Auth),
    ("NOT_FOUND", Class::Config),
    ("RESOURCE_EXHAUSTED", Class::Throttle),
    ("INVALID_ARGUMENT", Class::Event),
    ("FAILED_PRECONDITION", Class::Event),
    ("OUT_OF_RANGE", Class::Event),
];

/// What an answer means for each of `count` events.
pub(super) fn decode(config: &Config, response: &HttpResponse, count: usize) -> Answer {
    let body = serde_json::from_str::<Value>(&response.body).unwrap_or_default();
    if (200..300).contains(&response.status) {
        return accepted(config, &body, count);
    }
    let Some(refusal) = Refusal::read(&body) else {
        return Answer::all(Class::unreadable(response, "Google"), count, None);
    };
    let trace = refusal.request_id.map(|id| words(config, id));
    let (class, finding) = refusal.classify(config, response);
    match class {
        Class::Event => match refusal.bad_events(config, &finding) {
            bad if bad.is_empty() => Answer::one_of(finding, count, trace),
            bad => Answer::named(bad, count, trace),
        },
        _ => Answer::all(finding, count, trace),
    }
}

/// Accepted is not counted yet. Without its id the request could never be asked after, so it is sent again: the same
/// transaction ids count once.
fn accepted(config: &Config, body: &Value, count: usize) -> Answer {
    let request_id = text(body, "requestId").filter(|id| !id.is_empty());
    let Some(trace) = request_id else {
        let message = "Google answered without a request id, so nobody can ask what became of it; it is sent again.";
        return Answer::all(Finding::new(Verdict::Retry, message), count, None);
    };
    let accepted = Finding::new(
        Verdict::Accepted,
        "Google has it, and says in some hours whether it counts.",
    );
    let mut answer = Answer::all(accepted, count, Some(words(config, trace)));
    for warning in Reason::all_of(body, "fieldWarnings") {
        let finding = warning.event.and_then(|index| answer.findings.get_mut(index));
        if let Some(finding) = finding {
            finding.message = explained(config, "Google has it, with a warning.", warning.words);
            finding.code = Some(words(config, warning.reason));
        }
    }
    answer
}

/// What a `google.rpc.Status` says.
pub(super) struct Refusal<'a> {
    status: &'a str,
    message: &'a str,
    reasons: Vec<Reason<'a>>,
    wait: Option<Duration>,
    request_id: Option<&'a str>,
}

/// A reason, as `ErrorInfo` and the violations of `BadRequest` have one.
#[derive(Default)]
struct Reason<'a> {
    reason: &'a str,
    words: &'a str,
    /// Whether it points at the destination and so at the settings.
    of_destination: bool,
    /// The index of the event that it points at: 2 in `events.events[2].ad_identifiers`.
    event: Option<usize>,
}

impl<'a> Reason<'a> {
    fn all_of(holder: &'a Value, list: &str) -> impl Iterator<Item = Self> {
        let list = holder
            .get(list)
            .and_then(Value::as_array)
            .map_or(&[][..], Vec::as_slice);
        list.iter().map(|entry| {
            let field = text(entry, "field").or(text(entry, "fieldPath")).unwrap_or("");
            Self {
                reason: text(entry, "reason").unwrap_or(""),
                words: text(entry, "description").unwrap_or(""),
                of_destination: field.starts_with("destinations"),
                event: named::indices(field, "events").first().copied(),
            }
        })
    }

    fn row(&self) -> Option<&'static (&'static str, Class, &'static str)> {
        REASONS.iter().find(|(reason, ..)| *reason == self.reason)
    }
}

fn text<'a>(holder: &'a Value, name: &str) -> Option<&'a str> {
    holder.get(name).and_then(Value::as_str)
}

impl<'a> Refusal<'a> {
    /// Takes what is there and passes over the rest. `None` if it is none at all but, say, a page of HTML.
    pub(super) fn read(body: &'a Value) -> Option<Self> {
        let error = body.get("error").filter(|error| error.is_object())?;
        let mut refusal = Self {
            status: text(error, "status").unwrap_or(""),
            message: text(error, "message").unwrap_or(""),
            reasons: Vec::new(),
            wait: None,
            request_id: None,
        };
        let details = error
            .get("details")
            .and_then(Value::as_array)
            .map_or(&[][..], Vec::as_slice);
        for detail in details {
            match text(detail, "@type").unwrap_or("").rsplit(['.', '/']).next() {
                Some("BadRequest") => refusal.reasons.extend(Reason::all_of(detail, "fieldViolations")),
                Some("ErrorInfo") => refusal.reasons.extend(text(detail, "reason").map(|reason| Reason {
                    reason,
                    ..Reason::default()
                })),
                Some("RetryInfo") => refusal.wait = text(detail, "retryDelay").and_then(seconds),
                Some("RequestInfo") => refusal.request_id = text(detail, "requestId"),
                _ => {}
            }
        }
        Some(refusal)
    }

    /// What it means, and the finding for events that it does not single out.
    pub(super) fn classify(&self, config: &Config, response: &HttpResponse) -> (Class, Finding) {
        let of_reason = |reason: &Reason<'_>| match reason.row() {
            Some((_, class, _)) => Some(*class),
            None if reason.of_destination => Some(Class::Config),
            None => reason.event.map(|_| Class::Event),
        };
        let known = self
            .reasons
            .iter()
            .filter_map(|reason| Some((of_reason(reason)?, reason)));
        let strongest = known.min_by_key(|(class, _)| STRONGEST_FIRST.iter().position(|other| other == class));
        let class = strongest.map_or_else(|| self.class_of_status(response.status), |(class, _)| class);
        let verdict = match class.verdict(response) {
            Verdict::Throttle(_) if strongest.is_some_and(|(_, reason)| reason.reason == NEW_ACTION) => {
                Verdict::Throttle(Some(NEW_ACTION_WAIT))
            }
            Verdict::Throttle(None) => Verdict::Throttle(self.wait),
            verdict => verdict,
        };
        let reason = strongest.map(|(_, reason)| reason).or(self.reasons.first());
        (class, self.finding(config, verdict, reason, response.status))
    }

    fn class_of_status(&self, http_status: u16) -> Class {
        let named = STATUSES.iter().find(|(status, _)| *status == self.status);
        named.map_or_else(|| Class::of_status(http_status), |(_, class)| *class)
    }

    fn finding(&self, config: &Config, verdict: Verdict, reason: Option<&Reason<'_>>, http_status: u16) -> Finding {
        let theirs = match reason.map_or("", |reason| reason.words) {
            "" => self.message,
            described => described,
        };
        let ours = match (reason.and_then(Reason::row), verdict) {
            (Some((.., advice)), _) if !advice.is_empty() => advice,
            (_, Verdict::Hold(Hold::Auth)) => "Google does not accept the credentials. Enter new ones.",
            (_, Verdict::Hold(Hold::Config)) => "Google does not accept the settings. Check them.",
            (_, Verdict::Throttle(_)) => "Google wants fewer requests; Konektor waits.",
            (_, Verdict::Retry) => "Google could not take it just now; it is sent again.",
            _ => "",
        };
        let code = match (reason.map_or("", |reason| reason.reason), self.status) {
            ("", "") => http_status.to_string(),
            ("", status) => words(config, status),
            (reason, _) => words(config, reason),
        };
        Finding::with_code(verdict, code, explained(config, ours, theirs))
    }

    /// The events that the violations point at, each with all that is wrong with it.
    fn bad_events(&self, config: &Config, of_all: &Finding) -> Vec<(usize, Finding)> {
        let mut bad: BTreeMap<usize, Finding> = BTreeMap::new();
        for reason in &self.reasons {
            let Some(index) = reason.event else { continue };
            let finding = self.finding(config, Verdict::Drop, Some(reason), 400);
            bad.entry(index)
                .and_modify(|first| {
                    first.message = words(config, &format!("{} {}", first.message, finding.message));
                })
                .or_insert(Finding {
                    code: finding.code.or(of_all.code.clone()),
                    ..finding
                });
        }
        bad.into_iter().collect()
    }
}

/// How long the answer's header says to wait.
pub(super) fn wait(response: &HttpResponse) -> Option<Duration> {
    response.retry_after.map(Duration::from_secs)
}

/// `3.5s`, as JSON has durations.
fn seconds(text: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(text.strip_suffix('s')?.parse().ok()?).ok()
}

/// Our explanation, then their words.
pub(super) fn explained(config: &Config, ours: &str, theirs: &str) -> String {
    match (ours, theirs) {
        ("", "") => "Google gave no reason.".to_owned(),
        (ours, "") => ours.to_owned(),
        ("", theirs) => words(config, theirs),
        (ours, theirs) => words(config, &format!("{ours} Google: {theirs}")),
    }
}

/// Google's words without credentials: those that were entered, and what looks like an access token or an assertion,
/// which are made on the way and known to nobody here.
pub(super) fn words(config: &Config, theirs: &str) -> String {
    const MADE: [&str; 2] = ["ya29.", "eyJ"];
    let is_end = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '='));
    let mut kept = String::new();
    let mut rest = theirs;
    while let Some(start) = MADE.iter().filter_map(|made| rest.find(made)).min() {
        kept.push_str(&rest[..start]);
        kept.push_str(STRUCK_OUT);
        rest = &rest[start..];
        rest = &rest[rest.find(is_end).unwrap_or(rest.len())..];
    }
    kept.push_str(rest);
    words::clean(&kept, &config.secrets())
}
