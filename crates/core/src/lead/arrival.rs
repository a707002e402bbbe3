//! Whether a visitor's chat has started: the step between a click and a conversation, which no browser tells.
//!
//! It is told by whoever sees the chat: a CS with one tap, or a first message that is pasted; a message that comes through
//! WhatsApp's Cloud API; or by a status, for nobody qualifies a person who never wrote. `lost` says nothing of it: many are
//! lost because they never did. It is not kept as such but follows from the changes that are noted of a lead, so that it
//! cannot contradict them.

use super::Status;
use crate::time::UnixMs;

/// Under which it is noted among a lead's changes; the new value is a time, or nothing when it is taken back.
pub const ARRIVED: &str = "arrived";

/// When a chat started, as far as it was told, and who told it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// When it was told.
    pub at: UnixMs,
    /// Who or what told it: `user:1`, `link:4`, `key:3`, `whatsapp`.
    pub by: String,
}

/// A change of a lead that may say something of it.
#[derive(Clone, Debug)]
pub struct Told {
    /// When.
    pub at: UnixMs,
    /// Of which field.
    pub field: String,
    /// What it became.
    pub new: Option<String>,
    /// Who or what changed it.
    pub by: String,
}

impl Status {
    /// Whether nobody comes to this status without a chat.
    pub fn is_after_arrival(self) -> bool {
        !matches!(self, Self::New | Self::Lost)
    }
}

impl Arrival {
    /// What follows from a lead's changes, oldest first. The first word counts, until it is taken back.
    pub fn of(changes: impl IntoIterator<Item = Told>) -> Option<Self> {
        let mut arrival = None;
        for Told { at, field, new, by } in changes {
            let told = Self { at, by };
            match (field.as_str(), new) {
                (ARRIVED, None) => arrival = None,
                (ARRIVED, Some(_)) => {
                    arrival.get_or_insert(told);
                }
                ("status", Some(status)) if status.parse().is_ok_and(Status::is_after_arrival) => {
                    arrival.get_or_insert(told);
                }
                _ => {}
            }
        }
        arrival
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::nothing(&[], None)]
    #[case::a_tap(&[("arrived", Some("5"))], Some(1))]
    #[case::the_first_counts(&[("arrived", Some("5")), ("status", Some("won"))], Some(1))]
    #[case::a_status(&[("name", Some("won")), ("status", Some("qualified"))], Some(2))]
    #[case::lost_without_a_word(&[("status", Some("lost"))], None)]
    #[case::back_to_new(&[("status", Some("hot")), ("status", Some("new"))], Some(1))]
    #[case::taken_back(&[("status", Some("hot")), ("arrived", None)], None)]
    #[case::and_told_again(&[("arrived", Some("5")), ("arrived", None), ("status", Some("hot"))], Some(3))]
    fn it_follows_from_what_was_told(#[case] changes: &[(&str, Option<&str>)], #[case] at: Option<i64>) {
        let changes = changes.iter().zip(1..).map(|((field, new), n)| Told {
            at: UnixMs(n),
            field: (*field).to_owned(),
            new: new.map(str::to_owned),
            by: format!("user:{n}"),
        });
        let arrival = at.map(|n| Arrival {
            at: UnixMs(n),
            by: format!("user:{n}"),
        });
        assert_eq!(Arrival::of(changes), arrival);
    }
}
