//! What became of the form of a press: a closed list, since what is not kept must not disappear silently.

/// Whether what was typed was kept, and why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FormOutcome {
    /// It is with the lead.
    Kept,
    /// The page was shown again with what was wrong. Nothing is recorded until it is right.
    Refused,
    /// The field that people do not see was filled in.
    Honeypot,
    /// There is no token, or it is forged, or that of another page.
    Forged,
    /// The page had been open for too long.
    Expired,
    /// Filled in faster than anybody types.
    TooFast,
    /// Sent by a page that is not ours.
    CrossSite,
    /// Too many from one address.
    TooMany,
    /// The press was not taken for a person's.
    NotAPerson,
    /// The visit could not be recorded, so there was no lead to keep it with.
    NotRecorded,
    /// The store failed. The visit is recorded.
    StoreFailed,
}

impl FormOutcome {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Kept,
        Self::Refused,
        Self::Honeypot,
        Self::Forged,
        Self::Expired,
        Self::TooFast,
        Self::CrossSite,
        Self::TooMany,
        Self::NotAPerson,
        Self::NotRecorded,
        Self::StoreFailed,
    ];

    /// As counters and the API write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Refused => "refused",
            Self::Honeypot => "honeypot",
            Self::Forged => "forged",
            Self::Expired => "expired",
            Self::TooFast => "too_fast",
            Self::CrossSite => "cross_site",
            Self::TooMany => "too_many",
            Self::NotAPerson => "not_a_person",
            Self::NotRecorded => "not_recorded",
            Self::StoreFailed => "store_failed",
        }
    }

    /// Whether somebody who sent this is likely a person, whose visit counts although the form does not: only who filled
    /// in what nobody sees is not.
    pub fn is_likely_a_person(self) -> bool {
        self != Self::Honeypot
    }
}
