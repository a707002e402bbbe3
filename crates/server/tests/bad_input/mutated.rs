//! Thousands of requests with something broken in them, always the same ones.

use crate::{
    a_good_click_works,
    common::{
        http::{Connection, get},
        random::Random,
        shop::Shop,
    },
};
use std::time::Duration;

const REQUESTS: usize = 3_000;

/// What a broken request is made of.
fn seeds() -> Vec<Vec<u8>> {
    let full = get("/wa/promo?gclid=Cj0KCQ&fbclid=IwY2x&utm_source=google&utm_campaign=lebaran%20hemat")
        .header("Accept-Language", "id-ID,id;q=0.9,en;q=0.8")
        .header("Referer", "https://l.instagram.com/?u=https%3A%2F%2Fwa.brand.com")
        .header(
            "Cookie",
            "visitor_code=ABC1234.20000.1.AAAAAAAAAAAAAAAAAAAAAA; theme=dark",
        )
        .header("Sec-Fetch-Mode", "navigate")
        .header("X-Forwarded-For", "203.0.113.7, 10.0.0.1");
    let mut post = get("/wa/promo").method("POST").header("Content-Type", "text/plain");
    post.body = "hello".repeat(20);
    let chunked =
        b"POST /wa/promo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    let twice = [get("/wa/promo").bytes(), get("/wa/none").method("HEAD").bytes()].concat();
    let ahead = get("/wa/promo?utm_source=x").header("Sec-Purpose", "prefetch");
    let api = get("/api/v1/leads?limit=5").header("Authorization", "Bearer kn_0");
    vec![
        full.bytes(),
        get("/wa/promo").bytes(),
        post.bytes(),
        chunked.to_vec(),
        twice,
        ahead.bytes(),
        api.bytes(),
    ]
}

/// Pieces that parsers trip over.
const PIECES: &[&[u8]] = &[
    b"\r\n",
    b"\n",
    b"\r",
    b"\0",
    b" ",
    b"\t",
    b":",
    b"%",
    b"%%",
    b"%00",
    b"%0d%0a",
    b"\xff\xfe",
    b"\xf0\x9f\x98\x80",
    b"?",
    b"#",
    b"//",
    b"/../",
    b"HTTP/1.1",
    b"HTTP/1.0",
    b"HTTP/9.9",
    b"Host: x\r\n",
    b"Content-Length: 99999999999999999999\r\n",
    b"Content-Length: 5\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: identity, chunked\r\n",
    b"Connection: close\r\n",
    b"Connection: upgrade\r\nUpgrade: h2c\r\n",
    b"Expect: 100-continue\r\n",
    b"Expect: x\r\n",
    b"Cookie: visitor_code=\r\n",
    b"Cookie: =;=;;\r\n",
    b"Range: bytes=0-\r\n",
    b"GET",
    b"http://localhost",
    b"@",
    b"[::1]:",
    b"gclid=",
    b"&",
    b"=",
    b"&&&&",
    b"__CLICKID__",
    b"{gclid}",
    b"\x80",
    b"\x7f",
    b"FFFFFFFFFFFFFFFF\r\n",
];

fn mutate(random: &mut Random, bytes: &mut Vec<u8>) {
    let at = random.below(bytes.len() + 1);
    match random.below(7) {
        0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
        1 if at < bytes.len() => bytes[at] = random.below(256) as u8,
        2 => bytes.truncate(at),
        3 => drop(bytes.splice(at..at, random.pick(PIECES).iter().copied())),
        4 => {
            let end = bytes.len().min(at + random.below(40));
            drop(bytes.drain(at..end));
        }
        5 => {
            let end = bytes.len().min(at + random.below(60));
            let again = bytes[at..end].repeat(1 + random.below(30));
            drop(bytes.splice(at..at, again));
        }
        _ => {
            let piece = random.pick(PIECES).repeat(1 + random.below(300));
            drop(bytes.splice(at..at, piece));
        }
    }
}

#[test]
fn no_broken_request_gives_a_server_error_or_stops_the_server() {
    let shop = Shop::open();
    let (seeds, mut random) = (seeds(), Random::new(14));
    let (mut answered, mut clicks) = (0, 0);
    for n in 0..REQUESTS {
        let mut bytes = random.pick(&seeds).clone();
        for _ in 0..=random.below(4) {
            mutate(&mut random, &mut bytes);
        }
        let answers = statuses(&shop, &bytes);
        for status in &answers {
            let is_prefetch = *status == 503 && bytes.windows(8).any(|word| word.eq_ignore_ascii_case(b"prefetch"));
            let text = String::from_utf8_lossy(&bytes);
            assert!(*status < 500 || is_prefetch, "request {n}: {status} {text:?}");
            clicks += usize::from(*status == 302);
        }
        answered += usize::from(!answers.is_empty());
        if n % 500 == 499 {
            a_good_click_works(&shop);
        }
    }
    println!("{REQUESTS} broken requests: {answered} answered, {clicks} of them sent on");
    assert!(
        answered > REQUESTS / 2 && clicks > REQUESTS / 20,
        "most are near enough to a request to be looked at"
    );
    assert_eq!(shop.server.metric("konektor_clicks_lost_total"), 0);
    assert_eq!(shop.server.metric("konektor_degraded_redirects_total"), 0);
    a_good_click_works(&shop);
}

/// Statuses of all that came back. Whether an answer has a body cannot be told from a broken request, so status
/// lines are looked for.
fn statuses(shop: &Shop, bytes: &[u8]) -> Vec<u16> {
    let mut connection = Connection::open(shop.server.address).expect("it listens");
    // A blank line ends most of what was begun, and a last request asks that the connection be closed. What waits
    // for more all the same is given up soon.
    let last = b"\r\n\r\nGET /wa/none HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let _ = connection.send(&[bytes, last].concat());
    let bytes = connection.rest(Duration::from_millis(100));
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.split("HTTP/1.").skip(1);
    lines.filter_map(|line| line.get(2..5)?.parse().ok()).collect()
}
