//! What is done about leads that nobody answers.

pub mod get;
pub mod update;

use super::error::ApiError;
use crate::{api::digest::settings, app::App};
use konektor_core::routing::Workspace;
use serde::Serialize;
use utoipa::ToSchema;

/// What is done about leads that nobody answers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReminderSettings)]
pub struct ReminderSettingsView {
    /// The agent is reminded after so many minutes of their working time; `null`: never.
    #[schema(required, example = 15)]
    remind_minutes: Option<u32>,
    /// The lead goes to the next agent of the rotation after so many, counted from the beginning too; `null`: never.
    #[schema(required, example = 60)]
    hand_over_minutes: Option<u32>,
    /// Agents who sign in are told by e-mail as well.
    by_mail: bool,
    /// Whether the server can send e-mail.
    mail_ready: bool,
}

async fn view(app: &App, workspace: &Workspace) -> Result<ReminderSettingsView, ApiError> {
    let plan = settings(app, workspace.id).await?.reminder;
    Ok(ReminderSettingsView {
        remind_minutes: plan.remind_minutes,
        hand_over_minutes: plan.hand_over_minutes,
        by_mail: plan.by_mail,
        mail_ready: app.mail.is_some(),
    })
}
