//! `GET /doctor`

use crate::{
    api::{
        auth::Caller,
        error::ApiError,
        refusals::Refused,
        time::Time,
        words::{ClosedList, Words},
    },
    app::App,
    doctor::{look, words::say},
};
use axum::{Json, extract::State};
use konektor_core::{
    doctor::{Finding, Kind, Severity, Subject},
    identity::code::CodeKey,
};
use serde::Serialize;
use std::{collections::BTreeMap, sync::Arc};
use utoipa::ToSchema;

/// What the doctor found.
#[derive(Debug, Serialize, ToSchema)]
pub struct DoctorReport {
    /// Worst first; empty if all is well.
    items: Vec<FindingView>,
    /// How bad the worst of them is; `null` if all is well.
    #[schema(required, value_type = Option<SeverityWord>)]
    worst: Option<Severity>,
    /// When it was looked at.
    at: Time,
    /// Since when: a week.
    from: Time,
    /// How many clicks were looked at one by one: the latest of that time, 5,000 at most. Macros, sources and links that are
    /// not there are counted over the whole week.
    #[schema(example = 412)]
    clicks: u64,
}

/// Something that is wrong.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Finding)]
pub struct FindingView {
    /// The same as long as the finding is the same.
    #[schema(example = "destination_held:4503599627370496")]
    id: String,
    /// What.
    #[schema(value_type = KindWord)]
    kind: Kind,
    /// How bad it is.
    #[schema(value_type = SeverityWord)]
    severity: Severity,
    /// What happens, and why.
    cause: String,
    /// What to do.
    fix: String,
    /// Where in the dashboard it is done, as a path; `null` where it is done elsewhere.
    #[schema(required, example = "/platforms/4503599627370496")]
    place: Option<String>,
    /// What it is about: an agent's, a rotator's or a destination's name, a slug, a parameter, a host, a source.
    #[schema(example = "Meta")]
    subject: String,
    /// The rotator's id, if it is about one.
    #[schema(required)]
    rotator_id: Option<String>,
    /// The agent's id, if it is about one.
    #[schema(required)]
    agent_id: Option<String>,
    /// The destination's id, if it is about one.
    #[schema(required)]
    destination_id: Option<String>,
    /// How often it happened within the week, in the unit of its kind: clicks, requests, browsers, visits, waiting events; with
    /// `api_version`, `backup_missing` and `geo_old` days, with `clock_off` milliseconds, with `log_growing` bytes.
    #[schema(required, example = 12)]
    count: Option<u64>,
    /// One case of it.
    #[schema(required)]
    example: Option<String>,
    /// The visitor code of a lead whom it happened to.
    #[schema(required, example = "BV2WX10")]
    lead_code: Option<String>,
    /// Since when, as far as it was looked.
    #[schema(required)]
    since: Option<Time>,
    /// When it happened last; with `api_version` and `nobody_on_duty`, when it ends.
    #[schema(required)]
    at: Option<Time>,
    /// What its sentences name beside.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    details: BTreeMap<&'static str, String>,
}

/// Schema of [`Severity`].
pub type SeverityWord = Words<Severity>;
/// Schema of [`Kind`].
pub type KindWord = Words<Kind>;

impl ClosedList for Severity {
    const NAME: &'static str = "Severity";
    const ABOUT: &'static str = "`problem`: leads, events or data are being lost. `warning`: something does not do what it is \
                                 there for. `advice`: it could be better.";
    fn all() -> Vec<Self> {
        vec![Self::Problem, Self::Warning, Self::Advice]
    }
}

impl ClosedList for Kind {
    const NAME: &'static str = "FindingKind";
    const ABOUT: &'static str = "What is wrong.";
    fn all() -> Vec<Self> {
        Self::ALL.to_vec()
    }
}

impl FindingView {
    /// Shows a finding of the workspace whose code key this is.
    pub fn new(finding: Finding, key: &CodeKey) -> Self {
        let said = say(&finding);
        let of = |id: Option<i64>| id.map(|id| id.to_string());
        let (rotator, agent, destination) = match finding.subject {
            Subject::Whole => (None, None, None),
            Subject::Rotator(id) => (Some(id.0), None, None),
            Subject::Agent(id) => (None, Some(id.0), None),
            Subject::Destination(id) => (None, None, Some(id.0)),
        };
        let (rotator_id, agent_id, destination_id) = (of(rotator), of(agent), of(destination));
        // One link may have several click IDs that are shared.
        let which = match finding.kind {
            Kind::SharedClickId => finding.example.clone(),
            _ => None,
        };
        let ids = [&rotator_id, &agent_id, &destination_id];
        let id = which.or_else(|| ids.into_iter().flatten().next().cloned());
        let lead_code = finding.lead.map(|lead| key.code(lead.number).to_string());
        // A macro is mended in the ad; what the dashboard has of it is a lead who came without it.
        let example_lead = lead_code.as_ref().filter(|_| finding.kind == Kind::Macro);
        let place = said
            .place
            .or_else(|| example_lead.map(|code| format!("/leads?lead={code}")));
        Self {
            id: format!("{}:{}", word(finding.kind), id.unwrap_or_else(|| finding.name.clone())),
            kind: finding.kind,
            severity: finding.severity,
            cause: said.cause,
            fix: said.fix,
            place,
            subject: finding.name,
            rotator_id,
            agent_id,
            destination_id,
            count: finding.count,
            example: finding.example,
            lead_code,
            since: finding.since.map(Time),
            at: finding.at.map(Time),
            details: finding.details,
        }
    }
}

fn word(kind: Kind) -> String {
    let word = serde_json::to_value(kind).ok();
    word.and_then(|word| word.as_str().map(str::to_owned))
        .unwrap_or_default()
}

/// What is wrong without anybody having noticed: in the workspace, and with the server. It is looked at when it is asked for.
#[utoipa::path(
    get, path = "/doctor", operation_id = "get_doctor", tag = "doctor",
    responses((status = 200, description = "What was found.", body = DoctorReport), Refused)
)]
pub async fn get(caller: Caller, State(app): State<Arc<App>>) -> Result<Json<DoctorReport>, ApiError> {
    let found = look(&app, &caller.workspace).await?;
    let key = &caller.workspace.code_key;
    Ok(Json(DoctorReport {
        worst: found.findings.iter().map(|finding| finding.severity).min(),
        at: Time(app.clock.now()),
        from: Time(found.from),
        clicks: found.clicks,
        items: found
            .findings
            .into_iter()
            .map(|finding| FindingView::new(finding, key))
            .collect(),
    }))
}
