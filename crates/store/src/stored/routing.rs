//! The routing snapshot, out of what is stored.

use super::values::parse;
use crate::{
    Result, StoreError, model,
    model::{Destination, Webhook},
};
use jiff::tz::TimeZone;
use konektor_core::{
    ids::WorkspaceId,
    message::Template,
    page::Page,
    phone::Phone,
    rotation::learning::Learner,
    routing::{Agent, DestinationRoute, Fallback, Mode, Preview, Rotator, Routing, Workspace},
    webhook::WebhookRoute,
};
use std::{collections::HashMap, sync::Arc};

/// All that the click path and the fold go by, read at one moment; nothing that was removed.
pub(crate) struct Snapshot {
    pub(crate) workspaces: Vec<Workspace>,
    pub(crate) agents: Vec<(WorkspaceId, model::Agent)>,
    pub(crate) rotators: Vec<(WorkspaceId, model::Rotator)>,
    pub(crate) hosts: Vec<(String, WorkspaceId)>,
    pub(crate) destinations: Vec<Destination>,
    pub(crate) webhooks: Vec<Webhook>,
}

impl Snapshot {
    pub(crate) fn routing(self) -> Result<Routing> {
        let workspaces = self.workspaces.into_iter().map(|one| (one.id, Arc::new(one)));
        let workspaces: HashMap<_, _> = workspaces.collect();
        let of = |id: WorkspaceId| {
            workspaces
                .get(&id)
                .ok_or_else(|| StoreError::corrupt("workspace_id", format!("there is no workspace {id}")))
        };
        let mut agents = Vec::new();
        for (workspace, stored) in self.agents {
            agents.extend(agent(of(workspace)?, stored)?);
        }
        let mut rotators = Vec::new();
        for (workspace, stored) in self.rotators {
            rotators.push(rotator(of(workspace)?.clone(), stored)?);
        }
        let destinations = self.destinations.into_iter().map(|destination| {
            let fields = destination.fields;
            DestinationRoute {
                id: destination.id,
                workspace: destination.workspace,
                platform: fields.platform,
                mapping: fields.mapping,
                consent: fields.consent,
                created_at: destination.created_at,
                active: fields.active,
            }
        });
        let webhooks = self.webhooks.into_iter();
        let webhooks = webhooks.filter(|webhook| webhook.fields.active && webhook.disabled_at.is_none());
        let webhooks = webhooks.map(|webhook| WebhookRoute {
            id: webhook.id,
            workspace: webhook.workspace,
            events: webhook.fields.events,
            created_at: webhook.created_at,
        });
        let workspaces = workspaces.into_values().collect();
        Ok(Routing::new(workspaces, agents, rotators, self.hosts)
            .with_destinations(destinations.collect())
            .with_webhooks(webhooks.collect()))
    }
}

/// Without a valid number an agent cannot be sent anybody: for routing they are not there.
fn agent(workspace: &Workspace, model::Agent { id, fields, .. }: model::Agent) -> Result<Option<Agent>> {
    let Some(phone) = Phone::from_stored(&fields.phone) else {
        return Ok(None);
    };
    let time_zone = match &fields.time_zone {
        Some(name) => TimeZone::get(name).map_err(|e| StoreError::corrupt("agents.time_zone", e))?,
        None => workspace.time_zone.clone(),
    };
    Ok(Some(Agent {
        id,
        name: fields.name,
        phone,
        active: fields.active,
        paused_until: fields.paused_until,
        hours: fields.hours,
        time_zone,
        daily_cap: fields.daily_cap,
    }))
}

fn rotator(workspace: Arc<Workspace>, stored: model::Rotator) -> Result<Rotator> {
    let model::Rotator {
        id,
        on_public_host,
        learned,
        fields,
        ..
    } = stored;
    let page = fields.page.as_ref();
    let text = |key: &str| page?.get(key)?.as_str().filter(|t| !t.is_empty()).map(str::to_owned);
    Ok(Rotator {
        id,
        workspace,
        name: fields.name,
        mode: fields.mode,
        message: Template::parse(&fields.message).map_err(|e| StoreError::corrupt("rotators.message", e))?,
        target: parse("rotators.target", &fields.target)?,
        fallback: fields.fallback.map(|text| match Phone::from_stored(&text) {
            Some(phone) => Fallback::Phone(phone),
            None => Fallback::Url(text),
        }),
        learning: Learner::of(fields.learning, learned.as_ref(), &fields.agents),
        agents: fields.agents,
        page: (fields.mode == Mode::Page).then(|| Arc::new(page.map(Page::from_stored).unwrap_or_default())),
        preview: Preview {
            title: text("title"),
            description: text("text"),
            image_url: text("logo_url"),
        },
        slug: fields.slug,
        on_public_host,
    })
}
