//! When an agent becomes unavailable.
//!
//! By hand only: switched off, paused, or removed. The end of the working day and a full daily cap are what the rotator
//! was set up for, and no news.

use crate::time::UnixMs;

/// What decides whether an agent may get leads, apart from hours and cap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Switched on.
    pub active: bool,
    /// Away until then.
    pub paused_until: Option<UnixMs>,
}

impl Standing {
    /// Why the agent gets no leads at `now`; `None` if they do.
    fn absence(self, now: UnixMs) -> Option<Absence> {
        match self {
            Self { active: false, .. } => Some(Absence::SwitchedOff),
            Self {
                paused_until: Some(until),
                ..
            } if until > now => Some(Absence::Paused),
            _ => None,
        }
    }

    /// Whether leads may be handed to the agent at `now`.
    pub fn is_available(self, now: UnixMs) -> bool {
        self.absence(now).is_none()
    }
}

/// Why an agent is not available any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absence {
    /// Their leads move to others.
    SwitchedOff,
    /// Others stand in for a time.
    Paused,
    /// They are gone.
    Removed,
}

impl Absence {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::SwitchedOff, Self::Paused, Self::Removed];

    /// As messages name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SwitchedOff => "switched_off",
            Self::Paused => "paused",
            Self::Removed => "removed",
        }
    }
}

/// What a change takes away, if it takes an agent away who was there; `after` is `None` if they were removed.
pub fn absence(before: Standing, after: Option<Standing>, now: UnixMs) -> Option<Absence> {
    if !before.is_available(now) {
        return None;
    }
    match after {
        None => Some(Absence::Removed),
        Some(after) => after.absence(now),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const NOW: UnixMs = UnixMs(1_000);
    const ON: Standing = Standing {
        active: true,
        paused_until: None,
    };
    const OFF: Standing = Standing {
        active: false,
        paused_until: None,
    };
    const PAUSED: Standing = Standing {
        active: true,
        paused_until: Some(UnixMs(1_001)),
    };
    const BACK: Standing = Standing {
        active: true,
        paused_until: Some(UnixMs(1_000)),
    };

    #[rstest]
    #[case(ON, Some(OFF), Some(Absence::SwitchedOff))]
    #[case(ON, Some(PAUSED), Some(Absence::Paused))]
    #[case(BACK, Some(PAUSED), Some(Absence::Paused))]
    #[case(ON, None, Some(Absence::Removed))]
    #[case(ON, Some(ON), None)]
    #[case(ON, Some(BACK), None)]
    #[case(OFF, Some(ON), None)]
    #[case(OFF, None, None)]
    #[case(PAUSED, Some(OFF), None)]
    fn only_who_was_there_can_be_missed(
        #[case] before: Standing,
        #[case] after: Option<Standing>,
        #[case] wanted: Option<Absence>,
    ) {
        assert_eq!(absence(before, after, NOW), wanted);
    }
}
