//! Events → request. Contact data is hashed; address, user agent, click and browser are not, since Meta matches them as
//! they are.

use super::config::{Credentials, Settings};
use crate::{
    Encoded, Header, Hosts, Mode, Secret,
    hash::{self, Hashed},
    seconds::UnixSeconds,
    wire::STRUCK_OUT,
};
use konektor_core::{
    event::{Event, EventClick},
    lead::{Amount, Currency},
};
use serde::Serialize;
use std::net::IpAddr;

/// The request with these events.
pub(super) fn encode(
    settings: &Settings,
    credentials: &Credentials,
    hosts: &Hosts,
    events: &[Event],
    mode: Mode<'_>,
) -> Encoded {
    let parts = events.iter().map(|event| json(&Part::of(event, settings)));
    let expose = |secret: &Secret| secret.expose().to_owned();
    Encoded::new(
        format!("{}/{}/{}/events", hosts.meta, settings.api_version, settings.dataset_id),
        vec![("content-type", Header::Plain("application/json".into()))],
        r#"{"data":["#.into(),
        parts.collect(),
        &after(credentials, mode, expose),
        after(credentials, mode, |_| STRUCK_OUT.to_owned()),
    )
}

/// What follows the events, with each credential written by `write`.
fn after(credentials: &Credentials, mode: Mode<'_>, write: impl Fn(&Secret) -> String) -> String {
    let rest = json(&Rest {
        test_event_code: match mode {
            Mode::Live => None,
            Mode::Test(code) => code.filter(|code| !code.is_empty()),
        },
        partner_agent: "konektor",
        access_token: write(&credentials.access_token),
        appsecret_proof: credentials.proof.as_ref().map(&write),
    });
    format!("],{}", &rest[1..])
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("texts and numbers can be written")
}

#[derive(Serialize)]
struct Rest<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    test_event_code: Option<&'a str>,
    partner_agent: &'static str,
    access_token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    appsecret_proof: Option<String>,
}

#[derive(Serialize)]
struct Part<'a> {
    event_name: &'a str,
    event_time: UnixSeconds,
    event_id: &'a str,
    event_source_url: String,
    action_source: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    referrer_url: Option<&'a str>,
    user_data: UserData<'a>,
    #[serde(skip_serializing_if = "CustomData::is_empty")]
    custom_data: CustomData<'a>,
    #[serde(flatten)]
    processing: Processing,
}

#[derive(Serialize)]
struct UserData<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    client_ip_address: Option<IpAddr>,
    #[serde(skip_serializing_if = "str::is_empty")]
    client_user_agent: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    fbc: Option<PixelValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fbp: Option<PixelValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<[Hashed; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    em: Option<[Hashed; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ph: Option<[Hashed; 1]>,
}

#[derive(Serialize)]
struct CustomData<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    content_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<Currency>,
}

impl CustomData<'_> {
    fn is_empty(&self) -> bool {
        self.content_name.is_empty() && self.value.is_none()
    }
}

/// Limited Data Use: an empty list says that it is off; with it on, country and state 0 let Meta find out where the
/// visitor is.
#[derive(Serialize)]
struct Processing {
    data_processing_options: &'static [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    data_processing_options_country: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data_processing_options_state: Option<u16>,
}

impl Processing {
    fn new(limited: bool) -> Self {
        Self {
            data_processing_options: if limited { &["LDU"] } else { &[] },
            data_processing_options_country: limited.then_some(0),
            data_processing_options_state: limited.then_some(0),
        }
    }
}

impl<'a> Part<'a> {
    fn of(event: &'a Event, settings: &Settings) -> Self {
        let (click, visitor) = (&event.click, &event.visitor);
        Self {
            event_name: &event.name,
            event_time: event.at.into(),
            event_id: event.id.as_str(),
            event_source_url: click.url_with("fbclid"),
            action_source: "website",
            referrer_url: click.referrer.as_deref().filter(|referrer| !referrer.is_empty()),
            user_data: UserData {
                client_ip_address: visitor.ip,
                client_user_agent: &visitor.user_agent,
                fbc: PixelValue::fbc(click),
                fbp: click.cookies.fbp.as_deref().and_then(PixelValue::parse),
                external_id: hash::visitor_code(&visitor.code).map(|hashed| [hashed]),
                em: visitor.email.as_deref().and_then(hash::email).map(|hashed| [hashed]),
                ph: visitor
                    .phone
                    .as_deref()
                    .and_then(hash::phone_for_meta)
                    .map(|hashed| [hashed]),
            },
            custom_data: CustomData {
                content_name: &click.slug,
                value: event.money.map(|money| money.value),
                currency: event.money.map(|money| money.currency),
            },
            processing: Processing::new(settings.limited_data_use),
        }
    }
}

/// A click (`fbc`) or a browser (`fbp`) in the form of the pixel's cookies: `fb.1.<unix ms>.<click ID or number>`, and
/// behind it what Meta's own libraries append. Anything else, or an empty end, makes Meta refuse the whole request.
#[derive(Serialize)]
#[serde(transparent)]
struct PixelValue(String);

impl PixelValue {
    /// A cookie's, passed on as it is: it is case-sensitive and its end is Meta's own business.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(4, '.');
        let mut has = |is_fit: &dyn Fn(&str) -> bool| parts.next().is_some_and(is_fit);
        let is_number = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        let is_fit = has(&|part| part == "fb")
            && has(&|part| part.len() == 1 && is_number(part))
            && has(&|part| (10..=16).contains(&part.len()) && is_number(part))
            && has(&|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b)));
        is_fit.then(|| Self(text.to_owned()))
    }

    /// The click that an event is attributed to. Its click ID counts before a cookie, which may be of an older click;
    /// but of the same click the cookie knows more.
    fn fbc(click: &EventClick) -> Option<Self> {
        let cookie = click.cookies.fbc.as_deref().and_then(Self::parse);
        let Some(fbclid) = click.id("fbclid") else {
            return cookie;
        };
        let of_click = Self::parse(&format!("fb.1.{}.{fbclid}", click.at.0));
        match cookie {
            // A click ID that Meta cannot have made says nothing against the cookie.
            Some(cookie) if of_click.is_none() || cookie.is_of(fbclid) => Some(cookie),
            _ => of_click,
        }
    }

    fn is_of(&self, fbclid: &str) -> bool {
        let end = self.0.splitn(4, '.').nth(3).unwrap_or_default();
        end.strip_prefix(fbclid)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{click_ids, event};
    use rstest::rstest;

    const OWN: &str = "fb.1.1795347000123.IwAR-a_b"; // of the click itself

    #[rstest]
    #[case::built_from_the_click("IwAR-a_b", None, Some(OWN))]
    #[case::cookie_of_the_same_click(
        "IwAR-a_b",
        Some("fb.2.1795000000000.IwAR-a_b"),
        Some("fb.2.1795000000000.IwAR-a_b")
    )]
    #[case::with_a_fifth_part(
        "IwAR-a_b",
        Some("fb.1.1795000000000.IwAR-a_b.Bg"),
        Some("fb.1.1795000000000.IwAR-a_b.Bg")
    )]
    #[case::cookie_of_another_click("IwAR-a_b", Some("fb.1.1795000000000.IwAR-other"), Some(OWN))]
    #[case::cookie_of_a_longer_click("IwAR-a_b", Some("fb.1.1795000000000.IwAR-a_bc"), Some(OWN))]
    #[case::broken_cookie("IwAR-a_b", Some("fb.1.IwAR-a_b"), Some(OWN))]
    #[case::cookie_alone("", Some("fb.1.1795000000000.IwAR-a_b.AQ"), Some("fb.1.1795000000000.IwAR-a_b.AQ"))]
    #[case::nothing("", None, None)]
    #[case::cookie_without_an_end("", Some("fb.1.1795000000000."), None)]
    #[case::cookie_in_seconds("", Some("fb.1.179500000.IwAR"), None)]
    #[case::cookie_of_something_else("", Some("xx.1.1795000000000.IwAR"), None)]
    #[case::cookie_with_a_blank("", Some("fb.1.1795000000000.Iw AR"), None)]
    #[case::not_metas_click("IwAR~x=", None, None)]
    #[case::not_metas_click_but_a_cookie("IwAR~x=", Some("fb.1.1795000000000.IwAR"), Some("fb.1.1795000000000.IwAR"))]
    fn fbc_is_the_cookie_of_this_click_or_made_from_it(
        #[case] fbclid: &str,
        #[case] cookie: Option<&str>,
        #[case] expected: Option<&str>,
    ) {
        let mut click = event().click;
        click.ids = click_ids(&[("fbclid", fbclid)]);
        click.ids.retain(|id| !id.value.is_empty());
        click.cookies.fbc = cookie.map(str::to_owned);
        let fbc = PixelValue::fbc(&click).map(|value| value.0);
        assert_eq!(fbc.as_deref(), expected);
    }

    #[rstest]
    #[case("fb.1.1795347000001.1098115397", true)]
    #[case("fb.1.1795347000001.1098115397.AQ", true)]
    #[case("fb.11.1795347000001.1098115397", false)]
    #[case("1098115397", false)]
    #[case("", false)]
    fn fbp_is_passed_on_if_it_is_one(#[case] cookie: &str, #[case] is_one: bool) {
        let fbp = PixelValue::parse(cookie).map(|value| value.0);
        assert_eq!(fbp.as_deref(), is_one.then_some(cookie));
    }
}
