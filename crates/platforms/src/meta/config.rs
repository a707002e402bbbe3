//! What somebody enters to connect a data set (a pixel) of Meta.

use crate::{ConfigError, Fields, Secret, config::Reader};
use hmac::{Hmac, KeyInit, Mac};
use jiff::{
    civil::{Date, date},
    tz::TimeZone,
};
use konektor_core::time::UnixMs;
use sha2::Sha256;

/// The Graph API's version of July 2026. A version lives for about two years, so it can be set.
const API_VERSION: &str = "v26.0";

/// When versions end, as Meta's changelog of the Graph API says (developers.facebook.com/docs/graph-api/changelog/versions,
/// November 2026), by their major number. The end of the newest is not set yet.
const ENDS: [(u8, Date); 6] = [
    (20, date(2026, 9, 24)),
    (21, date(2027, 1, 21)),
    (22, date(2027, 5, 20)),
    (23, date(2027, 10, 8)),
    (24, date(2028, 2, 18)),
    (25, date(2028, 7, 29)),
];

/// Where events go, and under which conditions.
#[derive(Debug)]
pub(super) struct Settings {
    /// Of the data set: 15 or 16 digits today.
    pub(super) dataset_id: String,
    /// Such as `v26.0`.
    pub(super) api_version: String,
    /// Meta's Limited Data Use, for states of the USA; Meta finds out whether the visitor is in one.
    pub(super) limited_data_use: bool,
}

impl Settings {
    pub(super) fn read(fields: &Fields) -> Result<Self, ConfigError> {
        let reader = Reader::settings(fields, &["dataset_id", "api_version", "limited_data_use"])?;
        let dataset_id = reader.required("dataset_id", "Events Manager shows it under the data set's name.")?;
        if !(10..=20).contains(&dataset_id.len()) || !is_digits(&dataset_id) {
            return Err(reader.error(
                "dataset_id",
                "It is not a data set's ID, which has 15 or 16 digits. Copy it from Events Manager.",
            ));
        }
        let api_version = reader.text("api_version")?.unwrap_or_else(|| API_VERSION.to_owned());
        if !is_version(&api_version) {
            return Err(reader.error(
                "api_version",
                format!("It is not a version of the Graph API. Write it like {API_VERSION}, or leave it out."),
            ));
        }
        Ok(Self {
            dataset_id,
            api_version,
            limited_data_use: reader.switch("limited_data_use")?,
        })
    }

    /// When the version ends, if that is known. Those that are older than the list ended before it.
    pub(super) fn version_ends_at(&self) -> Option<UnixMs> {
        let major: u8 = self.api_version.strip_prefix('v')?.split_once('.')?.0.parse().ok()?;
        let (_, end) = ENDS.into_iter().find(|(version, _)| *version >= major)?;
        let end = end.to_zoned(TimeZone::UTC).ok()?;
        Some(UnixMs(end.timestamp().as_millisecond()))
    }
}

/// What Meta knows us by.
#[derive(Debug)]
pub(super) struct Credentials {
    /// Of Events Manager or of a system user.
    pub(super) access_token: Secret,
    /// `appsecret_proof`, which shows that we also know the secret of the app that made the token. Meta asks for it
    /// where the app says so.
    pub(super) proof: Option<Secret>,
}

impl Credentials {
    pub(super) fn read(fields: &Fields) -> Result<Self, ConfigError> {
        let reader = Reader::credentials(fields, &["access_token", "app_secret"])?;
        let access_token = reader.secret("access_token")?.ok_or_else(|| {
            reader.error(
                "access_token",
                "It is missing. Events Manager makes one: Settings, Conversions API, Generate access token.",
            )
        })?;
        let proof = reader.secret("app_secret")?.map(|secret| proof(&secret, &access_token));
        Ok(Self { access_token, proof })
    }

    /// All that must not be shown.
    pub(super) fn secrets(&self) -> Vec<&Secret> {
        std::iter::once(&self.access_token).chain(&self.proof).collect()
    }
}

/// HMAC-SHA256 of the token by the app's secret, in lower-case hex.
fn proof(app_secret: &Secret, access_token: &Secret) -> Secret {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(app_secret.expose().as_bytes()).expect("HMAC takes keys of any length");
    mac.update(access_token.expose().as_bytes());
    let bytes = mac.finalize().into_bytes();
    Secret::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// `v` and two numbers of at most two digits.
fn is_version(text: &str) -> bool {
    text.strip_prefix('v')
        .and_then(|numbers| numbers.split_once('.'))
        .is_some_and(|(major, minor)| [major, minor].iter().all(|n| n.len() <= 2 && is_digits(n)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fields;
    use rstest::rstest;
    use serde_json::{Value, json};

    #[rstest]
    #[case(json!({}), "settings.dataset_id")]
    #[case(json!({"dataset_id": "123"}), "settings.dataset_id")]
    #[case(json!({"dataset_id": "act_1234567890123"}), "settings.dataset_id")]
    #[case(json!({"dataset_id": "1234567890123456/x"}), "settings.dataset_id")]
    #[case(json!({"dataset_id": "1234567890123456", "api_version": "26"}), "settings.api_version")]
    #[case(json!({"dataset_id": "1234567890123456", "api_version": "v26.0/.."}), "settings.api_version")]
    #[case(json!({"dataset_id": "1234567890123456", "api_version": "v.0"}), "settings.api_version")]
    #[case(json!({"dataset_id": "1234567890123456", "limited_data_use": "yes"}), "settings.limited_data_use")]
    #[case(json!({"dataset_id": "1234567890123456", "pixel_id": "1"}), "settings.pixel_id")]
    fn a_bad_setting_is_named(#[case] settings: Value, #[case] field: &str) {
        let error = Settings::read(&fields(settings)).unwrap_err();
        assert_eq!(error.field, field);
    }

    #[rstest]
    #[case(json!({}), "credentials.access_token")]
    #[case(json!({"access_token": "EAAB secret-part"}), "credentials.access_token")]
    #[case(json!({"access_token": "EAAB\nsecret-part"}), "credentials.access_token")]
    #[case(json!({"access_token": "EAAB…secret-part"}), "credentials.access_token")]
    #[case(json!({"access_token": "EAAB", "app_secret": "a secret-part"}), "credentials.app_secret")]
    #[case(json!({"token": "EAAB"}), "credentials.token")]
    fn a_bad_credential_is_named_and_not_repeated(#[case] credentials: Value, #[case] field: &str) {
        let error = Credentials::read(&fields(credentials)).unwrap_err();
        assert_eq!(error.field, field);
        assert!(!error.to_string().contains("secret-part"), "{error}");
    }
}
