//! Alerts: what somebody should look at.

pub mod list;

use super::{page::Page, time::Time};
use konektor_store::model::Alert;
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
    /// an hour although events wait.
    #[schema(example = "destination_held")]
    kind: String,
    /// What happened and what to do.
    message: String,
    /// Since when.
    since: Time,
    /// The destination that it is about.
    #[schema(example = "4503599627370496")]
    destination_id: String,
}

/// A page of the list.
pub type AlertPage = Page<AlertView>;

impl From<Alert> for AlertView {
    fn from(alert: Alert) -> Self {
        Self {
            id: alert.id.to_string(),
            kind: alert.kind,
            message: alert.message,
            since: Time(alert.since),
            destination_id: alert.subject.to_string(),
        }
    }
}
