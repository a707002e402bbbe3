//! What all stand-ins of one server share: how they were told to behave, whom they trust, and what they have received.

use crate::{
    behaviour::{Behaviour, Poison},
    clock::Clock,
    endpoint::{Endpoint, Platform},
    google::Books,
    record::{Exchange, Exchanges, Keep, Ledger, Outcome, Taken},
    violation::{Violation, ViolationKind},
};
use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::Notify;

/// So many violations are kept; a sender that has a bug has it in each event.
const VIOLATIONS_MAX: usize = 1_000;

/// Which tokens an endpoint takes.
#[derive(Debug)]
enum Tokens {
    /// Any that is not empty.
    Any,
    /// These, each until a time.
    Only(HashMap<String, i64>),
}

/// An endpoint's orders and requests.
struct Desk {
    standing: Behaviour,
    script: VecDeque<Behaviour>,
    poisons: Arc<Vec<Poison>>,
    tokens: Tokens,
    exchanges: Exchanges,
}

/// All of it.
pub(crate) struct World {
    pub clock: Clock,
    /// Base URL, without a trailing slash.
    pub url: String,
    /// What Google knows of requests and clicks.
    pub google: Mutex<Books>,
    /// Something has come.
    pub changed: Notify,
    desks: [Mutex<Desk>; Endpoint::ALL.len()],
    ledgers: [Mutex<Ledger>; Platform::ALL.len()],
    keep: Mutex<Keep>,
    dead_versions: Mutex<BTreeSet<String>>,
    violations: Mutex<Vec<Violation>>,
}

/// What a test left behind when it panicked is still what came.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl World {
    pub(crate) fn new(clock: Clock, url: String) -> Self {
        let desk = |endpoint| {
            Mutex::new(Desk {
                standing: Behaviour::Ok,
                script: VecDeque::new(),
                poisons: Arc::default(),
                // Google's API takes the tokens that Google's token endpoint has issued.
                tokens: match endpoint {
                    Endpoint::Google | Endpoint::GoogleStatus => Tokens::Only(HashMap::new()),
                    _ => Tokens::Any,
                },
                exchanges: Exchanges::default(),
            })
        };
        Self {
            clock,
            url,
            google: Mutex::default(),
            changed: Notify::new(),
            desks: Endpoint::ALL.map(desk),
            ledgers: Default::default(),
            keep: Mutex::default(),
            dead_versions: Mutex::default(),
            violations: Mutex::default(),
        }
    }

    fn desk(&self, endpoint: Endpoint) -> MutexGuard<'_, Desk> {
        lock(&self.desks[endpoint as usize])
    }

    pub(crate) fn ledger(&self, platform: Platform) -> MutexGuard<'_, Ledger> {
        lock(&self.ledgers[platform as usize])
    }

    // -- orders

    pub(crate) fn tell(&self, endpoint: Endpoint, behaviour: Behaviour) {
        self.desk(endpoint).standing = behaviour;
    }

    pub(crate) fn tell_once(&self, endpoint: Endpoint, script: Vec<Behaviour>) {
        self.desk(endpoint).script.extend(script);
    }

    /// A request has come: its number at this endpoint, and what to do with it.
    pub(crate) fn next(&self, endpoint: Endpoint) -> (u64, Behaviour) {
        let mut desk = self.desk(endpoint);
        desk.exchanges.count += 1;
        let behaviour = desk.script.pop_front().unwrap_or_else(|| desk.standing.clone());
        (desk.exchanges.count, behaviour)
    }

    pub(crate) fn poison(&self, platform: Platform, poison: Poison) {
        Arc::make_mut(&mut self.desk(platform.into()).poisons).push(poison);
    }

    pub(crate) fn cure(&self, platform: Platform) {
        self.desk(platform.into()).poisons = Arc::default();
    }

    pub(crate) fn poisons(&self, platform: Platform) -> Arc<Vec<Poison>> {
        self.desk(platform.into()).poisons.clone()
    }

    pub(crate) fn keep(&self, keep: Keep) {
        *lock(&self.keep) = keep;
    }

    pub(crate) fn kill_version(&self, version: &str) {
        lock(&self.dead_versions).insert(version.to_owned());
    }

    pub(crate) fn is_killed(&self, version: &str) -> bool {
        lock(&self.dead_versions).contains(version)
    }

    // -- tokens

    /// A token that holds until a time. From the first one on, others do not hold.
    pub(crate) fn trust(&self, endpoint: Endpoint, token: &str, until_ms: i64) {
        match &mut self.desk(endpoint).tokens {
            Tokens::Only(tokens) => drop(tokens.insert(token.to_owned(), until_ms)),
            tokens @ Tokens::Any => *tokens = Tokens::Only([(token.to_owned(), until_ms)].into()),
        }
    }

    pub(crate) fn revoke(&self, endpoint: Endpoint) {
        self.desk(endpoint).tokens = Tokens::Only(HashMap::new());
    }

    pub(crate) fn trusts(&self, endpoint: Endpoint, token: &str) -> bool {
        match &self.desk(endpoint).tokens {
            Tokens::Any => !token.is_empty(),
            Tokens::Only(tokens) => tokens
                .get(token)
                .is_some_and(|until_ms| self.clock.now_ms() < *until_ms),
        }
    }

    // -- records

    /// Takes the events of one request.
    pub(crate) fn take<'a>(
        &self,
        platform: Platform,
        request: u64,
        now_ms: i64,
        events: impl Iterator<Item = Taken<'a>>,
    ) -> Vec<Outcome> {
        let keep = *lock(&self.keep);
        let mut ledger = self.ledger(platform);
        events
            .map(|taken| ledger.take(keep, platform, request, now_ms, taken))
            .collect()
    }

    pub(crate) fn keep_exchange(&self, endpoint: Endpoint, exchange: impl FnOnce() -> Exchange) {
        let keep = *lock(&self.keep);
        self.desk(endpoint).exchanges.push(keep, exchange);
        self.changed.notify_waiters();
    }

    pub(crate) fn exchanges(&self, endpoint: Endpoint) -> Vec<Exchange> {
        self.desk(endpoint).exchanges.kept.iter().cloned().collect()
    }

    pub(crate) fn requests(&self, endpoint: Endpoint) -> u64 {
        self.desk(endpoint).exchanges.count
    }

    pub(crate) fn note(&self, endpoint: Option<Endpoint>, request: u64, kind: ViolationKind, field: String) {
        let mut violations = lock(&self.violations);
        if violations.len() < VIOLATIONS_MAX {
            violations.push(Violation {
                endpoint,
                request,
                kind,
                field,
            });
        }
    }

    pub(crate) fn violations(&self) -> Vec<Violation> {
        lock(&self.violations).clone()
    }
}
