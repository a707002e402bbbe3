//! Answer → verdicts, by the error's `code` and `error_subcode`.

use super::config::Credentials;
use crate::{Answer, Finding, HttpResponse, Verdict, class::Class, named, words};
use serde_json::Value;

/// Codes, with the sub-code or the words that tell an error from others of its code.
struct Row {
    first: i64,
    last: i64,
    subcode: Option<i64>,
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
        subcode: None,
        words: None,
        class,
    }
}

const fn with_subcode(subcode: i64, row: Row) -> Row {
    Row {
        subcode: Some(subcode),
        ..row
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
    // The token: session unknown or expired, permissions missing.
    code(190, Class::Auth),
    code(102, Class::Auth),
    code(10, Class::Auth),
    code(3, Class::Auth),
    codes(200, 299, Class::Auth),
    // 100 is "Invalid parameter". Most often an event is bad, but events must not be dropped for want of a proof of the
    // app's secret or for a data set that does not exist or that the token may not see.
    with_words("appsecret_proof", code(100, Class::Auth)),
    with_subcode(33, code(100, Class::Config)),
    with_words("unsupported post request", code(100, Class::Config)),
    code(803, Class::Config),
    // The address: a version that Meta has ended, or that never was.
    code(2635, Class::Config),
    code(2500, Class::Config),
    // An event: 2804001 (fbc), 2804003 (time), 2804007 and 2804009 (value, currency), and whatever else there is.
    code(100, Class::Event),
    // Limits of the app, the user, the page, custom ones, those of business use cases; a block for spam.
    code(4, Class::Throttle),
    code(17, Class::Throttle),
    code(32, Class::Throttle),
    code(341, Class::Throttle),
    code(368, Class::Throttle),
    code(613, Class::Throttle),
    codes(80_000, 80_014, Class::Throttle),
    // Meta's own trouble; a data set that is not ready yet.
    code(1, Class::Retry),
    code(2, Class::Retry),
    code(5_000, Class::Retry),
    code(21_009, Class::Retry),
];

/// What the answer means for each of `count` events.
pub(super) fn decode(credentials: &Credentials, response: &HttpResponse, count: usize) -> Answer {
    let body: Value = serde_json::from_str(&response.body).unwrap_or_default();
    let clean = |text: &str| words::clean(text, &credentials.secrets());
    if body["error"].is_object() {
        return refused(&Refusal(&body["error"]), response, count, clean);
    }
    if let Some(received) = body["events_received"].as_u64() {
        let trace = body["fbtrace_id"].as_str().map(clean);
        return Answer::all(counted(received, &body["messages"], count, clean), count, trace);
    }
    Answer::all(Class::unreadable(response, "Meta"), count, None)
}

/// Meta counts what it took. If that is less than what was sent, it does not say which events are missing; all are sent
/// again, since it knows those that it has by their ids.
fn counted(received: u64, messages: &Value, count: usize, clean: impl Fn(&str) -> String) -> Finding {
    if received < count as u64 {
        return Finding::new(
            Verdict::Retry,
            format!("Meta received {received} of {count} events and did not say which. They are sent again."),
        );
    }
    let messages: Vec<_> = messages
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let message = match messages.is_empty() {
        true => "Received.".to_owned(),
        false => clean(&messages.join(" ")),
    };
    Finding::new(Verdict::Delivered, message)
}

fn refused(error: &Refusal<'_>, response: &HttpResponse, count: usize, clean: impl Fn(&str) -> String) -> Answer {
    let class = error.class(response.status);
    let finding = Finding {
        verdict: class.verdict(response),
        code: error.code(),
        message: clean(&error.message(response.status)),
    };
    let trace = error.text("fbtrace_id").map(clean);
    if class != Class::Event {
        return Answer::all(finding, count, trace);
    }
    let named = error.named();
    if named.is_empty() {
        return Answer::one_of(finding, count, trace);
    }
    let bad = named.into_iter().map(|index| (index, finding.clone())).collect();
    Answer::named(bad, count, trace)
}

/// The `error` of an answer. Each field is read for itself: one of an unexpected kind does not hide the others.
struct Refusal<'a>(&'a Value);

impl<'a> Refusal<'a> {
    fn text(&self, field: &str) -> Option<&'a str> {
        self.0[field].as_str().filter(|text| !text.trim().is_empty())
    }

    fn number(&self, field: &str) -> Option<i64> {
        self.0[field].as_i64()
    }

    /// The code's meaning, except that what is said to pass by itself is never held against a token or an event.
    fn class(&self, status: u16) -> Class {
        let known = TABLE.iter().find(|row| self.is(row)).map(|row| row.class);
        let class = match known {
            Some(Class::Throttle) => Class::Throttle,
            _ if self.0["is_transient"] == true => Class::Retry,
            Some(class) => class,
            None => Class::of_status(status),
        };
        match (class, status) {
            (Class::Retry, 429) => Class::Throttle,
            _ => class,
        }
    }

    fn is(&self, row: &Row) -> bool {
        let says = |words: &str| {
            self.text("message")
                .is_some_and(|text| text.to_lowercase().contains(words))
        };
        self.number("code")
            .is_some_and(|code| (row.first..=row.last).contains(&code))
            && row
                .subcode
                .is_none_or(|subcode| self.number("error_subcode") == Some(subcode))
            && row.words.is_none_or(says)
    }

    /// `100/2804003`, or `190` where there is no sub-code.
    fn code(&self) -> Option<String> {
        let code = self.number("code")?;
        Some(match self.number("error_subcode") {
            Some(subcode) if subcode != 0 => format!("{code}/{subcode}"),
            _ => code.to_string(),
        })
    }

    /// What Meta has for users, else what it has for developers.
    fn message(&self, status: u16) -> String {
        match (self.text("error_user_title"), self.text("error_user_msg")) {
            (Some(title), Some(message)) => format!("{title}: {message}"),
            (Some(only), None) | (None, Some(only)) => only.to_owned(),
            (None, None) => match self.text("message") {
                Some(message) => message.to_owned(),
                None => format!("Meta gave no reason (HTTP {status})."),
            },
        }
    }

    /// The events that Meta names by their index: `$['data'][3]`, `data[3][user_data]`, `event_index: 3`.
    fn named(&self) -> Vec<usize> {
        let said = ["message", "error_user_title", "error_user_msg", "error_data"]
            .iter()
            .map(|field| &self.0[*field])
            .filter(|value| !value.is_null())
            .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            .collect::<Vec<_>>()
            .join("\n");
        let mut indices = named::indices(&said, "data");
        indices.extend(named::indices(&said, "events"));
        indices.extend(named::numbers(&said, "event_index"));
        indices
    }
}
