//! Is this a person? Owns the closed list of reasons not to count a request, and the order in which they are tried.
//!
//! What a user agent gives away is looked up once per distinct text ([`Patterns::classify`], the server caches
//! it); what the request itself gives away is looked at each time ([`screen`]). Flood limits need memory and
//! live in [`crate::flood`]; what is answered to whom is the server's affair.

mod own_patterns;
mod patterns;
pub mod taught;

pub use patterns::Patterns;

use crate::request::RequestFacts;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A person, or the reason why a request is not counted. Rows of the report "what we did not count, and why".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// A person: counted.
    Human,
    /// `HEAD`: somebody checks that the link works.
    Head,
    /// Fetched ahead by a browser or an app, before (or without) a tap.
    Prefetch,
    /// Loaded from within a page: an image, a frame, a script's fetch. Nobody sees where it leads.
    Subresource,
    /// A messenger or network that draws a preview of the link.
    Preview,
    /// An ad platform that checks where its ad leads.
    AdReview,
    /// A crawler, monitor or scanner that says so.
    Bot,
    /// No `User-Agent` at all; every browser sends one.
    NoUserAgent,
    /// A program or a driven browser: curl, python-requests, headless Chrome.
    Tool,
    /// Beyond the limits of one address or network.
    Flood,
}

impl Class {
    /// All classes, in the order of the reports.
    pub const ALL: [Self; 10] = [
        Self::Human,
        Self::Head,
        Self::Prefetch,
        Self::Subresource,
        Self::Preview,
        Self::AdReview,
        Self::Bot,
        Self::NoUserAgent,
        Self::Tool,
        Self::Flood,
    ];

    /// The name that the database, the API and the metrics use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Head => "head",
            Self::Prefetch => "prefetch",
            Self::Subresource => "subresource",
            Self::Preview => "preview",
            Self::AdReview => "ad_review",
            Self::Bot => "bot",
            Self::NoUserAgent => "no_user_agent",
            Self::Tool => "tool",
            Self::Flood => "flood",
        }
    }

    /// Whether this visit may make a lead, a click, a turn, an event or a cookie.
    pub fn is_human(self) -> bool {
        self == Self::Human
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that is no [`Class`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown screening class `{0}`")]
pub struct UnknownClass(pub String);

impl FromStr for Class {
    type Err = UnknownClass;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|class| class.as_str() == text)
            .ok_or_else(|| UnknownClass(text.to_owned()))
    }
}

/// The class of a request, given what its user agent is known to be (see [`Patterns::classify`]).
///
/// The first that applies wins, from what the request *is* to what it *claims*: `head`, `prefetch`,
/// `subresource`, `no_user_agent`, then the class of the user agent. So a previewer that asks with `HEAD` is a
/// `head` (it wants no body, hence no preview page), and a browser that prefetches is a `prefetch` even where
/// its user agent is a person's, since the person has not tapped yet.
pub fn screen(facts: &RequestFacts<'_>, by_user_agent: Class) -> Class {
    if facts.is_head {
        Class::Head
    } else if facts
        .purposes
        .iter()
        .flatten()
        .any(|purpose| is_ahead_of_the_tap(purpose))
    {
        Class::Prefetch
    } else if is_other_than(facts.sec_fetch_mode, "navigate") || is_other_than(facts.sec_fetch_dest, "document") {
        Class::Subresource
    } else if facts.user_agent.is_none_or(|user_agent| user_agent.trim().is_empty()) {
        Class::NoUserAgent
    } else {
        by_user_agent
    }
}

/// `prefetch`, `prefetch;prerender`, `Preview`, …: the value starts with one of the two words, in any case.
fn is_ahead_of_the_tap(purpose: &str) -> bool {
    let purpose = purpose.trim_start().as_bytes();
    ["prefetch", "preview"].iter().any(|word| {
        purpose
            .get(..word.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
    })
}

/// Whether a fetch-metadata header is there and says something else. Old browsers send none, so its absence
/// says nothing; an empty value is as good as absent.
fn is_other_than(value: Option<&str>, expected: &str) -> bool {
    value
        .map(str::trim)
        .is_some_and(|value| !value.is_empty() && !value.eq_ignore_ascii_case(expected))
}
