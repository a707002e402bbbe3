//! Events for ad platforms: which were told, what changed, and putting new ones into the outbox.

use super::webhooks::Messages;
use crate::{
    Result, StoreError,
    model::EventDetails,
    sqlite::{
        breath,
        deliveries::tracking::Counts,
        identity::{Found, find, group},
        values::json_text,
        walk::ad_click,
    },
};
use konektor_core::{
    click::Click,
    event::{DeliveryState, Trigger},
    fold::{LeadStep, NO_CONSENT, NewEvent, Told, Wanted, click_id_print, listeners},
    identity::continuity::Fingerprints,
    ids::{DestinationId, LeadId},
    lead::Status,
    routing::Routing,
    time::UnixMs,
    webhook::LeadChange,
};
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use std::collections::BTreeSet;

/// Changes read at once.
const CHUNK: usize = 1_000;
const WHY_WITHHELD: &str = "the visitor did not consent";

/// Of the clicks' listeners, which were told of their click IDs. Clicks that nobody listens to cost nothing.
pub(super) fn told<'c>(
    connection: &Connection,
    routing: &Routing,
    prints: &Fingerprints,
    clicks: impl Iterator<Item = &'c Click>,
) -> Result<Told> {
    let mut told = Told::default();
    for (n, click) in clicks.enumerate() {
        breath::breathe(n);
        let mut listeners = listeners(routing, click).peekable();
        if listeners.peek().is_none() {
            continue;
        }
        let Some(print) = click_id_print(click, prints) else {
            continue;
        };
        for destination in listeners {
            if was_told(connection, destination.id, print.click_id)? {
                told.insert((destination.id, print.click_id));
            }
        }
    }
    Ok(told)
}

fn was_told(connection: &Connection, destination: DestinationId, print: i64) -> Result<bool> {
    let mut stored = connection.prepare_cached("SELECT 1 FROM fold.told WHERE destination_id = ?1 AND print = ?2")?;
    Ok(stored.exists([destination.0, print])?)
}

/// A pass's way into the outbox.
pub(super) struct Outbox<'t> {
    transaction: &'t Transaction<'t>,
    counts: Counts,
    destinations: BTreeSet<DestinationId>,
}

impl<'t> Outbox<'t> {
    pub(super) fn new(transaction: &'t Transaction<'t>) -> Self {
        Self {
            transaction,
            counts: Counts::default(),
            destinations: BTreeSet::new(),
        }
    }

    /// Puts an event in and notes that it was told. One that may not be told is there too, so that people can see why.
    pub(super) fn add(&mut self, event: &NewEvent, details: Option<&EventDetails>) -> Result<()> {
        let mut note = self
            .transaction
            .prepare_cached("INSERT OR IGNORE INTO fold.told VALUES (?1, ?2)")?;
        note.execute([event.destination.0, event.print])?;
        let (state, code, reason, settled_at) = match event.withheld {
            false => (DeliveryState::Pending, None, None, None),
            true => (
                DeliveryState::Dropped,
                Some(NO_CONSENT),
                Some(WHY_WITHHELD),
                Some(event.at.0),
            ),
        };
        let details = details
            .map(|details| json_text("deliveries.details", details))
            .transpose()?;
        self.transaction
            .prepare_cached(
                "INSERT INTO fold.deliveries (destination_id, lead_id, click_id, trigger_kind, name, event_id, at,
                                              consent, details, not_before, expires_at, state, due, code, reason,
                                              settled_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?10, ?13, ?14, ?15)",
            )?
            .execute(params![
                event.destination.0,
                event.lead.packed(),
                event.click.0,
                event.trigger.as_str(),
                event.name,
                event.id.as_str(),
                event.at.0,
                event.consent.as_str(),
                details,
                event.window.not_before.0,
                event.window.expires_at.0,
                state.as_str(),
                code,
                reason,
                settled_at
            ])?;
        self.counts.made(event.lead, state, code);
        if state == DeliveryState::Pending {
            self.destinations.insert(event.destination);
        }
        Ok(())
    }

    /// Adds the events of all steps of leads behind the watermark, tells webhooks of all changes, and moves it.
    pub(super) fn add_changes(
        &mut self,
        routing: &Routing,
        prints: &Fingerprints,
        messages: &mut Messages<'_>,
    ) -> Result<()> {
        loop {
            let Behind {
                read,
                last,
                steps,
                edits,
            } = changes(self.transaction, messages.are_wanted())?;
            for step in steps {
                self.add_step(routing, prints, step)?;
            }
            messages.add_changes(&edits)?;
            if let Some(last) = last {
                self.transaction
                    .prepare_cached("UPDATE fold.watermark SET change = ?1")?
                    .execute([last])?;
            }
            if read < CHUNK {
                return Ok(());
            }
        }
    }

    fn add_step(&mut self, routing: &Routing, prints: &Fingerprints, change: LeadStep) -> Result<()> {
        let all_wanted = Wanted::of_step(routing, prints, change);
        // Once a person: what one of the leads that are one was reported for is not reported of another.
        let leads = match all_wanted.is_empty() {
            true => Vec::new(),
            false => of_one_person(self.transaction, change.lead)?,
        };
        for wanted in all_wanted {
            if self.is_told(prints, &wanted, &leads)? {
                continue;
            }
            let platform = wanted.destination.platform;
            let Some(ad) = ad_click(self.transaction, change.lead, platform, change.at)? else {
                continue;
            };
            let details = details(self.transaction, change.lead, wanted.trigger())?;
            if let Some(event) = wanted.attributed(change, &ad, routing.google_click_wait_ms()) {
                self.add(&event, Some(&details))?;
            }
        }
        Ok(())
    }

    fn is_told(&self, prints: &Fingerprints, wanted: &Wanted<'_>, leads: &[LeadId]) -> Result<bool> {
        for lead in leads {
            if was_told(self.transaction, wanted.destination.id, wanted.print_of(prints, *lead))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Stores the leads' counts; the destinations that have something to send.
    pub(super) fn close(self) -> Result<Vec<DestinationId>> {
        self.counts.store(self.transaction)?;
        Ok(self.destinations.into_iter().collect())
    }
}

/// The leads that are one with this one, itself among them.
fn of_one_person(transaction: &Transaction<'_>, lead: LeadId) -> Result<Vec<LeadId>> {
    match find(transaction, lead)? {
        Found::Stands(root) => group(transaction, root),
        Found::Never | Found::Gone => Ok(vec![lead]),
    }
}

/// The next changes behind the watermark.
#[derive(Default)]
struct Behind {
    /// How many were read.
    read: usize,
    /// The last one's id.
    last: Option<i64>,
    /// The steps that leads came further by them.
    steps: Vec<LeadStep>,
    /// All of them, where they are wanted.
    edits: Vec<LeadChange>,
}

fn changes(transaction: &Transaction<'_>, with_edits: bool) -> Result<Behind> {
    let mut stored = transaction.prepare_cached(
        "SELECT id, lead_id, at, iif(field IN ('status', 'arrived'), new, NULL), field, by FROM main.lead_changes
         WHERE id > (SELECT change FROM fold.watermark) ORDER BY id LIMIT ?1",
    )?;
    let mut rows = stored.query([CHUNK as i64])?;
    let mut behind = Behind::default();
    while let Some(row) = rows.next()? {
        let id = row.get(0)?;
        let (lead, at) = (LeadId::from_packed(row.get(1)?), UnixMs(row.get(2)?));
        behind.read += 1;
        behind.last = Some(id);
        let field: String = row.get(4)?;
        if let Some(new) = row.get::<_, Option<String>>(3)? {
            let steps = LeadStep::of(lead, at, &field, Some(&new));
            let steps = steps.map_err(|e| StoreError::corrupt("lead_changes.new", e))?;
            behind.steps.extend(steps);
        }
        if with_edits {
            let by = row.get(5)?;
            behind.edits.push(LeadChange {
                id,
                lead,
                at,
                field,
                by,
            });
        }
    }
    Ok(behind)
}

/// What the event says of its lead: as it is now, and so it stays. Only a sale has a value.
fn details(transaction: &Transaction<'_>, lead: LeadId, trigger: Trigger) -> Result<EventDetails> {
    let mut stored =
        transaction.prepare_cached("SELECT phone, email, value, currency FROM main.leads WHERE id = ?1")?;
    let details = stored.query_row([lead.packed()], |row| {
        Ok(EventDetails {
            phone: row.get(0)?,
            email: row.get(1)?,
            value: row.get(2)?,
            currency: row.get(3)?,
        })
    });
    let details = details.optional()?.unwrap_or_default();
    Ok(match trigger {
        Trigger::Status(Status::Won) => details,
        _ => EventDetails {
            value: None,
            currency: None,
            ..details
        },
    })
}
