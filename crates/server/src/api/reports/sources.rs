//! `GET /reports/sources`

use super::ReportQuery;
use crate::{
    api::{
        auth::Caller,
        body::Query,
        checks::Checks,
        error::ApiError,
        refusals::{Refused, RefusedQuery},
    },
    app::App,
};
use axum::{Json, extract::State};
use konektor_core::fold::{Came, MOST_NAMES, OTHER, SourceKind};
use konektor_store::{Reports, model::SourceCount};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Most rows; what has fewer clicks is in one row together.
const ROWS: usize = MOST_NAMES + 1;

/// What to group by, and the days and link of the report.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SourcesQuery {
    /// What to group by.
    #[param(value_type = Option<SourceWord>, default = "platform")]
    by: Option<String>,
    /// First day, in the workspace's zone; 29 days before `to` if absent.
    #[param(example = "2026-08-01")]
    from: Option<String>,
    /// Last day, included; today if absent. At most 400 days after `from`.
    #[param(example = "2026-08-31")]
    to: Option<String>,
    /// This rotator only.
    rotator_id: Option<String>,
}

/// What sources are grouped by: the platform of a click's touch, its `utm_source`, its `utm_campaign`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SourceKind)]
#[expect(dead_code, reason = "the words for the OpenAPI document; the type itself is in core")]
enum SourceWord {
    Platform,
    Source,
    Campaign,
}

/// Where clicks and new leads came from.
#[derive(Debug, Serialize, ToSchema)]
pub struct SourcesReport {
    /// First day, in the workspace's zone.
    #[schema(example = "2026-08-01")]
    from: String,
    /// Last day, included.
    #[schema(example = "2026-08-31")]
    to: String,
    /// What the rows are.
    #[schema(value_type = SourceWord)]
    by: &'static str,
    /// By platform, source or campaign, the one with the most clicks first.
    rows: Vec<SourceRow>,
    /// All clicks.
    clicks: u64,
    /// All new leads.
    new: u64,
}

/// What came from one source.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SourceRow {
    /// The platform, source or campaign; `null` for clicks that had none. Of each link and day, the first 500 that were
    /// seen are counted by name and the rest as `(other)`.
    #[schema(required, example = "meta")]
    name: Option<String>,
    /// Clicks, double taps left out.
    clicks: u64,
    /// Clicks that made a lead.
    new: u64,
}

impl SourceRow {
    fn new(name: String, came: Came) -> Self {
        Self {
            name: Some(name).filter(|name| !name.is_empty()),
            clicks: came.clicks,
            new: came.new,
        }
    }
}

/// Where clicks and new leads came from, by the touch of each click.
#[utoipa::path(
    get, path = "/reports/sources", operation_id = "get_sources_report", tag = "reports",
    params(SourcesQuery),
    responses((status = 200, description = "The report.", body = SourcesReport), RefusedQuery, Refused)
)]
pub async fn sources(
    caller: Caller,
    State(app): State<Arc<App>>,
    Query(query): Query<SourcesQuery>,
) -> Result<Json<SourcesReport>, ApiError> {
    let kind = kind(query.by.as_deref())?;
    let days = ReportQuery {
        from: query.from,
        to: query.to,
        rotator_id: query.rotator_id,
    };
    let range = days.range(&caller.workspace, app.clock.now())?;
    let (counts, all) = app
        .store
        .sources(caller.workspace_id(), kind, range.stored, ROWS)
        .await?;
    Ok(Json(SourcesReport {
        from: range.from.to_string(),
        to: range.to.to_string(),
        by: kind.as_str(),
        rows: rows(counts, all),
        clicks: all.clicks,
        new: all.new,
    }))
}

fn kind(by: Option<&str>) -> Result<SourceKind, ApiError> {
    let Some(by) = by else { return Ok(SourceKind::Platform) };
    let mut checks = Checks::default();
    let known = SourceKind::ALL.into_iter().find(|kind| kind.as_str() == by);
    if known.is_none() {
        checks.refuse("by", "Sources are grouped by platform, source or campaign.");
    }
    checks.finish()?;
    Ok(known.unwrap_or(SourceKind::Platform))
}

/// The rows, with one for what is not among `counts`, so that they add up to `all`.
fn rows(mut counts: Vec<SourceCount>, all: Came) -> Vec<SourceRow> {
    let mut rest = all;
    for count in &counts {
        rest.clicks -= count.came.clicks;
        rest.new -= count.came.new;
    }
    if let Some(at) = counts.iter().position(|count| count.name == OTHER) {
        rest += counts.remove(at).came;
    }
    let mut rows: Vec<_> = counts
        .into_iter()
        .map(|count| SourceRow::new(count.name, count.came))
        .collect();
    if rest != Came::default() {
        rows.push(SourceRow::new(OTHER.to_owned(), rest));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::testing::Server;
    use axum::http::Method;
    use konektor_core::decide::Visit;
    use serde_json::json;

    #[tokio::test]
    async fn clicks_and_new_leads_are_shown_by_where_they_came_from() {
        let server = Server::start().await;
        let (promo, bio) = (
            server.add_rotator("promo", &[]).await,
            server.add_rotator("bio", &[]).await,
        );
        let visits = vec![
            server.visit(&promo, "fbclid=F&utm_source=ig&utm_campaign=lebaran", 0),
            server.visit(&promo, "gclid=G&utm_campaign=lebaran", 1),
            server.visit(&bio, "utm_source=ig", 2),
        ];
        let leads = server.record(visits).await;
        let back = Visit {
            cookie: Some(leads[1].number),
            ..server.visit(&promo, "fbclid=F2&utm_source=ig&utm_campaign=lebaran", 86_400_000)
        };
        server.record(vec![back]).await;
        server.set_clock(86_400_000);

        let row = |name: Option<&str>, clicks: u64, new: u64| json!({ "name": name, "clicks": clicks, "new": new });
        for (query, by, rows) in [
            (
                "",
                "platform",
                json!([row(Some("meta"), 2, 1), row(None, 1, 1), row(Some("google"), 1, 1)]),
            ),
            ("by=source", "source", json!([row(Some("ig"), 3, 2), row(None, 1, 1)])),
            (
                "by=campaign",
                "campaign",
                json!([row(Some("lebaran"), 3, 2), row(None, 1, 1)]),
            ),
            (
                "by=campaign&to=2026-08-17",
                "campaign",
                json!([row(Some("lebaran"), 2, 2), row(None, 1, 1)]),
            ),
            (
                &format!("by=source&rotator_id={bio}"),
                "source",
                json!([row(Some("ig"), 1, 1)]),
            ),
        ] {
            let report = server.get(&format!("/reports/sources?{query}")).await.json;
            assert_eq!((&report["rows"], &report["by"]), (&rows, &json!(by)), "{query}");
        }
        let report = server.get("/reports/sources").await.json;
        assert_eq!((&report["clicks"], &report["new"]), (&json!(4), &json!(3)));
        assert_eq!(server.get("/reports/sources?by=medium").await.refused()[0].0, "by");
        let (_, key) = server.add_workspace().await;
        let foreign = server.ask(&key, Method::GET, "/reports/sources", None).await.json;
        assert_eq!((&foreign["rows"], &foreign["clicks"]), (&json!([]), &json!(0)));
    }

    #[tokio::test]
    async fn names_beyond_the_bound_are_counted_together() {
        let server = Server::start().await;
        let promo = server.add_rotator("promo", &[]).await;
        // Over two passes, since the bound is kept in the database.
        for pass in 0..2 {
            let visits = (0..300).map(|n| {
                let n = pass * 300 + n;
                server.visit(&promo, &format!("utm_campaign=c{n}"), n)
            });
            server.record(visits.collect()).await;
        }
        let report = server.get("/reports/sources?by=campaign").await.json;
        let rows = report["rows"].as_array().unwrap();
        assert_eq!(rows.len(), 501);
        assert_eq!(rows[500], json!({ "name": "(other)", "clicks": 100, "new": 100 }));
        assert_eq!(report["clicks"], 600);
        // A name that is known goes on being counted by name.
        let known = rows[0]["name"].as_str().unwrap();
        let again = server.visit(&promo, &format!("utm_campaign={known}"), 1_000);
        server.record(vec![again]).await;
        let report = server.get("/reports/sources?by=campaign").await.json;
        assert_eq!(report["rows"][0], json!({ "name": known, "clicks": 2, "new": 2 }));
    }

    #[test]
    fn rows_add_up_to_all() {
        let came = |clicks, new| Came { clicks, new };
        let count = |name: &str, clicks, new| SourceCount {
            name: name.to_owned(),
            came: came(clicks, new),
        };
        let shown = rows(vec![count(OTHER, 9, 3), count("a", 5, 5)], came(20, 10));
        let row = |name: &str, clicks, new| SourceRow::new(name.to_owned(), came(clicks, new));
        assert_eq!(shown, [row("a", 5, 5), row(OTHER, 15, 5)]);
    }
}
