//! What is wrong without anybody having noticed: facts in, findings out.
//!
//! Nothing here fails a click, and that is the trouble: a macro that an ad never filled in, a number that is banned, a
//! platform that hears nothing. The store collects [`Facts`] by a few bounded queries, the server adds what only it knows,
//! and each rule says what it found, with an example and the place where it is mended.

mod machine;
mod people;
mod places;
mod platforms;
mod slug;
mod sources;
mod traffic;

#[cfg(test)]
mod tests;

pub use machine::{Backup, Clock, Machine, Spool};
pub use people::AgentFacts;
pub use places::{Orphan, RotatorFacts};
pub use platforms::{DestinationFacts, VersionEnd};
pub use slug::nearest;
pub use sources::{IgnoredParameter, SourceName};
pub use traffic::{AdClicks, AtAgent, AtHost, AtRotator, Seen, SharedId, Traffic};

use crate::{
    ids::{AgentId, DestinationId, LeadId, RotatorId},
    time::UnixMs,
};
use jiff::tz::TimeZone;
use serde::Serialize;
use std::collections::BTreeMap;

/// Days that are looked at.
pub const DAYS: i64 = 7;
/// Most clicks that are looked at: the latest of these days.
pub const CLICKS: usize = 5_000;

pub(crate) const MINUTE_MS: i64 = 60_000;
pub(crate) const HOUR_MS: i64 = 60 * MINUTE_MS;
pub(crate) const DAY_MS: i64 = 24 * HOUR_MS;

/// All that the rules look at.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The time.
    pub now: UnixMs,
    /// The workspace's zone.
    pub time_zone: TimeZone,
    /// The links.
    pub rotators: Vec<RotatorFacts>,
    /// The CS.
    pub agents: Vec<AgentFacts>,
    /// The connections to ad platforms.
    pub destinations: Vec<DestinationFacts>,
    /// Platforms that could be told.
    pub platforms: Vec<crate::attribution::Platform>,
    /// The latest clicks.
    pub traffic: Traffic,
    /// Click-ID and UTM parameters that came without a usable value, as they were counted.
    pub ignored: Vec<IgnoredParameter>,
    /// The values of `utm_source`, as they were counted.
    pub sources: Vec<SourceName>,
    /// Requests for links that are not there.
    pub orphans: Vec<Orphan>,
    /// The server itself.
    pub machine: Machine,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Leads, events or data are being lost, or are about to be.
    Problem,
    /// Something does not do what it is there for.
    Warning,
    /// It could be better.
    Advice,
}

/// What was found. The order is that of the list among findings that are equally bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A link gets clicks and names nobody who takes leads.
    RotatorEmpty,
    /// Everybody who takes a link's leads is switched off, or paused for long.
    RotatorOff,
    /// A platform refuses us, and its queue waits.
    DestinationHeld,
    /// Ad clicks come, and the platform was told of none for long.
    DestinationSilent,
    /// The version of a platform's API is at its end.
    ApiVersion,
    /// Visitors of one agent come back at once: nobody is behind the number.
    AgentDead,
    /// A number that can hardly be right.
    AgentNumber,
    /// A link that is not there is asked for.
    OrphanHits,
    /// An ad's macro was not filled in.
    Macro,
    /// Nobody is on duty when ad clicks come.
    NobodyOnDuty,
    /// A connection to a platform is switched off while its ad clicks come.
    DestinationOff,
    /// Ad clicks come from a platform that is told nothing.
    PlatformUntold,
    /// Somebody's click ID stands in a link that many open.
    SharedClickId,
    /// One source goes by several names.
    SourceSpelling,
    /// Visitors are recognised far less on one host than on the others.
    Recognition,
    /// The server answers without its database, or visits wait to be recorded.
    SpoolWaiting,
    /// The server's clock is wrong.
    ClockOff,
    /// The database's log grows and is not taken in.
    LogGrowing,
    /// There is no recent backup.
    BackupMissing,
    /// Places are told by old data.
    GeoOld,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 20] = [
        Self::RotatorEmpty,
        Self::RotatorOff,
        Self::DestinationHeld,
        Self::DestinationSilent,
        Self::ApiVersion,
        Self::AgentDead,
        Self::AgentNumber,
        Self::OrphanHits,
        Self::Macro,
        Self::NobodyOnDuty,
        Self::DestinationOff,
        Self::PlatformUntold,
        Self::SharedClickId,
        Self::SourceSpelling,
        Self::Recognition,
        Self::SpoolWaiting,
        Self::ClockOff,
        Self::LogGrowing,
        Self::BackupMissing,
        Self::GeoOld,
    ];

    /// Whether it is about the server, not about one workspace.
    pub fn is_of_server(self) -> bool {
        matches!(
            self,
            Self::SpoolWaiting | Self::ClockOff | Self::LogGrowing | Self::BackupMissing | Self::GeoOld
        )
    }
}

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// The workspace as a whole, or the server.
    Whole,
    /// A link.
    Rotator(RotatorId),
    /// A CS.
    Agent(AgentId),
    /// A connection to a platform.
    Destination(DestinationId),
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What.
    pub kind: Kind,
    /// How bad it is.
    pub severity: Severity,
    /// What it is about.
    pub subject: Subject,
    /// The subject's name; else what the finding is told apart by from others of its kind.
    pub name: String,
    /// How often it happened, in the unit of its kind: clicks, hits, days, visits, bytes, milliseconds.
    pub count: Option<u64>,
    /// One case of it, as it came.
    pub example: Option<String>,
    /// The lead of that case.
    pub lead: Option<LeadId>,
    /// Since when it is so, as far as it was looked at.
    pub since: Option<UnixMs>,
    /// When it happened last, or will happen.
    pub at: Option<UnixMs>,
    /// What its sentence names beside, by name.
    pub details: BTreeMap<&'static str, String>,
}

impl Finding {
    pub(crate) fn new(kind: Kind, severity: Severity, subject: Subject, name: impl Into<String>) -> Self {
        Self {
            kind,
            severity,
            subject,
            name: name.into(),
            count: None,
            example: None,
            lead: None,
            since: None,
            at: None,
            details: BTreeMap::new(),
        }
    }

    pub(crate) fn count(mut self, count: u64) -> Self {
        self.count = Some(count);
        self
    }

    pub(crate) fn example(mut self, example: impl Into<String>) -> Self {
        self.example = Some(example.into());
        self
    }

    pub(crate) fn lead(mut self, lead: Option<LeadId>) -> Self {
        self.lead = lead;
        self
    }

    pub(crate) fn since(mut self, since: Option<UnixMs>) -> Self {
        self.since = since;
        self
    }

    pub(crate) fn at(mut self, at: Option<UnixMs>) -> Self {
        self.at = at;
        self
    }

    pub(crate) fn detail(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.details.insert(name, value.into());
        self
    }
}

/// Looks at everything; what was found, worst first.
pub fn examine(facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    places::look(facts, &mut findings);
    people::look(facts, &mut findings);
    platforms::look(facts, &mut findings);
    sources::look(facts, &mut findings);
    machine::look(facts, &mut findings);
    // Of one kind, what happens more often first.
    findings.sort_by(|a, b| {
        let key = |finding: &Finding| (finding.severity, finding.kind, std::cmp::Reverse(finding.count));
        key(a).cmp(&key(b)).then_with(|| a.name.cmp(&b.name))
    });
    findings
}
