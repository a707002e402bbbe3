//! What the list of leads may be asked for.

use super::{looks::Looks, search};
use crate::api::{
    checks::Checks,
    days::Moment,
    words::{InAppWord, PlatformWord, StatusWord, TrackingStatusWord},
};
use konektor_core::{
    ids::{AgentId, RotatorId},
    routing::Workspace,
};
use konektor_store::model::{LeadFilter, SoldFilter};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

const DAY_MS: i64 = 86_400_000;

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
    /// First touch through this platform.
    #[param(value_type = Option<PlatformWord>)]
    first_platform: Option<String>,
    /// `utm_source` of the first touch; of one that is longer than the reports show, what they show.
    source: Option<String>,
    /// `utm_campaign` of the first touch, likewise.
    campaign: Option<String>,
    /// Browser of the first click, as the report of recognition names it.
    #[param(example = "Chrome")]
    browser: Option<String>,
    /// App in whose browser the first click was.
    #[param(value_type = Option<InAppWord>)]
    in_app: Option<String>,
    /// What they have not, separated by commas: `platform`, `source`, `campaign`, `browser` and `in_app` of the first touch;
    /// `agent`, whose they are.
    #[param(example = "source,campaign")]
    without: Option<String>,
    /// What made them: a click, or something else (a form, a message, an import).
    #[param(value_type = Option<OriginWord>, inline)]
    made_by: Option<String>,
    /// Whether their chat has started, as far as it was told; of those that a click made.
    #[param(value_type = Option<bool>)]
    arrived: Option<String>,
    /// Won at or after: RFC 3339, or a day in the workspace's zone. Only who is won still.
    #[param(example = "2026-08-01")]
    sold_from: Option<String>,
    /// Won before a time (RFC 3339), or on a day in the workspace's zone and before. Only who is won still.
    #[param(example = "2026-08-31")]
    sold_to: Option<String>,
    /// Won, and had clicked more than once by then (`true`), or once (`false`).
    #[param(value_type = Option<bool>)]
    sold_returning: Option<String>,
    /// Won at least as many days after the first click.
    #[param(value_type = Option<u32>, maximum = 100_000)]
    sold_after_days: Option<String>,
    /// Won fewer days after the first click.
    #[param(value_type = Option<u32>, maximum = 100_000)]
    sold_within_days: Option<String>,
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

/// What made a lead: a click, or something else (a form, a message, an import).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = LeadOrigin)]
#[expect(dead_code, reason = "the words for the OpenAPI document")]
enum OriginWord {
    Click,
    Other,
}

impl LeadQuery {
    /// What to look for; `None` if it is plain that there is nothing.
    pub(super) fn filter(mut self, workspace: &Workspace, checks: &mut Checks) -> Option<(LeadFilter, Looks)> {
        let sold = self.sold(workspace, checks);
        let mut looks = Looks {
            browser: self.browser.take(),
            ..Looks::default()
        };
        let mut filter = LeadFilter {
            sold,
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
        if let Some(text) = self.first_platform {
            filter.first_platform = checks.ok("first_platform", text.parse());
        }
        if let Some(text) = self.in_app {
            looks.in_app = checks.ok("in_app", text.parse());
        }
        for word in self.without.iter().flat_map(|text| text.split(',')) {
            match word {
                "platform" => filter.without.platform = true,
                "source" => filter.without.source = true,
                "campaign" => filter.without.campaign = true,
                "agent" => filter.without.agent = true,
                "browser" => looks.without_browser = true,
                "in_app" => looks.without_app = true,
                _ => checks.refuse(
                    "without",
                    "Leads may be without platform, source, campaign, agent, browser or in_app.",
                ),
            }
        }
        filter.clicked = match self.made_by.as_deref() {
            None => None,
            Some("click") => Some(true),
            Some("other") => Some(false),
            Some(_) => {
                checks.refuse("made_by", "Leads are made by click or other.");
                None
            }
        };
        filter.arrived = yes_or_no("arrived", self.arrived.as_deref(), checks);
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
        is_possible.then_some((filter, looks))
    }

    fn sold(&self, workspace: &Workspace, checks: &mut Checks) -> Option<SoldFilter> {
        let mut moment = |field, text: &Option<String>| {
            let text = text.as_deref()?;
            checks.ok(field, Moment::parse(text))
        };
        let from = moment("sold_from", &self.sold_from);
        let to = moment("sold_to", &self.sold_to);
        let mut days = |field, text: &Option<String>| {
            let read = text.as_deref()?.parse().ok().filter(|days: &u32| *days <= MOST_DAYS);
            checks.ok(
                field,
                read.ok_or_else(|| format!("This is no number of days from 0 to {MOST_DAYS}.")),
            )
        };
        let after = days("sold_after_days", &self.sold_after_days);
        let within = days("sold_within_days", &self.sold_within_days);
        let sold = SoldFilter {
            from: from.map(|from| from.start(&workspace.time_zone)),
            to: to.map(|to| to.end(&workspace.time_zone)),
            returning: yes_or_no("sold_returning", self.sold_returning.as_deref(), checks),
            took_ms: after.map(|days| i64::from(days) * DAY_MS),
            took_below_ms: within.map(|days| i64::from(days) * DAY_MS),
        };
        (sold != SoldFilter::default()).then_some(sold)
    }
}

/// Nobody is won later: that is 270 years.
const MOST_DAYS: u32 = 100_000;

fn yes_or_no(field: &str, text: Option<&str>, checks: &mut Checks) -> Option<bool> {
    match text? {
        "true" => Some(true),
        "false" => Some(false),
        _ => {
            checks.refuse(field, "Write true or false.");
            None
        }
    }
}
