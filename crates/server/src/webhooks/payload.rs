//! What a message says: `{type, timestamp, data}`, the data as the API shows it.
//!
//! It is made just before the first attempt and kept: the fold's transaction stays as short as it is (a lead as the API
//! shows it takes its user agent apart and asks for half a dozen rows), and every attempt and replay says the same to the
//! byte, as receivers who compare by the id expect. A lead is shown as it is then, mostly within a second.

use crate::{
    api::{
        agents::AgentView,
        deliveries::{DeliveryView, Waiting},
        leads::{ChangeView, ClickView, LeadView},
        time::Time,
    },
    app::App,
    notices::{facts, view::DigestView},
};
use konektor_core::{click::Click, reminder::Step, routing::Workspace, time::UnixMs, webhook::EventKind};
use konektor_store::model::{AbsentAgent, Delivery, Digest, Edited, Lead, MessageData, Reminder, UntouchedLead};
use serde::Serialize;

/// A lead that was changed.
#[derive(Serialize)]
struct UpdatedLead {
    #[serde(flatten)]
    lead: LeadView,
    /// What was changed at once, field by field.
    changes: Vec<ChangeView>,
}

/// A click, with whose it is.
#[derive(Serialize)]
struct RecordedClick {
    id: String,
    lead_id: String,
    lead_code: String,
    #[serde(flatten)]
    click: ClickView,
}

/// An agent, with where they are missed.
#[derive(Serialize)]
struct UnavailableAgent {
    #[serde(flatten)]
    agent: AgentView,
    reason: &'static str,
    rotators: Vec<MissingIn>,
}

/// A lead that nobody answers, with what was done about it.
#[derive(Serialize)]
struct Untouched {
    #[serde(flatten)]
    lead: LeadView,
    step: &'static str,
    waiting_since: Time,
    reminded_agent_id: Option<String>,
    from_agent_id: Option<String>,
    to_agent_id: Option<String>,
}

#[derive(Serialize)]
struct MissingIn {
    id: String,
    slug: String,
    name: String,
    /// Agents who are left there, apart from hours and caps.
    available_agents: u32,
}

/// The body of a message; `None` if something of our own does not fit together, which is logged.
pub async fn body(app: &App, workspace: &Workspace, kind: EventKind, at: UnixMs, data: MessageData) -> Option<String> {
    match data {
        MessageData::Created(lead) => text(kind, at, &lead_view(*lead, workspace)),
        MessageData::Updated(lead, edits) => text(kind, at, &updated(*lead, edits, at, workspace)),
        MessageData::Click(click) => text(kind, at, &recorded(app, *click, workspace)),
        MessageData::Delivery(delivery) => text(kind, at, &delivery_view(app, *delivery, workspace).await?),
        MessageData::Absence(absent) => text(kind, at, &unavailable(*absent)),
        MessageData::Untouched(untouched) => text(kind, at, &untouched_view(*untouched, workspace)),
        MessageData::Digest(digest) => text(kind, at, &digest_view(app, digest, workspace).await?),
    }
}

/// The body of a message that only shows that messages arrive.
pub fn test_body(at: UnixMs, webhook_id: &str) -> Option<String> {
    let data = serde_json::json!({
        "webhook_id": webhook_id,
        "message": "This is a test. If its signature is right, your receiver is ready.",
    });
    text(EventKind::Test, at, &data)
}

fn text(kind: EventKind, at: UnixMs, data: &impl Serialize) -> Option<String> {
    #[derive(Serialize)]
    struct Envelope<'d, D> {
        #[serde(rename = "type")]
        kind: EventKind,
        timestamp: Time,
        data: &'d D,
    }
    let envelope = Envelope {
        kind,
        timestamp: Time(at),
        data,
    };
    let text = serde_json::to_string(&envelope);
    text.inspect_err(|error| tracing::error!(%error, kind = kind.as_str(), "a message could not be written"))
        .ok()
}

fn untouched_view(untouched: UntouchedLead, workspace: &Workspace) -> Untouched {
    let Reminder {
        step, since, agent, to, ..
    } = untouched.reminder;
    Untouched {
        lead: lead_view(*untouched.lead, workspace),
        step: step.as_str(),
        waiting_since: Time(since),
        reminded_agent_id: agent.filter(|_| step == Step::Remind).map(|agent| agent.to_string()),
        from_agent_id: agent.filter(|_| step == Step::HandOver).map(|agent| agent.to_string()),
        to_agent_id: to.map(|agent| agent.to_string()),
    }
}

async fn digest_view(app: &App, digest: Digest, workspace: &Workspace) -> Option<DigestView> {
    let facts = facts::collect(app, workspace, digest.first, digest.last, app.clock.now()).await;
    let facts = facts.inspect_err(|error| tracing::error!(%error, "a digest could not be collected"));
    Some(DigestView::new(app, workspace, &digest, facts.ok()?))
}

fn lead_view(lead: Lead, workspace: &Workspace) -> LeadView {
    LeadView::new(lead, &workspace.code_key)
}

fn updated(lead: Lead, edits: Vec<Edited>, at: UnixMs, workspace: &Workspace) -> UpdatedLead {
    let change = |edit: Edited| ChangeView::new(at, edit.field, edit.old, edit.new, edit.by);
    UpdatedLead {
        lead: lead_view(lead, workspace),
        changes: edits.into_iter().map(change).collect(),
    }
}

fn recorded(app: &App, click: Click, workspace: &Workspace) -> RecordedClick {
    RecordedClick {
        id: click.id.to_string(),
        lead_id: click.lead.packed().to_string(),
        lead_code: workspace.code_key.code(click.lead.number).to_string(),
        click: ClickView::new(click, &app.routing.load()),
    }
}

async fn delivery_view(app: &App, delivery: Delivery, workspace: &Workspace) -> Option<DeliveryView> {
    let waiting = Waiting::of(app, workspace, &[&delivery]).await;
    let waiting = waiting.inspect_err(|error| tracing::error!(?error, "a delivery could not be explained"));
    Some(DeliveryView::new(delivery, &workspace.code_key, &waiting.ok()?))
}

fn unavailable(absent: AbsentAgent) -> UnavailableAgent {
    let rotators = absent.rotators.into_iter().map(|rotator| MissingIn {
        id: rotator.id.to_string(),
        slug: rotator.slug,
        name: rotator.name,
        available_agents: rotator.available,
    });
    UnavailableAgent {
        agent: absent.agent.into(),
        reason: absent.why.as_str(),
        rotators: rotators.collect(),
    }
}
