//! Reading columns into the domain's values, in one place, with errors that name the column.

use crate::{Result, StoreError};
use konektor_core::{
    click::{Click, ClickFacts},
    decide::Stand,
    ids::{AgentId, ClickId, LeadId, RotatorId},
    time::UnixMs,
};
use rusqlite::{Row, types::ValueRef};
use std::collections::BTreeMap;

/// The columns of a click in the order that [`read_click`] wants, for the table under `alias`.
pub(super) fn click_columns(alias: &str) -> String {
    ["id", "at", "lead_id", "rotator_id", "agent_id", "facts"]
        .map(|c| format!("{alias}.{c}"))
        .join(", ")
}

/// A click from the six columns that start at `first`.
pub(super) fn read_click(row: &Row<'_>, first: usize) -> Result<Click> {
    let facts = row
        .get_ref(first + 5)?
        .as_str()
        .map_err(|e| StoreError::corrupt("clicks.facts", e))?;
    let facts: ClickFacts = serde_json::from_str(facts).map_err(|e| StoreError::corrupt("clicks.facts", e))?;
    Ok(Click {
        id: ClickId(row.get(first)?),
        at: UnixMs(row.get(first + 1)?),
        lead: LeadId::from_packed(row.get(first + 2)?),
        rotator: RotatorId(row.get(first + 3)?),
        agent: row.get::<_, Option<i64>>(first + 4)?.map(AgentId),
        facts,
    })
}

pub(super) fn read_stands(value: ValueRef<'_>) -> Result<BTreeMap<RotatorId, Stand>> {
    match value {
        ValueRef::Null => Ok(BTreeMap::new()),
        other => {
            let json = other.as_str().map_err(|e| StoreError::corrupt("leads.stands", e))?;
            serde_json::from_str(json).map_err(|e| StoreError::corrupt("leads.stands", e))
        }
    }
}
