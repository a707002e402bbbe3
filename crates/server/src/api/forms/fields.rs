//! What a form hook is made of and what may be changed of it, checked.

use crate::{
    api::{
        body::{not_null, nullable},
        checks::Checks,
        error::ApiError,
    },
    app::App,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use konektor_core::{
    form::{Mapping, signature::SECRET_PREFIX},
    ids::FormId,
    lead::clean_name,
};
use konektor_store::model::{Form, FormFields};
use serde::Deserialize;
use utoipa::ToSchema;

/// Shortest and longest secret of one's own, in bytes.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 16..=200;
/// Longest path of a mapping, in characters; several may be joined.
const PATH_MAX_CHARS: usize = 500;
/// Longest address that a browser is sent to.
const REDIRECT_MAX_BYTES: usize = 1_000;

/// A form hook to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewForm)]
pub struct NewForm {
    /// For people; at most 120 characters.
    #[schema(example = "Contact form")]
    name: String,
    /// `true`: make a secret, with which its posts must be signed. Or one of your own.
    secret: Option<Secret>,
    /// Which field is what. Absent or `null`: it is guessed from the first payload.
    mapping: Option<MappingFields>,
    /// An https address of yours, to which a browser is sent that posted the form itself. `null`: a page says thanks.
    #[schema(example = "https://www.brand.com/thanks")]
    redirect: Option<String>,
    /// Whether posts are taken; absent for yes.
    active: Option<bool>,
}

/// What to change of a form hook.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FormPatch)]
pub struct FormPatch {
    /// For people.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(value_type = String, example = "Contact form")]
    name: Option<String>,
    /// `true`: a new secret. A text: one of your own. `false` or `null`: posts need no signature any more.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Secret>)]
    secret: Option<Option<Secret>>,
    /// Which field is what; it replaces what is there. `null`: it is guessed again from the next payload.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<MappingFields>)]
    mapping: Option<Option<MappingFields>>,
    /// Where a browser is sent that posted the form itself; `null`: a page says thanks.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    redirect: Option<Option<String>>,
    /// Whether posts are taken.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(value_type = bool)]
    active: Option<bool>,
}

/// `true` for a secret that is made here, or a text of 16 to 200 visible ASCII characters.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged, expecting = "expected true, or a text of 16 to 200 characters")]
#[schema(as = FormSecret)]
pub enum Secret {
    /// Whether to make one.
    Made(bool),
    /// One of your own.
    Own(String),
}

/// The paths of what is known of a person, such as `data.fields.Name`; `null` for what the form does not ask. Several
/// paths with ` + ` in between are put together: `first_name + last_name`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FormMapping)]
pub struct MappingFields {
    /// Their name.
    #[schema(example = "fields.Name")]
    name: Option<String>,
    /// Their phone number.
    phone: Option<String>,
    /// Their e-mail address.
    email: Option<String>,
    /// The signed visitor token that the snippet writes into a field.
    visitor: Option<String>,
    /// The visitor code, which anybody could type.
    code: Option<String>,
    /// A tick of consent.
    consent: Option<String>,
}

/// What a form hook becomes, and its secret where that is new.
pub(super) struct Checked {
    pub(super) fields: FormFields,
    pub(super) secret: Option<String>,
}

impl NewForm {
    /// Checks it for the row with this id.
    pub(super) fn check(self, app: &App, id: FormId) -> Result<Checked, ApiError> {
        let mut checks = Checks::default();
        let name = checks.ok("name", clean_name(&self.name)).unwrap_or_default();
        let secret = self.secret.and_then(|secret| secret.check(&mut checks));
        let mapping = self.mapping.map(|mapping| mapping.check(&mut checks));
        let redirect = self.redirect.and_then(|url| check_redirect(url, &mut checks));
        checks.finish()?;
        let fields = FormFields {
            name,
            secret: secret.as_deref().map(|secret| seal(app, id, secret)),
            guessed: mapping.is_none(),
            mapping,
            redirect,
            active: self.active.unwrap_or(true),
        };
        Ok(Checked { fields, secret })
    }
}

impl FormPatch {
    /// What a form is after it.
    pub(super) fn apply(self, app: &App, form: &Form) -> Result<Checked, ApiError> {
        let mut checks = Checks::default();
        let mut fields = form.fields.clone();
        if let Some(name) = self.name.and_then(|name| checks.ok("name", clean_name(&name))) {
            fields.name = name;
        }
        let mut shown = None;
        if let Some(secret) = self.secret {
            shown = secret.and_then(|secret| secret.check(&mut checks));
            fields.secret = shown.as_deref().map(|secret| seal(app, form.id, secret));
        }
        if let Some(mapping) = self.mapping {
            fields.guessed = mapping.is_none();
            fields.mapping = mapping.map(|mapping| mapping.check(&mut checks));
        }
        if let Some(redirect) = self.redirect {
            fields.redirect = redirect.and_then(|url| check_redirect(url, &mut checks));
        }
        fields.active = self.active.unwrap_or(fields.active);
        checks.finish()?;
        Ok(Checked { fields, secret: shown })
    }
}

impl Secret {
    fn check(self, checks: &mut Checks) -> Option<String> {
        match self {
            Self::Made(false) => None,
            Self::Made(true) => {
                let random: [u8; 32] = crate::secrets::random();
                Some(format!("{SECRET_PREFIX}{}", BASE64_STANDARD.encode(random)))
            }
            Self::Own(text) => {
                let fits = SECRET_BYTES.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
                if !fits {
                    checks.refuse(
                        "secret",
                        "A secret has 16 to 200 visible ASCII characters. Send true to have one made.",
                    );
                }
                fits.then_some(text)
            }
        }
    }
}

impl MappingFields {
    fn check(self, checks: &mut Checks) -> Mapping {
        let mut path = |name: &str, path: Option<String>| {
            let path = path
                .map(|path| path.trim().to_owned())
                .filter(|path| !path.is_empty())?;
            checks.at_most(&format!("mapping.{name}"), &path, PATH_MAX_CHARS);
            Some(path)
        };
        Mapping {
            name: path("name", self.name),
            phone: path("phone", self.phone),
            email: path("email", self.email),
            visitor: path("visitor", self.visitor),
            code: path("code", self.code),
            consent: path("consent", self.consent),
        }
    }
}

/// The address is the owner's own word, so whoever posts cannot have a browser sent elsewhere.
fn check_redirect(url: String, checks: &mut Checks) -> Option<String> {
    let host = url
        .strip_prefix("https://")
        .and_then(|rest| rest.split(['/', '?', '#']).next());
    let fits = host.is_some_and(|host| !host.is_empty() && !host.contains('@'))
        && url.len() <= REDIRECT_MAX_BYTES
        && url
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte));
    if !fits {
        checks.refuse(
            "redirect",
            "Write an https address such as https://www.brand.com/thanks, with anything but ASCII percent-encoded.",
        );
    }
    fits.then_some(url)
}

fn seal(app: &App, id: FormId, secret: &str) -> Vec<u8> {
    app.sealer.seal(&super::row(id), secret.as_bytes())
}
