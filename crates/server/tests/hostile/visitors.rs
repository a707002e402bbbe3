//! Broken clicks and presses.

use super::{request::Parts, target::Target};
use crate::common::random::Random;

/// User agents of people and of programs: the fixtures of core, last column.
pub fn user_agents() -> Vec<&'static str> {
    let fixtures = [
        include_str!("../../../core/tests/fixtures/people.tsv"),
        include_str!("../../../core/tests/fixtures/not_people.tsv"),
    ];
    let lines = fixtures.iter().flat_map(|text| text.lines());
    let rows = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    rows.filter_map(|line| line.rsplit('\t').next()).collect()
}

const QUERIES: &[&str] = &[
    "",
    "?gclid=Cj0KCQjw-broken_123",
    "?gclid=Cj0KCQ&fbclid=IwY2x&utm_source=google&utm_campaign=lebaran%20hemat",
    "?utm_source=facebook&utm_medium=paid&utm_campaign=a&utm_term=b&utm_content=c&utm_id=d",
    "?ttclid=E.C.P.Cj&utm_source=__PLACEMENT__",
    "?li_fat_id=2a5c&gbraid=0AAA&wbraid=0BBB&msclkid=9f&ScCid=1&epik=dj0&twclid=2-a&rdt_cid=5",
    "?gclid={gclid}&campaign={{campaign.name}}",
    "?test=kt1.abc.def.1.AAAAAAAAAAAAAAAAAAAAAA",
    "?consent=denied",
];
const PATHS: &[&str] = &[
    "/wa/promo",
    "/wa/promo",
    "/wa/promo",
    "/wa/promo",
    "/wa/promo",
    "/wa/promo",
    "/wa/PROMO/",
    "/wa/teh",
    "/wa/halaman",
    "/wa/none",
    "/wa/",
    "/wa/%70romo",
    "/wa/promo//",
];
const LANGUAGES: &[&str] = &["id-ID,id;q=0.9,en;q=0.8", "en", "*;q=0.1", "id;q=99999999999999999999"];
const REFERRERS: &[&str] = &[
    "https://l.instagram.com/?u=https%3A%2F%2Fwa",
    "android-app://com.google",
    "http://[::1",
];
const FORWARDED: &[&str] = &[
    "203.0.113.7",
    "203.0.113.7, 10.0.0.1",
    "2001:db8::1, 127.0.0.1",
    "unknown, _hidden, \"[2001:db8::1]:1234\"",
    ",,,,",
    "999.1.1.1",
];
/// Headers that say what kind of a request it is.
const KINDS: &[(&str, &str)] = &[
    ("Sec-Purpose", "prefetch;prerender"),
    ("Purpose", "preview"),
    ("X-Moz", "prefetch"),
    ("Sec-Fetch-Mode", "navigate"),
    ("Sec-Fetch-Dest", "image"),
    ("Sec-GPC", "1"),
    ("Forwarded", "for=\"[2001:db8::1]\";proto=https"),
    ("X-Forwarded-Proto", "https"),
    ("X-Forwarded-Host", "evil.example"),
    ("Expect", "100-continue"),
    ("Range", "bytes=0-"),
    ("If-None-Match", "*"),
    ("Connection", "keep-alive"),
    ("Upgrade", "websocket"),
    ("X-HTTP-Method-Override", "DELETE"),
];
const METHODS: &[&str] = &["HEAD", "HEAD", "PUT", "OPTIONS", "TRACE", "get", "BREW"];

/// The headers that a browser sends, any of which may be away.
fn browser(random: &mut Random, target: &Target, agents: &[&'static str], mut parts: Parts) -> Parts {
    if random.below(12) != 0 {
        parts = parts.with("User-Agent", *random.pick(agents));
    }
    for (name, values) in [
        ("Accept-Language", LANGUAGES),
        ("Referer", REFERRERS),
        ("X-Forwarded-For", FORWARDED),
    ] {
        if random.below(3) == 0 {
            parts = parts.with(name, *random.pick(values));
        }
    }
    for _ in 0..random.below(3) {
        let (name, value) = *random.pick(KINDS);
        parts = parts.with(name, value);
    }
    match random.below(6) {
        0 => parts.with("Cookie", target.cookie.as_bytes()),
        1 => parts.with("Cookie", format!("a=b; {}; __Host-{}", target.cookie, target.cookie)),
        2 => parts.with(
            "Cookie",
            "visitor_code=ABC1234.20000.1.AAAAAAAAAAAAAAAAAAAAAA; theme=dark",
        ),
        _ => parts,
    }
}

/// A click.
pub fn click(random: &mut Random, target: &Target, agents: &[&'static str]) -> Parts {
    let mut link = format!("{}{}", random.pick(PATHS), random.pick(QUERIES));
    // Most people come with a click ID of their own.
    if random.below(4) == 0 {
        link += &format!("{}gclid=G{}", if link.contains('?') { '&' } else { '?' }, random.next());
    }
    let mut parts = browser(random, target, agents, Parts::get(link));
    if random.below(12) == 0 {
        parts.method = METHODS[random.below(METHODS.len())];
    }
    parts
}

/// A press of the page's button.
pub fn press(random: &mut Random, target: &Target, agents: &[&'static str]) -> Parts {
    let token = &target.page_token;
    let body = format!(
        "_token={token}&_tz=Asia%2FMakassar&_website=&name=Budi+{}&phone=0812{}&email=a{}@b.id&consent=1",
        random.below(50),
        10_000_000 + random.below(50),
        random.below(50)
    );
    let kind = *random.pick(&[
        "application/x-www-form-urlencoded",
        "application/x-www-form-urlencoded",
        "application/x-www-form-urlencoded",
        "application/x-www-form-urlencoded; charset=UTF-8",
        "multipart/form-data; boundary=b",
        "text/plain",
    ]);
    let link = *random.pick(&[
        "/wa/halaman",
        "/wa/halaman",
        "/wa/halaman?gclid=Cj0press",
        "/wa/halaman?utm_source=x",
        "/wa/promo",
    ]);
    browser(random, target, agents, Parts::post(link, kind, body)).with("Sec-Fetch-Site", "same-origin")
}

/// Everything else that is served to anybody.
pub fn pages(random: &mut Random, target: &Target, agents: &[&'static str]) -> Parts {
    let path = *random.pick(&[
        "/",
        "/leads",
        "/leads/1?x=y",
        "/assets/none.js",
        "/assets/../../etc/passwd",
        "/index.html",
        "/konektor.js",
        "/visitor.json",
        "/l/abc",
        "/favicon.ico",
        "/robots.txt",
        "/.env",
        "/api",
        "/api/v1/docs",
        "/hooks/",
        "/healthz",
        "/metrics",
        "http://localhost/wa/promo",
        "http://evil.example/",
        "*",
        "//evil.example/wa/promo",
    ]);
    browser(random, target, agents, Parts::get(path))
        .with("Accept", "text/html")
        .with("Accept-Encoding", "gzip, br;q=0")
}
