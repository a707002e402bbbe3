//! `GET /reports/recognition`

use super::ReportQuery;
use crate::{
    api::{
        auth::Caller,
        body::Query,
        error::ApiError,
        refusals::{Refused, RefusedQuery},
        words::InAppWord,
    },
    app::App,
};
use axum::{Json, extract::State};
use konektor_core::{click::RecognisedBy, user_agent::InApp};
use konektor_store::{Store, model::Counter};
use serde::Serialize;
use std::{collections::BTreeMap, ops::AddAssign, sync::Arc};
use utoipa::ToSchema;

/// How visitors were recognised, by what they browse with.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecognitionReport {
    /// First day, in the workspace's zone.
    #[schema(example = "2026-08-01")]
    from: String,
    /// Last day, included.
    #[schema(example = "2026-08-31")]
    to: String,
    /// By browser and in-app browser, the one with the most clicks first.
    rows: Vec<RecognitionRow>,
    /// All of them.
    totals: Recognised,
}

/// A browser.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecognitionRow {
    /// Which; `null` if its user agent does not say.
    #[schema(required, example = "Chrome")]
    browser: Option<String>,
    /// The app whose in-app browser it was.
    #[schema(required, value_type = Option<InAppWord>)]
    in_app: Option<InApp>,
    /// How its visitors were recognised.
    #[serde(flatten)]
    recognised: Recognised,
}

/// Clicks by how their visitor was recognised. Double taps are left out, as everywhere.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub struct Recognised {
    /// All clicks.
    clicks: u64,
    /// By a valid cookie.
    cookie: u64,
    /// By the same click ID from the same browser.
    click_id: u64,
    /// By nothing: somebody new, or somebody whose browser forgot us.
    new: u64,
    /// The share that was recognised, from 0 to 1. People who come for the first time lower it in every browser; one
    /// that is far below the others forgets.
    #[schema(example = 0.25)]
    rate: f64,
}

impl Recognised {
    fn by(by: RecognisedBy, n: u64) -> Self {
        let mut recognised = Self {
            clicks: n,
            ..Self::default()
        };
        match by {
            RecognisedBy::Cookie => recognised.cookie = n,
            RecognisedBy::ClickId => recognised.click_id = n,
            RecognisedBy::New => recognised.new = n,
            RecognisedBy::DoubleTap => {}
        }
        recognised
    }
}

impl AddAssign for Recognised {
    fn add_assign(&mut self, other: Self) {
        self.clicks += other.clicks;
        self.cookie += other.cookie;
        self.click_id += other.click_id;
        self.new += other.new;
        self.rate = (self.clicks - self.new) as f64 / self.clicks.max(1) as f64;
    }
}

/// How visitors were recognised, by browser and in-app browser.
#[utoipa::path(
    get, path = "/reports/recognition", operation_id = "get_recognition_report", tag = "reports",
    params(ReportQuery),
    responses((status = 200, description = "The report.", body = RecognitionReport), RefusedQuery, Refused)
)]
pub async fn recognition(
    caller: Caller,
    State(app): State<Arc<App>>,
    Query(query): Query<ReportQuery>,
) -> Result<Json<RecognitionReport>, ApiError> {
    let range = query.range(&caller.workspace, app.clock.now())?;
    let counters = app
        .store
        .counters(caller.workspace_id(), "recognised", range.stored)
        .await?;
    let mut totals = Recognised::default();
    let mut browsers: BTreeMap<(String, String), Recognised> = BTreeMap::new();
    for Counter { key, n, .. } in &counters {
        let (by, browser, in_app) =
            read_key(key).ok_or(ApiError::Broken("a counter of recognition has no such key"))?;
        let recognised = Recognised::by(by, *n);
        totals += recognised;
        *browsers.entry((browser.to_owned(), in_app.to_owned())).or_default() += recognised;
    }
    let row = |((browser, in_app), recognised): ((String, String), Recognised)| RecognitionRow {
        browser: Some(browser).filter(|browser| !browser.is_empty()),
        in_app: in_app.parse().ok(),
        recognised,
    };
    let mut rows: Vec<_> = browsers.into_iter().map(row).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.recognised.clicks));
    Ok(Json(RecognitionReport {
        from: range.from.to_string(),
        to: range.to.to_string(),
        rows,
        totals,
    }))
}

/// `by/browser/in-app`, as the fold writes it.
fn read_key(key: &str) -> Option<(RecognisedBy, &str, &str)> {
    let (by, rest) = key.split_once('/')?;
    let (browser, in_app) = rest.rsplit_once('/')?;
    let known = [
        RecognisedBy::Cookie,
        RecognisedBy::ClickId,
        RecognisedBy::DoubleTap,
        RecognisedBy::New,
    ];
    let by = known.into_iter().find(|known| known.as_str() == by)?;
    Some((by, browser, in_app))
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;
    use axum::http::Method;
    use konektor_core::decide::Visit;
    use serde_json::json;

    #[tokio::test]
    async fn recognition_is_shown_by_browser_and_app() {
        let server = Server::start().await;
        let promo = server.add_rotator("promo", &[]).await;
        let leads = server
            .record((0..3).map(|at| server.visit(&promo, "", at)).collect())
            .await;
        let back = Visit {
            cookie: Some(leads[0].number),
            ..server.visit(&promo, "", 9)
        };
        let unknown = Visit {
            ua: "something".into(),
            ..server.visit(&promo, "", 10)
        };
        server.record(vec![back, unknown]).await;

        let report = server.get("/reports/recognition").await.json;
        let rows = json!([
            {
                "browser": "Android WebView", "in_app": "instagram", "clicks": 4, "cookie": 1, "click_id": 0, "new": 3,
                "rate": 0.25,
            },
            { "browser": null, "in_app": null, "clicks": 1, "cookie": 0, "click_id": 0, "new": 1, "rate": 0.0 },
        ]);
        assert_eq!(report["rows"], rows);
        let totals = json!({ "clicks": 5, "cookie": 1, "click_id": 0, "new": 4, "rate": 0.2 });
        assert_eq!(report["totals"], totals);
        let (_, key) = server.add_workspace().await;
        let foreign = server.ask(&key, Method::GET, "/reports/recognition", None).await.json;
        assert_eq!(
            (&foreign["rows"], &foreign["totals"]["clicks"]),
            (&json!([]), &json!(0))
        );
    }
}
