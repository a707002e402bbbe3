//! Where visitors are said to come from: macros that were not filled in, one source by several names, somebody's click ID in
//! a link for all, hosts on which browsers forget.

use super::{Facts, Finding, Kind, Severity, Subject, people::percent};
use crate::time::UnixMs;
use std::collections::BTreeMap;

/// Clicks from which on an unfilled parameter is no accident.
const IGNORED_FROM: u64 = 3;
/// Browsers with one click ID, from which on it stands in a link that was passed on.
const BROWSERS_FROM: u64 = 3;
/// Clicks of a source that goes by several names.
const SPELT_FROM: u64 = 3;
/// Clicks of a host, from which on its recognition says something.
const HOST_FROM: u64 = 50;
/// What the other hosts recognise, from which on it can be compared, and the part of it that is far below.
const OTHERS_RECOGNISE: f64 = 0.1;
const FAR_BELOW: f64 = 0.5;
/// How much of a click ID is shown.
const SHOWN_CHARS: usize = 12;

/// How often a parameter came without a usable value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IgnoredParameter {
    /// Its name.
    pub parameter: String,
    /// How often.
    pub clicks: u64,
    /// The start of the first day.
    pub first: UnixMs,
}

/// A value of `utm_source`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceName {
    /// As it came.
    pub name: String,
    /// Clicks.
    pub clicks: u64,
}

pub(super) fn look(facts: &Facts, findings: &mut Vec<Finding>) {
    macros(facts, findings);
    spellings(facts, findings);
    shared(facts, findings);
    hosts(facts, findings);
}

fn macros(facts: &Facts, findings: &mut Vec<Finding>) {
    for ignored in facts.ignored.iter().filter(|ignored| ignored.clicks >= IGNORED_FROM) {
        let seen = facts
            .traffic
            .ignored
            .get(&ignored.parameter)
            .copied()
            .unwrap_or_default();
        let is_click_id = !ignored.parameter.starts_with("utm_");
        // Without a click ID no platform is told; without a campaign's name a report is poorer.
        let severity = if is_click_id {
            Severity::Problem
        } else {
            Severity::Warning
        };
        let finding = Finding::new(Kind::Macro, severity, Subject::Whole, &ignored.parameter)
            .count(ignored.clicks)
            .lead(seen.lead)
            .since(seen.first.or(Some(ignored.first)))
            .at(seen.last)
            .detail("parameter", &ignored.parameter);
        findings.push(finding);
    }
}

/// What people mean by a source: case, blanks and punctuation left out, and the usual short names written out.
fn meant(name: &str) -> String {
    let plain: String = name.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    let known = match plain.as_str() {
        "fb" | "fbads" | "facebookads" | "facebookcom" | "lfacebookcom" | "mfacebookcom" | "metaads" | "meta" => {
            "facebook"
        }
        "ig" | "insta" | "igads" | "instagramads" | "instagramcom" => "instagram",
        "tt" | "tiktokads" | "tiktokcom" => "tiktok",
        "googleads" | "adwords" | "googlecom" | "gads" => "google",
        "li" | "linkedinads" | "linkedincom" => "linkedin",
        "yt" | "youtubecom" => "youtube",
        "wa" => "whatsapp",
        other => other,
    };
    known.to_owned()
}

fn spellings(facts: &Facts, findings: &mut Vec<Finding>) {
    let mut sources: BTreeMap<String, Vec<&SourceName>> = BTreeMap::new();
    for source in facts.sources.iter().filter(|source| source.name != crate::fold::OTHER) {
        let meant = meant(&source.name);
        if !meant.is_empty() {
            sources.entry(meant).or_default().push(source);
        }
    }
    for (meant, mut names) in sources {
        // The most frequent name is the one to keep; of equals the one in lower case.
        names.sort_by(|a, b| b.clicks.cmp(&a.clicks).then_with(|| b.name.cmp(&a.name)));
        let others = names.iter().skip(1).map(|name| name.clicks).sum::<u64>();
        let all = names.iter().map(|name| name.clicks).sum::<u64>();
        if others == 0 || all < SPELT_FROM {
            continue;
        }
        let list: Vec<_> = names
            .iter()
            .map(|name| format!("{} ({})", name.name, name.clicks))
            .collect();
        let finding = Finding::new(Kind::SourceSpelling, Severity::Advice, Subject::Whole, meant)
            .count(others)
            .example(list.join(", "))
            .detail("keep", &names[0].name)
            .detail("names", names.len().to_string());
        findings.push(finding);
    }
}

fn shared(facts: &Facts, findings: &mut Vec<Finding>) {
    for shared in &facts.traffic.shared {
        if shared.seen.count < BROWSERS_FROM {
            continue;
        }
        let rotator = facts.rotators.iter().find(|rotator| rotator.id == shared.rotator);
        let name = rotator.map_or("", |rotator| rotator.name.as_str());
        let shown: String = shared.value.chars().take(SHOWN_CHARS).collect();
        let cut = if shown.len() < shared.value.len() { "…" } else { "" };
        let finding = Finding::new(
            Kind::SharedClickId,
            Severity::Warning,
            Subject::Rotator(shared.rotator),
            name,
        )
        .count(shared.seen.count)
        .example(format!("{}={shown}{cut}", shared.parameter))
        .lead(shared.seen.lead)
        .since(shared.seen.first)
        .at(shared.seen.last)
        .detail("slug", rotator.map_or("", |rotator| rotator.slug.as_str()));
        findings.push(finding);
    }
}

fn hosts(facts: &Facts, findings: &mut Vec<Finding>) {
    let rate = |recognised: u64, clicks: u64| recognised as f64 / clicks.max(1) as f64;
    let hosts = &facts.traffic.hosts;
    let all = hosts.values().fold((0, 0), |(recognised, clicks), host| {
        (recognised + host.recognised, clicks + host.clicks)
    });
    for (name, host) in hosts {
        let others = (all.0 - host.recognised, all.1 - host.clicks);
        let (own, theirs) = (rate(host.recognised, host.clicks), rate(others.0, others.1));
        let can_compare = host.clicks >= HOST_FROM && others.1 >= HOST_FROM && theirs >= OTHERS_RECOGNISE;
        if !can_compare || own >= theirs * FAR_BELOW {
            continue;
        }
        let finding = Finding::new(Kind::Recognition, Severity::Advice, Subject::Whole, name)
            .count(host.clicks)
            .example(name)
            .since(facts.traffic.from)
            .detail("percent", percent(own))
            .detail("others", percent(theirs));
        findings.push(finding);
    }
}
