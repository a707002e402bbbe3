//! Events → request. Contact data is hashed; address, user agent, click and browser are not, since TikTok matches them
//! as they are.

use super::config::{Credentials, Settings};
use crate::{
    Encoded, Header, Hosts, Mode,
    hash::{self, Hashed},
    seconds::UnixSeconds,
};
use konektor_core::{
    event::Event,
    lead::{Amount, Currency},
};
use serde::Serialize;
use std::net::IpAddr;

/// Longest tag that stands for a language and its region or script, such as `zh-Hant-TW`.
const LOCALE_MAX_BYTES: usize = 35;

/// The request with these events.
pub(super) fn encode(
    settings: &Settings,
    credentials: &Credentials,
    hosts: &Hosts,
    events: &[Event],
    mode: Mode<'_>,
) -> Encoded {
    let head = json(&Head {
        event_source: "web",
        event_source_id: &settings.pixel_code,
        partner_name: "Konektor",
        test_event_code: match mode {
            Mode::Live => None,
            Mode::Test(code) => code.filter(|code| !code.is_empty()),
        },
    });
    let parts = events.iter().map(|event| json(&Part::of(event, settings)));
    let after = "]}";
    Encoded::new(
        format!("{}/open_api/v1.3/event/track/", hosts.tiktok),
        vec![
            ("access-token", Header::Secret("", credentials.access_token.clone())),
            ("content-type", Header::Plain("application/json".into())),
        ],
        format!(r#"{},"data":["#, &head[..head.len() - 1]),
        parts.collect(),
        after,
        after.into(),
    )
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("texts and numbers can be written")
}

#[derive(Serialize)]
struct Head<'a> {
    event_source: &'static str,
    event_source_id: &'a str,
    partner_name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    test_event_code: Option<&'a str>,
}

#[derive(Serialize)]
struct Part<'a> {
    event: &'a str,
    event_time: UnixSeconds,
    event_id: &'a str,
    user: User<'a>,
    properties: Properties<'a>,
    page: Page<'a>,
    limited_data_use: bool,
}

#[derive(Serialize)]
struct User<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    ttclid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttp: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<[Hashed; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<[Hashed; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<[Hashed; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ip: Option<IpAddr>,
    #[serde(skip_serializing_if = "str::is_empty")]
    user_agent: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    locale: Option<&'a str>,
}

#[derive(Serialize)]
struct Properties<'a> {
    content_type: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<Currency>,
}

#[derive(Serialize)]
struct Page<'a> {
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    referrer: Option<&'a str>,
}

impl<'a> Part<'a> {
    fn of(event: &'a Event, settings: &Settings) -> Self {
        let (click, visitor) = (&event.click, &event.visitor);
        Self {
            event: &event.name,
            event_time: event.at.into(),
            event_id: event.id.as_str(),
            user: User {
                ttclid: click.id("ttclid"),
                ttp: click.cookies.ttp.as_deref().filter(|ttp| !ttp.is_empty()),
                external_id: hash::visitor_code(&visitor.code).map(|hashed| [hashed]),
                email: visitor.email.as_deref().and_then(hash::email).map(|hashed| [hashed]),
                phone: visitor.phone.as_deref().and_then(hash::phone).map(|hashed| [hashed]),
                ip: visitor.ip,
                user_agent: &visitor.user_agent,
                locale: locale(&visitor.language),
            },
            properties: Properties {
                content_type: "product",
                description: &click.slug,
                value: event.money.map(|money| money.value),
                currency: event.money.map(|money| money.currency),
            },
            page: Page {
                url: click.url_with("ttclid"),
                referrer: click.referrer.as_deref().filter(|referrer| !referrer.is_empty()),
            },
            limited_data_use: settings.limited_data_use,
        }
    }
}

/// The first tag of `Accept-Language`, such as `id-ID`: browsers put the visitor's own language first.
fn locale(accept_language: &str) -> Option<&str> {
    let tag = accept_language.split([',', ';']).next()?.trim();
    let is_subtag = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    let is_tag = tag.len() <= LOCALE_MAX_BYTES
        && tag.starts_with(|c: char| c.is_ascii_alphabetic())
        && tag.split('-').all(is_subtag);
    is_tag.then_some(tag)
}
