//! Links: those that nobody stands behind, and those that are not there.

use super::{DAY_MS, Facts, Finding, HOUR_MS, Kind, Severity, Subject};
use crate::{
    ids::RotatorId,
    routing::{Agent, Rotator, Routing},
    schedule::{Gap, first_gap},
    time::UnixMs,
};

/// Hits from which on a link that is not there is no stray look.
const ORPHANS_FROM: u64 = 3;
/// Who is paused for longer than this counts as switched off.
const LONG_PAUSE_MS: i64 = 12 * HOUR_MS;

/// A link, as far as the rules need to know it.
#[derive(Clone, Debug)]
pub struct RotatorFacts {
    /// Its id.
    pub id: RotatorId,
    /// For people.
    pub name: String,
    /// Of its address.
    pub slug: String,
    /// Agents with a weight.
    pub takers: usize,
    /// Of these, those who are switched on and not paused for long.
    pub there: usize,
    /// Visitors go somewhere when nobody is on duty.
    pub has_fallback: bool,
    /// When nobody is on duty, within the next day.
    pub gap: Option<Gap>,
}

impl RotatorFacts {
    /// As it is routed by.
    pub fn of(routing: &Routing, rotator: &Rotator, now: UnixMs) -> Self {
        let takers = rotator.agents.iter().filter(|share| share.weight > 0);
        let takers: Vec<_> = takers.filter_map(|share| routing.agent(share.agent)).collect();
        let is_there = |agent: &&Agent| {
            let paused_ms = agent.paused_until.map_or(0, |until| until.since(now));
            agent.active && paused_ms <= LONG_PAUSE_MS
        };
        let there: Vec<&Agent> = takers.iter().map(|agent| &***agent).filter(is_there).collect();
        Self {
            id: rotator.id,
            name: rotator.name.clone(),
            slug: rotator.slug.clone(),
            takers: takers.len(),
            there: there.len(),
            has_fallback: rotator.fallback.is_some(),
            gap: (!there.is_empty()).then(|| first_gap(&there, now, DAY_MS)).flatten(),
        }
    }
}

/// Requests of people for a link that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orphan {
    /// As it was asked for.
    pub slug: String,
    /// How often.
    pub hits: u64,
    /// Since when.
    pub first: UnixMs,
    /// The day of the last, at its start.
    pub last: UnixMs,
}

pub(super) fn look(facts: &Facts, findings: &mut Vec<Finding>) {
    for rotator in &facts.rotators {
        findings.extend(nobody(facts, rotator).or_else(|| off_duty(facts, rotator)));
    }
    for orphan in facts.orphans.iter().filter(|orphan| orphan.hits >= ORPHANS_FROM) {
        let slugs = facts.rotators.iter().map(|rotator| rotator.slug.as_str());
        let mut finding = Finding::new(Kind::OrphanHits, Severity::Warning, Subject::Whole, &orphan.slug)
            .count(orphan.hits)
            .example(format!("/wa/{}", orphan.slug))
            // They are counted by the day.
            .since((orphan.first < orphan.last).then_some(orphan.first));
        if let Some(near) = super::nearest(&orphan.slug, slugs) {
            finding = finding.detail("near", near);
        }
        findings.push(finding);
    }
}

/// Nobody takes its leads at all. A link that nobody opens may wait for its agents.
fn nobody(facts: &Facts, rotator: &RotatorFacts) -> Option<Finding> {
    let kind = match (rotator.takers, rotator.there) {
        (0, _) => Kind::RotatorEmpty,
        (_, 0) => Kind::RotatorOff,
        _ => return None,
    };
    let came = facts.traffic.at_rotator(rotator.id);
    let (severity, seen) = match (came.ads.count, came.all.count) {
        (0, 0) => return None,
        (0, _) => (Severity::Warning, came.all),
        _ => (Severity::Problem, came.ads),
    };
    let finding = Finding::new(kind, severity, Subject::Rotator(rotator.id), &rotator.name);
    Some(
        finding
            .count(seen.count)
            .example(format!("/wa/{}", rotator.slug))
            .lead(seen.lead)
            .since(seen.first)
            .at(seen.last)
            .detail("ads", if came.ads.count > 0 { "yes" } else { "no" }),
    )
}

/// Ad clicks come at hours of which the next ones will find nobody. Where there is a fallback, somebody has thought of it.
fn off_duty(facts: &Facts, rotator: &RotatorFacts) -> Option<Finding> {
    let gap = rotator.gap.filter(|_| !rotator.has_fallback)?;
    let came = facts.traffic.at_rotator(rotator.id);
    let hours = hours_of(gap, facts);
    let count = hours.map(|hour| came.by_hour[hour]).sum::<u64>();
    if count == 0 {
        return None;
    }
    let finding = Finding::new(
        Kind::NobodyOnDuty,
        Severity::Warning,
        Subject::Rotator(rotator.id),
        &rotator.name,
    );
    let finding = finding
        .count(count)
        .lead(came.unserved.lead)
        .since(Some(gap.from))
        .at(gap.until);
    Some(finding.detail("unserved", came.unserved.count.to_string()))
}

/// The hours of the day that a gap touches, each once.
fn hours_of(gap: Gap, facts: &Facts) -> impl Iterator<Item = usize> {
    let first = gap.from.in_zone(&facts.time_zone).hour() as usize;
    let ms = gap.until.map_or(DAY_MS, |until| until.since(gap.from)).clamp(0, DAY_MS);
    let minutes_in = gap.from.in_zone(&facts.time_zone).minute() as i64;
    // The hour that it ends in counts if it reaches into it.
    let hours = ((ms + minutes_in * super::MINUTE_MS + HOUR_MS - 1) / HOUR_MS).clamp(1, 24) as usize;
    (0..hours).map(move |n| (first + n) % 24)
}
