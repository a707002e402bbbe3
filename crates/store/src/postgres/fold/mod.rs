//! The fold's transactions: a place's clicks behind its watermark in, projections, events and the new watermark out.
//!
//! A transaction locks the place's row, so that its clicks are folded once; and the workspaces of its clicks, so that two
//! servers who fold clicks of one workspace do so one after the other. It need not be synced: what a power cut takes from
//! it is folded again. What platforms said is synced, and with it all that was committed before.

mod apply;
mod arrivals;
mod click_ids;
mod events;
mod load;
mod sources;
mod webhooks;

pub(super) use apply::{Counters, add_to_counters};
pub(in crate::postgres) use arrivals::{arrivals, of_leads as arrivals_of, sales};

use super::{
    PostgresStore, connect, locks, memory::watermark, notify, place::Place, privacy::without_erased,
    record::clicks_after, sql,
};
use crate::{
    Result, StoreError,
    model::{FoldProgress, FoldedLead},
};
use deadpool_postgres::Transaction;
use events::Outbox;
use foldhash::HashMap;
use konektor_core::{
    click::Click,
    fold::{Fresh, fold, passed_over},
    ids::{ClickId, DestinationId, LeadId, WebhookId, WorkspaceId},
    routing::{Agent, Routing},
    time::{Day, UnixMs},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::Ordering,
};
use webhooks::Messages;

/// Clicks of one transaction.
const CHUNK: usize = 1_024;
/// Leads that one notification tells of: its text is limited to 8,000 bytes.
const LEADS_TOLD: usize = 120;

impl PostgresStore {
    /// See [`crate::Store::fold`].
    pub(super) async fn fold_pass(&self, routing: &Routing, fresh: Fresh, limit: usize) -> Result<FoldProgress> {
        let place = self.place().await?;
        let mut progress = FoldProgress {
            watermark: watermark(&self.any().await?, place.id).await?,
            ..FoldProgress::default()
        };
        let mut caught_up = true;
        // Clicks of a place that this server has lost are that place's to fold.
        let is_mine = fresh.clicks().all(|click| click.id.node() == place.id);
        let fresh = if is_mine { fresh } else { Fresh::default() };
        match fresh.after(progress.watermark) {
            Some(parts) => {
                let clicks: Vec<Click> = parts.into_iter().flatten().collect();
                for chunk in clicks.chunks(CHUNK) {
                    self.fold_chunk(&place, routing, chunk, &mut progress).await?;
                }
            }
            // Nothing was recorded since the last click that is folded: nothing is asked.
            None if self.has_nothing_after(&place, progress.watermark) => {}
            None => caught_up = self.fold_log(&place, routing, limit, &mut progress).await?,
        }
        if caught_up {
            self.fold_orphans(routing, limit, &mut progress).await?;
            self.fold_changes(&place, routing, &mut progress).await?;
            self.sum_up_what_was_before().await?;
            self.fold_the_rest(&place, routing, &mut progress).await?;
        }
        Ok(progress)
    }

    /// Sums up what was there before there were sums: once, after the start, and nothing in a database that has done it.
    async fn sum_up_what_was_before(&self) -> Result<()> {
        while !self.is_summed.load(Ordering::Relaxed) {
            let mut client = self.any().await?;
            let transaction = begin(&mut client).await?;
            let is_all = arrivals::catch_up(&transaction).await?;
            transaction.commit().await?;
            self.is_summed.store(is_all, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Whether it is known that this server has recorded nothing after a click.
    fn has_nothing_after(&self, place: &Place, click: ClickId) -> bool {
        let last = ClickId(self.last_click.load(Ordering::Relaxed));
        last.node() == place.id && last.0 <= click.0.max(place.id)
    }

    /// Folds a place's clicks from the log; whether it came to the end.
    async fn fold_log(
        &self,
        place: &Place,
        routing: &Routing,
        limit: usize,
        progress: &mut FoldProgress,
    ) -> Result<bool> {
        loop {
            if progress.clicks >= limit {
                return Ok(false);
            }
            let room = CHUNK.min(limit - progress.clicks);
            let clicks = clicks_after(&self.any().await?, place.id, progress.watermark, room).await?;
            if clicks.is_empty() {
                return Ok(true);
            }
            self.fold_chunk(place, routing, &clicks, progress).await?;
        }
    }

    /// Folds a place's clicks that follow the watermark.
    async fn fold_chunk(
        &self,
        place: &Place,
        routing: &Routing,
        clicks: &[Click],
        progress: &mut FoldProgress,
    ) -> Result<()> {
        let Some(last) = clicks.last() else { return Ok(()) };
        let (prints, here) = (self.prints(), self.place().await?);
        let mut client = self.any().await?;
        let transaction = begin(&mut client).await?;
        lock_place(&transaction, place, progress.watermark).await?;
        let workspaces: BTreeSet<i32> = clicks.iter().map(|click| click.lead.workspace.0 as i32).collect();
        let workspaces: Vec<i32> = workspaces.into_iter().collect();
        locks::wait(&transaction, locks::FOLD, &workspaces).await?;

        let others = without_erased(&transaction, clicks).await?;
        let clicks = others.as_deref().unwrap_or(clicks);
        let mut known = load::known(&transaction, routing, &prints, clicks).await?;
        let mut day_of = days(routing);
        let changes = fold(clicks, &mut known, routing, &prints, &mut day_of);
        let turns = load::turns_on_days(&transaction, routing, clicks).await?;
        let turns = |agent: &Agent, at: UnixMs| Ok::<_, StoreError>(turns.of(agent, at));
        let passed = passed_over(clicks, routing, turns, &mut day_of)?;
        apply::apply(&transaction, clicks, &changes, &passed).await?;
        let mut outbox = Outbox::new(&transaction);
        for event in &changes.events {
            let id = self.next_id(&here, event.at);
            outbox.add(id, event.clone(), None);
        }
        let destinations = outbox.close().await?;
        let ids = |at| self.next_id(&here, at);
        let mut messages = Messages::new(&transaction, routing, &ids);
        messages.add_clicks(clicks).await?;
        let webhooks: Vec<_> = messages.close().collect();
        let sql = "UPDATE nodes SET watermark = $2 WHERE id = $1";
        sql::execute(&transaction, sql, &[&place.id, &last.id.0]).await?;
        // Dashboards are told of the leads that they show.
        let survivors = load::survivors(&transaction, clicks).await?;
        let leads: Vec<FoldedLead> = clicks.iter().map(|click| folded(click, &survivors)).collect();
        for leads in leads.chunks(LEADS_TOLD) {
            let said = connect::leads_text(place.id, leads);
            notify(&transaction, &said).await?;
        }
        transaction.commit().await?;
        progress.watermark = last.id;
        progress.clicks += clicks.len();
        progress.leads.extend(leads);
        add_told(progress, destinations, webhooks);
        Ok(())
    }

    /// Folds what servers have left behind whose places nobody has taken since. The places are taken for that long.
    async fn fold_orphans(&self, routing: &Routing, limit: usize, progress: &mut FoldProgress) -> Result<()> {
        let sql = "SELECT id FROM nodes WHERE NOT drained AND id <> $1 ORDER BY id";
        let mine = self.place().await?;
        let others = sql::query(&self.any().await?, sql, &[&mine.id]).await?;
        for row in others {
            let id: i64 = row.get(0);
            if progress.clicks >= limit {
                return Ok(());
            }
            let mut client = self.any().await?;
            let transaction = client.transaction().await?;
            if !locks::try_take(&transaction, locks::PLACE, id as i32).await? {
                continue; // its server lives
            }
            // Who has lost it without knowing is refused from now on, and what it was doing has ended.
            locks::wait(&transaction, locks::RECORD, &[id as i32]).await?;
            let sql = "UPDATE nodes SET epoch = epoch + 1 WHERE id = $1 RETURNING epoch, watermark";
            let mut separate = self.any().await?;
            let fenced = separate.transaction().await?;
            let row = sql::query_one(&fenced, sql, &[&id]).await?;
            let orphan = Place { id, epoch: row.get(0) };
            let mut left = FoldProgress {
                watermark: ClickId(row.get(1)),
                ..FoldProgress::default()
            };
            fenced.commit().await?;
            drop(separate);
            let done = self
                .fold_log(&orphan, routing, limit - progress.clicks, &mut left)
                .await?;
            if done {
                let sql = "UPDATE nodes SET drained = true WHERE id = $1 AND epoch = $2";
                sql::execute(&transaction, sql, &[&id, &orphan.epoch]).await?;
            }
            transaction.commit().await?;
            progress.clicks += left.clicks;
            progress.leads.extend(left.leads);
            add_told(progress, left.destinations, left.webhooks);
        }
        Ok(())
    }

    /// Tells webhooks of what is neither a click nor a change of a lead.
    async fn fold_the_rest(&self, place: &Place, routing: &Routing, progress: &mut FoldProgress) -> Result<()> {
        if !routing.has_webhooks() {
            return Ok(());
        }
        let mut client = self.any().await?;
        let transaction = begin(&mut client).await?;
        let ids = |at| self.next_id(place, at);
        let mut messages = Messages::new(&transaction, routing, &ids);
        messages.add_the_rest().await?;
        let webhooks: Vec<_> = messages.close().collect();
        transaction.commit().await?;
        add_told(progress, Vec::new(), webhooks);
        Ok(())
    }

    /// Folds the changes of leads, those of one transaction after the other.
    async fn fold_changes(&self, place: &Place, routing: &Routing, progress: &mut FoldProgress) -> Result<()> {
        let prints = self.prints();
        loop {
            let mut client = self.any().await?;
            if !events::are_there_changes(&client).await? {
                return Ok(());
            }
            let transaction = begin(&mut client).await?;
            let edits = events::take_changes(&transaction).await?;
            let steps = events::steps(&edits)?;
            let workspaces: BTreeSet<i32> = edits.iter().map(|edit| edit.change.lead.workspace.0 as i32).collect();
            let workspaces: Vec<i32> = workspaces.into_iter().collect();
            locks::wait(&transaction, locks::FOLD, &workspaces).await?;
            let ids = |at| self.next_id(place, at);
            let mut outbox = Outbox::new(&transaction);
            for step in steps {
                outbox.add_step(routing, &prints, step, || ids(step.at)).await?;
            }
            arrivals::fold(&transaction, edits.iter().map(|edit| &edit.change)).await?;
            let destinations = outbox.close().await?;
            let mut messages = Messages::new(&transaction, routing, &ids);
            let edits: Vec<_> = edits.into_iter().map(|edit| edit.change).collect();
            messages.add_changes(&edits).await?;
            let webhooks: Vec<_> = messages.close().collect();
            transaction.commit().await?;
            add_told(progress, destinations, webhooks);
        }
    }
}

/// Adds who has something to send or to be told, each once.
fn add_told(progress: &mut FoldProgress, destinations: Vec<DestinationId>, webhooks: Vec<WebhookId>) {
    progress.destinations.extend(destinations);
    progress.destinations.sort_unstable();
    progress.destinations.dedup();
    progress.webhooks.extend(webhooks);
    progress.webhooks.sort_unstable();
    progress.webhooks.dedup();
}

fn folded(click: &Click, survivors: &BTreeMap<LeadId, LeadId>) -> FoldedLead {
    FoldedLead {
        lead: survivors.get(&click.lead).copied().unwrap_or(click.lead),
        agent: click.agent,
        new: click.facts.new,
    }
}

/// Begins a transaction that is not synced.
async fn begin(client: &mut deadpool_postgres::Object) -> Result<Transaction<'_>> {
    let transaction = client.transaction().await?;
    let settings = format!("SET LOCAL synchronous_commit = off; {}", connect::by_keys("SET LOCAL"));
    transaction.batch_execute(&settings).await?;
    Ok(transaction)
}

/// Locks a place's row until the end of the transaction. Nobody else may have folded meanwhile.
async fn lock_place(transaction: &Transaction<'_>, place: &Place, watermark: ClickId) -> Result<()> {
    let sql = "SELECT watermark FROM nodes WHERE id = $1 AND epoch = $2 FOR NO KEY UPDATE";
    let found = sql::query_opt(transaction, sql, &[&place.id, &place.epoch]).await?;
    match found.map(|row| row.get::<_, i64>(0)) {
        Some(found) if found == watermark.0 => Ok(()),
        _ => Err(StoreError::PlaceLost),
    }
}

/// A click's day in its workspace's zone. A calendar costs a microsecond, so a day is looked up once an hour.
fn days(routing: &Routing) -> impl FnMut(&Click) -> Day {
    let mut known: HashMap<(WorkspaceId, i64), Day> = HashMap::default();
    move |click| {
        let workspace = click.lead.workspace;
        let quarter = click.at.0.div_euclid(900_000); // zones differ by quarters of an hour
        *known
            .entry((workspace, quarter))
            .or_insert_with(|| match routing.workspace(workspace) {
                Some(workspace) => click.at.day_in(&workspace.time_zone),
                None => click.at.day_in(&jiff::tz::TimeZone::UTC),
            })
    }
}
