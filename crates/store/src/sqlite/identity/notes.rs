//! The timeline's changes: who or what changed which field of a lead, when.

use crate::{Result, stored::changes::seen_otherwise};
use konektor_core::{ids::LeadId, lead::Facts, time::UnixMs};
use rusqlite::{Transaction, params};

/// One change, or several that somebody makes at once.
#[derive(Clone, Copy)]
pub(in crate::sqlite) struct Notes<'t> {
    pub(in crate::sqlite) transaction: &'t Transaction<'t>,
    pub(in crate::sqlite) by: &'t str,
    pub(in crate::sqlite) now: UnixMs,
}

impl Notes<'_> {
    /// Notes a change.
    pub(in crate::sqlite) fn note(
        &self,
        lead: LeadId,
        field: &str,
        old: Option<String>,
        new: Option<String>,
    ) -> Result<()> {
        self.transaction
            .prepare_cached(
                "INSERT INTO lead_changes (lead_id, at, field, old, new, by) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![lead.packed(), self.now.0, field, old, new, self.by])?;
        Ok(())
    }

    /// Notes what people see otherwise than before.
    pub(in crate::sqlite) fn changes(&self, lead: LeadId, before: &Facts, after: &Facts) -> Result<()> {
        for (field, old, new) in seen_otherwise(before, after) {
            self.note(lead, field, old, new)?;
        }
        Ok(())
    }
}
