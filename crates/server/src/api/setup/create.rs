//! `POST /setup`

use crate::{
    api::{
        body::Body,
        checks::Checks,
        client::Client,
        edits,
        error::ApiError,
        me::UserMe,
        refusals::{Refused, RefusedBody},
        session::{Begun, begin},
        users::hash_password,
        workspace::{check_country, check_time_zone},
    },
    app::App,
    auth::{email, password},
    secrets,
};
use axum::extract::State;
use konektor_core::lead::{Currency, clean_name};
use konektor_store::{
    Access,
    model::{NewOwner, NewWorkspace, User},
};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// The first workspace and its owner.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    /// The workspace.
    workspace: SetupWorkspace,
    /// The owner's e-mail address.
    #[schema(example = "rina@brand.com")]
    email: String,
    /// The owner's password, of at least 10 characters.
    #[schema(min_length = 10)]
    password: String,
}

/// The first workspace.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetupWorkspace {
    /// Its name.
    #[schema(example = "Toko Kopi")]
    name: String,
    /// Country of phone numbers that are written without a country code, ISO 3166-1 alpha-2.
    #[schema(example = "ID")]
    country: String,
    /// Zone of its days.
    #[schema(example = "Asia/Jakarta")]
    time_zone: String,
    /// Its currency, ISO 4217; absent for the country's.
    #[schema(value_type = Option<String>, example = "IDR")]
    currency: Option<String>,
}

/// Makes the first workspace and its owner, who is signed in. Only as long as there is no user; a workspace that was made
/// with `konektor workspace add`, if it is the only one, becomes theirs.
#[utoipa::path(
    post, path = "/setup", operation_id = "set_up", tag = "session",
    request_body = Setup,
    responses((status = 201, description = "Set up and signed in.", body = UserMe), RefusedBody, Refused),
    security(())
)]
pub async fn create(client: Client, State(app): State<Arc<App>>, Body(setup): Body<Setup>) -> Result<Begun, ApiError> {
    client.must_not_be_another_site()?;
    let done = || ApiError::Conflict("This server is set up already. Sign in instead.".to_owned());
    if app.store.has_users().await? {
        return Err(done());
    }
    let new = check(&app, setup).await?;
    let email = new.email.clone();
    let edit = edits::begin().await;
    let (id, workspace) = app.store.set_up(new, app.clock.now()).await?.ok_or_else(done)?;
    edit.take_effect(&app).await?;
    let user = User {
        id,
        email,
        language: None,
    };
    Ok(begin(&app, &client, &user, Some(workspace)).await?.created())
}

async fn check(app: &App, setup: Setup) -> Result<NewOwner, ApiError> {
    let Setup {
        workspace,
        email,
        password,
    } = setup;
    let mut checks = Checks::default();
    let name = checks.ok("workspace.name", clean_name(&workspace.name));
    let country = checks.ok("workspace.country", check_country(&workspace.country));
    let time_zone = checks.ok("workspace.time_zone", check_time_zone(&workspace.time_zone));
    let currency = workspace
        .currency
        .and_then(|text| checks.ok("workspace.currency", text.parse::<Currency>()));
    let email = checks.ok("email", email::parse(&email)).unwrap_or_default();
    checks.ok("password", password::check(&password, &email));
    checks.finish()?;
    Ok(NewOwner {
        workspace: NewWorkspace {
            name: name.unwrap_or_default(),
            country: country.unwrap_or_default(),
            time_zone: time_zone.unwrap_or_default(),
            code_key: secrets::random(),
        },
        currency: currency.map(String::from),
        email,
        password_hash: hash_password(app, password).await?,
    })
}

#[cfg(test)]
mod tests {
    use crate::api::{
        people::{Browser, PASSWORD},
        testing::Server,
    };
    use axum::http::StatusCode;
    use konektor_store::{Access, Store, model::NewWorkspace};
    use serde_json::{Value, json};

    fn setup(email: &str, password: &str) -> Value {
        let workspace = json!({ "name": "Kedai Rina", "country": "my", "time_zone": "Asia/Kuala_Lumpur" });
        json!({ "workspace": workspace, "email": email, "password": password })
    }

    #[tokio::test]
    async fn who_comes_first_owns_the_only_workspace_and_nobody_after_them() {
        let server = Server::start().await;
        let mut browser = Browser::new(&server);
        assert_eq!(browser.get("/setup").await.json, json!({ "needed": true }));
        let me = browser.post("/setup", setup("Rina@Kedai.my", PASSWORD)).await;
        assert_eq!(me.status, StatusCode::CREATED, "{}", me.json);
        assert_eq!(me.json["role"], "owner");
        assert_eq!(me.json["user"]["email"], "rina@kedai.my");
        let workspace = json!({
            "id": "1", "name": "Kedai Rina", "country": "MY", "time_zone": "Asia/Kuala_Lumpur", "currency": "MYR",
        });
        assert_eq!(me.json["workspace"], workspace, "the one that was there");
        assert_eq!(browser.get("/me").await.json, me.json, "they are signed in");
        assert_eq!(browser.get("/setup").await.json, json!({ "needed": false }));
        let mut second = Browser::new(&server);
        let answer = second.post("/setup", setup("budi@kedai.my", PASSWORD)).await;
        assert_eq!((answer.status, &second.cookie), (StatusCode::CONFLICT, &None));
        let mut again = Browser::new(&server);
        let form = json!({ "email": "rina@kedai.my", "password": PASSWORD });
        assert_eq!(again.post("/session", form).await.json, me.json);
    }

    #[tokio::test]
    async fn of_two_who_come_at_once_one_is_the_owner() {
        let server = Server::start().await;
        let (mut one, mut two) = (Browser::new(&server), Browser::new(&server));
        let (a, b) = tokio::join!(
            one.post("/setup", setup("a@kopi.id", PASSWORD)),
            two.post("/setup", setup("b@kopi.id", PASSWORD)),
        );
        let mut statuses = [a.status, b.status];
        statuses.sort();
        assert_eq!(statuses, [StatusCode::CREATED, StatusCode::CONFLICT]);
        assert_eq!(server.app.store.members(server.workspace).await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn of_several_workspaces_none_is_taken_over() {
        let server = Server::start().await;
        let other = NewWorkspace {
            name: "Lain".to_owned(),
            country: "ID".to_owned(),
            time_zone: "Asia/Jakarta".to_owned(),
            code_key: [1; 16],
        };
        server
            .app
            .store
            .add_workspace(other, server.app.clock.now())
            .await
            .unwrap();
        let me = Browser::new(&server)
            .post("/setup", setup("rina@kedai.my", PASSWORD))
            .await;
        assert_eq!(me.json["workspace_id"], "3");
        assert!(
            server.app.routing.load().workspace("3".parse().unwrap()).is_some(),
            "it is routed to"
        );
    }

    #[tokio::test]
    async fn what_cannot_be_used_is_said_field_by_field() {
        let server = Server::start().await;
        let workspace = json!({ "name": "", "country": "Malaysia", "time_zone": "KL", "currency": "ringgit" });
        let form = json!({ "workspace": workspace, "email": "rina", "password": "short" });
        let mut browser = Browser::new(&server);
        let refused = browser.post("/setup", form).await.refused();
        let fields: Vec<_> = refused.iter().map(|(field, _)| field.as_str()).collect();
        let wanted = [
            "workspace.name",
            "workspace.country",
            "workspace.time_zone",
            "workspace.currency",
            "email",
            "password",
        ];
        assert_eq!(fields, wanted);
        let refused = browser
            .post("/setup", setup("rina@kedai.my", "password123"))
            .await
            .refused();
        assert!(refused[0].1.contains("most common"), "{refused:?}");
        assert_eq!(browser.get("/setup").await.json["needed"], true);
    }
}
