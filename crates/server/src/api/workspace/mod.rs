//! The workspace itself: its name, country, zone, currency and privacy.

mod currencies;
pub mod get;
pub mod update;
mod view;

pub use view::{WorkspaceView, currency_of};

use jiff::tz::TimeZone;
use konektor_core::phone::{Phone, PhoneError};

/// A country that phone numbers can be of, as ISO 3166-1 alpha-2 writes it.
pub fn check_country(text: &str) -> Result<String, String> {
    let country = text.trim().to_ascii_uppercase();
    // Whether the number is one does not matter here.
    let is_unknown = matches!(Phone::parse("0", &country), Err(PhoneError::UnknownCountry(_)));
    if is_unknown || country.len() != 2 {
        let text: String = text.chars().take(40).collect();
        return Err(format!(
            "\"{text}\" is not a country. Write its two letters, such as ID."
        ));
    }
    Ok(country)
}

/// The zone's name as the IANA database writes it.
pub fn check_time_zone(text: &str) -> Result<String, String> {
    let zone = TimeZone::get(text.trim()).ok();
    let name = zone.and_then(|zone| zone.iana_name().map(str::to_owned));
    name.ok_or_else(|| {
        let text: String = text.chars().take(40).collect();
        format!("The time zone \"{text}\" is not known. Use an IANA name such as Asia/Jakarta.")
    })
}
