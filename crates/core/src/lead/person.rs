//! A person: one lead, or several that were merged into one.
//!
//! Nothing is rewritten by a merge. Each lead keeps what it says of itself, its [`Facts`], and what people see of the
//! person is computed from all of them ([`Person::shown`]). So taking leads apart again is computing anew without one.

use super::{NameSource, Status};
use crate::{attribution::Platform, ids::LeadId, time::UnixMs};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

#[cfg(test)]
mod tests;

/// A name, who gave it, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// The name, cleaned.
    pub text: String,
    /// Who or what gave it.
    pub source: NameSource,
    /// When: of names that are equal in strength the latest is shown.
    pub at: UnixMs,
}

/// What a lead is worth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worth {
    /// In thousandths of the currency.
    pub value: i64,
    /// ISO 4217.
    pub currency: Option<String>,
}

/// What one lead says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Its name, where somebody gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Named>,
    /// Its status; `None` is `new` as it was born, which nobody has chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// E.164 digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Lower-cased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// What it is worth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worth: Option<Worth>,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// When it first came, or was made.
    pub born_at: UnixMs,
    /// Whether a click made it. A form, a message and an import make leads without one.
    pub clicked: bool,
    /// First touch's platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// First touch's `utm_source`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// First touch's `utm_campaign`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign: Option<String>,
}

impl Facts {
    /// Who or what named it.
    pub fn name_source(&self) -> NameSource {
        self.name.as_ref().map_or(NameSource::Auto, |name| name.source)
    }
}

/// What can be changed of a lead by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The name.
    Name,
    /// The status.
    Status,
    /// The phone number.
    Phone,
    /// The e-mail address.
    Email,
    /// Value and currency.
    Worth,
    /// The notes.
    Notes,
}

/// What the lead that stands for a person says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Own {
    /// Its facts.
    pub facts: Facts,
    /// What was changed by hand since others were merged into it: there its own word counts alone, so that a phone number
    /// that somebody cleared does not shine through from another lead.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub edited: BTreeSet<Field>,
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The lead that stands for them.
    pub id: LeadId,
    /// What it says.
    pub own: Own,
    /// Those that were merged into it, directly or not, oldest first.
    pub members: Vec<(LeadId, Facts)>,
}

impl Person {
    /// A lead that stands alone.
    pub fn alone(id: LeadId, facts: Facts) -> Self {
        let own = Own {
            facts,
            edited: BTreeSet::new(),
        };
        Self {
            id,
            own,
            members: Vec::new(),
        }
    }

    /// Whether others were merged into it.
    pub fn has_members(&self) -> bool {
        !self.members.is_empty()
    }

    /// What people see of them.
    pub fn shown(&self) -> Facts {
        let own = &self.own.facts;
        if self.members.is_empty() {
            return own.clone();
        }
        let edited = |field| self.own.edited.contains(&field);
        let all = || std::iter::once(own).chain(self.members.iter().map(|(_, facts)| facts));
        let text = |field, of: fn(&Facts) -> Option<&String>| match edited(field) {
            true => of(own).cloned(),
            false => all().find_map(of).cloned(),
        };
        let status = match edited(Field::Status) {
            true => own.status,
            false => furthest(all().map(|facts| facts.status)),
        };
        // A touch is a click's, so a lead that a form made has none to show, however early it was made.
        let first = all().filter(|facts| facts.clicked).min_by_key(|facts| facts.born_at);
        let first = first.unwrap_or(own);
        Facts {
            name: match edited(Field::Name) {
                true => own.name.clone(),
                false => strongest(all().filter_map(|facts| facts.name.as_ref())).cloned(),
            },
            status,
            phone: text(Field::Phone, |facts| facts.phone.as_ref()),
            email: text(Field::Email, |facts| facts.email.as_ref()),
            worth: match edited(Field::Worth) {
                true => own.worth.clone(),
                // That of the lead whose status is shown, if it has one: what was won is worth what was paid for it.
                false => all()
                    .filter(|facts| facts.status == status)
                    .chain(all())
                    .find_map(|facts| facts.worth.clone()),
            },
            notes: match edited(Field::Notes) {
                true => own.notes.clone(),
                false => joined(all().filter_map(|facts| facts.notes.as_deref())),
            },
            born_at: all().map(|facts| facts.born_at).min().unwrap_or(own.born_at),
            clicked: first.clicked,
            platform: first.platform,
            source: first.source.clone(),
            campaign: first.campaign.clone(),
        }
    }

    /// Changes what the lead that stands for them says. By hand, its word counts alone from then on.
    pub fn edit(&mut self, field: Field, by_hand: bool, change: impl FnOnce(&mut Facts)) {
        change(&mut self.own.facts);
        if by_hand && self.has_members() {
            self.own.edited.insert(field);
        }
    }

    /// Makes one person of two: `other` is merged into this one.
    pub fn absorb(&mut self, other: &Self) {
        self.members.push((other.id, other.own.facts.clone()));
        self.members.extend(other.members.iter().cloned());
        self.sort();
    }

    /// Puts members in the order in which they count: the oldest first.
    pub fn sort(&mut self) {
        self.members.sort_by_key(|(id, facts)| (facts.born_at, id.packed()));
    }
}

/// The strongest name; of several the latest; of those of one moment the first.
fn strongest<'n>(names: impl Iterator<Item = &'n Named>) -> Option<&'n Named> {
    let strength = |name: &Named| (name.source.strength(), name.at);
    names.reduce(|best, name| match strength(name) > strength(best) {
        true => name,
        false => best,
    })
}

/// The status that has come furthest. `lost` is the last word of a lead on its own; of two it only says that one of them
/// did not work out, so anything that somebody works on counts more.
fn furthest(statuses: impl Iterator<Item = Option<Status>>) -> Option<Status> {
    let rank = |status: &Option<Status>| match status {
        None => 0,
        Some(Status::New) => 1,
        Some(Status::Lost) => 2,
        Some(other) => 2 + *other as u8,
    };
    statuses.reduce(|best, status| match rank(&status) > rank(&best) {
        true => status,
        false => best,
    })?
}

/// Notes one below the other, each once.
fn joined<'n>(notes: impl Iterator<Item = &'n str>) -> Option<String> {
    let mut all: Vec<&str> = Vec::new();
    for note in notes {
        if !all.contains(&note) {
            all.push(note);
        }
    }
    (!all.is_empty()).then(|| all.join("\n\n"))
}
