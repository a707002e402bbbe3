//! `GET /reports/sales`

use super::{
    ReportQuery,
    money::{MoneySum, Sums},
};
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
use jiff::{civil::Date, tz::TimeZone};
use konektor_store::{
    Reports,
    model::{SALES_MOST, Sale, SaleDate},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};
use utoipa::{IntoParams, ToSchema};

const DAY_MS: i64 = 86_400_000;
/// The ends of the spans of delay, in days; the last has none.
const DELAYS: [i64; 5] = [1, 3, 7, 30, 90];

/// By which day sales are counted, and the days and link of the report.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SalesQuery {
    /// By which day.
    #[param(value_type = Option<SaleDateWord>, default = "sale")]
    dated: Option<String>,
    /// First day, in the workspace's zone; 29 days before `to` if absent.
    #[param(example = "2026-08-01")]
    from: Option<String>,
    /// Last day, included; today if absent. At most 400 days after `from`.
    #[param(example = "2026-08-31")]
    to: Option<String>,
    /// Leads that first came by this rotator only.
    rotator_id: Option<String>,
}

/// By which day a sale is counted: that of the sale, or that on which the lead first came. By the first, money is where it came
/// in; by the second, where the ad was that brought it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SaleDate)]
pub enum SaleDateWord {
    /// The day on which the lead was won.
    Sale,
    /// The day on which the lead first came.
    FirstClick,
}

/// What was sold.
#[derive(Debug, Serialize, ToSchema)]
pub struct SalesReport {
    /// First day, in the workspace's zone.
    #[schema(example = "2026-08-01")]
    from: String,
    /// Last day, included.
    #[schema(example = "2026-08-31")]
    to: String,
    /// By which day sales are counted.
    dated: SaleDateWord,
    /// By day, the first one first; days without a sale are left out.
    rows: Vec<SalesDay>,
    /// All of them.
    totals: Sold,
    /// Of leads who had clicked once by then.
    new: Sold,
    /// Of leads who had come back.
    returning: Sold,
    /// How long it took from the first click to the sale.
    delay: Delay,
    /// There were more sales than are counted here: ask for fewer days.
    is_cut: bool,
}

/// Sales, with what they are worth.
#[derive(Debug, Serialize, ToSchema)]
pub struct Sold {
    /// How many leads.
    won: u64,
    /// What they are worth together, by currency.
    values: Vec<MoneySum>,
}

/// The sales of a day.
#[derive(Debug, Serialize, ToSchema)]
pub struct SalesDay {
    /// The day, in the workspace's zone.
    #[schema(example = "2026-08-17")]
    day: String,
    /// What was sold.
    #[serde(flatten)]
    sold: Sold,
}

/// From the first click to the sale.
#[derive(Debug, Serialize, ToSchema)]
pub struct Delay {
    /// Half of the sales took no longer, in milliseconds; `null` without sales.
    #[schema(required, example = 93_600_000)]
    median_ms: Option<i64>,
    /// Nine of ten took no longer, in milliseconds.
    #[schema(required)]
    p90_ms: Option<i64>,
    /// How many took how long, the shortest first.
    spans: Vec<DelaySpan>,
}

/// Sales that took about as long.
#[derive(Debug, Serialize, ToSchema)]
pub struct DelaySpan {
    /// Fewer days than these; `null` for all that took longer than the spans before.
    #[schema(required, example = 3)]
    under_days: Option<i64>,
    /// How many.
    won: u64,
}

/// What was sold, by the day of the sale or of the first click; how long it took; and how much of it was of people who had come
/// back.
#[utoipa::path(
    get, path = "/reports/sales", operation_id = "get_sales_report", tag = "reports",
    params(SalesQuery),
    responses((status = 200, description = "The report.", body = SalesReport), RefusedQuery, Refused)
)]
pub async fn sales(
    caller: Caller,
    State(app): State<Arc<App>>,
    Query(query): Query<SalesQuery>,
) -> Result<Json<SalesReport>, ApiError> {
    let (dated, by) = read_dated(query.dated.as_deref())?;
    let days = ReportQuery {
        from: query.from,
        to: query.to,
        rotator_id: query.rotator_id,
    };
    let workspace = &caller.workspace;
    let range = days.range(workspace, app.clock.now())?;
    let sales = app.store.sales(workspace.id, by, range.born(workspace)).await?;
    Ok(Json(SalesReport {
        from: range.from.to_string(),
        to: range.to.to_string(),
        dated,
        rows: by_day(&sales, by, &workspace.time_zone),
        totals: sold(sales.iter()),
        new: sold(sales.iter().filter(|sale| !sale.returning)),
        returning: sold(sales.iter().filter(|sale| sale.returning)),
        delay: delay(&sales),
        is_cut: sales.len() >= SALES_MOST,
    }))
}

fn read_dated(dated: Option<&str>) -> Result<(SaleDateWord, SaleDate), ApiError> {
    let mut checks = Checks::default();
    let read = match dated {
        None | Some("sale") => (SaleDateWord::Sale, SaleDate::Sale),
        Some("first_click") => (SaleDateWord::FirstClick, SaleDate::FirstClick),
        Some(_) => {
            checks.refuse("dated", "Sales are counted by sale or first_click.");
            (SaleDateWord::Sale, SaleDate::Sale)
        }
    };
    checks.finish()?;
    Ok(read)
}

fn sold<'s>(sales: impl Iterator<Item = &'s Sale>) -> Sold {
    let (mut won, mut values) = (0, Sums::default());
    for sale in sales {
        won += 1;
        values.add(sale.currency.as_deref(), i128::from(sale.value.unwrap_or(0)));
    }
    Sold {
        won,
        values: values.shown(),
    }
}

fn by_day(sales: &[Sale], by: SaleDate, zone: &TimeZone) -> Vec<SalesDay> {
    let mut days: BTreeMap<Date, Vec<&Sale>> = BTreeMap::new();
    for sale in sales {
        let at = match by {
            SaleDate::Sale => sale.won_at,
            SaleDate::FirstClick => sale.born_at,
        };
        days.entry(at.in_zone(zone).date()).or_default().push(sale);
    }
    let day = |(day, sales): (Date, Vec<&Sale>)| SalesDay {
        day: day.to_string(),
        sold: sold(sales.into_iter()),
    };
    days.into_iter().map(day).collect()
}

fn delay(sales: &[Sale]) -> Delay {
    let mut delays: Vec<i64> = sales
        .iter()
        .map(|sale| sale.won_at.since(sale.born_at).max(0))
        .collect();
    delays.sort_unstable();
    // The one that as many are below as it says.
    let at = |tenths: usize| {
        delays
            .get((delays.len() * tenths).div_ceil(10).saturating_sub(1))
            .copied()
    };
    let ends = DELAYS.map(Some).into_iter().chain([None]);
    let mut from = 0;
    let spans = ends.map(|under_days| {
        let end = under_days.map_or(delays.len(), |days| {
            delays.partition_point(|delay| *delay < days * DAY_MS)
        });
        let won = (end - from) as u64;
        from = end;
        DelaySpan { under_days, won }
    });
    Delay {
        spans: spans.collect(),
        median_ms: at(5),
        p90_ms: at(9),
    }
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;
    use axum::http::Method;
    use konektor_core::decide::Visit;
    use serde_json::{Value, json};

    const DAY_MS: i64 = 86_400_000;

    fn sold(won: u64, value: i64) -> Value {
        let values = if won > 0 {
            json!([{ "currency": "IDR", "value": value }])
        } else {
            json!([])
        };
        json!({ "won": won, "values": values })
    }

    #[tokio::test]
    async fn a_sale_is_counted_by_its_own_day_or_by_that_of_the_first_click() {
        let server = Server::start().await;
        let promo = server.add_rotator("promo", &[]).await;
        let leads = server
            .record((0..3).map(|at| server.visit(&promo, "", at)).collect())
            .await;
        let back = Visit {
            cookie: Some(leads[2].number),
            ..server.visit(&promo, "", DAY_MS)
        };
        server.record(vec![back]).await;
        let win = async |at: usize, days: i64, value: i64| {
            server.set_clock(days * DAY_MS + 3_600_000);
            let edit = json!({ "status": "won", "value": value, "currency": "IDR" });
            server.patch(&format!("/leads/{}", leads[at].packed()), edit).await;
            server.fold().await;
        };
        win(0, 0, 10).await;
        win(1, 2, 20).await;
        win(2, 9, 40).await;

        let report = server.get("/reports/sales").await.json;
        let day = |day: &str, won, value| {
            let mut row = sold(won, value);
            row["day"] = json!(day);
            row
        };
        let by_sale = json!([
            day("2026-08-17", 1, 10),
            day("2026-08-19", 1, 20),
            day("2026-08-26", 1, 40)
        ]);
        assert_eq!((&report["rows"], &report["dated"]), (&by_sale, &json!("sale")));
        assert_eq!(report["totals"], sold(3, 70));
        assert_eq!((&report["new"], &report["returning"]), (&sold(2, 30), &sold(1, 40)));
        let delay = &report["delay"];
        assert_eq!(delay["median_ms"], 2 * DAY_MS + 3_600_000 - 1);
        let spans: Vec<_> = delay["spans"]
            .as_array()
            .unwrap()
            .iter()
            .map(|span| span["won"].clone())
            .collect();
        assert_eq!(spans, [1, 1, 0, 1, 0, 0]);

        let report = server.get("/reports/sales?dated=first_click&to=2026-08-17").await.json;
        assert_eq!(report["rows"], json!([day("2026-08-17", 3, 70)]));
        let report = server.get("/reports/sales?to=2026-08-17").await.json;
        assert_eq!(report["totals"], sold(1, 10));

        // A sale that falls through is none.
        server
            .patch(&format!("/leads/{}", leads[0].packed()), json!({ "status": "lost" }))
            .await;
        server.fold().await;
        assert_eq!(server.get("/reports/sales").await.json["totals"]["won"], 2);
        assert_eq!(
            server.get("/reports/sales?dated=yesterday").await.refused()[0].0,
            "dated"
        );
        let (_, key) = server.add_workspace().await;
        let foreign = server.ask(&key, Method::GET, "/reports/sales", None).await.json;
        assert_eq!(
            (&foreign["rows"], &foreign["delay"]["median_ms"]),
            (&json!([]), &Value::Null)
        );
    }
}
