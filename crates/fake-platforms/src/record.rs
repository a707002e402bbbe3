//! What came: events that a platform took, requests with their answers, and the numbers of both.

use crate::endpoint::{Endpoint, Platform};
use std::{
    borrow::Cow,
    collections::{HashMap, VecDeque},
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
};

/// How much is kept of what came. The numbers are always kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// Everything, for tests.
    #[default]
    All,
    /// The last so many events of each platform and requests of each endpoint, for a server that runs for long.
    Last(usize),
    /// Nothing, for benchmarks.
    Nothing,
}

impl Keep {
    fn push<T>(self, items: &mut VecDeque<T>, item: impl FnOnce() -> T) {
        let most = match self {
            Self::All => usize::MAX,
            Self::Last(most) => most,
            Self::Nothing => 0,
        };
        if most > 0 {
            items.push_back(item());
        }
        while items.len() > most {
            items.pop_front();
        }
    }
}

/// What became of an event that a platform took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It counts.
    Counted,
    /// The platform knew it already and answered as if it had not.
    Duplicate,
    /// It was sent as a test.
    Test,
    /// The platform will say later that it does not count, and why (Google).
    RefusedLater(String),
}

/// An event that a platform took.
#[derive(Clone, Debug, PartialEq)]
pub struct Received {
    /// By whom.
    pub platform: Platform,
    /// In which request to this endpoint, from 1.
    pub request: u64,
    /// When, in unix milliseconds.
    pub at_ms: i64,
    /// Data set, conversion action, pixel code or conversion rule.
    pub destination: String,
    /// The id that it is known again by; empty if it had none.
    pub event_id: String,
    /// The platform's name of the event; empty where the destination is the name (Google, LinkedIn).
    pub name: String,
    /// When it happened, in unix milliseconds.
    pub time_ms: i64,
    /// Click ids by the name of their field, such as `fbc` and `gclid`.
    pub click_ids: Vec<(&'static str, String)>,
    /// The visitor's address, as sent.
    pub ip: Option<String>,
    /// The visitor's user agent, as sent.
    pub user_agent: Option<String>,
    /// The event's JSON, byte for byte.
    pub raw: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// A request and its answer. It may have credentials in it, so it shows little of itself.
#[derive(Clone, PartialEq)]
pub struct Exchange {
    /// Where to.
    pub endpoint: Endpoint,
    /// Which request to this endpoint, from 1.
    pub number: u64,
    /// When it had come in whole, in unix milliseconds.
    pub at_ms: i64,
    /// Method, path and query.
    pub line: String,
    /// Headers, by lower-case name.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: String,
    /// Status of the answer; `None` if there was none.
    pub status: Option<u16>,
    /// Body of the answer.
    pub answer: String,
}

impl Exchange {
    /// A header of the request.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(header, _)| header == name)?;
        Some(&found.1)
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("endpoint", &self.endpoint)
            .field("number", &self.number)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// The numbers of a platform.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests with events, however they were answered.
    pub requests: u64,
    /// Requests that the rules refused, the good events in them too.
    pub refused_requests: u64,
    /// Events that broke a rule or were poisoned, as often as they came.
    pub refused_events: u64,
    /// Events that were taken: the sum of the four below.
    pub events: u64,
    /// Events that count.
    pub unique: u64,
    /// Events that the platform knew already.
    pub duplicates: u64,
    /// Events that were tests.
    pub tests: u64,
    /// Events that the platform refuses later.
    pub refused_later: u64,
}

/// What an event says, as its platform's rules read it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Facts<'a> {
    pub destination: Cow<'a, str>,
    pub id: Cow<'a, str>,
    pub name: Cow<'a, str>,
    pub time_ms: i64,
    pub click_ids: Vec<(&'static str, Cow<'a, str>)>,
    pub ip: Option<Cow<'a, str>>,
    pub user_agent: Option<Cow<'a, str>>,
}

impl Facts<'_> {
    /// By which it is known again. A hash, because a benchmark remembers millions.
    fn key(&self) -> Option<u64> {
        if self.id.is_empty() {
            return None;
        }
        let mut hasher = DefaultHasher::new();
        (&self.destination, &self.name, &self.id).hash(&mut hasher);
        Some(hasher.finish())
    }
}

/// An event that was taken.
pub(crate) struct Taken<'a> {
    pub facts: Facts<'a>,
    pub raw: &'a str,
    pub is_test: bool,
    pub refused_later: Option<String>,
}

/// A platform's events.
#[derive(Default)]
pub(crate) struct Ledger {
    pub received: VecDeque<Received>,
    pub counts: Counts,
    /// When each event was first taken.
    seen: HashMap<u64, i64>,
}

impl Ledger {
    /// Takes an event.
    pub(crate) fn take(
        &mut self,
        keep: Keep,
        platform: Platform,
        request: u64,
        now_ms: i64,
        taken: Taken<'_>,
    ) -> Outcome {
        let outcome = match taken.refused_later {
            _ if taken.is_test => Outcome::Test,
            Some(reason) => Outcome::RefusedLater(reason),
            None if self.knows(platform, now_ms, &taken.facts) => Outcome::Duplicate,
            None => Outcome::Counted,
        };
        self.counts.events += 1;
        match &outcome {
            Outcome::Counted => self.counts.unique += 1,
            Outcome::Duplicate => self.counts.duplicates += 1,
            Outcome::Test => self.counts.tests += 1,
            Outcome::RefusedLater(_) => self.counts.refused_later += 1,
        }
        keep.push(&mut self.received, || Received {
            platform,
            request,
            at_ms: now_ms,
            destination: taken.facts.destination.into_owned(),
            event_id: taken.facts.id.into_owned(),
            name: taken.facts.name.into_owned(),
            time_ms: taken.facts.time_ms,
            click_ids: taken
                .facts
                .click_ids
                .into_iter()
                .map(|(field, id)| (field, id.into_owned()))
                .collect(),
            ip: taken.facts.ip.map(Cow::into_owned),
            user_agent: taken.facts.user_agent.map(Cow::into_owned),
            raw: taken.raw.to_owned(),
            outcome: outcome.clone(),
        });
        outcome
    }

    /// Whether the platform still remembers the event; if not, it does from now on.
    fn knows(&mut self, platform: Platform, now_ms: i64, facts: &Facts<'_>) -> bool {
        let Some(key) = facts.key() else { return false };
        let remembered = self.seen.get(&key).is_some_and(|first_ms| {
            platform
                .remembers_ms()
                .is_none_or(|window_ms| now_ms - first_ms < window_ms)
        });
        if !remembered {
            self.seen.insert(key, now_ms);
        }
        remembered
    }
}

/// An endpoint's requests.
#[derive(Default)]
pub(crate) struct Exchanges {
    pub count: u64,
    pub kept: VecDeque<Exchange>,
}

impl Exchanges {
    pub(crate) fn push(&mut self, keep: Keep, exchange: impl FnOnce() -> Exchange) {
        keep.push(&mut self.kept, exchange);
    }
}
