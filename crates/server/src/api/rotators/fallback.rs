//! Where visitors go when nobody is on duty: a phone number, or an address on an allow-listed host. A link that
//! stands behind ads must not become a redirect to anywhere.

use axum::http::Uri;
use konektor_core::phone::Phone;
use serde_json::Value;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, OneOfBuilder, RefOr, Schema, schema::Type},
};

const ADDRESS_MAX_BYTES: usize = 1_000;
const WHATSAPP_HOSTS: [&str; 2] = ["wa.me", "api.whatsapp.com"];

/// What a fallback is checked against.
pub struct Rules<'a> {
    /// Country of numbers without a country code.
    pub country: &'a str,
    /// The workspace's hosts.
    pub own_hosts: &'a [String],
    /// Hosts that the operator allows.
    pub allowed_hosts: &'a [String],
}

/// The fallback as it is stored: digits or an https address.
pub fn check(fallback: &Value, rules: &Rules<'_>) -> Result<String, String> {
    let object = fallback.as_object().filter(|object| object.len() == 1);
    let part = |name: &str| object?.get(name)?.as_str();
    if let Some(text) = fallback.as_str() {
        return match text.trim().get(..4) {
            Some(start) if start.eq_ignore_ascii_case("http") => address(text.trim(), rules),
            _ => phone(text, rules),
        };
    }
    match (part("phone"), part("url")) {
        (Some(text), _) => phone(text, rules),
        (_, Some(text)) => address(text.trim(), rules),
        _ => Err("A fallback is a phone number, an https address, {\"phone\": …}, {\"url\": …} or null.".to_owned()),
    }
}

fn phone(text: &str, rules: &Rules<'_>) -> Result<String, String> {
    Phone::parse(text, rules.country)
        .map(String::from)
        .map_err(|e| e.to_string())
}

fn address(text: &str, rules: &Rules<'_>) -> Result<String, String> {
    let wrong = || "The address cannot be used. Write it like https://www.brand.com/contact.".to_owned();
    if text.len() > ADDRESS_MAX_BYTES {
        return Err(format!(
            "The address has {} bytes; at most {ADDRESS_MAX_BYTES} are possible.",
            text.len()
        ));
    }
    let uri: Uri = text.parse().map_err(|_| wrong())?;
    if uri.scheme_str() != Some("https") {
        return Err("The address must start with https://.".to_owned());
    }
    let authority = uri
        .authority()
        .filter(|authority| !authority.as_str().contains('@'))
        .ok_or_else(wrong)?;
    let host = authority.host().to_ascii_lowercase();
    let is_own = rules.own_hosts.contains(&host);
    if is_own && uri.path().to_ascii_lowercase().starts_with("/wa/") {
        return Err("The address is a rotator's own link, which could lead visitors in a circle.".to_owned());
    }
    if is_own || rules.allowed_hosts.contains(&host) || WHATSAPP_HOSTS.contains(&host.as_str()) {
        return Ok(text.to_owned());
    }
    Err(format!(
        "Visitors may not be sent to {host}. Add it to the workspace's hosts, or ask whoever runs the server to name it \
         in fallback_hosts. wa.me and api.whatsapp.com are always possible."
    ))
}

/// The schema of a fallback in a request.
pub struct FallbackInput;

impl PartialSchema for FallbackInput {
    fn schema() -> RefOr<Schema> {
        let text = || ObjectBuilder::new().schema_type(Type::String);
        let object = |name: &str| ObjectBuilder::new().property(name, text()).required(name);
        OneOfBuilder::new()
            .item(text().description(Some("A phone number, or an https address on an allow-listed host.")))
            .item(object("phone"))
            .item(object("url"))
            .into()
    }
}

impl ToSchema for FallbackInput {}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    fn checked(fallback: &Value) -> Result<String, String> {
        let rules = Rules {
            country: "ID",
            own_hosts: &["wa.brand.com".to_owned()],
            allowed_hosts: &["www.brand.com".to_owned()],
        };
        check(fallback, &rules)
    }

    #[rstest]
    #[case(json!("0812 3456 7890"), "6281234567890")]
    #[case(json!({ "phone": "+6281234567890" }), "6281234567890")]
    #[case(json!("https://www.brand.com/kontak?a=b"), "https://www.brand.com/kontak?a=b")]
    #[case(json!("https://WA.brand.com:8443/"), "https://WA.brand.com:8443/")]
    #[case(json!({ "url": "https://wa.me/6281234567890" }), "https://wa.me/6281234567890")]
    fn a_fallback_is_a_number_or_an_allowed_address(#[case] sent: Value, #[case] stored: &str) {
        assert_eq!(checked(&sent).as_deref(), Ok(stored));
    }

    #[rstest]
    #[case(json!("https://evil.example/"), "may not be sent to evil.example")]
    #[case(json!("https://www.brand.com.evil.example/"), "may not be sent")]
    #[case(json!("https://www.brand.com@evil.example/"), "cannot be used")]
    #[case(json!("https://www.brand.com\\@evil.example/"), "cannot be used")]
    #[case(json!("http://www.brand.com/"), "https://")]
    #[case(json!("https://www.brand.com/\r\nSet-Cookie: a=b"), "cannot be used")]
    #[case(json!("https://wa.brand.com/WA/promo"), "circle")]
    #[case(json!("https:///x"), "cannot be used")]
    #[case(json!("javascript:alert(1)"), "letter")]
    #[case(json!("0812"), "too short")]
    #[case(json!({ "phone": "0812 3456 7890", "url": "https://wa.me/" }), "A fallback is")]
    #[case(json!(6281234567890_u64), "A fallback is")]
    fn anything_else_is_refused_with_a_reason(#[case] sent: Value, #[case] says: &str) {
        let reason = checked(&sent).unwrap_err();
        assert!(reason.contains(says), "{reason}");
    }
}
