//! The timeline's changes: who or what changed which field of a lead, when.

use crate::{
    Result,
    postgres::{Ids, sql, values::number},
    stored::changes::seen_otherwise,
};
use deadpool_postgres::Transaction;
use konektor_core::{ids::LeadId, lead::Facts, time::UnixMs};

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
        for (field, old, new) in seen_otherwise(before, after) {
            self.note(lead, field, old, new).await?;
        }
        Ok(())
    }
}
