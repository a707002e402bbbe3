//! Meta Conversions API (Facebook, Instagram): `POST /{version}/{dataset}/events` of the Graph API.
//!
//! - The access token goes in the body, never in the address, which proxies log.
//! - One bad event makes Meta refuse the whole request. It seldom says which.
//! - Errors are told apart by `code` and `error_subcode` in the body; the HTTP status is not to be relied on (an expired
//!   token comes as 400, 401 or 500).
//! - Events with the same `event_name` and `event_id` within 48 hours count once, so sending again is harmless.
//! - An event older than seven days, or of the future, makes Meta refuse the request: whoever calls sees to both.
//! - A test counts like any other event; `test_event_code` only shows it in Events Manager too.

mod config;
mod decode;
mod encode;
#[cfg(test)]
mod tests;

use crate::{Adapter, Answer, ConfigError, Encoded, Fields, Hosts, HttpResponse, Limits, Mode, Secret};
use konektor_core::{attribution::Platform, event::Event, time::UnixMs};
use std::time::Duration;

/// Meta Conversions API.
#[derive(Debug)]
pub struct Meta {
    settings: config::Settings,
    credentials: config::Credentials,
}

impl Adapter for Meta {
    const PLATFORM: Platform = Platform::Meta;
    const LIMITS: Limits = Limits {
        batch: 1000,
        timeout: Duration::from_secs(10),
        pace: Duration::ZERO,
    };
    const CAN_TEST: bool = true;

    fn new(settings: &Fields, credentials: &Fields) -> Result<Self, ConfigError> {
        Ok(Self {
            settings: config::Settings::read(settings)?,
            credentials: config::Credentials::read(credentials)?,
        })
    }

    fn encode(&self, hosts: &Hosts, _token: Option<&Secret>, events: &[Event], mode: Mode<'_>) -> Encoded {
        encode::encode(&self.settings, &self.credentials, hosts, events, mode)
    }

    fn decode(&self, response: &HttpResponse, count: usize) -> Answer {
        decode::decode(&self.credentials, response, count)
    }

    fn version_end(&self) -> Option<(String, UnixMs)> {
        let ends_at = self.settings.version_ends_at()?;
        Some((self.settings.api_version.clone(), ends_at))
    }
}
