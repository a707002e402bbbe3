//! `GET /live`

use crate::{
    api::{
        auth::{AnyCaller, Sight},
        refusals::Refused,
    },
    app::App,
    live::{Heard, Listener, News},
};
use axum::{
    extract::State,
    http::HeaderName,
    response::{
        IntoResponse,
        sse::{Event, Sse},
    },
};
use futures_util::stream;
use serde_json::json;
use std::{convert::Infallible, pin::Pin, sync::Arc, time::Duration};
use tokio::time::{Sleep, sleep, timeout};

/// After so much silence something is said, so that proxies keep the connection and a dead one is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Then the connection ends and the client comes back by itself: whoever may not listen any more is refused then.
const LONGEST: Duration = Duration::from_secs(15 * 60);
/// How long a client waits before it comes back.
const COME_BACK: Duration = Duration::from_secs(2);
/// Without it nginx keeps what is said until it is much.
const UNBUFFERED: (HeaderName, &str) = (HeaderName::from_static("x-accel-buffering"), "no");

/// News while they happen, as server-sent events: `lead.created`, `lead.returned`, `lead.updated`, `lead.untouched`,
/// `delivery`, `destination.held`, `alert`. Their data is `{"ids": ["34359738368"]}`: read again what they name; no ids mean that the
/// list is to be read again. `resync` says that news were lost and everything is to be read again, as after each
/// connecting. The connection ends after a quarter of an hour and is to be made again.
#[utoipa::path(
    get, path = "/live", operation_id = "listen", tag = "live",
    responses((status = 200, description = "The news.", content_type = "text/event-stream", body = String), Refused)
)]
pub async fn listen(AnyCaller(caller): AnyCaller, State(app): State<Arc<App>>) -> impl IntoResponse {
    let listening = Listening {
        listener: app.live.listen(caller.workspace_id()),
        sight: caller.sight(),
        over: Box::pin(sleep(LONGEST)),
        has_begun: false,
    };
    let events = stream::unfold(listening, |mut listening| async {
        let event = listening.next().await?;
        Some((Ok::<_, Infallible>(event), listening))
    });
    ([UNBUFFERED], Sse::new(events))
}

/// One open connection.
struct Listening {
    listener: Listener,
    /// Whose leads they see.
    sight: Sight,
    over: Pin<Box<Sleep>>,
    has_begun: bool,
}

impl Listening {
    /// What to say next; `None` ends the connection.
    async fn next(&mut self) -> Option<Event> {
        if !self.has_begun {
            self.has_begun = true;
            return Some(Event::default().retry(COME_BACK).comment("listening"));
        }
        loop {
            let heard = tokio::select! {
                heard = timeout(KEEP_ALIVE, self.listener.next()) => heard,
                () = self.over.as_mut() => return None,
            };
            let event = match heard {
                Err(_) => Some(Event::default().comment("")),
                Ok(None) => return None,
                Ok(Some(Heard::Missed)) => Some(Event::default().event("resync").data("{}")),
                Ok(Some(Heard::News(news))) => shown(&news, self.sight),
            };
            if event.is_some() {
                return event;
            }
        }
    }
}

/// An event; `None` if it is nothing to this listener.
fn shown(news: &News, sight: Sight) -> Option<Event> {
    let agent = match sight {
        Sight::All => None,
        Sight::OfAgent(agent) => Some(agent),
        Sight::Nothing => return None,
    };
    let ids: Vec<_> = news.ids(agent)?.iter().map(i64::to_string).collect();
    let data = json!({ "ids": ids }).to_string();
    Some(Event::default().event(news.topic.as_str()).data(data))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{
        people::{Browser, add_user},
        testing::Server,
    };
    use axum::{
        body::{Body, BodyDataStream},
        http::{Method, Request, Response, StatusCode},
    };
    use futures_util::StreamExt;
    use konektor_store::model::Role;
    use tower::ServiceExt;

    async fn open(server: &Server, key: &str) -> Response<Body> {
        // As browsers do: compressed, news would wait for those that come after them.
        let request = Request::get("/api/v1/live").header("accept-encoding", "gzip, br");
        let request = request.header("authorization", format!("Bearer {key}"));
        let router = crate::api::router(server.app.clone());
        router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    async fn said(body: &mut BodyDataStream) -> String {
        let said = body.next().await.expect("it goes on").unwrap();
        String::from_utf8(said.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn news_are_said_while_they_happen() {
        let server = Server::start().await;
        let promo = server.add_rotator("promo", &[]).await;
        let lead = server.record(vec![server.visit(&promo, "", 0)]).await[0];
        let response = open(&server, &server.key).await;
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-store");
        let mut body = response.into_body().into_data_stream();
        assert_eq!(said(&mut body).await, "retry: 2000\n: listening\n\n");

        let path = format!("/leads/{}", lead.packed());
        server.patch(&path, json!({ "status": "hot" })).await;
        let updated = format!("event: lead.updated\ndata: {{\"ids\":[\"{}\"]}}\n\n", lead.packed());
        assert_eq!(said(&mut body).await, updated);
        server.app.live.alerts_changed(server.workspace);
        assert_eq!(said(&mut body).await, "event: alert\ndata: {\"ids\":[]}\n\n");
        tokio::time::pause();
        assert_eq!(said(&mut body).await.trim_end(), ":", "after a quarter of a minute");
    }

    #[tokio::test]
    async fn another_workspace_hears_nothing_and_nobody_listens_without_a_key() {
        let server = Server::start().await;
        let (other, key) = server.add_workspace().await;
        let mut body = open(&server, &key).await.into_body().into_data_stream();
        said(&mut body).await;
        server.app.live.alerts_changed(server.workspace);
        server
            .app
            .live
            .destination_held(other, konektor_core::ids::DestinationId(5));
        assert_eq!(
            said(&mut body).await,
            "event: destination.held\ndata: {\"ids\":[\"5\"]}\n\n"
        );
        let writer = server.add_key(server.workspace, &["write"], None).await;
        for (key, status) in [("kn_x", StatusCode::UNAUTHORIZED), (&writer, StatusCode::FORBIDDEN)] {
            assert_eq!(open(&server, key).await.status(), status);
        }
    }

    #[tokio::test]
    async fn an_agent_hears_of_their_own_leads() {
        let server = Server::start().await;
        let (ayu, budi) = (server.add_agent("Ayu").await, server.add_agent("Budi").await);
        let promo = server.add_rotator("promo", &[&ayu, &budi]).await;
        let leads = server
            .record((0..2).map(|at| server.visit(&promo, "", at)).collect())
            .await;
        let user = add_user(&server, server.workspace, "budi@kopi.id", Role::Agent, Some(&budi)).await;
        let browser = Browser::of(&server, user, server.workspace).await;
        let request = browser.request(Method::GET, "/live").body(Body::empty()).unwrap();
        let response = crate::api::router(server.app.clone()).oneshot(request).await.unwrap();
        let mut body = response.into_body().into_data_stream();
        said(&mut body).await;
        server.app.live.alerts_changed(server.workspace);
        for lead in &leads {
            server
                .patch(&format!("/leads/{}", lead.packed()), json!({ "status": "hot" }))
                .await;
        }
        let of_budi = format!("event: lead.updated\ndata: {{\"ids\":[\"{}\"]}}\n\n", leads[1].packed());
        assert_eq!(said(&mut body).await, of_budi);
    }

    #[tokio::test]
    async fn the_connection_ends_in_time_and_with_the_server() {
        let server = Server::start().await;
        let mut body = open(&server, &server.key).await.into_body().into_data_stream();
        let mut heard = 0;
        tokio::time::pause();
        while body.next().await.is_some() {
            heard += 1;
        }
        tokio::time::resume();
        assert!((60..=61).contains(&heard), "{heard}: one a quarter of a minute");
        let mut body = open(&server, &server.key).await.into_body().into_data_stream();
        said(&mut body).await;
        server.app.live.end();
        assert!(body.next().await.is_none());
    }

    #[tokio::test]
    async fn who_reads_too_slowly_is_told_to_read_everything_again() {
        let server = Server::start().await;
        let mut body = open(&server, &server.key).await.into_body().into_data_stream();
        said(&mut body).await;
        for _ in 0..1_000 {
            server.app.live.alerts_changed(server.workspace);
        }
        assert_eq!(said(&mut body).await, "event: resync\ndata: {}\n\n");
    }
}
