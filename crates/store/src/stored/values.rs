//! Values by the text that they are stored as, with errors that name the column.

use crate::{Result, StoreError};
use konektor_core::event::Trigger;
use serde::{Serialize, de::DeserializeOwned};
use std::{fmt, str::FromStr};

/// A value by the text that it is stored as.
pub(crate) fn parse<T: FromStr<Err: fmt::Display>>(what: &'static str, text: &str) -> Result<T> {
    text.parse().map_err(|e| StoreError::corrupt(what, e))
}

/// A word of a closed list that has no parser of its own.
pub(crate) fn read_word<T: Copy, const N: usize>(
    what: &'static str,
    all: [T; N],
    as_str: fn(T) -> &'static str,
    text: &str,
) -> Result<T> {
    let found = all.into_iter().find(|word| as_str(*word) == text);
    found.ok_or_else(|| StoreError::corrupt(what, format!("\"{text}\" is none of its words")))
}

/// `click`, `arrived`, or a status.
pub(crate) fn read_trigger(text: &str) -> Result<Trigger> {
    parse("deliveries.trigger_kind", text)
}

/// A value that is stored as JSON.
pub(crate) fn read_json<T: DeserializeOwned>(what: &'static str, json: &str) -> Result<T> {
    serde_json::from_str(json).map_err(|e| StoreError::corrupt(what, e))
}

/// The JSON to store of a value.
pub(crate) fn json_text<T: Serialize>(what: &'static str, value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|e| StoreError::corrupt(what, e))
}
