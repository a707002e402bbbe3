//! `GET /reports/agents`

use super::{
    ReportQuery,
    money::{MoneySum, Sums},
    names_of_agents,
};
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
use konektor_core::{ids::AgentId, lead::Status};
use konektor_store::{Reports, Store};
use serde::Serialize;
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};
use utoipa::ToSchema;

/// What came to each agent, and what became of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct AgentsReport {
    /// First day, in the workspace's zone.
    #[schema(example = "2026-08-01")]
    from: String,
    /// Last day, included.
    #[schema(example = "2026-08-31")]
    to: String,
    /// By agent, the one with the most new leads first. Who had nothing is left out.
    rows: Vec<AgentRow>,
}

/// An agent's days.
#[derive(Debug, Serialize, ToSchema)]
pub struct AgentRow {
    /// Whose; `null` for leads that no agent has.
    #[schema(required, example = "3")]
    agent_id: Option<String>,
    /// Their name; `null` if they were removed.
    #[schema(required, example = "Rina")]
    agent: Option<String>,
    /// Turns: new leads given to them, by the days of their own zone.
    new: u64,
    /// Their share of all turns, from 0 to 1.
    #[schema(example = 0.333)]
    share: f64,
    /// Clicks handed to them, of new and returning leads, double taps left out.
    clicks: u64,
    /// Of the leads that first came on these days and are theirs now, those that are won.
    won: u64,
    /// What these are worth together, by currency.
    values: Vec<MoneySum>,
}

/// What is summed of an agent.
#[derive(Debug, Default)]
struct Sum {
    new: u64,
    clicks: u64,
    won: u64,
    values: Sums,
}

/// What came to each agent, and what became of it: new leads, clicks, sales.
#[utoipa::path(
    get, path = "/reports/agents", operation_id = "get_agents_report", tag = "reports",
    params(ReportQuery),
    responses((status = 200, description = "The report.", body = AgentsReport), RefusedQuery, Refused)
)]
pub async fn agents(
    caller: Caller,
    State(app): State<Arc<App>>,
    Query(query): Query<ReportQuery>,
) -> Result<Json<AgentsReport>, ApiError> {
    let workspace = caller.workspace_id();
    let range = query.range(&caller.workspace, app.clock.now())?;
    let mut sums: BTreeMap<Option<AgentId>, Sum> = BTreeMap::new();
    for line in app.store.ledger(workspace, range.stored).await? {
        // A line may be there for what was due alone.
        if line.given > 0 {
            sums.entry(Some(line.agent)).or_default().new += u64::from(line.given);
        }
    }
    for counter in app.store.counters(workspace, "agent", range.stored).await? {
        sums.entry(counter.key.parse().ok()).or_default().clicks += counter.n;
    }
    let funnel = app.store.funnel(workspace, range.born(&caller.workspace)).await?;
    for worked in funnel.worked.iter().filter(|worked| worked.status == Status::Won) {
        let sum = sums.entry(worked.agent).or_default();
        sum.won += worked.leads;
        sum.values.add(worked.currency.as_deref(), worked.value);
    }
    let names = names_of_agents(&app, workspace).await?;
    Ok(Json(AgentsReport {
        from: range.from.to_string(),
        to: range.to.to_string(),
        rows: rows(sums, &names),
    }))
}

fn rows(sums: BTreeMap<Option<AgentId>, Sum>, names: &HashMap<AgentId, String>) -> Vec<AgentRow> {
    let turns: u64 = sums.values().map(|sum| sum.new).sum();
    let row = |(agent, sum): (Option<AgentId>, Sum)| AgentRow {
        agent_id: agent.map(|agent| agent.to_string()),
        agent: agent.and_then(|agent| names.get(&agent).cloned()),
        new: sum.new,
        share: sum.new as f64 / turns.max(1) as f64,
        clicks: sum.clicks,
        won: sum.won,
        values: sum.values.shown(),
    };
    let mut rows: Vec<_> = sums.into_iter().map(row).collect();
    rows.sort_by_key(|row| std::cmp::Reverse((row.new, row.clicks)));
    rows
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;
    use axum::http::Method;
    use konektor_core::decide::Visit;
    use serde_json::json;

    #[tokio::test]
    async fn agents_have_their_turns_clicks_and_sales() {
        let server = Server::start().await;
        let (ayu, budi) = (server.add_agent("Ayu").await, server.add_agent("Budi").await);
        let promo = server.add_rotator("promo", &[&ayu, &budi]).await;
        let shares = json!({ "agents": [{ "agent_id": ayu, "weight": 3 }, { "agent_id": budi, "weight": 1 }] });
        server.patch(&format!("/rotators/{promo}"), shares).await;
        let leads = server
            .record((0..4).map(|at| server.visit(&promo, "", at)).collect())
            .await;
        let mut of_ayu = Vec::new();
        for lead in leads {
            let path = format!("/leads/{}", lead.packed());
            if server.get(&path).await.json["agent_id"] == json!(ayu) {
                of_ayu.push((lead, path));
            }
        }
        assert_eq!(of_ayu.len(), 3);
        let back = Visit {
            cookie: Some(of_ayu[0].0.number),
            ..server.visit(&promo, "", 9)
        };
        server.record(vec![back]).await;
        for (lead, status) in [(0, "won"), (1, "won"), (2, "lost")] {
            let edit = json!({ "status": status, "value": 50, "currency": "IDR" });
            server.patch(&of_ayu[lead].1, edit).await;
        }

        let report = server.get("/reports/agents").await.json;
        let rows = json!([
            {
                "agent_id": ayu, "agent": "Ayu", "new": 3, "share": 0.75, "clicks": 4, "won": 2,
                "values": [{ "currency": "IDR", "value": 100 }],
            },
            { "agent_id": budi, "agent": "Budi", "new": 1, "share": 0.25, "clicks": 1, "won": 0, "values": [] },
        ]);
        assert_eq!(report["rows"], rows);

        server.delete(&format!("/agents/{budi}")).await;
        let report = server.get("/reports/agents").await.json;
        assert_eq!(
            report["rows"][1]["agent"],
            json!(null),
            "who was removed stays in the books"
        );
        let (_, key) = server.add_workspace().await;
        let foreign = server.ask(&key, Method::GET, "/reports/agents", None).await.json;
        assert_eq!(foreign["rows"], json!([]));
        for query in ["rotator_id=999", "from=2026-01-01&to=2026-08-16"] {
            let report = server.get(&format!("/reports/agents?{query}")).await.json;
            assert_eq!(report["rows"], json!([]), "{query}");
        }
    }
}
