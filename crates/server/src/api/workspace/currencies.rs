//! Currencies by country (ISO 4217 by ISO 3166-1): what a workspace that has not chosen one is shown in. Countries that
//! are not here have to choose.

const CURRENCIES: &[(&str, &str)] = &[
    ("IDR", "ID"),
    ("MYR", "MY"),
    ("SGD", "SG"),
    ("THB", "TH"),
    ("PHP", "PH"),
    ("VND", "VN"),
    ("BND", "BN"),
    ("KHR", "KH"),
    ("LAK", "LA"),
    ("MMK", "MM"),
    ("INR", "IN"),
    ("PKR", "PK"),
    ("BDT", "BD"),
    ("LKR", "LK"),
    ("NPR", "NP"),
    ("CNY", "CN"),
    ("HKD", "HK"),
    ("TWD", "TW"),
    ("JPY", "JP"),
    ("KRW", "KR"),
    ("AUD", "AU"),
    ("NZD", "NZ"),
    ("AED", "AE"),
    ("SAR", "SA"),
    ("QAR", "QA"),
    ("KWD", "KW"),
    ("BHD", "BH"),
    ("OMR", "OM"),
    ("JOD", "JO"),
    ("EGP", "EG"),
    ("ILS", "IL"),
    ("TRY", "TR"),
    ("MAD", "MA"),
    ("NGN", "NG"),
    ("KES", "KE"),
    ("GHS", "GH"),
    ("ZAR", "ZA"),
    ("TZS", "TZ"),
    ("UGX", "UG"),
    ("GBP", "GB"),
    ("CHF", "CH LI"),
    ("SEK", "SE"),
    ("NOK", "NO"),
    ("DKK", "DK"),
    ("PLN", "PL"),
    ("CZK", "CZ"),
    ("HUF", "HU"),
    ("RON", "RO"),
    ("UAH", "UA"),
    ("EUR", "AT BE CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK"),
    ("USD", "US PR EC SV TL"),
    ("CAD", "CA"),
    ("MXN", "MX"),
    ("BRL", "BR"),
    ("ARS", "AR"),
    ("CLP", "CL"),
    ("COP", "CO"),
    ("PEN", "PE"),
];

/// A country's currency, if it is known.
pub(super) fn of_country(country: &str) -> Option<&'static str> {
    let has = |countries: &str| countries.split(' ').any(|known| known == country);
    CURRENCIES
        .iter()
        .find(|(_, countries)| has(countries))
        .map(|(currency, _)| *currency)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::workspace::check_country;
    use konektor_core::lead::Currency;
    use std::collections::HashSet;

    #[test]
    fn every_country_is_one_and_has_one_currency() {
        let mut seen = HashSet::new();
        for (currency, countries) in CURRENCIES {
            assert!(currency.parse::<Currency>().is_ok(), "{currency}");
            for country in countries.split(' ') {
                assert_eq!(check_country(country).as_deref(), Ok(country));
                assert!(seen.insert(country), "{country} is there twice");
                assert_eq!(of_country(country), Some(*currency));
            }
        }
        assert_eq!(of_country("AQ"), None);
        assert_eq!(of_country(""), None);
    }
}
