//! An agent as the API shows them.

use crate::api::{page::Page, time::Time};
use konektor_core::schedule::Hours;
use konektor_store::model::Agent;
use serde::Serialize;
use utoipa::ToSchema;

/// A CS with a WhatsApp number.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Agent)]
pub struct AgentView {
    /// Their id.
    #[schema(example = "3")]
    id: String,
    /// Since when.
    created_at: Time,
    /// Shown to visitors where a message says `{agent}`.
    #[schema(example = "Rina")]
    name: String,
    /// Their WhatsApp number: the digits of E.164, country code first.
    #[schema(example = "6281234567890")]
    phone: String,
    /// Switched on. Off means gone for good: their leads move to others with the next click.
    active: bool,
    /// Away until then; their leads come back afterwards.
    #[schema(required)]
    paused_until: Option<Time>,
    /// Working hours; `null` is always, an empty list is never.
    #[schema(required, value_type = Option<Vec<WorkingHours>>)]
    hours: Option<Hours>,
    /// IANA zone of the hours; `null` is the workspace's.
    #[schema(required, example = "Asia/Jakarta")]
    time_zone: Option<String>,
    /// Most new leads a day; `null` is no limit.
    #[schema(required)]
    daily_cap: Option<u32>,
}

/// A window of working hours.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "documents `konektor_core::schedule::Window`, which knows nothing of OpenAPI"
)]
pub struct WorkingHours {
    /// Days on which it opens: `mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun`.
    #[schema(example = json!(["mon", "tue"]))]
    days: Vec<String>,
    /// When it opens, `HH:MM`.
    #[schema(example = "08:00")]
    from: String,
    /// When it closes, `HH:MM` or `24:00`. Earlier than `from`: on the next day. The same: the whole day.
    #[schema(example = "17:00")]
    to: String,
}

/// A page of the list.
pub type AgentPage = Page<AgentView>;

impl From<Agent> for AgentView {
    fn from(agent: Agent) -> Self {
        let fields = agent.fields;
        Self {
            id: agent.id.to_string(),
            created_at: Time(agent.created_at),
            name: fields.name,
            phone: fields.phone,
            active: fields.active,
            paused_until: fields.paused_until.map(Time),
            hours: fields.hours,
            time_zone: fields.time_zone,
            daily_cap: fields.daily_cap,
        }
    }
}
