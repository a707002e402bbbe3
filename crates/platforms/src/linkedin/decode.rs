//! An answer → what becomes of each event. A batch that was read has a status for each of its elements; a batch that
//! was refused has one error, which names bad events by index where it can.

use super::config::Config;
use crate::{Answer, Finding, HttpResponse, Verdict, class::Class, words};
use serde_json::Value;

/// By what an error is known.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sign {
    /// A part of its message.
    Words(&'static str),
    /// Its `code`.
    Code(&'static str),
    /// Its `serviceErrorCode`.
    ServiceCode(u64),
    /// The HTTP status.
    Status(u16),
}

const TOKEN: &str =
    "LinkedIn no longer accepts the access token. Generate a new one in Campaign Manager and enter it here.";
const VERSION: &str = "LinkedIn does not answer to this version of its API. Raise api_version in the settings; until \
                       then events wait.";
const EVENT: &str = "";

/// Errors with what the shop's owner can do. The first row that fits counts.
#[rustfmt::skip]
pub(super) const ERRORS: &[(Sign, Class, &str)] = &[
    (Sign::Words("method should be CONVERSIONS_API"), Class::Config,
        "The conversion rule is of another kind. Choose one in Campaign Manager whose data source is the Conversions \
         API, and enter its number here."),
    (Sign::Code("NONEXISTENT_VERSION"), Class::Config, VERSION),
    (Sign::Code("VERSION_MISSING"), Class::Config, VERSION),
    (Sign::ServiceCode(65_600), Class::Auth, TOKEN),
    (Sign::ServiceCode(65_601), Class::Auth, TOKEN),
    (Sign::ServiceCode(65_602), Class::Auth, TOKEN),
    (Sign::Status(401), Class::Auth, TOKEN),
    (Sign::Status(403), Class::Auth,
        "The access token may not report to this ad account. Generate one in Campaign Manager as somebody who manages \
         the account."),
    (Sign::Status(404), Class::Config, "LinkedIn does not find the conversion rule. Check conversion_rule_id."),
    (Sign::Status(426), Class::Config, VERSION),
    (Sign::Status(429), Class::Throttle, "LinkedIn wants fewer requests; a day's limit ends at midnight UTC."),
    (Sign::Status(400), Class::Event, EVENT),
    (Sign::Status(422), Class::Event, EVENT),
];

/// What an answer means for each of `count` events.
pub(super) fn decode(config: &Config, response: &HttpResponse, count: usize) -> Answer {
    let body = serde_json::from_str::<Value>(&response.body).unwrap_or_default();
    if (200..300).contains(&response.status) {
        return each(config, response, &body, count);
    }
    if !body.is_object() {
        return Answer::all(Class::unreadable(response, "LinkedIn"), count, None);
    }
    let error = Error::read(&body, response.status);
    let (class, finding) = error.classify(config, response);
    match (class, indices(error.message)) {
        (Class::Event, bad) if bad.is_empty() => Answer::one_of(finding, count, None),
        (Class::Event, bad) => {
            let bad = bad.into_iter().map(|index| (index, finding.clone())).collect();
            Answer::named(bad, count, None)
        }
        _ => Answer::all(finding, count, None),
    }
}

/// An answer to the events one by one.
fn each(config: &Config, response: &HttpResponse, body: &Value, count: usize) -> Answer {
    let delivered = || Finding::new(Verdict::Delivered, "LinkedIn has it.");
    // To an event alone LinkedIn may answer 201 and nothing.
    if response.status == 201 && response.body.trim().is_empty() && count == 1 {
        return Answer::all(delivered(), count, None);
    }
    let elements = body
        .get("elements")
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    if elements.len() != count {
        // Which status is whose cannot be known. Sent again, what LinkedIn already has is known by its eventId; taken
        // as delivered, what LinkedIn has not would be lost.
        let message = format!(
            "LinkedIn answered for {} events of {count}, so all are sent again; it knows by their ids which it has.",
            elements.len(),
        );
        return Answer::all(Finding::new(Verdict::Retry, message), count, None);
    }
    let finding = |element: &Value| match element.get("status").and_then(Value::as_u64) {
        Some(200..300) => delivered(),
        status => {
            // An element without a status says nothing; as a server's error it is sent again.
            let status = status.and_then(|status| u16::try_from(status).ok()).unwrap_or(500);
            Error::read(element.get("error").unwrap_or(element), status)
                .classify(config, response)
                .1
        }
    };
    Answer {
        findings: elements.iter().map(finding).collect(),
        trace: None,
    }
}

/// LinkedIn's error, of a request or of an element.
struct Error<'a> {
    status: u16,
    code: &'a str,
    service_code: Option<u64>,
    message: &'a str,
}

impl<'a> Error<'a> {
    fn read(error: &'a Value, status: u16) -> Self {
        let text = |name| error.get(name).and_then(Value::as_str).unwrap_or("");
        Self {
            status,
            code: text("code"),
            service_code: error.get("serviceErrorCode").and_then(Value::as_u64),
            message: text("message"),
        }
    }

    fn fits(&self, sign: Sign) -> bool {
        match sign {
            Sign::Words(words) => self.message.contains(words),
            Sign::Code(code) => self.code == code,
            Sign::ServiceCode(code) => self.service_code == Some(code),
            Sign::Status(status) => self.status == status,
        }
    }

    /// What it means, and the finding for events that it concerns.
    fn classify(&self, config: &Config, response: &HttpResponse) -> (Class, Finding) {
        let row = ERRORS.iter().find(|(sign, ..)| self.fits(*sign));
        let (class, ours) = match row {
            Some((_, class, ours)) => (*class, *ours),
            None => (Class::of_status(self.status), PASSING),
        };
        let clean = |text: &str| words::clean(text, &[&config.access_token]);
        let finding = Finding::with_code(
            class.verdict(response),
            clean(&self.code()),
            clean(&explained(ours, self.message)),
        );
        (class, finding)
    }

    /// Such as `401/65600` or `426/NONEXISTENT_VERSION`.
    fn code(&self) -> String {
        match (self.service_code, self.code) {
            (Some(code), _) => format!("{}/{code}", self.status),
            (None, "") => self.status.to_string(),
            (None, code) => format!("{}/{code}", self.status),
        }
    }
}

const PASSING: &str = "LinkedIn could not take it just now; it is sent again.";

fn explained(ours: &str, theirs: &str) -> String {
    match (ours, theirs) {
        ("", "") => "LinkedIn gave no reason.".to_owned(),
        (ours, "") => ours.to_owned(),
        ("", theirs) => theirs.to_owned(),
        (ours, theirs) => format!("{ours} LinkedIn: {theirs}"),
    }
}

/// The events that a message names: `Index: 0, ERROR :: …`, `… indices [0, 3]`.
fn indices(message: &str) -> Vec<usize> {
    let mut found = Vec::new();
    for (_, after) in message
        .match_indices("Index:")
        .map(|(at, word)| (at, &message[at + word.len()..]))
    {
        let after = after.trim_start();
        let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        found.extend(after[..end].parse::<usize>());
    }
    for (_, after) in message
        .match_indices("indices [")
        .map(|(at, word)| (at, &message[at + word.len()..]))
    {
        let list = after.split_once(']').map_or("", |(list, _)| list);
        found.extend(list.split(',').filter_map(|index| index.trim().parse::<usize>().ok()));
    }
    found
}
