//! Reading columns into the domain's values, in one place, with errors that name the column.

pub(super) use crate::stored::values::{json_text, read_trigger, read_word};
use crate::{Result, StoreError, stored::values};
use konektor_core::{
    click::{Click, ClickFacts},
    decide::Stand,
    ids::{AgentId, ClickId, LeadId, RotatorId},
    time::UnixMs,
};
use rusqlite::{Row, types::ValueRef};
use serde::de::DeserializeOwned;
use std::{collections::BTreeMap, fmt, str::FromStr};

/// The columns of a click in the order that [`read_click`] wants, for the table under `alias`.
pub(super) fn click_columns(alias: &str) -> String {
    ["id", "at", "lead_id", "rotator_id", "agent_id", "facts"]
        .map(|c| format!("{alias}.{c}"))
        .join(", ")
}

/// A click from the six columns that start at `first`.
pub(super) fn read_click(row: &Row<'_>, first: usize) -> Result<Click> {
    let facts: ClickFacts = read_json("clicks.facts", row.get_ref(first + 5)?)?;
    Ok(Click {
        id: ClickId(row.get(first)?),
        at: UnixMs(row.get(first + 1)?),
        lead: LeadId::from_packed(row.get(first + 2)?),
        rotator: RotatorId(row.get(first + 3)?),
        agent: row.get::<_, Option<i64>>(first + 4)?.map(AgentId),
        is_first_use: false,
        first: None,
        print: None,
        facts,
    })
}

pub(super) fn read_stands(value: ValueRef<'_>) -> Result<BTreeMap<RotatorId, Stand>> {
    match value {
        ValueRef::Null => Ok(BTreeMap::new()),
        other => read_json("leads.stands", other),
    }
}

/// A value by the text that it is stored as.
pub(super) fn parse<T: FromStr<Err: fmt::Display>>(what: &'static str, value: ValueRef<'_>) -> Result<T> {
    values::parse(what, value.as_str().map_err(|e| StoreError::corrupt(what, e))?)
}

/// A value that is stored as JSON.
pub(super) fn read_json<T: DeserializeOwned>(what: &'static str, value: ValueRef<'_>) -> Result<T> {
    values::read_json(what, value.as_str().map_err(|e| StoreError::corrupt(what, e))?)
}
