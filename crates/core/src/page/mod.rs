//! The light page that a rotator in page mode shows before WhatsApp: what it says, what its form asks for, in which
//! colours, and the signed token by which a press of its button is known.
//!
//! How it looks is the server's to render; what was typed is checked here ([`form`]).

pub mod colour;
pub mod form;
pub mod outcome;
pub mod token;

use colour::Colour;
use form::Form;
use serde::{Deserialize, Deserializer};
use std::str::FromStr;

/// Longest brand, in characters.
pub const BRAND_MAX_CHARS: usize = 80;
/// Longest title, in characters.
pub const TITLE_MAX_CHARS: usize = 150;
/// Longest text, in characters.
pub const TEXT_MAX_CHARS: usize = 500;
/// Longest words on the button, in characters.
pub const BUTTON_MAX_CHARS: usize = 40;
/// Longest address of a picture, in bytes.
pub const URL_MAX_BYTES: usize = 500;

/// What a rotator's page says. Read from the settings as they are stored, which were checked when they were saved: what is
/// not there has its default, and what can no longer be read is as good as not there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Page {
    /// Name that it stands under.
    #[serde(deserialize_with = "text")]
    pub brand: Option<String>,
    /// Heading.
    #[serde(deserialize_with = "text")]
    pub title: Option<String>,
    /// What it says.
    #[serde(deserialize_with = "text")]
    pub text: Option<String>,
    /// On the button.
    #[serde(deserialize_with = "text")]
    pub button: Option<String>,
    /// An https address of the brand's sign.
    #[serde(deserialize_with = "text")]
    pub logo_url: Option<String>,
    /// An https address of a picture above the title.
    #[serde(deserialize_with = "text")]
    pub picture_url: Option<String>,
    /// Of the button.
    #[serde(deserialize_with = "parsed")]
    pub accent: Option<Colour>,
    /// Of the page.
    #[serde(deserialize_with = "parsed")]
    pub background: Option<Colour>,
    /// `None` is the visitor's.
    #[serde(deserialize_with = "parsed")]
    pub language: Option<Language>,
    /// What is asked for above the button.
    pub form: Option<Form>,
}

impl Page {
    /// The settings as they are stored.
    pub fn from_stored(settings: &serde_json::Value) -> Self {
        Self::deserialize(settings).unwrap_or_default()
    }

    /// In which language a visitor reads it who would rather read `theirs`.
    pub fn language(&self, theirs: Language) -> Language {
        self.language.unwrap_or(theirs)
    }

    /// The form, if it asks for anything.
    pub fn form(&self) -> Option<&Form> {
        self.form
            .as_ref()
            .filter(|form| !form.fields.is_empty() || form.consent.is_some())
    }
}

/// A language that pages are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// Bahasa Indonesia.
    Indonesian,
    /// English.
    English,
}

impl Language {
    /// As HTML and the settings name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Indonesian => "id",
            Self::English => "en",
        }
    }
}

impl FromStr for Language {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "id" => Ok(Self::Indonesian),
            "en" => Ok(Self::English),
            _ => Err("The language is \"id\", \"en\", or null for the visitor's own."),
        }
    }
}

fn text<'de, D: Deserializer<'de>>(input: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(input)?;
    Ok(text.filter(|text| !text.trim().is_empty()))
}

fn parsed<'de, D: Deserializer<'de>, T: FromStr>(input: D) -> Result<Option<T>, D::Error> {
    Ok(text(input)?.and_then(|text| text.parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_not_said_has_its_default_and_what_cannot_be_read_is_not_said() {
        let said = json!({ "title": "Promo", "text": " ", "accent": "#0a7F3c", "background": "red", "language": "id" });
        let page = Page::from_stored(&said);
        assert_eq!((page.title.as_deref(), page.text.as_deref()), (Some("Promo"), None));
        assert_eq!(page.accent, Some(Colour([0x0a, 0x7f, 0x3c])));
        assert_eq!(page.background, None);
        assert_eq!(page.language(Language::English), Language::Indonesian);
        assert_eq!(Page::from_stored(&json!({ "title": 5 })), Page::default());
        assert_eq!(Page::default().language(Language::English), Language::English);
    }

    #[test]
    fn a_form_that_asks_for_nothing_is_none() {
        for (form, asks) in [
            (json!(null), false),
            (json!({ "fields": [] }), false),
            (json!({ "fields": [], "consent": false }), false),
            (json!({ "fields": [], "consent": "Saya setuju" }), true),
            (json!({ "fields": [{ "name": "nama" }] }), true),
        ] {
            let page = Page::from_stored(&json!({ "form": form }));
            assert_eq!(page.form().is_some(), asks, "{form}");
        }
    }
}
