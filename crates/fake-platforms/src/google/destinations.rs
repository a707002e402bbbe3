//! Where a request says that its events go.

use crate::{call::Fault, checks, json::Json};
use serde_json::value::RawValue;
use std::borrow::Cow;

const DESTINATIONS_MAX: usize = 10;
const FIELDS: [&str; 5] = [
    "reference",
    "loginAccount",
    "linkedAccount",
    "operatingAccount",
    "productDestinationId",
];

/// One of them.
pub(super) struct Destination<'a> {
    /// By which events refer to it.
    pub reference: Cow<'a, str>,
    /// Account and conversion action.
    pub name: String,
}

/// Reads and checks them.
pub(super) fn read<'a>(destinations: &[&'a RawValue]) -> Result<Vec<Destination<'a>>, Fault> {
    let fault = |reason: &'static str, message: &str| Err(Fault::new(reason, "destinations.destinations", message));
    match destinations.len() {
        0 => return fault("REQUIRED_FIELD_MISSING", "At least one destination is required."),
        1..=DESTINATIONS_MAX => {}
        _ => return fault("TOO_MANY_DESTINATIONS", "A request has at most ten destinations."),
    }
    let read: Vec<Destination<'a>> = (0..)
        .zip(destinations)
        .map(|(n, raw)| destination(n, raw))
        .collect::<Result<_, _>>()?;
    for (n, destination) in read.iter().enumerate() {
        if read[..n]
            .iter()
            .any(|earlier| earlier.reference == destination.reference)
        {
            return fault(
                "DUPLICATE_DESTINATION_REFERENCE",
                "Two destinations have the same reference.",
            );
        }
    }
    Ok(read)
}

fn destination<'a>(n: usize, raw: &'a RawValue) -> Result<Destination<'a>, Fault> {
    let json: Json<'a> = serde_json::from_str(raw.get()).unwrap_or_default();
    let at = |field: &str| format!("destinations.destinations[{n}].{field}");
    let fault = |reason: &'static str, field: &str, message: &str| Err(Fault::new(reason, at(field), message));
    if let Some((name, _)) = json.fields().iter().find(|(name, _)| !FIELDS.contains(&&**name)) {
        return Err(Fault::new(
            "",
            format!("destinations[{n}]"),
            format!("Unknown name \"{name}\": Cannot find field."),
        ));
    }
    if json.get("operatingAccount").is_null() {
        return fault(
            "REQUIRED_FIELD_MISSING",
            "operating_account",
            "The operating account is required.",
        );
    }
    for (name, field) in [
        ("operatingAccount", "operating_account"),
        ("loginAccount", "login_account"),
    ] {
        let account = json.get(name);
        let id_is_right = account
            .get("accountId")
            .text()
            .is_some_and(|id| checks::is_digits(id, 10..=10));
        let is_ads = account.get("accountType").text() == Some("GOOGLE_ADS");
        let is_right = account.is_null() || (id_is_right && is_ads);
        if !is_right {
            return fault(
                "INVALID_DESTINATION",
                field,
                "The account must be of GOOGLE_ADS, its id ten digits.",
            );
        }
    }
    match json.get("productDestinationId").text() {
        Some(id) if checks::is_digits(id, 1..=20) => Ok(Destination {
            reference: json.get("reference").cow(),
            name: format!("{}/{id}", json.get("operatingAccount").get("accountId")),
        }),
        _ => fault(
            "INVALID_CONVERSION_ACTION_ID",
            "product_destination_id",
            "The conversion action's id must be digits.",
        ),
    }
}
