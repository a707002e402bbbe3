//! Trying a destination out: a test event, and what would be sent of a lead.

use super::{event::event_of, token::Token, worker::connection};
use crate::app::App;
use konektor_core::{
    attribution::{ClickId as AdClickId, Platform},
    event::{Consent, Event, EventClick, EventId, EventVisitor, PixelCookies, Trigger},
    time::UnixMs,
};
use konektor_platforms::{Connection, Finding, Mode, Verdict};
use konektor_store::{
    Store,
    model::{Claimed, Destination, EventDetails, Lead},
};

/// What came of a test event.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The platform took it.
    pub ok: bool,
    /// The platform's code, if it had any.
    pub code: Option<String>,
    /// The platform's words, or ours.
    pub message: String,
    /// What was sent, credentials struck out; empty if nothing was.
    pub request: String,
    /// HTTP status of the answer, if there was one.
    pub status: Option<u16>,
    /// The answer's body.
    pub response: String,
}

impl Trial {
    fn unsent(finding: Finding) -> Self {
        Self {
            ok: false,
            code: finding.code,
            message: finding.message,
            request: String::new(),
            status: None,
            response: String::new(),
        }
    }
}

/// Sends an event that does not count. `code` is what the platform shows it by (Meta, TikTok).
pub async fn send_test(app: &App, destination: &Destination, code: Option<&str>) -> Trial {
    let connection = match connection(app, destination) {
        Ok(connection) => connection,
        Err(error) => return Trial::unsent(Finding::new(Verdict::Drop, error.to_string())),
    };
    let now = app.clock.now();
    let token = match Token::default().get(&app.delivery, &connection, now).await {
        Ok(token) => token,
        Err(finding) => return Trial::unsent(finding),
    };
    let event = test_event(destination, now);
    let hosts = &app.delivery.hosts;
    let encoded = connection.encode(hosts, token.as_ref(), &[event], Mode::Test(code));
    let request = encoded.shown(0);
    match app
        .delivery
        .transport
        .send(&encoded.request, connection.limits().timeout)
        .await
    {
        Ok(response) => {
            let mut answer = connection.decode(&response, 1);
            let finding = answer.findings.pop();
            let finding = finding.unwrap_or_else(|| Finding::new(Verdict::Retry, "The answer says nothing."));
            Trial {
                ok: matches!(finding.verdict, Verdict::Delivered | Verdict::Accepted),
                code: finding.code,
                message: finding.message,
                request,
                status: Some(response.status),
                response: response.body,
            }
        }
        Err(words) => Trial {
            request,
            ..Trial::unsent(Finding::new(Verdict::Retry, words))
        },
    }
}

/// A visitor who never was, with a click ID of the right form.
fn test_event(destination: &Destination, now: UnixMs) -> Event {
    let (parameter, value) = match destination.fields.platform {
        Platform::Google => ("gclid", "KonektorTest_Cj0KCQ"),
        Platform::Tiktok => ("ttclid", "E.C.P.KonektorTest"),
        Platform::Linkedin => ("li_fat_id", "00000000-0000-4000-8000-000000000000"),
        _ => ("fbclid", "IwAR0KonektorTest"),
    };
    Event {
        id: EventId::of_test(now),
        trigger: Trigger::Click,
        name: destination.fields.mapping.event(Trigger::Click).unwrap_or("Contact").to_owned(),
        at: now,
        money: None,
        consent: Consent::Granted,
        click: EventClick {
            at: now,
            ids: vec![AdClickId {
                parameter: parameter.into(),
                value: value.to_owned(),
            }],
            url: "https://example.com/wa/test".to_owned(),
            slug: "test".to_owned(),
            referrer: None,
            cookies: PixelCookies::default(),
        },
        visitor: EventVisitor {
            code: "TEST000".to_owned(),
            // Of a range that is kept for examples (RFC 5737).
            ip: Some([203, 0, 113, 1].into()),
            user_agent: "Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36".to_owned(),
            language: "id-ID".to_owned(),
            phone: None,
            email: None,
        },
    }
}

/// What would be sent of a lead, credentials struck out, or why nothing would be. Nothing is sent.
pub async fn dry_run(app: &App, destination: &Destination, lead: &Lead, trigger: Trigger) -> Result<String, String> {
    let fields = &destination.fields;
    let name = fields
        .mapping
        .event(trigger)
        .ok_or_else(|| format!("The destination's mapping has no event for \"{}\".", trigger.as_str()))?;
    let found = app.store.attributed_click(lead.id, fields.platform).await;
    let click = found
        .map_err(|error| {
            tracing::error!(%error, "a click could not be read");
            "The database did not answer. The server's log says why.".to_owned()
        })?
        .ok_or_else(|| format!("The lead never came with a click ID of {}.", fields.platform))?;
    let consent = Consent::of(&click.facts, fields.consent);
    if consent == Consent::Denied && fields.platform != Platform::Google {
        return Err("The visitor did not consent, so nothing leaves the server.".to_owned());
    }
    let connection: Connection = connection(app, destination).map_err(|error| error.to_string())?;
    let now = app.clock.now();
    let (at, event_id, details) = match trigger {
        Trigger::Click => (click.at, EventId::of_click(click.id), EventDetails::default()),
        Trigger::Arrived | Trigger::Status(_) => (now, EventId::of_lead(lead.id, name), details(lead, trigger)),
    };
    let claimed = Claimed {
        id: konektor_core::ids::DeliveryId(0),
        event_id,
        trigger,
        name: name.to_owned(),
        at,
        consent,
        details,
        click,
        lead: lead.id,
        attempts: 0,
        expires_at: now,
    };
    let event = event_of(&app.routing.load(), claimed, now).ok_or("The workspace is gone.")?;
    let nobody = konektor_platforms::Secret::new("token".to_owned());
    let encoded = connection.encode(&app.delivery.hosts, Some(&nobody), &[event], Mode::Live);
    Ok(encoded.shown(0))
}

fn details(lead: &Lead, trigger: Trigger) -> EventDetails {
    let is_won = trigger == Trigger::Status(konektor_core::lead::Status::Won);
    EventDetails {
        phone: lead.phone.clone(),
        email: lead.email.clone(),
        value: lead.value.filter(|_| is_won),
        currency: lead.currency.clone().filter(|_| is_won),
    }
}
