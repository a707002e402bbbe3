//! What may be said about a destination, and when it is refused. Nothing here can be printed: it holds credentials.

use crate::{
    api::{
        body::{not_null, nullable},
        checks::Checks,
        error::ApiError,
        words::{self, ConsentWord, DestinationPlatform, DestinationPlatformWord},
    },
    app::App,
    seal::{open_credentials, seal_credentials},
};
use konektor_core::{
    attribution::Platform,
    event::{Consent, Mapping},
    ids::DestinationId,
    lead::clean_name,
};
use konektor_platforms::{Connection, Fields};
use konektor_store::model::{Destination, DestinationFields};
use serde::{Deserialize, Deserializer, de::Error};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A destination to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDestination {
    /// Which platform. It cannot be changed afterwards.
    #[schema(value_type = DestinationPlatformWord)]
    platform: String,
    /// For people; absent for the platform's.
    #[schema(example = "Meta", max_length = 120)]
    name: Option<String>,
    /// Where events go. Meta: `dataset_id`; Google: `account_id`, `login_account_id`, `conversion_action_id`; TikTok:
    /// `pixel_code`; LinkedIn: `conversion_rule_id`, `api_version`.
    #[serde(deserialize_with = "object")]
    #[schema(value_type = BTreeMap<String, serde_json::Value>, example = json!({ "dataset_id": "1234567890123456" }))]
    settings: Fields,
    /// What the platform knows us by; stored sealed and never shown. `access_token`; Google: `service_account_json`, or
    /// `client_id`, `client_secret` and `refresh_token`.
    #[serde(deserialize_with = "object")]
    #[schema(value_type = BTreeMap<String, serde_json::Value>, example = json!({ "access_token": "EAAB…" }))]
    credentials: Fields,
    /// The platform's event for a `click` and for each status that makes one. Absent: `Lead` for `qualified`, `Purchase`
    /// for `won`.
    #[schema(example = json!({ "qualified": "Lead", "won": "Purchase" }))]
    mapping: Option<BTreeMap<String, String>>,
    /// What holds for visitors who said nothing.
    #[serde(default)]
    #[schema(value_type = ConsentWord, required = false)]
    consent: Consent,
    /// Switched on.
    #[serde(default = "yes")]
    #[schema(default = true)]
    active: bool,
}

/// What to change of a destination. What is absent stays.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DestinationPatch {
    /// Known so that whoever sends it is told why it is refused.
    #[serde(default)]
    #[schema(ignore)]
    platform: Option<String>,
    /// For people; `null` for the platform's.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, max_length = 120)]
    name: Option<Option<String>>,
    /// Where events go, all of it. New settings end a hold.
    #[serde(default, deserialize_with = "some_object")]
    #[schema(nullable = false, value_type = BTreeMap<String, serde_json::Value>, required = false)]
    settings: Option<Fields>,
    /// What the platform knows us by, all of it. Credentials end a hold.
    #[serde(default, deserialize_with = "some_object")]
    #[schema(nullable = false, value_type = BTreeMap<String, serde_json::Value>, required = false)]
    credentials: Option<Fields>,
    /// The platform's events; `null` for those that a new destination has.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<BTreeMap<String, String>>)]
    mapping: Option<Option<BTreeMap<String, String>>>,
    /// What holds for visitors who said nothing.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false, value_type = ConsentWord, required = false)]
    consent: Option<Consent>,
    /// Switched on; `true` ends a hold. Off: its events wait.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    active: Option<bool>,
}

/// A destination after a change.
pub(super) struct Changed {
    pub(super) fields: DestinationFields,
    /// What was held should be tried again.
    pub(super) repaired: bool,
}

fn yes() -> bool {
    true
}

/// An object. Of anything else the error does not repeat the value, as serde's would: it may be a token.
fn object<'de, D: Deserializer<'de>>(from: D) -> Result<Fields, D::Error> {
    match serde_json::Value::deserialize(from)? {
        serde_json::Value::Object(fields) => Ok(fields),
        _ => Err(D::Error::custom("send an object with the fields of the platform")),
    }
}

fn some_object<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Fields>, D::Error> {
    object(from).map(Some)
}

impl NewDestination {
    /// The fields of the new destination, checked and sealed.
    pub(super) fn check(self, app: &App, id: DestinationId) -> Result<DestinationFields, ApiError> {
        let mut checks = Checks::default();
        let platform = checks.ok("platform", words::parse("destination's platform", &self.platform));
        let platform = platform.map(|DestinationPlatform(platform)| platform);
        if let Some(platform) = platform {
            check_connection(platform, &self.settings, &self.credentials, &mut checks);
        }
        let platform = platform.unwrap_or(Platform::Meta);
        let fields = DestinationFields {
            platform,
            name: name(self.name, platform, &mut checks),
            sealed: seal_credentials(&app.sealer, id, &self.credentials),
            settings: self.settings,
            mapping: mapping(self.mapping, &mut checks),
            consent: self.consent,
            active: self.active,
        };
        checks.finish()?;
        Ok(fields)
    }
}

impl DestinationPatch {
    /// The destination's fields after the change, checked and sealed.
    pub(super) fn apply(self, app: &App, destination: &Destination) -> Result<Changed, ApiError> {
        let mut checks = Checks::default();
        let mut fields = destination.fields.clone();
        if self
            .platform
            .is_some_and(|platform| platform != fields.platform.as_str())
        {
            checks.refuse(
                "platform",
                "The platform of a destination cannot be changed. Add another destination.",
            );
        }
        if let Some(given) = self.name {
            fields.name = name(given, fields.platform, &mut checks);
        }
        if let Some(given) = self.mapping {
            fields.mapping = mapping(given, &mut checks);
        }
        fields.consent = self.consent.unwrap_or(fields.consent);
        fields.active = self.active.unwrap_or(fields.active);
        let has_other_settings = self.settings.as_ref().is_some_and(|given| *given != fields.settings);
        let repaired = has_other_settings
            || self.credentials.is_some()
            || (self.active == Some(true) && destination.hold.is_some());
        if self.settings.is_some() || self.credentials.is_some() {
            fields.settings = self.settings.unwrap_or(fields.settings);
            let stored = || open_credentials(app, destination).map_err(cannot_be_opened);
            let credentials = self.credentials.as_ref().map_or_else(stored, |given| Ok(given.clone()));
            if let Some(credentials) = checks.ok("credentials", credentials) {
                check_connection(fields.platform, &fields.settings, &credentials, &mut checks);
            }
        }
        if let Some(given) = self.credentials {
            fields.sealed = seal_credentials(&app.sealer, destination.id, &given);
        }
        checks.finish()?;
        Ok(Changed { fields, repaired })
    }
}

fn cannot_be_opened(error: crate::seal::SealError) -> String {
    format!("The stored credentials cannot be used: {error}. Send them too.")
}

fn check_connection(platform: Platform, settings: &Fields, credentials: &Fields, checks: &mut Checks) {
    if let Err(error) = Connection::new(platform, settings, credentials) {
        checks.refuse(error.field, error.message);
    }
}

fn name(given: Option<String>, platform: Platform, checks: &mut Checks) -> String {
    let of_platform = || match platform {
        Platform::Google => "Google Ads",
        Platform::Tiktok => "TikTok",
        Platform::Linkedin => "LinkedIn",
        _ => "Meta",
    };
    let given = given.and_then(|name| checks.ok("name", clean_name(&name)));
    given.unwrap_or_else(|| of_platform().to_owned())
}

fn mapping(given: Option<BTreeMap<String, String>>, checks: &mut Checks) -> Mapping {
    let given = given.and_then(|entries| checks.ok("mapping", Mapping::try_from(entries)));
    given.unwrap_or_default()
}
