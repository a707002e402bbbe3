//! `POST /l/{token}`: what the CS changed, checked and done in their agent's name.

use super::{
    Links,
    open::{Opened, Shut, language},
    page::{Fields, SAVED, Sheet},
    typed,
    words::Words,
};
use crate::{
    api::leads::{arrived::is_step, stored},
    click::page::Posted,
};
use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, Method, Request, StatusCode, header},
    response::{IntoResponse, Response},
};
use konektor_core::{
    lead::{Currency, NameError, NameSource, Status, clean_name},
    page::Language,
};
use konektor_store::{
    Access, Store,
    model::{AuditLine, LeadPatch},
};
use std::sync::Arc;

/// `POST /l/{token}`
pub(super) async fn edit(
    State(links): State<Arc<Links>>,
    Path(token): Path<String>,
    request: Request<Body>,
) -> Response {
    let (parts, body) = request.into_parts();
    let language = language(&parts.headers);
    // Whoever knows the address may do this anyway; but no page of another site needs to.
    if is_foreign(&parts.headers) {
        return Shut::Foreign.answer(language);
    }
    let opened = match links.open(&token, &parts).await {
        Ok(opened) => opened,
        Err(shut) => return shut.answer(language),
    };
    let posted = match Posted::read(&parts.headers, body).await {
        Ok(posted) => posted,
        Err(unreadable) => return super::open::private(unreadable.answer(language == Language::Indonesian)),
    };
    let (was, now) = (fields(&posted, "was_"), fields(&posted, ""));
    let checked = check(&was, &now, Words::of(language));
    match checked.map(|patch| with_arrival(patch, &posted)) {
        Ok(patch) => match links.change(&opened, patch).await {
            Ok(()) => {
                let location = format!("/l/{token}?{SAVED}");
                let answer = (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response();
                super::open::private(with_care(answer))
            }
            Err(shut) => shut.answer(language),
        },
        Err(faults) => {
            let sheet = Sheet {
                opened: &opened,
                was,
                now,
                faults,
                is_saved: false,
            };
            sheet.answer(StatusCode::UNPROCESSABLE_ENTITY, language, &token)
        }
    }
}

/// A page that names no origin is not foreign: ours tells its own to nobody.
fn is_foreign(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").and_then(|site| site.to_str().ok());
    matches!(site, Some("cross-site" | "same-site"))
}

/// The address is a key, and stands in this answer.
fn with_care(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, header::HeaderValue::from_static(value));
    }
    response
}

/// The page has a tick for the start of the chat, for as long as that was not told.
fn with_arrival(patch: LeadPatch, posted: &Posted) -> LeadPatch {
    let arrived = (!posted.value("arrived").is_empty()).then_some(true);
    LeadPatch { arrived, ..patch }
}

fn fields(posted: &Posted, prefix: &str) -> Fields {
    let value = |name: &str| posted.value(&format!("{prefix}{name}")).trim().to_owned();
    Fields {
        name: value("name"),
        status: value("status"),
        value: value("value"),
        currency: value("currency").to_uppercase(),
    }
}

/// What is different from what the page showed. What somebody else changed meanwhile stays as they left it.
fn check(was: &Fields, now: &Fields, words: &Words) -> Result<LeadPatch, Fields> {
    let (mut patch, mut faults) = (LeadPatch::default(), Fields::default());
    if now.name != was.name {
        match clean_name(&now.name) {
            Ok(name) => patch.name = Some(Some((name, NameSource::Manual))),
            Err(NameError::Empty) => faults.name = words.name_empty.to_owned(),
            Err(NameError::TooLong(_)) => faults.name = words.name_long.to_owned(),
        }
    }
    let status = now.status.parse::<Status>().ok();
    match status {
        None => faults.status = words.unknown_status.to_owned(),
        Some(status) if now.status != was.status => patch.status = Some(status),
        Some(_) => {}
    }
    let has_other_sum = (&now.value, &now.currency) != (&was.value, &was.currency);
    if now.value.is_empty() {
        if !was.value.is_empty() {
            (patch.value, patch.currency) = (Some(None), Some(None));
        }
    } else if has_other_sum && status != Some(Status::Won) {
        faults.value = words.only_won.to_owned();
    } else if has_other_sum {
        match typed::amount(&now.value) {
            Ok(amount) => patch.value = Some(Some(stored(amount))),
            Err(_) => faults.value = words.not_a_sum.to_owned(),
        }
        match now.currency.parse::<Currency>() {
            Ok(currency) => patch.currency = Some(Some(currency.into())),
            Err(_) => faults.currency = words.not_a_currency.to_owned(),
        }
    }
    if faults == Fields::default() {
        Ok(patch)
    } else {
        Err(faults)
    }
}

impl Links {
    /// Changes the lead, as made by its agent through their link.
    async fn change(&self, opened: &Opened, patch: LeadPatch) -> Result<(), Shut> {
        let (app, lead, agent) = (&self.app, &opened.lead, opened.token.agent);
        let failed = |error: konektor_store::StoreError| {
            tracing::error!(%error, "a lead could not be changed through its link");
            Shut::Failed
        };
        let is_step = is_step(lead, patch.status, patch.arrived);
        let (by, at) = (format!("link:{agent}"), app.clock.now());
        let changed = app.store.update_lead(lead.id, patch, by.clone(), at).await;
        changed.map_err(failed)?.ok_or(Shut::Closed)?;
        if is_step {
            app.delivery.status_changed();
        }
        app.live.lead_updated(lead.id, [agent]);
        let line = AuditLine {
            at,
            workspace: lead.id.workspace,
            who: by,
            object: format!("/leads/{}", lead.id.packed()),
            what: format!("{} /l/{{token}}", Method::POST),
        };
        if let Err(error) = app.store.add_audit(line).await {
            // The change is made; to call it failed would be a lie.
            tracing::error!(%error, "a change could not be written into the audit log");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn of(name: &str, status: &str, value: &str, currency: &str) -> Fields {
        Fields {
            name: name.to_owned(),
            status: status.to_owned(),
            value: value.to_owned(),
            currency: currency.to_owned(),
        }
    }

    #[test]
    fn only_what_is_different_is_changed() {
        let was = of("Budi", "hot", "", "IDR");
        let patch = check(&was, &was, Words::of(Language::English)).unwrap();
        assert!(patch.name.is_none() && patch.status.is_none() && patch.value.is_none() && patch.currency.is_none());
        let won = of("Budi Santoso", "won", "1.500.000", "IDR");
        let patch = check(&was, &won, Words::of(Language::English)).unwrap();
        assert_eq!(patch.name, Some(Some(("Budi Santoso".to_owned(), NameSource::Manual))));
        assert_eq!(
            (patch.status, patch.value),
            (Some(Status::Won), Some(Some(1_500_000_000)))
        );
        assert_eq!(patch.currency, Some(Some("IDR".to_owned())));
        let cleared = check(
            &won,
            &of("Budi Santoso", "won", "", "IDR"),
            Words::of(Language::English),
        )
        .unwrap();
        assert_eq!((cleared.value, cleared.currency), (Some(None), Some(None)));
    }

    #[rstest]
    #[case(of("", "hot", "", "IDR"), of("Write a name.", "", "", ""))]
    #[case(of("Budi", "sold", "", "IDR"), of("", "Choose one of the statuses.", "", ""))]
    #[case(
        of("Budi", "won", "banyak", "RUPIAH"),
        of(
            "",
            "",
            "Write the value in digits, such as 1,500,000.",
            "Write the currency with three letters, such as IDR."
        )
    )]
    #[case(
        of("Budi", "hot", "5", "IDR"),
        of(
            "",
            "",
            "A value is for the status Won only. Choose Won, or leave the value empty.",
            ""
        )
    )]
    fn what_cannot_be_kept_is_said_where_it_stands(#[case] now: Fields, #[case] faults: Fields) {
        let was = of("Budi", "hot", "", "IDR");
        let refused = check(&was, &now, Words::of(Language::English)).unwrap_err();
        assert_eq!(refused, faults);
    }
}
