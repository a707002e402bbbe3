//! `GET /reports/rotators`

use super::ReportQuery;
use crate::{
    api::{
        auth::Caller,
        body::Query,
        error::ApiError,
        refusals::{Refused, RefusedQuery},
    },
    app::App,
};
use axum::{Json, extract::State};
use konektor_core::ids::RotatorId;
use konektor_store::{
    Reports, Store,
    model::{Rotator, VIEWS},
};
use serde::Serialize;
use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
    sync::Arc,
};
use utoipa::ToSchema;

/// What came to each link.
#[derive(Debug, Serialize, ToSchema)]
pub struct RotatorsReport {
    /// First day, in the workspace's zone.
    #[schema(example = "2026-08-01")]
    from: String,
    /// Last day, included.
    #[schema(example = "2026-08-31")]
    to: String,
    /// By rotator, the one with the most clicks first; those to which nobody came are left out.
    rows: Vec<RotatorsRow>,
}

/// What came to a link.
#[derive(Debug, Serialize, ToSchema)]
pub struct RotatorsRow {
    /// Which.
    #[schema(example = "7")]
    rotator_id: String,
    /// Its name; `null` if it was removed.
    #[schema(required, example = "Promo Lebaran")]
    name: Option<String>,
    /// The last part of the link; `null` if it was removed.
    #[schema(required, example = "promo")]
    slug: Option<String>,
    /// Clicks, double taps left out: `new` and `returning` together.
    clicks: u64,
    /// Clicks that made a lead.
    new: u64,
    /// Clicks of leads that had come before.
    returning: u64,
    /// Pages that were shown to people, in page mode.
    views: u64,
}

/// Clicks, new and returning leads by link.
#[utoipa::path(
    get, path = "/reports/rotators", operation_id = "get_rotators_report", tag = "reports",
    params(ReportQuery),
    responses((status = 200, description = "The report.", body = RotatorsReport), RefusedQuery, Refused)
)]
pub async fn rotators(
    caller: Caller,
    State(app): State<Arc<App>>,
    Query(query): Query<ReportQuery>,
) -> Result<Json<RotatorsReport>, ApiError> {
    let range = query.range(&caller.workspace, app.clock.now())?;
    let workspace = caller.workspace_id();
    // New and returning, the two counters that make up the clicks, and the views.
    let mut came: BTreeMap<RotatorId, [u64; 3]> = BTreeMap::new();
    for (which, metric) in ["new", "returning", VIEWS].into_iter().enumerate() {
        for counter in app.store.counters(workspace, metric, range.stored).await? {
            came.entry(counter.rotator).or_default()[which] += counter.n;
        }
    }
    let known = app.store.rotators(workspace).await?;
    let known: HashMap<RotatorId, Rotator> = known.into_iter().map(|rotator| (rotator.id, rotator)).collect();
    let mut rows: Vec<_> = came
        .into_iter()
        .map(|(rotator, [new, returning, views])| {
            let fields = known.get(&rotator).map(|rotator| &rotator.fields);
            RotatorsRow {
                rotator_id: rotator.to_string(),
                name: fields.map(|fields| fields.name.clone()),
                slug: fields.map(|fields| fields.slug.clone()),
                clicks: new + returning,
                new,
                returning,
                views,
            }
        })
        .collect();
    // Of as many clicks, the older link first.
    rows.sort_by_key(|row| Reverse(row.clicks));
    Ok(Json(RotatorsReport {
        from: range.from.to_string(),
        to: range.to.to_string(),
        rows,
    }))
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;
    use axum::http::Method;
    use konektor_core::decide::Visit;
    use konektor_store::model::VIEWS;
    use serde_json::{Value, json};

    const DAY_MS: i64 = 86_400_000;

    fn row(id: &str, slug: Value, new: u64, returning: u64) -> Value {
        json!({
            "rotator_id": id, "name": slug, "slug": slug, "clicks": new + returning, "new": new, "returning": returning,
            "views": 0,
        })
    }

    #[tokio::test]
    async fn each_link_has_its_clicks_the_busiest_first() {
        let server = Server::start().await;
        let (promo, bio, quiet) = (
            server.add_rotator("promo", &[]).await,
            server.add_rotator("bio", &[]).await,
            server.add_rotator("quiet", &[]).await,
        );
        let visits = vec![
            server.visit(&quiet, "", -DAY_MS),
            server.visit(&promo, "", 0),
            server.visit(&bio, "", 1),
            server.visit(&bio, "", 2),
        ];
        let leads = server.record(visits).await;
        let back = |rotator: &str, ms| Visit {
            cookie: Some(leads[1].number),
            ..server.visit(rotator, "", ms)
        };
        server
            .record(vec![back(&promo, 3), back(&bio, 4), back(&bio, DAY_MS)])
            .await;
        // The second of two taps is in the timeline, not in a report.
        let tap = || server.visit(&promo, "", 5);
        server.record(vec![tap(), tap()]).await;

        let one_day = "/reports/rotators?from=2026-08-17&to=2026-08-17";
        let report = server.get(one_day).await.json;
        assert_eq!(
            report,
            json!({
                "from": "2026-08-17", "to": "2026-08-17",
                "rows": [row(&promo, json!("promo"), 2, 1), row(&bio, json!("bio"), 2, 1)],
            })
        );
        let report = server.get("/reports/rotators?from=2026-08-16&to=2026-08-18").await.json;
        let wanted = json!([
            row(&bio, json!("bio"), 2, 2),
            row(&promo, json!("promo"), 2, 1),
            row(&quiet, json!("quiet"), 1, 0)
        ]);
        assert_eq!(report["rows"], wanted);

        server.delete(&format!("/rotators/{bio}")).await;
        assert_eq!(server.get(one_day).await.json["rows"][1], row(&bio, Value::Null, 2, 1));
        server.count(&quiet, VIEWS, "", 3).await;
        let rows = &server.get(one_day).await.json["rows"];
        assert_eq!((&rows[2]["slug"], &rows[2]["views"]), (&json!("quiet"), &json!(3)));
        assert_eq!(rows[2]["clicks"], 0, "a view is no click");
        let (_, key) = server.add_workspace().await;
        let foreign = server.ask(&key, Method::GET, one_day, None).await.json;
        assert_eq!(foreign["rows"], json!([]));
        assert_eq!(server.get("/reports/rotators?from=x").await.refused()[0].0, "from");
    }
}
