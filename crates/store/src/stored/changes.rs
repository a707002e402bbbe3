//! The timeline's changes: who or what changed which field of a lead.

use super::values::parse;
use crate::{Result, model::TimelineItem};
use konektor_core::{
    ids::LeadId,
    lead::{Facts, Status},
    time::UnixMs,
};

/// `lead_changes.field` of a merge, on the survivor; `new` is the merged lead.
pub(crate) const MERGED: &str = "merged";
/// The same on the merged lead; `new` is the survivor.
pub(crate) const MERGED_INTO: &str = "merged_into";
/// Taken apart, on the survivor; `old` is the lead that was merged.
pub(crate) const UNMERGED: &str = "unmerged";
/// The same on the lead that was merged; `old` is the survivor.
pub(crate) const UNMERGED_FROM: &str = "unmerged_from";
/// A lead that no click made.
pub(crate) const CREATED: &str = "created_at";

/// A row of `lead_changes`.
pub(crate) struct StoredChange {
    pub(crate) at: UnixMs,
    pub(crate) field: String,
    pub(crate) old: Option<String>,
    pub(crate) new: Option<String>,
    pub(crate) by: String,
}

impl StoredChange {
    /// What the timeline shows of it.
    pub(crate) fn item(self) -> Result<TimelineItem> {
        let Self {
            at,
            field,
            old,
            new,
            by,
        } = self;
        let (into, undone) = match field.as_str() {
            MERGED => (false, false),
            MERGED_INTO => (true, false),
            UNMERGED => (false, true),
            UNMERGED_FROM => (true, true),
            _ => {
                return Ok(TimelineItem::Change {
                    at,
                    field,
                    old,
                    new,
                    by,
                });
            }
        };
        let other = if undone { old } else { new };
        let other = parse("lead_changes.new", other.as_deref().unwrap_or_default())?;
        Ok(TimelineItem::Merge {
            at,
            other: LeadId::from_packed(other),
            into,
            undone,
            by,
        })
    }
}

/// What people see of a person otherwise than before: the field, its old value and its new one.
pub(crate) fn seen_otherwise(
    before: &Facts,
    after: &Facts,
) -> impl Iterator<Item = (&'static str, Option<String>, Option<String>)> {
    let seen = |facts: &Facts| {
        let worth = facts.worth.as_ref();
        [
            ("name", facts.name.as_ref().map(|name| name.text.clone())),
            ("status", Some(facts.status.unwrap_or(Status::New).to_string())),
            ("phone", facts.phone.clone()),
            ("email", facts.email.clone()),
            ("value", worth.map(|worth| worth.value.to_string())),
            ("currency", worth.and_then(|worth| worth.currency.clone())),
            ("notes", facts.notes.clone()),
        ]
    };
    let pairs = seen(before).into_iter().zip(seen(after));
    pairs.filter_map(|((field, old), (_, new))| (old != new).then_some((field, old, new)))
}
