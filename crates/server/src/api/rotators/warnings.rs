//! What is probably not meant as it is with a rotator: as a kind for the dashboard, and in words.

use crate::api::time::Time;
use jiff::tz::TimeZone;
use konektor_core::{
    decide::{Passed, Prospect},
    message::TemplateError,
    routing::Rotator,
    schedule::Gap,
    time::UnixMs,
};
use serde::Serialize;
use utoipa::ToSchema;

/// Something that is probably not meant as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RotatorWarning)]
pub struct Warning {
    /// What kind.
    pub kind: Kind,
    /// In words.
    #[schema(example = "No agent is named, so every visitor is told that you are closed.")]
    pub message: String,
    /// The agent whom it is about; `null` where it is about the rotator as a whole, as all of today's kinds are.
    #[schema(required)]
    pub agent_id: Option<String>,
    /// When it begins; `null` for what is so already, whatever the time.
    #[schema(required)]
    pub at: Option<Time>,
    /// How many clicks came through ad platforms, with `ad_clicks_while_closed`; else `null`. They are those of today and
    /// yesterday by the workspace's calendar, so of more than 24 hours and less than 48: clicks, without double taps, with
    /// a platform's click ID, or with neither click ID nor UTM values and a platform as their referrer.
    #[schema(required)]
    pub count: Option<u64>,
}

/// A kind of warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RotatorWarningKind)]
pub enum Kind {
    /// No agent is named.
    NoAgents,
    /// All weights are 0.
    NoWeight,
    /// Everybody with a weight is switched off.
    AllOff,
    /// Within 24 hours there is a time, which may have begun, when nobody is on duty by working hours and pauses.
    NobodyOnDutyLater,
    /// The message lacks the visitor code.
    NoCode,
    /// The message mentions what does not exist.
    UnknownVariable,
    /// The slug belongs to another rotator.
    SlugTaken,
    /// No address leads here.
    Unreachable,
    /// Nobody can take new leads now, and clicks came through ad platforms today or yesterday.
    AdClicksWhileClosed,
}

/// What was found.
pub struct Findings<'a> {
    /// As visitors would be routed by it.
    pub rotator: &'a Rotator,
    /// What is wrong with its message.
    pub message_error: Option<&'a TemplateError>,
    /// What its agents may expect.
    pub prospects: &'a [Prospect],
    /// No address leads to it.
    pub is_unreachable: bool,
    /// It cannot be saved under its slug.
    pub is_slug_taken: bool,
    /// When nobody is on duty.
    pub gap: Option<Gap>,
    /// Clicks that came through ad platforms although nobody can take leads.
    pub ad_clicks: u64,
    /// The time.
    pub now: UnixMs,
}

/// All that is to be said of it, what concerns the link first, then the message, then the agents.
pub fn warnings(findings: &Findings<'_>) -> Vec<Warning> {
    let found = [
        findings.slug(),
        findings.message(),
        findings.agents(),
        findings.gap(),
        findings.ad_clicks(),
    ];
    found.into_iter().flatten().collect()
}

impl Warning {
    fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            agent_id: None,
            at: None,
            count: None,
        }
    }
}

impl Findings<'_> {
    fn slug(&self) -> Option<Warning> {
        if self.is_slug_taken {
            let slug = &self.rotator.slug;
            let message = format!("The slug \"{slug}\" is already in use. Choose another.");
            return Some(Warning::new(Kind::SlugTaken, message));
        }
        self.is_unreachable.then(|| {
            let message = "The link is reached nowhere: another workspace uses its slug on the server's own host, and this \
                           one has no host of its own. Choose another slug, or add a host.";
            Warning::new(Kind::Unreachable, message)
        })
    }

    fn message(&self) -> Option<Warning> {
        match self.message_error {
            Some(error @ TemplateError::UnknownVariable(_)) => {
                Some(Warning::new(Kind::UnknownVariable, error.to_string()))
            }
            // Whoever writes it is told so beside it, and it cannot be saved.
            Some(_) => None,
            None if self.rotator.message.mentions_code() => None,
            None => {
                let message = "The message does not contain {code}, so a chat cannot be matched to its lead.";
                Some(Warning::new(Kind::NoCode, message))
            }
        }
    }

    fn agents(&self) -> Option<Warning> {
        let closed = match self.rotator.fallback {
            Some(_) => "every visitor goes to the fallback",
            None => "every visitor is told that you are closed",
        };
        let mut takers = self.prospects.iter().filter(|prospect| prospect.weight > 0).peekable();
        if self.prospects.is_empty() {
            let message = format!("No agent is named, so {closed}.");
            Some(Warning::new(Kind::NoAgents, message))
        } else if takers.peek().is_none() {
            let message = "All weights are 0, so nobody gets new leads.";
            Some(Warning::new(Kind::NoWeight, message))
        } else if takers.all(|prospect| prospect.passed == Some(Passed::Off)) {
            let message = format!("All agents with a weight are switched off, so {closed}.");
            Some(Warning::new(Kind::AllOff, message))
        } else {
            None
        }
    }

    fn gap(&self) -> Option<Warning> {
        let Gap { from, until } = self.gap?;
        let zone = &self.rotator.workspace.time_zone;
        let meanwhile = match self.rotator.fallback {
            Some(_) => "New visitors then go to the fallback.",
            None => "New visitors then go to agents who are off duty.",
        };
        let when = match (from == self.now, until) {
            (true, Some(until)) => format!("now, until {}", clock(until, zone)),
            (true, None) => "now, nor in the days to come".to_owned(),
            (false, Some(until)) => format!("from {} until {}", clock(from, zone), clock(until, zone)),
            (false, None) => format!("from {} on", clock(from, zone)),
        };
        let message = format!("Nobody is on duty {when}. {meanwhile}");
        Some(Warning {
            at: Some(Time(from)),
            ..Warning::new(Kind::NobodyOnDutyLater, message)
        })
    }

    fn ad_clicks(&self) -> Option<Warning> {
        let message = match self.ad_clicks {
            0 => return None,
            1 => "Nobody can take new leads now, but a click came through an ad platform since yesterday.".to_owned(),
            n => format!("Nobody can take new leads now, but {n} clicks came through ad platforms since yesterday."),
        };
        Some(Warning {
            count: Some(self.ad_clicks),
            ..Warning::new(Kind::AdClicksWhileClosed, message)
        })
    }
}

/// `Mon 17:00`, by the workspace's clock.
fn clock(at: UnixMs, zone: &TimeZone) -> String {
    at.in_zone(zone).strftime("%a %H:%M").to_string()
}
