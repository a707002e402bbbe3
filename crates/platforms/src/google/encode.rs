//! Events → `events:ingest`.

use super::config::Config;
use crate::{Encoded, Header, Hosts, Mode, Secret, hash, hash::Hashed};
use konektor_core::{
    event::{Consent, Event, Trigger},
    lead::{Amount, Currency},
    time::UnixMs,
};
use serde::Serialize;
use std::net::IpAddr;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Destination<'a> {
    reference: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    login_account: Option<Account<'a>>,
    operating_account: Account<'a>,
    product_destination_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Account<'a> {
    account_type: &'static str,
    account_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Part<'a> {
    destination_references: [String; 1],
    transaction_id: &'a str,
    event_timestamp: String,
    event_source: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ad_identifiers: Option<AdIdentifiers<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_data: Option<UserData>,
    #[serde(skip_serializing_if = "Option::is_none")]
    consent: Option<ConsentFields>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conversion_value: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<Currency>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AdIdentifiers<'a> {
    #[serde(flatten)]
    click_id: ClickId<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    landing_page_device_info: Option<Device<'a>>,
}

/// Exactly one: Google refuses two.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum ClickId<'a> {
    Gclid(&'a str),
    Gbraid(&'a str),
    Wbraid(&'a str),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Device<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    user_agent: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ip_address: Option<IpAddr>,
}

/// At least one.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UserData {
    user_identifiers: Vec<UserIdentifier>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum UserIdentifier {
    EmailAddress(Hashed),
    PhoneNumber(Hashed),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConsentFields {
    ad_user_data: &'static str,
    ad_personalization: &'static str,
}

/// What follows the events; hashes are in hex, and saying so where there are none does no harm.
const LIVE: &str = r#"],"encoding":"HEX","validateOnly":false}"#;
/// The same where Google should check and forget. It does not check all: a transaction id of digits passes, for one.
const TEST: &str = r#"],"encoding":"HEX","validateOnly":true}"#;

/// One request with these events. Each conversion action among them is a destination of its own. Google takes ten,
/// which is as many as a mapping has entries (a click and nine statuses); more can only come together while a changed
/// mapping's events wait beside its new ones, and then Google's `TOO_MANY_DESTINATIONS` has the request halved.
pub(super) fn encode(
    config: &Config,
    hosts: &Hosts,
    token: Option<&Secret>,
    events: &[Event],
    mode: Mode<'_>,
) -> Encoded {
    let mut actions: Vec<&str> = Vec::new();
    for action in events.iter().map(|event| config.action_of(event)) {
        if !actions.contains(&action) {
            actions.push(action);
        }
    }
    let destinations: Vec<_> = actions.iter().map(|action| destination(config, action)).collect();
    let after = match mode {
        Mode::Live => LIVE,
        Mode::Test(_) => TEST,
    };
    let mut headers = vec![("content-type", Header::Plain("application/json".into()))];
    headers.extend(token.map(bearer));
    Encoded::new(
        format!("{}/v1/events:ingest", hosts.google),
        headers,
        format!(r#"{{"destinations":{},"events":["#, json(&destinations)),
        events.iter().map(|event| json(&part(config, event))).collect(),
        after,
        after.to_owned(),
    )
}

pub(super) fn bearer(token: &Secret) -> (&'static str, Header) {
    ("authorization", Header::Secret("Bearer ", token.clone()))
}

fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("texts and finite numbers")
}

fn destination<'a>(config: &'a Config, action: &'a str) -> Destination<'a> {
    let account = |account_id| Account {
        account_type: "GOOGLE_ADS",
        account_id,
    };
    Destination {
        reference: reference(action),
        login_account: config.login_account.as_deref().map(account),
        operating_account: account(&config.account),
        product_destination_id: action,
    }
}

/// By which events name their destination.
fn reference(action: &str) -> String {
    format!("action-{action}")
}

fn part<'a>(config: &'a Config, event: &'a Event) -> Part<'a> {
    let refused = event.consent == Consent::Denied;
    Part {
        destination_references: [reference(config.action_of(event))],
        transaction_id: event.id.as_str(),
        event_timestamp: rfc3339(event.at.max(event.click.at)),
        event_source: source(event.trigger),
        ad_identifiers: click_id(event).map(|click_id| AdIdentifiers {
            click_id,
            landing_page_device_info: device(event).filter(|_| !refused),
        }),
        user_data: user_data(event).filter(|_| !refused),
        consent: consent(event.consent),
        conversion_value: event.money.map(|money| money.value),
        currency: event.money.map(|money| money.currency),
    }
}

/// A click happens in a browser. What a lead comes to later is agreed on in a WhatsApp chat, for which Google has a
/// source of its own. One must be there, though Google's documents call it optional.
fn source(trigger: Trigger) -> &'static str {
    match trigger {
        Trigger::Click => "WEB",
        Trigger::Arrived | Trigger::Status(_) => "MESSAGE",
    }
}

/// `gclid` names the click itself; the other two stand for it where iOS withholds that.
fn click_id(event: &Event) -> Option<ClickId<'_>> {
    let id = |parameter| event.click.id(parameter).filter(|value| !value.is_empty());
    let gclid = id("gclid").map(ClickId::Gclid);
    gclid
        .or_else(|| id("gbraid").map(ClickId::Gbraid))
        .or_else(|| id("wbraid").map(ClickId::Wbraid))
}

fn device(event: &Event) -> Option<Device<'_>> {
    let device = Device {
        user_agent: &event.visitor.user_agent,
        ip_address: event.visitor.ip,
    };
    (!device.user_agent.is_empty() || device.ip_address.is_some()).then_some(device)
}

fn user_data(event: &Event) -> Option<UserData> {
    let email = event.visitor.email.as_deref().and_then(hash::email_for_google);
    let phone = event.visitor.phone.as_deref().and_then(hash::phone);
    let email = email.map(UserIdentifier::EmailAddress);
    let user_identifiers: Vec<_> = email
        .into_iter()
        .chain(phone.map(UserIdentifier::PhoneNumber))
        .collect();
    (!user_identifiers.is_empty()).then_some(UserData { user_identifiers })
}

/// Where nobody was asked nothing is said: the advertiser's own default at Google then holds.
fn consent(consent: Consent) -> Option<ConsentFields> {
    let said = match consent {
        Consent::Granted => "CONSENT_GRANTED",
        Consent::Denied => "CONSENT_DENIED",
        Consent::Unspecified => return None,
    };
    Some(ConsentFields {
        ad_user_data: said,
        ad_personalization: said,
    })
}

/// With milliseconds: without them a conversion could lie before its click.
fn rfc3339(at: UnixMs) -> String {
    format!("{:.3}", at.timestamp())
}
