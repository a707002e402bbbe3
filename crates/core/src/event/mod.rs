//! What an ad platform is told: events in words that no platform owns, their stable ids, and who consented.
//! How each platform wants to hear it is in the crate `konektor-platforms`.

mod delivery;
mod mapping;
mod window;

#[cfg(test)]
mod tests;

pub use delivery::{DeliveryState, Hold};
pub use mapping::{Mapping, MappingError};
pub use window::{GOOGLE_CLICK_WAIT_MS, Window};

use crate::{
    attribution::ClickId as AdClickId,
    click::ClickFacts,
    ids::{ClickId, LeadId},
    lead::{Money, Status, UnknownWord},
    time::UnixMs,
};
use serde::{Deserialize, Serialize};
use std::{fmt, net::IpAddr, str::FromStr};

/// What makes an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Trigger {
    /// A visitor clicked an ad.
    Click,
    /// Their chat has started.
    Arrived,
    /// A lead came to this status.
    Status(Status),
}

impl Trigger {
    /// As stored and shown in the API: `click`, `arrived`, or the status.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Click => "click",
            Self::Arrived => "arrived",
            Self::Status(status) => status.as_str(),
        }
    }
}

impl FromStr for Trigger {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        match text {
            "click" => Ok(Self::Click),
            "arrived" => Ok(Self::Arrived),
            status => status.parse().map(Self::Status),
        }
    }
}

/// The id by which a platform knows an event again: the same in each retry, another for each event. It begins with
/// letters because Google refuses numbers.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventId(String);

impl EventId {
    /// Of a click: `kn-<click>-click`.
    pub fn of_click(click: ClickId) -> Self {
        Self(format!("kn-{}-click", base32(click.0)))
    }

    /// Of a lead's status, by the name of the platform's event, since each event happens once in a lead's life:
    /// `kn-<lead>-purchase`.
    pub fn of_lead(lead: LeadId, name: &str) -> Self {
        let name: String = name
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_lowercase())
            .collect();
        Self(format!("kn-{}-{name}", base32(lead.packed())))
    }

    /// Of a test that somebody asked for.
    pub fn of_test(now: UnixMs) -> Self {
        Self(format!("kn-{}-test", base32(now.0)))
    }

    /// An id that was stored.
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Thirteen digits of Crockford's base 32: as short as text gets without a letter that is taken for another.
pub(crate) fn base32(n: i64) -> String {
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    (0..13)
        .rev()
        .map(|digit| char::from(DIGITS[(n as u64 >> (5 * digit)) as usize & 31]))
        .collect()
}

/// Whether a visitor agreed to be reported to an ad platform.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    /// Yes.
    Granted,
    /// No: nothing leaves the server (Google is told so in its consent fields, and gets the click ID only).
    Denied,
    /// Nobody was asked.
    #[default]
    Unspecified,
}

impl Consent {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Granted, Self::Denied, Self::Unspecified];

    /// As stored and shown in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Denied => "denied",
            Self::Unspecified => "unspecified",
        }
    }

    /// What holds for a click: a refusal by the browser (`Sec-GPC`) or by the visitor, else the visitor's consent,
    /// else the destination's default.
    pub fn of(facts: &ClickFacts, default: Self) -> Self {
        match (facts.gpc, facts.consent) {
            (true, _) | (_, Some(Self::Denied)) => Self::Denied,
            (false, Some(Self::Granted)) => Self::Granted,
            _ => default,
        }
    }
}

/// Cookies of the platforms' own pixels, where the link shares a site with them. Passed on as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PixelCookies {
    /// Meta's click.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fbc: Option<String>,
    /// Meta's browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fbp: Option<String>,
    /// TikTok's browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttp: Option<String>,
}

/// Something that an ad platform is told.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Stable over retries.
    pub id: EventId,
    /// What happened.
    pub trigger: Trigger,
    /// What the platform calls it, by the destination's mapping: `Contact`; at Google and LinkedIn it may be the id of
    /// an action of its own.
    pub name: String,
    /// When it happened.
    pub at: UnixMs,
    /// What the sale was worth.
    pub money: Option<Money>,
    /// Whether it may be told; of refusals only Google hears.
    pub consent: Consent,
    /// The click through which the lead came from this platform.
    pub click: EventClick,
    /// Who.
    pub visitor: EventVisitor,
}

/// The click that an event is attributed to.
#[derive(Clone, Debug, PartialEq)]
pub struct EventClick {
    /// When the ad was clicked, by our clock.
    pub at: UnixMs,
    /// All click IDs of the visit, the primary one first. Each platform takes its own.
    pub ids: Vec<AdClickId>,
    /// The link as it was opened, without its query.
    pub url: String,
    /// The rotator's slug.
    pub slug: String,
    /// Scheme and host of the page before.
    pub referrer: Option<String>,
    /// The pixels' cookies.
    pub cookies: PixelCookies,
}

impl EventClick {
    /// The value of a click-ID parameter.
    pub fn id(&self, parameter: &str) -> Option<&str> {
        let found = self.ids.iter().find(|id| id.parameter == parameter)?;
        Some(&found.value)
    }

    /// The link with this one parameter, as the platform's own pixel would report it.
    pub fn url_with(&self, parameter: &str) -> String {
        match self.id(parameter) {
            Some(value) => format!("{}?{parameter}={value}", self.url),
            None => self.url.clone(),
        }
    }
}

/// The visitor, plain. What a platform wants hashed is hashed at its adapter's edge and nowhere else.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventVisitor {
    /// The lead's code, without brackets.
    pub code: String,
    /// Their own address, never a proxy's or a private one.
    pub ip: Option<IpAddr>,
    /// As sent.
    pub user_agent: String,
    /// `Accept-Language` as sent.
    pub language: String,
    /// E.164 digits without `+`.
    pub phone: Option<String>,
    /// As given.
    pub email: Option<String>,
}
