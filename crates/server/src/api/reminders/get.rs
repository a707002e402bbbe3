//! `GET /reminders`

use super::{ReminderSettingsView, view};
use crate::{
    api::{auth::Caller, error::ApiError, refusals::Refused},
    app::App,
};
use axum::{Json, extract::State};
use std::sync::Arc;

/// What is done about leads that nobody answers.
#[utoipa::path(
    get, path = "/reminders", operation_id = "get_reminders", tag = "notices",
    responses((status = 200, description = "The settings.", body = ReminderSettingsView), Refused)
)]
pub async fn get(caller: Caller, State(app): State<Arc<App>>) -> Result<Json<ReminderSettingsView>, ApiError> {
    Ok(Json(view(&app, &caller.workspace).await?))
}
