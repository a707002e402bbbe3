//! What the list of leads may be asked for.

use super::search;
use crate::api::{
    checks::Checks,
    days::Moment,
    words::{PlatformWord, StatusWord, TrackingStatusWord},
};
use konektor_core::{
    ids::{AgentId, RotatorId},
    routing::Workspace,
};
use konektor_store::model::LeadFilter;
use serde::Deserialize;
use utoipa::IntoParams;

/// Which leads, and which part of the list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LeadQuery {
    /// Most leads of the page.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 200, default = 50)]
    pub(super) limit: Option<String>,
    /// `next_cursor` of the page before.
    pub(super) cursor: Option<String>,
    /// In this status.
    #[param(value_type = Option<StatusWord>)]
    status: Option<String>,
    /// Of this agent.
    agent_id: Option<String>,
    /// Who first came by this rotator.
    rotator_id: Option<String>,
    /// First or last touch through this platform.
    #[param(value_type = Option<PlatformWord>)]
    platform: Option<String>,
    /// `utm_source` of the first touch.
    source: Option<String>,
    /// `utm_campaign` of the first touch.
    campaign: Option<String>,
    /// What the ad platforms know of them.
    #[param(value_type = Option<TrackingStatusWord>)]
    tracking_status: Option<String>,
    /// A code, a whole WhatsApp message with a code in it, or the beginning of a name, phone number or e-mail address.
    q: Option<String>,
    /// First seen at or after: RFC 3339, or a day in the workspace's zone.
    #[param(example = "2026-08-01")]
    from: Option<String>,
    /// First seen before a time (RFC 3339), or on a day in the workspace's zone and before.
    #[param(example = "2026-08-31")]
    to: Option<String>,
}

impl LeadQuery {
    /// What to look for; `None` if it is plain that there is nothing.
    pub(super) fn filter(self, workspace: &Workspace, checks: &mut Checks) -> Option<LeadFilter> {
        let mut filter = LeadFilter {
            source: self.source,
            campaign: self.campaign,
            ..LeadFilter::default()
        };
        let mut is_possible = true;
        if let Some(text) = self.status {
            filter.status = checks.ok("status", text.parse());
        }
        // An id that cannot be read is one that does not exist: it is nobody's.
        if let Some(text) = self.agent_id {
            filter.agent = text.parse::<AgentId>().ok();
            is_possible &= filter.agent.is_some();
        }
        if let Some(text) = self.rotator_id {
            filter.rotator = text.parse::<RotatorId>().ok();
            is_possible &= filter.rotator.is_some();
        }
        if let Some(text) = self.platform {
            filter.platform = checks.ok("platform", text.parse());
        }
        if let Some(text) = self.tracking_status {
            filter.tracking = checks.ok("tracking_status", text.parse());
        }
        if let Some(text) = self.q {
            checks.at_most("q", &text, search::MAX_CHARS);
            filter.search = search::read(&text, workspace);
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
