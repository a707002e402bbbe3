//! Collects what a digest says, when it says it.

use crate::{api::days::Moment, app::App};
use jiff::{ToSpan, civil::Date};
use konektor_core::{
    digest::{Compared, Facts, Held, MOST_SOURCES, Source, waiting},
    fold::SourceKind,
    routing::Workspace,
    time::{Day, UnixMs},
};
use konektor_store::{
    Notices, Reports, Store, StoreError,
    model::{ArrivalGroup, BornRange, ReportRange, SaleDate},
};

const DAY_MS: i64 = 86_400_000;
/// Leads that wait for longer than this are nobody's news.
const UNANSWERED_DAYS: i64 = 30;

/// Days in a row.
#[derive(Clone, Copy)]
struct Days {
    first: Date,
    last: Date,
}

impl Days {
    /// As many, just before.
    fn before(self) -> Self {
        let days = self.last.duration_since(self.first).as_hours() / 24;
        let last = self.first.saturating_sub(1.day());
        Self {
            first: last.saturating_sub(days.days()),
            last,
        }
    }

    fn stored(self) -> ReportRange {
        ReportRange {
            from: Day::of(self.first),
            to: Day::of(self.last),
            rotator: None,
        }
    }

    fn born(self, workspace: &Workspace) -> BornRange {
        BornRange {
            from: Moment::Day(self.first).start(&workspace.time_zone),
            to: Moment::Day(self.last).end(&workspace.time_zone),
            rotator: None,
        }
    }
}

/// What is to be said of these days; of who waits and what is held, as it is at `now`.
pub async fn collect(
    app: &App,
    workspace: &Workspace,
    first: Day,
    last: Day,
    now: UnixMs,
) -> Result<Facts, StoreError> {
    let (store, id) = (&app.store, workspace.id);
    let today = now.in_zone(&workspace.time_zone).date();
    let days = Days {
        first: first.date().unwrap_or(today),
        last: last.date().unwrap_or(today),
    };
    let before = days.before();
    let mut facts = Facts::default();
    for metric in ["new", "returning"] {
        let both = ReportRange {
            from: Day::of(before.first),
            ..days.stored()
        };
        for counter in store.counters(id, metric, both).await? {
            let is_now = counter.day >= Day::of(days.first);
            add(&mut facts.clicks, is_now, counter.n);
            if metric == "new" {
                add(&mut facts.leads, is_now, counter.n);
            }
        }
    }
    for (is_now, days) in [(true, days), (false, before)] {
        let born = days.born(workspace);
        for (_, chats) in store.arrivals(id, ArrivalGroup::Rotator, born).await? {
            add(&mut facts.chats, is_now, chats);
        }
        let sales = store.sales(id, SaleDate::Sale, born).await?;
        add(&mut facts.won, is_now, sales.len() as u64);
    }
    let (sources, _) = store
        .sources(id, SourceKind::Source, days.stored(), MOST_SOURCES)
        .await?;
    facts.sources = sources
        .into_iter()
        .map(|source| Source {
            name: source.name,
            leads: source.came.new,
            clicks: source.came.clicks,
        })
        .collect();
    for destination in store.destinations(id).await? {
        if let Some(hold) = destination.hold {
            let stats = store.destination_stats(destination.id, now).await?;
            facts.held.push(Held {
                name: destination.fields.name,
                platform: destination.fields.platform,
                reason: hold.reason,
                since: hold.since,
                waiting: stats.pending,
            });
        }
    }
    let untouched = store.untouched(id, now.plus_ms(-UNANSWERED_DAYS * DAY_MS)).await?;
    facts.waiting = waiting(&untouched);
    Ok(facts)
}

fn add(compared: &mut Compared, is_now: bool, n: u64) {
    match is_now {
        true => compared.now += n,
        false => compared.before += n,
    }
}
