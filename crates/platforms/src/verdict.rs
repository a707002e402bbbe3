//! What an answer means for an event.

use std::time::Duration;

pub use konektor_core::event::Hold;

/// What becomes of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The platform has it.
    Delivered,
    /// The platform has it and will only later say whether it counts.
    Accepted,
    /// Once more, later.
    Retry,
    /// Once more, and nothing else to this destination until then: as long as the platform says, else long.
    Throttle(Option<Duration>),
    /// Once more, after somebody has repaired the destination; until then nothing is sent there.
    Hold(Hold),
    /// Never: the platform does not want this event.
    Drop,
    /// At once: the request failed for another event's sake.
    Innocent,
    /// One of the events in the request is bad, and the platform does not say which: send them in halves. Never the
    /// verdict of an event that was alone.
    Suspect,
}

/// A verdict with the platform's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What becomes of it.
    pub verdict: Verdict,
    /// The platform's code, such as `100/2804003`, `40105`, `INVALID_ARGUMENT`.
    pub code: Option<String>,
    /// In the platform's words where it had any, else in ours. No credentials.
    pub message: String,
}

impl Finding {
    /// Without a code.
    pub fn new(verdict: Verdict, message: impl Into<String>) -> Self {
        Self {
            verdict,
            code: None,
            message: message.into(),
        }
    }

    /// With a code.
    pub fn with_code(verdict: Verdict, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            verdict,
            code: Some(code.into()),
            message: message.into(),
        }
    }
}

/// What an answer means for each event of its request, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// As many as there were events.
    pub findings: Vec<Finding>,
    /// By which the platform's support finds the request: `fbtrace_id`, `requestId`, `request_id`.
    pub trace: Option<String>,
}

impl Answer {
    /// The same for all.
    pub fn all(finding: Finding, count: usize, trace: Option<String>) -> Self {
        Self {
            findings: vec![finding; count],
            trace,
        }
    }

    /// The request was refused for a bad event that is not named: an event that was alone is dropped, several are
    /// halved.
    pub fn one_of(mut finding: Finding, count: usize, trace: Option<String>) -> Self {
        finding.verdict = if count == 1 { Verdict::Drop } else { Verdict::Suspect };
        Self::all(finding, count, trace)
    }

    /// The request was refused for these events, by index: they are dropped, the others sent again at once. Indices
    /// beyond the request name nobody: then it is as if none had been named.
    pub fn named(bad: Vec<(usize, Finding)>, count: usize, trace: Option<String>) -> Self {
        let mut findings = vec![Finding::new(Verdict::Innocent, "refused with another event"); count];
        let mut named = false;
        let mut last = None;
        for (index, finding) in bad {
            match findings.get_mut(index) {
                Some(slot) => {
                    *slot = Finding {
                        verdict: Verdict::Drop,
                        ..finding
                    };
                    named = true;
                }
                None => last = Some(finding),
            }
        }
        match last {
            Some(finding) if !named => Self::one_of(finding, count, trace),
            _ => Self { findings, trace },
        }
    }
}

/// What became of a request that was accepted earlier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// Not known yet.
    Pending,
    /// All of its events count.
    Confirmed,
    /// None of its events counts.
    Refused(String),
    /// Some of its events count; the platform gives numbers by reason, not names.
    Partly(String),
    /// To be sent again after this time, under the same ids.
    Resend(Duration, String),
    /// The platform could not be asked; as [`Finding`]s go, this is a retry, a throttle or a hold.
    NotAnswered(Finding),
}
