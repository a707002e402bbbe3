//! `PATCH /users/{id}`

use super::{NOT_FOUND, RoleWord, UserView, check_agent, find, must_be_done, must_manage};
use crate::{
    api::{
        auth::Caller,
        body::{Body, Id, not_null, nullable},
        checks::Checks,
        edits,
        error::ApiError,
        refusals::{Missing, Refused, RefusedBody},
    },
    app::App,
};
use axum::{Json, extract::State};
use konektor_store::{Access, model::Role};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// What to change of a user. What is absent stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserPatch {
    /// What they may do.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false, value_type = RoleWord, required = false)]
    role: Option<Role>,
    /// The agent that they are; `null` for none.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, example = "3")]
    agent_id: Option<Option<String>>,
}

/// Changes what a user may do, at once. The last owner stays one, and admins cannot change owners.
#[utoipa::path(
    patch, path = "/users/{id}", operation_id = "update_user", tag = "users",
    params(("id" = String, Path)),
    request_body = UserPatch,
    responses((status = 200, description = "The user as they are now.", body = UserView), Missing, RefusedBody, Refused)
)]
pub async fn update(
    caller: Caller,
    State(app): State<Arc<App>>,
    Id(id): Id,
    Body(patch): Body<UserPatch>,
) -> Result<Json<UserView>, ApiError> {
    let _edit = edits::begin().await;
    let member = find(&app, &caller, &id).await?;
    let role = patch.role.unwrap_or(member.role);
    must_manage(&caller, role)?;
    let agent = match patch.agent_id {
        None if role != Role::Agent || member.agent.is_some() => member.agent,
        change => {
            let mut checks = Checks::default();
            let agent = change.flatten();
            let agent = check_agent(&app, &caller, role, agent.as_deref(), &mut checks).await?;
            checks.finish()?;
            agent
        }
    };
    let user = member.user.id;
    must_be_done(app.store.set_member(caller.workspace_id(), user, role, agent).await?)?;
    let members = app.store.members(caller.workspace_id()).await?;
    let member = members.into_iter().find(|member| member.user.id == user);
    Ok(Json(member.ok_or(NOT_FOUND)?.into()))
}

#[cfg(test)]
mod tests {
    use crate::api::{
        people::{Browser, add_user},
        testing::{Answer, Server},
    };
    use axum::http::{Method, StatusCode};
    use konektor_store::model::Role;
    use serde_json::{Value, json};

    struct Team {
        server: Server,
        owner: String,
        admin: String,
        ayu: String,
        agent: String,
    }

    async fn team() -> Team {
        let server = Server::start().await;
        let ayu = server.add_agent("Ayu").await;
        let add = async |email, role, agent| {
            let user = add_user(&server, server.workspace, email, role, agent).await;
            user.to_string()
        };
        let owner = add("owner@kopi.id", Role::Owner, None).await;
        let admin = add("admin@kopi.id", Role::Admin, None).await;
        let agent = add("ayu@kopi.id", Role::Agent, Some(ayu.as_str())).await;
        Team {
            server,
            owner,
            admin,
            ayu,
            agent,
        }
    }

    impl Team {
        async fn browser(&self, user: &str) -> Browser<'_> {
            Browser::of(&self.server, user.parse().unwrap(), self.server.workspace).await
        }
    }

    fn status(answer: Answer) -> u16 {
        answer.status.as_u16()
    }

    #[tokio::test]
    async fn nobody_manages_who_may_do_more_than_themselves() {
        let team = team().await;
        let mut admin = team.browser(&team.admin).await;
        let new = |role: &str| json!({ "email": format!("{role}@new.id"), "role": role, "agent_id": team.ayu });
        let to = |role: &str| json!({ "role": role });
        let path = |user: &str| format!("/users/{user}");
        assert_eq!(status(admin.post("/users", new("owner")).await), 403);
        assert_eq!(status(admin.post("/users", new("admin")).await), 201);
        assert_eq!(status(admin.patch(&path(&team.owner), to("agent")).await), 403);
        assert_eq!(status(admin.patch(&path(&team.agent), to("owner")).await), 403);
        assert_eq!(status(admin.patch(&path(&team.admin), to("owner")).await), 403);
        assert_eq!(status(admin.delete(&path(&team.owner)).await), 403);
        assert_eq!(status(admin.patch(&path(&team.agent), to("admin")).await), 200);
        let server = &team.server;
        assert_eq!(
            status(server.post("/users", new("admin")).await),
            403,
            "a key makes nobody mightier than it lasts"
        );
        assert_eq!(status(server.post("/users", new("agent")).await), 201);
        assert_eq!(status(server.delete(&path(&team.admin)).await), 403);
        let mut owner = team.browser(&team.owner).await;
        let invited = owner.post("/users", new("owner")).await.json;
        assert_eq!(
            status(
                admin
                    .post("/users", json!({ "email": "owner@new.id", "role": "admin" }))
                    .await
            ),
            403
        );
        assert_eq!(invited["role"], "owner");
        assert_eq!(status(owner.patch(&path(&team.admin), to("owner")).await), 200);
    }

    #[tokio::test]
    async fn a_workspace_keeps_an_owner() {
        let team = team().await;
        let mut owner = team.browser(&team.owner).await;
        let own = format!("/users/{}", team.owner);
        owner
            .post("/users", json!({ "email": "next@kopi.id", "role": "owner" }))
            .await;
        let demoted = owner.patch(&own, json!({ "role": "admin" })).await;
        assert_eq!(demoted.status, StatusCode::CONFLICT, "who is only invited is none yet");
        assert!(demoted.json["detail"].as_str().unwrap().contains("only owner"));
        assert_eq!(status(owner.delete(&own).await), 409);
        assert_eq!(status(owner.patch(&own, json!({ "agent_id": team.ayu })).await), 200);
        owner
            .patch(&format!("/users/{}", team.admin), json!({ "role": "owner" }))
            .await;
        assert_eq!(status(owner.patch(&own, json!({ "role": "admin" })).await), 200);
        let mut other = team.browser(&team.admin).await;
        assert_eq!(status(other.delete(&own).await), 204);
        assert_eq!(
            owner.get("/me").await.status,
            StatusCode::UNAUTHORIZED,
            "they are signed out at once"
        );
        assert_eq!(status(other.delete(&own).await), 404);
    }

    #[tokio::test]
    async fn an_agents_user_is_an_agent_of_the_workspace() {
        let team = team().await;
        let mut owner = team.browser(&team.owner).await;
        let (_, foreign) = team.server.add_workspace().await;
        let body = json!({ "name": "Citra", "phone": "0812 3456 7890" });
        let citra = team
            .server
            .ask(&foreign, Method::POST, "/agents", Some(body))
            .await
            .json["id"]
            .clone();
        for agent in [json!(null), citra, json!("x"), json!("99")] {
            let new = json!({ "email": "x@kopi.id", "role": "agent", "agent_id": agent });
            assert_eq!(owner.post("/users", new).await.refused()[0].0, "agent_id", "{agent}");
        }
        let path = format!("/users/{}", team.admin);
        assert_eq!(
            owner.patch(&path, json!({ "role": "agent" })).await.refused()[0].0,
            "agent_id"
        );
        let changed = owner
            .patch(&path, json!({ "role": "agent", "agent_id": team.ayu }))
            .await
            .json;
        assert_eq!(
            (&changed["role"], &changed["agent_id"]),
            (&json!("agent"), &Value::from(team.ayu.clone()))
        );
        assert_eq!(
            owner.patch(&path, json!({ "agent_id": null })).await.refused()[0].0,
            "agent_id"
        );
        let as_before = owner.patch(&path, json!({})).await;
        assert_eq!(as_before.json, changed);
        let bad = owner.post("/users", json!({ "email": "rina", "role": "admin" })).await;
        assert_eq!(bad.refused()[0].0, "email");
        let bad = owner
            .post("/users", json!({ "email": "rina@kopi.id", "role": "king" }))
            .await;
        assert_eq!(bad.refused()[0].0, "role");
    }
}
