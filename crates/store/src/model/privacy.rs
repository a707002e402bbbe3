//! What is forgotten, and what was.

use konektor_core::{
    click::Click,
    ids::{AgentId, LeadId},
    time::UnixMs,
};
use std::collections::BTreeSet;

/// Who is to be erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// The person of this lead.
    Lead(LeadId),
    /// Everybody known by this number, E.164 digits.
    Phone(String),
    /// Everybody known by this address, lower-cased.
    Email(String),
}

/// What an erasure took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// The leads.
    pub leads: Vec<LeadId>,
    /// The agents who had them.
    pub agents: Vec<AgentId>,
    /// Their clicks.
    pub clicks: usize,
    /// What forms, messages and imports had said.
    pub submissions: usize,
    /// Events for ad platforms.
    pub deliveries: usize,
    /// Messages for other programs.
    pub messages: usize,
    /// What nobody else has, to look for in files: phone numbers, addresses, click IDs.
    pub needles: Vec<String>,
}

/// What clicks lose with time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Forgotten {
    /// Address, user agent and language.
    Origin,
    /// The values of click IDs, and pixels' cookies.
    ClickIds,
}

impl Forgotten {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Origin => "origin",
            Self::ClickIds => "click_ids",
        }
    }
}

/// Persons who were silent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SilentLeads {
    /// One lead each.
    pub leads: Vec<LeadId>,
    /// Where to go on; `None` at the end.
    pub next: Option<LeadId>,
}

/// Of which kinds data of a lead is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldData {
    /// Whose.
    pub lead: LeadId,
    /// When it came.
    pub first_seen: UnixMs,
    /// When something was last heard.
    pub last_seen: UnixMs,
    /// Whether it was taken out of the lists; the data is still there.
    pub removed: bool,
    /// The kinds, of a closed list: see docs/privacy.md.
    pub kinds: Vec<&'static str>,
}

/// Adds the kinds of personal data that a click holds.
pub(crate) fn kinds_of_click(click: &Click, kinds: &mut BTreeSet<&'static str>) {
    let facts = &click.facts;
    let has = [
        ("clicks", true),
        ("address", facts.ip.is_some()),
        ("user_agent", !facts.ua.is_empty()),
        ("click_ids", !facts.touch.click_ids.is_empty()),
        ("pixel_cookies", facts.pixel.is_some()),
        ("place", facts.region.is_some() || facts.city.is_some()),
    ];
    kinds.extend(has.into_iter().filter_map(|(kind, is_there)| is_there.then_some(kind)));
}
