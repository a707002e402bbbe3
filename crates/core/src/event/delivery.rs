//! The words of a delivery's life.

use serde::{Deserialize, Serialize};

/// How far an event has come on its way to a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Waits for its time or its next attempt.
    Pending,
    /// Waits for somebody to repair its destination. Never stored: it is what a pending delivery of a held destination
    /// is called.
    Held,
    /// The platform has it.
    Sent,
    /// The platform has said that it counts (Google says so hours later).
    Confirmed,
    /// Never sent, or refused; the reason says why.
    Dropped,
    /// Too old before it could be sent.
    Expired,
}

impl DeliveryState {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Pending,
        Self::Held,
        Self::Sent,
        Self::Confirmed,
        Self::Dropped,
        Self::Expired,
    ];

    /// As stored and shown in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Held => "held",
            Self::Sent => "sent",
            Self::Confirmed => "confirmed",
            Self::Dropped => "dropped",
            Self::Expired => "expired",
        }
    }
}

/// What a held destination waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    /// New credentials: these are expired, revoked or may not do this.
    Auth,
    /// Other settings, here or on the platform.
    Config,
}

impl Hold {
    /// As stored and shown in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Config => "config",
        }
    }
}
