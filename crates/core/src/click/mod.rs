//! A click as it is kept: one appended row. What it is looked up by are columns; the rest are [`ClickFacts`],
//! one JSON value that anybody can read without Konektor.

mod json;

use crate::{
    attribution::Touch,
    event::{Consent, PixelCookies},
    identity::continuity::ClickIdPrint,
    ids::{AgentId, ClickId, LeadId, RotatorId},
    time::UnixMs,
};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt, str::FromStr};

/// How a visitor was recognised. Stored with every click, so that "why is this the same lead?" has an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecognisedBy {
    /// A valid signed cookie.
    Cookie,
    /// The same click ID from the same browser within 24 hours.
    ClickId,
    /// The same request within two seconds, or the button of the same page again.
    DoubleTap,
    /// Nobody that we know.
    New,
}

impl RecognisedBy {
    /// All ways, in the order of their numbers.
    pub const ALL: [Self; 4] = [Self::Cookie, Self::ClickId, Self::DoubleTap, Self::New];

    /// As stored and shown in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cookie => "cookie",
            Self::ClickId => "click_id",
            Self::DoubleTap => "double_tap",
            Self::New => "new",
        }
    }
}

/// Why this agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// A new lead's turn by rotation.
    Turn,
    /// The owner of this lead.
    Owner,
    /// The owner of this lead at another rotator of the workspace, who works here too.
    OwnerElsewhere,
    /// The owner is away for a time; this is their stand-in.
    Substitute,
    /// The owner left; this agent took the lead over (a turn).
    Transfer,
    /// This rotator lacks the lead's owner and chose its own (a turn).
    OwnChoice,
    /// Nobody was on duty: the switched-on agent who had waited longest.
    OffHours,
    /// Nobody was on duty: the rotator's fallback.
    Fallback,
    /// Nobody at all: the page "we are closed".
    Closed,
    /// The store did not answer in time: the agent that they were sent to without it (a turn, if the lead is new).
    Degraded,
}

impl Why {
    /// As stored and shown in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Turn => "turn",
            Self::Owner => "owner",
            Self::OwnerElsewhere => "owner_elsewhere",
            Self::Substitute => "substitute",
            Self::Transfer => "transfer",
            Self::OwnChoice => "own_choice",
            Self::OffHours => "off_hours",
            Self::Fallback => "fallback",
            Self::Closed => "closed",
            Self::Degraded => "degraded",
        }
    }

    /// Whether the choice was a turn: a new lead given, which rotation counts. [`Why::Degraded`] may be one or not; its turns
    /// are counted where it is replayed.
    pub fn is_turn(self) -> bool {
        matches!(self, Self::Turn | Self::Transfer | Self::OwnChoice | Self::OffHours)
    }
}

/// The facts of a click that nothing is looked up by. Field names are short because they are stored with
/// every click; absent values are left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClickFacts {
    /// How the visitor was recognised.
    pub by: RecognisedBy,
    /// Why this agent.
    pub why: Why,
    /// The click that made the lead.
    #[serde(default, skip_serializing_if = "is_false")]
    pub new: bool,
    /// A double tap: kept for the timeline, not counted.
    #[serde(default, skip_serializing_if = "is_false")]
    pub dup: bool,
    /// The click ID had been used by another browser before.
    #[serde(default, skip_serializing_if = "is_false")]
    pub shared: bool,
    /// Where it came from.
    pub touch: Touch,
    /// Host that the link was opened on.
    pub host: String,
    /// The visitor's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<std::net::IpAddr>,
    /// User agent as sent.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub ua: std::sync::Arc<str>,
    /// `Accept-Language` as sent.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub lang: String,
    /// Country by GeoIP, ISO 3166-1 alpha-2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cc: Option<Country>,
    /// Region by GeoIP (needs a city database).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// City by GeoIP (needs a city database).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// IANA time zone, where it could be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tz: Option<Cow<'static, str>>,
    /// `Sec-GPC: 1`: the visitor asks not to be sold or shared.
    #[serde(default, skip_serializing_if = "is_false")]
    pub gpc: bool,
    /// What the consent parameter or cookie said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consent>,
    /// The pixels' cookies, where the link shares a site with them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pixel: Option<Box<PixelCookies>>,
    /// Fingerprint of the page whose button was pressed: the same page again is the same visitor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub press: Option<i64>,
}

/// A country, ISO 3166-1 alpha-2. Two bytes rather than a string: every click has one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "Cow<'_, str>")]
pub struct Country([u8; 2]);

impl Country {
    /// The two letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("they were checked to be letters")
    }
}

impl FromStr for Country {
    type Err = NotACountry;
    fn from_str(text: &str) -> Result<Self, NotACountry> {
        let letters: [u8; 2] = text.as_bytes().try_into().map_err(|_| NotACountry)?;
        if letters.iter().all(u8::is_ascii_alphabetic) {
            Ok(Self(letters.map(|l| l.to_ascii_uppercase())))
        } else {
            Err(NotACountry)
        }
    }
}

impl TryFrom<Cow<'_, str>> for Country {
    type Error = NotACountry;
    fn try_from(text: Cow<'_, str>) -> Result<Self, NotACountry> {
        text.parse()
    }
}

impl From<Country> for String {
    fn from(country: Country) -> Self {
        country.as_str().to_owned()
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A country has two letters, such as `ID`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a country has two letters, such as ID")]
pub struct NotACountry;

fn is_false(value: &bool) -> bool {
    !value
}

/// A click with its key and the columns that it is looked up by.
#[derive(Clone, Debug, PartialEq)]
pub struct Click {
    /// Time-ordered key.
    pub id: ClickId,
    /// When it happened, by our clock.
    pub at: UnixMs,
    /// Whose it is.
    pub lead: LeadId,
    /// Which link.
    pub rotator: RotatorId,
    /// Who got it; `None` for a fallback or the closed page.
    pub agent: Option<AgentId>,
    /// Whoever recorded it knows that nobody had used its click ID before. Not stored: it spares the fold, which is handed the
    /// click, from looking.
    pub is_first_use: bool,
    /// Of who returns, their lead's first click, if whoever recorded it has read that with the lead. Not stored either: it spares
    /// the fold from reading the lead once more.
    pub first: Option<ClickId>,
    /// Fingerprints of its primary click ID, as the visit had them. Not stored either: who is handed the click need not make
    /// them again.
    pub print: Option<ClickIdPrint>,
    /// Everything else.
    pub facts: ClickFacts,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A click of which nothing is known.
    pub(crate) fn facts() -> ClickFacts {
        ClickFacts {
            by: RecognisedBy::New,
            why: Why::Turn,
            new: true,
            dup: false,
            shared: false,
            touch: Touch::default(),
            host: "wa.example.com".into(),
            ip: None,
            ua: "".into(),
            lang: String::new(),
            cc: None,
            region: None,
            city: None,
            tz: None,
            gpc: false,
            consent: None,
            pixel: None,
            press: None,
        }
    }
}
