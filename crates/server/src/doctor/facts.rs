//! What the rules look at, collected. None of it depends on how many leads there are: the latest clicks are bounded
//! ([`CLICKS`]), and everything else is configuration or counters of a week.

use super::machine::machine;
use crate::{
    api::days::{Moment, parse_day, stored},
    app::App,
    seal::open_credentials,
};
use jiff::{ToSpan, tz::TimeZone};
use konektor_core::{
    attribution::Platform,
    click::Click,
    doctor::{
        AgentFacts, CLICKS, DAYS, DestinationFacts, Facts, IgnoredParameter, Orphan, RotatorFacts, SourceName, Traffic,
        VersionEnd,
    },
    fold::{OTHER, SourceKind},
    routing::Workspace,
    time::{Day, UnixMs},
};
use konektor_platforms::Connection;
use konektor_store::{
    Reports, Store, StoreError,
    model::{Counter, Destination, DestinationStats, ORPHANS, ReportRange, Rotator},
};
use std::collections::BTreeMap;

const DAY_MS: i64 = 86_400_000;
/// Names of sources that are looked at: the most frequent.
const SOURCES: usize = 500;

/// Since when it is looked.
pub fn from(now: UnixMs) -> UnixMs {
    now.plus_ms(-DAYS * DAY_MS)
}

/// Collects all of it.
pub async fn collect(app: &App, workspace: &Workspace) -> Result<Facts, StoreError> {
    let now = app.clock.now();
    let (id, zone) = (workspace.id, &workspace.time_zone);
    let today = now.in_zone(zone).date();
    let range = ReportRange {
        from: stored(today.saturating_sub((DAYS as i32 - 1).days())),
        to: stored(today),
        rotator: None,
    };
    let rotators = app.store.rotators(id).await?;
    let agents = app.store.agents(id).await?;
    let clicks = app.store.latest_clicks(id, from(now), CLICKS).await?;
    let traffic = sum_up(clicks, zone.clone()).await?;
    let ignored = app.store.counters(id, "ignored", range).await?;
    let orphans = app.store.counters(id, ORPHANS, range).await?;
    let (sources, _) = app.store.sources(id, SourceKind::Source, range, SOURCES).await?;
    let mut destinations = Vec::new();
    for destination in app.store.destinations(id).await? {
        let stats = app.store.destination_stats(destination.id, now).await?;
        destinations.push(destination_facts(app, &destination, &stats));
    }
    let routing = app.routing.load_full();
    let made = agents.iter().map(|agent| agent.created_at);
    let made = made.chain(rotators.iter().map(|rotator| rotator.created_at)).min();
    let slugs: Vec<_> = rotators.iter().map(|rotator| rotator.fields.slug.clone()).collect();
    Ok(Facts {
        now,
        time_zone: zone.clone(),
        agents: agents.into_iter().map(|agent| agent_facts(agent, &rotators)).collect(),
        rotators: rotators
            .iter()
            .filter_map(|rotator| routing.rotator(rotator.id))
            .map(|rotator| RotatorFacts::of(&routing, rotator, now))
            .collect(),
        destinations,
        platforms: Connection::PLATFORMS.to_vec(),
        ignored: by_key(&ignored, zone)
            .into_iter()
            .map(|(parameter, seen)| IgnoredParameter {
                parameter: parameter.to_owned(),
                clicks: seen.n,
                first: seen.first,
            })
            .collect(),
        sources: sources
            .into_iter()
            .map(|source| SourceName {
                name: source.name,
                clicks: source.came.clicks,
            })
            .collect(),
        // A link that was made meanwhile is there now.
        orphans: by_key(&orphans, zone)
            .into_iter()
            .filter(|(slug, _)| *slug != OTHER && !slugs.iter().any(|known| known.as_str() == *slug))
            .map(|(slug, seen)| Orphan {
                slug: slug.to_owned(),
                hits: seen.n,
                first: seen.first,
                last: seen.last,
            })
            .collect(),
        machine: machine(app, &traffic, made, now),
        traffic,
    })
}

/// Thousands of clicks take some milliseconds, which a visitor must not wait for.
async fn sum_up(clicks: Vec<Click>, zone: TimeZone) -> Result<Traffic, StoreError> {
    let summing = tokio::task::spawn_blocking(move || Traffic::of(&clicks, &zone));
    summing.await.map_err(|_| StoreError::Closed)
}

/// Counters of one kind over the days.
struct Summed {
    n: u64,
    first: UnixMs,
    last: UnixMs,
}

fn by_key<'c>(counters: &'c [Counter], zone: &TimeZone) -> BTreeMap<&'c str, Summed> {
    let mut sums: BTreeMap<&str, Summed> = BTreeMap::new();
    for counter in counters {
        let day = start_of(counter.day, zone);
        let sum = sums.entry(&counter.key).or_insert(Summed {
            n: 0,
            first: day,
            last: day,
        });
        sum.n += counter.n;
        sum.first = sum.first.min(day);
        sum.last = sum.last.max(day);
    }
    sums
}

fn start_of(day: Day, zone: &TimeZone) -> UnixMs {
    // The store only gives days that it was given.
    parse_day(&day.to_string()).map_or(UnixMs(0), |day| Moment::Day(day).start(zone))
}

fn agent_facts(agent: konektor_store::model::Agent, rotators: &[Rotator]) -> AgentFacts {
    let takes = |rotator: &&Rotator| {
        let mut shares = rotator.fields.agents.iter();
        shares.any(|share| share.agent == agent.id && share.weight > 0)
    };
    AgentFacts {
        rotators: rotators.iter().filter(takes).count(),
        id: agent.id,
        name: agent.fields.name,
        phone: agent.fields.phone,
        active: agent.fields.active,
    }
}

fn destination_facts(app: &App, destination: &Destination, stats: &DestinationStats) -> DestinationFacts {
    let fields = &destination.fields;
    // What cannot be opened is held, and said there.
    let connection = open_credentials(app, destination)
        .ok()
        .and_then(|credentials| Connection::new(fields.platform, &fields.settings, &credentials).ok());
    let version = connection.and_then(|connection| connection.version_end());
    DestinationFacts {
        id: destination.id,
        platform: fields.platform,
        name: fields.name.clone(),
        active: fields.active,
        created_at: destination.created_at,
        hold: destination.hold.as_ref().map(|hold| (hold.reason.clone(), hold.since)),
        pending: stats.pending,
        last_sent: stats.last_sent,
        wait_ms: match fields.platform {
            Platform::Google => app.settings.google_click_wait_ms,
            _ => 0,
        },
        consent: fields.consent,
        version: version.map(|(version, at)| VersionEnd { version, at }),
    }
}
