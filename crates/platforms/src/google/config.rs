//! What somebody enters: the Google Ads account, the conversion action, and who Konektor is to Google.

use crate::{
    ConfigError, Fields, Secret,
    config::{Reader, digits_of},
};
use jsonwebtoken::{Algorithm, EncodingKey};
use konektor_core::event::Event;

const SETTINGS: &[&str] = &["account_id", "login_account_id", "conversion_action_id"];
const CREDENTIALS: &[&str] = &["service_account_json", "client_id", "client_secret", "refresh_token"];

/// A destination at Google.
#[derive(Debug)]
pub(super) struct Config {
    /// The Google Ads account that owns the conversion action: ten digits.
    pub(super) account: String,
    /// The manager account through which it is reached, if it is.
    pub(super) login_account: Option<String>,
    /// The conversion action of events that do not name their own.
    action: String,
    /// How an access token is got.
    pub(super) credentials: Credentials,
}

/// Who Konektor is to Google.
#[derive(Debug)]
pub(super) enum Credentials {
    /// A service account, which signs for itself and never expires.
    ServiceAccount(ServiceAccount),
    /// A person who has agreed on a consent screen.
    Person {
        /// Of the OAuth client.
        client_id: String,
        /// Of the OAuth client.
        client_secret: Secret,
        /// What the person's consent gave.
        refresh_token: Secret,
    },
}

/// The parts of a service account's key file that are needed. Its `token_uri` is not among them: the server asks only
/// the hosts that its operator knows.
#[derive(Debug)]
pub(super) struct ServiceAccount {
    /// Its e-mail address, which has to be a user of the Google Ads account.
    pub(super) email: String,
    /// Which of its keys this is.
    pub(super) key_id: Option<String>,
    /// The key; it is known to sign.
    pub(super) key: EncodingKey,
}

impl Config {
    /// From a destination's settings and credentials.
    pub(super) fn read(settings: &Fields, credentials: &Fields) -> Result<Self, ConfigError> {
        let settings = Reader::settings(settings, SETTINGS)?;
        Ok(Self {
            account: account(&settings, "account_id")?
                .ok_or_else(|| settings.error("account_id", format!("It is missing. {ACCOUNT_HINT}")))?,
            login_account: account(&settings, "login_account_id")?,
            action: conversion_action(&settings)?,
            credentials: Credentials::read(&Reader::credentials(credentials, CREDENTIALS)?)?,
        })
    }

    /// The conversion action that an event counts for.
    pub(super) fn action_of<'a>(&'a self, event: &'a Event) -> &'a str {
        digits_of(&event.name).unwrap_or(&self.action)
    }

    /// What must not appear in any message.
    pub(super) fn secrets(&self) -> Vec<&Secret> {
        match &self.credentials {
            Credentials::ServiceAccount(_) => Vec::new(),
            Credentials::Person {
                client_secret,
                refresh_token,
                ..
            } => vec![client_secret, refresh_token],
        }
    }
}

const ACCOUNT_HINT: &str = "It has ten digits and stands at the top of Google Ads, such as 123-456-7890.";

/// An account's ten digits, as Google wants them; Google itself shows them with dashes.
fn account(settings: &Reader<'_>, field: &str) -> Result<Option<String>, ConfigError> {
    let Some(text) = settings.text(field)? else {
        return Ok(None);
    };
    let digits: String = text.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
    match digits_of(&digits).filter(|digits| digits.len() == 10) {
        Some(_) => Ok(Some(digits)),
        None => Err(settings.error(field, format!("This is not an account. {ACCOUNT_HINT}"))),
    }
}

/// Digits, or the last part of `customers/…/conversionActions/123`.
fn conversion_action(settings: &Reader<'_>) -> Result<String, ConfigError> {
    const FIELD: &str = "conversion_action_id";
    const HINT: &str = "Open the conversion action in Google Ads: it is the number after ctId= in the page's address.";
    let text = settings.required(FIELD, HINT)?;
    let id = text
        .rsplit_once("conversionActions/")
        .map_or(text.as_str(), |(_, id)| id);
    match digits_of(id) {
        Some(id) => Ok(id.to_owned()),
        None => Err(settings.error(FIELD, format!("This is not the number of a conversion action. {HINT}"))),
    }
}

impl Credentials {
    fn read(reader: &Reader<'_>) -> Result<Self, ConfigError> {
        let service_account = reader.object("service_account_json")?;
        let client_id = reader.secret("client_id")?;
        let client_secret = reader.secret("client_secret")?;
        let refresh_token = reader.secret("refresh_token")?;
        let missing = |field| {
            reader.error(
                field,
                "It is missing. Send client_id, client_secret and refresh_token together, or service_account_json alone.",
            )
        };
        match (service_account, client_id, client_secret, refresh_token) {
            (Some(file), None, None, None) => ServiceAccount::read(&file, reader).map(Self::ServiceAccount),
            (Some(_), ..) => Err(reader.error(
                "service_account_json",
                "Send either a service account or client_id, client_secret and refresh_token, not both.",
            )),
            (None, None, None, None) => Err(reader.error(
                "service_account_json",
                "It is missing. Make a service account in the Google Cloud console, switch on the Data Manager API \
                 there, make a key of type JSON, and paste the file's text here.",
            )),
            (None, None, ..) => Err(missing("client_id")),
            (None, _, None, _) => Err(missing("client_secret")),
            (None, _, _, None) => Err(missing("refresh_token")),
            (None, Some(client_id), Some(client_secret), Some(refresh_token)) => Ok(Self::Person {
                client_id: client_id.expose().to_owned(),
                client_secret,
                refresh_token,
            }),
        }
    }
}

impl ServiceAccount {
    fn read(file: &Fields, reader: &Reader<'_>) -> Result<Self, ConfigError> {
        let error = |message: &str| Err(reader.error("service_account_json", message));
        let text = |name: &str| match file.get(name) {
            Some(serde_json::Value::String(text)) => Some(text.trim()).filter(|text| !text.is_empty()),
            _ => None,
        };
        if text("type") != Some("service_account") {
            return error(
                "This is another kind of file: its \"type\" is not \"service_account\". In the Google Cloud console \
                 open the service account, then Keys, Add key, JSON.",
            );
        }
        let Some(email) = text("client_email").filter(|email| email.contains('@')) else {
            return error("The file has no \"client_email\". Paste the whole file, as it was downloaded.");
        };
        let Some(private_key) = text("private_key") else {
            return error("The file has no \"private_key\". Paste the whole file, as it was downloaded.");
        };
        match signing_key(private_key) {
            Some(key) => Ok(Self {
                email: email.to_owned(),
                key_id: text("private_key_id").map(str::to_owned),
                key,
            }),
            None => error(
                "The \"private_key\" in the file cannot be read. Paste the file as it was downloaded, or make a new \
                 key of type JSON.",
            ),
        }
    }
}

/// The key, if it can sign: a broken one should be refused on the day when it is entered.
fn signing_key(pem: &str) -> Option<EncodingKey> {
    // Shells and YAML files turn the file's line breaks into a backslash and an n.
    let pem = pem.replace("\\n", "\n");
    let key = EncodingKey::from_rsa_pem(pem.as_bytes()).ok()?;
    jsonwebtoken::crypto::sign(b"", &key, Algorithm::RS256).ok()?;
    Some(key)
}
