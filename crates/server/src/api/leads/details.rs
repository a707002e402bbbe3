//! One lead with what the list does not show.

use super::{LeadView, timeline_item::CustomField};
use crate::api::time::Time;
use konektor_core::identity::code::CodeKey;
use konektor_store::model::{Identifier, Lead, LeadDetails, MergedLead};
use serde::Serialize;
use utoipa::ToSchema;

/// A lead with by what it is known, what forms asked of it, and which leads were merged into it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LeadDetails)]
pub struct LeadDetailsView {
    #[serde(flatten)]
    lead: LeadView,
    /// By what the person is known, oldest first.
    identifiers: Vec<IdentifierView>,
    /// The leads that were merged into this one, latest first.
    merged: Vec<MergedView>,
    /// Forms' own fields, each with its latest value.
    custom: Vec<CustomField>,
    /// The latest consent; `null` if none was given.
    #[schema(required)]
    consent: Option<ConsentView>,
}

/// A phone number, an e-mail address or an id of WhatsApp.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Identifier)]
pub struct IdentifierView {
    /// `phone`, `email` or `whatsapp`.
    #[schema(example = "phone")]
    kind: &'static str,
    /// Digits with the country code first, a lower-cased address, or WhatsApp's id.
    #[schema(example = "6281234567890")]
    value: String,
    /// Since when.
    at: Time,
    /// Who or what gave it.
    #[schema(example = "form:3")]
    by: String,
}

/// A lead that was merged.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MergedLead)]
pub struct MergedView {
    /// Its id.
    #[schema(example = "34359738369")]
    id: String,
    /// Its visitor code.
    #[schema(example = "7QK3M9D")]
    code: String,
    /// Since when.
    at: Time,
    /// Who or what merged it.
    #[schema(example = "user:1")]
    by: String,
    /// What both have: `phone`, `email` or `whatsapp`; `hand` if somebody said so.
    #[schema(example = "phone")]
    why: String,
}

/// A tick of consent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GivenConsent)]
pub struct ConsentView {
    /// What stood beside the tick.
    wording: String,
    /// When it was given.
    at: Time,
}

impl LeadDetailsView {
    /// Shows a lead of the workspace whose code key this is.
    pub fn new(lead: Lead, details: LeadDetails, key: &CodeKey) -> Self {
        let identifier = |Identifier { kind, value, at, by }| IdentifierView {
            kind: kind.as_str(),
            value,
            at: Time(at),
            by,
        };
        let merged = |MergedLead { id, at, by, why }| MergedView {
            id: id.packed().to_string(),
            code: key.code(id.number).to_string(),
            at: Time(at),
            by,
            why,
        };
        let custom = details.custom.into_iter();
        Self {
            lead: LeadView::new(lead, key),
            identifiers: details.identifiers.into_iter().map(identifier).collect(),
            merged: details.merged.into_iter().map(merged).collect(),
            custom: custom.map(|(name, value)| CustomField { name, value }).collect(),
            consent: details.consent.map(|(consent, at)| ConsentView {
                wording: consent.wording,
                at: Time(at),
            }),
        }
    }
}
