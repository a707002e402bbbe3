//! A request as a stand-in sees it, and what all stand-ins do with one.

use crate::{
    behaviour::Manner,
    checks,
    endpoint::Endpoint,
    json::Json,
    record::{Facts, Outcome, Taken},
    reply::Reply,
    violation::{Notes, ViolationKind},
    world::World,
};
use hyper::{HeaderMap, Method};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// Parameters that carry a credential.
const CREDENTIALS: [&str; 6] = [
    "access_token",
    "refresh_token",
    "client_secret",
    "assertion",
    "appsecret_proof",
    "token",
];

/// A stand-in for an endpoint: by the rules, and in the platform's own words where it does not play by them.
pub(crate) trait StandIn: Sync {
    /// By the rules.
    fn answer(&self, call: &Call<'_>) -> Reply;
    /// To a token that does not hold any more.
    fn expired(&self, call: &Call<'_>) -> Reply;
    /// To a request that is refused with this code.
    fn refused(&self, call: &Call<'_>, code: &str) -> Reply;
    /// To one request too many.
    fn limited(&self, call: &Call<'_>) -> Reply;
    /// When it is itself broken, with this 5xx status.
    fn broken(&self, call: &Call<'_>, status: u16) -> Reply;
}

/// A request that has come in whole.
pub(crate) struct Call<'a> {
    pub world: &'a World,
    pub endpoint: Endpoint,
    /// Which to this endpoint, from 1.
    pub number: u64,
    pub method: &'a Method,
    /// As the real platform would see it.
    pub path: &'a str,
    pub query: &'a str,
    pub headers: &'a HeaderMap,
    pub body: &'a str,
    pub now_ms: i64,
    pub manner: Manner,
}

/// Why an event is refused.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fault {
    /// The platform's.
    pub code: Cow<'static, str>,
    /// Within the event.
    pub field: Cow<'static, str>,
    pub message: String,
}

impl Fault {
    pub(crate) fn new(
        code: impl Into<Cow<'static, str>>,
        field: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            code: code.into(),
            field: field.into(),
            message: message.into(),
        }
    }
}

/// An event and what the rules say of it.
pub(crate) struct Judged<'a> {
    pub raw: &'a str,
    pub verdict: Result<Facts<'a>, Fault>,
}

impl<'c> Call<'c> {
    /// A header's text; empty if there is none.
    pub(crate) fn header(&self, name: &str) -> &'c str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("")
    }

    /// The token of `Authorization: Bearer`; empty if there is none.
    pub(crate) fn bearer(&self) -> &'c str {
        self.header("authorization").strip_prefix("Bearer ").unwrap_or("")
    }

    /// A parameter of the query.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        form(self.query).find_map(|(field, value)| (field == name).then_some(value))
    }

    /// A number from which this answer's ids are made.
    pub(crate) fn seed(&self) -> u64 {
        self.number << 8 | self.endpoint as u64
    }

    /// Notes what is wrong with a request as a whole, whatever becomes of it.
    pub(crate) fn look_over(&self) {
        let note = |kind, field: &str| {
            self.world
                .note(Some(self.endpoint), self.number, kind, field.to_owned())
        };
        if checks::has_hash_of_nothing(self.body) {
            note(ViolationKind::HashOfNothing, "body");
        }
        for (name, _) in form(self.query).filter(|(name, _)| CREDENTIALS.contains(&name.as_str())) {
            note(ViolationKind::TokenInUrl, &name);
        }
        let header = [self.bearer(), self.header("access-token")];
        if header
            .into_iter()
            .any(|token| token.len() >= 8 && (self.query.contains(token) || self.path.contains(token)))
        {
            note(ViolationKind::TokenInUrl, "the token of the headers");
        }
    }

    /// Judges events by a platform's rules and by what is poisoned; `code` is for the poisoned ones.
    pub(crate) fn judge<'e>(
        &self,
        events: &[&'e RawValue],
        code: &'static str,
        rules: impl Fn(&Json<'e>, &mut Notes) -> Result<Facts<'e>, Fault>,
    ) -> Vec<Judged<'e>> {
        let poisons = self.world.poisons(self.endpoint.platform());
        let mut notes = Notes::default();
        let judged = events.iter().map(|event| {
            let raw = event.get();
            let json = serde_json::from_str(raw).unwrap_or_default();
            let verdict = rules(&json, &mut notes).and_then(|facts| {
                match poisons.iter().find(|poison| poison.is_meant(&facts.id, raw)) {
                    None => Ok(facts),
                    Some(poison) => {
                        let code = poison.code.clone().map_or(Cow::Borrowed(code), Cow::Owned);
                        Err(Fault::new(code, "", "This event is not accepted."))
                    }
                }
            });
            Judged { raw, verdict }
        });
        let judged = judged.collect();
        for (kind, field) in notes.0 {
            self.world.note(Some(self.endpoint), self.number, kind, field);
        }
        judged
    }

    /// Takes the good ones of judged events. `refused_later` says so of single ones.
    pub(crate) fn take<'e>(
        &self,
        judged: Vec<Judged<'e>>,
        is_test: bool,
        refused_later: impl Fn(&Facts<'e>, &str) -> Option<String>,
    ) -> Vec<Outcome> {
        let taken = judged.into_iter().filter_map(|Judged { raw, verdict }| {
            let facts = verdict.ok()?;
            let refused_later = refused_later(&facts, raw);
            Some(Taken {
                facts,
                raw,
                is_test,
                refused_later,
            })
        });
        self.world
            .take(self.endpoint.platform(), self.number, self.now_ms, taken)
    }

    /// Counts a request that the rules refuse, with so many bad events.
    pub(crate) fn count_refusal(&self, bad_events: usize) {
        let counts = &mut self.world.ledger(self.endpoint.platform()).counts;
        counts.refused_requests += 1;
        counts.refused_events += bad_events as u64;
    }
}

/// The fields of a query or of a form.
pub(crate) fn form(text: &str) -> impl Iterator<Item = (String, String)> {
    let decoded = |part: &str| {
        let part = part.replace('+', " ");
        percent_encoding::percent_decode_str(&part)
            .decode_utf8_lossy()
            .into_owned()
    };
    text.split('&').filter(|field| !field.is_empty()).map(move |field| {
        let (name, value) = field.split_once('=').unwrap_or((field, ""));
        (decoded(name), decoded(value))
    })
}
