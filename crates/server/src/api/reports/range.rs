//! Which days and which link a report is about.

use crate::api::{
    checks::Checks,
    days::{Moment, parse_day, stored},
    error::ApiError,
};
use jiff::{ToSpan, civil::Date};
use konektor_core::{ids::RotatorId, routing::Workspace, time::UnixMs};
use konektor_store::model::{BornRange, ReportRange};
use serde::Deserialize;
use utoipa::IntoParams;

/// Days of a report that names none.
const DEFAULT_DAYS: i32 = 30;
/// Most days of a report: a year and the month beside it.
const MAX_DAYS: i32 = 400;

/// Days and link of a report.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReportQuery {
    /// First day, in the workspace's zone; 29 days before `to` if absent.
    #[param(example = "2026-08-01")]
    pub(super) from: Option<String>,
    /// Last day, included; today if absent. At most 400 days after `from`.
    #[param(example = "2026-08-31")]
    pub(super) to: Option<String>,
    /// This rotator only.
    pub(super) rotator_id: Option<String>,
}

/// A report's range, and its days as they are shown.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    pub from: Date,
    pub to: Date,
    pub stored: ReportRange,
}

impl ReportQuery {
    /// The range, checked.
    pub fn range(self, workspace: &Workspace, now: UnixMs) -> Result<Range, ApiError> {
        let mut checks = Checks::default();
        let mut day = |field, text: Option<String>| text.and_then(|text| checks.ok(field, parse_day(&text)));
        let (from, to) = (day("from", self.from), day("to", self.to));
        let to = to.unwrap_or_else(|| now.in_zone(&workspace.time_zone).date());
        let from = from.unwrap_or_else(|| to.saturating_sub((DEFAULT_DAYS - 1).days()));
        if from > to {
            checks.refuse("from", format!("The first day, {from}, comes after the last, {to}."));
        } else if from.saturating_add(MAX_DAYS.days()) < to {
            checks.refuse(
                "from",
                format!("At most {MAX_DAYS} days are possible. Name a later first day."),
            );
        }
        checks.finish()?;
        // A rotator that does not exist has nothing to report; neither has the id that no rotator ever gets.
        let rotator = self.rotator_id.map(|id| id.parse().unwrap_or(RotatorId(0)));
        Ok(Range::new(from, to, rotator))
    }
}

impl Range {
    fn new(from: Date, to: Date, rotator: Option<RotatorId>) -> Self {
        Self {
            from,
            to,
            stored: ReportRange {
                from: stored(from),
                to: stored(to),
                rotator,
            },
        }
    }

    /// As many days, those just before.
    pub fn before(self) -> Self {
        let days = self.to.duration_since(self.from).as_hours() / 24;
        let to = self.from.saturating_sub(1.day());
        Self::new(to.saturating_sub(days.days()), to, self.stored.rotator)
    }

    /// All days, the last included.
    pub fn days(self) -> impl Iterator<Item = Date> {
        self.from.series(1.day()).take_while(move |day| *day <= self.to)
    }

    /// Leads that first came on these days.
    pub fn born(self, workspace: &Workspace) -> BornRange {
        BornRange {
            from: Moment::Day(self.from).start(&workspace.time_zone),
            to: Moment::Day(self.to).end(&workspace.time_zone),
            rotator: self.stored.rotator,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;

    #[tokio::test]
    async fn a_report_is_about_the_last_thirty_days_if_nothing_else_is_said() {
        let server = Server::start().await;
        let report = server.get("/reports/rotation").await.json;
        assert_eq!(
            (report["from"].as_str(), report["to"].as_str()),
            (Some("2026-07-19"), Some("2026-08-17"))
        );
        server.set_clock(15 * 3_600_000);
        let report = server.get("/reports/screening?from=2026-08-18").await.json;
        assert_eq!(report["to"], "2026-08-18", "it is past midnight in Jakarta");
    }

    #[tokio::test]
    async fn what_is_no_range_is_refused() {
        let server = Server::start().await;
        for (query, field) in [
            ("from=2026-08-18&to=2026-08-17", "from"),
            ("from=2020-01-01", "from"),
            ("from=17.8.2026", "from"),
            ("to=2026-08-17T00:00:00Z", "to"),
            ("rotator=1", "rotator"),
        ] {
            assert_eq!(
                server.get(&format!("/reports/screening?{query}")).await.refused()[0].0,
                field,
                "{query}"
            );
        }
    }
}
