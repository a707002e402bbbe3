//! Names that lie, and receivers that lead elsewhere: nothing inside is ever reached.

use super::{
    guard::{Guard, Looked, Lookup},
    transport::{Posted, Transport},
};
use crate::enrich::networks::Networks;
use rstest::rstest;
use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// The one address that may be reached; its neighbour is inside.
const OUTSIDE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 1));
const INSIDE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 2));
const WITHIN: Duration = Duration::from_millis(500);

/// Answers each question with the next list, and then with the last one again.
struct Liar {
    answers: Vec<Vec<IpAddr>>,
    asked: AtomicUsize,
}

impl Liar {
    fn says(answers: &[&[IpAddr]]) -> Arc<Self> {
        Arc::new(Self {
            answers: answers.iter().map(|answer| answer.to_vec()).collect(),
            asked: AtomicUsize::new(0),
        })
    }
}

impl Lookup for Liar {
    fn lookup(&self, _: &str) -> Looked {
        let n = self.asked.fetch_add(1, Ordering::Relaxed);
        let answer = self.answers[n.min(self.answers.len() - 1)].clone();
        Box::pin(async move { Ok(answer) })
    }
}

/// Answers every request with these bytes, on both addresses of one port.
struct Both {
    port: u16,
    outside: Arc<AtomicUsize>,
    inside: Arc<AtomicUsize>,
}

impl Both {
    async fn start(answer: &'static str) -> Self {
        loop {
            let outside = TcpListener::bind((OUTSIDE, 0)).await.unwrap();
            let port = outside.local_addr().unwrap().port();
            let Ok(inside) = TcpListener::bind((INSIDE, port)).await else {
                continue; // somebody else has that one
            };
            return Self {
                port,
                outside: serve(outside, answer),
                inside: serve(inside, answer),
            };
        }
    }

    fn counts(&self) -> (usize, usize) {
        (
            self.outside.load(Ordering::Acquire),
            self.inside.load(Ordering::Acquire),
        )
    }
}

/// Serves until the test's runtime ends; the connections so far.
fn serve(listener: TcpListener, answer: &'static str) -> Arc<AtomicUsize> {
    let connections = Arc::new(AtomicUsize::new(0));
    let count = connections.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::AcqRel);
            tokio::spawn(async move {
                let _ = stream.read(&mut [0; 4_096]).await;
                let _ = stream.write_all(answer.as_bytes()).await;
                if answer.is_empty() {
                    std::future::pending::<()>().await;
                }
            });
        }
    });
    connections
}

fn transport(lookup: Arc<dyn Lookup>) -> Transport {
    let guard = Guard::new(Networks::parse("127.0.0.1").unwrap());
    Transport::new(guard, lookup, WITHIN).unwrap()
}

async fn post(transport: &Transport, url: &str) -> Posted {
    let headers = [
        ("webhook-id", "kn-1-click".to_owned()),
        ("webhook-timestamp", "1".to_owned()),
        ("webhook-signature", "v1,x".to_owned()),
    ];
    transport.post(url, headers, "{}".to_owned()).await
}

const TAKEN: &str = "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n";

#[tokio::test]
async fn a_name_that_means_another_address_a_moment_later_gets_nobody_inside() {
    let both = Both::start(TAKEN).await;
    let transport = transport(Liar::says(&[&[OUTSIDE], &[INSIDE]]));
    let url = format!("http://hooks.example:{}/", both.port);
    assert_eq!(post(&transport, &url).await.error, None);
    let refused = post(&transport, &url).await;
    assert!(
        refused.error.as_ref().unwrap().contains("only reached by https"),
        "{refused:?}"
    );
    assert_eq!(both.counts(), (1, 0));
}

#[tokio::test]
async fn of_several_addresses_only_those_are_tried_that_may_be_reached() {
    let both = Both::start(TAKEN).await;
    let transport = transport(Liar::says(&[&[INSIDE, OUTSIDE, INSIDE]]));
    let url = format!("http://hooks.example:{}/", both.port);
    assert_eq!(post(&transport, &url).await.error, None);
    assert_eq!(both.counts(), (1, 0));
}

#[rstest]
#[case("10.0.0.1", "private")]
#[case("127.0.0.2", "loopback")]
#[case("169.254.169.254", "link-local")]
#[case("100.64.0.1", "carrier")]
#[case("0.0.0.0", "unspecified")]
#[case("224.0.0.1", "multicast")]
#[case("::1", "loopback")]
#[case("::ffff:127.0.0.2", "disguise")]
#[case("::127.0.0.2", "disguise")]
#[case("64:ff9b::7f00:2", "disguise")]
#[case("2002:7f00:2::", "carries")]
#[case("2001::1", "reserved")]
#[case("fd00::1", "private")]
#[case("fe80::1", "link-local")]
#[tokio::test]
async fn a_name_that_leads_inside_is_refused_with_the_kind_of_address(#[case] address: &str, #[case] says: &str) {
    let transport = transport(Liar::says(&[&[address.parse().unwrap()]]));
    let refused = post(&transport, "https://hooks.example/").await;
    assert_eq!(refused.status, None);
    let words = refused.error.unwrap();
    assert!(
        words.contains(says) && words.contains("could not be reached"),
        "{words}"
    );
    assert!(!words.contains(address), "{words}");
}

#[tokio::test]
async fn a_name_without_an_address_is_refused() {
    let refused = post(&transport(Liar::says(&[&[]])), "https://hooks.example/").await;
    assert!(refused.error.unwrap().contains("no address"));
}

#[rstest]
#[case("301 Moved Permanently")]
#[case("302 Found")]
#[case("307 Temporary Redirect")]
#[case("308 Permanent Redirect")]
#[tokio::test]
async fn a_redirect_is_an_answer_and_not_followed(#[case] status: &str) {
    let inside = TcpListener::bind((INSIDE, 0)).await.unwrap();
    let there: SocketAddr = inside.local_addr().unwrap();
    let reached = serve(inside, TAKEN);
    let answer =
        format!("HTTP/1.1 {status}\r\nlocation: http://{there}/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    let both = Both::start(answer.leak()).await;
    let transport = transport(Liar::says(&[&[OUTSIDE]]));
    let posted = post(&transport, &format!("http://hooks.example:{}/", both.port)).await;
    assert_eq!(posted.status, status[..3].parse().ok());
    assert!(posted.error.unwrap().contains("not followed"));
    assert_eq!((both.counts().0, reached.load(Ordering::Acquire)), (1, 0));
}

#[tokio::test]
async fn who_says_nothing_is_given_up_in_time() {
    let both = Both::start("").await;
    let transport = transport(Liar::says(&[&[OUTSIDE]]));
    let posted = post(&transport, &format!("http://hooks.example:{}/", both.port)).await;
    assert_eq!(
        posted.error.as_deref(),
        Some("The receiver did not answer within 0.5 s.")
    );
    assert!(posted.duration >= WITHIN, "{:?}", posted.duration);
}

#[tokio::test]
async fn a_name_server_that_says_nothing_is_given_up_in_time() {
    struct Silent;
    impl Lookup for Silent {
        fn lookup(&self, _: &str) -> Looked {
            Box::pin(std::future::pending())
        }
    }
    let posted = post(&transport(Arc::new(Silent)), "https://hooks.example/").await;
    assert!(posted.error.unwrap().contains("within 0.5 s"));
}

#[tokio::test]
async fn patience_is_asked_for_in_seconds() {
    let both = Both::start("HTTP/1.1 429 Too Many\r\nretry-after: 30\r\ncontent-length: 0\r\n\r\n").await;
    let transport = transport(Liar::says(&[&[OUTSIDE]]));
    let posted = post(&transport, &format!("http://hooks.example:{}/", both.port)).await;
    assert_eq!(
        (posted.status, posted.retry_after),
        (Some(429), Some(Duration::from_secs(30)))
    );
}

#[tokio::test]
async fn without_tls_only_allowed_networks_are_reached() {
    let guard = Guard::new(Networks::default());
    let transport = Transport::new(guard, Liar::says(&[&[OUTSIDE]]), WITHIN).unwrap();
    let posted = post(&transport, "http://hooks.example/").await;
    assert!(posted.error.unwrap().contains("Only https"));
    let public: IpAddr = "8.8.8.8".parse().unwrap();
    let guard = Guard::new(Networks::parse("127.0.0.1").unwrap());
    let transport = Transport::new(guard, Liar::says(&[&[public]]), WITHIN).unwrap();
    let posted = post(&transport, "http://hooks.example/").await;
    assert!(posted.error.unwrap().contains("only reached by https"));
}
