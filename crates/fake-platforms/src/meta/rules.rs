//! What Meta asks of an event.

use crate::{
    call::Fault,
    checks,
    json::Json,
    record::Facts,
    violation::{Notes, ViolationKind},
};

const DAY_S: i64 = 86_400;
/// One event older than this refuses the whole request.
const OLDEST_S: i64 = 7 * DAY_S;

/// `fbc` is badly formed.
const CLICK_ID: &str = "100/2804001";
/// Too old, in the future, or no time at all.
const TIME: &str = "100/2804003";
/// A purchase without its value, and without its currency.
const NO_VALUE: &str = "100/2804007";
const NO_CURRENCY: &str = "100/2804009";
// Which of these codes says what is not documented; that all of them are about one event is.
const MISSING: &str = "100/2804016";
const NO_USER: &str = "100/2804017";
const NOT_HASHED: &str = "100/2804019";
pub(super) const POISONED: &str = "100/2804048";

/// Fields that are hashed, or not accepted.
const HASHED: [&str; 10] = ["em", "ph", "fn", "ln", "db", "ge", "ct", "st", "zp", "country"];
/// Fields that are useless if they are hashed.
const PLAIN: [&str; 10] = [
    "client_user_agent",
    "fbc",
    "fbp",
    "subscription_id",
    "fb_login_id",
    "lead_id",
    "anon_id",
    "madid",
    "ctwa_clid",
    "page_id",
];
/// Fields of which one alone says who it was.
const MATCHING: [&str; 5] = ["fbc", "fbp", "external_id", "lead_id", "subscription_id"];
const SOURCES: [&str; 9] = [
    "website",
    "email",
    "app",
    "phone_call",
    "chat",
    "physical_store",
    "system_generated",
    "business_messaging",
    "other",
];

/// Judges an event.
pub(super) fn judge<'a>(
    event: &Json<'a>,
    dataset: &'a str,
    now_ms: i64,
    notes: &mut Notes,
) -> Result<Facts<'a>, Fault> {
    let name = required_text(event, "event_name")?;
    let time_s = time(event.get("event_time"), now_ms)?;
    let source = required_text(event, "action_source")?;
    if !SOURCES.contains(&source) {
        return Err(Fault::new(
            MISSING,
            "action_source",
            format!("\"{source}\" is not a source."),
        ));
    }
    if !(event.get("event_id").is_null() || event.get("event_id").text().is_some()) {
        return Err(Fault::new(MISSING, "event_id", "The id must be a string."));
    }
    let user = event.get("user_data");
    if source == "website" {
        required_text(event, "event_source_url")?;
        if user.is_object() {
            required_text(user, "client_user_agent")?;
        }
    }
    user_data(user, notes)?;
    money(name, event.get("custom_data"))?;
    options(event)?;
    let some = |field: &Json<'a>| field.text().is_some().then(|| field.cow());
    Ok(Facts {
        destination: dataset.into(),
        id: event.get("event_id").cow(),
        name: event.get("event_name").cow(),
        time_ms: time_s * 1_000,
        click_ids: some(user.get("fbc")).map(|fbc| ("fbc", fbc)).into_iter().collect(),
        ip: some(user.get("client_ip_address")),
        user_agent: some(user.get("client_user_agent")),
    })
}

fn required_text<'e>(event: &'e Json<'_>, field: &'static str) -> Result<&'e str, Fault> {
    match event.get(field).text() {
        Some(text) if !text.is_empty() => Ok(text),
        _ => Err(Fault::new(
            MISSING,
            field,
            format!("The parameter {field} is required."),
        )),
    }
}

fn time(field: &Json<'_>, now_ms: i64) -> Result<i64, Fault> {
    let fault = |message: &str| Fault::new(TIME, "event_time", message);
    let Some(time_s) = field.integer() else {
        return Err(fault("The time of an event is an integer: unix seconds."));
    };
    let now_s = now_ms.div_euclid(1_000);
    if time_s > now_s {
        return Err(fault("The time of the event lies in the future."));
    }
    if time_s < now_s - OLDEST_S {
        return Err(fault("The event is more than seven days old."));
    }
    Ok(time_s)
}

fn user_data(user: &Json<'_>, notes: &mut Notes) -> Result<(), Fault> {
    for field in HASHED {
        hashed(user, field, notes)?;
    }
    for field in PLAIN {
        if let Some(value) = user.get(field).text() {
            notes.plain(field, value);
        }
    }
    let fbc = user.get("fbc");
    if !fbc.is_null() && !fbc.text().is_some_and(is_fbc) {
        return Err(Fault::new(CLICK_ID, "user_data.fbc", "The click id is badly formed."));
    }
    let address = user.get("client_ip_address").text();
    if let Some(address) = address {
        notes.address("client_ip_address", address);
    }
    let has = |field: &&str| !user.get(field).is_empty();
    let by_browser = address.is_some() && has(&"client_user_agent");
    if by_browser || MATCHING.iter().chain(&HASHED).any(has) {
        Ok(())
    } else {
        Err(Fault::new(
            NO_USER,
            "user_data",
            "There is not enough data about the customer.",
        ))
    }
}

fn hashed(user: &Json<'_>, field: &'static str, notes: &mut Notes) -> Result<(), Fault> {
    let values = user.get(field);
    if values.is_null() {
        return Ok(());
    }
    let refused = || {
        Fault::new(
            NOT_HASHED,
            field,
            format!("The values of {field} must be SHA-256 in lower-case hex."),
        )
    };
    let values = values.texts().ok_or_else(refused)?;
    if values.iter().all(|value| checks::is_sha256(value)) {
        return Ok(());
    }
    notes.add(ViolationKind::PlainThatMustBeHashed, field);
    Err(refused())
}

/// `fb.<dots of the domain>.<creation in ms>.<fbclid, perhaps with a segment of the parameter builder>`.
fn is_fbc(text: &str) -> bool {
    let mut parts = text.splitn(4, '.');
    let mut next = || parts.next().unwrap_or("");
    let (version, domain, creation, fbclid) = (next(), next(), next(), next());
    version == "fb"
        && checks::is_digits(domain, 1..=1)
        && checks::is_digits(creation, 10..=16)
        && !fbclid.is_empty()
        && fbclid
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
}

fn money(name: &str, custom: &Json<'_>) -> Result<(), Fault> {
    if name != "Purchase" {
        return Ok(());
    }
    if !custom.get("value").is_number() {
        return Err(Fault::new(
            NO_VALUE,
            "custom_data.value",
            "A purchase needs a value, which is a number.",
        ));
    }
    match custom.get("currency").text() {
        Some(currency) if checks::is_currency(currency) => Ok(()),
        _ => Err(Fault::new(
            NO_CURRENCY,
            "custom_data.currency",
            "A purchase needs a currency as of ISO 4217.",
        )),
    }
}

fn options(event: &Json<'_>) -> Result<(), Fault> {
    let fault = |field: &'static str| Fault::new(MISSING, field, format!("The value of {field} is not valid."));
    if !matches!(event.get("opt_out"), Json::Null | Json::Bool(_)) {
        return Err(fault("opt_out"));
    }
    match event.get("data_processing_options") {
        Json::Null => Ok(()),
        options => match options.texts().as_deref() {
            Some([] | ["LDU"]) => Ok(()),
            _ => Err(fault("data_processing_options")),
        },
    }
}
