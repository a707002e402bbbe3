//! Events → `conversionEvents`.

use super::config::Config;
use crate::{Encoded, Header, Hosts, hash, hash::Hashed};
use konektor_core::{
    event::{Consent, Event},
    lead::{Currency, Money},
    time::UnixMs,
};
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Part<'a> {
    conversion: String,
    conversion_happened_at: UnixMs,
    #[serde(skip_serializing_if = "Option::is_none")]
    conversion_value: Option<Value>,
    event_id: &'a str,
    user: User<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Value {
    currency_code: Currency,
    /// A text, so that nobody rounds it.
    amount: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct User<'a> {
    user_ids: Vec<UserId<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_ids: Option<[&'a str; 1]>,
}

#[derive(Serialize)]
#[serde(tag = "idType", content = "idValue", rename_all = "SCREAMING_SNAKE_CASE")]
enum UserId<'a> {
    LinkedinFirstPartyAdsTrackingUuid(&'a str),
    Sha256Email(Hashed),
}

const AFTER: &str = "]}";

/// One request with these events.
pub(super) fn encode(config: &Config, hosts: &Hosts, events: &[Event]) -> Encoded {
    let plain = |text: &str| Header::Plain(text.to_owned());
    let headers = vec![
        ("authorization", Header::Secret("Bearer ", config.access_token.clone())),
        ("content-type", plain("application/json")),
        ("linkedin-version", plain(&config.api_version.to_string())),
        ("x-restli-method", plain("BATCH_CREATE")),
        ("x-restli-protocol-version", plain("2.0.0")),
    ];
    Encoded::new(
        format!("{}/rest/conversionEvents", hosts.linkedin),
        headers,
        r#"{"elements":["#.to_owned(),
        events.iter().map(|event| part(config, event)).collect(),
        AFTER,
        AFTER.to_owned(),
    )
}

fn part(config: &Config, event: &Event) -> String {
    let part = Part {
        conversion: format!("urn:lla:llaPartnerConversion:{}", config.rule_of(event)),
        conversion_happened_at: event.at,
        conversion_value: event.money.map(value),
        event_id: event.id.as_str(),
        user: user(event),
    };
    serde_json::to_string(&part).expect("texts and whole numbers")
}

fn value(money: Money) -> Value {
    Value {
        currency_code: money.currency,
        amount: money.value.to_string(),
    }
}

/// Who. LinkedIn has no field for consent, so an event without it is not sent at all; should one come here, it names
/// nobody.
fn user(event: &Event) -> User<'_> {
    if event.consent == Consent::Denied {
        return User {
            user_ids: Vec::new(),
            external_ids: None,
        };
    }
    let click_id = event.click.id("li_fat_id").filter(|value| !value.is_empty());
    let email = event.visitor.email.as_deref().and_then(hash::email);
    let code = event.visitor.code.as_str();
    User {
        user_ids: click_id
            .map(UserId::LinkedinFirstPartyAdsTrackingUuid)
            .into_iter()
            .chain(email.map(UserId::Sha256Email))
            .collect(),
        external_ids: (!code.is_empty()).then_some([code]),
    }
}
