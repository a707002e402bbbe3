//! Events for the tests of all adapters: one that has everything, and any that there can be.

use crate::{Adapter, Answer, Encoded, Fields, HttpResponse, Verdict};
use konektor_core::{
    attribution::ClickId as AdClickId,
    event::{Consent, Event, EventClick, EventId, EventVisitor, PixelCookies, Trigger},
    ids::{ClickId, LeadId, VisitorNumber, WorkspaceId},
    lead::{Amount, Money, Status},
    time::UnixMs,
};
use proptest::{collection, option, prelude::*, sample::select};
use std::net::IpAddr;

/// The hash of nothing, in hex: no body may hold it.
pub(crate) const HASH_OF_NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// A sale that came through an ad, with all that can be known of it. The visitor is the one of the reference's vectors.
pub(crate) fn event() -> Event {
    Event {
        id: EventId::of_lead(
            LeadId {
                workspace: WorkspaceId(3),
                number: VisitorNumber(77),
            },
            "Purchase",
        ),
        trigger: Trigger::Status(Status::Won),
        name: "Purchase".into(),
        at: UnixMs(1_795_433_400_999),
        money: Some(Money {
            value: "149.5".parse().unwrap(),
            currency: "USD".parse().unwrap(),
        }),
        consent: Consent::Granted,
        click: EventClick {
            at: UnixMs(1_795_347_000_123),
            ids: click_ids(&[
                ("fbclid", "IwAR2F4-dbP0_x"),
                ("ttclid", "E.C.P.abc-DEF"),
                ("gclid", "Cj0KCQ_wcB"),
                ("li_fat_id", "0a1b2c3d-1111-2222-3333-444455556666"),
            ]),
            url: "https://konektor.example/wa/promo".into(),
            slug: "promo".into(),
            referrer: Some("https://l.facebook.com".into()),
            cookies: PixelCookies {
                fbc: Some("fb.1.1795347000001.IwAR2F4-dbP0_x.AQICAQMC".into()),
                fbp: Some("fb.1.1795347000001.1098115397".into()),
                ttp: Some("2Zk3vJ9w-QTtp".into()),
            },
        },
        visitor: EventVisitor {
            code: "ABC1234".into(),
            ip: Some("203.0.113.9".parse().unwrap()),
            user_agent: "Mozilla/5.0 (Linux; Android 15) \"x\"".into(),
            language: "id-ID,id;q=0.9,en;q=0.8".into(),
            phone: Some("6281234567890".into()),
            email: Some(" Joe@Example.COM ".into()),
        },
    }
}

/// A click of which next to nothing is known.
pub(crate) fn bare_event() -> Event {
    Event {
        id: EventId::of_click(ClickId(77)),
        trigger: Trigger::Click,
        name: "Contact".into(),
        at: UnixMs(1_795_347_000_123),
        money: None,
        consent: Consent::Unspecified,
        click: EventClick {
            at: UnixMs(1_795_347_000_123),
            ids: Vec::new(),
            url: "https://konektor.example/wa/promo".into(),
            slug: "promo".into(),
            referrer: None,
            cookies: PixelCookies::default(),
        },
        visitor: EventVisitor::default(),
    }
}

/// Settings or credentials, from an object.
pub(crate) fn fields(object: serde_json::Value) -> Fields {
    object.as_object().expect("an object").clone()
}

/// An answer of a platform.
pub(crate) fn answer(status: u16, body: impl Into<String>) -> HttpResponse {
    HttpResponse {
        status,
        retry_after: None,
        body: body.into(),
    }
}

/// What holds for every request of every platform: its body is JSON, holds no hash of nothing, consists of the events'
/// parts, and the credential is nowhere that people look. Returns the body.
pub(crate) fn assert_sound(encoded: &Encoded, events: &[Event], secret: &str) -> serde_json::Value {
    let body = &encoded.request.body;
    let json = serde_json::from_str(body).expect("the body is JSON");
    assert!(!body.contains(HASH_OF_NOTHING), "{body}");
    assert_eq!(encoded.parts.len(), events.len());
    assert!(body.contains(&encoded.parts.join(",")), "{body}");
    for n in 0..events.len() {
        assert!(encoded.shown(n).contains(&encoded.parts[n]));
        assert!(!encoded.shown(n).contains(secret));
    }
    assert!(!format!("{encoded:?}").contains(secret));
    assert!(!encoded.request.url.contains(secret));
    json
}

/// What holds for every answer to every platform: there is a finding for each event, and none is suspected alone.
pub(crate) fn assert_total<A: Adapter>(adapter: &A, response: &HttpResponse, count: usize) -> Answer {
    let answer = adapter.decode(response, count);
    assert_eq!(answer.findings.len(), count);
    if count == 1 {
        let verdict = answer.findings[0].verdict;
        assert!(!matches!(verdict, Verdict::Suspect | Verdict::Innocent), "{verdict:?}");
    }
    answer
}

/// Click IDs by parameter.
pub(crate) fn click_ids(ids: &[(&'static str, &str)]) -> Vec<AdClickId> {
    ids.iter()
        .map(|&(parameter, value)| AdClickId {
            parameter: parameter.into(),
            value: value.into(),
        })
        .collect()
}

/// Any event, with junk wherever somebody else wrote the text.
pub(crate) fn any_event() -> impl Strategy<Value = Event> {
    (
        any_id(),
        any_trigger(),
        "[A-Za-z0-9_]{1,50}",
        0..4_000_000_000_000_i64,
        option::of(any_money()),
        select(&Consent::ALL),
        any_click(),
        any_visitor(),
    )
        .prop_map(|(id, trigger, name, at, money, consent, click, visitor)| Event {
            id,
            trigger,
            name,
            at: UnixMs(at),
            money,
            consent,
            click,
            visitor,
        })
}

fn any_id() -> impl Strategy<Value = EventId> {
    let of_lead = (0..1_i64 << 20, 0..1_u64 << 35, "[A-Za-z0-9_]{1,50}").prop_map(|(workspace, number, name)| {
        let workspace = WorkspaceId(workspace);
        let number = VisitorNumber(number);
        EventId::of_lead(LeadId { workspace, number }, &name)
    });
    prop_oneof![(0..i64::MAX).prop_map(|id| EventId::of_click(ClickId(id))), of_lead]
}

fn any_trigger() -> impl Strategy<Value = Trigger> {
    prop_oneof![
        Just(Trigger::Click),
        Just(Trigger::Arrived),
        select(&Status::ALL).prop_map(Trigger::Status)
    ]
}

fn any_money() -> impl Strategy<Value = Money> {
    (0..=1_000_000_000_000_000_u64, "[A-Z]{3}").prop_map(|(thousandths, currency)| Money {
        value: Amount::from_thousandths(thousandths).unwrap(),
        currency: currency.parse().unwrap(),
    })
}

fn any_click() -> impl Strategy<Value = EventClick> {
    let id = (
        select(&["fbclid", "ttclid", "gclid", "gbraid", "wbraid", "li_fat_id", "msclkid"]),
        "[A-Za-z0-9._~=-]{1,60}",
    )
        .prop_map(|(parameter, value)| AdClickId {
            parameter: parameter.into(),
            value,
        });
    (
        0..4_000_000_000_000_i64,
        collection::vec(id, 0..4),
        "https://[a-z.]{1,20}/wa/.{0,20}",
        ".{0,20}",
        option::of(".{0,40}"),
        any_cookies(),
    )
        .prop_map(|(at, ids, url, slug, referrer, cookies)| EventClick {
            at: UnixMs(at),
            ids,
            url,
            slug,
            referrer,
            cookies,
        })
}

fn any_cookies() -> impl Strategy<Value = PixelCookies> {
    let cookie = || {
        option::of(prop_oneof![
            ".{0,40}",
            "fb\\.[0-9]\\.[0-9]{9,17}\\.[A-Za-z0-9_.-]{0,20}"
        ])
    };
    (cookie(), cookie(), cookie()).prop_map(|(fbc, fbp, ttp)| PixelCookies { fbc, fbp, ttp })
}

fn any_visitor() -> impl Strategy<Value = EventVisitor> {
    (
        "[A-Z0-9]{0,7}",
        option::of(any::<IpAddr>()),
        ".{0,60}",
        prop_oneof![".{0,20}", "[a-z]{2}-[A-Z]{2},[a-z]{2};q=0\\.9"],
        option::of(prop_oneof![".{0,20}", "62[0-9]{8,11}"]),
        option::of(prop_oneof![".{0,20}", "[A-Za-z.+]{1,10}@[A-Za-z]{1,10}\\.com"]),
    )
        .prop_map(|(code, ip, user_agent, language, phone, email)| EventVisitor {
            code,
            ip,
            user_agent,
            language,
            phone,
            email,
        })
}
