//! What a rotator's page says. The title, text and logo also make its link preview.

use crate::api::checks::Checks;
use axum::http::Uri;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

const TEXT_MAX_CHARS: usize = 500;
const FIELDS_MAX: usize = 30;

/// The page of a rotator. A PATCH replaces it as a whole.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PageSettings {
    /// Name that it stands under.
    #[serde(default)]
    #[schema(max_length = 500, example = "Toko Kopi")]
    brand: Option<String>,
    /// Heading, and title of link previews.
    #[serde(default)]
    #[schema(max_length = 500)]
    title: Option<String>,
    /// What it says, and the description of link previews.
    #[serde(default)]
    #[schema(max_length = 500)]
    text: Option<String>,
    /// On the button.
    #[serde(default)]
    #[schema(max_length = 500, example = "Chat on WhatsApp")]
    button: Option<String>,
    /// An https address of a picture.
    #[serde(default)]
    #[schema(max_length = 500)]
    logo_url: Option<String>,
    /// A lead form above the button; `null` for none.
    #[serde(default)]
    form: Option<FormSettings>,
}

/// A lead form.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FormSettings {
    /// Its fields, in order.
    fields: Vec<FormField>,
    /// Words beside the consent tick; `null` or `false` for no tick.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    consent: Option<serde_json::Value>,
}

/// A field of a lead form.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FormField {
    /// What it is called in the data.
    #[schema(max_length = 500, example = "name")]
    name: String,
    /// What it is called on the page; `null` for the name.
    #[serde(default)]
    #[schema(max_length = 500)]
    label: Option<String>,
    /// Kind of input.
    #[serde(default = "text", rename = "type")]
    #[schema(default = "text", example = "phone")]
    kind: String,
    /// Whether it must be filled in.
    #[serde(default)]
    required: bool,
}

fn text() -> String {
    "text".to_owned()
}

impl PageSettings {
    /// Notes what cannot be used.
    pub fn check(&self, checks: &mut Checks) {
        let texts = [
            ("page.brand", &self.brand),
            ("page.title", &self.title),
            ("page.text", &self.text),
            ("page.button", &self.button),
            ("page.logo_url", &self.logo_url),
        ];
        for (field, text) in texts {
            checks.at_most(field, text.as_deref().unwrap_or_default(), TEXT_MAX_CHARS);
        }
        if let Some(address) = self.logo_url.as_deref().filter(|address| !address.is_empty()) {
            let uri = address.parse::<Uri>().ok();
            if !uri
                .is_some_and(|uri| uri.scheme_str() == Some("https") && uri.host().is_some_and(|host| !host.is_empty()))
            {
                checks.refuse(
                    "page.logo_url",
                    "Write the picture's address like https://www.brand.com/logo.png.",
                );
            }
        }
        if let Some(form) = &self.form {
            form.check(checks);
        }
    }
}

impl FormSettings {
    fn check(&self, checks: &mut Checks) {
        if self.fields.len() > FIELDS_MAX {
            let message = format!(
                "There are {} fields; at most {FIELDS_MAX} are possible.",
                self.fields.len()
            );
            checks.refuse("page.form.fields", message);
        }
        for (position, field) in self.fields.iter().enumerate() {
            let at = |name: &str| format!("page.form.fields[{position}].{name}");
            if field.name.trim().is_empty() {
                checks.refuse(at("name"), "The name is empty.");
            }
            checks.at_most(&at("name"), &field.name, TEXT_MAX_CHARS);
            checks.at_most(&at("label"), field.label.as_deref().unwrap_or_default(), TEXT_MAX_CHARS);
            checks.at_most(&at("type"), &field.kind, TEXT_MAX_CHARS);
        }
        match &self.consent {
            None | Some(serde_json::Value::Bool(_)) => {}
            Some(serde_json::Value::String(text)) => checks.at_most("page.form.consent", text, TEXT_MAX_CHARS),
            Some(_) => checks.refuse("page.form.consent", "The consent is the text beside the tick, or null."),
        }
    }
}
