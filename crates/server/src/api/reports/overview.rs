//! `GET /reports/overview`

use super::ReportQuery;
use crate::{
    api::{
        auth::Caller,
        body::Query,
        days::stored,
        error::ApiError,
        refusals::{Refused, RefusedQuery},
    },
    app::App,
};
use axum::{Json, extract::State};
use konektor_core::{ids::RotatorId, time::Day};
use konektor_store::{
    Reports,
    model::{ReportRange, VIEWS},
};
use serde::Serialize;
use std::{cmp::Reverse, collections::BTreeMap, ops::AddAssign, sync::Arc};
use utoipa::ToSchema;

/// A counter, and what it counts.
type Kind = (&'static str, fn(u64) -> Visits);

/// Clicks, new and returning leads, and views of pages over time.
#[derive(Debug, Serialize, ToSchema)]
pub struct OverviewReport {
    /// First day, in the workspace's zone.
    #[schema(example = "2026-08-01")]
    from: String,
    /// Last day, included.
    #[schema(example = "2026-08-31")]
    to: String,
    /// By day; days on which nobody came are there too.
    rows: Vec<OverviewRow>,
    /// By link, the busiest first.
    rotators: Vec<OverviewRotator>,
    /// Over the days.
    totals: Visits,
    /// Over as many days just before.
    before: OverviewBefore,
}

/// A day.
#[derive(Debug, Serialize, ToSchema)]
pub struct OverviewRow {
    /// The day.
    #[schema(example = "2026-08-17")]
    day: String,
    /// What came.
    #[serde(flatten)]
    visits: Visits,
}

/// A link.
#[derive(Debug, Serialize, ToSchema)]
pub struct OverviewRotator {
    /// Which.
    rotator_id: String,
    /// What came.
    #[serde(flatten)]
    visits: Visits,
}

/// The period before.
#[derive(Debug, Serialize, ToSchema)]
pub struct OverviewBefore {
    /// Its first day.
    #[schema(example = "2026-07-01")]
    from: String,
    /// Its last day, included.
    #[schema(example = "2026-07-31")]
    to: String,
    /// What came.
    #[serde(flatten)]
    totals: Visits,
}

/// What came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct Visits {
    /// Clicks, double taps left out: `new` and `returning` together.
    clicks: u64,
    /// Clicks that made a lead.
    new: u64,
    /// Clicks of leads that had come before.
    returning: u64,
    /// Pages that were shown to people, at links in page mode. A view is no click: that comes with the button.
    views: u64,
}

impl Visits {
    fn new(new: u64) -> Self {
        Self {
            clicks: new,
            new,
            ..Self::default()
        }
    }

    fn returning(returning: u64) -> Self {
        Self {
            clicks: returning,
            returning,
            ..Self::default()
        }
    }

    fn views(views: u64) -> Self {
        Self {
            views,
            ..Self::default()
        }
    }
}

impl AddAssign for Visits {
    fn add_assign(&mut self, other: Self) {
        self.clicks += other.clicks;
        self.new += other.new;
        self.returning += other.returning;
        self.views += other.views;
    }
}

/// Clicks, new and returning leads by day, and over the period before.
#[utoipa::path(
    get, path = "/reports/overview", operation_id = "get_overview_report", tag = "reports",
    params(ReportQuery),
    responses((status = 200, description = "The report.", body = OverviewReport), RefusedQuery, Refused)
)]
pub async fn overview(
    caller: Caller,
    State(app): State<Arc<App>>,
    Query(query): Query<ReportQuery>,
) -> Result<Json<OverviewReport>, ApiError> {
    let range = query.range(&caller.workspace, app.clock.now())?;
    let before = range.before();
    let both = ReportRange {
        from: before.stored.from,
        ..range.stored
    };
    let mut days: BTreeMap<Day, Visits> = BTreeMap::new();
    let mut rotators: BTreeMap<RotatorId, Visits> = BTreeMap::new();
    let kinds: [Kind; 3] = [
        ("new", Visits::new),
        ("returning", Visits::returning),
        (VIEWS, Visits::views),
    ];
    for (metric, visits) in kinds {
        for counter in app.store.counters(caller.workspace_id(), metric, both).await? {
            *days.entry(counter.day).or_default() += visits(counter.n);
            if counter.day >= range.stored.from {
                *rotators.entry(counter.rotator).or_default() += visits(counter.n);
            }
        }
    }
    let sum = |from, to| {
        let mut sum = Visits::default();
        days.range(from..=to).for_each(|(_, visits)| sum += *visits);
        sum
    };
    let mut rotators: Vec<_> = rotators.into_iter().collect();
    rotators.sort_by_key(|(_, visits)| Reverse(*visits));
    Ok(Json(OverviewReport {
        from: range.from.to_string(),
        to: range.to.to_string(),
        totals: sum(range.stored.from, range.stored.to),
        before: OverviewBefore {
            from: before.from.to_string(),
            to: before.to.to_string(),
            totals: sum(before.stored.from, before.stored.to),
        },
        rows: range
            .days()
            .map(|day| OverviewRow {
                day: day.to_string(),
                visits: days.get(&stored(day)).copied().unwrap_or_default(),
            })
            .collect(),
        rotators: rotators
            .into_iter()
            .map(|(rotator, visits)| OverviewRotator {
                rotator_id: rotator.to_string(),
                visits,
            })
            .collect(),
    }))
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;
    use axum::http::Method;
    use konektor_core::decide::Visit;
    use konektor_store::model::VIEWS;
    use serde_json::json;

    const DAY_MS: i64 = 86_400_000;

    #[tokio::test]
    async fn days_are_counted_and_compared_with_as_many_before() {
        let server = Server::start().await;
        let (promo, bio) = (
            server.add_rotator("promo", &[]).await,
            server.add_rotator("bio", &[]).await,
        );
        let visits = vec![
            server.visit(&promo, "", -2 * DAY_MS), // before that, too early
            server.visit(&promo, "", -DAY_MS),
            server.visit(&promo, "", 0),
            server.visit(&bio, "", 1),
            server.visit(&promo, "", 2 * DAY_MS), // too late
        ];
        let leads = server.record(visits).await;
        let back = |ms| Visit {
            cookie: Some(leads[0].number),
            ..server.visit(&promo, "", ms)
        };
        server.record(vec![back(2), back(3)]).await;
        server.set_clock(DAY_MS);

        let report = server.get("/reports/overview?from=2026-08-17").await.json;
        let visits = |new: u64, returning: u64| json!({ "clicks": new + returning, "new": new, "returning": returning, "views": 0 });
        let with = |mut value: serde_json::Value, key: &str, what: &str| {
            value[key] = json!(what);
            value
        };
        assert_eq!(
            report["rows"],
            json!([
                with(visits(2, 2), "day", "2026-08-17"),
                with(visits(0, 0), "day", "2026-08-18"),
            ])
        );
        assert_eq!(report["totals"], visits(2, 2));
        assert_eq!(
            report["before"],
            with(with(visits(2, 0), "from", "2026-08-15"), "to", "2026-08-16")
        );
        let by_link = json!([
            with(visits(1, 2), "rotator_id", &promo),
            with(visits(1, 0), "rotator_id", &bio)
        ]);
        assert_eq!(report["rotators"], by_link);

        let path = format!("/reports/overview?from=2026-08-17&rotator_id={bio}");
        assert_eq!(server.get(&path).await.json["totals"], visits(1, 0));
        server.count(&bio, VIEWS, "", 7).await;
        let seen = server.get(&path).await.json;
        assert_eq!(
            (&seen["totals"]["views"], &seen["totals"]["clicks"]),
            (&json!(7), &json!(1))
        );
        assert_eq!(seen["rows"][0]["views"], 7);
        let (_, key) = server.add_workspace().await;
        for path in [&path, "/reports/overview"] {
            let foreign = server.ask(&key, Method::GET, path, None).await.json;
            assert_eq!((&foreign["totals"], &foreign["rotators"]), (&visits(0, 0), &json!([])));
        }
    }
}
