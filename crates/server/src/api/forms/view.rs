//! A form hook as the API shows it. Its secret is shown once, when it is new.

use crate::{
    api::{page::Page, time::Time},
    app::App,
};
use konektor_core::form::{Mapping, sample::SampleField};
use konektor_store::model::Form;
use serde::Serialize;
use utoipa::ToSchema;

/// A form hook.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Form)]
pub struct FormView {
    /// Its id.
    #[schema(example = "4503599627370496")]
    id: String,
    /// Since when.
    created_at: Time,
    /// For people.
    #[schema(example = "Contact form")]
    name: String,
    /// Where the form tool posts. Whoever knows it may post, so keep it to the tool.
    #[schema(example = "https://go.example.com/hooks/forms/…")]
    url: String,
    /// Whether posts are taken.
    active: bool,
    /// Which field is what; `null` before the first payload.
    #[schema(required)]
    mapping: Option<MappingView>,
    /// The mapping was guessed: further payloads fill it up until somebody sets it.
    mapping_guessed: bool,
    /// Whether its posts must be signed.
    has_secret: bool,
    /// Where a browser is sent that posted the form itself; `null`: a page says thanks.
    #[schema(required)]
    redirect: Option<String>,
    /// The fields of the last payload, with hints of what was answered; `null` before the first one.
    #[schema(required)]
    sample: Option<Vec<SampleView>>,
    /// Posts that were taken.
    received: u64,
    /// Posts that were refused; `GET /forms/{id}/submissions` says why.
    refused: u64,
    /// When the last one was taken.
    #[schema(required)]
    last_received_at: Option<Time>,
}

/// A page of the list.
pub type FormPage = Page<FormView>;

/// A form hook, with its secret where that is new.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShownForm {
    /// The new secret. It is shown this once; what is stored of it is sealed. `null` if it has not changed, or there is none.
    #[schema(required, example = "whsec_…")]
    pub(super) secret: Option<String>,
    /// What it is.
    #[serde(flatten)]
    pub(super) about: FormView,
}

/// The paths of what is known of a person; `null` for what the form does not ask.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StoredFormMapping)]
struct MappingView {
    /// Their name.
    #[schema(required, example = "fields.Name")]
    name: Option<String>,
    /// Their phone number.
    #[schema(required)]
    phone: Option<String>,
    /// Their e-mail address.
    #[schema(required)]
    email: Option<String>,
    /// The signed visitor token.
    #[schema(required)]
    visitor: Option<String>,
    /// The visitor code.
    #[schema(required)]
    code: Option<String>,
    /// A tick of consent.
    #[schema(required)]
    consent: Option<String>,
}

/// A field of the last payload.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FormSampleField)]
struct SampleView {
    /// As a mapping names it.
    path: String,
    /// The question as people read it.
    label: String,
    /// The beginning of the answer; of one that identifies somebody only a hint.
    value: String,
}

impl FormView {
    /// Shows a form.
    pub(super) fn new(app: &App, form: Form) -> Self {
        let fields = form.fields;
        Self {
            id: form.id.to_string(),
            created_at: Time(form.created_at),
            name: fields.name,
            url: format!("{}/hooks/forms/{}", app.settings.base_url(), form.token),
            active: fields.active,
            mapping: fields.mapping.map(MappingView::from),
            mapping_guessed: fields.guessed,
            has_secret: fields.secret.is_some(),
            redirect: fields.redirect,
            sample: form
                .sample
                .map(|sample| sample.into_iter().map(SampleView::from).collect()),
            received: form.received,
            refused: form.refused,
            last_received_at: form.last_received_at.map(Time),
        }
    }
}

impl From<Mapping> for MappingView {
    fn from(mapping: Mapping) -> Self {
        Self {
            name: mapping.name,
            phone: mapping.phone,
            email: mapping.email,
            visitor: mapping.visitor,
            code: mapping.code,
            consent: mapping.consent,
        }
    }
}

impl From<SampleField> for SampleView {
    fn from(field: SampleField) -> Self {
        Self {
            path: field.path,
            label: field.label,
            value: field.value,
        }
    }
}
