//! Events for ad platforms: what changed, and putting new ones into the outbox.

use crate::{
    Result, StoreError,
    model::EventDetails,
    postgres::{
        deliveries::tracking::Counts,
        identity::of_one_person,
        sql,
        values::{json_text, lead, number},
        walk::ad_click,
    },
};
use deadpool_postgres::{GenericClient, Transaction};
use konektor_core::{
    event::{DeliveryState, Trigger},
    fold::{LeadStep, NO_CONSENT, NewEvent, Told, Wanted},
    identity::continuity::Fingerprints,
    ids::{DestinationId, LeadId},
    lead::Status,
    routing::Routing,
    time::UnixMs,
    webhook::LeadChange,
};

/// Changes of one transaction.
const CHUNK: i64 = 500;
const WHY_WITHHELD: &str = "the visitor did not consent";

pub(super) async fn are_there_changes(client: &impl GenericClient) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM lead_changes WHERE unfolded)";
    Ok(sql::query_one(client, sql, &[]).await?.get(0))
}

/// A change of a lead, and what its field became.
pub(super) struct Edit {
    pub(super) change: LeadChange,
    new: Option<String>,
}

/// Takes changes that are not folded, oldest first; those that another server folds just now are left to it.
pub(super) async fn take_changes(transaction: &Transaction<'_>) -> Result<Vec<Edit>> {
    let sql = "UPDATE lead_changes SET unfolded = false WHERE (workspace_id, id) IN (
                   SELECT workspace_id, id FROM lead_changes WHERE unfolded ORDER BY id LIMIT $1
                   FOR UPDATE SKIP LOCKED)
               RETURNING id, workspace_id, number, at, field, by, new";
    let rows = sql::query(transaction, sql, &[&CHUNK]).await?;
    let read = |row: &tokio_postgres::Row| Edit {
        change: LeadChange {
            id: row.get(0),
            lead: lead(row.get(1), row.get(2)),
            at: UnixMs(row.get(3)),
            field: row.get(4),
            by: row.get(5),
        },
        new: row.get(6),
    };
    let mut edits: Vec<_> = rows.iter().map(read).collect();
    edits.sort_by_key(|edit| edit.change.id);
    Ok(edits)
}

/// The steps that leads came further by changes.
pub(super) fn steps(edits: &[Edit]) -> Result<Vec<LeadStep>> {
    let mut steps = Vec::new();
    for Edit { change, new } in edits {
        let of = LeadStep::of(change.lead, change.at, &change.field, new.as_deref());
        steps.extend(of.map_err(|e| StoreError::corrupt("lead_changes.new", e))?);
    }
    Ok(steps)
}

/// A pass's way into the outbox.
pub(super) struct Outbox<'t> {
    transaction: &'t Transaction<'t>,
    told: Told,
    new: Vec<(i64, NewEvent, Option<EventDetails>)>,
}

impl<'t> Outbox<'t> {
    pub(super) fn new(transaction: &'t Transaction<'t>) -> Self {
        Self {
            transaction,
            told: Told::default(),
            new: Vec::new(),
        }
    }

    /// Puts an event in and notes that it was told. One that may not be told is there too, so that people can see why.
    pub(super) fn add(&mut self, id: i64, event: NewEvent, details: Option<EventDetails>) {
        self.told.insert((event.destination, event.print));
        self.new.push((id, event, details));
    }

    /// Adds the events of a step; `id` makes their ids.
    pub(super) async fn add_step(
        &mut self,
        routing: &Routing,
        prints: &Fingerprints,
        change: LeadStep,
        id: impl Fn() -> i64 + Send,
    ) -> Result<()> {
        let all_wanted = Wanted::of_step(routing, prints, change);
        // Once a person: what one of the leads that are one was reported for is not reported of another.
        let leads = match all_wanted.is_empty() {
            true => Vec::new(),
            false => of_one_person(self.transaction, change.lead).await?,
        };
        for wanted in all_wanted {
            let told: Vec<i64> = leads.iter().map(|lead| wanted.print_of(prints, *lead)).collect();
            if self.was_told(change.lead, wanted.destination.id, &told).await? {
                continue;
            }
            let platform = wanted.destination.platform;
            let Some(ad) = ad_click(self.transaction, change.lead, platform, change.at).await? else {
                continue;
            };
            let details = details(self.transaction, change.lead, wanted.trigger()).await?;
            if let Some(event) = wanted.attributed(change, &ad, routing.google_click_wait_ms()) {
                self.add(id(), event, Some(details));
            }
        }
        Ok(())
    }

    async fn was_told(&self, lead: LeadId, destination: DestinationId, prints: &[i64]) -> Result<bool> {
        if prints.iter().any(|print| self.told.contains(&(destination, *print))) {
            return Ok(true);
        }
        let sql = "SELECT EXISTS (
                       SELECT 1 FROM told WHERE workspace_id = $1 AND destination_id = $2 AND print = ANY($3))";
        let row = sql::query_one(self.transaction, sql, &[&lead.workspace.0, &destination.0, &prints]).await?;
        Ok(row.get(0))
    }

    /// Stores them and the leads' counts; the destinations that have something to send.
    pub(super) async fn close(self) -> Result<Vec<DestinationId>> {
        if self.new.is_empty() {
            return Ok(Vec::new());
        }
        let mut counts = Counts::default();
        let mut destinations = Vec::new();
        for (_, event, _) in &self.new {
            let (state, code) = state_of(event);
            counts.made(event.lead, state, code);
            if state == DeliveryState::Pending {
                destinations.push(event.destination);
            }
        }
        note_told(self.transaction, &self.new).await?;
        insert(self.transaction, &self.new).await?;
        counts.store(self.transaction).await?;
        destinations.sort_unstable();
        destinations.dedup();
        Ok(destinations)
    }
}

fn state_of(event: &NewEvent) -> (DeliveryState, Option<&'static str>) {
    match event.withheld {
        false => (DeliveryState::Pending, None),
        true => (DeliveryState::Dropped, Some(NO_CONSENT)),
    }
}

async fn note_told(transaction: &Transaction<'_>, new: &[(i64, NewEvent, Option<EventDetails>)]) -> Result<()> {
    let mut told: Vec<_> = new
        .iter()
        .map(|(_, event, _)| (event.lead.workspace.0, event.destination.0, event.print))
        .collect();
    told.sort_unstable();
    let sql = "INSERT INTO told (workspace_id, destination_id, print)
               SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) ON CONFLICT DO NOTHING";
    let values: sql::Values<'_> = &[
        &told.iter().map(|told| told.0).collect::<Vec<_>>(),
        &told.iter().map(|told| told.1).collect::<Vec<_>>(),
        &told.iter().map(|told| told.2).collect::<Vec<_>>(),
    ];
    sql::execute(transaction, sql, values).await?;
    Ok(())
}

async fn insert(transaction: &Transaction<'_>, new: &[(i64, NewEvent, Option<EventDetails>)]) -> Result<()> {
    let events = || new.iter().map(|(_, event, _)| event);
    let withheld = |event: &NewEvent, then: Option<i64>| then.filter(|_| event.withheld);
    let details: Vec<Option<String>> = new
        .iter()
        .map(|(_, _, details)| details.as_ref().map(|d| json_text("deliveries.details", d)).transpose())
        .collect::<Result<_>>()?;
    let sql =
        "INSERT INTO deliveries (workspace_id, id, destination_id, number, click_id, trigger_kind, name, event_id,
                                       at, consent, details, not_before, expires_at, state, due, code, reason,
                                       settled_at)
               SELECT workspace_id, id, destination_id, number, click_id, trigger_kind, name, event_id, at, consent,
                      details, not_before, expires_at, state, not_before, code,
                      CASE WHEN settled_at IS NULL THEN NULL ELSE $16::text END, settled_at
               FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[],
                           $7::text[], $8::text[], $9::bigint[], $10::text[], $11::text[], $12::bigint[],
                           $13::bigint[], $14::text[], $15::text[], $17::bigint[])
                    AS e (workspace_id, id, destination_id, number, click_id, trigger_kind, name, event_id, at, consent,
                          details, not_before, expires_at, state, code, settled_at)";
    let values: sql::Values<'_> = &[
        &events().map(|event| event.lead.workspace.0).collect::<Vec<_>>(),
        &new.iter().map(|(id, _, _)| *id).collect::<Vec<_>>(),
        &events().map(|event| event.destination.0).collect::<Vec<_>>(),
        &events().map(|event| number(event.lead)).collect::<Vec<_>>(),
        &events().map(|event| event.click.0).collect::<Vec<_>>(),
        &events().map(|event| event.trigger.as_str()).collect::<Vec<_>>(),
        &events().map(|event| event.name.as_str()).collect::<Vec<_>>(),
        &events().map(|event| event.id.as_str()).collect::<Vec<_>>(),
        &events().map(|event| event.at.0).collect::<Vec<_>>(),
        &events().map(|event| event.consent.as_str()).collect::<Vec<_>>(),
        &details,
        &events().map(|event| event.window.not_before.0).collect::<Vec<_>>(),
        &events().map(|event| event.window.expires_at.0).collect::<Vec<_>>(),
        &events().map(|event| state_of(event).0.as_str()).collect::<Vec<_>>(),
        &events().map(|event| state_of(event).1).collect::<Vec<_>>(),
        &WHY_WITHHELD,
        &events()
            .map(|event| withheld(event, Some(event.at.0)))
            .collect::<Vec<_>>(),
    ];
    sql::execute(transaction, sql, values).await?;
    Ok(())
}

/// What the event says of its lead: as it is now, and so it stays. Only a sale has a value.
async fn details(client: &impl GenericClient, lead: LeadId, trigger: Trigger) -> Result<EventDetails> {
    let sql = "SELECT phone, email, value, currency FROM leads WHERE workspace_id = $1 AND number = $2";
    let row = sql::query_opt(client, sql, &[&lead.workspace.0, &number(lead)]).await?;
    let details = row.map_or_else(EventDetails::default, |row| EventDetails {
        phone: row.get(0),
        email: row.get(1),
        value: row.get(2),
        currency: row.get(3),
    });
    Ok(match trigger {
        Trigger::Status(Status::Won) => details,
        _ => EventDetails {
            value: None,
            currency: None,
            ..details
        },
    })
}
