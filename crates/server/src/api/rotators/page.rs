//! What a rotator's page says and looks like. The title, text and logo also make its link preview.

use crate::{
    api::checks::Checks,
    click::page::{MAX_BYTES, render::weight},
};
use axum::http::Uri;
use konektor_core::page::{
    BRAND_MAX_CHARS, BUTTON_MAX_CHARS, Language, Page, TEXT_MAX_CHARS, TITLE_MAX_CHARS, URL_MAX_BYTES,
    colour::Colour,
    form::{CONSENT_MAX_CHARS, FIELDS_MAX, Kind, LABEL_MAX_CHARS, NAME_MAX_CHARS, OPTION_MAX_CHARS, OPTIONS_MAX},
};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use utoipa::ToSchema;

/// Name of the tick in what a page sends; those with a `_` in front are ours too.
const CONSENT: &str = "consent";

/// The page of a rotator: at most 15,000 bytes as it is sent. A PATCH replaces it as a whole.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PageSettings {
    /// Name that it stands under.
    #[serde(default)]
    #[schema(max_length = 80, example = "Toko Kopi")]
    brand: Option<String>,
    /// Heading, and title of link previews.
    #[serde(default)]
    #[schema(max_length = 150)]
    title: Option<String>,
    /// What it says, and the description of link previews.
    #[serde(default)]
    #[schema(max_length = 500)]
    text: Option<String>,
    /// On the button; "Chat on WhatsApp" in the visitor's language if absent.
    #[serde(default)]
    #[schema(max_length = 40, example = "Chat on WhatsApp")]
    button: Option<String>,
    /// An https address of the brand's sign, shown small beside its name.
    #[serde(default)]
    #[schema(max_length = 500)]
    logo_url: Option<String>,
    /// An https address of a picture above the title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500)]
    picture_url: Option<String>,
    /// Colour of the button. The words on it are black or white, whichever can be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "#0b7a3e")]
    accent: Option<String>,
    /// Colour of the page. The words on it are black or white, whichever can be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "#ffffff")]
    background: Option<String>,
    /// `id` or `en`; `null` for the visitor's own. What the settings say is shown as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "id")]
    language: Option<String>,
    /// A lead form above the button; `null` for none.
    #[serde(default)]
    form: Option<FormSettings>,
}

/// A lead form.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FormSettings {
    /// Its fields, in order; at most 12.
    fields: Vec<FormField>,
    /// Words beside the consent tick, without which the form is not sent; `null` or `false` for no tick. They are stored
    /// with the lead.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 500)]
    consent: Option<serde_json::Value>,
}

/// A field of a lead form.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FormField {
    /// What it is called in the data: no two are called alike.
    #[schema(max_length = 40, example = "name")]
    name: String,
    /// What it is called on the page; `null` for the name.
    #[serde(default)]
    #[schema(max_length = 100)]
    label: Option<String>,
    /// Kind of input: `name`, `phone`, `email`, `text`, `long_text`, `number`, `date` or `choice`. The first `name`, `phone`
    /// and `email` become the lead's; so do those of kind `text` that are called so.
    #[serde(default = "text", rename = "type")]
    #[schema(default = "text", example = "phone")]
    kind: String,
    /// Whether it must be filled in.
    #[serde(default)]
    required: bool,
    /// What a `choice` offers; at most 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(example = json!(["S", "M", "L"]))]
    options: Vec<String>,
}

fn text() -> String {
    "text".to_owned()
}

impl PageSettings {
    /// Notes what cannot be used.
    pub fn check(&self, checks: &mut Checks) {
        let texts = [
            ("page.brand", &self.brand, BRAND_MAX_CHARS),
            ("page.title", &self.title, TITLE_MAX_CHARS),
            ("page.text", &self.text, TEXT_MAX_CHARS),
            ("page.button", &self.button, BUTTON_MAX_CHARS),
        ];
        for (field, text, most) in texts {
            checks.at_most(field, text.as_deref().unwrap_or_default(), most);
        }
        check_picture("page.logo_url", self.logo_url.as_deref(), checks);
        check_picture("page.picture_url", self.picture_url.as_deref(), checks);
        for (field, colour) in [("page.accent", &self.accent), ("page.background", &self.background)] {
            if let Some(colour) = said(colour) {
                checks.ok(field, colour.parse::<Colour>());
            }
        }
        if let Some(language) = said(&self.language) {
            checks.ok("page.language", language.parse::<Language>());
        }
        if let Some(form) = &self.form {
            form.check(checks);
        }
        self.check_weight(checks);
    }

    /// The texts may be short each and too much together.
    fn check_weight(&self, checks: &mut Checks) {
        let Ok(settings) = serde_json::to_value(self) else {
            return;
        };
        let bytes = weight(&Page::from_stored(&settings));
        if bytes >= MAX_BYTES {
            let message = format!(
                "The page would have {bytes} bytes; it must stay below {MAX_BYTES}, so that it opens at once on a slow phone. \
                 Shorten its texts, or take away fields or choices."
            );
            checks.refuse("page", message);
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
        let mut names = HashSet::new();
        for (position, field) in self.fields.iter().enumerate() {
            let at = |name: &str| format!("page.form.fields[{position}].{name}");
            if field.name.trim().is_empty() {
                checks.refuse(at("name"), "The name is empty.");
            } else if field.name == CONSENT || field.name.starts_with('_') {
                checks.refuse(at("name"), "This name is the page's own. Choose another.");
            } else if !names.insert(field.name.as_str()) {
                checks.refuse(at("name"), "Another field has this name. Each has its own.");
            }
            checks.at_most(&at("name"), &field.name, NAME_MAX_CHARS);
            checks.at_most(
                &at("label"),
                field.label.as_deref().unwrap_or_default(),
                LABEL_MAX_CHARS,
            );
            match (checks.ok(&at("type"), field.kind.parse()), field.options.is_empty()) {
                (Some(Kind::Choice), true) => checks.refuse(at("options"), "A choice needs something to choose from."),
                (Some(Kind::Choice), false) => check_options(&at("options"), &field.options, checks),
                (Some(_), false) => checks.refuse(at("options"), "Only a field of type \"choice\" has options."),
                _ => {}
            }
        }
        match &self.consent {
            None | Some(serde_json::Value::Null | serde_json::Value::Bool(false)) => {}
            Some(serde_json::Value::String(text)) => checks.at_most("page.form.consent", text, CONSENT_MAX_CHARS),
            Some(_) => checks.refuse("page.form.consent", "The consent is the text beside the tick, or null."),
        }
    }
}

fn check_options(at: &str, options: &[String], checks: &mut Checks) {
    if options.len() > OPTIONS_MAX {
        let message = format!(
            "There are {} choices; at most {OPTIONS_MAX} are possible.",
            options.len()
        );
        checks.refuse(at, message);
    }
    let mut seen = HashSet::new();
    for option in options {
        if option.trim().is_empty() || !seen.insert(option.trim()) {
            checks.refuse(at, "A choice is empty, or stands there twice.");
        }
        checks.at_most(at, option, OPTION_MAX_CHARS);
    }
}

fn check_picture(field: &str, address: Option<&str>, checks: &mut Checks) {
    let Some(address) = address.filter(|address| !address.is_empty()) else {
        return;
    };
    checks.at_most(field, address, URL_MAX_BYTES);
    let uri = address.parse::<Uri>().ok();
    let is_https = |uri: &Uri| uri.scheme_str() == Some("https") && uri.host().is_some_and(|host| !host.is_empty());
    if !uri.as_ref().is_some_and(is_https) {
        checks.refuse(
            field,
            "Write the picture's address like https://www.brand.com/logo.png.",
        );
    }
}

/// A text that says something.
fn said(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;
    use axum::http::StatusCode;
    use serde_json::{Value, json};

    fn longest(text: &str, characters: usize) -> String {
        text.repeat(characters)
    }

    #[tokio::test]
    async fn colours_language_and_choices_are_kept_as_they_were_sent() {
        let server = Server::start().await;
        let page = json!({
            "brand": "Toko", "title": null, "text": null, "button": null, "logo_url": null,
            "picture_url": "https://a.id/p.jpg", "accent": "#0A7F3C", "background": "#ffffff", "language": "id",
            "form": {
                "fields": [{ "name": "ukuran", "label": null, "type": "choice", "required": false, "options": ["S", "M"] }],
                "consent": null,
            },
        });
        let rotator = json!({ "slug": "promo", "mode": "page", "page": page });
        let answer = server.post("/rotators", rotator).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.json);
        assert_eq!(answer.json["page"], page);
    }

    #[tokio::test]
    async fn what_is_wrong_with_a_page_is_said_field_by_field() {
        let server = Server::start().await;
        let field = |name: &str, kind: &str| json!({ "name": name, "type": kind });
        let with_options = |kind: &str, options: Value| json!({ "name": "x", "type": kind, "options": options });
        for (page, at, says) in [
            (json!({ "accent": "red" }), "page.accent", "like #0a7f3c"),
            (json!({ "background": "#12345" }), "page.background", "like #0a7f3c"),
            (json!({ "language": "fr" }), "page.language", "\"id\", \"en\""),
            (
                json!({ "picture_url": "javascript:alert(1)" }),
                "page.picture_url",
                "https://",
            ),
            (json!({ "button": longest("x", 41) }), "page.button", "at most 40"),
            (
                json!({ "form": { "fields": [field("x", "file")] } }),
                "page.form.fields[0].type",
                "\"file\" does not exist",
            ),
            (
                json!({ "form": { "fields": [field("_token", "text")] } }),
                "page.form.fields[0].name",
                "the page's own",
            ),
            (
                json!({ "form": { "fields": [field("a", "text"), field("a", "text")] } }),
                "page.form.fields[1].name",
                "Another field",
            ),
            (
                json!({ "form": { "fields": [field("x", "choice")] } }),
                "page.form.fields[0].options",
                "choose from",
            ),
            (
                json!({ "form": { "fields": [with_options("text", json!(["a"]))] } }),
                "page.form.fields[0].options",
                "Only a field",
            ),
            (
                json!({ "form": { "fields": [with_options("choice", json!(["a", "a"]))] } }),
                "page.form.fields[0].options",
                "twice",
            ),
            (
                json!({ "form": { "fields": [], "consent": true } }),
                "page.form.consent",
                "the text beside the tick",
            ),
        ] {
            let refused = server
                .post("/rotators", json!({ "slug": "promo", "page": page }))
                .await
                .refused();
            assert_eq!(refused[0].0, at, "{page}");
            assert!(refused[0].1.contains(says), "{}", refused[0].1);
        }
    }

    #[tokio::test]
    async fn a_page_that_would_be_heavy_is_refused_with_its_weight() {
        let server = Server::start().await;
        let field = |n: usize| json!({ "name": format!("{n}{}", longest("&", 38)), "label": longest("\"", 100), "required": true });
        let mut page = json!({
            "brand": longest("&", 80), "title": longest("<", 150), "text": longest("\"", 500), "button": longest("&", 40),
            "logo_url": format!("https://a.id/{}", longest("&", 480)),
            "form": { "fields": (0..12).map(field).collect::<Vec<_>>(), "consent": longest("&", 500) },
        });
        let heavy = json!({ "slug": "promo", "page": page });
        let refused = server.post("/rotators", heavy).await.refused();
        assert_eq!(refused[0].0, "page");
        assert!(refused[0].1.contains("below 15000"), "{}", refused[0].1);
        page["form"]["fields"].as_array_mut().unwrap().truncate(2);
        let light = server.post("/rotators", json!({ "slug": "promo", "page": page })).await;
        assert_eq!(light.status, StatusCode::CREATED, "{}", light.json);
    }
}
