//! `GET /reports/recognition`

use super::{ReportQuery, range::Range};
use crate::{
    api::{
        auth::Caller,
        body::Query,
        days::stored,
        error::ApiError,
        refusals::{Refused, RefusedQuery},
        words::{InAppWord, ModeWord},
    },
    app::App,
};
use axum::{Json, extract::State};
use jiff::civil::Date;
use konektor_core::{
    click::RecognisedBy,
    fold::{RECOGNISED, RECOGNISED_HOST, RECOGNISED_MODE},
    routing::Mode,
    user_agent::InApp,
};
use konektor_store::{Reports, model::Counter};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, ops::AddAssign, sync::Arc};
use utoipa::{IntoParams, ToSchema};

/// Days of a span, where the report is about so many that a point a day would say nothing.
const WEEK: usize = 7;
/// Most days that are shown one by one.
const DAILY_MOST: usize = 92;
/// The rows with the most clicks have their rates over time.
const DRAWN: usize = 20;

/// What to group by, and the days and link of the report.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RecognitionQuery {
    /// What to group by.
    #[param(value_type = Option<RecognitionBy>, default = "browser")]
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

/// What visitors are grouped by: browser with its app, the app alone, the host of the link, the rotator's mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecognitionBy {
    /// Browser and in-app browser.
    Browser,
    /// The app whose in-app browser it was.
    InApp,
    /// The host of the link.
    Host,
    /// Redirect or page.
    Mode,
}

impl RecognitionBy {
    fn parse(text: Option<&str>) -> Option<Self> {
        match text.unwrap_or("browser") {
            "browser" => Some(Self::Browser),
            "in_app" => Some(Self::InApp),
            "host" => Some(Self::Host),
            "mode" => Some(Self::Mode),
            _ => None,
        }
    }

    /// The counter that knows.
    fn metric(self) -> &'static str {
        match self {
            Self::Browser | Self::InApp => RECOGNISED,
            Self::Host => RECOGNISED_HOST,
            Self::Mode => RECOGNISED_MODE,
        }
    }
}

/// How visitors were recognised, by what they browse with, or by what they came to.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecognitionReport {
    /// First day, in the workspace's zone.
    #[schema(example = "2026-08-01")]
    from: String,
    /// Last day, included.
    #[schema(example = "2026-08-31")]
    to: String,
    /// What the rows are.
    by: RecognitionBy,
    /// The one with the most clicks first. By host and mode it has been counted since that was possible: earlier days are
    /// missing there.
    rows: Vec<RecognitionRow>,
    /// All of them.
    totals: Recognised,
    /// All of them over time: day by day, or week by week where there are more than 92 days.
    over_time: Vec<RecognisedSpan>,
}

/// A browser, an app, a host or a mode: what the report is not by is `null`.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecognitionRow {
    /// Which browser; `null` if its user agent does not say.
    #[schema(required, example = "Chrome")]
    browser: Option<String>,
    /// The app whose in-app browser it was.
    #[schema(required, value_type = Option<InAppWord>)]
    in_app: Option<InApp>,
    /// The host of the link.
    #[schema(required, example = "wa.brand.com")]
    host: Option<String>,
    /// The rotator's mode of then.
    #[schema(required, value_type = Option<ModeWord>)]
    mode: Option<Mode>,
    /// How its visitors were recognised.
    #[serde(flatten)]
    recognised: Recognised,
    /// The share that was recognised in each span of `over_time`, from 0 to 1; `null` where nobody came. Of the 20 rows with
    /// the most clicks; else empty.
    rates: Vec<Option<f64>>,
}

/// A day or a week.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecognisedSpan {
    /// Its first day.
    #[schema(example = "2026-08-17")]
    from: String,
    /// Its last day.
    #[schema(example = "2026-08-23")]
    to: String,
    /// How visitors were recognised.
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

/// How visitors were recognised over the days: by browser and in-app browser, by host, by mode.
#[utoipa::path(
    get, path = "/reports/recognition", operation_id = "get_recognition_report", tag = "reports",
    params(RecognitionQuery),
    responses((status = 200, description = "The report.", body = RecognitionReport), RefusedQuery, Refused)
)]
pub async fn recognition(
    caller: Caller,
    State(app): State<Arc<App>>,
    Query(query): Query<RecognitionQuery>,
) -> Result<Json<RecognitionReport>, ApiError> {
    let by = RecognitionBy::parse(query.by.as_deref())
        .ok_or_else(|| ApiError::invalid("by", "Recognition is shown by browser, in_app, host or mode."))?;
    let days = ReportQuery {
        from: query.from,
        to: query.to,
        rotator_id: query.rotator_id,
    };
    let range = days.range(&caller.workspace, app.clock.now())?;
    let counters = app
        .store
        .counters(caller.workspace_id(), by.metric(), range.stored)
        .await?;
    let spans = spans(range);
    let mut totals = vec![Recognised::default(); spans.len()];
    let mut groups: BTreeMap<String, Vec<Recognised>> = BTreeMap::new();
    for Counter { day, key, n, .. } in &counters {
        let (way, group) = read_key(key).ok_or(ApiError::Broken("a counter of recognition has no such key"))?;
        // The store gives the days that it was asked for.
        let Some(at) = spans.iter().position(|(_, to)| *day <= stored(*to)) else {
            continue;
        };
        let group = match by {
            RecognitionBy::InApp => group.rsplit('/').next().unwrap_or_default(),
            _ => group,
        };
        let recognised = Recognised::by(way, *n);
        totals[at] += recognised;
        let of_group = groups.entry(group.to_owned());
        of_group.or_insert_with(|| vec![Recognised::default(); spans.len()])[at] += recognised;
    }
    let mut rows: Vec<_> = groups
        .into_iter()
        .map(|(group, spans)| row(by, &group, &spans))
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.recognised.clicks));
    rows.iter_mut().skip(DRAWN).for_each(|row| row.rates.clear());
    Ok(Json(RecognitionReport {
        from: range.from.to_string(),
        to: range.to.to_string(),
        by,
        rows,
        totals: sum(&totals),
        over_time: spans
            .into_iter()
            .zip(totals)
            .map(|((from, to), recognised)| RecognisedSpan {
                from: from.to_string(),
                to: to.to_string(),
                recognised,
            })
            .collect(),
    }))
}

fn sum(spans: &[Recognised]) -> Recognised {
    let mut sum = Recognised::default();
    spans.iter().for_each(|span| sum += *span);
    sum
}

fn row(by: RecognitionBy, group: &str, spans: &[Recognised]) -> RecognitionRow {
    let named = |name: &str| Some(name.to_owned()).filter(|name| !name.is_empty());
    let (browser, in_app) = match by {
        RecognitionBy::Browser => group.rsplit_once('/').unwrap_or((group, "")),
        RecognitionBy::InApp => ("", group),
        RecognitionBy::Host | RecognitionBy::Mode => ("", ""),
    };
    RecognitionRow {
        browser: named(browser),
        in_app: in_app.parse().ok(),
        host: named(group).filter(|_| by == RecognitionBy::Host),
        mode: match (by, group) {
            (RecognitionBy::Mode, "page") => Some(Mode::Page),
            (RecognitionBy::Mode, _) => Some(Mode::Redirect),
            _ => None,
        },
        recognised: sum(spans),
        rates: spans
            .iter()
            .map(|span| (span.clicks > 0).then_some(span.rate))
            .collect(),
    }
}

/// First and last day of each span of a report.
fn spans(range: Range) -> Vec<(Date, Date)> {
    let days: Vec<_> = range.days().collect();
    let length = if days.len() > DAILY_MOST { WEEK } else { 1 };
    days.chunks(length)
        .filter_map(|span| Some((*span.first()?, *span.last()?)))
        .collect()
}

/// `by/group`, as the fold writes it.
fn read_key(key: &str) -> Option<(RecognisedBy, &str)> {
    let (by, group) = key.split_once('/')?;
    let by = RecognisedBy::ALL.into_iter().find(|known| known.as_str() == by)?;
    Some((by, group))
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;
    use axum::http::Method;
    use konektor_core::decide::Visit;
    use serde_json::{Value, json};

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
        let wanted = [
            (json!("Android WebView"), json!("instagram"), json!([4, 1, 0, 3, 0.25])),
            (json!(null), json!(null), json!([1, 0, 0, 1, 0.0])),
        ];
        let figures = |of: &Value| ["clicks", "cookie", "click_id", "new", "rate"].map(|figure| of[figure].clone());
        let rows = report["rows"].as_array().unwrap();
        assert_eq!(rows.len(), wanted.len());
        for (row, (browser, in_app, wanted)) in rows.iter().zip(wanted) {
            assert_eq!((&row["browser"], &row["in_app"]), (&browser, &in_app));
            assert_eq!(json!(figures(row)), wanted);
        }
        assert_eq!(json!(figures(&report["totals"])), json!([5, 1, 0, 4, 0.2]));
        let by_app = server.get("/reports/recognition?by=in_app").await.json;
        assert_eq!(
            (&by_app["rows"][0]["in_app"], &by_app["rows"][1]["in_app"]),
            (&json!("instagram"), &json!(null))
        );
        assert_eq!(server.get("/reports/recognition?by=mood").await.refused()[0].0, "by");
        let (_, key) = server.add_workspace().await;
        let foreign = server.ask(&key, Method::GET, "/reports/recognition", None).await.json;
        assert_eq!(
            (&foreign["rows"], &foreign["totals"]["clicks"]),
            (&json!([]), &json!(0))
        );
    }

    #[tokio::test]
    async fn hosts_and_modes_are_compared_over_the_days() {
        let server = Server::start().await;
        let promo = server.add_rotator("promo", &[]).await;
        let own = |visit: Visit| Visit {
            host: "wa.brand.com".to_owned(),
            ..visit
        };
        let leads = server
            .record(vec![server.visit(&promo, "", 0), own(server.visit(&promo, "", 1))])
            .await;
        let next_day = |n: i64| 86_400_000 + n;
        let back = Visit {
            cookie: Some(leads[1].number),
            press: Some(7),
            ..own(server.visit(&promo, "", next_day(0)))
        };
        server.record(vec![back, server.visit(&promo, "", next_day(1))]).await;
        server.set_clock(next_day(9));

        let days = "from=2026-08-16&to=2026-08-18";
        let report = server.get(&format!("/reports/recognition?by=host&{days}")).await.json;
        let shown = |report: &Value, name: &str| -> Vec<Value> {
            let rows = report["rows"].as_array().unwrap().iter();
            rows.map(|row| json!([row[name], row["clicks"], row["rates"]]))
                .collect()
        };
        assert_eq!(
            shown(&report, "host"),
            [
                json!(["go.example.com", 2, [null, 0.0, 0.0]]),
                json!(["wa.brand.com", 2, [null, 0.0, 1.0]])
            ]
        );
        let over_time = report["over_time"].as_array().unwrap();
        let spans: Vec<_> = over_time
            .iter()
            .map(|span| json!([span["from"], span["clicks"], span["rate"]]))
            .collect();
        assert_eq!(
            spans,
            [
                json!(["2026-08-16", 0, 0.0]),
                json!(["2026-08-17", 2, 0.0]),
                json!(["2026-08-18", 2, 0.5])
            ]
        );
        let modes = server.get(&format!("/reports/recognition?by=mode&{days}")).await.json;
        assert_eq!(
            shown(&modes, "mode"),
            [
                json!(["redirect", 3, [null, 0.0, 0.0]]),
                json!(["page", 1, [null, null, 1.0]])
            ]
        );
        let weeks = server
            .get("/reports/recognition?from=2026-05-01&to=2026-08-18")
            .await
            .json;
        let weeks = weeks["over_time"].as_array().unwrap();
        assert_eq!(
            (weeks.len(), &weeks[15]["to"]),
            (16, &json!("2026-08-18")),
            "a long time week by week"
        );
        assert_eq!(weeks[15]["clicks"], 4);
    }
}
