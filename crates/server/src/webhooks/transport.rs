//! Posting messages. Connections are made only to addresses that the guard has let through; redirects are not followed,
//! proxies of the environment not used, and of an answer only the status counts.

use super::{
    guard::{Guard, Guarded, Lookup},
    target::Target,
};
use reqwest::{Client, StatusCode, header};
use std::{error::Error, sync::Arc, time::Duration};
use tokio::time::{Instant, timeout};

const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// What is read of an answer's body, so that its connection can be used again; nobody looks at it.
const BODY_MAX_BYTES: usize = 16 * 1024;
/// How long that may take: the status was there before.
const BODY_WITHIN: Duration = Duration::from_secs(1);
/// Idle connections go soon: most receivers hear of something once in a while.
const IDLE: Duration = Duration::from_secs(30);
const IDLE_MOST: usize = 4;

/// Clients with their connections: one that speaks TLS to anybody, one that does without within allowed networks.
pub struct Transport {
    guard: Guard,
    secure: Client,
    plain: Client,
    within: Duration,
}

/// What came of posting a message.
#[derive(Debug, PartialEq, Eq)]
pub struct Posted {
    /// HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// What went wrong, in words; `None` if the receiver took it.
    pub error: Option<String>,
    /// How long the receiver asks to be left alone.
    pub retry_after: Option<Duration>,
    /// How long it took.
    pub duration: Duration,
}

impl Transport {
    /// `within` is the longest that an attempt may take.
    pub fn new(guard: Guard, lookup: Arc<dyn Lookup>, within: Duration) -> Result<Self, crate::serve::Error> {
        let client = |is_plain: bool| {
            let guarded = Guarded {
                guard: guard.clone(),
                lookup: lookup.clone(),
                is_plain,
            };
            Client::builder()
                .dns_resolver(Arc::new(guarded))
                .https_only(!is_plain)
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
                .connect_timeout(CONNECT_WITHIN)
                .pool_idle_timeout(IDLE)
                .pool_max_idle_per_host(IDLE_MOST)
                .tcp_nodelay(true)
                .user_agent(concat!("konektor/", env!("CARGO_PKG_VERSION")))
                .build()
        };
        Ok(Self {
            secure: client(false)?,
            plain: client(true)?,
            guard,
            within,
        })
    }

    /// Who may be reached.
    pub fn guard(&self) -> &Guard {
        &self.guard
    }

    /// Posts a message. The address is read anew each time: what may be reached may have changed since it was entered.
    pub async fn post(&self, url: &str, headers: [(&'static str, String); 3], body: String) -> Posted {
        let started = Instant::now();
        let mut posted = match Target::parse(url, &self.guard) {
            Ok(target) => {
                let exchange = timeout(self.within, self.exchange(target, headers, body)).await;
                exchange.unwrap_or_else(|_| {
                    Posted::failed(format!(
                        "The receiver did not answer within {} s.",
                        self.within.as_secs_f32()
                    ))
                })
            }
            Err(words) => Posted::failed(words),
        };
        posted.duration = started.elapsed();
        posted
    }

    async fn exchange(&self, target: Target, headers: [(&'static str, String); 3], body: String) -> Posted {
        let client = if target.is_plain { &self.plain } else { &self.secure };
        let mut request = client
            .post(target.url)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "*/*");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let mut response = match request.body(body).send().await {
            Ok(response) => response,
            Err(error) => return Posted::failed(in_words(error)),
        };
        let status = response.status();
        let retry_after = response.headers().get(header::RETRY_AFTER);
        let retry_after = retry_after.and_then(|value| value.to_str().ok()?.trim().parse().ok());
        let drain = async {
            let mut room = BODY_MAX_BYTES;
            while let Ok(Some(chunk)) = response.chunk().await {
                room = room.saturating_sub(chunk.len());
                if room == 0 {
                    break;
                }
            }
        };
        // Whatever the body does, the receiver has answered.
        let _ = timeout(BODY_WITHIN, drain).await;
        Posted {
            status: Some(status.as_u16()),
            error: why_refused(status),
            retry_after: retry_after.map(Duration::from_secs),
            duration: Duration::ZERO,
        }
    }
}

impl Posted {
    fn failed(words: String) -> Self {
        Self {
            status: None,
            error: Some(words),
            retry_after: None,
            duration: Duration::ZERO,
        }
    }
}

fn why_refused(status: StatusCode) -> Option<String> {
    let code = status.as_u16();
    match status {
        _ if status.is_success() => None,
        _ if status.is_redirection() => Some(format!(
            "The receiver answered with a redirect ({code}), which is not followed. Enter the address where it leads."
        )),
        StatusCode::GONE => Some("The receiver says that it is gone for good (410).".to_owned()),
        _ => Some(format!("The receiver answered {code}.")),
    }
}

fn in_words(error: reqwest::Error) -> String {
    let what = match () {
        () if error.is_connect() => "The receiver could not be reached",
        () if error.is_timeout() => "The receiver did not answer in time",
        () => "The connection failed",
    };
    // The last cause says most. Without the address: it may have a token in it.
    let error = error.without_url();
    let mut cause: &dyn Error = &error;
    let mut last = None;
    while let Some(source) = cause.source() {
        last = Some(source.to_string());
        cause = source;
    }
    match last {
        Some(last) => format!("{what}: {last}."),
        None => format!("{what}."),
    }
}
