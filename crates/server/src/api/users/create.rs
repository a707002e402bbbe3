//! `POST /users`

use super::{RoleWord, UserView, check_agent, must_manage};
use crate::{
    api::{
        auth::Caller,
        body::Body,
        checks::Checks,
        created::Created,
        edits,
        error::ApiError,
        invitations::INVITATION_MS,
        refusals::{Refused, RefusedBody},
        time::Time,
    },
    app::App,
    auth::{email, token},
};
use axum::extract::State;
use konektor_store::{
    Access,
    model::{NewInvitation, Role},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// Somebody to invite.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// Their e-mail address.
    #[schema(example = "rina@brand.com")]
    email: String,
    /// What they will be allowed to do.
    #[schema(value_type = RoleWord)]
    role: Role,
    /// The agent that they are; needed for the role `agent`.
    #[schema(example = "3")]
    agent_id: Option<String>,
}

/// Somebody who was just invited.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvitedUser {
    /// The link to send them. It is shown this once, and what is stored of it is a hash; it works once. (With an
    /// `Idempotency-Key` the answer is kept for a day, sealed.)
    #[schema(example = "https://go.example.com/#/invite/…")]
    invite_url: String,
    /// When the link ends.
    invite_expires_at: Time,
    /// Who they are.
    #[serde(flatten)]
    about: UserView,
}

/// Invites somebody: send them the link, which is shown this once. Who is invited already gets a new link, and the old
/// one ends.
#[utoipa::path(
    post, path = "/users", operation_id = "create_user", tag = "users",
    request_body = NewUser,
    responses((status = 201, description = "Who is invited.", body = InvitedUser), RefusedBody, Refused)
)]
pub async fn create(
    caller: Caller,
    State(app): State<Arc<App>>,
    Body(new): Body<NewUser>,
) -> Result<Created<InvitedUser>, ApiError> {
    let mut checks = Checks::default();
    let email = checks.ok("email", email::parse(&new.email)).unwrap_or_default();
    let agent = check_agent(&app, &caller, new.role, new.agent_id.as_deref(), &mut checks).await?;
    checks.finish()?;
    must_manage(&caller, new.role)?;
    // One at a time: between the look and the invitation nobody's role changes.
    let _edit = edits::begin().await;
    let members = app.store.members(caller.workspace_id()).await?;
    if let Some(invited) = members
        .iter()
        .find(|member| member.user.email == email && !member.joined)
    {
        must_manage(&caller, invited.role)?;
    }
    let (link, hash) = token::make();
    let now = app.clock.now();
    let expires_at = now.plus_ms(INVITATION_MS);
    let invitation = NewInvitation {
        workspace: caller.workspace_id(),
        email,
        role: new.role,
        agent,
        hash,
        expires_at,
    };
    let id = app.store.invite(invitation, now).await?;
    let members = app.store.members(caller.workspace_id()).await?;
    let member = members.into_iter().find(|member| member.user.id == id);
    let about = UserView::from(member.ok_or(super::NOT_FOUND)?);
    Ok(Created {
        path: format!("users/{}", about.id),
        body: InvitedUser {
            invite_url: format!("{}/#/invite/{link}", app.settings.base_url()),
            invite_expires_at: Time(expires_at),
            about,
        },
    })
}
