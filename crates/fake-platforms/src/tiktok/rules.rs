//! What TikTok asks of an event.

use crate::{
    call::Fault,
    checks,
    json::Json,
    record::Facts,
    violation::{Notes, ViolationKind},
};

/// An event that is not valid.
pub(super) const INVALID: &str = "40002";
/// A time that is meant in milliseconds is later than this; in seconds it is the year 2286.
const SECONDS_MAX: i64 = 9_999_999_999;
/// A time in the future is nothing that TikTok documents a rule about; clocks differ by so much.
const AHEAD_MAX_MS: i64 = 60_000;

const HASHED: [&str; 6] = ["email", "phone", "external_id", "first_name", "last_name", "zip_code"];
const PLAIN: [&str; 7] = ["ttclid", "ttp", "user_agent", "locale", "city", "state", "country"];

/// A pixel's code: twenty letters and digits.
pub(super) fn is_pixel(text: &str) -> bool {
    text.len() == 20
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
}

/// Judges an event.
pub(super) fn judge<'a>(event: &Json<'a>, pixel: &'a str, now_ms: i64, notes: &mut Notes) -> Result<Facts<'a>, Fault> {
    let invalid = |field: &'static str, message: &str| Err(Fault::new(INVALID, field, message));
    match event.get("event").text() {
        None | Some("") => return invalid("event", "Missing data for required field."),
        Some(_) => {}
    }
    let Some(time_s) = event
        .get("event_time")
        .integer()
        .filter(|time_s| (1..=SECONDS_MAX).contains(time_s))
    else {
        return invalid("event_time", "Not a valid integer of unix seconds.");
    };
    if time_s * 1_000 > now_ms + AHEAD_MAX_MS {
        notes.add(ViolationKind::InTheFuture, "event_time");
    }
    match event.get("event_id") {
        Json::Null => {}
        Json::Text(id) if !id.is_empty() => {}
        Json::Text(_) => return invalid("event_id", "Invalid value for event_id"),
        _ => return invalid("event_id", "Not a valid string."),
    }
    let user = event.get("user");
    user_data(user, notes)?;
    match event.get("page").get("url").text() {
        None | Some("") => return invalid("page.url", "Missing data for required field."),
        Some(_) => {}
    }
    money(event)?;
    if !matches!(event.get("limited_data_use"), Json::Null | Json::Bool(_)) {
        return invalid("limited_data_use", "Not a valid boolean.");
    }
    let some = |field: &Json<'a>| field.text().is_some().then(|| field.cow());
    Ok(Facts {
        destination: pixel.into(),
        id: event.get("event_id").cow(),
        name: event.get("event").cow(),
        time_ms: time_s * 1_000,
        click_ids: some(user.get("ttclid"))
            .map(|ttclid| ("ttclid", ttclid))
            .into_iter()
            .collect(),
        ip: some(user.get("ip")),
        user_agent: some(user.get("user_agent")),
    })
}

fn user_data(user: &Json<'_>, notes: &mut Notes) -> Result<(), Fault> {
    for field in HASHED {
        let values = user.get(field);
        if values.is_null() {
            continue;
        }
        let Some(values) = values.texts() else {
            return Err(Fault::new(INVALID, field, "Not a valid string."));
        };
        // TikTok takes plain values and hashes them itself; they should not have left the sender.
        if values.iter().any(|value| !checks::is_sha256(value)) {
            notes.add(ViolationKind::PlainThatMustBeHashed, field);
        }
    }
    for field in PLAIN {
        match user.get(field) {
            Json::Null => {}
            Json::Text(value) => notes.plain(field, value),
            _ => return Err(Fault::new(INVALID, field, "Not a valid string.")),
        }
    }
    match user.get("ip") {
        Json::Null => Ok(()),
        Json::Text(address) => {
            notes.address("ip", address);
            Ok(())
        }
        _ => Err(Fault::new(INVALID, "user.ip", "Not a valid string.")),
    }
}

fn money(event: &Json<'_>) -> Result<(), Fault> {
    let is_purchase = matches!(event.get("event").text(), Some("Purchase" | "CompletePayment"));
    let properties = event.get("properties");
    if is_purchase && !properties.get("value").is_number() {
        return Err(Fault::new(
            INVALID,
            "properties.value",
            "Missing data for required field.",
        ));
    }
    if is_purchase && !properties.get("currency").text().is_some_and(checks::is_currency) {
        return Err(Fault::new(
            INVALID,
            "properties.currency",
            "Missing data for required field.",
        ));
    }
    Ok(())
}
