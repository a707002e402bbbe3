//! What may be said about an agent, and when it is refused.

use super::view::WorkingHours;
use crate::api::{
    body::{not_null, nullable},
    checks::Checks,
    error::ApiError,
    time::Time,
};
use jiff::tz::TimeZone;
use konektor_core::{lead::clean_name, phone::Phone, routing::Workspace, schedule::Hours};
use konektor_store::model::AgentFields;
use serde::Deserialize;
use utoipa::ToSchema;

const DAILY_CAP_MAX: u32 = 1_000_000;

/// An agent to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAgent {
    /// Shown to visitors where a message says `{agent}`; at most 120 characters.
    #[schema(example = "Rina")]
    name: String,
    /// WhatsApp number as people write it; without a country code it is one of the workspace's country.
    #[schema(example = "0812 3456 7890")]
    phone: String,
    /// Switched on.
    #[serde(default = "yes")]
    #[schema(default = true)]
    active: bool,
    /// Away until then.
    paused_until: Option<Time>,
    /// Working hours; `null` is always.
    #[schema(value_type = Option<Vec<WorkingHours>>)]
    hours: Option<Hours>,
    /// IANA zone; `null` is the workspace's.
    #[schema(example = "Asia/Makassar")]
    time_zone: Option<String>,
    /// Most new leads a day; `null` is no limit.
    #[schema(minimum = 1, maximum = 1_000_000)]
    daily_cap: Option<i64>,
}

/// What to change of an agent. What is absent stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgentPatch {
    /// Shown to visitors where a message says `{agent}`.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    name: Option<String>,
    /// WhatsApp number as people write it.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    phone: Option<String>,
    /// Switched on. Off moves their leads to others with the next click, for good.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    active: Option<bool>,
    /// Away until then; `null` ends a pause.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Time>)]
    paused_until: Option<Option<Time>>,
    /// Working hours; `null` is always.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Vec<WorkingHours>>)]
    hours: Option<Option<Hours>>,
    /// IANA zone; `null` is the workspace's.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    time_zone: Option<Option<String>>,
    /// Most new leads a day; `null` is no limit.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 1_000_000)]
    daily_cap: Option<Option<i64>>,
}

fn yes() -> bool {
    true
}

impl NewAgent {
    /// The fields of the new agent, checked.
    pub fn check(self, workspace: &Workspace) -> Result<AgentFields, ApiError> {
        let blank = AgentFields {
            name: String::new(),
            phone: String::new(),
            active: true,
            paused_until: None,
            hours: None,
            time_zone: None,
            daily_cap: None,
        };
        let all = AgentPatch {
            name: Some(self.name),
            phone: Some(self.phone),
            active: Some(self.active),
            paused_until: Some(self.paused_until),
            hours: Some(self.hours),
            time_zone: Some(self.time_zone),
            daily_cap: Some(self.daily_cap),
        };
        all.apply(blank, workspace)
    }
}

impl AgentPatch {
    /// Whether it changes no more than what agents may change of themselves.
    pub fn is_own_switch(&self) -> bool {
        let Self {
            name,
            phone,
            active: _,
            paused_until: _,
            hours,
            time_zone,
            daily_cap,
        } = self;
        name.is_none() && phone.is_none() && hours.is_none() && time_zone.is_none() && daily_cap.is_none()
    }

    /// The agent's fields after the change, checked.
    pub fn apply(self, mut fields: AgentFields, workspace: &Workspace) -> Result<AgentFields, ApiError> {
        let mut checks = Checks::default();
        if let Some(name) = self.name.and_then(|name| checks.ok("name", clean_name(&name))) {
            fields.name = name;
        }
        if let Some(phone) = self
            .phone
            .and_then(|text| checks.ok("phone", Phone::parse(&text, &workspace.country)))
        {
            fields.phone = phone.into();
        }
        if let Some(active) = self.active {
            fields.active = active;
        }
        if let Some(paused_until) = self.paused_until {
            fields.paused_until = paused_until.map(|time| time.0);
        }
        if let Some(hours) = self.hours {
            fields.hours = hours;
        }
        if let Some(zone) = self.time_zone {
            fields.time_zone = zone.and_then(|name| checks.ok("time_zone", zone_name(&name)));
        }
        if let Some(cap) = self.daily_cap {
            fields.daily_cap = cap.and_then(|cap| checks.ok("daily_cap", daily_cap(cap)));
        }
        checks.finish()?;
        Ok(fields)
    }
}

/// The name as the IANA database writes it.
fn zone_name(name: &str) -> Result<String, String> {
    let known = TimeZone::get(name)
        .ok()
        .and_then(|zone| zone.iana_name().map(str::to_owned));
    known.ok_or_else(|| {
        let name: String = name.chars().take(40).collect();
        format!("The time zone \"{name}\" is not known. Use an IANA name such as Asia/Jakarta.")
    })
}

fn daily_cap(cap: i64) -> Result<u32, String> {
    let fits = u32::try_from(cap).ok().filter(|cap| (1..=DAILY_CAP_MAX).contains(cap));
    fits.ok_or_else(|| {
        format!(
            "The daily cap {cap} is not possible. Use 1 to {DAILY_CAP_MAX}, or null for no limit; for no new leads at \
             all, give the agent the weight 0."
        )
    })
}
