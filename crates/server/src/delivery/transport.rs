//! Sending requests to ad platforms. The one place that opens connections to the outside.

use konektor_platforms::{Header, HttpRequest, HttpResponse, Method};
use std::time::Duration;

/// Longest answer that is read: what platforms say has a few kB.
const BODY_MAX_BYTES: usize = 256 * 1024;
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// A client with its connections.
pub struct Transport {
    client: reqwest::Client,
}

impl Transport {
    /// Follows no redirect: a platform's API has none, and a credential must not travel elsewhere.
    pub fn new() -> Result<Self, crate::serve::Error> {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_WITHIN)
            .tcp_nodelay(true)
            .user_agent(concat!("konektor/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client })
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
        let mut response = sending.body(request.body.clone()).send().await.map_err(in_words)?;
        let status = response.status().as_u16();
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
