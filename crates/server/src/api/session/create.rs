//! `POST /session`

use super::{Begun, begin, check_password};
use crate::{
    api::{
        body::Body,
        client::Client,
        error::ApiError,
        me::UserMe,
        refusals::{Refused, RefusedBody, Throttled},
    },
    app::App,
};
use axum::extract::State;
use konektor_store::Access;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// No address is longer.
const EMAIL_MAX_CHARS: usize = 254;

/// Who signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInForm {
    /// Their e-mail address.
    #[schema(example = "rina@brand.com")]
    email: String,
    /// Their password.
    password: String,
}

/// Signs in: the answer sets the cookie `konektor_session` (over https `__Host-konektor_session`). A session that is not
/// used for 30 days ends. Wrong passwords make the next ones wait, by account and by address.
#[utoipa::path(
    post, path = "/session", operation_id = "create_session", tag = "session",
    request_body = SignInForm,
    responses((status = 200, description = "Signed in.", body = UserMe), RefusedBody, Throttled, Refused),
    security(())
)]
pub async fn create(
    client: Client,
    State(app): State<Arc<App>>,
    Body(form): Body<SignInForm>,
) -> Result<Begun, ApiError> {
    client.must_not_be_another_site()?;
    let email: String = form.email.trim().to_lowercase().chars().take(EMAIL_MAX_CHARS).collect();
    let known = app.store.credentials(email.clone()).await?;
    let hash = known.as_ref().map(|known| known.password_hash.clone());
    check_password(&app, &client, &email, form.password, hash).await?;
    let user = known.ok_or(ApiError::WrongPassword)?.user;
    begin(&app, &client, &user, None).await
}

#[cfg(test)]
mod tests {
    use crate::{
        api::{
            people::{Browser, PASSWORD, add_user},
            testing::{NOW, Server},
        },
        auth::{password::hash_password, token},
    };
    use axum::http::{Method, StatusCode};
    use konektor_store::{Access, model::Role};
    use serde_json::{Value, json};

    async fn server_with_rina() -> Server {
        let server = Server::start().await;
        let rina = add_user(&server, server.workspace, "rina@kopi.id", Role::Owner, None).await;
        let hash = hash_password(PASSWORD).unwrap();
        server.app.store.set_password(rina, hash, None).await.unwrap();
        server
    }

    fn form(email: &str, password: &str) -> Value {
        json!({ "email": email, "password": password })
    }

    #[tokio::test]
    async fn the_right_password_opens_a_session_and_signing_out_ends_it() {
        let server = server_with_rina().await;
        let mut browser = Browser::new(&server);
        assert_eq!(browser.get("/me").await.status, StatusCode::UNAUTHORIZED);
        let answer = browser.post("/session", form(" Rina@Kopi.id", PASSWORD)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.json);
        let cookie = answer.headers["set-cookie"].to_str().unwrap();
        let (name, attributes) = (cookie.split('=').next().unwrap(), cookie.split_once(';').unwrap().1);
        assert_eq!(name, "__Host-konektor_session");
        assert_eq!(attributes, " Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax; Secure");
        assert_eq!(browser.get("/me").await.json, answer.json);
        let signed_in = browser.cookie.clone();
        let gone = browser.delete("/session").await;
        assert_eq!(gone.status, StatusCode::NO_CONTENT);
        assert!(
            gone.headers["set-cookie"]
                .to_str()
                .unwrap()
                .contains("=; Path=/; Max-Age=0;")
        );
        assert_eq!(browser.cookie, None);
        browser.cookie = signed_in;
        assert_eq!(
            browser.get("/me").await.status,
            StatusCode::UNAUTHORIZED,
            "the session itself has ended"
        );
    }

    #[tokio::test]
    async fn over_plain_http_the_cookie_has_the_plain_name() {
        let server = server_with_rina().await;
        let request = axum::http::Request::post("/api/v1/session")
            .header("host", "localhost:8080")
            .header("content-type", "application/json")
            .header("origin", "http://localhost:8080");
        let body = form("rina@kopi.id", PASSWORD).to_string();
        let answer = server.send(request.body(body.into()).unwrap()).await;
        let cookie = answer.headers["set-cookie"].to_str().unwrap();
        assert!(
            cookie.starts_with("konektor_session=") && !cookie.contains("Secure"),
            "{cookie}"
        );
    }

    #[tokio::test]
    async fn a_wrong_password_and_an_unknown_address_are_answered_alike() {
        let server = server_with_rina().await;
        let mut browser = Browser::new(&server);
        let wrong = browser
            .post("/session", form("rina@kopi.id", "salah kuda baterai"))
            .await;
        let unknown = browser.post("/session", form("budi@kopi.id", PASSWORD)).await;
        assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
        assert_eq!((wrong.json, wrong.headers), (unknown.json, unknown.headers));
        assert_eq!(browser.cookie, None);
    }

    #[tokio::test]
    async fn who_guesses_has_to_wait_even_with_the_right_password() {
        let server = server_with_rina().await;
        let mut browser = Browser::new(&server);
        for _ in 0..5 {
            let answer = browser.post("/session", form("rina@kopi.id", "tebak-tebakan")).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        }
        let answer = browser.post("/session", form("RINA@kopi.id", PASSWORD)).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(answer.headers["retry-after"], "10");
        assert_eq!(
            answer.json["detail"],
            "Too many wrong passwords. Try again in 10 seconds."
        );
        server.set_clock(9_001);
        let answer = browser.post("/session", form("rina@kopi.id", PASSWORD)).await;
        assert_eq!(answer.headers["retry-after"], "1");
        server.set_clock(10_000);
        let answer = browser.post("/session", form("rina@kopi.id", PASSWORD)).await;
        assert_eq!(answer.status, StatusCode::OK);
    }

    #[tokio::test]
    async fn a_token_that_was_planted_in_a_browser_opens_nothing() {
        let server = server_with_rina().await;
        let planted = format!("__Host-konektor_session={}", token::make().0);
        let mut browser = Browser::new(&server);
        browser.cookie = Some(planted.clone());
        browser.post("/session", form("rina@kopi.id", PASSWORD)).await;
        assert_ne!(browser.cookie.as_ref(), Some(&planted));
        let mut attacker = Browser::new(&server);
        attacker.cookie = Some(planted);
        assert_eq!(attacker.get("/me").await.status, StatusCode::UNAUTHORIZED);
        let first = browser.cookie.clone();
        browser.post("/session", form("rina@kopi.id", PASSWORD)).await;
        attacker.cookie = first;
        assert_eq!(
            attacker.get("/me").await.status,
            StatusCode::UNAUTHORIZED,
            "signing in again ends the one before"
        );
        assert_eq!(browser.get("/sessions").await.items("current"), [json!(true)]);
    }

    #[tokio::test]
    async fn no_other_page_signs_its_visitors_in_here() {
        let server = server_with_rina().await;
        for (name, value, allowed) in [
            ("sec-fetch-site", "cross-site", false),
            ("origin", "https://evil.example", false),
            ("origin", "https://go.example.com", true),
            ("x-program", "says nothing", true),
        ] {
            let request = Browser::new(&server).request(Method::POST, "/session");
            let request = request.header("content-type", "application/json").header(name, value);
            let body = form("rina@kopi.id", PASSWORD).to_string();
            let answer = server.send(request.body(body.into()).unwrap()).await;
            assert_eq!(answer.status == StatusCode::OK, allowed, "{name}: {value}");
            assert_eq!(answer.headers.contains_key("set-cookie"), allowed);
        }
    }

    #[tokio::test]
    async fn no_token_and_no_password_is_in_the_database() {
        let server = server_with_rina().await;
        let mut browser = Browser::new(&server);
        browser.post("/session", form("rina@kopi.id", PASSWORD)).await;
        let cookie = browser.cookie.clone().unwrap();
        let token = cookie.split('=').nth(1).unwrap();
        let contains = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        let files = server.files();
        assert!(
            files.iter().any(|(_, bytes)| contains(bytes, "rina@kopi.id")),
            "the search finds what is there"
        );
        for (name, bytes) in files {
            assert!(!contains(&bytes, token) && !contains(&bytes, PASSWORD), "{name}");
        }
        assert!(server.app.clock.now() == NOW);
    }
}
