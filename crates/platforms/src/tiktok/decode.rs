//! Answer → verdicts, by the `code` in the body: TikTok says HTTP 200 to everything.

use super::config::Credentials;
use crate::{Answer, Finding, HttpResponse, Verdict, class::Class, named, words};
use serde_json::Value;

/// All events were taken.
const OK: i64 = 0;
/// Some events were taken.
const PARTIAL: i64 = 20_001;

/// Codes, with the words that tell an error from others of its code.
struct Row {
    first: i64,
    last: i64,
    words: Option<&'static str>,
    class: Class,
}

const fn code(code: i64, class: Class) -> Row {
    codes(code, code, class)
}

const fn codes(first: i64, last: i64, class: Class) -> Row {
    Row {
        first,
        last,
        words: None,
        class,
    }
}

const fn with_words(words: &'static str, row: Row) -> Row {
    Row {
        words: Some(words),
        ..row
    }
}

/// What the codes mean; the first row that fits counts.
const TABLE: &[Row] = &[
    // No permission for the pixel; a token that is wrong, revoked, expired or not there.
    code(40_001, Class::Auth),
    codes(40_101, 40_105, Class::Auth),
    // 40002 is "validation". Most often an event is bad, but events must not be dropped for a pixel that does not exist.
    with_words("event_source", code(40_002, Class::Config)),
    with_words("pixel_code", code(40_002, Class::Config)),
    with_words("pixel code", code(40_002, Class::Config)),
    code(40_002, Class::Event),
    code(40_100, Class::Throttle),
    // TikTok's own trouble.
    code(40_700, Class::Retry),
    codes(50_000, 59_999, Class::Retry),
];

/// What the answer means for each of `count` events.
pub(super) fn decode(credentials: &Credentials, response: &HttpResponse, count: usize) -> Answer {
    let body: Value = serde_json::from_str(&response.body).unwrap_or_default();
    let said = Said {
        body: &body,
        response,
        credentials,
    };
    let trace = body["request_id"].as_str().map(|id| said.clean(id));
    match body["code"].as_i64() {
        None => Answer::all(Class::unreadable(response, "TikTok"), count, None),
        Some(OK) => Answer::all(Finding::new(Verdict::Delivered, "Received."), count, trace),
        Some(PARTIAL) => said.partly_taken(count, trace),
        Some(code) => said.refused(code, count, trace),
    }
}

/// An answer with what is needed to understand it.
struct Said<'a> {
    body: &'a Value,
    response: &'a HttpResponse,
    credentials: &'a Credentials,
}

impl Said<'_> {
    fn clean(&self, text: &str) -> String {
        words::clean(text, &[&self.credentials.access_token])
    }

    /// Of the answer, or of an event in its list of failures.
    fn finding(&self, class: Class, code: i64, message: &str) -> Finding {
        let message = match message.trim() {
            "" => format!("TikTok gave no reason (HTTP {}).", self.response.status),
            message => self.clean(message),
        };
        Finding::with_code(class.verdict(self.response), code.to_string(), message)
    }

    fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or_default()
    }

    fn refused(&self, code: i64, count: usize, trace: Option<String>) -> Answer {
        let class = class(code, self.message()).unwrap_or(Class::of_status(self.response.status));
        let finding = self.finding(class, code, self.message());
        if class != Class::Event {
            return Answer::all(finding, count, trace);
        }
        let named = named_in(self.message());
        if named.is_empty() {
            return Answer::one_of(finding, count, trace);
        }
        let bad = named.into_iter().map(|index| (index, finding.clone())).collect();
        Answer::named(bad, count, trace)
    }

    /// TikTok took the events that it does not list. How it lists the others is not documented, so every failure has to
    /// say its index. If one does not, all are sent again in halves: events that TikTok has are known by their ids, so
    /// nothing is lost or counted twice, and in the end the bad ones stand alone.
    fn partly_taken(&self, count: usize, trace: Option<String>) -> Answer {
        let Some(failures) = self.failures(count) else {
            return Answer::one_of(self.finding(Class::Event, PARTIAL, self.message()), count, trace);
        };
        let mut answer = Answer::all(Finding::new(Verdict::Delivered, "Received."), count, trace);
        for (index, finding) in failures {
            answer.findings[index] = finding;
        }
        answer
    }

    /// The failures by index, if there are some and all of them have one that the request has too.
    fn failures(&self, count: usize) -> Option<Vec<(usize, Finding)>> {
        let data = &self.body["data"];
        let list = match data.as_object() {
            Some(fields) => fields
                .iter()
                .filter(|(name, _)| name.contains("fail") || name.contains("error"))
                .find_map(|(_, list)| list.as_array()),
            None => data.as_array(),
        }?;
        let failures: Option<Vec<_>> = list.iter().map(|item| self.failure(item)).collect();
        failures.filter(|found| !found.is_empty() && found.iter().all(|(index, _)| *index < count))
    }

    /// One of the list: an object with its index, or words that name it.
    fn failure(&self, item: &Value) -> Option<(usize, Finding)> {
        let field = |names: &[&str]| names.iter().map(|name| &item[*name]).find(|value| !value.is_null());
        let words = field(&["message", "error_message", "error_msg", "error_info", "reason", "error"]);
        let message = words.unwrap_or(item).as_str().unwrap_or_default();
        let index = match field(&["index", "event_index"]) {
            Some(index) => usize::try_from(index.as_u64()?).ok()?,
            None => *named_in(message).first()?,
        };
        let code = field(&["code", "error_code"]).and_then(Value::as_i64);
        let class = code.and_then(|code| class(code, message)).unwrap_or(Class::Event);
        Some((index, self.finding(class, code.unwrap_or(PARTIAL), message)))
    }
}

fn class(code: i64, message: &str) -> Option<Class> {
    let message = message.to_lowercase();
    let fits =
        |row: &&Row| (row.first..=row.last).contains(&code) && row.words.is_none_or(|words| message.contains(words));
    TABLE.iter().find(fits).map(|row| row.class)
}

/// The events that TikTok names: `Batch.3.properties.value`, `data.3.event_id`.
fn named_in(message: &str) -> Vec<usize> {
    let mut indices = named::indices(message, "batch");
    indices.extend(named::indices(message, "data"));
    indices
}
