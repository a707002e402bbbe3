//! `POST /invitations/{token}`

use crate::{
    api::{
        body::{Body, Id},
        client::Client,
        error::ApiError,
        me::UserMe,
        refusals::{Missing, Refused, RefusedBody, Throttled},
        session::{Begun, begin, check_password},
        users::hash_password,
    },
    app::App,
    auth::{password, token},
};
use axum::extract::State;
use konektor_store::Access;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// What somebody takes an invitation with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    /// The password to sign in with from now on, of at least 10 characters. Who has one already, from another workspace
    /// of this server, gives that one.
    password: String,
}

/// Takes an invitation: sets the password of who is invited, and signs them in. It works once.
#[utoipa::path(
    post, path = "/invitations/{token}", operation_id = "accept_invitation", tag = "session",
    params(("token" = String, Path, description = "What stands at the end of the link.")),
    request_body = Acceptance,
    responses((status = 200, description = "Signed in.", body = UserMe), Missing, RefusedBody, Throttled, Refused),
    security(())
)]
pub async fn accept(
    client: Client,
    State(app): State<Arc<App>>,
    Id(link): Id,
    Body(acceptance): Body<Acceptance>,
) -> Result<Begun, ApiError> {
    client.must_not_be_another_site()?;
    let gone = || ApiError::NotFound("invitation, or it was used or has ended. Ask for a new one");
    if !token::is_well_formed(&link) {
        return Err(gone());
    }
    let (hash, now) = (token::hash(&link), app.clock.now());
    let invitation = app.store.find_invitation(hash, now).await?.ok_or_else(gone)?;
    let user = invitation.invited.user;
    let Acceptance { password } = acceptance;
    let password_hash = if invitation.invited.password_hash.is_empty() {
        let checked = password::check(&password, &user.email);
        checked.map_err(|error| ApiError::invalid("password", error))?;
        Some(hash_password(&app, password).await?)
    } else {
        let hash = Some(invitation.invited.password_hash);
        check_password(&app, &client, &user.email, password, hash).await?;
        None
    };
    if !app.store.accept_invitation(hash, password_hash, now).await? {
        return Err(gone());
    }
    begin(&app, &client, &user, Some(invitation.workspace)).await
}

#[cfg(test)]
mod tests {
    use crate::api::{
        invitations::INVITATION_MS,
        people::{Browser, PASSWORD},
        testing::{Answer, Server},
    };
    use axum::http::StatusCode;
    use konektor_store::model::Role;
    use serde_json::json;

    /// Invites an admin, and gives the path to accept at.
    async fn invite(owner: &mut Browser<'_>, email: &str) -> String {
        let answer = owner.post("/users", json!({ "email": email, "role": "admin" })).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.json);
        let url = answer.json["invite_url"].as_str().unwrap();
        let token = url.strip_prefix("https://go.example.com/#/invite/").unwrap();
        format!("/invitations/{token}")
    }

    async fn accept(server: &Server, path: &str, password: &str) -> Answer {
        Browser::new(server).post(path, json!({ "password": password })).await
    }

    #[tokio::test]
    async fn an_invitation_works_once_and_signs_in() {
        let server = Server::start().await;
        let mut owner = Browser::of_owner(&server, server.workspace).await;
        let path = invite(&mut owner, "Budi@kopi.id").await;
        assert_eq!(owner.get("/users").await.items("state"), ["active", "invited"]);
        let form = json!({ "email": "budi@kopi.id", "password": "" });
        let early = Browser::new(&server).post("/session", form).await;
        assert_eq!(
            early.status,
            StatusCode::UNAUTHORIZED,
            "without a password nobody is in"
        );
        let weak = accept(&server, &path, "password123").await;
        assert_eq!(weak.refused()[0].0, "password");
        let mut budi = Browser::new(&server);
        let me = budi.post(&path, json!({ "password": PASSWORD })).await;
        assert_eq!(
            (me.status, &me.json["role"]),
            (StatusCode::OK, &json!("admin")),
            "{}",
            me.json
        );
        assert_eq!(budi.get("/me").await.json, me.json);
        assert_eq!(owner.get("/users").await.items("state"), ["active", "active"]);
        let twice = accept(&server, &path, "kuda kuda kuda").await;
        assert_eq!(twice.status, StatusCode::NOT_FOUND);
        let form = json!({ "email": "budi@kopi.id", "password": PASSWORD });
        assert_eq!(
            Browser::new(&server).post("/session", form).await.status,
            StatusCode::OK
        );
        let again = owner
            .post("/users", json!({ "email": "budi@kopi.id", "role": "admin" }))
            .await;
        assert_eq!(again.status, StatusCode::CONFLICT);
    }

    #[tokio::test]
    async fn a_link_ends_by_time_by_a_newer_one_and_with_the_user() {
        let server = Server::start().await;
        let mut owner = Browser::of_owner(&server, server.workspace).await;
        let old = invite(&mut owner, "budi@kopi.id").await;
        let new = invite(&mut owner, "budi@kopi.id").await;
        assert_eq!(accept(&server, &old, PASSWORD).await.status, StatusCode::NOT_FOUND);
        server.set_clock(INVITATION_MS);
        assert_eq!(accept(&server, &new, PASSWORD).await.status, StatusCode::NOT_FOUND);
        let newest = invite(&mut owner, "budi@kopi.id").await;
        let id = owner.get("/users").await.items("id")[1].as_str().unwrap().to_owned();
        assert_eq!(
            owner.delete(&format!("/users/{id}")).await.status,
            StatusCode::NO_CONTENT
        );
        let gone = accept(&server, &newest, PASSWORD).await;
        assert_eq!(gone.status, StatusCode::NOT_FOUND);
        for path in ["/invitations/x", &format!("/invitations/{}", "A".repeat(43))] {
            assert_eq!(accept(&server, path, PASSWORD).await.json, gone.json, "{path}");
        }
    }

    #[tokio::test]
    async fn an_invitation_gives_nobody_what_its_receiver_has_elsewhere() {
        let server = Server::start().await;
        let (other, _) = server.add_workspace().await;
        let mut owner = Browser::of_owner(&server, server.workspace).await;
        let mut stranger = Browser::of_owner(&server, other).await;
        let theirs = invite(&mut stranger, "budi@kopi.id").await;
        let ours = invite(&mut owner, "budi@kopi.id").await;
        // The stranger has the link, too, and uses it themselves.
        let mut taken = Browser::new(&server);
        taken.post(&theirs, json!({ "password": "orang lain sekali" })).await;
        let me = taken.get("/me").await.json;
        assert_eq!(me["workspaces"].as_array().unwrap().len(), 1, "{me}");
        let switch = taken
            .post("/me/workspace", json!({ "workspace_id": server.workspace.to_string() }))
            .await;
        assert_eq!(switch.status, StatusCode::NOT_FOUND);
        let wrong = accept(&server, &ours, PASSWORD).await;
        assert_eq!(
            wrong.status,
            StatusCode::UNAUTHORIZED,
            "who has a password must know it"
        );
        let right = accept(&server, &ours, "orang lain sekali").await;
        assert_eq!(right.json["workspace_id"], server.workspace.to_string());
        assert_eq!(right.json["workspaces"].as_array().unwrap().len(), 2);
    }

    #[tokio::test]
    async fn one_person_is_in_several_workspaces_and_goes_between_them() {
        let server = Server::start().await;
        let (other, _) = server.add_workspace().await;
        let mut rina = Browser::of_owner(&server, server.workspace).await;
        let email = format!("owner-{}@kopi.id", server.workspace);
        crate::api::people::add_user(&server, other, &email, Role::Agent, None).await;
        server.add_agent("Ayu").await;
        let there = json!({ "workspace_id": other.to_string() });
        let me = rina.post("/me/workspace", there).await;
        assert_eq!(
            (&me.json["role"], &me.json["workspace"]["name"]),
            (&json!("agent"), &json!("Toko Sebelah"))
        );
        assert_eq!(
            rina.get("/agents").await.status,
            StatusCode::FORBIDDEN,
            "the role is the one there"
        );
        for missing in ["99", "x", ""] {
            let answer = rina.post("/me/workspace", json!({ "workspace_id": missing })).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND);
        }
        let back = json!({ "workspace_id": server.workspace.to_string() });
        assert_eq!(rina.post("/me/workspace", back).await.json["role"], "owner");
        assert_eq!(rina.get("/agents").await.items("name"), ["Ayu"]);
    }
}
