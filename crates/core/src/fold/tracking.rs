//! What the ad platforms know of a lead, counted by what became of its deliveries.

use crate::{event::DeliveryState, lead::TrackingStatus};
use std::ops::{Add, Sub};

/// Code of a delivery that was never sent because the visitor refused.
pub const NO_CONSENT: &str = "no_consent";

/// A lead's deliveries by what became of them; also what a change adds to that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tracking {
    /// On their way.
    pub pending: i64,
    /// Taken by their platform.
    pub sent: i64,
    /// Refused, or too old.
    pub failed: i64,
}

impl Tracking {
    /// What one delivery counts as. One that was not sent for want of consent counts as nothing: that is no failure, and
    /// nobody was told.
    pub fn of(state: DeliveryState, code: Option<&str>) -> Self {
        let mut counted = Self::default();
        match state {
            DeliveryState::Pending | DeliveryState::Held => counted.pending = 1,
            DeliveryState::Sent | DeliveryState::Confirmed => counted.sent = 1,
            DeliveryState::Dropped if code == Some(NO_CONSENT) => {}
            DeliveryState::Dropped | DeliveryState::Expired => counted.failed = 1,
        }
        counted
    }

    /// The word for it; `held` if one of the pending ones waits for its destination to be repaired.
    pub fn status(self, held: bool) -> TrackingStatus {
        match (self.pending > 0, self.sent > 0, self.failed > 0) {
            (true, _, _) if held => TrackingStatus::Held,
            (true, _, _) => TrackingStatus::Pending,
            (false, true, true) => TrackingStatus::Partial,
            (false, true, false) => TrackingStatus::Synced,
            (false, false, true) => TrackingStatus::Failed,
            (false, false, false) => TrackingStatus::None,
        }
    }
}

impl Add for Tracking {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            pending: self.pending + other.pending,
            sent: self.sent + other.sent,
            failed: self.failed + other.failed,
        }
    }
}

impl Sub for Tracking {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self {
            pending: self.pending - other.pending,
            sent: self.sent - other.sent,
            failed: self.failed - other.failed,
        }
    }
}
