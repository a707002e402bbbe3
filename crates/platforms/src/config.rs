//! What somebody enters to connect a platform, and what is wrong with it.

use crate::wire::Secret;

/// A destination's settings or credentials, as the API takes them.
pub type Fields = serde_json::Map<String, serde_json::Value>;

/// A field that cannot be used, in words for the person who entered it. Never says a credential's value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct ConfigError {
    /// Such as `settings.dataset_id`.
    pub field: String,
    /// What to do.
    pub message: String,
}

impl ConfigError {
    /// Of a field.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
        }
    }
}

/// Reads fields one by one; each is named by where it stands, such as `settings.dataset_id`.
pub(crate) struct Reader<'a> {
    name: &'static str,
    fields: &'a Fields,
}

impl<'a> Reader<'a> {
    /// Of the settings; a field that is not in `known` is refused, for it is a typing mistake.
    pub(crate) fn settings(fields: &'a Fields, known: &[&str]) -> Result<Self, ConfigError> {
        Self::new("settings", fields, known)
    }

    /// Of the credentials, likewise.
    pub(crate) fn credentials(fields: &'a Fields, known: &[&str]) -> Result<Self, ConfigError> {
        Self::new("credentials", fields, known)
    }

    fn new(name: &'static str, fields: &'a Fields, known: &[&str]) -> Result<Self, ConfigError> {
        match fields.keys().find(|field| !known.contains(&field.as_str())) {
            Some(field) => Err(ConfigError::new(
                format!("{name}.{field}"),
                format!("There is no such field. Use {}.", known.join(", ")),
            )),
            None => Ok(Self { name, fields }),
        }
    }

    /// The error that a field deserves.
    pub(crate) fn error(&self, field: &str, message: impl Into<String>) -> ConfigError {
        ConfigError::new(format!("{}.{field}", self.name), message)
    }

    /// A text, trimmed; `None` if it is absent, `null` or empty. Numbers are taken for their digits: people paste ids
    /// as either.
    pub(crate) fn text(&self, field: &str) -> Result<Option<String>, ConfigError> {
        match self.fields.get(field) {
            None | Some(serde_json::Value::Null) => Ok(None),
            Some(serde_json::Value::String(text)) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
            Some(serde_json::Value::Number(number)) => Ok(Some(number.to_string())),
            Some(_) => Err(self.error(field, "Send a text.")),
        }
    }

    /// A text that has to be there; `hint` says where to find it.
    pub(crate) fn required(&self, field: &str, hint: &str) -> Result<String, ConfigError> {
        self.text(field)?
            .ok_or_else(|| self.error(field, format!("It is missing. {hint}")))
    }

    /// A credential; it travels in headers and forms, so it has to be printable ASCII without blanks, as all of them
    /// are that were copied whole. The `Bearer ` of an example header, copied with it, is left out.
    pub(crate) fn secret(&self, field: &str) -> Result<Option<Secret>, ConfigError> {
        match self.text(field)?.map(without_bearer) {
            Some(text) if !text.bytes().all(|b| b.is_ascii_graphic()) => Err(self.error(
                field,
                "It has a blank, a line break or a character that no credential has. Copy it once more, alone and whole.",
            )),
            found => Ok(found.map(Secret::new)),
        }
    }

    /// An object, or the JSON text of one: people paste a file, programs send what is in it.
    pub(crate) fn object(&self, field: &str) -> Result<Option<Fields>, ConfigError> {
        let text = match self.fields.get(field) {
            Some(serde_json::Value::Object(object)) => return Ok(Some(object.clone())),
            _ => self.text(field)?,
        };
        match text.map(|text| serde_json::from_str(&text)) {
            Some(Ok(object)) => Ok(Some(object)),
            Some(Err(_)) => Err(self.error(field, "It is not a JSON object. Paste the whole file, from { to }.")),
            None => Ok(None),
        }
    }

    /// A switch; absent is off.
    pub(crate) fn switch(&self, field: &str) -> Result<bool, ConfigError> {
        match self.fields.get(field) {
            None | Some(serde_json::Value::Null) => Ok(false),
            Some(serde_json::Value::Bool(on)) => Ok(*on),
            Some(_) => Err(self.error(field, "Send true or false.")),
        }
    }
}

fn without_bearer(text: String) -> String {
    match text.split_once(char::is_whitespace) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim_start().to_owned(),
        _ => text,
    }
}

/// The text if it is nothing but digits, as the ids of most platforms are.
pub(crate) fn digits_of(text: &str) -> Option<&str> {
    (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then_some(text)
}
