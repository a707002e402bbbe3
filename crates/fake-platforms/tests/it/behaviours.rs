//! Misbehaviour on the wire, which is the same for all platforms.

use crate::{
    client::*,
    meta::{self, PATH, event},
};
use konektor_fake_platforms::{Behaviour, FakePlatforms, Platform, Reply, ViolationKind};
use rstest::rstest;
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::{io::AsyncReadExt, net::TcpStream};

const SHORT: Duration = Duration::from_millis(60);
/// Long enough that everything else is over by then, on a busy machine too.
const LONG: Duration = Duration::from_millis(700);

fn request() -> Request {
    Request::post(PATH, &meta::body(&[event("kn-1-click")]))
}

/// The answer under a behaviour, and whether the event was taken.
async fn under(behaviour: Behaviour) -> (Option<Answer>, bool) {
    let platforms = start().await;
    platforms.tell_once(Platform::Meta, vec![behaviour]);
    let answer = request().try_send(&platforms).await;
    (answer, platforms.unique_events(Platform::Meta) == 1)
}

#[expect(clippy::disallowed_methods, reason = "how long an answer takes is what is tested")]
fn now() -> Instant {
    Instant::now()
}

#[tokio::test]
async fn a_script_is_played_once_and_then_the_standing_order() {
    let platforms = start().await;
    platforms.tell(Platform::Meta, Behaviour::ServerError(500));
    platforms.tell_once(Platform::Meta, vec![Behaviour::HtmlBadGateway, Behaviour::Ok]);
    platforms.tell_once(Platform::Meta, vec![Behaviour::ServerError(503)]);
    let mut statuses = Vec::new();
    for _ in 0..5 {
        statuses.push(request().send(&platforms).await.status);
    }
    assert_eq!(statuses, [502, 200, 503, 500, 500]);
    platforms.tell(Platform::Meta, Behaviour::Ok);
    assert_eq!(request().send(&platforms).await.status, 200);
}

#[tokio::test]
async fn platforms_misbehave_on_their_own() {
    let platforms = start().await;
    platforms.tell(Platform::Meta, Behaviour::ServerError(500));
    let answer = crate::tiktok::send(&platforms, &[crate::tiktok::event("kn-1-click")]).await;
    assert_eq!(answer.json()["code"], 0);
}

#[tokio::test]
async fn a_proxy_answers_with_a_page() {
    let (answer, is_taken) = under(Behaviour::HtmlBadGateway).await;
    let answer = answer.unwrap();
    assert_eq!((answer.status, is_taken), (502, false));
    assert!(answer.header("content-type").unwrap().starts_with("text/html"));
    assert!(answer.body.starts_with("<html>"));
}

#[rstest]
#[case::without(None)]
#[case::with(Some(7))]
#[tokio::test]
async fn a_limit_may_say_how_long_to_wait(#[case] retry_after_s: Option<u64>) {
    let (answer, is_taken) = under(Behaviour::RateLimited { retry_after_s }).await;
    let answer = answer.unwrap();
    assert_eq!(
        answer.header("retry-after").map(str::to_owned),
        retry_after_s.map(|seconds| seconds.to_string())
    );
    assert!(!is_taken);
}

#[tokio::test]
async fn any_answer_can_be_given() {
    let told = Reply::json(418, &json!({"a": 1})).with_header("x-tea", "green");
    let (answer, is_taken) = under(Behaviour::Answer(told)).await;
    let answer = answer.unwrap();
    assert_eq!(
        (answer.status, &*answer.body, answer.header("x-tea")),
        (418, "{\"a\":1}", Some("green"))
    );
    assert!(!is_taken);
}

#[tokio::test]
async fn a_redirect_leads_to_itself() {
    let platforms = start().await;
    platforms.tell(Platform::Meta, Behaviour::RedirectLoop);
    let answer = request().send(&platforms).await;
    assert_eq!(answer.status, 307);
    assert_eq!(answer.header("location"), Some(&*format!("{}{PATH}", platforms.url())));
    assert_eq!(platforms.received(Platform::Meta), []);
}

#[rstest]
#[case::before(Behaviour::CutBefore, false)]
#[case::unanswered(Behaviour::CutUnanswered, true)]
#[case::hang(Behaviour::Hang(Some(Duration::from_millis(1))), false)]
#[tokio::test]
async fn a_connection_is_cut_without_an_answer(#[case] behaviour: Behaviour, #[case] expected: bool) {
    let (answer, is_taken) = under(behaviour).await;
    assert_eq!((answer, is_taken), (None, expected));
}

#[tokio::test]
async fn a_connection_is_cut_midway_after_the_events_are_taken() {
    let (answer, is_taken) = under(Behaviour::CutMidway).await;
    let answer = answer.expect("half of an answer");
    let length: usize = answer.header("content-length").unwrap().parse().unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body.len(), length / 2);
    assert!(answer.body.starts_with('{'));
    assert!(is_taken);
}

#[tokio::test]
async fn an_answer_may_never_come() {
    let platforms = start().await;
    platforms.tell_once(Platform::Meta, vec![Behaviour::Hang(None)]);
    let request = request();
    let answer = tokio::time::timeout(SHORT, request.try_send(&platforms)).await;
    assert!(answer.is_err());
    assert_eq!(
        (
            platforms.requests(Platform::Meta),
            platforms.unique_events(Platform::Meta)
        ),
        (1, 0)
    );
    assert_eq!(platforms.exchanges(Platform::Meta)[0].status, None);
}

#[tokio::test]
async fn a_late_answer_is_to_events_that_were_taken_at_once() {
    let platforms = start().await;
    platforms.tell_once(Platform::Meta, vec![Behaviour::Delay(LONG)]);
    let began = now();
    let request = request();
    let sending = request.send(&platforms);
    let taking = platforms.wait_until(SOON, |platforms| platforms.unique_events(Platform::Meta) == 1);
    let (answer, was_taken_before) = tokio::join!(sending, async {
        taking.await;
        began.elapsed() < LONG
    });
    assert_eq!(answer.status, 200);
    assert!(began.elapsed() >= LONG);
    assert!(was_taken_before);
}

#[tokio::test]
async fn an_answer_may_drip() {
    let platforms = start().await;
    platforms.tell_once(Platform::Meta, vec![Behaviour::Drip(Duration::from_millis(1))]);
    let began = now();
    let answer = request().send(&platforms).await;
    assert_eq!(answer.json()["events_received"], 1);
    assert!(began.elapsed() >= Duration::from_millis(answer.body.len() as u64));
    assert_eq!(platforms.unique_events(Platform::Meta), 1);
}

#[tokio::test]
async fn an_answer_may_be_empty() {
    let (answer, is_taken) = under(Behaviour::EmptyOk).await;
    let answer = answer.unwrap();
    assert_eq!((answer.status, &*answer.body, is_taken), (200, "", true));
}

#[tokio::test]
async fn an_answer_may_be_half_of_a_json_text() {
    let (answer, is_taken) = under(Behaviour::InvalidJson).await;
    let answer = answer.unwrap();
    assert_eq!((answer.status, is_taken), (200, true));
    assert!(serde_json::from_str::<serde_json::Value>(&answer.body).is_err());
}

#[tokio::test]
async fn an_answer_may_be_huge() {
    let bytes = 4 * 1024 * 1024 + 17;
    let (answer, is_taken) = under(Behaviour::Huge(bytes)).await;
    let answer = answer.unwrap();
    assert_eq!((answer.status, is_taken), (200, true));
    assert_eq!(answer.header("content-length"), None);
    let sent = answer.body.bytes().filter(|byte| *byte == b'x').count();
    assert_eq!(sent as u64, bytes);
}

#[tokio::test]
async fn a_connection_serves_many_requests() {
    let platforms = start().await;
    let mut stream = TcpStream::connect(platforms.address()).await.unwrap();
    for _ in 0..3 {
        assert_eq!(request().send_on(&mut stream).await.status, 200);
    }
    let tiktok = crate::tiktok::request(&crate::tiktok::body(&[crate::tiktok::event("kn-1-click")]));
    assert_eq!(tiktok.send_on(&mut stream).await.json()["code"], 0);
}

#[tokio::test]
async fn an_address_of_no_platform_is_noted() {
    let platforms = start().await;
    assert_eq!(
        Request::get("/snapchat/v3/events?access_token=x")
            .send(&platforms)
            .await
            .status,
        404
    );
    let [violation] = &platforms.violations()[..] else {
        panic!()
    };
    assert_eq!(
        (violation.kind, violation.endpoint),
        (ViolationKind::UnknownAddress, None)
    );
    assert!(!violation.field.contains("access_token"));
}

#[rstest]
#[case::shutdown(true)]
#[case::dropped(false)]
#[tokio::test]
async fn the_server_ends_with_its_connections(#[case] is_asked: bool) {
    let platforms = start().await;
    let address = platforms.address();
    let mut stream = TcpStream::connect(address).await.unwrap();
    assert_eq!(request().send_on(&mut stream).await.status, 200);
    if is_asked {
        platforms.shutdown().await;
        assert!(TcpStream::connect(address).await.is_err());
    } else {
        drop::<FakePlatforms>(platforms);
    }
    let mut byte = [0];
    let read = tokio::time::timeout(SOON, stream.read(&mut byte))
        .await
        .expect("an end");
    assert!(matches!(read, Ok(0) | Err(_)));
}
