//! The press of the button: what was sent with it is read and checked, then it is a visit like any other.

use super::{
    PageMode, Posted,
    render::{self, Standing},
    view::theirs,
};
use crate::{
    auth::rate::{Holder, Taken},
    click::{
        answer::{self, Answer},
        handler::{Arrival, ClickPath},
        head::Head,
    },
    enrich::user_agents::KnownUserAgent,
};
use axum::body::Body;
use bytes::Bytes;
use hyper::{Request, Response, StatusCode, body::Body as HttpBody};
use jiff::tz::TimeZone;
use konektor_core::{
    decide::Visit,
    identity::continuity::Fingerprints,
    page::{
        Page,
        form::{Fault, Filled, Form},
        outcome::FormOutcome,
        token::{Age, PageToken},
    },
    request::RequestFacts,
    screening::Class,
};
use std::{borrow::Cow, error::Error, net::IpAddr};

/// Fields of ours. Those of a form are called as its settings say, and never like these.
const TOKEN: &str = "_token";
const TIME_ZONE: &str = "_tz";
const HONEYPOT: &str = "_website";
/// The tick.
const CONSENT: &str = "consent";
/// Longest name of a zone in the IANA database has 30 characters or so.
const ZONE_MAX_BYTES: usize = 64;

/// What a press adds to a visit.
#[derive(Debug, Default)]
pub struct Press {
    /// Of the page, if it is ours.
    pub(super) token: Option<PageToken>,
    time_zone: Option<String>,
    /// What was typed, to be kept with the lead.
    pub(super) filled: Option<Filled>,
}

impl Press {
    /// Marks a visit as this press: the same page again is the same visitor, and the browser knows its time zone best.
    pub fn mark(&self, visit: &mut Visit, prints: &Fingerprints, ua: &KnownUserAgent) {
        if let Some(token) = self.token {
            let press = prints.press(visit.rotator, token.nonce, ua.print, &visit.lang);
            (visit.press, visit.request_print) = (Some(press), press);
        }
        if let Some(zone) = &self.time_zone {
            visit.place.time_zone = Some(Cow::Owned(zone.clone()));
        }
    }

    /// The name that was typed.
    pub fn name(&self) -> Option<&str> {
        self.filled.as_ref()?.name.as_deref()
    }
}

impl ClickPath {
    /// Answers a POST under `/wa/`. Only a rotator in page mode takes one.
    pub async fn press<B>(&self, peer: IpAddr, request: Request<B>) -> Response<Body>
    where
        B: HttpBody<Data = Bytes>,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let (parts, body) = request.into_parts();
        let request = Request::from_parts(parts, ());
        let head = Head::of_request(&request);
        if !self.takes_presses(&head) {
            return answer::method_not_allowed(false);
        }
        match Posted::read(request.headers(), body).await {
            Ok(posted) => see_other(self.handle(peer, &head, Some(&posted)).await.into_response()),
            Err(unreadable) => {
                self.meters.bad_requests.increment(1);
                unreadable.answer(answer::reads_indonesian(head.accept_language.as_deref()))
            }
        }
    }
}

/// What came of looking at a form.
enum Looked {
    /// There is nothing to keep.
    Empty,
    /// This is.
    Filled(Filled),
    /// Something has to be corrected.
    Faults(Vec<Fault>),
    /// It is not to be kept.
    Dropped(FormOutcome),
}

impl Arrival<'_> {
    /// Answers a person at a rotator in page mode.
    pub(in crate::click) async fn at_page(
        &self,
        page: &Page,
        facts: &RequestFacts<'_>,
        ua: &KnownUserAgent,
        posted: Option<&Posted>,
    ) -> Answer {
        let Some(posted) = posted else {
            return self.view(page).await;
        };
        let rotator = self.link.rotator;
        let mode = &self.path.page_mode;
        let token = mode
            .tokens
            .verify(rotator.workspace.id, rotator.id, posted.value(TOKEN));
        let looked = match page.form() {
            Some(form) => self.look(form, token, posted),
            None => Looked::Empty,
        };
        let filled = match looked {
            Looked::Empty => None,
            Looked::Filled(filled) => self.unless_known(filled).await,
            Looked::Faults(faults) => {
                mode.counts.form(rotator, self.now, FormOutcome::Refused);
                return self.again(page, posted, &faults);
            }
            Looked::Dropped(outcome) => {
                mode.counts.form(rotator, self.now, outcome);
                if !outcome.is_likely_a_person() {
                    return self.not_counted(Class::Bot, facts, Some(posted));
                }
                None
            }
        };
        let press = Press {
            token,
            time_zone: time_zone(posted.value(TIME_ZONE)),
            filled,
        };
        self.record(facts, ua, Some(&press)).await
    }

    /// Counts what was typed with a press that is not a person's: it is not kept.
    pub(in crate::click) fn drop_form(&self, page: &Page, posted: &Posted, class: Class) {
        let is_counted = class == Class::Bot && !posted.value(HONEYPOT).is_empty();
        if let Some(form) = page.form()
            && !is_counted
            && values(form, posted).any(|value| !value.trim().is_empty())
        {
            let counts = &self.path.page_mode.counts;
            counts.form(self.link.rotator, self.now, FormOutcome::NotAPerson);
        }
    }

    fn look(&self, form: &Form, token: Option<PageToken>, posted: &Posted) -> Looked {
        let dropped = match token {
            _ if !posted.value(HONEYPOT).is_empty() => Some(FormOutcome::Honeypot),
            _ if posted.is_cross_site() => Some(FormOutcome::CrossSite),
            None => Some(FormOutcome::Forged),
            Some(token) => match token.age(self.now) {
                Age::TooYoung => Some(FormOutcome::TooFast),
                Age::TooOld => Some(FormOutcome::Expired),
                Age::Right => None,
            },
        };
        if let Some(outcome) = dropped {
            return Looked::Dropped(outcome);
        }
        if !self.path.page_mode.takes_form_of(self.address(), self) {
            return Looked::Dropped(FormOutcome::TooMany);
        }
        let values: Vec<_> = values(form, posted).collect();
        let has_consent = !posted.value(CONSENT).is_empty();
        let country = &self.link.rotator.workspace.country;
        match form.check(|place| values[place], has_consent, country) {
            Ok(filled) if filled.is_empty() => Looked::Empty,
            Ok(filled) => Looked::Filled(filled),
            Err(faults) => Looked::Faults(faults),
        }
    }

    /// The page with what was typed and what is wrong with it. It is the same page still: its token stays.
    fn again(&self, page: &Page, posted: &Posted, faults: &[Fault]) -> Answer {
        let values = page
            .form()
            .map(|form| values(form, posted).map(Cow::Borrowed).collect());
        let standing = Standing {
            values: values.unwrap_or_default(),
            has_consent: !posted.value(CONSENT).is_empty(),
            known_as: None,
            faults,
            time_zone: posted.value(TIME_ZONE),
        };
        let language = page.language(theirs(self.indonesian));
        let fallback = self.link.rotator.fallback.as_ref();
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        let page = render::page(status, page, language, posted.value(TOKEN), &standing, fallback);
        page.unwrap_or_else(answer::unavailable).into()
    }

    /// What was typed, unless this browser said just that before: who comes back says nothing new.
    async fn unless_known(&self, filled: Filled) -> Option<Filled> {
        let said = self.said_before().await;
        let is_known = said.is_some_and(|said| super::keep::says_the_same(&said, &filled));
        (!is_known).then_some(filled)
    }
}

impl PageMode {
    fn takes_form_of(&self, address: IpAddr, arrival: &Arrival<'_>) -> bool {
        let taken = self.forms.take(Holder::address(address), arrival.now);
        !matches!(taken, Some(Taken::No { .. }))
    }
}

/// What was typed into each field.
fn values<'p>(form: &Form, posted: &'p Posted) -> impl Iterator<Item = &'p str> {
    form.fields.iter().map(|field| posted.value(&field.name))
}

/// A zone that the browser names, if there is one of this name.
fn time_zone(name: &str) -> Option<String> {
    let is_plausible = !name.is_empty() && name.len() <= ZONE_MAX_BYTES && name.is_ascii();
    let zone = is_plausible.then(|| TimeZone::get(name).ok()).flatten()?;
    zone.iana_name().map(str::to_owned)
}

/// After a POST, `303` says that what follows is a GET; `302` leaves it to the browser.
fn see_other(mut response: Response<Body>) -> Response<Body> {
    if response.status() == StatusCode::FOUND {
        *response.status_mut() = StatusCode::SEE_OTHER;
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("Asia/Jakarta", Some("Asia/Jakarta"))]
    #[case("asia/makassar", Some("Asia/Makassar"))]
    #[case("Asia/Atlantis", None)]
    #[case("../../etc/passwd", None)]
    #[case("UTC+7", None)]
    #[case("", None)]
    fn a_time_zone_is_one_that_exists(#[case] name: &str, #[case] zone: Option<&str>) {
        assert_eq!(time_zone(name).as_deref(), zone);
    }
}
