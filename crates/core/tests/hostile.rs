//! Whatever comes from outside is read without a panic, and what is made of it is bounded. Texts are whole ones that were
//! broken here and there, since noise does not get far. More of them by hand: `PROPTEST_CASES=100000 cargo test -p konektor-core --test hostile`.

use konektor_core::{
    attribution::{
        Touch,
        query::{CLICK_ID_PARAMETERS, UTM_MAX_CHARS},
    },
    form::{
        body,
        signature::{self, Headers},
    },
    identity::{
        code::VisitorCode,
        cookie::{SigningKeys, Token},
    },
    ids::WorkspaceId,
    message::{MessageFacts, Target, Template, location},
    phone::Phone,
    time::UnixMs,
    user_agent, whatsapp,
};
use proptest::{collection::vec, prelude::*, sample::select, string::string_regex};

/// Pieces that parsers trip over.
const PIECES: &[&[u8]] = &[
    b"\0",
    b"%",
    b"%0",
    b"%00",
    b"%0d%0a",
    b"%e2%80%ae",
    b"%f0%9f",
    b"%25",
    b"\xff\xfe",
    b"\xf0\x9f\x98\x80",
    b"\xed\xa0\x80",
    b"?",
    b"#",
    b"&",
    b"=",
    b"+",
    b"\"",
    b"'",
    b"{",
    b"}",
    b"{{",
    b"[",
    b"]",
    b"{code}",
    b"{gclid}",
    b"__CLICKID__",
    b"null",
    b"-1",
    b"18446744073709551616",
    b"1e309",
    b",",
    b";",
    b".",
    b"\r\n",
    b"--b",
    b"\\u0000",
    b"\\ud800",
    b"\x7f",
    b"<b>",
    b"gclid=",
    b"utm_source=",
    b"08123456789",
    b"\xe2\x80\x8b",
];

/// One step of breaking a text.
#[derive(Clone, Debug)]
enum Step {
    Set(usize, u8),
    Cut(usize),
    Insert(usize, &'static [u8], usize),
    Remove(usize, usize),
    Repeat(usize, usize, usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let at = 0..2_000_usize;
    let step = prop_oneof![
        (at.clone(), any::<u8>()).prop_map(|(at, byte)| Step::Set(at, byte)),
        at.clone().prop_map(Step::Cut),
        (
            at.clone(),
            select(PIECES),
            prop_oneof![4 => 1..4_usize, 1 => 1..3_000_usize]
        )
            .prop_map(|(at, piece, times)| Step::Insert(at, piece, times)),
        (at.clone(), 1..40_usize).prop_map(|(at, length)| Step::Remove(at, length)),
        (at, 1..60_usize, 1..30_usize).prop_map(|(at, length, times)| Step::Repeat(at, length, times)),
    ];
    vec(step, 0..6)
}

fn broken(text: &[u8], steps: &[Step]) -> Vec<u8> {
    let mut bytes = text.to_vec();
    for step in steps {
        let place = |at: &usize| at % (bytes.len() + 1);
        match step {
            Step::Set(at, byte) => {
                let at = place(at);
                if let Some(there) = bytes.get_mut(at) {
                    *there = *byte;
                }
            }
            Step::Cut(at) => bytes.truncate(place(at)),
            Step::Insert(at, piece, times) => {
                let at = place(at);
                bytes.splice(at..at, piece.repeat(*times));
            }
            Step::Remove(at, length) => {
                let at = place(at);
                bytes.drain(at..bytes.len().min(at + length));
            }
            Step::Repeat(at, length, times) => {
                let at = place(at);
                let again = bytes[at..bytes.len().min(at + length)].repeat(*times);
                bytes.splice(at..at, again);
            }
        }
    }
    bytes
}

/// One of these texts, broken.
fn one_of(texts: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    (select(texts), steps()).prop_map(|(text, steps)| broken(text.as_bytes(), &steps))
}

fn as_text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const QUERIES: &[&str] = &[
    "gclid=Cj0KCQjw-broken_123&utm_source=google&utm_medium=cpc&utm_campaign=lebaran%20hemat&utm_term=a+b&utm_content=c&utm_id=7",
    "fbclid=IwY2xjawE&utm_source=%F0%9F%98%80&ttclid=E.C.P.&li_fat_id=2a5c&gbraid=0AAA&wbraid=0BBB",
    "msclkid=9f&ScCid=1&epik=dj0&twclid=2-a&rdt_cid=5&gclid={gclid}&utm_source={{site.name}}",
];
const REFERRERS: &[&str] = &[
    "https://l.instagram.com/?u=https%3A%2F%2Fwa",
    "android-app://com.google.android",
    "http://[::1]:80/a",
];
const AGENTS: &[&str] = &[
    "Mozilla/5.0 (Linux; Android 14; SM-A155F) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Instagram 333.0.0 (iPhone14,2; iOS 17_5; id_ID)",
    "Mozilla/5.0 (Linux; Android 10; K; wv) [FB_IAB/FB4A;FBAV/1.0;FBDV/CUBOT X;]",
];
const TEMPLATES: &[&str] = &[
    "Halo {agent}, saya tertarik. [{code}]",
    "Hai {first_name}!\nDari {utm_source} / {utm_campaign}: {{promo}} ({code})",
    "{code}",
];
const VALUES: &[&str] = &["lebaran hemat", "😀😀😀😀", "{code}", "a%0Ab", "\u{202e}abc"];
const FORMS: &[(&str, &str)] = &[
    ("application/json", include_str!("fixtures/forms/typeform.http")),
    ("application/json", include_str!("fixtures/forms/tally.http")),
    (
        "application/json; charset=utf-8",
        include_str!("fixtures/forms/google_forms.http"),
    ),
    (
        "application/x-www-form-urlencoded",
        include_str!("fixtures/forms/elementor.http"),
    ),
    (
        "multipart/form-data; boundary=b",
        include_str!("fixtures/forms/contact_form_7.http"),
    ),
    (
        "multipart/form-data; boundary=b",
        include_str!("fixtures/forms/jotform.http"),
    ),
];
const NOTIFICATIONS: &[&str] = &[
    include_str!("fixtures/whatsapp/text.json"),
    include_str!("fixtures/whatsapp/from_ad.json"),
    include_str!("fixtures/whatsapp/media_and_unknown.json"),
    include_str!("fixtures/whatsapp/statuses.json"),
];
const SIGNATURES: &[&str] = &[
    "t=1700000000,v1=5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd",
    "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= v1a,AA==",
    "sha256=YWJj",
];

proptest! {
    #[test]
    fn a_query_and_a_referrer_give_a_touch_that_is_bounded(query in one_of(QUERIES), referrer in one_of(REFERRERS)) {
        let (query, referrer) = (as_text(&query), as_text(&referrer));
        let touch = Touch::of(&query, Some(&referrer), CLICK_ID_PARAMETERS);
        prop_assert!(touch.click_ids.len() <= CLICK_ID_PARAMETERS.len());
        for id in &touch.click_ids {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "._~=-".contains(c);
            prop_assert!((1..=1_024).contains(&id.value.len()) && id.value.chars().all(is_plain), "{}", id.value);
        }
        let utm = &touch.utm;
        for value in [&utm.source, &utm.medium, &utm.campaign, &utm.term, &utm.content, &utm.id].into_iter().flatten() {
            prop_assert!(value.chars().count() <= UTM_MAX_CHARS && !value.chars().any(char::is_control), "{value:?}");
        }
        if let Some(origin) = &touch.referrer {
            prop_assert!(referrer.len() >= origin.len() && !origin.contains(char::is_whitespace), "{origin:?}");
        }
        prop_assert!(touch.ignored.len() <= CLICK_ID_PARAMETERS.len() + 6, "{:?}", touch.ignored);
    }

    #[test]
    fn a_broken_cookie_is_no_cookie(steps in steps(), day in 0..30_000_u32) {
        let keys = SigningKeys::new([(1, [1; 32]), (2, [2; 32])]);
        let token = Token { code: "ABC1234".parse().unwrap(), day };
        let value = keys.sign(WorkspaceId(3), token);
        let other = broken(value.as_bytes(), &steps);
        let read = keys.verify(WorkspaceId(3), &as_text(&other));
        prop_assert_eq!(read, (other == value.as_bytes()).then_some(token));
    }

    #[test]
    fn a_user_agent_gives_names_that_are_short(agent in one_of(AGENTS)) {
        let known = user_agent::parse(&as_text(&agent));
        prop_assert!(known.device.is_none_or(|device| device.chars().count() <= 80));
        prop_assert!(known.browser.is_none_or(|browser| browser.chars().count() <= 80));
    }

    #[test]
    fn a_template_is_refused_or_makes_a_location_of_at_most_2000_bytes(
        template in one_of(TEMPLATES), value in one_of(VALUES), name in one_of(VALUES),
    ) {
        let (template, value, name) = (as_text(&template), as_text(&value), as_text(&name));
        let Ok(read) = Template::parse(&template) else { return Ok(()) };
        let again = Template::parse(read.source());
        prop_assert_eq!(again.as_ref(), Ok(&read), "what was read is read again");
        let facts = MessageFacts {
            code: "ABC1234",
            agent: &name,
            rotator: &value,
            first_name: Some(&name),
            utm_source: Some(&value),
            utm_medium: Some(&value),
            utm_campaign: Some(&value),
            utm_term: Some(&value),
            utm_content: Some(&value),
            platform: Some("Meta"),
        };
        for target in [Target::WaMe, Target::Api] {
            let location = location(target, &Phone::from_stored("6281234567890").unwrap(), &read, &facts);
            prop_assert!(location.len() <= 2_000 && location.is_ascii() && !location.contains(['\r', '\n', ' ', '"', '<']));
            prop_assert!(!read.mentions_code() || location.contains("ABC1234"), "the code is kept: {location}");
        }
    }

    #[test]
    fn a_forms_body_is_refused_or_read((kind, text) in select(FORMS), steps in steps()) {
        let (_, body) = text.split_once("\n\n").unwrap();
        let body = if kind.starts_with("multipart") { body.replace('\n', "\r\n") } else { body.to_owned() };
        let broken = broken(body.as_bytes(), &steps);
        if let Ok(posted) = body::read(Some(kind), &broken) {
            let answers = konektor_core::form::guess(&posted.payload);
            let _ = answers.read(&posted.payload);
        }
    }

    #[test]
    fn a_forms_signature_that_is_broken_is_none(header in one_of(SIGNATURES), id in string_regex(".{0,40}").unwrap(), at: i64) {
        let (header, stamp) = (as_text(&header), at.to_string());
        for headers in [
            Headers { own: Some(&header), ..Headers::default() },
            Headers { of_body: Some(&header), ..Headers::default() },
            Headers { id: Some(&id), timestamp: Some(&stamp), signature: Some(&header), ..Headers::default() },
        ] {
            let verified = signature::verify("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", headers, b"{}", UnixMs(1_700_000_000_000));
            prop_assert!(verified.is_err(), "{verified:?}");
        }
    }

    #[test]
    fn a_notification_is_read_or_not(body in one_of(NOTIFICATIONS)) {
        if let Some(notification) = whatsapp::read(&body) {
            prop_assert!(notification.messages.len() <= body.len());
        }
    }

    #[test]
    fn a_code_is_found_in_any_message(message in one_of(&["Halo Rina, saya tertarik. [ABC1234]", "[abcl234] oi", "%5BABC1234%5D"])) {
        if let Some(code) = VisitorCode::read(&as_text(&message)) {
            prop_assert_eq!(code.to_string().len(), 7);
        }
    }
}
