//! What the list of deliveries may be asked for.

use crate::api::{
    checks::Checks,
    days::Moment,
    leads,
    words::{self, DeliveryStateWord, EventTrigger, EventTriggerWord},
};
use konektor_core::{event::DeliveryState, ids::DestinationId, routing::Workspace};
use konektor_store::model::DeliveryFilter;
use serde::Deserialize;
use utoipa::IntoParams;

/// Which deliveries, and which part of the list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeliveryQuery {
    /// Most deliveries of the page. Up to 50 they come with what was sent and answered.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 200, default = 50)]
    pub(super) limit: Option<String>,
    /// `next_cursor` of the page before.
    pub(super) cursor: Option<String>,
    /// To this destination.
    destination_id: Option<String>,
    /// In this state.
    #[param(value_type = Option<DeliveryStateWord>)]
    state: Option<String>,
    /// Made by this.
    #[param(value_type = Option<EventTriggerWord>)]
    event: Option<String>,
    /// Of this lead: its id or visitor code.
    lead_id: Option<String>,
    /// Happened at or after: RFC 3339, or a day in the workspace's zone.
    #[param(example = "2026-08-01")]
    from: Option<String>,
    /// Happened before a time (RFC 3339), or on a day in the workspace's zone and before.
    #[param(example = "2026-08-31")]
    to: Option<String>,
}

impl DeliveryQuery {
    /// What to look for; `None` if it is plain that there is nothing.
    pub(super) fn filter(self, workspace: &Workspace, checks: &mut Checks) -> Option<DeliveryFilter> {
        let mut filter = DeliveryFilter::default();
        let mut is_possible = true;
        // An id that cannot be read is one that does not exist.
        if let Some(text) = self.destination_id {
            filter.destination = text.parse::<DestinationId>().ok();
            is_possible &= filter.destination.is_some();
        }
        if let Some(text) = self.lead_id {
            filter.lead = leads::parse_id(&text, workspace);
            is_possible &= filter.lead.is_some();
        }
        if let Some(text) = self.state {
            filter.state = checks.ok("state", words::parse::<DeliveryState>("state", &text));
        }
        if let Some(text) = self.event {
            let trigger = checks.ok("event", words::parse("event", &text));
            filter.trigger = trigger.map(|EventTrigger(trigger)| trigger);
        }
        if let Some(from) = self.from.and_then(|text| checks.ok("from", Moment::parse(&text))) {
            filter.from = Some(from.start(&workspace.time_zone));
        }
        if let Some(to) = self.to.and_then(|text| checks.ok("to", Moment::parse(&text))) {
            filter.to = Some(to.end(&workspace.time_zone));
        }
        is_possible.then_some(filter)
    }
}
