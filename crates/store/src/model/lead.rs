//! Leads as they are shown, looked for and edited, and what has happened to them.

use super::*;
use konektor_core::{
    attribution::Platform,
    click::Click,
    fold::NAME_MAX_BYTES,
    ids::{AgentId, LeadId, RotatorId},
    lead::{Arrival, Facts, Field, NameSource, Named, Own, Person, Status, TrackingStatus, Worth},
    time::UnixMs,
};

/// A lead with its first and latest click, and with those of the leads that were merged into it.
#[derive(Clone, Debug)]
pub struct Lead {
    /// Its id.
    pub id: LeadId,
    /// When it first came, or was made.
    pub created_at: UnixMs,
    /// Owner where it was born.
    pub agent: Option<AgentId>,
    /// The owner was set by hand.
    pub pinned: bool,
    /// Came by a link that another browser had opened before.
    pub shared_link: bool,
    /// Somebody who only typed its code said something of it.
    pub unverified: bool,
    /// Was made for somebody who used a code that was bound to another person.
    pub reused_code: bool,
    /// Others were merged into it.
    pub merged: bool,
    /// Where a person or a form gave one; else it is the automatic one.
    pub name: Option<(String, NameSource)>,
    /// Its status.
    pub status: Status,
    /// E.164 digits.
    pub phone: Option<String>,
    /// As given.
    pub email: Option<String>,
    /// In thousandths of the currency.
    pub value: Option<i64>,
    /// ISO 4217.
    pub currency: Option<String>,
    /// Free text.
    pub notes: Option<String>,
    /// Counted clicks.
    pub click_count: u32,
    /// Its first click; `None` if it never clicked.
    pub first: Option<Click>,
    /// Its latest click; the first again where there is only one.
    pub last: Option<Click>,
    /// When its chat started, if that was told.
    pub arrival: Option<Arrival>,
    /// What the ad platforms know of it.
    pub tracking: TrackingStatus,
}

/// A part of the list of leads.
#[derive(Clone, Debug, Default)]
pub struct FoundLeads {
    /// Newest first; fewer than asked for, or none, if looking for them took long.
    pub leads: Vec<Lead>,
    /// The list goes on with leads before this one; `None` if there are no more.
    pub next: Option<LeadId>,
}

impl FoundLeads {
    /// What was found when at most so many were asked for, and all were looked at until there were as many.
    pub(crate) fn to(limit: usize, leads: Vec<Lead>) -> Self {
        let last = leads.last().map(|lead| lead.id);
        Self {
            next: last.filter(|_| leads.len() == limit),
            leads,
        }
    }
}

/// Which leads.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LeadFilter {
    /// In this status.
    pub status: Option<Status>,
    /// Owned by.
    pub agent: Option<AgentId>,
    /// Born at.
    pub rotator: Option<RotatorId>,
    /// First or latest touch through this platform.
    pub platform: Option<Platform>,
    /// First touch through this platform.
    pub first_platform: Option<Platform>,
    /// First touch's `utm_source`, or what the reports have of a long one: see [`is_cut`].
    pub source: Option<String>,
    /// First touch's `utm_campaign`, likewise.
    pub campaign: Option<String>,
    /// What they have not.
    pub without: Without,
    /// Born of a click, or made by a form, an import or a message.
    pub clicked: Option<bool>,
    /// Their chat has started, as far as it was told; of those that a click made.
    pub arrived: Option<bool>,
    /// Won in this way.
    pub sold: Option<SoldFilter>,
    /// Born at or after.
    pub from: Option<UnixMs>,
    /// Born before.
    pub to: Option<UnixMs>,
    /// By what the ad platforms know of it.
    pub tracking: Option<TrackingStatus>,
    /// Any of these.
    pub search: Option<LeadSearch>,
}

impl LeadFilter {
    /// Whether it is indifferent to all but the status.
    pub(crate) fn asks_for_status_only(&self) -> bool {
        *self
            == Self {
                status: self.status,
                ..Self::default()
            }
    }
}

/// What leads are looked for that have none: the row "no source" of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Without {
    /// First touch through no platform.
    pub platform: bool,
    /// First touch without a `utm_source`.
    pub source: bool,
    /// First touch without a `utm_campaign`.
    pub campaign: bool,
    /// Owned by nobody.
    pub agent: bool,
}

/// Leads that are won, by their sale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SoldFilter {
    /// Won at or after.
    pub from: Option<UnixMs>,
    /// Won before.
    pub to: Option<UnixMs>,
    /// They had clicked more than once by then, or not.
    pub returning: Option<bool>,
    /// It took at least as long from the first click on, in milliseconds.
    pub took_ms: Option<i64>,
    /// It took less, in milliseconds.
    pub took_below_ms: Option<i64>,
}

/// Whether a name may be the beginning of longer ones, which the reports count together under it.
pub(crate) fn is_cut(name: &str) -> bool {
    // A character of four bytes that did not fit leaves up to three free.
    name.len() + 3 >= NAME_MAX_BYTES
}

/// What a search text may mean; a lead matches by any of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LeadSearch {
    /// A code's lead.
    pub lead: Option<LeadId>,
    /// A name starts so.
    pub name_prefix: Option<String>,
    /// A phone number starts with one of these digits.
    pub phone_prefixes: Vec<String>,
    /// An e-mail address starts so.
    pub email_prefix: Option<String>,
}

/// What to change of a lead; `None` keeps, `Some(None)` clears.
#[derive(Clone, Debug, Default)]
pub struct LeadPatch {
    /// A name with who gave it; `Some(None)` goes back to the automatic one.
    pub name: Option<Option<(String, NameSource)>>,
    /// A status.
    pub status: Option<Status>,
    /// Whether its chat has started; what is so already is not noted again.
    pub arrived: Option<bool>,
    /// E.164 digits.
    pub phone: Option<Option<String>>,
    /// An e-mail address.
    pub email: Option<Option<String>>,
    /// Hands the lead to this agent, at every rotator.
    pub agent: Option<AgentId>,
    /// Thousandths of the currency.
    pub value: Option<Option<i64>>,
    /// ISO 4217.
    pub currency: Option<Option<String>>,
    /// Free text.
    pub notes: Option<Option<String>>,
}

/// Something that happened to a lead.
#[derive(Clone, Debug)]
pub enum TimelineItem {
    /// A click.
    Click(Box<Click>),
    /// What an ad platform is told of it.
    Delivery(Box<Delivery>),
    /// What a form, a message or an import said.
    Submission(Box<StoredSubmission>),
    /// It and another lead became one, or were taken apart.
    Merge {
        /// When.
        at: UnixMs,
        /// The other lead.
        other: LeadId,
        /// This lead was merged into the other; else the other into this one.
        into: bool,
        /// They were taken apart.
        undone: bool,
        /// Who or what did it.
        by: String,
    },
    /// An edit.
    Change {
        /// When.
        at: UnixMs,
        /// Which field.
        field: String,
        /// Before.
        old: Option<String>,
        /// After.
        new: Option<String>,
        /// Who or what: `key:3`, `user:1`.
        by: String,
    },
}

impl TimelineItem {
    /// When it happened.
    pub fn at(&self) -> UnixMs {
        match self {
            Self::Click(click) => click.at,
            Self::Delivery(delivery) => delivery.at,
            Self::Submission(submission) => submission.at,
            Self::Merge { at, .. } | Self::Change { at, .. } => *at,
        }
    }
}

/// What an edit by hand changes of a person, whatever database keeps them.
impl LeadPatch {
    /// Gives a person its phone number and e-mail address; what they say of themselves then.
    pub(crate) fn identify(&self, person: &mut Person, shown: &Facts) -> Own {
        if let Some(phone) = self.phone.clone().filter(|phone| *phone != shown.phone) {
            person.edit(Field::Phone, true, |facts| facts.phone = phone);
        }
        if let Some(email) = self.email.clone().filter(|email| *email != shown.email) {
            person.edit(Field::Email, true, |facts| facts.email = email);
        }
        person.own.clone()
    }

    /// What is not an identifier.
    pub(crate) fn change_rest(&self, person: &mut Person, shown: &Facts, now: UnixMs) {
        if let Some(name) = &self.name {
            let was = shown.name.as_ref().map(|name| (name.text.as_str(), name.source));
            let is = name.as_ref().map(|(text, source)| (text.as_str(), *source));
            if was != is {
                let named = name.clone().map(|(text, source)| Named { text, source, at: now });
                person.edit(Field::Name, true, |facts| facts.name = named);
            }
        }
        if let Some(status) = self.status.filter(|status| *status != shown.status.unwrap_or_default()) {
            person.edit(Field::Status, true, |facts| facts.status = Some(status));
        }
        if self.value.is_some() || self.currency.is_some() {
            let worth = shown.worth.clone();
            let (value, currency) = worth.map_or((None, None), |worth| (Some(worth.value), worth.currency));
            let (value, currency) = (self.value.unwrap_or(value), self.currency.clone().unwrap_or(currency));
            let worth = value.map(|value| Worth { value, currency });
            if worth != shown.worth {
                person.edit(Field::Worth, true, |facts| facts.worth = worth);
            }
        }
        if let Some(notes) = self.notes.clone().filter(|notes| *notes != shown.notes) {
            person.edit(Field::Notes, true, |facts| facts.notes = notes);
        }
    }
}
