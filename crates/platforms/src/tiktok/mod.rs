//! TikTok Events API 2.0: `POST /open_api/v1.3/event/track/` of the Business API.
//!
//! - The access token goes in the header `Access-Token`, without `Bearer`.
//! - Errors come with HTTP 200: only the `code` in the body counts.
//! - One bad event makes TikTok refuse the whole request (40002), at times only that event (20001).
//! - Events with the same `event` and `event_id` within 48 hours count once, so sending again is harmless.
//! - With `test_event_code`, an event shows among the test events of Events Manager.

mod config;
mod decode;
mod encode;
#[cfg(test)]
mod tests;

use crate::{Adapter, Answer, ConfigError, Encoded, Fields, Hosts, HttpResponse, Limits, Mode, Secret};
use konektor_core::{attribution::Platform, event::Event};
use std::time::Duration;

/// TikTok Events API 2.0.
#[derive(Debug)]
pub struct Tiktok {
    settings: config::Settings,
    credentials: config::Credentials,
}

impl Adapter for Tiktok {
    const PLATFORM: Platform = Platform::Tiktok;
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
}
