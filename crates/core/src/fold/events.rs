//! From clicks and statuses to the events that ad platforms are told.
//!
//! Each is made once, for ever: a click's by its click ID, so that a reload or a link that was passed on is not a second
//! one; a status's by its lead and by what the platform calls it. Which were made is kept by fingerprint.

use crate::{
    attribution::{CLICK_ID_PARAMETERS, ClickId as AdClickId, Platform, Touch},
    click::Click,
    event::{Consent, EventId, Trigger, Window},
    identity::continuity::Fingerprints,
    ids::{ClickId, DestinationId, LeadId},
    lead::{ARRIVED, Status, UnknownWord},
    routing::{DestinationRoute, Routing},
    time::UnixMs,
};
use foldhash::HashSet;

/// Which destinations were told which events, by the events' fingerprints.
pub type Told = HashSet<(DestinationId, i64)>;

/// An event that a destination is told.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEvent {
    /// Who is told.
    pub destination: DestinationId,
    /// Whose it is.
    pub lead: LeadId,
    /// The click that it is attributed to.
    pub click: ClickId,
    /// What made it.
    pub trigger: Trigger,
    /// The platform's name of it.
    pub name: String,
    /// Stable over retries, and over a fold that is done again.
    pub id: EventId,
    /// When it happened.
    pub at: UnixMs,
    /// Whether it may be told.
    pub consent: Consent,
    /// The visitor refused, and this platform cannot be told an event together with the refusal: nothing is sent.
    pub withheld: bool,
    /// When it may be sent.
    pub window: Window,
    /// Under which it is noted as told.
    pub print: i64,
}

/// Who is told of a click: nobody of a double tap, else the destinations of the primary click ID's platform that were
/// there when it happened.
pub fn listeners<'r>(routing: &'r Routing, click: &Click) -> impl Iterator<Item = &'r DestinationRoute> {
    let (touch, at) = (&click.facts.touch, click.at);
    let platform = touch
        .platform
        .filter(|_| !click.facts.dup && !touch.click_ids.is_empty());
    let destinations = match platform {
        Some(_) => routing.destinations(click.lead.workspace),
        None => &[],
    };
    destinations
        .iter()
        .filter(move |destination| Some(destination.platform) == platform && destination.created_at <= at)
}

/// Makes a click's events, `print` being that of its click ID.
pub(super) fn of_click(routing: &Routing, click: &Click, print: i64, told: &mut Told, events: &mut Vec<NewEvent>) {
    for destination in listeners(routing, click) {
        if told.contains(&(destination.id, print)) {
            continue;
        }
        let wanted = Wanted {
            destination,
            trigger: Trigger::Click,
            name: match destination.mapping.event(Trigger::Click) {
                Some(name) => name,
                None => continue,
            },
            id: EventId::of_click(click.id),
            print,
        };
        let consent = Consent::of(&click.facts, destination.consent);
        if let Some(event) = wanted.event(click.at, click, consent, routing.google_click_wait_ms()) {
            told.insert((destination.id, print));
            events.push(event);
        }
    }
}

/// A lead came a step further: to a status, or into the chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeadStep {
    /// Who.
    pub lead: LeadId,
    /// Which step.
    pub trigger: Trigger,
    /// When.
    pub at: UnixMs,
}

impl LeadStep {
    /// The steps that a change of a lead's field is: nobody comes to a status beyond `new` without a chat.
    pub fn of(lead: LeadId, at: UnixMs, field: &str, new: Option<&str>) -> Result<Vec<Self>, UnknownWord> {
        let step = |trigger| Self { lead, trigger, at };
        Ok(match (field, new) {
            (ARRIVED, Some(_)) => vec![step(Trigger::Arrived)],
            ("status", Some(status)) => {
                let status: Status = status.parse()?;
                let arrived = status.is_after_arrival().then(|| step(Trigger::Arrived));
                arrived.into_iter().chain([step(Trigger::Status(status))]).collect()
            }
            _ => Vec::new(),
        })
    }
}

/// An event that a destination wants to hear of, if it was not told yet and there is a click to attribute it to.
#[derive(Clone, Debug)]
pub struct Wanted<'r> {
    /// Who wants it.
    pub destination: &'r DestinationRoute,
    /// Under which it is noted as told.
    pub print: i64,
    trigger: Trigger,
    name: &'r str,
    id: EventId,
}

impl<'r> Wanted<'r> {
    /// Which events a step may make.
    pub fn of_step(routing: &'r Routing, prints: &Fingerprints, change: LeadStep) -> Vec<Self> {
        let trigger = change.trigger;
        let destinations = routing.destinations(change.lead.workspace).iter();
        destinations
            .filter(|destination| destination.created_at <= change.at)
            .filter_map(|destination| {
                let name = destination.mapping.event(trigger)?;
                let id = EventId::of_lead(change.lead, name);
                Some(Self {
                    destination,
                    print: prints.event(&id),
                    trigger,
                    name,
                    id,
                })
            })
            .collect()
    }

    /// Under which the same event of another lead is noted as told: of one that is the same person.
    pub fn print_of(&self, prints: &Fingerprints, lead: LeadId) -> i64 {
        prints.event(&EventId::of_lead(lead, self.name))
    }

    /// What makes it.
    pub fn trigger(&self) -> Trigger {
        self.trigger
    }

    /// The event, attributed to an ad's click.
    pub fn attributed(self, change: LeadStep, ad: &AdClick, google_click_wait_ms: i64) -> Option<NewEvent> {
        let consent = Consent::of(&ad.latest.facts, self.destination.consent);
        self.event(change.at, &ad.first, consent, google_click_wait_ms)
    }

    /// `None` for platforms that no adapter speaks to.
    fn event(self, at: UnixMs, click: &Click, consent: Consent, google_click_wait_ms: i64) -> Option<NewEvent> {
        let platform = self.destination.platform;
        Some(NewEvent {
            destination: self.destination.id,
            lead: click.lead,
            click: click.id,
            trigger: self.trigger,
            name: self.name.to_owned(),
            id: self.id,
            at,
            consent,
            withheld: consent == Consent::Denied && platform != Platform::Google,
            window: Window::of(platform, self.trigger, at, click.at, google_click_wait_ms)?,
            print: self.print,
        })
    }
}

/// How a lead last came through a platform's ad.
#[derive(Clone, Debug, PartialEq)]
pub struct AdClick {
    /// The lead's first click with the click ID: when the ad was clicked. A visitor who opens the same link again weeks
    /// later has not clicked the ad again.
    pub first: Click,
    /// The lead's latest click with it: what the visitor last said about consent.
    pub latest: Click,
}

/// Looks for the [`AdClick`] of a platform in a lead's clicks.
#[derive(Debug)]
pub struct AdClickSearch {
    platform: Platform,
    until: UnixMs,
    found: Option<AdClick>,
}

impl AdClickSearch {
    /// For this platform, among the clicks up to `until`: nothing is attributed to an ad that came after it.
    pub fn new(platform: Platform, until: UnixMs) -> Self {
        Self {
            platform,
            until,
            found: None,
        }
    }

    /// Looks at a click; they come latest first.
    pub fn see(&mut self, click: Click) {
        let Some(id) = click_id_of(&click.facts.touch, self.platform).filter(|_| click.at <= self.until) else {
            return;
        };
        match &mut self.found {
            Some(ad) if click_id_of(&ad.latest.facts.touch, self.platform) == Some(id) => ad.first = click,
            Some(_) => {}
            None => {
                self.found = Some(AdClick {
                    first: click.clone(),
                    latest: click,
                });
            }
        }
    }

    /// What was found.
    pub fn found(self) -> Option<AdClick> {
        self.found
    }
}

/// A touch's click ID of a platform, whichever place it has among several.
fn click_id_of(touch: &Touch, platform: Platform) -> Option<&AdClickId> {
    let is_of_platform = |parameter: &str| {
        let row = CLICK_ID_PARAMETERS.iter().find(|row| row.name == parameter);
        row.is_some_and(|row| row.platform == Some(platform))
    };
    touch.click_ids.iter().find(|id| is_of_platform(&id.parameter))
}
