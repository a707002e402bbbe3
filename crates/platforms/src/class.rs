//! What an error code means. Each adapter has a table from its platform's codes to these.

use crate::{Finding, Hold, HttpResponse, Verdict};
use std::time::Duration;

/// Of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// The credentials are refused.
    Auth,
    /// The settings are refused.
    Config,
    /// An event is refused, and with it the request.
    Event,
    /// Too much at once.
    Throttle,
    /// The platform's own trouble.
    Retry,
}

impl Class {
    /// By the HTTP status alone, for an answer of the platform's own form with a code that no table has. An unknown
    /// code never costs an event.
    pub(crate) fn of_status(status: u16) -> Self {
        match status {
            401 | 403 => Self::Auth,
            429 => Self::Throttle,
            _ => Self::Retry,
        }
    }

    /// Of an answer that is not of the platform's form: a proxy's page, or half an answer. A proxy's 403 does not make the
    /// credentials bad, and only a person could end a hold.
    pub(crate) fn unreadable(response: &HttpResponse, platform: &str) -> Finding {
        let status = response.status;
        let class = match status {
            429 => Self::Throttle,
            _ => Self::Retry,
        };
        Finding::new(
            class.verdict(response),
            format!("The answer is not one of {platform}'s (HTTP {status}). A proxy or a firewall may have sent it."),
        )
    }

    /// What becomes of an event that is concerned.
    pub(crate) fn verdict(self, response: &HttpResponse) -> Verdict {
        match self {
            Self::Auth => Verdict::Hold(Hold::Auth),
            Self::Config => Verdict::Hold(Hold::Config),
            Self::Event => Verdict::Drop,
            Self::Throttle => Verdict::Throttle(response.retry_after.map(Duration::from_secs)),
            Self::Retry => Verdict::Retry,
        }
    }
}
