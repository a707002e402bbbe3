//! The fast lane: the plain `GET /wa/…` that nearly all visitors send, read and answered without hyper.
//!
//! What it takes is narrow on purpose: HTTP/1.1 in origin form, no body, nothing about the connection but `keep-alive`. The
//! first request that is anything else goes to hyper, with the connection and the bytes that were read of it, and hyper
//! keeps it: so there is one place that knows all of HTTP, and this one only has to be sure of what it takes. Parsing is
//! `httparse`, as in hyper. What it saves is a map of headers, their reference counts and a response put together to be
//! taken apart: half of what a visit costs outside of the kernel (docs/performance.md).

use super::{
    answer::{Answer, HEADERS_OF_ALL},
    handler::ClickPath,
    head::Head,
};
use crate::http::{FIRST_BYTE_WITHIN, HEAD_MAX_BYTES, HEAD_WITHIN, HEADERS_MAX};
use axum::body::Body;
use hyper::Response;
use konektor_core::{byte_set::ByteSet, time::UnixMs};
use std::{
    io::{self, Write},
    mem::MaybeUninit,
    net::IpAddr,
    pin::pin,
    sync::LazyLock,
    time::{Duration, SystemTime},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;

/// How the requests that it takes begin.
const BEGINNING: &[u8] = b"GET /wa/";
/// The lines that all redirects have.
static END_OF_REDIRECT: LazyLock<String> = LazyLock::new(|| {
    let of_all = HEADERS_OF_ALL.map(|(name, value)| format!("\r\n{name}: {value}"));
    of_all.concat() + "\r\ncontent-length: 0"
});
/// Room for a request as browsers send them; longer ones make more.
const INPUT_BYTES: usize = 2_048;

/// How the lane ended.
pub enum End {
    /// The connection is over.
    Closed,
    /// The next request, of which these bytes were read, is not for the lane.
    Other(Vec<u8>),
}

/// Answers requests on `stream` until one comes that is not for the lane, or the connection ends.
pub async fn serve(stream: &mut TcpStream, peer: IpAddr, path: &ClickPath, stop: &CancellationToken) -> End {
    let mut input = Vec::with_capacity(INPUT_BYTES);
    let mut output = Vec::new();
    let mut date = Date::default();
    // One timer for the life of the connection. It is not moved with each request, but looks, when it goes off, whether
    // the deadline has moved.
    let mut timer = pin!(sleep(FIRST_BYTE_WITHIN));
    let mut deadline = timer.deadline();
    let mut stopping = pin!(stop.cancelled());
    loop {
        let mut searched = 0;
        let mut has_begun = !input.is_empty();
        loop {
            if !BEGINNING.starts_with(&input[..input.len().min(BEGINNING.len())]) {
                return End::Other(input);
            }
            // Nearly all come in one piece, which is seen at its end.
            if input.ends_with(b"\r\n\r\n") || end_of_head(&input, &mut searched).is_some() {
                break;
            }
            if input.len() >= HEAD_MAX_BYTES {
                return End::Other(input);
            }
            // Only of a head that comes in pieces the time is looked at: nearly all are here at once.
            if !input.is_empty() && !has_begun {
                has_begun = true;
                deadline = Instant::now() + HEAD_WITHIN;
            }
            tokio::select! {
                biased;
                read = stream.read_buf(&mut input) => match read {
                    Ok(0) | Err(_) => return End::Closed,
                    Ok(_) => {}
                },
                () = timer.as_mut() => {
                    if deadline <= Instant::now() {
                        return End::Closed;
                    }
                    timer.as_mut().reset(deadline);
                }
                () = stopping.as_mut() => return if has_begun { End::Other(input) } else { End::Closed },
            }
        }
        let Some((head, head_bytes)) = plain_head(&input) else {
            return End::Other(input);
        };
        let answer = path.handle(peer, &head, None).await;
        let closing = stop.is_cancelled();
        output.clear();
        let written = write(answer, date.at(path.app.clock.now()), closing, &mut output).await;
        if written.is_err() || !send(stream, &output).await || closing {
            return End::Closed;
        }
        input.drain(..head_bytes);
        deadline = Instant::now() + HEAD_WITHIN;
    }
}

/// Sends an answer; `false` if it cannot be sent, or is not taken in time. Nearly always there is room for all of it.
async fn send(stream: &mut TcpStream, output: &[u8]) -> bool {
    let sent = stream.try_write(output).unwrap_or(0);
    sent == output.len()
        || matches!(
            timeout(HEAD_WITHIN, stream.write_all(&output[sent..])).await,
            Ok(Ok(()))
        )
}

/// Where the head ends: after its first empty line. `searched` is how far earlier calls have looked.
fn end_of_head(input: &[u8], searched: &mut usize) -> Option<usize> {
    while let Some(at) = memchr::memchr(b'\n', &input[*searched..]) {
        let after = *searched + at + 1;
        match &input[after..] {
            [b'\n', ..] => return Some(after + 1),
            [b'\r', b'\n', ..] => return Some(after + 2),
            // The next byte decides, and is not there yet.
            [] | [b'\r'] => {
                *searched = after - 1;
                return None;
            }
            _ => *searched = after,
        }
    }
    *searched = input.len();
    None
}

/// The head that `bytes` begin with, and its length, if the lane takes it.
fn plain_head(bytes: &[u8]) -> Option<(Head<'_>, usize)> {
    let mut lines = [const { MaybeUninit::uninit() }; HEADERS_MAX];
    let mut request = httparse::Request::new(&mut []);
    let parsed = request.parse_with_uninit_headers(bytes, &mut lines);
    let Ok(httparse::Status::Complete(length)) = parsed else {
        return None;
    };
    if request.version != Some(1) {
        return None;
    }
    let (method, url) = (request.method?, request.path?);
    // Where hyper reads an address otherwise than as it stands (a fragment, characters that it refuses), it shall.
    const PLAIN: ByteSet = ByteSet::alphanumeric_and(b"-._~!$&'()*+,;=:@/?%");
    if !PLAIN.has_all(url.as_bytes()) {
        return None;
    }
    let is_plain = |line: &httparse::Header<'_>| match line.name.len() {
        7 => !line.name.eq_ignore_ascii_case("upgrade"),
        6 => !line.name.eq_ignore_ascii_case("expect"),
        10 if line.name.eq_ignore_ascii_case("connection") => line.value.eq_ignore_ascii_case(b"keep-alive"),
        14 => !line.name.eq_ignore_ascii_case("content-length"),
        17 => !line.name.eq_ignore_ascii_case("transfer-encoding"),
        _ => true,
    };
    let lines = &*request.headers;
    lines
        .iter()
        .all(is_plain)
        .then(|| (Head::of_lines(method, url, lines, &bytes[..length]), length))
}

async fn write(answer: Answer, date: &str, closing: bool, output: &mut Vec<u8>) -> io::Result<()> {
    match answer {
        Answer::Redirect { location, cookie } => {
            output.extend_from_slice(b"HTTP/1.1 302 Found\r\nlocation: ");
            output.extend_from_slice(location.as_bytes());
            if let Some(cookie) = cookie {
                output.extend_from_slice(b"\r\nset-cookie: ");
                output.extend_from_slice(cookie.as_bytes());
            }
            output.extend_from_slice(END_OF_REDIRECT.as_bytes());
        }
        Answer::Other(response) => return write_other(response, date, closing, output).await,
    }
    end_head(date, closing, output);
    Ok(())
}

async fn write_other(response: Response<Body>, date: &str, closing: bool, output: &mut Vec<u8>) -> io::Result<()> {
    let (head, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.map_err(io::Error::other)?;
    let reason = head.status.canonical_reason().unwrap_or_default();
    write!(output, "HTTP/1.1 {} {reason}", head.status.as_u16())?;
    for (name, value) in &head.headers {
        write!(output, "\r\n{name}: ")?;
        output.extend_from_slice(value.as_bytes());
    }
    write!(output, "\r\ncontent-length: {}", body.len())?;
    end_head(date, closing, output);
    output.extend_from_slice(&body);
    Ok(())
}

fn end_head(date: &str, closing: bool, output: &mut Vec<u8>) {
    output.extend_from_slice(b"\r\ndate: ");
    output.extend_from_slice(date.as_bytes());
    if closing {
        output.extend_from_slice(b"\r\nconnection: close");
    }
    output.extend_from_slice(b"\r\n\r\n");
}

/// The `Date` line's value, written anew when the second changes.
#[derive(Default)]
struct Date {
    second: i64,
    text: String,
}

impl Date {
    fn at(&mut self, now: UnixMs) -> &str {
        let second = now.0.div_euclid(1_000);
        if self.text.is_empty() || self.second != second {
            let since_1970 = Duration::from_secs(second.max(0).unsigned_abs());
            self.text = httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + since_1970);
            self.second = second;
        }
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("GET /wa/promo HTTP/1.1\r\nHost: a\r\n\r\n", true)]
    #[case(
        "GET /wa/promo?gclid=a-b_c&utm_source=%20x HTTP/1.1\r\nHost: a\r\nConnection: Keep-Alive\r\n\r\n",
        true
    )]
    #[case("GET /wa/promo HTTP/1.1\nHost: a\n\n", true)]
    #[case("GET /wa/promo HTTP/1.0\r\nHost: a\r\n\r\n", false)]
    #[case("GET /wa/promo HTTP/1.1\r\nConnection: close\r\n\r\n", false)]
    #[case("GET /wa/promo HTTP/1.1\r\nContent-Length: 0\r\n\r\n", false)]
    #[case("GET /wa/promo HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n", false)]
    #[case("GET /wa/promo HTTP/1.1\r\nExpect: 100-continue\r\n\r\n", false)]
    #[case("GET /wa/promo HTTP/1.1\r\nUpgrade: h2c\r\n\r\n", false)]
    #[case("GET /wa/promo#x HTTP/1.1\r\nHost: a\r\n\r\n", false)]
    #[case("GET /wa/promo?utm_campaign={{campaign.name}} HTTP/1.1\r\nHost: a\r\n\r\n", false)]
    #[case("GET /wa/promo HTTP/1.1\r\nHost : a\r\n\r\n", false)]
    #[case("GET /wa/promo HTTP/1.1\r\nHost: a\r\n\tfolded\r\n\r\n", false)]
    fn only_the_plain_get_of_a_browser_is_taken(#[case] head: &str, #[case] is_taken: bool) {
        assert_eq!(plain_head(head.as_bytes()).is_some(), is_taken);
    }

    #[test]
    fn more_headers_than_are_allowed_are_hypers_to_refuse() {
        let head = |count| format!("GET /wa/promo HTTP/1.1\r\n{}\r\n", "X-A: b\r\n".repeat(count));
        assert!(plain_head(head(HEADERS_MAX).as_bytes()).is_some());
        assert!(plain_head(head(HEADERS_MAX + 1).as_bytes()).is_none());
    }

    #[rstest]
    #[case("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET", Some(27))]
    #[case("GET / HTTP/1.1\nHost: a\n\n", Some(24))]
    #[case("GET / HTTP/1.1\r\nHost: a\r\n", None)]
    #[case("", None)]
    fn a_head_ends_with_its_first_empty_line(#[case] input: &str, #[case] end: Option<usize>) {
        let mut searched = 0;
        assert_eq!(end_of_head(input.as_bytes(), &mut searched), end);
        // The same when it drips in.
        let mut searched = 0;
        let dripping = (0..=input.len()).find_map(|n| end_of_head(&input.as_bytes()[..n], &mut searched));
        assert_eq!(dripping, end);
    }

    #[test]
    fn the_date_is_that_of_its_second() {
        let mut date = Date::default();
        assert_eq!(date.at(UnixMs(0)), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(date.at(UnixMs(999)), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(date.at(UnixMs(784_111_777_000)), "Sun, 06 Nov 1994 08:49:37 GMT");
    }
}
