//! `POST /hosts`

use super::HostView;
use crate::{
    api::{
        auth::Caller,
        body::Body,
        created::Created,
        edits,
        error::ApiError,
        refusals::{Refused, RefusedBody},
    },
    app::App,
    click::host,
};
use axum::extract::State;
use konektor_store::Store;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// A host to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewHost {
    /// The name, such as `wa.brand.com`; international names in their ASCII form (`xn--…`).
    #[schema(example = "wa.brand.com")]
    host: String,
}

/// Adds a host name. Point it at this server, and the links of the workspace's rotators work on it. A name that the
/// workspace has already is answered as if it were new.
#[utoipa::path(
    post, path = "/hosts", operation_id = "create_host", tag = "hosts",
    request_body = NewHost,
    responses((status = 201, description = "The host.", body = HostView), RefusedBody, Refused)
)]
pub async fn create(
    caller: Caller,
    State(app): State<Arc<App>>,
    Body(new): Body<NewHost>,
) -> Result<Created<HostView>, ApiError> {
    let name = host::normalised(&new.host).into_owned();
    // Without the port alone `wa.brand.com:8443` would seem to be taken over, and then not be what was typed.
    if name.len() + 1 < new.host.trim().len() {
        return Err(ApiError::invalid(
            "host",
            "Write a host name such as wa.brand.com, without https://, port and path.",
        ));
    }
    host::check(&name).map_err(|reason| ApiError::invalid("host", reason))?;
    if app.settings.public_host().is_some_and(|public| public == name) {
        let message = "This is the server's own host. The links of all workspaces work on it already.";
        return Err(ApiError::invalid("host", message));
    }
    let edit = edits::begin().await;
    app.store
        .add_host(caller.workspace_id(), name.clone(), app.clock.now())
        .await?;
    edit.take_effect(&app).await?;
    Ok(Created {
        path: format!("hosts/{name}"),
        body: HostView { host: name },
    })
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;
    use axum::http::{Method, StatusCode};
    use serde_json::json;

    #[tokio::test]
    async fn a_host_is_the_workspaces_from_the_next_click_on() {
        let server = Server::start().await;
        let answer = server.post("/hosts", json!({ "host": "WA.Brand.com." })).await;
        assert_eq!(
            (answer.status, answer.json),
            (StatusCode::CREATED, json!({ "host": "wa.brand.com" }))
        );
        assert_eq!(
            server.app.routing.load().workspace_of_host("wa.brand.com"),
            Some(server.workspace)
        );
        assert_eq!(
            server.post("/hosts", json!({ "host": "wa.brand.com" })).await.status,
            StatusCode::CREATED
        );
        assert_eq!(server.get("/hosts").await.items("host"), ["wa.brand.com"]);
    }

    #[tokio::test]
    async fn a_host_of_another_workspace_is_a_conflict() {
        let server = Server::start().await;
        server.post("/hosts", json!({ "host": "wa.brand.com" })).await;
        let (_, key) = server.add_workspace().await;
        let body = Some(json!({ "host": "wa.brand.com" }));
        let answer = server.ask(&key, Method::POST, "/hosts", body).await;
        assert_eq!(answer.status, StatusCode::CONFLICT);
        assert_eq!(
            answer.json["detail"],
            "The host wa.brand.com is already in use. Choose another."
        );
    }

    #[tokio::test]
    async fn what_is_no_host_name_is_refused() {
        let server = Server::start().await;
        for host in [
            "",
            "brand",
            "https://wa.brand.com",
            "wa.brand.com/wa",
            "wa.brand.com:8443",
            "10.0.0.1",
            "[::1]",
            "a b.id",
        ] {
            let refused = server.post("/hosts", json!({ "host": host })).await.refused();
            assert_eq!(refused[0].0, "host", "{host}");
        }
        let refused = server
            .post("/hosts", json!({ "host": "go.example.com" }))
            .await
            .refused();
        assert!(
            refused[0].1.contains("server's own host"),
            "nobody can take the others' links over"
        );
    }
}
