//! What Google asks of an event before it takes it. Fail-fast: the first thing that is wrong is what is said.

use super::destinations::Destination;
use crate::{
    call::Fault,
    checks,
    json::Json,
    record::Facts,
    violation::{Notes, ViolationKind},
};

const DAY_MS: i64 = 86_400_000;
/// A click counts for this long, and no event is earlier than its click.
const OLDEST_MS: i64 = 90 * DAY_MS;
const IDENTIFIERS_MAX: usize = 10;
pub(super) const POISONED: &str = "INVALID_EVENT";

const FIELDS: [&str; 21] = [
    "destinationReferences",
    "transactionId",
    "eventTimestamp",
    "lastUpdatedTimestamp",
    "userData",
    "consent",
    "adIdentifiers",
    "currency",
    "conversionValue",
    "conversionCount",
    "eventSource",
    "eventDeviceInfo",
    "cartData",
    "customVariables",
    "experimentalFields",
    "userProperties",
    "eventName",
    "clientId",
    "userId",
    "additionalEventParameters",
    "eventLocation",
];
const AD_FIELDS: [&str; 7] = [
    "sessionAttributes",
    "gclid",
    "gbraid",
    "wbraid",
    "landingPageDeviceInfo",
    "mobileDeviceId",
    "dclid",
];
const CLICK_IDS: [&str; 3] = ["gclid", "gbraid", "wbraid"];
const SOURCES: [&str; 6] = ["WEB", "APP", "IN_STORE", "PHONE", "MESSAGE", "OTHER"];
const CONSENTS: [&str; 3] = ["CONSENT_STATUS_UNSPECIFIED", "CONSENT_GRANTED", "CONSENT_DENIED"];

/// Judges the events of one request.
pub(super) struct Judge<'r> {
    pub destinations: &'r [Destination<'r>],
    pub encoding: Option<&'r str>,
    /// Of the request, where an event has none.
    pub consent: &'r Json<'r>,
    /// `validateOnly` does not notice everything.
    pub is_checked_only: bool,
    pub now_ms: i64,
}

impl Judge<'_> {
    /// Judges an event.
    pub(super) fn judge<'a>(&self, event: &Json<'a>, notes: &mut Notes) -> Result<Facts<'a>, Fault> {
        known(event, &FIELDS)?;
        let ads = event.get("adIdentifiers");
        known(ads, &AD_FIELDS)?;
        let destination = self.destination(event.get("destinationReferences"))?;
        let time_ms = self.time(event.get("eventTimestamp"))?;
        match event.get("eventSource").text() {
            Some(source) if SOURCES.contains(&source) => {}
            Some(_) => {
                return Err(Fault::new(
                    "INVALID_ENUM_VALUE",
                    "event_source",
                    "There is no such source.",
                ));
            }
            None => {
                return Err(Fault::new(
                    "REQUIRED_FIELD_MISSING",
                    "event_source",
                    "The source is required.",
                ));
            }
        }
        let click_ids = click_ids(ads)?;
        let identifiers = self.user_data(event.get("userData"), notes)?;
        if click_ids.is_empty() && identifiers == 0 {
            return Err(Fault::new(
                "NO_IDENTIFIERS_PROVIDED",
                "",
                "The event has no identifier.",
            ));
        }
        money(event)?;
        let device = ads.get("landingPageDeviceInfo");
        for device in [device, event.get("eventDeviceInfo")] {
            look_at_device(device, notes);
        }
        self.event_consent(event, identifiers, notes)?;
        self.transaction_id(event.get("transactionId"))?;
        let some = |field: &Json<'a>| field.text().is_some().then(|| field.cow());
        Ok(Facts {
            destination: destination.to_owned().into(),
            id: event.get("transactionId").cow(),
            name: "".into(),
            time_ms,
            click_ids,
            ip: some(device.get("ipAddress")),
            user_agent: some(device.get("userAgent")),
        })
    }

    /// Where the event goes: to those it names, or to all. Only the first is remembered.
    fn destination(&self, references: &Json<'_>) -> Result<&str, Fault> {
        let Some(first) = references.items().first() else {
            return Ok(&self.destinations[0].name);
        };
        let found = self
            .destinations
            .iter()
            .find(|known| Some(&*known.reference) == first.text());
        let fault = || {
            Fault::new(
                "INVALID_DESTINATION",
                "destination_references",
                "The request has no such destination.",
            )
        };
        found.map(|found| &*found.name).ok_or_else(fault)
    }

    fn time(&self, field: &Json<'_>) -> Result<i64, Fault> {
        let text = match field {
            Json::Null => {
                let message = "The time of the event is required.";
                return Err(Fault::new("REQUIRED_FIELD_MISSING", "event_timestamp", message));
            }
            other => other.text(),
        };
        let Some(time_ms) = text.and_then(checks::rfc3339_ms) else {
            return Err(Fault::new(
                "",
                "",
                format!("Invalid value at 'eventTimestamp' (Timestamp), {field}"),
            ));
        };
        if time_ms > self.now_ms || time_ms < self.now_ms - OLDEST_MS {
            let message = "The time of the event lies in the future, or is more than 90 days old.";
            return Err(Fault::new("EVENT_TIME_INVALID", "event_timestamp", message));
        }
        Ok(time_ms)
    }

    /// How many identifiers there are.
    fn user_data(&self, user: &Json<'_>, notes: &mut Notes) -> Result<usize, Fault> {
        if user.is_null() {
            return Ok(0);
        }
        let is_hash = match self.encoding {
            Some("HEX") => checks::is_sha256,
            Some("BASE64") => checks::is_sha256_base64,
            _ => {
                return Err(Fault::new(
                    "REQUIRED_FIELD_MISSING",
                    "user_data",
                    "The request's encoding is required.",
                ));
            }
        };
        let identifiers = user.get("userIdentifiers").items();
        match identifiers.len() {
            0 => {
                return Err(Fault::new(
                    "NO_IDENTIFIERS_PROVIDED",
                    "user_data.user_identifiers",
                    "There is none.",
                ));
            }
            1..=IDENTIFIERS_MAX => {}
            _ => {
                return Err(Fault::new(
                    "TOO_MANY_USER_IDENTIFIERS",
                    "user_data.user_identifiers",
                    "At most ten.",
                ));
            }
        }
        for identifier in identifiers {
            let address = identifier.get("address");
            let hashed = [
                ("emailAddress", identifier.get("emailAddress")),
                ("phoneNumber", identifier.get("phoneNumber")),
                ("givenName", address.get("givenName")),
                ("familyName", address.get("familyName")),
            ];
            for (field, value) in hashed.into_iter().filter(|(_, value)| !value.is_null()) {
                if !value.text().is_some_and(is_hash) {
                    notes.add(ViolationKind::PlainThatMustBeHashed, field);
                    return Err(Fault::new(
                        "INVALID_SHA256_FORMAT",
                        "user_data.user_identifiers",
                        "Not a SHA-256.",
                    ));
                }
            }
            for field in ["regionCode", "postalCode"] {
                address
                    .get(field)
                    .text()
                    .iter()
                    .for_each(|value| notes.plain(field, value));
            }
        }
        Ok(identifiers.len())
    }

    /// A refusal is for Google to know, but then nothing else than the click id should have come with it.
    fn event_consent(&self, event: &Json<'_>, identifiers: usize, notes: &mut Notes) -> Result<(), Fault> {
        let own = event.get("consent");
        consent(own)?;
        let consent = if own.is_null() { self.consent } else { own };
        let is_denied = consent.get("adUserData").text() == Some("CONSENT_DENIED");
        let device = event.get("adIdentifiers").get("landingPageDeviceInfo");
        if is_denied && (identifiers > 0 || !device.is_empty() || !event.get("eventDeviceInfo").is_empty()) {
            notes.add(ViolationKind::DataDespiteRefusal, "user data or device");
        }
        Ok(())
    }

    fn transaction_id(&self, id: &Json<'_>) -> Result<(), Fault> {
        match id {
            Json::Null => Ok(()),
            Json::Text(id) if id.is_empty() => Err(Fault::new(
                "FIELD_VALUE_TOO_SHORT",
                "transaction_id",
                "The transaction id is empty.",
            )),
            // Refused without a word of why, and not noticed by a dry run.
            Json::Text(id) if id.bytes().all(|byte| byte.is_ascii_digit()) && !self.is_checked_only => {
                Err(Fault::new("BARE", "transaction_id", ""))
            }
            Json::Text(_) => Ok(()),
            other => Err(Fault::new(
                "",
                "",
                format!("Invalid value at 'transactionId' (TYPE_STRING), {other}"),
            )),
        }
    }
}

/// Consent of an event or of a request.
pub(super) fn consent(consent: &Json<'_>) -> Result<(), Fault> {
    let is_known = |(name, value): &(std::borrow::Cow<'_, str>, Json<'_>)| {
        matches!(&**name, "adUserData" | "adPersonalization")
            && value.text().is_some_and(|value| CONSENTS.contains(&value))
    };
    if consent.fields().iter().all(is_known) {
        Ok(())
    } else {
        Err(Fault::new("INVALID_ENUM_VALUE", "consent", "There is no such consent."))
    }
}

/// Refuses a field that the API does not know, as its JSON reader does.
fn known(value: &Json<'_>, fields: &[&str]) -> Result<(), Fault> {
    match value.fields().iter().find(|(name, _)| !fields.contains(&&**name)) {
        None => Ok(()),
        Some((name, _)) => {
            let message = format!("Invalid JSON payload received. Unknown name \"{name}\": Cannot find field.");
            Err(Fault::new("", "", message))
        }
    }
}

/// The click id; one at most.
fn click_ids<'a>(ads: &Json<'a>) -> Result<Vec<(&'static str, std::borrow::Cow<'a, str>)>, Fault> {
    let mut found = Vec::new();
    for name in CLICK_IDS {
        match ads.get(name) {
            Json::Null => {}
            Json::Text(id) if id.is_empty() => {}
            Json::Text(id) => found.push((name, id.clone())),
            other => {
                return Err(Fault::new(
                    "",
                    "",
                    format!("Invalid value at '{name}' (TYPE_STRING), {other}"),
                ));
            }
        }
    }
    if found.len() > 1 {
        let message = "Only one of gclid, gbraid and wbraid may be set.";
        return Err(Fault::new("INVALID_EVENT", "ad_identifiers", message));
    }
    Ok(found)
}

fn money(event: &Json<'_>) -> Result<(), Fault> {
    let value = event.get("conversionValue");
    if !value.is_null() && !value.is_number() {
        return Err(Fault::new(
            "INVALID_NUMBER_FORMAT",
            "conversion_value",
            "The value is not a number.",
        ));
    }
    match event.get("currency") {
        Json::Null => Ok(()),
        Json::Text(currency) if checks::is_currency(currency) => Ok(()),
        _ => Err(Fault::new(
            "INVALID_CURRENCY_CODE",
            "currency",
            "The currency is not of ISO 4217.",
        )),
    }
}

fn look_at_device(device: &Json<'_>, notes: &mut Notes) {
    if let Some(agent) = device.get("userAgent").text() {
        notes.plain("userAgent", agent);
    }
    if let Some(address) = device.get("ipAddress").text() {
        notes.address("ipAddress", address);
    }
}
