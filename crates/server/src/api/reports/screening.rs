//! `GET /reports/screening`

use super::ReportQuery;
use crate::{
    api::{
        auth::Caller,
        body::Query,
        error::ApiError,
        refusals::{Refused, RefusedQuery},
        screening_rules::RuleFields,
        time::Time,
        words::ReasonWord,
    },
    app::App,
    click::screened::{network_of_sample, user_agent_of_sample},
    enrich::user_agents::{built_in, examples},
};
use axum::{Json, extract::State};
use konektor_core::{
    ids::RotatorId,
    screening::{
        Class,
        taught::{self, Rule},
    },
};
use konektor_store::{
    Reports,
    model::{Counter, PAGE_FORMS, Sample},
};
use serde::Serialize;
use std::{collections::BTreeMap, sync::Arc};
use utoipa::ToSchema;

/// Counter of requests that were not counted; its keys are the reasons.
const SCREENED: &str = "screened";
/// Counter of parameters that could not be used; its keys are their names.
const IGNORED: &str = "ignored";
/// Raw requests shown.
const SAMPLES: usize = 50;

/// What was not counted, and why.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScreeningReport {
    /// First day, in the workspace's zone.
    #[schema(example = "2026-08-01")]
    from: String,
    /// Last day, included.
    #[schema(example = "2026-08-31")]
    to: String,
    /// Requests that made no lead, by rotator and reason.
    rows: Vec<ScreenedRow>,
    /// All of them.
    total: u64,
    /// Click-ID and UTM parameters that were there but unusable (unexpanded macros, `null`, broken values), on clicks
    /// that were counted.
    ignored: Vec<IgnoredRow>,
    /// What became of the forms of pages: kept, sent back for correction, or not kept although the click may count.
    forms: Vec<FormRow>,
    /// The latest of such requests as they came, without cookies and address, whatever the days.
    samples: Vec<SampleView>,
}

/// Requests of one kind.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScreenedRow {
    /// At which link.
    rotator_id: String,
    /// Why they were not counted.
    #[schema(value_type = ReasonWord)]
    reason: String,
    /// How many.
    count: u64,
}

/// Unusable values of a parameter.
#[derive(Debug, Serialize, ToSchema)]
pub struct IgnoredRow {
    /// At which link.
    rotator_id: String,
    /// Which.
    #[schema(example = "gclid")]
    parameter: String,
    /// How many.
    count: u64,
}

/// Forms of which the same became.
#[derive(Debug, Serialize, ToSchema)]
pub struct FormRow {
    /// At which link.
    rotator_id: String,
    /// What: `kept`, `refused` (shown again with what to correct), or why it was not kept: `honeypot`, `forged`, `expired`,
    /// `too_fast`, `cross_site`, `too_many`, `not_a_person`, `not_recorded`, `store_failed`.
    #[schema(example = "kept")]
    outcome: String,
    /// How many.
    count: u64,
}

/// A request that was not counted.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ScreeningSample)]
pub struct SampleView {
    /// At which link.
    rotator_id: String,
    /// Why not.
    #[schema(value_type = ReasonWord)]
    reason: Class,
    /// When.
    at: Time,
    /// Request line and headers; of a flood, and of what names no browser, the network as a last line.
    request: String,
    /// What would have to be taught for such requests to count as a person's; `null` if nobody sits behind them, or if known
    /// programs would count by it.
    #[schema(required)]
    teaches: Option<RuleFields>,
}

/// What was not counted, and why: bots, previews, prefetches and the rest, and parameters that could not be used.
#[utoipa::path(
    get, path = "/reports/screening", operation_id = "get_screening_report", tag = "reports",
    params(ReportQuery),
    responses((status = 200, description = "The report.", body = ScreeningReport), RefusedQuery, Refused)
)]
pub async fn screening(
    caller: Caller,
    State(app): State<Arc<App>>,
    Query(query): Query<ReportQuery>,
) -> Result<Json<ScreeningReport>, ApiError> {
    let workspace = caller.workspace_id();
    let range = query.range(&caller.workspace, app.clock.now())?;
    let screened = sums(app.store.counters(workspace, SCREENED, range.stored).await?);
    let ignored = sums(app.store.counters(workspace, IGNORED, range.stored).await?);
    let forms = sums(app.store.counters(workspace, PAGE_FORMS, range.stored).await?);
    let samples = app
        .store
        .screening_samples(workspace, range.stored.rotator, SAMPLES)
        .await?;
    Ok(Json(ScreeningReport {
        from: range.from.to_string(),
        to: range.to.to_string(),
        total: screened.values().sum(),
        rows: screened
            .into_iter()
            .map(|((rotator, reason), count)| ScreenedRow {
                rotator_id: rotator.to_string(),
                reason,
                count,
            })
            .collect(),
        ignored: ignored
            .into_iter()
            .map(|((rotator, parameter), count)| IgnoredRow {
                rotator_id: rotator.to_string(),
                parameter,
                count,
            })
            .collect(),
        forms: forms
            .into_iter()
            .map(|((rotator, outcome), count)| FormRow {
                rotator_id: rotator.to_string(),
                outcome,
                count,
            })
            .collect(),
        samples: samples.into_iter().map(SampleView::from).collect(),
    }))
}

/// Over the days.
fn sums(counters: Vec<Counter>) -> BTreeMap<(RotatorId, String), u64> {
    let mut sums = BTreeMap::new();
    for Counter { rotator, key, n, .. } in counters {
        *sums.entry((rotator, key)).or_default() += n;
    }
    sums
}

impl From<Sample> for SampleView {
    fn from(sample: Sample) -> Self {
        Self {
            rotator_id: sample.rotator.to_string(),
            reason: sample.reason,
            at: Time(sample.at),
            teaches: teaches(sample.reason, &sample.request),
            request: sample.request,
        }
    }
}

fn teaches(reason: Class, request: &str) -> Option<RuleFields> {
    let rule = match reason {
        Class::Bot | Class::Tool => {
            let name = taught::telling_name(user_agent_of_sample(request)?, built_in())?;
            Rule::parse("user_agent", name).ok()?
        }
        Class::Flood | Class::NoUserAgent => Rule::parse("network", network_of_sample(request)?).ok()?,
        _ => return None,
    };
    rule.check(built_in(), examples()).ok()?;
    Some(RuleFields::of(&rule))
}

#[cfg(test)]
mod tests {
    use crate::api::testing::{NOW, Server};
    use axum::http::Method;
    use konektor_core::{screening::Class, time::Day};
    use konektor_store::{
        Store,
        model::{PAGE_FORMS, Sample, Screened},
    };
    use serde_json::json;

    #[tokio::test]
    async fn the_report_says_what_was_not_counted_and_why() {
        let server = Server::start().await;
        let (promo, bio) = (
            server.add_rotator("promo", &[]).await,
            server.add_rotator("bio", &[]).await,
        );
        let workspace = server.workspace;
        let screened = |day: i32, rotator: &str, reason: Class, count: u64| Screened {
            workspace,
            day: Day(day),
            rotator: rotator.parse().unwrap(),
            reason,
            count,
        };
        let counts = vec![
            screened(20_260_816, &promo, Class::Bot, 3),
            screened(20_260_817, &promo, Class::Bot, 4),
            screened(20_260_817, &promo, Class::Prefetch, 2),
            screened(20_260_817, &bio, Class::Preview, 1),
            screened(20_260_601, &bio, Class::Preview, 100),
        ];
        let request = "GET /wa/promo HTTP/1.1\r\nUser-Agent: Googlebot".to_owned();
        let sample = Sample {
            workspace,
            rotator: promo.parse().unwrap(),
            reason: Class::Bot,
            at: NOW,
            request,
        };
        server.app.store.add_screened(counts, vec![sample]).await.unwrap();
        server.record(vec![server.visit(&promo, "gclid=%7Bgclid%7D", 0)]).await;
        server.count(&promo, PAGE_FORMS, "kept", 5).await;
        server.count(&promo, PAGE_FORMS, "too_fast", 1).await;

        let report = server.get("/reports/screening").await.json;
        let row = |rotator: &str, reason: &str, count: u64| json!({ "rotator_id": rotator, "reason": reason, "count": count });
        assert_eq!(
            report["rows"],
            json!([
                row(&promo, "bot", 7),
                row(&promo, "prefetch", 2),
                row(&bio, "preview", 1)
            ])
        );
        assert_eq!(report["total"], 10);
        assert_eq!(
            report["ignored"],
            json!([{ "rotator_id": promo, "parameter": "gclid", "count": 1 }])
        );
        assert_eq!(report["samples"][0]["reason"], "bot");
        let form = |outcome: &str, count: u64| json!({ "rotator_id": promo, "outcome": outcome, "count": count });
        assert_eq!(report["forms"], json!([form("kept", 5), form("too_fast", 1)]));
        assert_eq!(report["samples"][0]["at"], "2026-08-17T02:00:00.000Z");

        let today = format!("/reports/screening?from=2026-08-17&rotator_id={promo}");
        let report = server.get(&today).await.json;
        assert_eq!(
            report["rows"],
            json!([row(&promo, "bot", 4), row(&promo, "prefetch", 2)])
        );
        let (_, key) = server.add_workspace().await;
        for path in [&today, "/reports/screening"] {
            let foreign = server.ask(&key, Method::GET, path, None).await.json;
            assert_eq!((&foreign["rows"], &foreign["samples"]), (&json!([]), &json!([])));
        }
    }
}
