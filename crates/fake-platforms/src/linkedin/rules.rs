//! What LinkedIn asks of an event.

use crate::{
    call::Fault,
    checks,
    json::Json,
    record::Facts,
    violation::{Notes, ViolationKind},
};
use std::fmt::Write;

const DAY_MS: i64 = 86_400_000;
const OLDEST_MS: i64 = 90 * DAY_MS;
const URN: &str = "urn:lla:llaPartnerConversion:";
const CLICK_ID: &str = "LINKEDIN_FIRST_PARTY_ADS_TRACKING_UUID";

/// The event does not fit the schema: 422, with the index.
pub(super) const SHAPE: &str = "422";
/// The event is too old or in the future: 400, with the indices.
pub(super) const TIME: &str = "TIME";
/// The conversion rule does not take events from servers: 400, with the indices. A code for
/// [`Poison::with_code`](crate::Poison::with_code) and [`Behaviour::Refuse`](crate::Behaviour::Refuse).
pub const CONVERSION_METHOD: &str = "CONVERSION_METHOD";

const FIELDS: [&str; 5] = [
    "conversion",
    "conversionHappenedAt",
    "conversionValue",
    "eventId",
    "user",
];
const USER_FIELDS: [&str; 4] = ["userIds", "userInfo", "externalIds", "lead"];
const INFO_FIELDS: [&str; 5] = ["firstName", "lastName", "companyName", "title", "countryCode"];
const ID_TYPES: [&str; 7] = [
    "SHA256_EMAIL",
    CLICK_ID,
    "ACXIOM_ID",
    "ORACLE_MOAT_ID",
    "PLAINTEXT_IP_ADDRESS",
    "SHA256_IP_ADDRESS",
    "GOOGLE_AID",
];

/// What does not fit the schema. LinkedIn goes on after the first.
#[derive(Default)]
struct Misfits(String);

impl Misfits {
    fn add(&mut self, path: &str, message: &str) {
        let separator = if self.0.is_empty() { "" } else { "\n" };
        write!(self.0, "{separator}ERROR :: {path} :: {message}").expect("a String takes all");
    }

    fn missing(&mut self, path: &str) {
        self.add(path, "field is required but not found and has no default value");
    }

    /// Fields that the schema does not know.
    fn unknown(&mut self, path: &str, value: &Json<'_>, known: &[&str]) {
        for (name, _) in value.fields().iter().filter(|(name, _)| !known.contains(&&**name)) {
            self.add(&format!("{path}/{name}"), "unrecognized field found but not allowed");
        }
    }

    /// A text, if it is there; whether it has to be is the caller's.
    fn text(&mut self, path: &str, value: &Json<'_>) {
        if !value.is_null() && value.text().is_none() {
            self.add(path, &format!("{value} cannot be coerced to String"));
        }
    }

    fn required_text(&mut self, path: &str, value: &Json<'_>) {
        if value.is_null() {
            self.missing(path);
        }
        self.text(path, value);
    }
}

/// Judges an event.
pub(super) fn judge<'a>(event: &Json<'a>, now_ms: i64, notes: &mut Notes) -> Result<Facts<'a>, Fault> {
    let mut misfits = Misfits::default();
    misfits.unknown("", event, &FIELDS);
    conversion(event.get("conversion"), &mut misfits);
    let time_ms = time(event.get("conversionHappenedAt"), &mut misfits);
    value(event.get("conversionValue"), &mut misfits);
    misfits.text("/eventId", event.get("eventId"));
    let user = event.get("user");
    user_data(user, &mut misfits, notes);
    if !misfits.0.is_empty() {
        return Err(Fault::new(SHAPE, "", misfits.0));
    }
    if time_ms > now_ms || time_ms < now_ms - OLDEST_MS {
        let message = "Conversion time should be within 90 days and not exceed current time";
        return Err(Fault::new(TIME, "/conversionHappenedAt", message));
    }
    let id_of = |id_type: &str| {
        let ids = user.get("userIds").items();
        ids.iter()
            .find(|id| id.get("idType").text() == Some(id_type))
            .map(|id| id.get("idValue").cow())
    };
    Ok(Facts {
        destination: event.get("conversion").cow(),
        id: event.get("eventId").cow(),
        name: "".into(),
        time_ms,
        click_ids: id_of(CLICK_ID).map(|id| ("li_fat_id", id)).into_iter().collect(),
        ip: id_of("PLAINTEXT_IP_ADDRESS"),
        user_agent: None,
    })
}

fn conversion(urn: &Json<'_>, misfits: &mut Misfits) {
    misfits.required_text("/conversion", urn);
    let Some(urn) = urn.text() else { return };
    match urn.strip_prefix(URN) {
        Some(id) if checks::is_digits(id, 1..=20) => {}
        Some(_) => misfits.add("/conversion", "Invalid Urn format. Key is not a number."),
        None => misfits.add("/conversion", "Invalid Urn format. Invalid prefix."),
    }
}

fn time(field: &Json<'_>, misfits: &mut Misfits) -> i64 {
    match field {
        Json::Integer(time_ms) => return *time_ms,
        Json::Null => misfits.missing("/conversionHappenedAt"),
        other => misfits.add("/conversionHappenedAt", &format!("{other} cannot be coerced to Long")),
    }
    0
}

fn value(value: &Json<'_>, misfits: &mut Misfits) {
    if value.is_null() {
        return;
    }
    misfits.required_text("/conversionValue/currencyCode", value.get("currencyCode"));
    misfits.required_text("/conversionValue/amount", value.get("amount"));
    if let Some(amount) = value.get("amount").text()
        && amount.parse::<f64>().is_err()
    {
        misfits.add("/conversionValue/amount", &format!("{amount} is not a decimal number"));
    }
}

fn user_data(user: &Json<'_>, misfits: &mut Misfits, notes: &mut Notes) {
    if !user.is_object() {
        return misfits.missing("/user");
    }
    misfits.unknown("/user", user, &USER_FIELDS);
    match user.get("userIds") {
        Json::List(ids) => {
            for (n, id) in ids.iter().enumerate() {
                user_id(&format!("/user/userIds/{n}"), id, misfits, notes);
            }
        }
        Json::Null => misfits.missing("/user/userIds"),
        _ => misfits.add("/user/userIds", "cannot be coerced to an array"),
    }
    let info = user.get("userInfo");
    if !info.is_null() {
        misfits.unknown("/user/userInfo", info, &INFO_FIELDS);
        misfits.required_text("/user/userInfo/firstName", info.get("firstName"));
        misfits.required_text("/user/userInfo/lastName", info.get("lastName"));
    }
    match user.get("externalIds") {
        Json::Null => {}
        Json::List(ids) if ids.len() <= 1 => ids.iter().for_each(|id| misfits.text("/user/externalIds/0", id)),
        Json::List(_) => misfits.add("/user/externalIds", "length is greater than the maximum of 1"),
        _ => misfits.add("/user/externalIds", "cannot be coerced to an array"),
    }
}

fn user_id(path: &str, id: &Json<'_>, misfits: &mut Misfits, notes: &mut Notes) {
    misfits.required_text(&format!("{path}/idType"), id.get("idType"));
    misfits.required_text(&format!("{path}/idValue"), id.get("idValue"));
    let (Some(id_type), Some(value)) = (id.get("idType").text(), id.get("idValue").text()) else {
        return;
    };
    // Of the value LinkedIn takes whatever comes; what is wrong with it is noted here only.
    match id_type {
        "SHA256_EMAIL" | "SHA256_IP_ADDRESS" if !checks::is_sha256(value) => {
            notes.add(ViolationKind::PlainThatMustBeHashed, id_type);
        }
        "PLAINTEXT_IP_ADDRESS" => notes.address(id_type, value),
        CLICK_ID => notes.plain(id_type, value),
        _ if !ID_TYPES.contains(&id_type) => {
            misfits.add(
                &format!("{path}/idType"),
                &format!("\"{id_type}\" is not an enum symbol"),
            );
        }
        _ => {}
    }
}
