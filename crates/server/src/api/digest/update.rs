//! `PATCH /digest`

use super::{DigestSettingsView, Frequency, settings, view::view};
use crate::{
    api::{
        auth::Caller,
        body::{Body, not_null},
        checks::Checks,
        edits,
        error::ApiError,
        refusals::{Refused, RefusedBody},
    },
    app::App,
};
use axum::{Json, extract::State};
use konektor_core::{ids::UserId, schedule::Weekday};
use konektor_store::{Access, Notices, model::Role};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// What to change of the digest. What is absent stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DigestPatch {
    /// How often.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false, value_type = Frequency, required = false)]
    frequency: Option<Frequency>,
    /// At this hour of the workspace's day, 0 to 23.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false, example = 7)]
    hour: Option<u8>,
    /// On this day, if it is weekly: `mon` to `sun`.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false, example = "mon")]
    weekday: Option<String>,
    /// The ids of the users who get it by e-mail, all of them: owners and admins.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false, example = json!(["1"]))]
    recipients: Option<Vec<String>>,
}

/// Sets when the digest is sent and to whom.
#[utoipa::path(
    patch, path = "/digest", operation_id = "update_digest", tag = "notices",
    request_body = DigestPatch,
    responses((status = 200, description = "The settings as they are now.", body = DigestSettingsView), RefusedBody, Refused)
)]
pub async fn update(
    caller: Caller,
    State(app): State<Arc<App>>,
    Body(patch): Body<DigestPatch>,
) -> Result<Json<DigestSettingsView>, ApiError> {
    let _edit = edits::begin().await;
    let workspace = &caller.workspace;
    let mut wanted = settings(&app, workspace.id).await?;
    let before = wanted.digest;
    let mut checks = Checks::default();
    if let Some(frequency) = patch.frequency {
        wanted.digest.frequency = frequency.into();
    }
    if let Some(hour) = patch.hour {
        wanted.digest.hour = hour;
        if hour > 23 {
            checks.refuse("hour", format!("The hour {hour} does not exist. Use 0 to 23."));
        }
    }
    if let Some(weekday) = patch
        .weekday
        .and_then(|text| checks.ok("weekday", text.parse::<Weekday>()))
    {
        wanted.digest.weekday = weekday;
    }
    let recipients = match &patch.recipients {
        Some(ids) => Some(users(&app, &caller, ids, &mut checks).await?),
        None => None,
    };
    checks.finish()?;
    if wanted.digest != before {
        // What was due by another plan, or by none, is not sent now.
        wanted.digest_since = app.clock.now();
        app.store.set_notice_settings(workspace.id, wanted).await?;
    }
    if let Some(users) = recipients {
        app.store.set_digest_recipients(workspace.id, users).await?;
    }
    app.notices.wake();
    Ok(Json(view(&app, workspace).await?))
}

/// The users with these ids, if each is an owner or an admin here.
async fn users(app: &App, caller: &Caller, ids: &[String], checks: &mut Checks) -> Result<Vec<UserId>, ApiError> {
    let members = app.store.members(caller.workspace_id()).await?;
    let mut users = Vec::new();
    for (n, id) in ids.iter().enumerate() {
        let known = members
            .iter()
            .find(|member| member.user.id.to_string() == *id && member.role != Role::Agent);
        match known {
            Some(member) => users.push(member.user.id),
            None => checks.refuse(
                format!("recipients[{n}]"),
                "There is no owner or admin with this id. A digest shows all leads, so nobody else gets one.",
            ),
        }
    }
    Ok(users)
}

#[cfg(test)]
mod tests {
    use crate::api::{
        people::{Browser, add_user},
        testing::Server,
    };
    use konektor_store::model::Role;
    use serde_json::json;

    #[tokio::test]
    async fn the_digest_is_off_until_somebody_wants_it_and_says_when_the_next_one_is() {
        let server = Server::start().await;
        let rina = add_user(&server, server.workspace, "rina@kopi.id", Role::Admin, None).await;
        let cs = add_user(&server, server.workspace, "cs@kopi.id", Role::Agent, None).await;
        let none = server.get("/digest").await.json;
        let recipient =
            |chosen, off| json!({ "user_id": rina.to_string(), "email": "rina@kopi.id", "chosen": chosen, "off": off });
        let wanted = json!({
            "frequency": "off", "hour": 7, "weekday": "mon", "next_at": null, "recipients": [recipient(false, false)],
            "mail_ready": false, "mail_from": null, "webhooks": 0, "latest": [],
        });
        assert_eq!(none, wanted);
        let change = json!({ "frequency": "daily", "hour": 18, "recipients": [rina.to_string()] });
        let daily = server.patch("/digest", change).await.json;
        assert_eq!(
            daily["next_at"], "2026-08-17T11:00:00.000Z",
            "six in the evening in Jakarta"
        );
        assert_eq!(daily["recipients"], json!([recipient(true, false)]));
        let weekly = server
            .patch("/digest", json!({ "frequency": "weekly", "weekday": "fri" }))
            .await
            .json;
        assert_eq!(
            (&weekly["next_at"], &weekly["hour"]),
            (&json!("2026-08-21T11:00:00.000Z"), &json!(18))
        );

        // Who turns it off in their account stays off, whoever chooses them.
        let mut browser = Browser::of(&server, rina, server.workspace).await;
        let me = browser.patch("/me", json!({ "digest_off": true })).await.json;
        assert_eq!(me["mails"], json!({ "digest_off": true, "reminders_off": false }));
        let change = json!({ "recipients": [rina.to_string()] });
        assert_eq!(
            server.patch("/digest", change).await.json["recipients"],
            json!([recipient(true, true)])
        );

        for (change, field) in [
            (json!({ "hour": 24 }), "hour"),
            (json!({ "weekday": "someday" }), "weekday"),
            (json!({ "frequency": "hourly" }), "frequency"),
            (json!({ "recipients": [cs.to_string()] }), "recipients[0]"),
            (json!({ "recipients": ["999"] }), "recipients[0]"),
        ] {
            assert_eq!(server.patch("/digest", change).await.refused()[0].0, field);
        }
        let (_, key) = server.add_workspace().await;
        let foreign = server.ask(&key, axum::http::Method::GET, "/digest", None).await.json;
        assert_eq!(
            (&foreign["frequency"], &foreign["recipients"]),
            (&json!("off"), &json!([]))
        );
    }
}
