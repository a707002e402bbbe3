//! The latest clicks, summed up in one pass: what all rules look at, so that none looks at clicks itself.

use crate::{
    attribution::{Layer, Platform},
    click::{Click, RecognisedBy, Why},
    event::Consent,
    ids::{AgentId, LeadId, RotatorId},
    time::UnixMs,
};
use foldhash::{HashMap, HashSet};
use jiff::tz::TimeZone;
use std::collections::{BTreeMap, BTreeSet};

/// Who clicks again within this time has seen that the chat leads nowhere. Faster is a second tap.
const BACK_AFTER_MS: i64 = 5_000;
const BACK_WITHIN_MS: i64 = 90_000;

/// How often something was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// How often.
    pub count: u64,
    /// First.
    pub first: Option<UnixMs>,
    /// Last.
    pub last: Option<UnixMs>,
    /// The lead of the last time.
    pub lead: Option<LeadId>,
}

impl Seen {
    fn add(&mut self, click: &Click) {
        self.count += 1;
        self.first = self.first.or(Some(click.at));
        self.last = Some(click.at);
        self.lead = Some(click.lead);
    }
}

/// What came to a link.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AtRotator {
    /// Clicks.
    pub all: Seen,
    /// Those with a platform's click ID.
    pub ads: Seen,
    /// Of these, those that no agent was on duty for.
    pub unserved: Seen,
    /// Clicks with a platform's click ID, by the hour of the workspace's day.
    pub by_hour: [u64; 24],
}

/// What came to an agent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AtAgent {
    /// Persons.
    pub leads: u64,
    /// Those who clicked again at once.
    pub back: Seen,
}

/// Clicks on a host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AtHost {
    /// All.
    pub clicks: u64,
    /// Of visitors who were recognised.
    pub recognised: u64,
}

/// Ads of a platform that were clicked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AdClicks {
    /// The first click with each click ID, oldest first: those that the platform may be told of.
    pub at: Vec<UnixMs>,
    /// The lead of the last.
    pub lead: Option<LeadId>,
}

/// A click ID that several browsers came with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedId {
    /// Its parameter.
    pub parameter: String,
    /// Its value.
    pub value: String,
    /// At which link.
    pub rotator: RotatorId,
    /// The browsers.
    pub seen: Seen,
}

/// The latest clicks, summed up.
#[derive(Clone, Debug, Default)]
pub struct Traffic {
    /// When the first of them was.
    pub from: Option<UnixMs>,
    /// When the last of them was.
    pub until: Option<UnixMs>,
    /// How many, without double taps.
    pub clicks: u64,
    /// By link.
    pub rotators: BTreeMap<RotatorId, AtRotator>,
    /// By agent.
    pub agents: BTreeMap<AgentId, AtAgent>,
    /// By host.
    pub hosts: BTreeMap<String, AtHost>,
    /// By platform.
    pub platforms: BTreeMap<Platform, AdClicks>,
    /// Parameters without a usable value.
    pub ignored: BTreeMap<String, Seen>,
    /// Click IDs that came with more than one browser.
    pub shared: Vec<SharedId>,
}

impl Traffic {
    /// Sums up clicks, oldest first. Hours are those of `zone`.
    pub fn of(clicks: &[Click], zone: &TimeZone) -> Self {
        let mut traffic = Self {
            from: clicks.first().map(|click| click.at),
            until: clicks.last().map(|click| click.at),
            ..Self::default()
        };
        // Whom each lead was sent to last, and when.
        let mut before: HashMap<LeadId, (Option<AgentId>, UnixMs)> = HashMap::default();
        let mut went_back: HashSet<(LeadId, AgentId)> = HashSet::default();
        let mut leads: HashSet<(LeadId, AgentId)> = HashSet::default();
        let mut click_ids: BTreeMap<(&str, &str), (RotatorId, BTreeSet<LeadId>, Seen)> = BTreeMap::new();
        for click in clicks.iter().filter(|click| !click.facts.dup) {
            let facts = &click.facts;
            traffic.clicks += 1;
            for parameter in &facts.touch.ignored {
                match traffic.ignored.get_mut(&**parameter) {
                    Some(seen) => seen.add(click),
                    None => traffic.ignored.entry(parameter.to_string()).or_default().add(click),
                }
            }
            let host = match traffic.hosts.get_mut(&facts.host) {
                Some(host) => host,
                None => traffic.hosts.entry(facts.host.clone()).or_default(),
            };
            host.clicks += 1;
            host.recognised += u64::from(matches!(facts.by, RecognisedBy::Cookie | RecognisedBy::ClickId));

            let at_rotator = traffic.rotators.entry(click.rotator).or_default();
            at_rotator.all.add(click);
            let platform = facts.touch.platform.filter(|_| facts.touch.layer == Layer::ClickId);
            if platform.is_some() {
                at_rotator.ads.add(click);
                at_rotator.by_hour[click.at.in_zone(zone).hour() as usize % 24] += 1;
                if matches!(facts.why, Why::OffHours | Why::Fallback | Why::Closed) {
                    at_rotator.unserved.add(click);
                }
            }
            if let Some((parameter, value)) = facts.touch.primary_click_id() {
                let entry = click_ids.entry((parameter, value));
                let (_, browsers, seen) = entry.or_insert_with(|| (click.rotator, BTreeSet::new(), Seen::default()));
                // One click ID is one event for a platform, whoever else opens the link.
                if browsers.is_empty()
                    && !facts.shared
                    && let Some(platform) = platform
                    && Consent::of(facts, Consent::Unspecified) != Consent::Denied
                {
                    let ads = traffic.platforms.entry(platform).or_default();
                    ads.at.push(click.at);
                    ads.lead = Some(click.lead);
                }
                if browsers.insert(click.lead) {
                    seen.add(click);
                }
            }
            if let Some(agent) = click.agent {
                let at_agent = traffic.agents.entry(agent).or_default();
                at_agent.leads += u64::from(leads.insert((click.lead, agent)));
                let is_back = before.get(&click.lead).is_some_and(|(to, at)| {
                    *to == Some(agent) && (BACK_AFTER_MS..=BACK_WITHIN_MS).contains(&click.at.since(*at))
                });
                if is_back && went_back.insert((click.lead, agent)) {
                    at_agent.back.add(click);
                }
            }
            before.insert(click.lead, (click.agent, click.at));
        }
        let several = click_ids.into_iter().filter(|(_, (_, browsers, _))| browsers.len() > 1);
        traffic.shared = several
            .map(|((parameter, value), (rotator, _, seen))| SharedId {
                parameter: parameter.to_owned(),
                value: value.to_owned(),
                rotator,
                seen,
            })
            .collect();
        traffic
    }

    /// What came to a link.
    pub fn at_rotator(&self, rotator: RotatorId) -> AtRotator {
        self.rotators.get(&rotator).cloned().unwrap_or_default()
    }
}
