//! What Konektor says to ad platforms, and what it makes of their answers: bytes in, bytes out, no I/O, no clock.
//!
//! Each platform has a folder with the same files: `config` (what somebody has to enter), `encode` (events → request),
//! `decode` (answer → a verdict for each event), `tests`. All of them implement [`Adapter`]; [`Connection`] is one of
//! them, chosen by a destination's platform. How to add one: `docs/adding-a-platform.md`.

mod class;
pub mod config;
pub mod hash;
mod named;
mod seconds;
pub mod verdict;
pub mod wire;
mod words;

pub mod google;
pub mod linkedin;
pub mod meta;
pub mod tiktok;

#[cfg(test)]
mod testing;

pub use config::{ConfigError, Fields};
pub use verdict::{Answer, Confirmation, Finding, Hold, Verdict};
pub use wire::{Encoded, Header, Hosts, HttpRequest, HttpResponse, Method, Secret};

use konektor_core::{attribution::Platform, event::Event, time::UnixMs};
use std::time::Duration;

/// What a platform can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most events in one request.
    pub batch: usize,
    /// How long to wait for an answer.
    pub timeout: Duration,
    /// Least time between two requests to one destination, by the platform's limit on requests.
    pub pace: Duration,
}

/// Whether events are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode<'a> {
    /// They are.
    Live,
    /// A test that somebody asked for: with the code that the platform shows for it (Meta, TikTok), or checked and not
    /// kept (Google).
    Test(Option<&'a str>),
}

/// An ad platform: its settings and credentials, what it takes, and how it answers.
pub trait Adapter: Sized {
    /// Which.
    const PLATFORM: Platform;
    /// What it takes.
    const LIMITS: Limits;

    /// From a destination's settings and credentials, with the field that is wrong.
    fn new(settings: &Fields, credentials: &Fields) -> Result<Self, ConfigError>;

    /// A request with these events, of which there are 1 to `LIMITS.batch`. Their order is kept. `token` is there if
    /// [`Adapter::token_request`] makes one.
    fn encode(&self, hosts: &Hosts, token: Option<&Secret>, events: &[Event], mode: Mode<'_>) -> Encoded;

    /// What an answer means for each of the `count` events of its request. Total: whatever comes, there is a verdict.
    fn decode(&self, response: &HttpResponse, count: usize) -> Answer;

    /// Whether a test can be sent that does not count.
    const CAN_TEST: bool;

    /// The request for an access token, where credentials are not one themselves.
    fn token_request(&self, _hosts: &Hosts, _now: UnixMs) -> Option<Result<HttpRequest, ConfigError>> {
        None
    }

    /// The token in the answer to it and how long it holds, or why there is none.
    fn decode_token(&self, _response: &HttpResponse) -> Result<(Secret, Duration), Finding> {
        unreachable!("asked only after token_request")
    }

    /// The request that asks what became of an earlier one, where the platform answers before it knows.
    fn confirm_request(&self, _hosts: &Hosts, _token: Option<&Secret>, _trace: &str) -> Option<HttpRequest> {
        None
    }

    /// The answer to it.
    fn decode_confirmation(&self, _response: &HttpResponse) -> Confirmation {
        unreachable!("asked only after confirm_request")
    }

    /// What will break soon, in words for the person who can prevent it.
    fn warnings(&self, _now: UnixMs) -> Vec<String> {
        Vec::new()
    }

    /// The version of the platform's API that is asked, and about when it ends, where that is known.
    fn version_end(&self) -> Option<(String, UnixMs)> {
        None
    }
}

/// A destination's platform with its settings and credentials.
#[derive(Debug)]
pub enum Connection {
    /// Meta Conversions API.
    Meta(meta::Meta),
    /// Google Data Manager API.
    Google(google::Google),
    /// TikTok Events API 2.0.
    Tiktok(tiktok::Tiktok),
    /// LinkedIn Conversions API.
    Linkedin(linkedin::Linkedin),
}

/// Calls the same function of whichever platform it is.
macro_rules! each {
    ($connection:expr, $adapter:ident => $body:expr) => {
        match $connection {
            Connection::Meta($adapter) => $body,
            Connection::Google($adapter) => $body,
            Connection::Tiktok($adapter) => $body,
            Connection::Linkedin($adapter) => $body,
        }
    };
}

fn limits_of<A: Adapter>(_: &A) -> Limits {
    A::LIMITS
}

fn can_test<A: Adapter>(_: &A) -> bool {
    A::CAN_TEST
}

impl Connection {
    /// The platforms that there are adapters for.
    pub const PLATFORMS: [Platform; 4] = [Platform::Meta, Platform::Google, Platform::Tiktok, Platform::Linkedin];

    /// See [`Adapter::new`]; also refuses a platform without an adapter.
    pub fn new(platform: Platform, settings: &Fields, credentials: &Fields) -> Result<Self, ConfigError> {
        match platform {
            Platform::Meta => meta::Meta::new(settings, credentials).map(Self::Meta),
            Platform::Google => google::Google::new(settings, credentials).map(Self::Google),
            Platform::Tiktok => tiktok::Tiktok::new(settings, credentials).map(Self::Tiktok),
            Platform::Linkedin => linkedin::Linkedin::new(settings, credentials).map(Self::Linkedin),
            other => Err(ConfigError::new(
                "platform",
                format!("Konektor does not report to {other} yet. Use meta, google, tiktok or linkedin."),
            )),
        }
    }

    /// See [`Adapter::LIMITS`].
    pub fn limits(&self) -> Limits {
        each!(self, adapter => limits_of(adapter))
    }

    /// See [`Adapter::CAN_TEST`].
    pub fn can_test(&self) -> bool {
        each!(self, adapter => can_test(adapter))
    }

    /// See [`Adapter::encode`].
    pub fn encode(&self, hosts: &Hosts, token: Option<&Secret>, events: &[Event], mode: Mode<'_>) -> Encoded {
        each!(self, adapter => adapter.encode(hosts, token, events, mode))
    }

    /// See [`Adapter::decode`].
    pub fn decode(&self, response: &HttpResponse, count: usize) -> Answer {
        each!(self, adapter => adapter.decode(response, count))
    }

    /// See [`Adapter::token_request`].
    pub fn token_request(&self, hosts: &Hosts, now: UnixMs) -> Option<Result<HttpRequest, ConfigError>> {
        each!(self, adapter => adapter.token_request(hosts, now))
    }

    /// See [`Adapter::decode_token`].
    pub fn decode_token(&self, response: &HttpResponse) -> Result<(Secret, Duration), Finding> {
        each!(self, adapter => adapter.decode_token(response))
    }

    /// See [`Adapter::confirm_request`].
    pub fn confirm_request(&self, hosts: &Hosts, token: Option<&Secret>, trace: &str) -> Option<HttpRequest> {
        each!(self, adapter => adapter.confirm_request(hosts, token, trace))
    }

    /// See [`Adapter::decode_confirmation`].
    pub fn decode_confirmation(&self, response: &HttpResponse) -> Confirmation {
        each!(self, adapter => adapter.decode_confirmation(response))
    }

    /// See [`Adapter::warnings`].
    pub fn warnings(&self, now: UnixMs) -> Vec<String> {
        each!(self, adapter => adapter.warnings(now))
    }

    /// See [`Adapter::version_end`].
    pub fn version_end(&self) -> Option<(String, UnixMs)> {
        each!(self, adapter => adapter.version_end())
    }
}
