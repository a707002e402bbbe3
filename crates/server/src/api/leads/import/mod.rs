//! `POST /leads/import`

mod answer;
mod cells;
mod table;
#[cfg(test)]
mod tests;

pub use answer::ImportReport;

use crate::{
    api::{
        auth::Caller,
        body::Query,
        checks::Checks,
        error::ApiError,
        refusals::{Refused, RefusedQuery},
        workspace::currency_of,
    },
    app::App,
};
use answer::{Line, Outcome};
use axum::{
    Json,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header},
};
use cells::Reader;
use konektor_store::{Identity, Store, model::ImportAction};
use serde::Deserialize;
use std::sync::Arc;
use table::Table;
use utoipa::IntoParams;

/// Largest file, in bytes.
pub const MAX_BYTES: usize = 10 * 1024 * 1024;
/// Most rows of a file.
const MAX_ROWS: usize = 20_000;

/// Whether it is for real.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// `false` imports. Without it nothing is changed, and the answer says what would be.
    #[param(value_type = Option<bool>, default = true)]
    dry_run: Option<String>,
}

/// Imports leads from a CSV file, or says row by row what it would do. The first row has the headings, in English or
/// Indonesian: `code`, `name`, `phone`, `email`, `status`, `value`, `currency`, `notes`, `agent`, `created`. Separated by
/// comma, semicolon or tab; UTF-8; at most 10 MB and 20,000 rows. A row is found by its code, else by its phone number, else by
/// its e-mail address, and makes a lead where nobody is found. Cells that are empty change nothing. What cannot be used is
/// refused with the reason, and the other rows are done. The same file again changes nothing.
#[utoipa::path(
    post, path = "/leads/import", operation_id = "import_leads", tag = "leads",
    params(ImportQuery),
    request_body(content = String, content_type = "text/csv", description = "The file."),
    responses(
        (status = 200, description = "What became of each row, or would.", body = ImportReport),
        (status = 413, description = "The file is larger than 10 MB.", content_type = "application/problem+json",
         body = crate::api::error::Problem),
        RefusedQuery, Refused
    )
)]
pub async fn import(
    caller: Caller,
    State(app): State<Arc<App>>,
    Query(query): Query<ImportQuery>,
    headers: HeaderMap,
    bytes: Result<Bytes, BytesRejection>,
) -> Result<Json<ImportReport>, ApiError> {
    let mut checks = Checks::default();
    let dry_run = match query.dry_run.as_deref() {
        None | Some("true") => true,
        Some("false") => false,
        Some(_) => {
            checks.refuse("dry_run", "This is neither true nor false.");
            true
        }
    };
    checks.finish()?;
    let bytes = bytes.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::FileTooLarge(MAX_BYTES),
        _ => ApiError::invalid("", "The file ended early. Send it again."),
    })?;
    check_kind(&headers)?;
    let table = Table::read(&bytes, MAX_ROWS).map_err(|reason| ApiError::invalid("", reason))?;
    let workspace = caller.workspace.clone();
    let agents = app.store.agents(workspace.id).await?;
    let stored = app.store.find_workspace(workspace.id).await?;
    let currency = stored.as_ref().and_then(currency_of);
    let now = app.clock.now();
    let reader = Reader::new(&workspace, &agents, currency, now);
    let (mut lines, mut rows, mut places) = (Vec::new(), Vec::new(), Vec::new());
    for row in &table.rows {
        let outcome = match reader.row(&table.columns, &row.cells) {
            Ok(checked) => {
                places.push(lines.len());
                rows.push(checked);
                None
            }
            Err(reason) => Some(Outcome::Refused(reason)),
        };
        lines.push(Line {
            number: row.line,
            outcome,
        });
    }
    let by = format!("import:{}", caller.name_in_timeline());
    let imported = app.store.import_leads(workspace.id, rows, dry_run, by, now).await?;
    if !dry_run {
        let changed = imported.iter().filter(|row| row.action != ImportAction::Unchanged);
        let changed: Vec<_> = changed.filter_map(|row| Some((row.lead?, None))).collect();
        if !changed.is_empty() {
            app.delivery.status_changed();
            app.live.leads_updated(workspace.id, changed);
        }
    }
    for (place, imported) in places.into_iter().zip(imported) {
        lines[place].outcome = Some(Outcome::Imported(imported));
    }
    Ok(Json(ImportReport::new(dry_run, table, lines, &workspace)))
}

/// A form with the file in it, or JSON, is not the file.
fn check_kind(headers: &HeaderMap) -> Result<(), ApiError> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().to_ascii_lowercase();
    let is_other = ["multipart/", "application/json", "application/x-www-form-urlencoded"];
    match is_other.iter().any(|other| kind.starts_with(other)) {
        true => Err(ApiError::invalid(
            "",
            "Send the file itself as the body, with Content-Type: text/csv.",
        )),
        false => Ok(()),
    }
}
