//! Visitors who click at a steady pace whatever the server does, and how long each waits.

use super::http::PHONE;
use std::{io, net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep_until, timeout},
};

/// How they come.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    pub clients: usize,
    /// All together.
    pub per_second: f64,
    /// After so many clicks a client takes another connection.
    pub of_a_connection: usize,
}

/// A click: when it was due, since the start, and how long it then took. A click that had to wait for the one before waited too.
#[derive(Clone, Copy, Debug)]
pub struct Click {
    pub due: Duration,
    pub waited: Duration,
}

/// Clicks for so long; ordered by when they were due. Every one has to be sent on.
pub async fn click(address: SocketAddr, pace: Pace, name: &str, for_time: Duration) -> Vec<Click> {
    let start = Instant::now();
    let interval = Duration::from_secs_f64(pace.clients as f64 / pace.per_second);
    let clients = (0..pace.clients).map(|client| async move {
        let first = interval.mul_f64(client as f64 / pace.clients as f64);
        let mut clicks = Vec::new();
        let mut browser = Browser::default();
        for n in 0.. {
            let due = first + interval * n;
            if due >= for_time {
                break;
            }
            sleep_until(start + due).await;
            if (n as usize).is_multiple_of(pace.of_a_connection) {
                browser.connection = None;
            }
            browser
                .click(address, &format!("{name}c{client}n{n}"), n % 2 == 1)
                .await;
            let waited = start.elapsed().saturating_sub(due);
            clicks.push(Click { due, waited });
        }
        clicks
    });
    let mut clicks = futures_util::future::join_all(clients).await.concat();
    clicks.sort_by_key(|click| click.due);
    clicks
}

/// How many a second are sent on if everybody comes again as soon as they were.
pub async fn full_speed(address: SocketAddr, clients: usize, name: &str, for_time: Duration) -> f64 {
    let start = Instant::now();
    let clients = (0..clients).map(|client| async move {
        let mut browser = Browser::default();
        let mut n = 0_usize;
        while start.elapsed() < for_time {
            browser
                .click(address, &format!("{name}c{client}n{n}"), n % 2 == 1)
                .await;
            n += 1;
        }
        n
    });
    let clicks: usize = futures_util::future::join_all(clients).await.iter().sum();
    clicks as f64 / start.elapsed().as_secs_f64()
}

/// Of one visitor after the other, each of whom comes twice.
#[derive(Default)]
struct Browser {
    connection: Option<TcpStream>,
    /// The last visitor's.
    cookie: String,
}

impl Browser {
    /// A click. A connection that was kept may have been closed meanwhile, as any browser has to expect.
    async fn click(&mut self, address: SocketAddr, click: &str, is_return: bool) {
        let (query, cookie) = match is_return {
            true => (String::new(), format!("Cookie: {}\r\n", self.cookie)),
            false => (format!("gclid=P{click}&"), String::new()),
        };
        let request = format!(
            "GET /wa/promo?{query}utm_content={click} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: {PHONE}\r\n{cookie}\r\n"
        );
        if let Some(kept) = &mut self.connection
            && let Ok(answer) = in_time(asked(kept, &request)).await
        {
            return self.check(&answer);
        }
        let stream = in_time(TcpStream::connect(address)).await.expect("it listens");
        stream.set_nodelay(true).expect("it is open");
        let stream = self.connection.insert(stream);
        let answer = in_time(asked(stream, &request)).await.expect("an answer");
        self.check(&answer);
    }

    fn check(&mut self, answer: &[u8]) {
        let answer = String::from_utf8_lossy(answer);
        assert!(answer.starts_with("HTTP/1.1 302 "), "a good click: {answer}");
        let (_, cookie) = answer.split_once("set-cookie: ").expect("a cookie");
        cookie
            .split(';')
            .next()
            .expect("split gives one at least")
            .clone_into(&mut self.cookie);
    }
}

async fn in_time<T>(what: impl Future<Output = T>) -> T {
    timeout(super::PATIENCE, what).await.expect("it does not take for ever")
}

async fn asked(stream: &mut TcpStream, request: &str) -> io::Result<Vec<u8>> {
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::with_capacity(1_024);
    while !answer.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut answer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(answer)
}

/// What so many of a thousand waited at most.
pub fn per_mille(clicks: &[Click], mille: usize) -> Duration {
    let mut waited: Vec<_> = clicks.iter().map(|click| click.waited).collect();
    waited.sort();
    let at = (waited.len() * mille).div_ceil(1_000).max(1) - 1;
    waited.get(at).copied().unwrap_or_default()
}

/// For people.
pub fn in_words(clicks: &[Click]) -> String {
    let ms = |mille| per_mille(clicks, mille).as_secs_f64() * 1_000.0;
    format!(
        "{} clicks, p50 {:.1} ms, p99 {:.1} ms, slowest {:.1} ms",
        clicks.len(),
        ms(500),
        ms(990),
        ms(1_000)
    )
}
