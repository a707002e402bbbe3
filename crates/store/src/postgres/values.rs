//! Reading columns into the domain's values, in one place, with errors that name the column.

pub(super) use crate::stored::values::{json_text, parse, read_json, read_trigger, read_word};
use crate::{Result, StoreError};
use konektor_core::{
    attribution::Platform,
    click::{Click, ClickFacts},
    decide::Stand,
    ids::{AgentId, ClickId, LeadId, RotatorId, VisitorNumber, WorkspaceId},
    time::UnixMs,
};
use std::{borrow::Cow, collections::BTreeMap};
use tokio_postgres::{Row, error::SqlState};

/// The columns of a click in the order that [`read_click`] wants, for the table under `alias`.
pub(super) fn click_columns(alias: &str) -> String {
    ["id", "at", "workspace_id", "number", "rotator_id", "agent_id", "facts"]
        .map(|c| format!("{alias}.{c}"))
        .join(", ")
}

/// How many columns those are.
pub(super) const CLICK_COLUMNS: usize = 7;

/// A click from the columns that start at `first`.
pub(super) fn read_click(row: &Row, first: usize) -> Result<Click> {
    let facts: ClickFacts = read_json("clicks.facts", row.get(first + 6))?;
    Ok(Click {
        id: ClickId(row.get(first)),
        at: UnixMs(row.get(first + 1)),
        lead: lead(row.get(first + 2), row.get(first + 3)),
        rotator: RotatorId(row.get(first + 4)),
        agent: row.get::<_, Option<i64>>(first + 5).map(AgentId),
        is_first_use: false,
        first: None,
        print: None,
        facts,
    })
}

/// A lead by its two columns.
pub(super) fn lead(workspace: i64, number: i64) -> LeadId {
    LeadId {
        workspace: WorkspaceId(workspace),
        number: VisitorNumber(number as u64),
    }
}

/// A lead's number as its column has it.
pub(super) fn number(lead: LeadId) -> i64 {
    lead.number.0 as i64
}

pub(super) fn read_stands(json: Option<&str>) -> Result<BTreeMap<RotatorId, Stand>> {
    json.map_or(Ok(BTreeMap::new()), |json| read_json("leads.stands", json))
}

pub(super) fn read_platform(text: Option<&str>) -> Result<Option<Platform>> {
    text.map(|text| parse("platform", text)).transpose()
}

/// Bytes of a known number.
pub(super) fn bytes<const N: usize>(what: &'static str, bytes: &[u8]) -> Result<[u8; N]> {
    bytes
        .try_into()
        .map_err(|_| StoreError::corrupt(what, format!("it has {} bytes instead of {N}", bytes.len())))
}

/// A text from outside: PostgreSQL takes every character but NUL.
pub(super) fn without_nul(text: &str) -> Cow<'_, str> {
    match text.contains('\0') {
        true => Cow::Owned(text.replace('\0', "\u{FFFD}")),
        false => Cow::Borrowed(text),
    }
}

/// A name that is in use.
pub(super) fn taken(what: String) -> StoreError {
    StoreError::Taken { what }
}

/// [`StoreError::Taken`] if a unique index said so: somebody was a moment faster.
pub(super) fn or_taken<T>(result: Result<T>, what: impl FnOnce() -> String) -> Result<T> {
    match result {
        Err(StoreError::Postgres(error)) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => Err(taken(what())),
        other => other,
    }
}
