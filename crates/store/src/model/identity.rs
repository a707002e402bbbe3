//! What is said of people, by what they are known, and leads that are one.

use super::LeadPatch;
use konektor_core::{
    attribution::Touch,
    ids::LeadId,
    lead::{Facts, NameSource, UnknownWord},
    time::UnixMs,
};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// Whom a submission means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Addressed {
    /// The lead of the browser that sent it, proved by its cookie or by a signed token. One that is not there is made, with
    /// this id: its click waits elsewhere, or an older backup was restored.
    Visitor(LeadId),
    /// The lead of a code that anybody could type: only what is empty or automatic is filled, nobody is merged, and the lead
    /// is flagged `unverified`.
    Code(LeadId),
    /// Whoever has its phone number, e-mail address or WhatsApp id.
    #[default]
    Nobody,
}

/// A tick of consent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consented {
    /// To what, as it stood beside the tick.
    pub wording: String,
}

/// What a form, a WhatsApp message, an import or a CS says of a person.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Submission {
    /// Whom it means.
    pub lead: Addressed,
    /// A name, cleaned (`core::lead::clean_name`).
    pub name: Option<String>,
    /// E.164 digits, checked (`core::phone`).
    pub phone: Option<String>,
    /// An e-mail address, checked (`core::lead::clean_email`).
    pub email: Option<String>,
    /// WhatsApp's id of them.
    pub whatsapp: Option<String>,
    /// Further fields with their values, in order.
    pub fields: Vec<(String, String)>,
    /// The tick and its wording.
    pub consent: Option<Consented>,
    /// How strong a name it gives.
    pub source: NameSource,
    /// Who or what says it, for the timeline: `form:3`, `page:7`, `whatsapp`, `import:user:1`, `link:4`.
    pub by: String,
    /// The agent is in contact with them: `new` becomes `contacted`.
    pub contacted: bool,
    /// Flags a lead that this makes: its code was bound to somebody else before.
    pub reused_code: bool,
    /// What must not be taken twice: a hash of a message's id, of a form's nonce.
    pub once: Option<[u8; 32]>,
    /// Whether a lead may be made if nobody is found.
    pub make: bool,
    /// Where they came from, if it says so: kept in the timeline.
    pub touch: Option<Touch>,
}

impl Submission {
    /// What it says that a person is known by, in the order in which these count.
    pub(crate) fn identifiers(&self) -> impl Iterator<Item = (IdentifierKind, &str)> {
        let values = [
            (IdentifierKind::Phone, &self.phone),
            (IdentifierKind::Email, &self.email),
            (IdentifierKind::Whatsapp, &self.whatsapp),
        ];
        values
            .into_iter()
            .filter_map(|(kind, value)| Some((kind, value.as_deref()?)))
    }

    /// As it is kept.
    pub(crate) fn in_full(&self, unverified: bool) -> SaidInFull {
        SaidInFull {
            name: self.name.clone(),
            phone: self.phone.clone(),
            email: self.email.clone(),
            whatsapp: self.whatsapp.clone(),
            fields: self.fields.clone(),
            consent: self.consent.clone(),
            unverified,
            touch: self.touch.clone(),
        }
    }
}

/// What became of a submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Submitted {
    /// It is stored.
    Done {
        /// The lead that stands for the person.
        lead: LeadId,
        /// It was made by this.
        made: bool,
        /// Leads that became one with it by this.
        merged: Vec<LeadId>,
    },
    /// It was stored before: nothing has changed.
    Repeated {
        /// The lead that stands for the person now.
        lead: LeadId,
    },
    /// Nobody was found, and nobody was to be made.
    NotFound,
}

/// A submission as it was stored.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredSubmission {
    /// The lead that it meant.
    pub lead: LeadId,
    /// When.
    pub at: UnixMs,
    /// Who or what said it.
    pub by: String,
    /// What it said.
    pub said: SaidInFull,
}

/// All that a submission said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SaidInFull {
    /// A name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// E.164 digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// An e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// WhatsApp's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whatsapp: Option<String>,
    /// Further fields, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<(String, String)>,
    /// The tick and its wording.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consented>,
    /// It was addressed by a code only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unverified: bool,
    /// Where they came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub touch: Option<Touch>,
}

/// A kind of identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdentifierKind {
    /// E.164 digits.
    Phone,
    /// A lower-cased address.
    Email,
    /// WhatsApp's id of somebody; their number may be unknown.
    Whatsapp,
}

impl IdentifierKind {
    /// All of them, in the order in which they count.
    pub const ALL: [Self; 3] = [Self::Phone, Self::Email, Self::Whatsapp];

    /// As API and database write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Whatsapp => "whatsapp",
        }
    }
}

impl FromStr for IdentifierKind {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        let known = Self::ALL.into_iter().find(|kind| kind.as_str() == word);
        known.ok_or_else(|| UnknownWord {
            what: "kind of identifier",
            word: word.chars().take(40).collect(),
            known: Self::ALL.map(Self::as_str).join(", "),
        })
    }
}

/// By what a person is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identifier {
    /// Which kind.
    pub kind: IdentifierKind,
    /// The number, address or id.
    pub value: String,
    /// Since when.
    pub at: UnixMs,
    /// Who or what gave it.
    pub by: String,
}

/// What became of a merge by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Merge {
    /// They are one now; this lead stands for them.
    Done(LeadId),
    /// They were one before; this lead stands for them.
    AlreadyOne(LeadId),
    /// One of them does not exist.
    NotFound,
}

/// What became of taking apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unmerge {
    /// This lead stands alone again.
    Done {
        /// It.
        lead: LeadId,
        /// What it was merged into.
        survivor: LeadId,
    },
    /// It is not merged, and nothing is merged into it.
    NotMerged,
    /// It is not merged itself, and of several that are merged into it none is named.
    WhichOne(Vec<LeadId>),
    /// It does not exist.
    NotFound,
}

/// A lead that was merged into another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergedLead {
    /// Its id.
    pub id: LeadId,
    /// Since when.
    pub at: UnixMs,
    /// By whom or what.
    pub by: String,
    /// `phone`, `email`, `whatsapp`: what both have. `hand`: somebody said so.
    pub why: String,
}

/// What is known of one lead beyond what the list shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LeadDetails {
    /// By what they are known, oldest first.
    pub identifiers: Vec<Identifier>,
    /// The leads that were merged into it, latest first.
    pub merged: Vec<MergedLead>,
    /// Forms' own fields: of each the latest value, in the order in which they first came.
    pub custom: Vec<(String, String)>,
    /// The latest consent and when it was given.
    pub consent: Option<(Consented, UnixMs)>,
}

/// A row of an import, checked.
#[derive(Clone, Debug, Default)]
pub struct ImportRow {
    /// The lead of the code in it.
    pub code: Option<LeadId>,
    /// What it says; what it leaves empty stays as it is.
    pub patch: LeadPatch,
    /// When a lead that it makes first came.
    pub created_at: Option<UnixMs>,
    /// Of a value that comes without one, for a lead that has none.
    pub default_currency: Option<String>,
}

/// What became of a row, or would.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportAction {
    /// A lead was made.
    Create,
    /// One was changed.
    Update,
    /// Leads became one, since the row has an identifier of each.
    Merge,
    /// Everything was so already.
    Unchanged,
    /// The code in it is nobody's.
    NoSuchLead,
}

/// What became of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// In a word.
    pub action: ImportAction,
    /// The lead that stands for the person.
    pub lead: Option<LeadId>,
    /// An earlier row of the same import, or this one, made the lead: in a dry run its id means nothing.
    pub is_new: bool,
    /// The fields that changed.
    pub changes: Vec<&'static str>,
}

impl Imported {
    /// Nothing but a word.
    pub fn of(action: ImportAction) -> Self {
        Self {
            action,
            lead: None,
            is_new: false,
            changes: Vec::new(),
        }
    }
}

/// What differs between a person with their agent before an import and after it.
pub(crate) fn changed_fields<A: PartialEq>(before: &(Facts, A), after: &(Facts, A)) -> Vec<&'static str> {
    let ((was, had), (is, has)) = (before, after);
    let text = |facts: &Facts| facts.name.as_ref().map(|name| name.text.clone());
    let changed = [
        ("name", text(was) != text(is)),
        (
            "status",
            was.status.unwrap_or_default() != is.status.unwrap_or_default(),
        ),
        ("phone", was.phone != is.phone),
        ("email", was.email != is.email),
        ("value", was.worth != is.worth),
        ("notes", was.notes != is.notes),
        ("agent", had != has),
    ];
    changed
        .into_iter()
        .filter_map(|(field, is_changed)| is_changed.then_some(field))
        .collect()
}
