//! The heart: (routing snapshot, what is remembered, what was loaded, visits) → decisions.
//!
//! [`decide`] answers the whole of "who is this, and to whom do they go?" for a batch of visits without
//! touching a database or a clock. The recorder then applies the [`Decisions`] in one durable transaction
//! and only then answers. If that transaction fails, [`Memory`] is thrown away and built anew from the store,
//! so deciding may change it as it goes.

mod agent;
pub mod degraded;
mod hand_over;
mod identity;
mod memory;
mod outlook;

pub use agent::{back_at, on_duty, without_a_turn};
pub use hand_over::{HandOver, hand_over};
pub use memory::{Keys, Memory};
pub use outlook::{Outlook, Passed, Prospect, outlook};

use crate::{
    attribution::{Platform, Touch},
    click::{Click, ClickFacts, Country, RecognisedBy, Why},
    event::{Consent, PixelCookies},
    identity::continuity::{ClickIdPrint, ClickIdUse, PRESSED_AGAIN_WINDOW_MS, is_within},
    ids::{AgentId, ClickId, LeadId, RotatorId, VisitorNumber},
    rotation::{LedgerKey, Turns},
    routing::{Agent, Rotator, Routing},
    time::UnixMs,
};
use foldhash::HashMap;
use identity::{Identified, find_press, identify};
use serde::{Deserialize, Serialize};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    sync::Arc,
};

/// A person at the door: what the handler made of a request that is neither a bot's nor a preview.
#[derive(Clone, Debug)]
pub struct Visit {
    /// When it arrived.
    pub at: UnixMs,
    /// Which link.
    pub rotator: RotatorId,
    /// From a valid cookie of this workspace.
    pub cookie: Option<VisitorNumber>,
    /// The visitor's address.
    pub address: IpAddr,
    /// Fingerprint of the whole request, for double taps.
    pub request_print: i64,
    /// Fingerprints of the primary click ID.
    pub click_id: Option<ClickIdPrint>,
    /// Where from.
    pub touch: Touch,
    /// Host that the link was opened on.
    pub host: String,
    /// User agent.
    pub ua: Arc<str>,
    /// `Accept-Language`.
    pub lang: String,
    /// Country, region, city and zone by GeoIP.
    pub place: Place,
    /// `Sec-GPC: 1`.
    pub gpc: bool,
    /// What the consent parameter or cookie says.
    pub consent: Option<Consent>,
    /// The pixels' cookies.
    pub pixel: Option<Box<PixelCookies>>,
    /// Fingerprint of the page whose button was pressed, at a rotator in page mode.
    pub press: Option<i64>,
    /// The workspace is strict and the visitor has not consented: the address is not kept. (The rest that is not kept is not
    /// here in the first place.)
    pub is_discreet: bool,
}

/// Where an address is, as far as a GeoIP database can tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// ISO 3166-1 alpha-2.
    pub country: Option<Country>,
    /// Region or province.
    pub region: Option<String>,
    /// City.
    pub city: Option<String>,
    /// IANA name.
    pub time_zone: Option<Cow<'static, str>>,
}

/// Who a lead belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeadRoute {
    /// Where the lead was born.
    pub rotator: RotatorId,
    /// Its owner there; `None` while only a fallback took it.
    pub agent: Option<AgentId>,
    /// The owner was set by hand: every rotator uses them.
    pub pinned: bool,
    /// What differs from that: owners at other rotators, substitutes.
    pub others: BTreeMap<RotatorId, Stand>,
    /// The lead's name where a person gave one, for `{first_name}`.
    pub name: Option<String>,
    /// Its first click, if the store has looked and there is one.
    pub first_click: Option<ClickId>,
}

/// Owner and substitute of a lead at one rotator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stand {
    /// Owner here, where it is not the lead's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<AgentId>,
    /// Stands in while the owner is away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub substitute: Option<AgentId>,
}

/// What the store knows of a lead that a batch asks for. Leads it does not know are absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeadState {
    /// A lead.
    Known(LeadRoute),
    /// It was merged into this one, which is loaded too: it has the owner. Its clicks stay its own.
    Merged(LeadId),
    /// Was erased or removed: whoever comes with its cookie is a new visitor.
    Erased,
}

/// What a batch needs from the store.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// By lead.
    pub leads: HashMap<LeadId, LeadState>,
    /// By either fingerprint of [`ClickIdPrint`].
    pub click_ids: HashMap<i64, ClickIdUse>,
}

impl Loaded {
    /// The lead that stands for this one.
    fn standing(&self, lead: LeadId) -> LeadId {
        match self.leads.get(&lead) {
            Some(LeadState::Merged(root)) => *root,
            _ => lead,
        }
    }

    /// Whether it is there and was not removed.
    fn is_alive(&self, lead: LeadId) -> bool {
        matches!(self.leads.get(&self.standing(lead)), Some(LeadState::Known(_)))
    }
}

/// A lead's first row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLead {
    /// Its id.
    pub id: LeadId,
    /// The click that made it.
    pub click: ClickId,
    /// When.
    pub at: UnixMs,
    /// At which link.
    pub rotator: RotatorId,
    /// Its owner.
    pub agent: Option<AgentId>,
    /// Its click ID had been used by another browser.
    pub shared_link: bool,
    /// First touch's platform.
    pub platform: Option<Platform>,
    /// First touch's `utm_source`.
    pub source: Option<String>,
    /// First touch's `utm_campaign`.
    pub campaign: Option<String>,
}

/// Where a visitor goes.
#[derive(Clone, Debug)]
pub enum SendTo {
    /// To this agent's chat.
    Agent(Arc<Agent>),
    /// To the rotator's fallback.
    Fallback,
    /// To the page "we are closed".
    Closed,
}

/// What became of a visit.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Recorded; go on.
    Sent {
        /// Whose click it is.
        lead: LeadId,
        /// Where to.
        to: SendTo,
        /// A name that a person gave the lead.
        name: Option<String>,
    },
    /// Taken for a flood: redirect, record nothing.
    Flood,
    /// The rotator was removed a moment ago.
    Gone,
}

/// What a batch of visits changes. Applied in one transaction, in this order.
#[derive(Debug, Default)]
pub struct Decisions {
    /// One a visit, in order.
    pub outcomes: Vec<Outcome>,
    /// Leads to add.
    pub new_leads: Vec<NewLead>,
    /// Leads whose owners changed.
    pub routes: BTreeMap<i64, (LeadId, LeadRoute)>,
    /// The click before the first of `clicks`.
    pub after: ClickId,
    /// Clicks to append.
    pub clicks: Vec<Click>,
    /// Rotators whose rotation moved; the state is in [`Memory`].
    pub rotators: BTreeSet<RotatorId>,
    /// Ledger lines to add to.
    pub ledger: BTreeMap<LedgerKey, Turns>,
}

/// Decides a batch of visits, one after the other.
pub fn decide(routing: &Routing, memory: &mut Memory, mut loaded: Loaded, visits: Vec<Visit>) -> Decisions {
    let mut decisions = Decisions {
        outcomes: Vec::with_capacity(visits.len()),
        after: memory.click_ids_made.last(),
        ..Decisions::default()
    };
    decisions.clicks.reserve(visits.len());
    for visit in visits {
        let outcome = decide_one(routing, memory, &mut loaded, &mut decisions, visit);
        decisions.outcomes.push(outcome);
    }
    decisions
}

fn decide_one(
    routing: &Routing,
    memory: &mut Memory,
    loaded: &mut Loaded,
    decisions: &mut Decisions,
    visit: Visit,
) -> Outcome {
    let Some(rotator) = routing.rotator(visit.rotator) else {
        return Outcome::Gone;
    };
    let tapped = visit
        .cookie
        .is_none()
        .then(|| memory.taps.find(visit.request_print, visit.at))
        .flatten();
    let pressed = visit
        .press
        .and_then(|press| find_press(memory, loaded, press, visit.at));
    let Some(identified) = identify(&rotator.workspace, memory, loaded, &visit, tapped, pressed) else {
        return Outcome::Flood;
    };
    let Identified { lead, by, shared } = identified;
    let pressed_again =
        pressed.is_some_and(|pressed| pressed.lead == lead && is_within(visit.at, pressed.at, PRESSED_AGAIN_WINDOW_MS));

    let click = memory.click_ids_made.next(visit.at);
    let person = loaded.standing(lead);
    let mut route = match loaded.leads.remove(&person) {
        Some(LeadState::Known(route)) => Some(route),
        _ => None,
    };
    let is_new = route.is_none();
    let choice = agent::choose(
        routing,
        memory,
        &mut decisions.ledger,
        rotator,
        person,
        route.as_mut(),
        visit.at,
    );
    if choice.why.is_turn() {
        decisions.rotators.insert(rotator.id);
    }
    let agent = match &choice.to {
        SendTo::Agent(agent) => Some(agent.id),
        SendTo::Fallback | SendTo::Closed => None,
    };
    let route = match route {
        Some(route) => {
            if choice.route_changed {
                decisions.routes.insert(person.packed(), (person, route.clone()));
            }
            route
        }
        None => {
            let (at, rotator) = (visit.at, rotator.id);
            decisions.new_leads.push(NewLead {
                id: lead,
                click,
                at,
                rotator,
                agent,
                shared_link: shared,
                platform: visit.touch.platform,
                source: visit.touch.utm.source.clone(),
                campaign: visit.touch.utm.campaign.clone(),
            });
            LeadRoute {
                rotator,
                agent,
                first_click: Some(click),
                ..LeadRoute::default()
            }
        }
    };
    let name = route.name.clone();
    // Of a lead that was merged into another, the other's route is known.
    let first = route.first_click.filter(|_| lead == person && !is_new);
    loaded.leads.insert(person, LeadState::Known(route));
    if visit.cookie.is_none() {
        memory.taps.insert(visit.request_print, visit.at, lead);
    }
    let is_first_use = visit.click_id.is_some_and(|print| memory.is_first_use(print));
    if let Some(print) = visit.click_id {
        let known = ClickIdUse {
            lead,
            with_browser: print.with_browser,
            at: visit.at,
        };
        memory.remember_click_id(print, known, click);
    }
    if let Some(press) = visit.press {
        let (print, known) = ClickIdUse::of_press(press, lead, visit.at);
        memory.remember_click_id(print, known, click);
    }
    let dup = tapped.is_some() || pressed_again;
    decisions.clicks.push(Click {
        is_first_use,
        first,
        ..record(click, rotator, lead, agent, &choice.why, by, is_new, shared, dup, visit)
    });
    Outcome::Sent {
        lead,
        to: choice.to,
        name,
    }
}

#[expect(clippy::too_many_arguments, reason = "it only puts together what was decided above")]
fn record(
    id: ClickId,
    rotator: &Rotator,
    lead: LeadId,
    agent: Option<AgentId>,
    why: &Why,
    by: RecognisedBy,
    new: bool,
    shared: bool,
    dup: bool,
    visit: Visit,
) -> Click {
    let Visit {
        at,
        address,
        click_id,
        touch,
        host,
        ua,
        lang,
        place,
        gpc,
        consent,
        pixel,
        press,
        is_discreet,
        ..
    } = visit;
    let Place {
        country: cc,
        region,
        city,
        time_zone: tz,
    } = place;
    let facts = ClickFacts {
        by,
        why: *why,
        new,
        dup,
        shared,
        touch,
        host,
        ip: (!is_discreet).then_some(address),
        ua,
        lang,
        cc,
        region,
        city,
        tz,
        gpc,
        consent,
        pixel,
        press,
    };
    Click {
        id,
        at,
        lead,
        rotator: rotator.id,
        agent,
        is_first_use: false,
        first: None,
        print: click_id,
        facts,
    }
}

#[cfg(test)]
mod tests;
