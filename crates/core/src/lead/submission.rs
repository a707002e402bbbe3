//! What somebody says of a person: whom it means, who becomes one with whom, and what it may overwrite.

use super::{Field, NameSource, Named, Own, Person, Status};
use crate::{ids::LeadId, time::UnixMs};

#[cfg(test)]
mod tests;

/// Most leads that become one by an identifier. Nobody has so many browsers; a number that many people type instead of their own has
/// many people.
pub const MOST_LEADS: usize = 100;

/// How it is known whom a submission means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// By a cookie or a signed token: the browser of this lead sent it.
    Visitor,
    /// By a code that anybody can type.
    Code,
    /// By nothing but what it says.
    Nobody,
}

/// A lead that may be meant: it stands for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its id.
    pub lead: LeadId,
    /// When the person first came.
    pub born_at: UnixMs,
    /// Leads that are this person, the one that stands for them included.
    pub leads: usize,
}

/// Whether two persons may become one by what they are known by.
pub fn may_merge(one: usize, other: usize) -> bool {
    one + other <= MOST_LEADS
}

/// Whom a submission means, and who becomes one by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Whom; `None` if there is nobody yet.
    pub lead: Option<LeadId>,
    /// Leads that become one with it.
    pub merge: Vec<LeadId>,
}

/// Whom a submission means. `addressed` is who is named by a token or code, `found` who has its phone number, e-mail
/// address or WhatsApp id, in the order in which they count; `apart` says of two whether a person has taken them apart.
///
/// The same identifier makes one lead of two, and the older survives. A code is anybody's to type, so it merges nobody.
/// What a person has taken apart, no form puts together again. Of more than [`MOST_LEADS`] none becomes one.
pub fn plan<E>(
    proof: Proof,
    addressed: Option<Standing>,
    found: &[Standing],
    mut apart: impl FnMut(LeadId, LeadId) -> Result<bool, E>,
) -> Result<Plan, E> {
    let first = addressed.or_else(|| found.first().copied());
    let Some(first) = first else {
        return Ok(Plan {
            lead: None,
            merge: Vec::new(),
        });
    };
    let mut one = vec![first];
    if proof != Proof::Code || addressed.is_none() {
        'found: for other in found {
            for standing in &one {
                if standing.lead == other.lead || apart(standing.lead, other.lead)? {
                    continue 'found;
                }
            }
            if !may_merge(one.iter().map(|standing| standing.leads).sum(), other.leads) {
                continue;
            }
            one.push(*other);
        }
    }
    let survivor = older(&one);
    let leads = one.into_iter().map(|standing| standing.lead);
    Ok(Plan {
        lead: Some(survivor),
        merge: leads.filter(|lead| *lead != survivor).collect(),
    })
}

/// Which of several survives: the one that came first.
fn older(leads: &[Standing]) -> LeadId {
    let oldest = leads
        .iter()
        .min_by_key(|standing| (standing.born_at, standing.lead.packed()));
    oldest.expect("there is at least one").lead
}

/// What a submission says.
#[derive(Clone, Copy, Debug, Default)]
pub struct Said<'s> {
    /// A name, cleaned.
    pub name: Option<&'s str>,
    /// Who or what says it.
    pub source: NameSource,
    /// E.164 digits.
    pub phone: Option<&'s str>,
    /// Lower-cased, checked.
    pub email: Option<&'s str>,
    /// The agent is in contact with them.
    pub contacted: bool,
}

/// Lets a person have what a submission says, as far as it may.
///
/// A name is overwritten as [`NameSource::may_replace`] says. A number or an address that is shown stays, unless somebody
/// says by hand what it is: a further one is an identifier beside it. A code proves nothing, so it only fills what is
/// empty or automatic.
pub fn apply(person: &mut Person, said: Said<'_>, proof: Proof, now: UnixMs) {
    let shown = person.shown();
    let by_hand = said.source == NameSource::Manual;
    let may_name = match proof {
        Proof::Code => shown.name_source() == NameSource::Auto,
        Proof::Visitor | Proof::Nobody => said.source.may_replace(shown.name_source()),
    };
    if let Some(text) = said.name.filter(|_| may_name) {
        let is_shown = shown
            .name
            .as_ref()
            .is_some_and(|name| name.text == text && name.source == said.source);
        if !is_shown {
            let name = Named {
                text: text.to_owned(),
                source: said.source,
                at: now,
            };
            person.edit(Field::Name, by_hand, |facts| facts.name = Some(name));
        }
    }
    let may_set = |shown: &Option<String>, said: &str| match shown {
        None => true,
        Some(shown) => by_hand && proof != Proof::Code && shown != said,
    };
    if let Some(phone) = said.phone.filter(|phone| may_set(&shown.phone, phone)) {
        person.edit(Field::Phone, by_hand, |facts| facts.phone = Some(phone.to_owned()));
    }
    if let Some(email) = said.email.filter(|email| may_set(&shown.email, email)) {
        person.edit(Field::Email, by_hand, |facts| facts.email = Some(email.to_owned()));
    }
    if said.contacted && matches!(shown.status, None | Some(Status::New)) {
        person.edit(Field::Status, by_hand, |facts| facts.status = Some(Status::Contacted));
    }
}

/// Takes back what a submission changed when it merged two leads, as these are taken apart: what was changed again since
/// stays. A status is not taken back: it was told to others, and whoever was contacted was contacted.
pub fn take_back(own: &mut Own, before: &Own, after: &Own) {
    let (now, was, became) = (&mut own.facts, &before.facts, &after.facts);
    let mut taken = Vec::new();
    if now.name == became.name && was.name != became.name {
        now.name.clone_from(&was.name);
        taken.push(Field::Name);
    }
    if now.phone == became.phone && was.phone != became.phone {
        now.phone.clone_from(&was.phone);
        taken.push(Field::Phone);
    }
    if now.email == became.email && was.email != became.email {
        now.email.clone_from(&was.email);
        taken.push(Field::Email);
    }
    for field in taken {
        if !before.edited.contains(&field) {
            own.edited.remove(&field);
        }
    }
}
