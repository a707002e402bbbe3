//! What somebody enters to connect a pixel of TikTok.

use crate::{ConfigError, Fields, Secret, config::Reader};

/// Where events go, and under which conditions.
#[derive(Debug)]
pub(super) struct Settings {
    /// Of the pixel: 20 letters and digits today.
    pub(super) pixel_code: String,
    /// TikTok's Limited Data Use, for states of the USA.
    pub(super) limited_data_use: bool,
}

impl Settings {
    pub(super) fn read(fields: &Fields) -> Result<Self, ConfigError> {
        let reader = Reader::settings(fields, &["pixel_code", "limited_data_use"])?;
        let pixel_code = reader.required("pixel_code", "Events Manager shows it beside the pixel's name.")?;
        if !(10..=40).contains(&pixel_code.len()) || !pixel_code.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(reader.error(
                "pixel_code",
                "It is not a pixel's code, which has 20 letters and digits. Copy it from Events Manager.",
            ));
        }
        Ok(Self {
            pixel_code,
            limited_data_use: reader.switch("limited_data_use")?,
        })
    }
}

/// What TikTok knows us by.
#[derive(Debug)]
pub(super) struct Credentials {
    /// Of Events Manager; it does not expire by itself.
    pub(super) access_token: Secret,
}

impl Credentials {
    pub(super) fn read(fields: &Fields) -> Result<Self, ConfigError> {
        let reader = Reader::credentials(fields, &["access_token"])?;
        let access_token = reader.secret("access_token")?.ok_or_else(|| {
            reader.error(
                "access_token",
                "It is missing. Events Manager makes one: the pixel's Settings, Events API, Generate access token.",
            )
        })?;
        Ok(Self { access_token })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fields;
    use rstest::rstest;
    use serde_json::{Value, json};

    #[rstest]
    #[case(json!({}), "settings.pixel_code")]
    #[case(json!({"pixel_code": "C4"}), "settings.pixel_code")]
    #[case(json!({"pixel_code": "C4ABCDEFGHIJKLMNOPQ\"}"}), "settings.pixel_code")]
    #[case(json!({"pixel_code": "C4ABCDEFGHIJKLMNOPQR", "limited_data_use": 1}), "settings.limited_data_use")]
    #[case(json!({"pixel_code": "C4ABCDEFGHIJKLMNOPQR", "test_event_code": "T"}), "settings.test_event_code")]
    fn a_bad_setting_is_named(#[case] settings: Value, #[case] field: &str) {
        assert_eq!(Settings::read(&fields(settings)).unwrap_err().field, field);
    }

    #[rstest]
    #[case(json!({}))]
    #[case(json!({"access_token": "abc secret-part"}))]
    #[case(json!({"access_token": "Bearer abc\tsecret-part"}))]
    #[case(json!({"access_token": ["secret-part"]}))]
    fn a_bad_token_is_named_and_not_repeated(#[case] credentials: Value) {
        let error = Credentials::read(&fields(credentials)).unwrap_err();
        assert_eq!(error.field, "credentials.access_token");
        assert!(!error.to_string().contains("secret-part"), "{error}");
    }

    #[rstest]
    #[case("abc123")]
    #[case(" abc123\n")]
    #[case("Bearer abc123")]
    #[case("bearer  abc123")]
    fn a_token_copied_with_its_header_is_taken_alone(#[case] pasted: &str) {
        let credentials = Credentials::read(&fields(json!({"access_token": pasted}))).unwrap();
        assert_eq!(credentials.access_token.expose(), "abc123");
    }
}
