//! `GET /reports/arrived`

use super::{ReportQuery, names_of_agents};
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
use konektor_core::{
    fold::{MOST_NAMES, SourceKind},
    ids::WorkspaceId,
};
use konektor_store::{
    Reports, Store, StoreError,
    model::{ArrivalGroup, ReportRange},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};
use utoipa::{IntoParams, ToSchema};

/// What to group by, and the days and link of the report.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ArrivedQuery {
    /// What to group by.
    #[param(value_type = Option<ArrivedBy>, default = "source")]
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

/// What new leads are grouped by: `utm_source`, `utm_campaign` and platform of their first touch, the agent, the link, the
/// app in whose browser they came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ArrivedBy {
    /// `utm_source`.
    Source,
    /// `utm_campaign`.
    Campaign,
    /// The platform.
    Platform,
    /// The agent.
    Agent,
    /// The link.
    Rotator,
    /// The in-app browser.
    InApp,
}

impl ArrivedBy {
    const ALL: [(&str, Self, ArrivalGroup); 6] = [
        ("source", Self::Source, ArrivalGroup::Source),
        ("campaign", Self::Campaign, ArrivalGroup::Campaign),
        ("platform", Self::Platform, ArrivalGroup::Platform),
        ("agent", Self::Agent, ArrivalGroup::Agent),
        ("rotator", Self::Rotator, ArrivalGroup::Rotator),
        ("in_app", Self::InApp, ArrivalGroup::InApp),
    ];
}

/// How many of those who clicked started a chat.
#[derive(Debug, Serialize, ToSchema)]
pub struct ArrivedReport {
    /// First day, in the workspace's zone.
    #[schema(example = "2026-08-01")]
    from: String,
    /// Last day, included.
    #[schema(example = "2026-08-31")]
    to: String,
    /// What the rows are.
    by: ArrivedBy,
    /// The one with the most new leads first.
    rows: Vec<ArrivedRow>,
    /// All leads that first clicked on these days.
    new: u64,
    /// Those of them of whom it is known that their chat has started.
    arrived: u64,
    /// `arrived` out of `new`, from 0 to 1.
    #[schema(example = 0.62)]
    rate: f64,
}

/// The leads of one group.
#[derive(Debug, Serialize, ToSchema)]
pub struct ArrivedRow {
    /// The source, campaign, platform or app, or the name of the agent or rotator; `null` for those that have none.
    #[schema(required, example = "instagram")]
    name: Option<String>,
    /// The agent's or rotator's id.
    #[schema(required)]
    id: Option<String>,
    /// Leads that first clicked on these days.
    new: u64,
    /// Those of them whose chat has started.
    arrived: u64,
    /// `arrived` out of `new`, from 0 to 1.
    #[schema(example = 0.62)]
    rate: f64,
}

/// From click to chat: how many of the leads that first clicked on these days have started their chat, as far as it was told.
/// By agents, new leads are turns.
#[utoipa::path(
    get, path = "/reports/arrived", operation_id = "get_arrived_report", tag = "reports",
    params(ArrivedQuery),
    responses((status = 200, description = "The report.", body = ArrivedReport), RefusedQuery, Refused)
)]
pub async fn arrived(
    caller: Caller,
    State(app): State<Arc<App>>,
    Query(query): Query<ArrivedQuery>,
) -> Result<Json<ArrivedReport>, ApiError> {
    let (by, group) = read_by(query.by.as_deref())?;
    let days = ReportQuery {
        from: query.from,
        to: query.to,
        rotator_id: query.rotator_id,
    };
    let workspace = caller.workspace_id();
    let range = days.range(&caller.workspace, app.clock.now())?;
    let mut sums: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for (name, n) in born(&app, workspace, by, range.stored).await? {
        sums.entry(name).or_default().0 += n;
    }
    for (name, n) in app
        .store
        .arrivals(workspace, group, range.born(&caller.workspace))
        .await?
    {
        sums.entry(name).or_default().1 += n;
    }
    let names = names(&app, workspace, by).await?;
    let (new, arrived) = sums
        .values()
        .fold((0, 0), |(new, arrived), sum| (new + sum.0, arrived + sum.1));
    let mut rows: Vec<_> = sums
        .into_iter()
        .map(|(key, sum)| row(key, sum, names.as_ref()))
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse((row.new, row.arrived)));
    Ok(Json(ArrivedReport {
        from: range.from.to_string(),
        to: range.to.to_string(),
        by,
        rows,
        new,
        arrived,
        rate: rate(arrived, new),
    }))
}

/// Of leads that are in no counter any more, the rate is of those who arrived.
fn rate(arrived: u64, new: u64) -> f64 {
    arrived as f64 / new.max(arrived).max(1) as f64
}

fn row(key: String, (new, arrived): (u64, u64), names: Option<&BTreeMap<String, String>>) -> ArrivedRow {
    let key = Some(key).filter(|key| !key.is_empty());
    let (name, id) = match names {
        Some(names) => (key.as_ref().and_then(|id| names.get(id).cloned()), key),
        None => (key, None),
    };
    ArrivedRow {
        name,
        id,
        new,
        arrived,
        rate: rate(arrived, new),
    }
}

fn read_by(by: Option<&str>) -> Result<(ArrivedBy, ArrivalGroup), ApiError> {
    let by = by.unwrap_or("source");
    if let Some((_, by, group)) = ArrivedBy::ALL.into_iter().find(|(word, ..)| *word == by) {
        return Ok((by, group));
    }
    let mut checks = Checks::default();
    checks.refuse(
        "by",
        "Chats are grouped by source, campaign, platform, agent, rotator or in_app.",
    );
    checks.finish()?;
    Ok((ArrivedBy::Source, ArrivalGroup::Source))
}

/// The new leads of these days, out of the counters.
async fn born(
    app: &App,
    workspace: WorkspaceId,
    by: ArrivedBy,
    range: ReportRange,
) -> Result<Vec<(String, u64)>, StoreError> {
    let store = &app.store;
    let of_sources = async |kind| {
        let (counts, _) = store.sources(workspace, kind, range, MOST_NAMES + 1).await?;
        let new = counts.into_iter().map(|count| (count.name, count.came.new));
        Ok::<_, StoreError>(new.filter(|(_, n)| *n > 0).collect())
    };
    Ok(match by {
        ArrivedBy::Source => of_sources(SourceKind::Source).await?,
        ArrivedBy::Campaign => of_sources(SourceKind::Campaign).await?,
        ArrivedBy::Platform => of_sources(SourceKind::Platform).await?,
        ArrivedBy::Agent => {
            let lines = store.ledger(workspace, range).await?.into_iter();
            let given = lines.map(|line| (line.agent.to_string(), u64::from(line.given)));
            given.filter(|(_, n)| *n > 0).collect()
        }
        ArrivedBy::Rotator => {
            let counters = store.counters(workspace, "new", range).await?.into_iter();
            counters
                .map(|counter| (counter.rotator.to_string(), counter.n))
                .collect()
        }
        ArrivedBy::InApp => {
            let counters = store.counters(workspace, "recognised", range).await?.into_iter();
            // `new/browser/in-app`, as the fold writes it.
            let new = counters.filter(|counter| counter.key.starts_with("new/"));
            new.map(|counter| {
                let in_app = counter.key.rsplit('/').next().unwrap_or_default();
                (in_app.to_owned(), counter.n)
            })
            .collect()
        }
    })
}

/// What ids stand for, where the groups have some.
async fn names(app: &App, workspace: WorkspaceId, by: ArrivedBy) -> Result<Option<BTreeMap<String, String>>, ApiError> {
    Ok(match by {
        ArrivedBy::Agent => {
            let names = names_of_agents(app, workspace).await?.into_iter();
            Some(names.map(|(id, name)| (id.to_string(), name)).collect())
        }
        ArrivedBy::Rotator => {
            let rotators = app.store.rotators(workspace).await?.into_iter();
            Some(
                rotators
                    .map(|rotator| (rotator.id.to_string(), rotator.fields.name))
                    .collect(),
            )
        }
        ArrivedBy::Source | ArrivedBy::Campaign | ArrivedBy::Platform | ArrivedBy::InApp => None,
    })
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;
    use axum::http::Method;
    use konektor_core::decide::Visit;
    use serde_json::{Value, json};

    const DESK: &str =
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";

    #[tokio::test]
    async fn the_rate_from_click_to_chat_is_shown_by_what_it_may_depend_on() {
        let server = Server::start().await;
        let agents = [server.add_agent("Ayu").await, server.add_agent("Budi").await];
        let promo = server.add_rotator("promo", &[&agents[0], &agents[1]]).await;
        let visit = |n: i64, query: &str| {
            let visit = server.visit(&promo, query, n);
            match n % 2 {
                0 => visit,
                _ => Visit {
                    ua: DESK.into(),
                    ..visit
                },
            }
        };
        let visits = vec![
            visit(0, "utm_source=bio&utm_campaign=lebaran"),
            visit(1, "utm_source=bio&utm_campaign=lebaran"),
            visit(2, "utm_source=bio"),
            visit(3, "fbclid=F"),
        ];
        let leads = server.record(visits).await;
        for lead in [leads[0], leads[2]] {
            server
                .patch(&format!("/leads/{}", lead.packed()), json!({ "arrived": true }))
                .await;
        }
        server.fold().await;

        let row = |name: Value, id: Value, new: u64, arrived: u64, rate: f64| json!({ "name": name, "id": id, "new": new, "arrived": arrived, "rate": rate });
        let none = || Value::Null;
        for (by, rows) in [
            (
                "source",
                vec![
                    row("bio".into(), none(), 3, 2, 2.0 / 3.0),
                    row(none(), none(), 1, 0, 0.0),
                ],
            ),
            (
                "campaign",
                vec![row(none(), none(), 2, 1, 0.5), row("lebaran".into(), none(), 2, 1, 0.5)],
            ),
            (
                "platform",
                vec![
                    row(none(), none(), 3, 2, 2.0 / 3.0),
                    row("meta".into(), none(), 1, 0, 0.0),
                ],
            ),
            (
                "agent",
                vec![
                    row("Ayu".into(), agents[0].clone().into(), 2, 2, 1.0),
                    row("Budi".into(), agents[1].clone().into(), 2, 0, 0.0),
                ],
            ),
            ("rotator", vec![row("promo".into(), promo.clone().into(), 4, 2, 0.5)]),
            (
                "in_app",
                vec![
                    row("instagram".into(), none(), 2, 2, 1.0),
                    row(none(), none(), 2, 0, 0.0),
                ],
            ),
        ] {
            let report = server.get(&format!("/reports/arrived?by={by}")).await.json;
            assert_eq!(report["rows"], json!(rows), "{by}");
            assert_eq!(
                (&report["by"], &report["new"], &report["arrived"]),
                (&json!(by), &json!(4), &json!(2))
            );
        }
        let other_days = server.get("/reports/arrived?from=2026-08-01&to=2026-08-16").await.json;
        assert_eq!((&other_days["rows"], &other_days["rate"]), (&json!([]), &json!(0.0)));
        assert_eq!(server.get("/reports/arrived?by=weather").await.refused()[0].0, "by");
        let (_, key) = server.add_workspace().await;
        let foreign = server.ask(&key, Method::GET, "/reports/arrived", None).await.json;
        assert_eq!((&foreign["rows"], &foreign["arrived"]), (&json!([]), &json!(0)));
    }
}
