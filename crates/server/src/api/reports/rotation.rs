//! `GET /reports/rotation`

use super::{ReportQuery, learning::RotatorLearning, names_of_agents};
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
use konektor_core::{
    fold::{BORROWED, PASSED_OVER, PassedOver, read_passed_over},
    ids::{AgentId, RotatorId},
};
use konektor_store::{
    Reports, Store,
    model::{Counter, LedgerLine},
};
use serde::Serialize;
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};
use utoipa::ToSchema;

/// The rotation ledger: whose turns there were, and whose there should have been.
#[derive(Debug, Serialize, ToSchema)]
pub struct RotationReport {
    /// First day, in the workspace's zone.
    #[schema(example = "2026-08-01")]
    from: String,
    /// Last day, included.
    #[schema(example = "2026-08-31")]
    to: String,
    /// By rotator, day and agent.
    rows: Vec<RotationRow>,
    /// By rotator and agent, over the days.
    totals: Vec<RotationTotal>,
    /// Why agents were passed over, by rotator and agent, over the days. Who was there and only waited for their turn is
    /// not in it.
    passed_over: Vec<PassedOverRow>,
    /// What agents took for colleagues who were away for a time: clicks of leads that stay the colleague's, and so no turns. By
    /// rotator and agent, over the days.
    borrowed: Vec<BorrowedRow>,
    /// What rotators that learn have learned, as it stands now: each agent's share, and from what.
    learning: Vec<RotatorLearning>,
}

/// An agent's turns at a rotator on a day.
#[derive(Debug, Serialize, ToSchema)]
pub struct RotationRow {
    /// At which link.
    rotator_id: String,
    /// Whose.
    agent_id: String,
    /// Their name; `null` if they were removed.
    #[schema(required, example = "Rina")]
    agent: Option<String>,
    /// The day, in the agent's zone.
    #[schema(example = "2026-08-17")]
    day: String,
    /// Turns given: new leads, not clicks.
    given: u32,
    /// Turns due: the sum of their share of each turn for which they were eligible.
    #[schema(example = 33.333)]
    due: f64,
    /// `given` less `due`.
    #[schema(example = -0.333)]
    deviation: f64,
}

/// An agent's turns at a rotator.
#[derive(Debug, Serialize, ToSchema)]
pub struct RotationTotal {
    /// At which link.
    rotator_id: String,
    /// Whose.
    agent_id: String,
    /// Their name; `null` if they were removed.
    #[schema(required, example = "Rina")]
    agent: Option<String>,
    /// Turns given.
    given: u32,
    /// Turns due.
    due: f64,
    /// `given` less `due`.
    deviation: f64,
    /// Whether that is less than one turn, or with several servers on one database than one turn for each of them; at a rotator that
    /// learns than two, one for the leads by learned shares and one for those by the set ones. Counted
    /// from the first turn on, nobody is ever a whole turn ahead; days from the middle can show up to one more, because they
    /// begin in the middle of a round, and so can a change of who is eligible, after which rotation makes up for what was
    /// owed.
    within_bound: bool,
}

/// New leads that others got while an agent could not get any, by the reason. It is worked out a moment after each click;
/// the cap is counted to the second, not to the click.
#[derive(Debug, Serialize, ToSchema)]
pub struct PassedOverRow {
    /// At which link.
    rotator_id: String,
    /// Who.
    agent_id: String,
    /// Their name; `null` if they were removed.
    #[schema(required, example = "Rina")]
    agent: Option<String>,
    /// While they were outside their working hours.
    off_hours: u64,
    /// While they were paused.
    paused: u64,
    /// While they had all the new leads that they take in a day.
    capped: u64,
    /// While they were switched off.
    switched_off: u64,
    /// While their weight was 0.
    draining: u64,
}

/// Clicks of colleagues' leads.
#[derive(Debug, Serialize, ToSchema)]
pub struct BorrowedRow {
    /// At which link.
    rotator_id: String,
    /// Who stood in.
    agent_id: String,
    /// Their name; `null` if they were removed.
    #[schema(required, example = "Rina")]
    agent: Option<String>,
    /// How many clicks, double taps left out.
    clicks: u64,
}

/// The rotation ledger: turns given and due, by rotator, agent and day, and why agents were passed over.
#[utoipa::path(
    get, path = "/reports/rotation", operation_id = "get_rotation_report", tag = "reports",
    params(ReportQuery),
    responses((status = 200, description = "The report.", body = RotationReport), RefusedQuery, Refused)
)]
pub async fn rotation(
    caller: Caller,
    State(app): State<Arc<App>>,
    Query(query): Query<ReportQuery>,
) -> Result<Json<RotationReport>, ApiError> {
    let range = query.range(&caller.workspace, app.clock.now())?;
    let lines = app.store.ledger(caller.workspace_id(), range.stored).await?;
    let passed = app
        .store
        .counters(caller.workspace_id(), PASSED_OVER, range.stored)
        .await?;
    let borrowed = app
        .store
        .counters(caller.workspace_id(), BORROWED, range.stored)
        .await?;
    let names = names_of_agents(&app, caller.workspace_id()).await?;
    let rotators = app.store.rotators(caller.workspace_id()).await?;
    let learning = RotatorLearning::of_all(rotators.clone(), range.stored.rotator, &names);
    let learns = |id| {
        rotators
            .iter()
            .any(|rotator| rotator.id == id && rotator.fields.learning.is_some())
    };
    Ok(Json(RotationReport {
        from: range.from.to_string(),
        to: range.to.to_string(),
        totals: totals(&lines, &names, learns),
        passed_over: rows_of_passed_over(&passed, &names),
        borrowed: rows_of_borrowed(&borrowed, &names),
        learning,
        rows: lines.into_iter().map(|line| RotationRow::new(line, &names)).collect(),
    }))
}

impl RotationRow {
    fn new(line: LedgerLine, names: &HashMap<AgentId, String>) -> Self {
        Self {
            rotator_id: line.rotator.to_string(),
            agent_id: line.agent.to_string(),
            agent: names.get(&line.agent).cloned(),
            day: line.day.to_string(),
            given: line.given,
            due: rounded(line.due),
            deviation: rounded(f64::from(line.given) - line.due),
        }
    }
}

fn totals(
    lines: &[LedgerLine],
    names: &HashMap<AgentId, String>,
    learns: impl Fn(RotatorId) -> bool,
) -> Vec<RotationTotal> {
    let mut sums: BTreeMap<(RotatorId, AgentId), (u32, f64, u32)> = BTreeMap::new();
    for line in lines {
        let (given, due, servers) = sums.entry((line.rotator, line.agent)).or_default();
        *given += line.given;
        *due += line.due;
        *servers = line.servers.max(*servers);
    }
    let total = |((rotator, agent), (given, due, servers)): ((RotatorId, AgentId), (u32, f64, u32))| {
        let deviation = rounded(f64::from(given) - due);
        RotationTotal {
            rotator_id: rotator.to_string(),
            agent_id: agent.to_string(),
            agent: names.get(&agent).cloned(),
            given,
            due: rounded(due),
            deviation,
            within_bound: deviation.abs() < f64::from(servers) * if learns(rotator) { 2.0 } else { 1.0 },
        }
    };
    sums.into_iter().map(total).collect()
}

fn rows_of_passed_over(counters: &[Counter], names: &HashMap<AgentId, String>) -> Vec<PassedOverRow> {
    let mut sums: BTreeMap<(RotatorId, AgentId), BTreeMap<PassedOver, u64>> = BTreeMap::new();
    for counter in counters {
        if let Some((agent, why)) = read_passed_over(&counter.key) {
            let reasons = sums.entry((counter.rotator, agent)).or_default();
            *reasons.entry(why).or_default() += counter.n;
        }
    }
    let row = |((rotator, agent), reasons): ((RotatorId, AgentId), BTreeMap<PassedOver, u64>)| {
        let of = |why| reasons.get(&why).copied().unwrap_or(0);
        PassedOverRow {
            rotator_id: rotator.to_string(),
            agent_id: agent.to_string(),
            agent: names.get(&agent).cloned(),
            off_hours: of(PassedOver::OffHours),
            paused: of(PassedOver::Paused),
            capped: of(PassedOver::Capped),
            switched_off: of(PassedOver::SwitchedOff),
            draining: of(PassedOver::Draining),
        }
    };
    sums.into_iter().map(row).collect()
}

fn rows_of_borrowed(counters: &[Counter], names: &HashMap<AgentId, String>) -> Vec<BorrowedRow> {
    let mut sums: BTreeMap<(RotatorId, AgentId), u64> = BTreeMap::new();
    for counter in counters {
        if let Ok(agent) = counter.key.parse() {
            *sums.entry((counter.rotator, agent)).or_default() += counter.n;
        }
    }
    let row = |((rotator, agent), clicks): ((RotatorId, AgentId), u64)| BorrowedRow {
        rotator_id: rotator.to_string(),
        agent_id: agent.to_string(),
        agent: names.get(&agent).cloned(),
        clicks,
    };
    sums.into_iter().map(row).collect()
}

/// To a millionth: a sum of thirds is shown as what it is, not with the last bits of its making. No −0 either.
fn rounded(turns: f64) -> f64 {
    (turns * 1e6).round() / 1e6 + 0.0
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;
    use axum::http::Method;
    use serde_json::json;

    #[tokio::test]
    async fn the_ledger_shows_turns_given_and_due() {
        let server = Server::start().await;
        let (ayu, budi) = (server.add_agent("Ayu").await, server.add_agent("Budi").await);
        let promo = server.add_rotator("promo", &[&ayu, &budi]).await;
        let shares = json!({ "agents": [{ "agent_id": ayu, "weight": 2 }, { "agent_id": budi, "weight": 1 }] });
        server.patch(&format!("/rotators/{promo}"), shares).await;
        server
            .record((0..6).map(|at| server.visit(&promo, "", at)).collect())
            .await;
        server.record(vec![server.visit(&promo, "", 86_400_000)]).await;
        server.set_clock(86_400_000);

        let report = server.get("/reports/rotation").await.json;
        assert_eq!(report["rows"].as_array().unwrap().len(), 4);
        let first = json!({
            "rotator_id": promo, "agent_id": ayu, "agent": "Ayu", "day": "2026-08-17", "given": 4, "due": 4.0,
            "deviation": 0.0,
        });
        assert_eq!(report["rows"][0], first);
        let total = |agent: &str, name: &str, given: u32, due: f64, deviation: f64| {
            json!({
                "rotator_id": promo, "agent_id": agent, "agent": name, "given": given, "due": due,
                "deviation": deviation, "within_bound": true,
            })
        };
        let wanted = json!([
            total(&ayu, "Ayu", 5, 4.666_667, 0.333_333),
            total(&budi, "Budi", 2, 2.333_333, -0.333_333)
        ]);
        assert_eq!(report["totals"], wanted);

        server.delete(&format!("/agents/{budi}")).await;
        let report = server.get("/reports/rotation?from=2026-08-18&rotator_id=1").await.json;
        assert_eq!(report["rows"].as_array().unwrap().len(), 2);
        assert_eq!(
            report["rows"][1]["agent"],
            json!(null),
            "who was removed stays in the books"
        );
        for path in ["/reports/rotation?rotator_id=2", "/reports/rotation?rotator_id=x"] {
            assert_eq!(server.get(path).await.json["rows"], json!([]));
        }
        let (_, key) = server.add_workspace().await;
        let foreign = server.ask(&key, Method::GET, "/reports/rotation", None).await.json;
        assert_eq!((&foreign["rows"], &foreign["totals"]), (&json!([]), &json!([])));
        assert_eq!(foreign["passed_over"], json!([]));
    }

    #[tokio::test]
    async fn the_ledger_says_why_an_agent_was_passed_over() {
        let server = Server::start().await;
        let [ayu, budi, citra, dewi] = [
            server.add_agent("Ayu").await,
            server.add_agent("Budi").await,
            server.add_agent("Citra").await,
            server.add_agent("Dewi").await,
        ];
        let promo = server.add_rotator("promo", &[&ayu, &budi, &citra, &dewi]).await;
        server.patch(&format!("/agents/{budi}"), json!({ "hours": [] })).await;
        server
            .patch(&format!("/agents/{citra}"), json!({ "daily_cap": 1 }))
            .await;
        let path = format!("/agents/{dewi}");
        server
            .patch(&path, json!({ "paused_until": "2026-08-18T00:00:00Z" }))
            .await;
        for at in 0..4 {
            server.record(vec![server.visit(&promo, "", at)]).await;
        }
        server
            .patch(&path, json!({ "active": false, "paused_until": null }))
            .await;
        server.record(vec![server.visit(&promo, "", 5)]).await;
        server.set_clock(1_000);

        let report = server.get("/reports/rotation").await.json;
        let row = |agent: &str, name: &str, reasons: [u64; 5]| {
            let [off_hours, paused, capped, switched_off, draining] = reasons;
            json!({
                "rotator_id": promo, "agent_id": agent, "agent": name, "off_hours": off_hours, "paused": paused,
                "capped": capped, "switched_off": switched_off, "draining": draining,
            })
        };
        let wanted = json!([
            row(&budi, "Budi", [5, 0, 0, 0, 0]),
            row(&citra, "Citra", [0, 0, 3, 0, 0]),
            row(&dewi, "Dewi", [0, 4, 0, 1, 0]),
        ]);
        assert_eq!(
            report["passed_over"], wanted,
            "Ayu was always there, and Citra had one lead before her cap"
        );
    }

    #[tokio::test]
    async fn who_stands_in_for_a_colleague_borrows_and_has_no_turn() {
        let server = Server::start().await;
        let (ayu, budi) = (server.add_agent("Ayu").await, server.add_agent("Budi").await);
        let promo = server.add_rotator("promo", &[&ayu, &budi]).await;
        let leads = server
            .record((0..2).map(|at| server.visit(&promo, "", at)).collect())
            .await;
        server
            .patch(
                &format!("/agents/{ayu}"),
                json!({ "paused_until": "2026-08-17T09:00:00Z" }),
            )
            .await;
        for at in [10_000, 20_000] {
            for lead in &leads {
                let back = konektor_core::decide::Visit {
                    cookie: Some(lead.number),
                    ..server.visit(&promo, "", at)
                };
                server.record(vec![back]).await;
            }
        }
        server.set_clock(30_000);
        let report = server.get("/reports/rotation").await.json;
        let wanted = json!([{ "rotator_id": promo, "agent_id": budi, "agent": "Budi", "clicks": 2 }]);
        assert_eq!(report["borrowed"], wanted);
        let given: Vec<_> = report["totals"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["given"].clone())
            .collect();
        assert_eq!(given, [json!(1), json!(1)]);
    }
}
