//! Sending requests to ad platforms. The one place that opens connections to the outside.

use crate::clock::Clock;
use konektor_core::time::UnixMs;
use konektor_platforms::{Header, HttpRequest, HttpResponse, Method};
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// Longest answer that is read: what platforms say has a few kB.
const BODY_MAX_BYTES: usize = 256 * 1024;
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// A client with its connections.
pub struct Transport {
    client: reqwest::Client,
    clock: Clock,
    /// What the last answer's `Date` said of our clock.
    beside: Mutex<Option<Beside>>,
}

/// Our clock beside a platform's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside {
    /// How far ours is ahead; negative: behind. 0 as far as an answer can tell, which is to the second.
    pub ahead_ms: i64,
    /// When it answered.
    pub at: UnixMs,
    /// Its host.
    pub host: String,
}

impl Transport {
    /// Follows no redirect: a platform's API has none, and a credential must not travel elsewhere.
    pub fn new(clock: Clock) -> Result<Self, crate::serve::Error> {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_WITHIN)
            .tcp_nodelay(true)
            .user_agent(concat!("konektor/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self {
            client,
            clock,
            beside: Mutex::default(),
        })
    }

    /// Our clock beside that of the platform that answered last.
    pub fn clock_beside(&self) -> Option<Beside> {
        self.beside.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sends a request and reads the answer, all within `timeout`. An error says in plain words what happened; it has
    /// no credential in it.
    pub async fn send(&self, request: &HttpRequest, timeout: Duration) -> Result<HttpResponse, String> {
        let answered = tokio::time::timeout(timeout, self.exchange(request)).await;
        answered.unwrap_or_else(|_| Err(format!("no whole answer within {} s", timeout.as_secs())))
    }

    async fn exchange(&self, request: &HttpRequest) -> Result<HttpResponse, String> {
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
        };
        let mut sending = self.client.request(method, &request.url);
        for (name, value) in &request.headers {
            sending = match value {
                Header::Plain(value) => sending.header(*name, value),
                Header::Secret(before, secret) => {
                    let mut value = reqwest::header::HeaderValue::from_str(&format!("{before}{}", secret.expose()))
                        .map_err(|_| "the credential has characters that no header can have".to_owned())?;
                    value.set_sensitive(true);
                    sending.header(*name, value)
                }
            };
        }
        let asked = self.clock.now();
        let mut response = sending.body(request.body.clone()).send().await.map_err(in_words)?;
        let status = response.status().as_u16();
        if let Some(date) = response
            .headers()
            .get(reqwest::header::DATE)
            .and_then(|value| date_of(value.to_str().ok()?))
        {
            let at = self.clock.now();
            let host = response.url().host_str().unwrap_or_default().to_owned();
            let ahead_ms = ahead_ms(asked, at, date);
            *self.beside.lock().unwrap_or_else(PoisonError::into_inner) = Some(Beside { ahead_ms, at, host });
        }
        let retry_after = response
            .headers()
            .get(reqwest::header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.trim().parse().ok());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(in_words)? {
            let room = BODY_MAX_BYTES - body.len();
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if body.len() == BODY_MAX_BYTES {
                break;
            }
        }
        Ok(HttpResponse {
            status,
            retry_after,
            body: String::from_utf8_lossy(&body).into_owned(),
        })
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`.
fn date_of(text: &str) -> Option<UnixMs> {
    let date = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(UnixMs(date.timestamp().as_millisecond()))
}

/// How far our clock is ahead at least, if the answer was made between `asked` and `answered` by it, within the second
/// that begins at `date` by the other.
fn ahead_ms(asked: UnixMs, answered: UnixMs, date: UnixMs) -> i64 {
    let (least, most) = (asked.since(date) - 1_000, answered.since(date));
    if least > 0 { least } else { most.min(0) }
}

fn in_words(error: reqwest::Error) -> String {
    let what = match () {
        () if error.is_connect() => "the platform could not be reached",
        () if error.is_timeout() => "the platform did not answer in time",
        () if error.is_body() || error.is_decode() => "the answer was cut off",
        () => "the connection failed",
    };
    // The last cause says most, and never has the address in it.
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    let mut last = String::new();
    while let Some(source) = cause.source() {
        last = source.to_string();
        cause = source;
    }
    if last.is_empty() {
        what.to_owned()
    } else {
        format!("{what}: {last}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::right(10_200, 10_900, 0)]
    #[case::within_the_second(9_900, 10_100, 0)]
    #[case::slow_answer(9_000, 19_000, 0)]
    #[case::ahead(15_000, 15_400, 4_000)]
    #[case::behind(2_000, 2_400, -7_600)]
    fn a_clock_is_told_by_the_date_of_an_answer(#[case] asked: i64, #[case] answered: i64, #[case] ahead: i64) {
        assert_eq!(ahead_ms(UnixMs(asked), UnixMs(answered), UnixMs(10_000)), ahead);
    }

    #[test]
    fn the_date_of_an_answer_is_read() {
        assert_eq!(date_of("Sun, 06 Nov 1994 08:49:37 GMT"), Some(UnixMs(784_111_777_000)));
        assert_eq!(date_of("tomorrow"), None);
    }
}
