//! LinkedIn Conversions API, `conversionEvents`, always as a batch.
//!
//! - What an event counts for is a conversion rule, by its id; an event's own may stand in its name, as digits.
//! - LinkedIn's API is dated by months, and each month's version dies a year later: then every request fails. So the
//!   version is a setting, its end is announced ([`Adapter::warnings`]), and a dead version holds the queue.
//! - `user.userIds` must be there even if empty; `userInfo` must not, since it wants a first and a last name.
//! - Times are milliseconds, amounts are texts.
//! - There is no test mode. Instead make a conversion rule that no campaign uses.

mod config;
mod decode;
mod encode;

#[cfg(test)]
mod tests;

use crate::{Adapter, Answer, ConfigError, Encoded, Fields, Hosts, HttpResponse, Limits, Mode, Secret};
use config::Config;
use konektor_core::{attribution::Platform, event::Event, time::UnixMs};
use std::time::Duration;

/// LinkedIn Conversions API.
#[derive(Debug)]
pub struct Linkedin {
    config: Config,
}

impl Adapter for Linkedin {
    const PLATFORM: Platform = Platform::Linkedin;
    // LinkedIn takes 5,000 events, 600 requests a minute and 300,000 a day.
    const LIMITS: Limits = Limits {
        batch: 500,
        timeout: Duration::from_secs(10),
        pace: Duration::from_millis(1_000),
    };
    const CAN_TEST: bool = false;

    fn new(settings: &Fields, credentials: &Fields) -> Result<Self, ConfigError> {
        Config::read(settings, credentials).map(|config| Self { config })
    }

    fn encode(&self, hosts: &Hosts, _token: Option<&Secret>, events: &[Event], _mode: Mode<'_>) -> Encoded {
        encode::encode(&self.config, hosts, events)
    }

    fn decode(&self, response: &HttpResponse, count: usize) -> Answer {
        decode::decode(&self.config, response, count)
    }

    fn warnings(&self, now: UnixMs) -> Vec<String> {
        self.config.api_version.warning(now).into_iter().collect()
    }

    fn version_end(&self) -> Option<(String, UnixMs)> {
        let version = self.config.api_version;
        Some((version.to_string(), version.ends_at()))
    }
}
