//! Alerts: what somebody should look at.

pub mod list;

use super::{page::Page, time::Time};
use konektor_store::model::{Alert, MAIL_FAILED, WEBHOOK_DISABLED};
use serde::Serialize;
use utoipa::ToSchema;

/// What somebody should look at. It ends by itself when it is repaired.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Alert)]
pub struct AlertView {
    /// Its id.
    #[schema(example = "4")]
    id: String,
    /// `destination_held`: nothing is sent there until somebody repairs it. `destination_silent`: it has taken nothing for
    /// an hour although events wait. `webhook_disabled`: a webhook was switched off, because its receiver takes nothing.
    /// `mail_failed`: e-mails do not arrive.
    #[schema(example = "destination_held")]
    kind: String,
    /// What happened and what to do.
    message: String,
    /// Since when.
    since: Time,
    /// The destination that it is about; `null` if it is about something else.
    #[schema(required, example = "4503599627370496")]
    destination_id: Option<String>,
    /// The webhook that it is about; `null` if it is about something else.
    #[schema(required)]
    webhook_id: Option<String>,
}

/// A page of the list.
pub type AlertPage = Page<AlertView>;

impl From<Alert> for AlertView {
    fn from(alert: Alert) -> Self {
        let subject = alert.subject.to_string();
        let (destination_id, webhook_id) = match alert.kind.as_str() {
            WEBHOOK_DISABLED => (None, Some(subject)),
            MAIL_FAILED => (None, None),
            _ => (Some(subject), None),
        };
        Self {
            id: alert.id.to_string(),
            kind: alert.kind,
            message: alert.message,
            since: Time(alert.since),
            destination_id,
            webhook_id,
        }
    }
}
