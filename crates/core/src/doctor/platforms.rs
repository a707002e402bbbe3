//! Ad platforms: those that hear nothing, and those that soon will not.

use super::{DAY_MS, Facts, Finding, HOUR_MS, Kind, Severity, Subject};
use crate::{attribution::Platform, event::Consent, ids::DestinationId, time::UnixMs};

/// Ads that were clicked, from which on it is no accident that a platform heard of none.
const ADS_FROM: usize = 3;
/// How long an event may be under way, beside the time that it has to wait for.
const UNDER_WAY_MS: i64 = 2 * HOUR_MS;
/// How long before its end a version is warned of.
const WARN_MS: i64 = 60 * DAY_MS;

/// A connection to an ad platform, as far as the rules need to know it.
#[derive(Clone, Debug)]
pub struct DestinationFacts {
    /// Its id.
    pub id: DestinationId,
    /// Which platform.
    pub platform: Platform,
    /// For people.
    pub name: String,
    /// Switched on.
    pub active: bool,
    /// Since when: what happened before is not told.
    pub created_at: UnixMs,
    /// Why it is held, and since when.
    pub hold: Option<(String, UnixMs)>,
    /// What waits.
    pub pending: u64,
    /// When the platform last took something.
    pub last_sent: Option<UnixMs>,
    /// How long its events wait from their click on.
    pub wait_ms: i64,
    /// What holds for visitors who said nothing.
    pub consent: Consent,
    /// When the platform's API ends in this version, if that is known.
    pub version: Option<VersionEnd>,
}

/// The end of a version of a platform's API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionEnd {
    /// Such as `202609`, `v26.0`.
    pub version: String,
    /// When it ends.
    pub at: UnixMs,
}

pub(super) fn look(facts: &Facts, findings: &mut Vec<Finding>) {
    for destination in &facts.destinations {
        findings.extend(
            held(destination)
                .or_else(|| off(facts, destination))
                .or_else(|| silent(facts, destination)),
        );
        findings.extend(version(facts, destination));
    }
    for (platform, ads) in &facts.traffic.platforms {
        let is_told = facts
            .destinations
            .iter()
            .any(|destination| destination.platform == *platform);
        if is_told || !facts.platforms.contains(platform) || ads.at.len() < ADS_FROM {
            continue;
        }
        let finding = Finding::new(
            Kind::PlatformUntold,
            Severity::Warning,
            Subject::Whole,
            platform.as_str(),
        )
        .count(ads.at.len() as u64)
        .lead(ads.lead)
        .since(ads.at.first().copied())
        .at(ads.at.last().copied())
        .detail("platform", platform.as_str());
        findings.push(finding);
    }
}

fn about(destination: &DestinationFacts, kind: Kind, severity: Severity) -> Finding {
    let subject = Subject::Destination(destination.id);
    Finding::new(kind, severity, subject, &destination.name).detail("platform", destination.platform.as_str())
}

fn held(destination: &DestinationFacts) -> Option<Finding> {
    let (reason, since) = destination.hold.as_ref()?;
    Some(
        about(destination, Kind::DestinationHeld, Severity::Problem)
            .count(destination.pending)
            .example(reason)
            .since(Some(*since)),
    )
}

/// The ads that were clicked while it was there, after `since`.
fn ads_after(facts: &Facts, destination: &DestinationFacts, since: Option<UnixMs>) -> Vec<UnixMs> {
    let since = since.map_or(destination.created_at, |since| since.max(destination.created_at));
    let ads = facts.traffic.platforms.get(&destination.platform);
    ads.map_or(Vec::new(), |ads| {
        ads.at.iter().filter(|at| **at > since).copied().collect()
    })
}

fn off(facts: &Facts, destination: &DestinationFacts) -> Option<Finding> {
    if destination.active {
        return None;
    }
    let ads = ads_after(facts, destination, None);
    let finding = about(destination, Kind::DestinationOff, Severity::Warning);
    (ads.len() >= ADS_FROM).then(|| {
        finding
            .count(ads.len() as u64)
            .since(ads.first().copied())
            .at(ads.last().copied())
    })
}

/// What it should have heard of by now, it did not.
fn silent(facts: &Facts, destination: &DestinationFacts) -> Option<Finding> {
    // Where nobody is told of who was not asked, silence is what was wanted.
    if destination.consent == Consent::Denied {
        return None;
    }
    let is_due = |at: &UnixMs| facts.now.since(*at) > destination.wait_ms + UNDER_WAY_MS;
    let after = destination.last_sent.map(|sent| sent.plus_ms(-destination.wait_ms));
    let ads: Vec<UnixMs> = ads_after(facts, destination, after)
        .into_iter()
        .filter(is_due)
        .collect();
    if ads.len() < ADS_FROM {
        return None;
    }
    let finding = about(destination, Kind::DestinationSilent, Severity::Problem)
        .count(ads.len() as u64)
        .since(destination.last_sent.or(ads.first().copied()))
        .at(ads.last().copied())
        .detail("pending", destination.pending.to_string());
    Some(match destination.last_sent {
        Some(_) => finding.detail("ever", "yes"),
        None => finding.detail("ever", "no"),
    })
}

fn version(facts: &Facts, destination: &DestinationFacts) -> Option<Finding> {
    let VersionEnd { version, at } = destination.version.as_ref()?;
    let left_ms = at.since(facts.now);
    let severity = match left_ms {
        WARN_MS.. => return None,
        1.. => Severity::Warning,
        _ => Severity::Problem,
    };
    Some(
        about(destination, Kind::ApiVersion, severity)
            .count((left_ms.max(0) / DAY_MS) as u64)
            .example(version)
            .at(Some(*at))
            .detail("over", if left_ms > 0 { "no" } else { "yes" }),
    )
}
