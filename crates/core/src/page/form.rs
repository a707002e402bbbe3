//! A page's lead form: what it asks for, and what was typed into it, checked.

mod check;

pub use check::{Fault, Filled, Why};

use serde::{Deserialize, Deserializer};
use std::str::FromStr;

/// Most fields.
pub const FIELDS_MAX: usize = 12;
/// Longest name of a field in the data, in characters.
pub const NAME_MAX_CHARS: usize = 40;
/// Longest name of a field on the page, in characters.
pub const LABEL_MAX_CHARS: usize = 100;
/// Most choices of a field.
pub const OPTIONS_MAX: usize = 20;
/// Longest choice, in characters.
pub const OPTION_MAX_CHARS: usize = 60;
/// Longest wording of the consent, in characters.
pub const CONSENT_MAX_CHARS: usize = 500;

/// What a page asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Form {
    /// In order.
    pub fields: Vec<Field>,
    /// Words beside the tick without which the form is not sent.
    #[serde(deserialize_with = "wording")]
    pub consent: Option<String>,
}

/// One field.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "StoredField")]
pub struct Field {
    /// What it is called in the data.
    pub name: String,
    /// What it is called on the page.
    pub label: String,
    /// What may stand in it.
    pub kind: Kind,
    /// Whether it must be filled in.
    pub required: bool,
    /// What a [`Kind::Choice`] offers.
    pub options: Vec<String>,
}

/// What a field is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The lead's name.
    Name,
    /// The lead's phone number.
    Phone,
    /// The lead's e-mail address.
    Email,
    /// A line.
    Text,
    /// Several lines.
    LongText,
    /// A number.
    Number,
    /// A day.
    Date,
    /// One of a few.
    Choice,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Name,
        Self::Phone,
        Self::Email,
        Self::Text,
        Self::LongText,
        Self::Number,
        Self::Date,
        Self::Choice,
    ];

    /// As the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Text => "text",
            Self::LongText => "long_text",
            Self::Number => "number",
            Self::Date => "date",
            Self::Choice => "choice",
        }
    }

    /// Most characters that may be typed into it.
    pub fn max_chars(self) -> usize {
        match self {
            Self::Name => crate::lead::NAME_MAX_CHARS,
            Self::Phone | Self::Number | Self::Date => 40,
            Self::Email => 254,
            Self::Text => 200,
            Self::LongText => 1_000,
            Self::Choice => OPTION_MAX_CHARS,
        }
    }

    /// What a plain line is for that is called like this: who writes a form's settings by hand says `text` and names it.
    fn of_text_called(name: &str) -> Self {
        match name.trim().to_lowercase().as_str() {
            "name" | "nama" | "full_name" | "nama_lengkap" => Self::Name,
            "phone" | "whatsapp" | "wa" | "hp" | "no_hp" | "telepon" => Self::Phone,
            "email" | "e-mail" => Self::Email,
            _ => Self::Text,
        }
    }
}

impl FromStr for Kind {
    type Err = String;

    /// Also as HTML calls it.
    fn from_str(word: &str) -> Result<Self, String> {
        let html = match word {
            "tel" => Some(Self::Phone),
            "textarea" => Some(Self::LongText),
            "select" => Some(Self::Choice),
            _ => None,
        };
        let known = Self::ALL.into_iter().find(|kind| kind.as_str() == word);
        known.or(html).ok_or_else(|| {
            let word: String = word.chars().take(40).collect();
            let known = Self::ALL.map(Self::as_str).join(", ");
            format!("The type \"{word}\" does not exist. Use one of: {known}.")
        })
    }
}

/// As it is stored.
#[derive(Deserialize)]
struct StoredField {
    name: String,
    #[serde(default)]
    label: Option<String>,
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    options: Vec<String>,
}

impl From<StoredField> for Field {
    fn from(stored: StoredField) -> Self {
        let kind = match stored.kind.parse().unwrap_or(Kind::Text) {
            Kind::Text => Kind::of_text_called(&stored.name),
            kind => kind,
        };
        let label = stored.label.filter(|label| !label.trim().is_empty());
        Self {
            label: label.unwrap_or_else(|| stored.name.clone()),
            name: stored.name,
            kind,
            required: stored.required,
            options: stored.options,
        }
    }
}

/// A text; `false`, nothing and blanks are none.
fn wording<'de, D: Deserializer<'de>>(input: D) -> Result<Option<String>, D::Error> {
    let said = serde_json::Value::deserialize(input)?;
    let wording = said.as_str().map(str::trim).filter(|wording| !wording.is_empty());
    Ok(wording.map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case("nama", "text", Kind::Name)]
    #[case("Name", "", Kind::Name)]
    #[case("nama", "name", Kind::Name)]
    #[case("whatsapp", "text", Kind::Phone)]
    #[case("nomor", "tel", Kind::Phone)]
    #[case("email", "text", Kind::Email)]
    #[case("kota", "text", Kind::Text)]
    #[case("name", "number", Kind::Number)]
    #[case("pesan", "textarea", Kind::LongText)]
    #[case("ukuran", "select", Kind::Choice)]
    #[case("lama", "a kind of earlier days", Kind::Text)]
    fn a_fields_kind_is_what_it_is_for(#[case] name: &str, #[case] kind: &str, #[case] wanted: Kind) {
        let field: Field = serde_json::from_value(json!({ "name": name, "type": kind })).unwrap();
        assert_eq!(field.kind, wanted);
        assert_eq!(field.label, name);
    }

    #[test]
    fn kinds_are_a_closed_list() {
        for kind in Kind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        assert!(
            "file"
                .parse::<Kind>()
                .unwrap_err()
                .starts_with("The type \"file\" does not exist.")
        );
    }
}
