//! Reading columns into the domain's values, in one place, with errors that name the column.

use crate::{Result, StoreError};
use konektor_core::{
    click::{Click, ClickFacts},
    decide::Stand,
    event::Trigger,
    ids::{AgentId, ClickId, LeadId, RotatorId},
    time::UnixMs,
};
use rusqlite::{Row, types::ValueRef};
use serde::{Serialize, de::DeserializeOwned};
use std::{collections::BTreeMap, fmt, str::FromStr};

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
        is_first_use: false,
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

/// A value by the text that it is stored as.
pub(super) fn parse<T: FromStr<Err: fmt::Display>>(what: &'static str, value: ValueRef<'_>) -> Result<T> {
    let text = value.as_str().map_err(|e| StoreError::corrupt(what, e))?;
    text.parse().map_err(|e| StoreError::corrupt(what, e))
}

/// A word of a closed list that has no parser of its own.
pub(super) fn read_word<T: Copy, const N: usize>(
    what: &'static str,
    all: [T; N],
    as_str: fn(T) -> &'static str,
    text: &str,
) -> Result<T> {
    let found = all.into_iter().find(|word| as_str(*word) == text);
    found.ok_or_else(|| StoreError::corrupt(what, format!("\"{text}\" is none of its words")))
}

/// `click`, `arrived`, or a status.
pub(super) fn read_trigger(text: &str) -> Result<Trigger> {
    text.parse()
        .map_err(|e| StoreError::corrupt("deliveries.trigger_kind", e))
}

/// A value that is stored as JSON.
pub(super) fn read_json<T: DeserializeOwned>(what: &'static str, value: ValueRef<'_>) -> Result<T> {
    let json = value.as_str().map_err(|e| StoreError::corrupt(what, e))?;
    serde_json::from_str(json).map_err(|e| StoreError::corrupt(what, e))
}

/// The JSON to store of a value.
pub(super) fn json_text<T: Serialize>(what: &'static str, value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|e| StoreError::corrupt(what, e))
}
