//! Which event a platform is told for a click and for each status.

use super::Trigger;
use crate::lead::Status;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, str::FromStr};

/// Longest name of an event.
const NAME_MAX_CHARS: usize = 50;
/// The event of a click, where the mapping has none of its own: on Meta and TikTok "a person gets in touch, by chat
/// for one".
const CLICK: &str = "Contact";

/// A destination's events by trigger: `{"qualified": "Lead", "won": "Purchase"}`. A status without an entry tells
/// nothing, and neither does `arrived`, the start of the chat; a click always does, by default `Contact`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, String>", into = "BTreeMap<String, String>")]
pub struct Mapping {
    click: Option<String>,
    arrived: Option<String>,
    statuses: BTreeMap<Status, String>,
}

impl Mapping {
    /// The platform's name of the event, if there is one.
    pub fn event(&self, trigger: Trigger) -> Option<&str> {
        match trigger {
            Trigger::Click => Some(self.click.as_deref().unwrap_or(CLICK)),
            Trigger::Arrived => self.arrived.as_deref(),
            Trigger::Status(status) => self.statuses.get(&status).map(String::as_str),
        }
    }
}

impl Default for Mapping {
    fn default() -> Self {
        Self {
            click: None,
            arrived: None,
            statuses: [
                (Status::Qualified, "Lead".to_owned()),
                (Status::Won, "Purchase".to_owned()),
            ]
            .into(),
        }
    }
}

/// Why a mapping was refused, in words for the person who made it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// Neither `click` nor `arrived` nor a status.
    #[error("The mapping has \"{0}\", which is neither \"click\" nor \"arrived\" nor a status of a lead.")]
    UnknownTrigger(String),
    /// Nobody has written to a new lead yet; its click is the event.
    #[error("The mapping has \"new\": a new lead is a click, so map \"click\" instead.")]
    New,
    /// Not a name that any platform has.
    #[error("The event \"{0}\" is not a name: use 1 to {NAME_MAX_CHARS} letters, digits or _.")]
    Name(String),
}

impl TryFrom<BTreeMap<String, String>> for Mapping {
    type Error = MappingError;
    fn try_from(entries: BTreeMap<String, String>) -> Result<Self, MappingError> {
        let mut mapping = Self {
            click: None,
            arrived: None,
            statuses: BTreeMap::new(),
        };
        for (trigger, name) in entries {
            let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if name.is_empty() || name.len() > NAME_MAX_CHARS || !name.chars().all(fits) {
                return Err(MappingError::Name(name.chars().take(60).collect()));
            }
            match Trigger::from_str(&trigger) {
                Ok(Trigger::Click) => mapping.click = Some(name),
                Ok(Trigger::Arrived) => mapping.arrived = Some(name),
                Ok(Trigger::Status(Status::New)) => return Err(MappingError::New),
                Ok(Trigger::Status(status)) => drop(mapping.statuses.insert(status, name)),
                Err(_) => return Err(MappingError::UnknownTrigger(trigger.chars().take(60).collect())),
            }
        }
        Ok(mapping)
    }
}

impl From<Mapping> for BTreeMap<String, String> {
    fn from(mapping: Mapping) -> Self {
        let statuses = mapping
            .statuses
            .into_iter()
            .map(|(s, name)| (s.as_str().to_owned(), name));
        statuses
            .chain(mapping.click.map(|name| ("click".to_owned(), name)))
            .chain(mapping.arrived.map(|name| ("arrived".to_owned(), name)))
            .collect()
    }
}
