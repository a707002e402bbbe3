//! `PATCH /reminders`

use super::{ReminderSettingsView, view};
use crate::{
    api::{
        auth::Caller,
        body::{Body, not_null, nullable},
        checks::Checks,
        digest::settings,
        edits,
        error::ApiError,
        refusals::{Refused, RefusedBody},
    },
    app::App,
};
use axum::{Json, extract::State};
use konektor_core::reminder::MOST_MINUTES;
use konektor_store::Notices;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// What to change. What is absent stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReminderPatch {
    /// The agent is reminded after so many minutes of their working time; `null`: never.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 10080, example = 15)]
    remind_minutes: Option<Option<u32>>,
    /// The lead goes to the next agent after so many; `null`: never. More than `remind_minutes`.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 10080, example = 60)]
    hand_over_minutes: Option<Option<u32>>,
    /// Agents who sign in are told by e-mail as well.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    by_mail: Option<bool>,
}

/// Sets what is done about leads that nobody answers. Leads that came before it was switched on are left alone.
#[utoipa::path(
    patch, path = "/reminders", operation_id = "update_reminders", tag = "notices",
    request_body = ReminderPatch,
    responses((status = 200, description = "The settings as they are now.", body = ReminderSettingsView), RefusedBody, Refused)
)]
pub async fn update(
    caller: Caller,
    State(app): State<Arc<App>>,
    Body(patch): Body<ReminderPatch>,
) -> Result<Json<ReminderSettingsView>, ApiError> {
    let _edit = edits::begin().await;
    let mut wanted = settings(&app, caller.workspace_id()).await?;
    let was_off = wanted.reminder.is_off();
    let plan = &mut wanted.reminder;
    plan.remind_minutes = patch.remind_minutes.unwrap_or(plan.remind_minutes);
    plan.hand_over_minutes = patch.hand_over_minutes.unwrap_or(plan.hand_over_minutes);
    plan.by_mail = patch.by_mail.unwrap_or(plan.by_mail);
    let mut checks = Checks::default();
    for (field, minutes) in [
        ("remind_minutes", plan.remind_minutes),
        ("hand_over_minutes", plan.hand_over_minutes),
    ] {
        if minutes.is_some_and(|minutes| !(1..=MOST_MINUTES).contains(&minutes)) {
            checks.refuse(field, format!("Use 1 to {MOST_MINUTES} minutes, or null for never."));
        }
    }
    if let (Some(remind), Some(over)) = (plan.remind_minutes, plan.hand_over_minutes)
        && over <= remind
    {
        checks.refuse(
            "hand_over_minutes",
            "Give the agent some time after the reminder: more minutes than remind_minutes.",
        );
    }
    checks.finish()?;
    if was_off {
        wanted.remind_since = app.clock.now();
    }
    app.store.set_notice_settings(caller.workspace_id(), wanted).await?;
    app.notices.wake();
    Ok(Json(view(&app, &caller.workspace).await?))
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;
    use serde_json::json;

    #[tokio::test]
    async fn nothing_is_done_until_somebody_wants_it() {
        let server = Server::start().await;
        let off = json!({ "remind_minutes": null, "hand_over_minutes": null, "by_mail": false, "mail_ready": false });
        assert_eq!(server.get("/reminders").await.json, off);
        let on = server
            .patch("/reminders", json!({ "remind_minutes": 15, "by_mail": true }))
            .await
            .json;
        assert_eq!((&on["remind_minutes"], &on["by_mail"]), (&json!(15), &json!(true)));
        for (change, field) in [
            (json!({ "remind_minutes": 0 }), "remind_minutes"),
            (json!({ "remind_minutes": 10_081 }), "remind_minutes"),
            (json!({ "hand_over_minutes": 15 }), "hand_over_minutes"),
            (json!({ "by_mail": null }), "by_mail"),
            (json!([null, null]), ""), // not the fields in the order in which they happen to stand
        ] {
            assert_eq!(server.patch("/reminders", change).await.refused()[0].0, field);
        }
        let on = server
            .patch("/reminders", json!({ "hand_over_minutes": 60 }))
            .await
            .json;
        assert_eq!(
            (&on["remind_minutes"], &on["hand_over_minutes"]),
            (&json!(15), &json!(60))
        );
        let off = server
            .patch(
                "/reminders",
                json!({ "remind_minutes": null, "hand_over_minutes": null }),
            )
            .await
            .json;
        assert_eq!(off["by_mail"], true);
    }
}
