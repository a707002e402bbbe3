//! People and their browsers, for tests.

use super::testing::{Answer, Server};
use crate::auth::token;
use axum::{
    body::Body,
    http::{Method, Request, request::Builder},
};
use konektor_core::ids::{UserId, WorkspaceId};
use konektor_store::{
    Access,
    model::{NewInvitation, NewSession, Role},
};
use serde_json::Value;

/// A password that is good enough.
pub const PASSWORD: &str = "benar kuda baterai";

/// Adds somebody who has taken their invitation, without the time that hashing a password takes.
pub async fn add_user(server: &Server, workspace: WorkspaceId, email: &str, role: Role, agent: Option<&str>) -> UserId {
    let now = server.app.clock.now();
    let (_, hash) = token::make();
    let invitation = NewInvitation {
        workspace,
        email: email.to_owned(),
        role,
        agent: agent.map(|id| id.parse().unwrap()),
        hash,
        expires_at: now.plus_ms(1),
    };
    let store = &server.app.store;
    let user = store.invite(invitation, now).await.unwrap();
    let known = store.credentials(email.to_owned()).await.unwrap().unwrap();
    let password = known.password_hash.is_empty().then(|| "no password".to_owned());
    assert!(store.accept_invitation(hash, password, now).await.unwrap());
    user
}

/// A browser at the dashboard of a server that is reached by https.
pub struct Browser<'s> {
    server: &'s Server,
    /// Its cookie, `name=value`.
    pub cookie: Option<String>,
}

impl<'s> Browser<'s> {
    /// A fresh one.
    pub fn new(server: &'s Server) -> Self {
        Self { server, cookie: None }
    }

    /// One in which somebody is signed in.
    pub async fn of(server: &'s Server, user: UserId, workspace: WorkspaceId) -> Self {
        let (token, hash) = token::make();
        let now = server.app.clock.now();
        let session = NewSession {
            hash,
            user,
            workspace: Some(workspace),
            expires_at: now.plus_ms(super::auth::SESSION_MS),
            user_agent: "Chrome".to_owned(),
            address: "203.0.113.7".to_owned(),
        };
        server.app.store.add_session(session, now).await.unwrap().unwrap();
        Self {
            server,
            cookie: Some(format!("__Host-konektor_session={token}")),
        }
    }

    /// One with an owner, of whom there is one a workspace.
    pub async fn of_owner(server: &'s Server, workspace: WorkspaceId) -> Self {
        let user = add_user(
            server,
            workspace,
            &format!("owner-{workspace}@kopi.id"),
            Role::Owner,
            None,
        )
        .await;
        Self::of(server, user, workspace).await
    }

    /// A request as the browser begins it, before it says which page it comes from.
    pub fn request(&self, method: Method, path: &str) -> Builder {
        let request = Request::builder().method(method).uri(format!("/api/v1{path}"));
        let request = request.header("host", "go.example.com");
        match &self.cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        }
    }

    /// Asks as the dashboard does, and keeps the cookie that comes back.
    pub async fn ask(&mut self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let answer = self.ask_and_forget(method, path, body).await;
        if let Some(cookie) = answer.headers.get("set-cookie") {
            let cookie = cookie.to_str().unwrap().split(';').next().unwrap();
            self.cookie = Some(cookie.to_owned()).filter(|cookie| !cookie.ends_with('='));
        }
        answer
    }

    /// Asks as the dashboard does.
    pub async fn ask_and_forget(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let mut request = self.request(method, path).header("sec-fetch-site", "same-origin");
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = body.map_or(Body::empty(), |json| json.to_string().into());
        self.server.send(request.body(body).unwrap()).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask_and_forget(Method::GET, path, None).await
    }

    pub async fn post(&mut self, path: &str, body: Value) -> Answer {
        self.ask(Method::POST, path, Some(body)).await
    }

    pub async fn patch(&mut self, path: &str, body: Value) -> Answer {
        self.ask(Method::PATCH, path, Some(body)).await
    }

    pub async fn delete(&mut self, path: &str) -> Answer {
        self.ask(Method::DELETE, path, None).await
    }
}
