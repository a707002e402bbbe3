//! The head of a request, as far as the click path reads it: borrowed, and the same whoever parsed it.
//!
//! Each header is looked at once. Nothing here fails, and nothing is copied but text that is not UTF-8.

use hyper::{HeaderMap, Method, Request};
use konektor_core::{
    byte_set::ByteSet,
    request::{RequestFacts, pairs},
};
use std::{borrow::Cow, fmt::Write};

/// Longest header value that is kept with a click.
const KEPT_MAX_BYTES: usize = 1_024;

/// Headers that a sample of what was not counted leaves out: addresses, cookies, credentials.
const PRIVATE: [&str; 6] = [
    "cookie",
    "authorization",
    "x-forwarded-for",
    "x-real-ip",
    "forwarded",
    "proxy-authorization",
];

/// How the names of our own parameters begin.
const OURS: [char; 2] = ['c', 'k'];

/// A request without its body.
pub struct Head<'a> {
    /// `GET`, as sent.
    pub method: &'a str,
    /// Path and query, as sent.
    pub url: &'a str,
    /// The path alone.
    pub path: &'a str,
    /// The query without `?`; empty if there is none.
    pub query: &'a str,
    /// The query, if a parameter of ours may be in it, else nothing. Nearly every link has none, so who looks for one need not
    /// go along it.
    pub query_for_us: &'a str,
    /// The host that the request names: in its target, where a proxy put it there (RFC 9112, section 3.2.2), else in `Host`.
    pub authority: &'a str,
    /// `User-Agent`; empty if there is none.
    pub user_agent: Cow<'a, str>,
    /// `Accept-Language`.
    pub accept_language: Option<Cow<'a, str>>,
    /// `X-Forwarded-Proto`.
    pub forwarded_proto: Option<&'a str>,
    /// The values of `X-Forwarded-For`, in order.
    pub forwarded_for: Values<'a>,
    referrer: Option<Cow<'a, str>>,
    /// `Sec-Purpose`, `Purpose`, `X-Purpose`, `X-Moz`.
    purposes: [Option<&'a str>; 4],
    sec_fetch_mode: Option<&'a str>,
    sec_fetch_dest: Option<&'a str>,
    sec_gpc: Option<&'a str>,
    cookies: Values<'a>,
    headers: Headers<'a>,
}

/// Where the headers are, for [`Head::describe`].
enum Headers<'a> {
    Map(&'a HeaderMap),
    Bytes(&'a [u8]),
}

/// The values of a header that may come several times, in order; nearly always there is one at most.
#[derive(Default)]
pub struct Values<'a> {
    first: Option<&'a [u8]>,
    more: Vec<&'a [u8]>,
}

impl<'a> Values<'a> {
    fn add(&mut self, value: &'a [u8]) {
        match self.first {
            None => self.first = Some(value),
            Some(_) => self.more.push(value),
        }
    }

    /// All of them.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &'a [u8]> {
        self.first.into_iter().chain(self.more.iter().copied())
    }
}

impl<'a> Head<'a> {
    /// Of a request that hyper has parsed.
    pub fn of_request<B>(request: &'a Request<B>) -> Self {
        let (uri, headers) = (request.uri(), request.headers());
        let url = uri.path_and_query().map_or("", |url| url.as_str());
        let mut head = Self::new(request.method().as_str(), url, Headers::Map(headers));
        for (name, value) in headers {
            head.take(name.as_str(), value.as_bytes());
        }
        if let Some(authority) = uri.authority() {
            head.authority = authority.as_str();
        }
        head
    }

    /// Of the lines that `httparse` found in `bytes`. `url` begins with `/`.
    pub fn of_lines(method: &'a str, url: &'a str, lines: &[httparse::Header<'a>], bytes: &'a [u8]) -> Self {
        let mut head = Self::new(method, url, Headers::Bytes(bytes));
        for line in lines {
            head.take(line.name, line.value);
        }
        head
    }

    fn new(method: &'a str, url: &'a str, headers: Headers<'a>) -> Self {
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let has_ours = pairs(query).any(|pair| pair.starts_with(OURS));
        Self {
            method,
            url,
            path,
            query,
            query_for_us: if has_ours { query } else { "" },
            authority: "",
            user_agent: Cow::Borrowed(""),
            accept_language: None,
            forwarded_proto: None,
            forwarded_for: Values::default(),
            referrer: None,
            purposes: [None; 4],
            sec_fetch_mode: None,
            sec_fetch_dest: None,
            sec_gpc: None,
            cookies: Values::default(),
            headers,
        }
    }

    /// Notes a header, if it is one of ours. By length first: of a dozen most are not, and need no comparing.
    fn take(&mut self, name: &str, value: &'a [u8]) {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        match name.len() {
            4 if is("host") => first(&mut self.authority, value),
            5 if is("x-moz") => once(&mut self.purposes[3], value),
            6 if is("cookie") => self.cookies.add(value),
            7 if is("referer") => self.referrer = self.referrer.take().or_else(|| Some(text(value))),
            7 if is("purpose") => once(&mut self.purposes[1], value),
            7 if is("sec-gpc") => once(&mut self.sec_gpc, value),
            9 if is("x-purpose") => once(&mut self.purposes[2], value),
            10 if is("user-agent") && self.user_agent.is_empty() => self.user_agent = text(value),
            11 if is("sec-purpose") => once(&mut self.purposes[0], value),
            14 if is("sec-fetch-mode") => once(&mut self.sec_fetch_mode, value),
            14 if is("sec-fetch-dest") => once(&mut self.sec_fetch_dest, value),
            15 if is("accept-language") => {
                self.accept_language = self.accept_language.take().or_else(|| Some(text(value)));
            }
            15 if is("x-forwarded-for") => self.forwarded_for.add(value),
            17 if is("x-forwarded-proto") => once(&mut self.forwarded_proto, value),
            _ => {}
        }
    }

    /// Only these two are answered with where the link leads.
    pub fn is_read(&self) -> bool {
        self.method == Method::GET.as_str() || self.is_head()
    }

    /// Whether nobody will see the body.
    pub fn is_head(&self) -> bool {
        self.method == Method::HEAD.as_str()
    }

    /// What the rules look at.
    pub fn facts(&self) -> RequestFacts<'_> {
        RequestFacts {
            is_head: self.is_head(),
            query: self.query,
            user_agent: Some(&*self.user_agent).filter(|user_agent| !user_agent.is_empty()),
            accept_language: self.accept_language.as_deref(),
            referrer: self.referrer.as_deref(),
            purposes: self.purposes,
            sec_fetch_mode: self.sec_fetch_mode,
            sec_fetch_dest: self.sec_fetch_dest,
            sec_gpc: self.sec_gpc == Some("1"),
        }
    }

    /// The values of all cookies of this name, in the order in which they were sent.
    pub fn cookies<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'a str> + 's {
        let values = self.cookies.iter().filter_map(ascii);
        values
            .flat_map(|value| value.split(';'))
            .filter_map(move |pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
    }

    /// As it is shown under "what we did not count": without address, cookies and credentials.
    pub fn describe(&self) -> String {
        let mut sample = format!("{} {}\n", self.method, limited(self.url));
        let mut add = |name: &str, value: &[u8]| {
            if !PRIVATE.iter().any(|private| name.eq_ignore_ascii_case(private)) {
                let name = name.to_ascii_lowercase();
                writeln!(sample, "{name}: {}", text(value)).expect("a String takes all");
            }
        };
        match self.headers {
            Headers::Map(map) => map
                .iter()
                .for_each(|(name, value)| add(name.as_str(), value.as_bytes())),
            Headers::Bytes(bytes) => {
                let lines = bytes.split(|b| *b == b'\n').skip(1);
                for line in lines.filter_map(|line| std::str::from_utf8(line.trim_ascii()).ok()) {
                    if let Some((name, value)) = line.split_once(':') {
                        add(name, value.trim().as_bytes());
                    }
                }
            }
        }
        sample
    }
}

fn first<'a>(place: &mut &'a str, value: &'a [u8]) {
    if place.is_empty() {
        *place = ascii(value).unwrap_or("");
    }
}

fn once<'a>(place: &mut Option<&'a str>, value: &'a [u8]) {
    *place = place.or_else(|| ascii(value));
}

/// A header that is ASCII if it is anything.
fn ascii(value: &[u8]) -> Option<&str> {
    const ASCII: ByteSet = ByteSet::graphic_without(b"").with(b" \t");
    ASCII.has_all(value).then(|| std::str::from_utf8(value).ok()).flatten()
}

/// A header as text, as much as is kept of one; what is not UTF-8 in it is replaced. Nearly all are, and checking that is
/// faster than looking for what is not.
pub fn text(value: &[u8]) -> Cow<'_, str> {
    let value = &value[..value.len().min(KEPT_MAX_BYTES)];
    std::str::from_utf8(value).map_or_else(|_| String::from_utf8_lossy(value), Cow::Borrowed)
}

fn limited(text: &str) -> &str {
    &text[..text.floor_char_boundary(KEPT_MAX_BYTES)]
}

#[cfg(test)]
mod tests {
    use super::{
        super::{consent, test_link},
        *,
    };
    use konektor_core::identity::visitor_token;

    const SENT: &str = "GET /wa/promo?gclid=1 HTTP/1.1\r\nHost: WA.brand.com\r\nUser-Agent: Mozilla/5.0\r\n\
        ACCEPT-language: id-ID\r\nCookie: a=1; visitor_code=x; visitor_code_2=y\r\ncookie: visitor_code=z\r\n\
        X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 192.0.2.2\r\nReferer: https://a.example/\r\nReferer: b\r\n\
        Sec-GPC: 1\r\nSec-Purpose: prefetch\r\nX-Other: caf\u{e9}\r\n\r\n";

    /// What is asked of a head, for one that hyper and one that the fast lane has parsed.
    fn of_both(look: impl Fn(&Head<'_>)) {
        let mut lines = [httparse::EMPTY_HEADER; 16];
        let mut parsed = httparse::Request::new(&mut lines);
        assert!(parsed.parse(SENT.as_bytes()).unwrap().is_complete());
        let url = parsed.path.unwrap();
        let mut request = Request::builder().uri(url);
        for line in parsed.headers.iter() {
            request = request.header(line.name, line.value);
        }
        look(&Head::of_request(&request.body(()).unwrap()));
        look(&Head::of_lines("GET", url, parsed.headers, SENT.as_bytes()));
    }

    #[test]
    fn all_cookies_of_a_name_are_found_in_order() {
        of_both(|head| assert_eq!(head.cookies("visitor_code").collect::<Vec<_>>(), ["x", "z"]));
    }

    #[test]
    fn the_same_is_read_whoever_parsed_it() {
        of_both(|head| {
            assert_eq!(
                (head.path, head.query, head.authority),
                ("/wa/promo", "gclid=1", "WA.brand.com")
            );
            let facts = head.facts();
            assert_eq!(facts.user_agent, Some("Mozilla/5.0"));
            assert_eq!(facts.accept_language, Some("id-ID"));
            assert_eq!(
                facts.referrer,
                Some("https://a.example/"),
                "of a header that comes once the first counts"
            );
            assert!(facts.sec_gpc && facts.purposes[0] == Some("prefetch"));
            let through: Vec<_> = head.forwarded_for.iter().collect();
            assert_eq!(through, [b"192.0.2.1", b"192.0.2.2"]);
        });
    }

    #[test]
    fn our_parameters_are_looked_for_only_where_they_may_be() {
        fn of(url: &str) -> &str {
            Head::new("GET", url, Headers::Bytes(b"")).query_for_us
        }
        assert_eq!(of("/wa/promo?gclid=Cj0K&utm_source=kv"), "");
        assert_eq!(of("/wa/promo"), "");
        for ours in [visitor_token::PARAMETER, test_link::PARAMETER, consent::PARAMETER] {
            let query = format!("gclid=Cj0K&{ours}=1");
            assert_eq!(of(&format!("/wa/promo?{query}")), query);
        }
    }

    #[test]
    fn a_sample_says_nothing_of_who_it_was() {
        of_both(|head| {
            let sample = head.describe();
            assert!(sample.starts_with("GET /wa/promo?gclid=1\n"));
            assert!(sample.contains("user-agent: Mozilla/5.0\n") && sample.contains("x-other: caf\u{e9}\n"));
            assert!(!sample.contains("visitor_code") && !sample.contains("192.0.2"));
        });
    }
}
