//! `GET /leads.csv`

use super::{filter::LeadQuery, looks::Looks, view::amount};
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
use axum::{
    body::{Body, Bytes},
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use futures_util::stream;
use konektor_core::{
    attribution::{Platform, Touch},
    ids::{AgentId, LeadId, RotatorId},
    lead::{NameSource, auto_name},
    routing::Workspace,
    time::UnixMs,
    user_agent,
};
use konektor_store::{
    Store, StoreError,
    model::{FoundLeads, Lead, LeadFilter},
};
use std::{borrow::Cow, collections::HashMap, sync::Arc};

/// Leads read at once: each part is a read of its own, so that an export that is fetched slowly holds nothing. Writing their rows takes
/// a millisecond, for which visitors wait.
const PART: usize = 100;
/// Without it Excel takes UTF-8 for something else.
const BOM: &str = "\u{FEFF}";
const COLUMNS: [&str; 32] = [
    "code",
    "name",
    "name_source",
    "status",
    "phone",
    "email",
    "value",
    "currency",
    "notes",
    "agent",
    "rotator",
    "click_count",
    "first_seen",
    "last_seen",
    "first_platform",
    "first_utm_source",
    "first_utm_medium",
    "first_utm_campaign",
    "first_click_ids",
    "first_referrer",
    "last_platform",
    "last_utm_source",
    "last_utm_medium",
    "last_utm_campaign",
    "country",
    "region",
    "city",
    "device",
    "browser",
    "in_app",
    "tracking_status",
    "id",
];

/// The leads as a table for spreadsheets, newest first: CSV in UTF-8 with a byte order mark, times in the workspace's
/// zone. A cell that a spreadsheet could take for a formula begins with an apostrophe. All leads that the filter finds are
/// in it, so `limit` and `cursor` are refused. Ends early only if the server failed; the connection then breaks.
#[utoipa::path(
    get, path = "/leads.csv", operation_id = "export_leads", tag = "leads",
    params(LeadQuery),
    responses((status = 200, description = "The table.", content_type = "text/csv", body = String), RefusedQuery, Refused)
)]
pub async fn export(
    caller: Caller,
    State(app): State<Arc<App>>,
    Query(query): Query<LeadQuery>,
) -> Result<Response, ApiError> {
    let workspace = caller.workspace.clone();
    let mut checks = Checks::default();
    for (field, given) in [("limit", &query.limit), ("cursor", &query.cursor)] {
        if given.is_some() {
            checks.refuse(field, "The export has all leads in one. Leave this out.");
        }
    }
    let filter = query.filter(&workspace, &mut checks);
    checks.finish()?;
    let day = app.clock.now().in_zone(&workspace.time_zone).date();
    let mut export = Export::new(app, workspace, filter).await?;
    // The first part is read before anything is said, so that a database that fails is a 500 and not half a table.
    let first = export.part().await?;
    let parts = stream::unfold((Some(first), export), |(first, mut export)| async {
        let part = match first {
            Some(first) => Ok(first),
            None if export.is_over => return None,
            None => export.part().await,
        };
        if let Err(error) = &part {
            tracing::error!(%error, "an export of leads broke off");
            export.is_over = true;
        }
        Some((part, (None, export)))
    });
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"leads-{day}.csv\""),
        ),
    ];
    Ok((headers, Body::from_stream(parts)).into_response())
}

/// An export under way.
struct Export {
    app: Arc<App>,
    workspace: Arc<Workspace>,
    filter: LeadFilter,
    looks: Looks,
    agents: HashMap<AgentId, String>,
    rotators: HashMap<RotatorId, String>,
    before: Option<LeadId>,
    has_begun: bool,
    is_over: bool,
}

impl Export {
    /// `filter` is `None` if it is plain that there is nothing.
    async fn new(
        app: Arc<App>,
        workspace: Arc<Workspace>,
        filter: Option<(LeadFilter, Looks)>,
    ) -> Result<Self, StoreError> {
        let is_over = filter.is_none();
        let (filter, looks) = filter.unwrap_or_default();
        let agents = app.store.agents(workspace.id).await?;
        let rotators = app.store.rotators(workspace.id).await?;
        Ok(Self {
            agents: agents.into_iter().map(|agent| (agent.id, agent.fields.name)).collect(),
            rotators: rotators
                .into_iter()
                .map(|rotator| (rotator.id, rotator.fields.slug))
                .collect(),
            app,
            workspace,
            is_over,
            filter,
            looks,
            before: None,
            has_begun: false,
        })
    }

    /// The next rows; with the first of them what a table begins with.
    async fn part(&mut self) -> Result<Bytes, StoreError> {
        let FoundLeads { leads, next } = match self.is_over {
            true => FoundLeads::default(),
            false => {
                let store = &self.app.store;
                store
                    .leads(self.workspace.id, self.filter.clone(), self.before, PART)
                    .await?
            }
        };
        self.is_over = next.is_none();
        self.before = next;
        let mut text = Vec::new();
        let begins = !std::mem::replace(&mut self.has_begun, true);
        if begins {
            text.extend_from_slice(BOM.as_bytes());
        }
        let mut table = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .from_writer(text);
        let written = (|| {
            if begins {
                table.write_record(COLUMNS)?;
            }
            leads.iter().filter(|lead| self.looks.fit(lead)).try_for_each(|lead| {
                let cells = self.cells(lead);
                table.write_record(cells.iter().map(|cell| safe(cell).into_owned()))
            })
        })();
        written.expect("rows have as many cells as columns, and memory takes them");
        Ok(table.into_inner().expect("memory takes them").into())
    }

    fn cells(&self, lead: &Lead) -> [Cow<'_, str>; COLUMNS.len()] {
        fn owned<'a>(text: Option<&String>) -> Cow<'a, str> {
            text.cloned().unwrap_or_default().into()
        }
        let code = self.workspace.code_key.code(lead.id.number).to_string();
        let (name, source) = match &lead.name {
            Some((name, source)) => (name.clone(), *source),
            None => (auto_name(&code), NameSource::Auto),
        };
        let nowhere = Touch::default();
        let last = lead.last.as_ref().map(|last| &last.facts);
        let first = lead.first.as_ref().map_or(&nowhere, |first| &first.facts.touch);
        let last_touch = last.map_or(&nowhere, |last| &last.touch);
        let last_seen = lead.last.as_ref().map_or(lead.created_at, |last| last.at);
        let browsing = last.map(|last| user_agent::parse(&last.ua)).unwrap_or_default();
        let platform = |touch: &Touch| Cow::from(touch.platform.map_or("", Platform::as_str));
        let named = |name: Option<&String>, id: String| name.cloned().unwrap_or(id).into();
        [
            code.into(),
            name.into(),
            source.as_str().into(),
            lead.status.as_str().into(),
            owned(lead.phone.as_ref()),
            owned(lead.email.as_ref()),
            lead.value
                .and_then(amount)
                .map_or(Cow::default(), |value| value.to_string().into()),
            owned(lead.currency.as_ref()),
            owned(lead.notes.as_ref()),
            lead.agent
                .map_or(Cow::default(), |id| named(self.agents.get(&id), id.to_string())),
            lead.first.as_ref().map_or(Cow::default(), |first| {
                named(self.rotators.get(&first.rotator), first.rotator.to_string())
            }),
            lead.click_count.to_string().into(),
            self.time(lead.created_at).into(),
            self.time(last_seen).into(),
            platform(first),
            owned(first.utm.source.as_ref()),
            owned(first.utm.medium.as_ref()),
            owned(first.utm.campaign.as_ref()),
            click_ids(first).into(),
            owned(first.referrer.as_ref()),
            platform(last_touch),
            owned(last_touch.utm.source.as_ref()),
            owned(last_touch.utm.medium.as_ref()),
            owned(last_touch.utm.campaign.as_ref()),
            last.and_then(|last| last.cc)
                .map_or(Cow::default(), |country| String::from(country).into()),
            owned(last.and_then(|last| last.region.as_ref())),
            owned(last.and_then(|last| last.city.as_ref())),
            browsing.device.unwrap_or_default().into(),
            browsing.browser.unwrap_or_default().into(),
            browsing.in_app.map_or("", |app| app.as_str()).into(),
            lead.tracking.as_str().into(),
            lead.id.packed().to_string().into(),
        ]
    }

    /// As spreadsheets read it, in the workspace's zone.
    fn time(&self, at: UnixMs) -> String {
        at.in_zone(&self.workspace.time_zone)
            .strftime("%Y-%m-%d %H:%M:%S")
            .to_string()
    }
}

fn click_ids(touch: &Touch) -> String {
    let ids = touch
        .click_ids
        .iter()
        .map(|id| format!("{}={}", id.parameter, id.value));
    ids.collect::<Vec<_>>().join(" ")
}

/// A cell that no spreadsheet takes for a formula. What visitors put into a link must not run on a shop's computer.
fn safe(cell: &str) -> Cow<'_, str> {
    match cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        true => format!("'{cell}").into(),
        false => cell.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::testing::Server;
    use axum::http::{Request, StatusCode};
    use rstest::rstest;
    use serde_json::json;
    use tower::ServiceExt;

    async fn fetch(server: &Server, key: &str, query: &str) -> (Response<()>, String) {
        let request =
            Request::get(format!("/api/v1/leads.csv{query}")).header("authorization", format!("Bearer {key}"));
        let router = crate::api::router(server.app.clone());
        let response = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        (
            Response::from_parts(parts, ()),
            String::from_utf8(body.to_vec()).unwrap(),
        )
    }

    /// The rows as a reader of CSV sees them, each by column.
    fn rows(text: &str) -> Vec<HashMap<String, String>> {
        let text = text.strip_prefix(BOM).expect("it begins with the mark");
        csv::Reader::from_reader(text.as_bytes())
            .deserialize()
            .map(|row| row.unwrap())
            .collect()
    }

    #[tokio::test]
    async fn the_table_has_all_leads_newest_first() {
        let server = Server::start().await;
        let ayu = server.add_agent("Ayu").await;
        let promo = server.add_rotator("promo", &[&ayu]).await;
        // More than a part, so that parts are put together.
        let visits = (0..PART as i64 + 3).map(|at| server.visit(&promo, "gclid=G&utm_source=ig", at));
        let leads = server.record(visits.collect()).await;
        let path = format!("/leads/{}", leads[0].packed());
        let edit = json!({
            "name": "=HYPERLINK(\"x\"), Budi", "status": "won", "phone": "0812 3456 7890", "value": 149.5,
            "currency": "IDR", "notes": "dua\nbaris",
        });
        assert_eq!(server.patch(&path, edit).await.status, StatusCode::OK);

        let (response, text) = fetch(&server, &server.key, "").await;
        assert_eq!(response.headers()["content-type"], "text/csv; charset=utf-8");
        assert_eq!(
            response.headers()["content-disposition"],
            "attachment; filename=\"leads-2026-08-17.csv\""
        );
        assert_eq!(response.headers()["cache-control"], "no-store");
        let rows = rows(&text);
        let ids: Vec<_> = rows.iter().map(|row| row["id"].clone()).collect();
        let wanted: Vec<_> = leads.iter().rev().map(|lead| lead.packed().to_string()).collect();
        assert_eq!(ids, wanted);
        let oldest = rows.last().unwrap();
        for (column, value) in [
            ("name", "'=HYPERLINK(\"x\"), Budi"),
            ("name_source", "manual"),
            ("status", "won"),
            ("phone", "6281234567890"),
            ("value", "149.5"),
            ("currency", "IDR"),
            ("notes", "dua\nbaris"),
            ("agent", "Ayu"),
            ("rotator", "promo"),
            ("click_count", "1"),
            ("first_seen", "2026-08-17 09:00:00"),
            ("first_platform", "google"),
            ("first_utm_source", "ig"),
            ("first_click_ids", "gclid=G"),
            ("first_referrer", "https://l.instagram.com"),
            ("country", "ID"),
            ("in_app", "instagram"),
            ("tracking_status", "none"),
        ] {
            assert_eq!(oldest[column], value, "{column}");
        }
    }

    #[tokio::test]
    async fn the_table_is_filtered_as_the_list_is() {
        let server = Server::start().await;
        let promo = server.add_rotator("promo", &[]).await;
        let visits = vec![
            server.visit(&promo, "", 0),
            server.visit(&promo, "ttclid=T", 86_400_000),
        ];
        let leads = server.record(visits).await;
        let id = leads[1].packed().to_string();
        for (query, wanted) in [
            ("?platform=tiktok", vec![&id]),
            ("?from=2026-08-18", vec![&id]),
            ("?status=won", vec![]),
            ("?agent_id=x", vec![]),
        ] {
            let (response, text) = fetch(&server, &server.key, query).await;
            let rows = rows(&text);
            let ids: Vec<_> = rows.iter().map(|row| &row["id"]).collect();
            assert_eq!((response.status(), ids), (StatusCode::OK, wanted), "{query}");
            assert!(text.contains("code,name,"), "the head is there without rows, too");
        }
        for query in ["?status=sold", "?limit=5", "?cursor=x", "?statuss=new"] {
            let (response, _) = fetch(&server, &server.key, query).await;
            assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY, "{query}");
        }
        let (_, key) = server.add_workspace().await;
        assert_eq!(rows(&fetch(&server, &key, "").await.1).len(), 0);
        assert_eq!(fetch(&server, "kn_x", "").await.0.status(), StatusCode::UNAUTHORIZED);
        server.app.store.close().await.unwrap();
        let (response, _) = fetch(&server, &server.key, "").await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }

    #[rstest]
    #[case("=1+1", "'=1+1")]
    #[case("+62", "'+62")]
    #[case("-1", "'-1")]
    #[case("@SUM(A1)", "'@SUM(A1)")]
    #[case("\t=1", "'\t=1")]
    #[case("\r=1", "'\r=1")]
    #[case("a=1", "a=1")]
    #[case("", "")]
    #[case("'=1", "'=1")]
    fn what_a_spreadsheet_could_run_begins_with_an_apostrophe(#[case] cell: &str, #[case] wanted: &str) {
        assert_eq!(safe(cell), wanted);
    }
}
