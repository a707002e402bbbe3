//! The page as HTML: one file with its style in it, and the policy that lets nothing else in.

use super::{script, words};
use crate::click::answer;
use askama::Template;
use axum::body::Body;
use base64::{Engine, engine::general_purpose::STANDARD};
use hyper::{
    Response, StatusCode, Uri,
    header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderValue},
};
use konektor_core::{
    page::{
        Language, Page,
        colour::Colour,
        form::{Fault, Field, Form, Kind},
    },
    routing::Fallback,
};
use sha2::{Digest, Sha256};
use std::borrow::Cow;

/// Colour of the button, unless the settings say something else.
const ACCENT: Colour = Colour([0x0b, 0x7a, 0x3e]);
/// A button that stands out less from the page gets an edge (WCAG 1.4.11).
const CONTRAST_OF_PARTS: f64 = 3.0;

/// What stands in the form when the page is shown.
#[derive(Clone, Debug, Default)]
pub struct Standing<'a> {
    /// Of each field, by its place.
    pub values: Vec<Cow<'a, str>>,
    /// The tick is set.
    pub has_consent: bool,
    /// Everything that is asked for is known: the form is folded up under this name.
    pub known_as: Option<Cow<'a, str>>,
    /// What was wrong when it was sent.
    pub faults: &'a [Fault],
    /// The browser's time zone, if it was sent.
    pub time_zone: &'a str,
}

/// How a field is typed into.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Input {
    Line,
    Lines,
    Choice,
}

struct FieldView<'a> {
    name: &'a str,
    label: &'a str,
    required: bool,
    input: Input,
    options: &'a [String],
    value: &'a str,
    /// Of ours alone, nothing of it is from outside.
    attributes: String,
    error: String,
}

#[derive(Template)]
#[template(path = "page.html")]
struct Html<'a> {
    lang: &'static str,
    page: &'a Page,
    heading: &'a str,
    css: &'a str,
    script: &'static str,
    background: Colour,
    token: &'a str,
    time_zone: &'a str,
    words: &'static words::Words,
    has_faults: bool,
    is_known: bool,
    known_name: &'a str,
    fields: Vec<FieldView<'a>>,
    has_form: bool,
    consent: Option<&'a str>,
    has_consent: bool,
    consent_error: String,
    button: &'a str,
}

#[derive(Template)]
#[template(path = "page.css", escape = "none")]
struct Css {
    background: Colour,
    ink: Colour,
    accent: Colour,
    accent_ink: Colour,
    edge: Colour,
}

/// The page with what stands in its form, under the token by which a press of its button is known.
pub fn page(
    status: StatusCode,
    page: &Page,
    language: Language,
    token: &str,
    standing: &Standing<'_>,
    fallback: Option<&Fallback>,
) -> Option<Response<Body>> {
    let css = css(page);
    let html = html(page, language, token, standing, &css)?;
    let mut response = answer::plain(Body::from(html));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        hyper::header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    let policy = HeaderValue::try_from(policy(&css, fallback)).ok()?;
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    // What is about nobody may come back when the visitor goes back: with the token by which they are known without a
    // cookie. What somebody typed or said before stays in no cache.
    let is_about_nobody = standing.known_as.is_none() && standing.values.iter().all(|value| value.is_empty());
    if status == StatusCode::OK && is_about_nobody {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    }
    Some(response)
}

/// What the page weighs at most: everything that is sent of it, but for headers and the brand's pictures.
pub fn weight(page: &Page) -> usize {
    // As long as any: its numbers do not get shorter.
    const TOKEN: &str = "1786932000000.ffffffffffffffff.65535.AAAAAAAAAAAAAAAAAAAAAA";
    let css = css(page);
    let weights = [Language::Indonesian, Language::English].map(|language| {
        let html = html(page, language, TOKEN, &Standing::default(), &css);
        html.map_or(usize::MAX, |html| html.len())
    });
    weights.into_iter().max().unwrap_or(0).saturating_add(script::BYTES)
}

fn html(page: &Page, language: Language, token: &str, standing: &Standing<'_>, css: &str) -> Option<String> {
    let words = words::words(language);
    let form = page.form();
    let button = page.button.as_deref().unwrap_or(words.button);
    let consent_fault = standing.faults.iter().find(|fault| fault.field.is_none());
    let html = Html {
        lang: language.as_str(),
        page,
        heading: page.title.as_deref().or(page.brand.as_deref()).unwrap_or(button),
        css,
        script: script::path(),
        background: background(page),
        token,
        time_zone: standing.time_zone,
        words,
        has_faults: !standing.faults.is_empty(),
        is_known: standing.known_as.is_some(),
        known_name: standing.known_as.as_deref().unwrap_or_default(),
        fields: form.map_or_else(Vec::new, |form| fields(form, language, standing)),
        has_form: form.is_some(),
        consent: form.and_then(|form| form.consent.as_deref()),
        has_consent: standing.has_consent,
        consent_error: consent_fault.map_or_else(String::new, |fault| words::fault(language, &fault.why, None)),
        button,
    };
    html.render().ok()
}

fn fields<'a>(form: &'a Form, language: Language, standing: &'a Standing<'_>) -> Vec<FieldView<'a>> {
    let view = |(place, field): (usize, &'a Field)| {
        let fault = standing.faults.iter().find(|fault| fault.field == Some(place));
        FieldView {
            name: &field.name,
            label: &field.label,
            required: field.required,
            input: match field.kind {
                Kind::LongText => Input::Lines,
                Kind::Choice => Input::Choice,
                _ => Input::Line,
            },
            options: &field.options,
            value: standing.values.get(place).map_or("", |value| value),
            attributes: attributes(field, fault.is_some()),
            error: fault.map_or_else(String::new, |fault| {
                words::fault(language, &fault.why, Some(field.kind))
            }),
        }
    };
    form.fields.iter().enumerate().map(view).collect()
}

/// What helps browsers to show the right keyboard and to fill in what they know.
fn attributes(field: &Field, is_wrong: bool) -> String {
    let kind = match field.kind {
        Kind::Name => " autocomplete=\"name\"",
        Kind::Phone => " type=\"tel\" autocomplete=\"tel\"",
        Kind::Email => " type=\"email\" autocomplete=\"email\"",
        Kind::Number => " inputmode=\"decimal\"",
        Kind::Date => " type=\"date\"",
        Kind::Text | Kind::LongText | Kind::Choice => "",
    };
    let mut attributes = kind.to_owned();
    if !matches!(field.kind, Kind::Choice | Kind::Date) {
        attributes += &format!(" maxlength=\"{}\"", field.kind.max_chars());
    }
    if field.required {
        attributes += " required";
    }
    if is_wrong {
        attributes += " aria-invalid=\"true\"";
    }
    attributes
}

fn background(page: &Page) -> Colour {
    page.background.unwrap_or(Colour::PAPER)
}

fn css(page: &Page) -> String {
    let (background, accent) = (background(page), page.accent.unwrap_or(ACCENT));
    let ink = background.ink();
    let stands_out = accent.contrast(background) >= CONTRAST_OF_PARTS;
    let css = Css {
        background,
        ink,
        accent,
        accent_ink: accent.ink(),
        edge: if stands_out { accent } else { ink },
    };
    // Nothing but colours is put into it, which cannot fail.
    css.render().unwrap_or_default()
}

/// Nothing but this page's own style, our script, pictures, and the way to WhatsApp: browsers hold a form's redirect to
/// `form-action` too.
fn policy(css: &str, fallback: Option<&Fallback>) -> String {
    let style = STANDARD.encode(Sha256::digest(css));
    let fallback = match fallback {
        Some(Fallback::Url(url)) => url.parse::<Uri>().ok(),
        _ => None,
    };
    let authority = fallback.as_ref().and_then(|uri| uri.authority());
    let fallback = authority.map_or_else(String::new, |authority| format!(" https://{authority}"));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; script-src 'self'; img-src https:; base-uri 'none'; \
         frame-ancestors 'none'; form-action 'self' https://wa.me https://*.whatsapp.com whatsapp: intent:{fallback}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use konektor_core::page::form::Why;
    use serde_json::json;

    fn page_of(settings: serde_json::Value) -> Page {
        Page::from_stored(&settings)
    }

    fn shown(page: &Page, standing: &Standing<'_>) -> String {
        html(page, Language::Indonesian, "TOKEN", standing, &css(page)).unwrap()
    }

    #[test]
    fn nothing_of_the_settings_or_of_what_was_typed_is_more_than_text() {
        let evil = "\"><script>alert(1)</script>'";
        let page = page_of(json!({
            "brand": evil, "title": evil, "text": evil, "button": evil, "logo_url": evil, "picture_url": evil,
            "form": {
                "fields": [
                    { "name": evil, "label": evil, "type": "choice", "options": [evil] },
                    { "name": evil, "type": "textarea" }, { "name": evil, "required": true },
                ],
                "consent": evil,
            },
        }));
        let standing = Standing {
            values: vec![evil.into(), "</textarea><script>".into(), evil.into()],
            known_as: Some(evil.into()),
            time_zone: evil,
            ..Standing::default()
        };
        let html = shown(&page, &standing);
        assert_eq!(html.matches("<script").count(), 1, "{html}");
        assert_eq!(html.matches("</textarea").count(), 1, "{html}");
        assert!(!html.contains(evil), "{html}");
    }

    #[test]
    fn what_was_typed_stands_there_again_with_what_is_wrong() {
        let page = page_of(json!({ "form": {
            "fields": [
                { "name": "nama", "label": "Nama", "required": true }, { "name": "wa", "type": "phone" },
                { "name": "ukuran", "type": "choice", "options": ["S", "M"] },
            ],
            "consent": "Saya setuju",
        } }));
        let faults = [
            Fault {
                field: Some(0),
                why: Why::Missing,
            },
            Fault {
                field: None,
                why: Why::NoConsent,
            },
        ];
        let standing = Standing {
            values: vec!["".into(), "0812".into(), "M".into()],
            faults: &faults,
            ..Standing::default()
        };
        let html = shown(&page, &standing);
        for part in [
            "role=\"alert\"",
            "Isi nama Anda.",
            "value=\"0812\"",
            "<option selected>M</option>",
            "Beri tanda centang",
            "(boleh kosong)",
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
        assert_eq!(html.matches("aria-invalid=\"true\"").count(), 2, "{html}");
    }

    #[test]
    fn the_policy_allows_no_foreign_script_and_the_way_to_the_fallback() {
        let url = Fallback::Url("https://www.brand.com/closed?a=b;c".to_owned());
        let with = policy("body{}", Some(&url));
        assert!(
            with.contains("script-src 'self';") && !with.contains("unsafe"),
            "{with}"
        );
        assert!(with.ends_with("intent: https://www.brand.com"), "{with}");
        assert!(policy("body{}", None).ends_with("intent:"));
    }

    #[test]
    fn a_button_that_does_not_stand_out_has_an_edge() {
        let edge = |accent: &str| {
            let css = css(&page_of(json!({ "accent": accent, "background": "#ffffff" })));
            css.rsplit_once("border:2px solid ").unwrap().1[..7].to_owned()
        };
        assert_eq!(edge("#fffde7"), "#000000");
        assert_eq!(edge("#0b7a3e"), "#0b7a3e");
    }
}
