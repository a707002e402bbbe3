//! The page, shown: to people, who are counted, and to whoever else asks, who sees the same.

use super::render::{self, Standing};
use crate::{
    click::{
        answer::{self, Answer},
        handler::Arrival,
    },
    secrets::random,
};
use hyper::StatusCode;
use konektor_core::{
    ids::LeadId,
    page::{
        Language, Page,
        form::{Form, Kind},
        token::PageToken,
    },
};
use konektor_store::{Identity, model::SaidInFull};
use std::{borrow::Cow, time::Duration};

/// The longest that a page waits for what its visitor said before.
const WITHIN: Duration = Duration::from_millis(300);

/// The language of a visitor.
pub(super) fn theirs(indonesian: bool) -> Language {
    match indonesian {
        true => Language::Indonesian,
        false => Language::English,
    }
}

impl Arrival<'_> {
    /// The page for a person. Who comes with a valid cookie finds in the form what they typed into it before.
    pub(super) async fn view(&self, page: &Page) -> Answer {
        self.path.page_mode.counts.view(self.link.rotator, self.now);
        let said = match page.form() {
            Some(_) => self.said_before().await,
            None => None,
        };
        let standing = match (page.form(), &said) {
            (Some(form), Some(said)) => standing(form, said),
            _ => Standing::default(),
        };
        self.page_with(page, &standing)
    }

    /// The page for whoever is not counted: the same, but that nobody is known.
    pub(in crate::click) fn view_of_nobody(&self, page: &Page) -> Answer {
        self.page_with(page, &Standing::default())
    }

    fn page_with(&self, page: &Page, standing: &Standing<'_>) -> Answer {
        let rotator = self.link.rotator;
        let token = PageToken {
            at: self.now,
            nonce: u64::from_le_bytes(random()),
        };
        let token = self.path.page_mode.tokens.sign(rotator.workspace.id, rotator.id, token);
        let language = page.language(theirs(self.indonesian));
        let fallback = rotator.fallback.as_ref();
        let page = render::page(StatusCode::OK, page, language, &token, standing, fallback);
        page.unwrap_or_else(answer::unavailable).into()
    }

    /// What this browser said on a page of ours before. Not what anybody else knows of the lead: a phone may be
    /// shared, and whoever types another's number becomes one lead with them, but must not read of them here.
    pub(super) async fn said_before(&self) -> Option<SaidInFull> {
        let workspace = &self.link.rotator.workspace;
        let token = self.cookie_token()?;
        let lead = LeadId {
            workspace: workspace.id,
            number: workspace.code_key.number(token.code),
        };
        let said = self.path.app.store.said_on_page(lead);
        match tokio::time::timeout(WITHIN, said).await {
            Ok(Ok(said)) => said,
            Ok(Err(error)) => {
                tracing::error!(%error, "a page could not be filled in with what its visitor said before");
                None
            }
            // It is a convenience: a database that is slow keeps nobody from the page.
            Err(_) => None,
        }
    }
}

/// The form as it was filled in before. If that is all it asks for, it is folded up.
fn standing<'s>(form: &Form, said: &'s SaidInFull) -> Standing<'s> {
    let typed = |name: &str| {
        let field = said.fields.iter().find(|(known, _)| known == name);
        field.map(|(_, value)| value.as_str())
    };
    let (mut name, mut phone, mut email) = (said.name.as_deref(), said.phone.as_deref(), said.email.as_deref());
    let mut value = |kind: Kind, name_in_data: &str| -> Cow<'s, str> {
        let first = match kind {
            Kind::Name => name.take().map(Cow::Borrowed),
            Kind::Phone => phone.take().map(|digits| Cow::Owned(format!("+{digits}"))),
            Kind::Email => email.take().map(Cow::Borrowed),
            _ => None,
        };
        first
            .or_else(|| typed(name_in_data).map(Cow::Borrowed))
            .unwrap_or_default()
    };
    let values: Vec<_> = form.fields.iter().map(|field| value(field.kind, &field.name)).collect();
    let agreed_to = said.consent.as_ref().map(|consent| consent.wording.as_str());
    let has_consent = form
        .consent
        .as_deref()
        .is_some_and(|wording| agreed_to == Some(wording));
    let is_whole = (form.consent.is_none() || has_consent)
        && values.iter().any(|value| !value.is_empty())
        && form
            .fields
            .iter()
            .zip(&values)
            .all(|(field, value)| !field.required || !value.is_empty());
    let known_as = is_whole.then(|| {
        let known = said.name.as_deref().map(Cow::Borrowed);
        known.unwrap_or_default()
    });
    Standing {
        values,
        has_consent,
        known_as,
        ..Standing::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use konektor_store::model::Consented;
    use serde_json::json;

    fn said() -> SaidInFull {
        SaidInFull {
            name: Some("Budi".to_owned()),
            phone: Some("6281234567890".to_owned()),
            fields: vec![("kota".to_owned(), "Bandung".to_owned())],
            consent: Some(Consented {
                wording: "Saya setuju".to_owned(),
            }),
            ..SaidInFull::default()
        }
    }

    fn form(fields: serde_json::Value, consent: Option<&str>) -> Form {
        serde_json::from_value(json!({ "fields": fields, "consent": consent })).unwrap()
    }

    #[test]
    fn a_form_that_was_filled_in_is_filled_in_again_and_folded_up() {
        let form = form(
            json!([
                { "name": "nama", "required": true }, { "name": "wa", "type": "phone", "required": true },
                { "name": "kota" }, { "name": "email" },
            ]),
            Some("Saya setuju"),
        );
        let said = said();
        let standing = standing(&form, &said);
        assert_eq!(standing.values, ["Budi", "+6281234567890", "Bandung", ""]);
        assert_eq!(
            (standing.has_consent, standing.known_as.as_deref()),
            (true, Some("Budi"))
        );
    }

    #[test]
    fn a_form_that_asks_for_more_is_not_folded_up() {
        let said = said();
        for (fields, consent) in [
            (json!([{ "name": "nama" }, { "name": "email", "required": true }]), None),
            (json!([{ "name": "nama" }]), Some("Another wording")),
            (json!([{ "name": "ukuran" }]), None),
        ] {
            let form = form(fields, consent);
            let standing = standing(&form, &said);
            assert_eq!((standing.has_consent, standing.known_as), (false, None), "{form:?}");
        }
    }
}
