//! What somebody enters: the conversion rule, the API's version, and the access token.

use crate::{
    ConfigError, Fields, Secret,
    config::{Reader, digits_of},
};
use jiff::{civil::Date, tz::TimeZone};
use konektor_core::{event::Event, time::UnixMs};
use std::fmt;

/// A destination at LinkedIn.
#[derive(Debug)]
pub(super) struct Config {
    /// The conversion rule of events that do not name their own.
    rule: String,
    /// The API's version.
    pub(super) api_version: ApiVersion,
    /// The access token.
    pub(super) access_token: Secret,
}

impl Config {
    /// From a destination's settings and credentials.
    pub(super) fn read(settings: &Fields, credentials: &Fields) -> Result<Self, ConfigError> {
        let settings = Reader::settings(settings, &["conversion_rule_id", "api_version"])?;
        let credentials = Reader::credentials(credentials, &["access_token"])?;
        Ok(Self {
            rule: conversion_rule(&settings)?,
            api_version: ApiVersion::read(&settings)?,
            access_token: credentials.secret("access_token")?.ok_or_else(|| {
                credentials.error(
                    "access_token",
                    "It is missing. Generate it in Campaign Manager: Measurement, Signals manager, the Conversions API \
                     source.",
                )
            })?,
        })
    }

    /// The conversion rule that an event counts for.
    pub(super) fn rule_of<'a>(&'a self, event: &'a Event) -> &'a str {
        digits_of(&event.name).unwrap_or(&self.rule)
    }
}

/// Digits, or a URN that ends in them, such as `urn:lla:llaPartnerConversion:23456`.
fn conversion_rule(settings: &Reader<'_>) -> Result<String, ConfigError> {
    const FIELD: &str = "conversion_rule_id";
    const HINT: &str = "Open the conversion in Campaign Manager: it is the number at the end of the page's address.";
    let text = settings.required(FIELD, HINT)?;
    let id = text
        .strip_prefix("urn:")
        .and_then(|urn| urn.rsplit(':').next())
        .unwrap_or(&text);
    match digits_of(id) {
        Some(id) => Ok(id.to_owned()),
        None => Err(settings.error(FIELD, format!("This is not the number of a conversion rule. {HINT}"))),
    }
}

/// A month's version of LinkedIn's API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ApiVersion {
    year: i16,
    month: i8,
}

impl ApiVersion {
    /// The newest that was seen to work when this was written.
    const DEFAULT: Self = Self { year: 2026, month: 9 };
    /// How long before its end a version is warned of.
    const WARN_MS: i64 = 60 * 24 * 3_600_000;

    fn read(settings: &Reader<'_>) -> Result<Self, ConfigError> {
        const FIELD: &str = "api_version";
        match settings.text(FIELD)? {
            None => Ok(Self::DEFAULT),
            Some(text) => Self::parse(&text).ok_or_else(|| {
                let hint = format!(
                    "Write the year and the month of LinkedIn's version, such as {}.",
                    Self::DEFAULT
                );
                settings.error(FIELD, hint)
            }),
        }
    }

    /// `202609`, or `2026-09` as people write it.
    fn parse(text: &str) -> Option<Self> {
        let text = text.replace('-', "");
        let digits = digits_of(&text).filter(|digits| digits.len() == 6)?;
        let (year, month) = (digits[..4].parse().ok()?, digits[4..].parse().ok()?);
        // LinkedIn's dated versions began in 2022.
        ((2022..2100).contains(&year) && (1..=12).contains(&month)).then_some(Self { year, month })
    }

    /// About the day of its end: versions have died on the 15th or 16th of their month, a year later.
    fn end(self) -> Date {
        Date::constant(self.year + 1, self.month, 15)
    }

    /// The start of that day.
    pub(super) fn ends_at(self) -> UnixMs {
        let end = self.end().to_zoned(TimeZone::UTC);
        UnixMs(end.map_or(i64::MAX, |end| end.timestamp().as_millisecond()))
    }

    /// What to tell whoever can raise it, from 60 days before its end on.
    pub(super) fn warning(self, now: UnixMs) -> Option<String> {
        let end = self.end();
        let left_ms = self.ends_at().since(now);
        match left_ms {
            Self::WARN_MS.. => None,
            1.. => Some(format!(
                "LinkedIn will stop answering to version {self} of its API about {end}. Raise api_version before then, \
                 or events will wait.",
            )),
            _ => Some(format!(
                "LinkedIn was to stop answering to version {self} of its API about {end}. Raise api_version.",
            )),
        }
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}{:02}", self.year, self.month)
    }
}
