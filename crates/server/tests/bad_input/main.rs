//! Whatever comes: never a 5xx, never a panic, and the next good click works. SPEC section 2.

#[path = "../common/mod.rs"]
mod common;

mod locations;
mod slow;

use common::{
    http::{Answer, Connection, PHONE, get},
    shop::Shop,
};

/// Sends bytes as they are, and reads so many answers, or fewer if the connection is closed after them.
fn send(shop: &Shop, bytes: impl AsRef<[u8]>, most: usize) -> Vec<Answer> {
    let mut connection = Connection::open(shop.server.address).expect("it listens");
    // It may have answered and closed before it has read all.
    let _ = connection.send(bytes.as_ref());
    connection.read_all().take(most).collect()
}

fn statuses(shop: &Shop, bytes: impl AsRef<[u8]>, most: usize) -> Vec<u16> {
    send(shop, bytes, most).iter().map(|answer| answer.status).collect()
}

/// The rest of a request after its first line.
fn rest() -> String {
    format!("Host: localhost\r\nUser-Agent: {PHONE}\r\n\r\n")
}

fn a_good_click_works(shop: &Shop) {
    let answer = shop.server.ask(&get("/wa/promo?gclid=AfterAllThat"));
    assert!(shop.agents.iter().any(|agent| agent.digits == answer.digits()));
    assert!(answer.sets_cookie());
}

#[test]
fn a_url_over_8_kib_gets_a_page_that_says_so() {
    let shop = Shop::open();
    let url = |bytes: usize| {
        format!(
            "/wa/promo?utm_source={}",
            "x".repeat(bytes - "/wa/promo?utm_source=".len())
        )
    };
    assert_eq!(shop.server.ask(&get(&url(8 * 1024))).status, 302, "8 KiB are allowed");
    for bytes in [8 * 1024 + 1, 9 * 1024] {
        let answer = shop.server.ask(&get(&url(bytes)).header("Accept-Language", "en"));
        assert_eq!(answer.status, 414, "{bytes}");
        assert!(answer.text().contains("Link too long"));
        assert!(!answer.sets_cookie());
    }
    for bytes in [17 * 1024, 64 * 1024, 100 * 1024, 1024 * 1024] {
        let statuses = statuses(&shop, get(&url(bytes)).bytes(), 1);
        assert!(matches!(statuses[..], [414 | 431]), "{bytes}: {statuses:?}");
    }
    assert_eq!(shop.clicks_stored(), 1);
    a_good_click_works(&shop);
}

#[test]
fn broken_percent_encoding_is_no_error() {
    let shop = Shop::open();
    for path in [
        "%",
        "%zz",
        "%f",
        "promo%",
        "promo%0",
        "%FF%FE",
        "%c3%28",
        "%00",
        "promo%00",
        "..%2f..%2fetc",
        "%2e%2e",
    ] {
        assert_eq!(shop.server.ask(&get(&format!("/wa/{path}"))).status, 404, "{path}");
    }
    for query in [
        "%",
        "a=%",
        "utm_source=%zz",
        "gclid=%",
        "utm_source=%ff%fe",
        "utm_campaign=%c3%28",
        "&&==&",
        "=%00",
        "%3d%26",
    ] {
        let answer = shop.server.ask(&get(&format!("/wa/promo?{query}")));
        assert!(answer.location().starts_with("https://wa.me/62812"), "{query}");
    }
    a_good_click_works(&shop);
}

#[test]
fn a_head_that_is_too_large_is_refused() {
    let shop = Shop::open();
    let with = |headers: usize| {
        let mut request = get("/wa/promo"); // two headers: Host and User-Agent
        for n in 2..headers {
            request = request.header(&format!("X-Header-{n}"), "x");
        }
        statuses(&shop, request.bytes(), 1)
    };
    assert_eq!(with(64), [302], "64 headers are allowed");
    assert_eq!(with(65), [431]);
    assert_eq!(with(1_000), [431]);
    for kib in [17, 100] {
        let request = get("/wa/promo").header("X-Large", &"x".repeat(kib * 1024));
        assert_eq!(statuses(&shop, request.bytes(), 1), [431], "{kib} KiB");
    }
    a_good_click_works(&shop);
}

#[test]
fn control_bytes_are_refused_and_other_bytes_are_no_error() {
    let shop = Shop::open();
    for byte in (0..=8).chain(11..=12).chain(14..=31).chain([127]) {
        for request in [
            [b"GET /wa/pro", &[byte][..], b"mo HTTP/1.1\r\n", rest().as_bytes()].concat(),
            [b"GET /wa/promo?a=", &[byte][..], b" HTTP/1.1\r\n", rest().as_bytes()].concat(),
            [
                b"GET /wa/promo HTTP/1.1\r\nX-Byte: ",
                &[byte][..],
                b"\r\n",
                rest().as_bytes(),
            ]
            .concat(),
            [
                b"GET /wa/promo HTTP/1.1\r\nX-",
                &[byte][..],
                b": 1\r\n",
                rest().as_bytes(),
            ]
            .concat(),
        ] {
            let statuses = statuses(&shop, &request, 1);
            assert!(matches!(statuses[..], [400 | 404 | 302]), "{byte}: {statuses:?}");
            assert!(byte != 0 || statuses == [400], "NUL is never let in");
        }
    }
    for byte in 128..=255 {
        for name in [
            "User-Agent",
            "Accept-Language",
            "Referer",
            "Cookie",
            "X-Forwarded-For",
            "Sec-Purpose",
        ] {
            let head = format!("GET /wa/promo HTTP/1.1\r\nHost: localhost\r\n{name}: ");
            let statuses = statuses(&shop, [head.as_bytes(), &[byte], b"\r\n\r\n"].concat(), 1);
            assert_eq!(statuses, [302], "{name} {byte}");
        }
    }
    a_good_click_works(&shop);
}

#[test]
fn forms_of_a_request_that_are_rare_are_answered() {
    let shop = Shop::open();
    let agent = format!("User-Agent: {PHONE}\r\n\r\n");
    let absolute = |target: &str, host: &str| format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n{agent}");
    for (request, expected) in [
        // Without a Host nobody knows whose link it is.
        (format!("GET /wa/promo HTTP/1.1\r\n{agent}"), 404),
        (format!("GET /wa/promo HTTP/1.0\r\n{agent}"), 404),
        (format!("GET /wa/promo HTTP/1.0\r\n{}", rest()), 302),
        // A target in absolute form names the host, whatever the header says.
        (absolute("http://localhost/wa/promo", "evil.example"), 302),
        (absolute("http://evil.example/wa/promo", "localhost"), 404),
        // No path is the root: the dashboard, or a page that says that it was not built.
        (absolute("http://localhost", "localhost"), 200),
        ("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(), 405),
        (format!("\r\nGET /wa/promo HTTP/1.1\r\n{}", rest()), 302),
    ] {
        assert_eq!(statuses(&shop, &request, 1), [expected], "{request:?}");
    }
    for request in [
        "GET /wa/promo HTTP/2.0\r\n\r\n",
        "GET /wa/promo\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "GET wa/promo HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /wa/promo HTTP/1.1\r\nHost : localhost\r\n\r\n",
        "GET /wa/promo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc",
        "GET /wa/promo HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        "\x16\x03\x01\x02\0\x01\0\x01\x7c\x03\x03", // TLS to a plain port
        "garbage",
        "\0\0\0\0",
    ] {
        // Whatever it begins as, a blank line ends it.
        let statuses = statuses(&shop, format!("{request}\r\n\r\n"), 1);
        assert!(matches!(statuses[..], [] | [..500]), "{request:?}: {statuses:?}");
    }
    a_good_click_works(&shop);
}

#[test]
fn other_methods_are_405_with_allow() {
    let shop = Shop::open();
    for method in [
        "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get",
    ] {
        let target = if method == "CONNECT" {
            "localhost:80"
        } else {
            "/wa/promo"
        };
        let mut request = get(target).method(method);
        if matches!(method, "POST" | "PUT") {
            request.body = "name=Budi".to_owned();
        }
        let answer = shop.server.ask(&request);
        if method == "CONNECT" {
            assert!((400..500).contains(&answer.status), "{answer:?}");
            continue;
        }
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.header("allow"), Some("GET, HEAD"), "{method}");
        assert!(!answer.sets_cookie());
    }
    assert!(shop.has_counted_nobody());
    a_good_click_works(&shop);
}

#[test]
fn pipelined_requests_are_answered_in_their_order() {
    let shop = Shop::open();
    let click = |n: usize| get(&format!("/wa/promo?utm_content=pipelined{n}")).bytes();
    let many = (0..20).flat_map(click).collect::<Vec<_>>();
    let answers = send(&shop, many, 20);
    let digits: Vec<_> = answers.iter().map(Answer::digits).collect();
    let expected: Vec<_> = (0..20).map(|n| &shop.agents[n % 3].digits[..]).collect();
    assert_eq!(digits, expected);
    let good_then_bad = [click(30), b"GARBAGE\r\n\r\n".to_vec(), click(31)].concat();
    assert_eq!(
        statuses(&shop, good_then_bad, 3),
        [302, 400],
        "what follows garbage is not a request"
    );
    let orphan_then_click = [get("/wa/none").bytes(), get("/wa/promo?utm_content=last").bytes()].concat();
    assert_eq!(statuses(&shop, orphan_then_click, 2), [404, 302]);
    assert_eq!(shop.clicks_stored(), 22);
}

#[test]
fn half_a_request_is_not_a_click() {
    let shop = Shop::open();
    let whole = get("/wa/promo?gclid=Half").bytes();
    for length in 0..whole.len() {
        let mut connection = Connection::open(shop.server.address).expect("it listens");
        connection.send(&whole[..length]).expect("it listens");
        connection.end();
        let statuses: Vec<_> = connection.read_all().map(|answer| answer.status).collect();
        assert!(matches!(statuses[..], [] | [400]), "{length}: {statuses:?}");
    }
    assert!(shop.has_counted_nobody());
    a_good_click_works(&shop);
}
