//! Google Data Manager API, `events:ingest`. Google takes a request whole or not at all, says "accepted" before it has
//! looked closely, and tells hours later what counts; so an accepted request is asked after (`confirm`).
//!
//! - One click ID an event: `gclid`, else `gbraid`, else `wbraid`; two at once are refused.
//! - A conversion's time must not lie before its click's, so milliseconds are kept and an earlier time is moved up.
//! - An event's own conversion action may stand in its name, as digits; all others count for the destination's.
//! - Without consent Google gets the click ID and the refusal, nothing about the person.
//! - The access token is short-lived and comes from `token`.

mod config;
mod confirm;
mod decode;
mod encode;
mod token;

#[cfg(test)]
mod tests;

use crate::{
    Adapter, Answer, ConfigError, Confirmation, Encoded, Fields, Finding, Hosts, HttpRequest, HttpResponse, Limits,
    Mode, Secret,
};
use config::Config;
use konektor_core::{attribution::Platform, event::Event, time::UnixMs};
use std::time::Duration;

/// Google Data Manager API.
#[derive(Debug)]
pub struct Google {
    config: Config,
}

impl Adapter for Google {
    const PLATFORM: Platform = Platform::Google;
    // Google takes 2,000 events, 300 requests a minute and 100,000 a day for all destinations of a Cloud project.
    const LIMITS: Limits = Limits {
        batch: 500,
        timeout: Duration::from_secs(30),
        pace: Duration::from_millis(1_000),
    };
    const CAN_TEST: bool = true;

    fn new(settings: &Fields, credentials: &Fields) -> Result<Self, ConfigError> {
        Config::read(settings, credentials).map(|config| Self { config })
    }

    /// Total, though Google refuses (`NO_IDENTIFIERS_PROVIDED`) an event that has neither a Google click ID nor, with
    /// consent, an e-mail address or a phone number.
    fn encode(&self, hosts: &Hosts, token: Option<&Secret>, events: &[Event], mode: Mode<'_>) -> Encoded {
        encode::encode(&self.config, hosts, token, events, mode)
    }

    fn decode(&self, response: &HttpResponse, count: usize) -> Answer {
        decode::decode(&self.config, response, count)
    }

    fn token_request(&self, hosts: &Hosts, now: UnixMs) -> Option<Result<HttpRequest, ConfigError>> {
        Some(token::request(&self.config, hosts, now))
    }

    fn decode_token(&self, response: &HttpResponse) -> Result<(Secret, Duration), Finding> {
        token::decode(&self.config, response)
    }

    fn confirm_request(&self, hosts: &Hosts, token: Option<&Secret>, trace: &str) -> Option<HttpRequest> {
        Some(confirm::request(hosts, token, trace))
    }

    fn decode_confirmation(&self, response: &HttpResponse) -> Confirmation {
        confirm::decode(&self.config, response)
    }
}
