//! Reading the routing snapshot.

use super::{
    config::{AGENT_COLUMNS, ROTATOR_COLUMNS, read_agent, read_rotator},
    destinations::destinations,
    screening, sql,
    values::{bytes, parse},
    webhooks::webhooks,
};
use crate::{Result, StoreError};
use deadpool_postgres::Transaction;
use jiff::tz::TimeZone;
use konektor_core::{
    identity::code::CodeKey,
    ids::WorkspaceId,
    message::Template,
    page::Page,
    phone::Phone,
    rotation::learning::Learner,
    routing::{Agent, DestinationRoute, Fallback, Mode, Preview, Rotator, Routing, Workspace},
    webhook::WebhookRoute,
};
use std::{collections::HashMap, sync::Arc};

/// In one repeatable-read transaction: what it sees is of one moment.
pub(super) async fn read(transaction: &Transaction<'_>) -> Result<Routing> {
    let workspaces = workspaces(transaction).await?;
    let of = |id: i64| {
        workspaces
            .get(&WorkspaceId(id))
            .ok_or_else(|| StoreError::corrupt("workspace_id", format!("there is no workspace {id}")))
    };

    let mut agents = Vec::new();
    let sql = format!("SELECT {AGENT_COLUMNS} FROM agents WHERE removed_at IS NULL");
    for row in sql::query(transaction, &sql, &[]).await? {
        let workspace = of(row.get(9))?;
        let crate::model::Agent { id, fields, .. } = read_agent(&row)?;
        // Without a valid number an agent cannot be sent anybody: for routing they are not there.
        let Some(phone) = Phone::from_stored(&fields.phone) else {
            continue;
        };
        let time_zone = match &fields.time_zone {
            Some(name) => TimeZone::get(name).map_err(|e| StoreError::corrupt("agents.time_zone", e))?,
            None => workspace.time_zone.clone(),
        };
        agents.push(Agent {
            id,
            name: fields.name,
            phone,
            active: fields.active,
            paused_until: fields.paused_until,
            hours: fields.hours,
            time_zone,
            daily_cap: fields.daily_cap,
        });
    }

    let mut rotators = Vec::new();
    let sql = format!("SELECT {ROTATOR_COLUMNS} FROM rotators WHERE removed_at IS NULL");
    for row in sql::query(transaction, &sql, &[]).await? {
        let workspace = of(row.get(11))?.clone();
        let crate::model::Rotator {
            id,
            on_public_host,
            learned,
            fields,
            ..
        } = read_rotator(&row)?;
        let page = fields.page.as_ref();
        let text = |key: &str| page?.get(key)?.as_str().filter(|t| !t.is_empty()).map(str::to_owned);
        rotators.push(Rotator {
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
        });
    }

    let hosts = sql::query(transaction, "SELECT host, workspace_id FROM hosts", &[]).await?;
    let hosts = hosts.iter().map(|row| (row.get(0), WorkspaceId(row.get(1)))).collect();
    let destinations = destinations(transaction, None).await?.into_iter().map(|destination| {
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
    let webhooks = webhooks(transaction, None).await?;
    let webhooks = webhooks
        .into_iter()
        .filter(|webhook| webhook.fields.active && webhook.disabled_at.is_none());
    let webhooks = webhooks.map(|webhook| WebhookRoute {
        id: webhook.id,
        workspace: webhook.workspace,
        events: webhook.fields.events,
        created_at: webhook.created_at,
    });
    let workspaces = workspaces.into_values().collect();
    Ok(Routing::new(workspaces, agents, rotators, hosts)
        .with_destinations(destinations.collect())
        .with_webhooks(webhooks.collect()))
}

async fn workspaces(transaction: &Transaction<'_>) -> Result<HashMap<WorkspaceId, Arc<Workspace>>> {
    let sql = "SELECT id, name, country, time_zone, code_key, privacy_mode = 'strict' FROM workspaces";
    let mut workspaces = HashMap::new();
    let mut taught = screening::taught(transaction).await?;
    for row in sql::query(transaction, sql, &[]).await? {
        let id = WorkspaceId(row.get(0));
        let workspace = Workspace {
            id,
            name: row.get(1),
            country: row.get(2),
            time_zone: TimeZone::get(row.get(3)).map_err(|e| StoreError::corrupt("workspaces.time_zone", e))?,
            code_key: CodeKey::new(bytes("workspaces.code_key", row.get(4))?),
            is_strict: row.get(5),
            taught: taught.remove(&id).unwrap_or_default(),
        };
        workspaces.insert(id, Arc::new(workspace));
    }
    Ok(workspaces)
}
