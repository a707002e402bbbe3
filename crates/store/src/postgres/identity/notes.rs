//! The timeline's changes: who or what changed which field of a lead, when.

use crate::{
    Result,
    postgres::{Ids, sql, values::number},
};
use deadpool_postgres::Transaction;
use konektor_core::{
    ids::LeadId,
    lead::{Facts, Status},
    time::UnixMs,
};

/// `lead_changes.field` of a merge, on the survivor; `new` is the merged lead.
pub(in crate::postgres) const MERGED: &str = "merged";
/// The same on the merged lead; `new` is the survivor.
pub(in crate::postgres) const MERGED_INTO: &str = "merged_into";
/// Taken apart, on the survivor; `old` is the lead that was merged.
pub(in crate::postgres) const UNMERGED: &str = "unmerged";
/// The same on the lead that was merged; `old` is the survivor.
pub(in crate::postgres) const UNMERGED_FROM: &str = "unmerged_from";
/// A lead that no click made.
pub(in crate::postgres) const CREATED: &str = "created_at";

/// One change, or several that somebody makes at once.
#[derive(Clone, Copy)]
pub(in crate::postgres) struct Notes<'t> {
    pub(in crate::postgres) transaction: &'t Transaction<'t>,
    /// Of rows that are ordered by time.
    pub(in crate::postgres) ids: Ids<'t>,
    pub(in crate::postgres) by: &'t str,
    pub(in crate::postgres) now: UnixMs,
}

impl Notes<'_> {
    /// Notes a change.
    pub(in crate::postgres) async fn note(
        &self,
        lead: LeadId,
        field: &str,
        old: Option<String>,
        new: Option<String>,
    ) -> Result<()> {
        let sql = "INSERT INTO lead_changes (workspace_id, id, number, at, field, old, new, by, unfolded)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, true)";
        let values: sql::Values<'_> = &[
            &lead.workspace.0,
            &(self.ids)(self.now),
            &number(lead),
            &self.now.0,
            &field,
            &old,
            &new,
            &self.by,
        ];
        sql::execute(self.transaction, sql, values).await?;
        Ok(())
    }

    /// Notes what people see otherwise than before.
    pub(in crate::postgres) async fn changes(&self, lead: LeadId, before: &Facts, after: &Facts) -> Result<()> {
        fn text(text: Option<&String>) -> Option<String> {
            text.cloned()
        }
        fn status(facts: &Facts) -> Option<String> {
            Some(facts.status.unwrap_or(Status::New).to_string())
        }
        type Shown = fn(&Facts) -> Option<String>;
        let fields: [(&str, Shown); 7] = [
            ("name", |facts| facts.name.as_ref().map(|name| name.text.clone())),
            ("status", status),
            ("phone", |facts| text(facts.phone.as_ref())),
            ("email", |facts| text(facts.email.as_ref())),
            ("value", |facts| {
                facts.worth.as_ref().map(|worth| worth.value.to_string())
            }),
            ("currency", |facts| {
                facts.worth.as_ref().and_then(|worth| worth.currency.clone())
            }),
            ("notes", |facts| text(facts.notes.as_ref())),
        ];
        for (field, of) in fields {
            let (old, new) = (of(before), of(after));
            if old != new {
                self.note(lead, field, old, new).await?;
            }
        }
        Ok(())
    }
}
