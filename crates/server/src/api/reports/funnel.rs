//! `GET /reports/funnel`

use super::{
    ReportQuery,
    money::{MoneySum, Sums},
};
use crate::{
    api::{
        auth::Caller,
        body::Query,
        error::ApiError,
        refusals::{Refused, RefusedQuery},
        words::StatusWord,
    },
    app::App,
};
use axum::{Json, extract::State};
use konektor_core::lead::Status;
use konektor_store::{
    Reports,
    model::{Funnel, WorkedLeads},
};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// How far the leads of these days have come by now.
#[derive(Debug, Serialize, ToSchema)]
pub struct FunnelReport {
    /// First day, in the workspace's zone.
    #[schema(example = "2026-08-01")]
    from: String,
    /// Last day, included.
    #[schema(example = "2026-08-31")]
    to: String,
    /// A row a status, in the order of a sale.
    rows: Vec<FunnelRow>,
    /// All leads that first came on these days and were neither removed nor merged into another.
    leads: u64,
}

/// The leads of a status.
#[derive(Debug, Serialize, ToSchema)]
pub struct FunnelRow {
    /// Which.
    #[schema(value_type = StatusWord)]
    status: Status,
    /// How many leads are in it now.
    leads: u64,
    /// What they are worth together, by currency.
    values: Vec<MoneySum>,
}

/// How far the leads that first came on these days have come by now, and what they are worth.
#[utoipa::path(
    get, path = "/reports/funnel", operation_id = "get_funnel_report", tag = "reports",
    params(ReportQuery),
    responses((status = 200, description = "The report.", body = FunnelReport), RefusedQuery, Refused)
)]
pub async fn funnel(
    caller: Caller,
    State(app): State<Arc<App>>,
    Query(query): Query<ReportQuery>,
) -> Result<Json<FunnelReport>, ApiError> {
    let range = query.range(&caller.workspace, app.clock.now())?;
    let born = app.store.counters(caller.workspace_id(), "new", range.stored).await?;
    let born = born.iter().map(|counter| counter.n).sum();
    let funnel = app
        .store
        .funnel(caller.workspace_id(), range.born(&caller.workspace))
        .await?;
    let rows = rows(&funnel, born);
    Ok(Json(FunnelReport {
        from: range.from.to_string(),
        to: range.to.to_string(),
        leads: rows.iter().map(|row| row.leads).sum(),
        rows,
    }))
}

/// Of the leads that were born, those are `new` that are nowhere else.
fn rows(funnel: &Funnel, born: u64) -> Vec<FunnelRow> {
    let of = |status: Status| funnel.worked.iter().filter(move |worked| worked.status == status);
    let elsewhere: u64 = funnel
        .worked
        .iter()
        .filter(|worked| worked.status != Status::New)
        .map(|worked| worked.leads)
        .sum();
    let row = |status: Status| {
        let mut values = Sums::default();
        for WorkedLeads { currency, value, .. } in of(status) {
            values.add(currency.as_deref(), *value);
        }
        FunnelRow {
            status,
            leads: match status {
                // The fold is up to a second behind: a lead may be worked on before its birth is counted.
                Status::New => (born + funnel.added).saturating_sub(elsewhere + funnel.gone),
                _ => of(status).map(|worked| worked.leads).sum(),
            },
            values: values.shown(),
        }
    };
    Status::ALL.map(row).into()
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;
    use axum::http::Method;
    use serde_json::{Value, json};

    #[tokio::test]
    async fn leads_are_counted_by_how_far_they_have_come() {
        let server = Server::start().await;
        let (promo, bio) = (
            server.add_rotator("promo", &[]).await,
            server.add_rotator("bio", &[]).await,
        );
        let visits = vec![
            server.visit(&promo, "", -40 * 86_400_000), // too early
            server.visit(&promo, "", 0),
            server.visit(&promo, "", 1),
            server.visit(&promo, "", 2),
            server.visit(&bio, "", 3),
            server.visit(&bio, "", 4),
        ];
        let leads = server.record(visits).await;
        for (lead, edit) in [
            (0, json!({ "status": "won", "value": 1, "currency": "USD" })),
            (1, json!({ "status": "won", "value": 100.5, "currency": "IDR" })),
            (
                2,
                json!({ "status": "won", "value": 900_000_000_000_i64, "currency": "IDR" }),
            ),
            (3, json!({ "status": "won", "value": 7, "currency": "USD" })),
            (3, json!({ "status": "hot" })),
            (4, json!({ "status": "hot" })),
            (4, json!({ "status": "new" })),
        ] {
            let path = format!("/leads/{}", leads[lead].packed());
            assert!(server.patch(&path, edit).await.status.is_success());
        }

        let counts = |report: &Value| -> Vec<(String, u64)> {
            let rows = report["rows"].as_array().unwrap().iter();
            let row = |row: &Value| {
                (
                    row["status"].as_str().unwrap().to_owned(),
                    row["leads"].as_u64().unwrap(),
                )
            };
            rows.map(row).filter(|(_, leads)| *leads > 0).collect()
        };
        let row = |status: &str, leads: u64| (status.to_owned(), leads);
        let report = server.get("/reports/funnel").await.json;
        assert_eq!(report["rows"].as_array().unwrap().len(), 10, "empty ones too");
        assert_eq!(counts(&report), [row("new", 2), row("hot", 1), row("won", 2)]);
        assert_eq!(report["leads"], 5);
        assert_eq!(
            report["rows"][8]["values"],
            json!([{ "currency": "IDR", "value": 900_000_000_100.5 }])
        );
        assert_eq!(report["rows"][4]["values"], json!([{ "currency": "USD", "value": 7 }]));

        let path = format!("/reports/funnel?rotator_id={bio}");
        assert_eq!(counts(&server.get(&path).await.json), [row("new", 2)]);
        let (_, key) = server.add_workspace().await;
        for path in [&path, "/reports/funnel"] {
            let foreign = server.ask(&key, Method::GET, path, None).await.json;
            assert_eq!((counts(&foreign), &foreign["leads"]), (vec![], &json!(0)));
        }
    }
}
