//! How long an event is worth sending, by platform.

use super::Trigger;
use crate::{attribution::Platform, time::UnixMs};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// How long Google wants a click to be old before its conversion; a setting, since nobody outside knows for sure.
pub const GOOGLE_CLICK_WAIT_MS: i64 = 6 * HOUR_MS;

/// Between these two a delivery is sent; afterwards it is expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Not before.
    pub not_before: UnixMs,
    /// Not from then on.
    pub expires_at: UnixMs,
}

impl Window {
    /// The window of an event at `at`, attributed to a click at `clicked_at`. `None` for platforms that no adapter
    /// speaks to.
    pub fn of(
        platform: Platform,
        trigger: Trigger,
        at: UnixMs,
        clicked_at: UnixMs,
        google_click_wait_ms: i64,
    ) -> Option<Self> {
        let (not_before, expires_at) = match platform {
            // One event older than seven days makes Meta refuse the whole batch: an hour is kept for the way there.
            Platform::Meta => (at, at.plus_ms(7 * DAY_MS - HOUR_MS)),
            Platform::Google => (
                at.max(clicked_at.plus_ms(google_click_wait_ms)),
                clicked_at.plus_ms(90 * DAY_MS - HOUR_MS),
            ),
            // TikTok names no limit; a click ID is useful for a week, a lead's later stages for four.
            Platform::Tiktok => match trigger {
                Trigger::Click => (at, at.plus_ms(7 * DAY_MS)),
                Trigger::Arrived | Trigger::Status(_) => (at, clicked_at.plus_ms(28 * DAY_MS)),
            },
            Platform::Linkedin => (at, at.min(clicked_at).plus_ms(90 * DAY_MS - HOUR_MS)),
            Platform::Microsoft | Platform::Snapchat | Platform::Pinterest | Platform::X | Platform::Reddit => {
                return None;
            }
        };
        Some(Self { not_before, expires_at })
    }
}
