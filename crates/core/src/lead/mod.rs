//! A lead's words: names and where they came from, statuses, what a sale was worth.

use crate::message::clean;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

mod arrival;
mod money;
mod person;
pub mod submission;
#[cfg(test)]
mod tests;

pub use arrival::{ARRIVED, Arrival, Told};
pub use money::{Amount, Currency, Money, MoneyError};
pub use person::{Facts, Field, Named, Own, Person, Worth};

/// Longest name, in characters.
pub const NAME_MAX_CHARS: usize = 120;

/// How far a lead has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Clicked; nobody has written back yet.
    #[default]
    New,
    /// The agent wrote.
    Contacted,
    /// The lead answered.
    Responded,
    /// Worth the agent's time.
    Qualified,
    /// About to decide.
    Hot,
    /// Has a proposal.
    Proposal,
    /// Haggling.
    Negotiation,
    /// Has an invoice.
    Invoice,
    /// Bought; takes a [`Money`].
    Won,
    /// Did not.
    Lost,
}

impl Status {
    /// All of them, in the order of a sale.
    pub const ALL: [Self; 10] = [
        Self::New,
        Self::Contacted,
        Self::Responded,
        Self::Qualified,
        Self::Hot,
        Self::Proposal,
        Self::Negotiation,
        Self::Invoice,
        Self::Won,
        Self::Lost,
    ];

    /// As API and database write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Contacted => "contacted",
            Self::Responded => "responded",
            Self::Qualified => "qualified",
            Self::Hot => "hot",
            Self::Proposal => "proposal",
            Self::Negotiation => "negotiation",
            Self::Invoice => "invoice",
            Self::Won => "won",
            Self::Lost => "lost",
        }
    }
}

/// A word that should be one of a closed list and is not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The {what} \"{word}\" does not exist. Use one of: {known}.")]
pub struct UnknownWord {
    /// What kind of word was expected, such as `status`.
    pub what: &'static str,
    /// The word that came.
    pub word: String,
    /// The words that exist.
    pub known: String,
}

macro_rules! word {
    ($type:ident, $what:literal) => {
        impl FromStr for $type {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                Self::ALL
                    .into_iter()
                    .find(|known| known.as_str() == word)
                    .ok_or_else(|| UnknownWord {
                        what: $what,
                        word: word.chars().take(40).collect(),
                        known: Self::ALL.map(Self::as_str).join(", "),
                    })
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

word!(Status, "status");
word!(NameSource, "name source");
word!(TrackingStatus, "tracking status");

/// Who or what named a lead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NameSource {
    /// Nobody: `Visitor [CODE]`.
    #[default]
    Auto,
    /// A form that the lead filled in.
    Form,
    /// The lead's WhatsApp profile.
    Whatsapp,
    /// Somebody in the dashboard or the API.
    Manual,
}

impl NameSource {
    /// All of them, weakest first.
    pub const ALL: [Self; 4] = [Self::Auto, Self::Form, Self::Whatsapp, Self::Manual];

    /// As API and database write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Form => "form",
            Self::Whatsapp => "whatsapp",
            Self::Manual => "manual",
        }
    }

    /// How much a name from this source counts beside others of the same person.
    pub fn strength(self) -> u8 {
        match self {
            Self::Auto => 0,
            Self::Form | Self::Whatsapp => 1,
            Self::Manual => 2,
        }
    }

    /// Whether a name from this source may take the place of one from `current`. The stronger source wins; of form
    /// and WhatsApp, which are equals, the one that came first, so that a name does not flip to and fro.
    pub fn may_replace(self, current: Self) -> bool {
        match self {
            Self::Manual => true,
            Self::Form | Self::Whatsapp => current == Self::Auto || current == self,
            Self::Auto => current == Self::Auto,
        }
    }
}

/// What the ad platforms know of a lead, by its deliveries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrackingStatus {
    /// There is nothing to tell them.
    #[default]
    None,
    /// On its way.
    Pending,
    /// All told.
    Synced,
    /// Some told, some not.
    Partial,
    /// Waits for somebody to repair a destination.
    Held,
    /// Refused.
    Failed,
}

impl TrackingStatus {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::None,
        Self::Pending,
        Self::Synced,
        Self::Partial,
        Self::Held,
        Self::Failed,
    ];

    /// As API and database write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Pending => "pending",
            Self::Synced => "synced",
            Self::Partial => "partial",
            Self::Held => "held",
            Self::Failed => "failed",
        }
    }
}

/// The name of a lead whom nobody has named yet.
pub fn auto_name(code: &str) -> String {
    format!("Visitor [{code}]")
}

/// Why a name was refused, in words for the person who typed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing that can be seen.
    #[error("The name is empty. Type at least one character.")]
    Empty,
    /// Longer than any name.
    #[error("The name has {0} characters; at most {NAME_MAX_CHARS} are possible. Shorten it.")]
    TooLong(usize),
}

/// A name fit to be kept: trimmed, runs of blanks made one, without control and bidi characters.
pub fn clean_name(text: &str) -> Result<String, NameError> {
    let name: String = clean(text).collect();
    match name.chars().count() {
        0 => Err(NameError::Empty),
        1..=NAME_MAX_CHARS => Ok(name),
        chars => Err(NameError::TooLong(chars)),
    }
}

/// Longest e-mail address, in bytes.
const EMAIL_MAX_BYTES: usize = 254;

/// What is no e-mail address, in words for the person who typed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("This is not an e-mail address. Write it like rina@brand.com.")]
pub struct NotAnEmail;

/// An e-mail address fit to be kept. Checked is only what no address can be without: whether it is somebody's, nobody can
/// tell. Lower-cased, for that is how people mean it, and what is the same should be found as the same.
pub fn clean_email(text: &str) -> Result<String, NotAnEmail> {
    let email = text.trim().to_lowercase();
    let has_form = email.split_once('@').is_some_and(|(name, host)| {
        let labels_fit = host.split('.').count() > 1 && host.split('.').all(|label| !label.is_empty());
        !name.is_empty() && labels_fit && !host.contains('@')
    });
    let is_clean = email.len() <= EMAIL_MAX_BYTES
        && !email
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || "<>,;\"".contains(c));
    match has_form && is_clean {
        true => Ok(email),
        false => Err(NotAnEmail),
    }
}

/// How to address a lead: the first word of their name that has a letter in it. `None` when all that we have is a
/// made-up name, a phone number or emoji.
pub fn first_name(name: &str, source: NameSource) -> Option<&str> {
    if source == NameSource::Auto {
        return None;
    }
    let word = name
        .split_whitespace()
        .find(|word| word.chars().any(char::is_alphabetic))?;
    Some(word.trim_matches(|c: char| c.is_ascii_punctuation()))
}
