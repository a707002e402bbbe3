//! Requests and answers as data: what goes over the wire, and what of it people may see.

use std::fmt;

/// A credential. It cannot be printed; whoever sends it has to ask for it by name.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps it.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, for the wire only.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// What stands in the place of a credential where people look.
pub const STRUCK_OUT: &str = "[struck out]";

/// Base URLs of the platforms, without a trailing slash. Constants but for tests and proxies, so that nobody can make
/// the server ask another host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosts {
    /// Meta's Graph API.
    pub meta: String,
    /// Google's Data Manager API.
    pub google: String,
    /// Google's token endpoint, the whole address.
    pub google_token: String,
    /// TikTok's Business API.
    pub tiktok: String,
    /// LinkedIn's API.
    pub linkedin: String,
}

impl Default for Hosts {
    fn default() -> Self {
        Self {
            meta: "https://graph.facebook.com".into(),
            google: "https://datamanager.googleapis.com".into(),
            google_token: "https://oauth2.googleapis.com/token".into(),
            tiktok: "https://business-api.tiktok.com".into(),
            linkedin: "https://api.linkedin.com".into(),
        }
    }
}

/// Of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Asks.
    Get,
    /// Tells.
    Post,
}

/// A header's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Header {
    /// Anybody may see it.
    Plain(String),
    /// Text before a credential (such as `Bearer `), and the credential.
    Secret(&'static str, Secret),
}

/// A request to a platform.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// GET or POST.
    pub method: Method,
    /// The address; it never has a credential in it, since proxies log addresses.
    pub url: String,
    /// Headers by lower-case name.
    pub headers: Vec<(&'static str, Header)>,
    /// The body; it may have a credential in it.
    pub body: String,
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpRequest")
            .field("method", &self.method)
            .field("url", &self.url)
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}

/// A request with events. Its body is `before`, the events with commas between them, and `after`; so each event's part
/// can be shown to people in an envelope that is otherwise the one that was sent.
#[derive(Debug)]
pub struct Encoded {
    /// The request.
    pub request: HttpRequest,
    /// Each event's JSON, in order.
    pub parts: Vec<String>,
    shown_before: String,
    shown_after: String,
}

impl Encoded {
    /// Puts the request together. `shown_after` is `after` with credentials struck out.
    pub fn new(
        url: String,
        headers: Vec<(&'static str, Header)>,
        before: String,
        parts: Vec<String>,
        after: &str,
        shown_after: String,
    ) -> Self {
        let mut body =
            String::with_capacity(before.len() + after.len() + parts.iter().map(|part| part.len() + 1).sum::<usize>());
        body.push_str(&before);
        for (n, part) in parts.iter().enumerate() {
            if n > 0 {
                body.push(',');
            }
            body.push_str(part);
        }
        body.push_str(after);
        let mut shown_before = format!("POST {url}\n");
        for (name, value) in &headers {
            let (value, secret) = match value {
                Header::Plain(value) => (value.as_str(), ""),
                Header::Secret(before, _) => (*before, STRUCK_OUT),
            };
            shown_before.extend([name, ": ", value, secret, "\n"]);
        }
        shown_before.extend(["\n", &before]);
        Self {
            request: HttpRequest {
                method: Method::Post,
                url,
                headers,
                body,
            },
            parts,
            shown_before,
            shown_after,
        }
    }

    /// What was sent of the n-th event, as text for people: request line, headers, and a body with this event alone.
    pub fn shown(&self, n: usize) -> String {
        [&self.shown_before, self.parts[n].as_str(), &self.shown_after].concat()
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpResponse {
    /// Its status.
    pub status: u16,
    /// `Retry-After`, in seconds, if it was a number.
    pub retry_after: Option<u64>,
    /// Its body, cut where it is longer than anything that a platform says.
    pub body: String,
}
