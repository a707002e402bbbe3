//! Rotation that learns: once a day, and after each change, what was won is looked at and the shares are learned anew.
//!
//! It happens beside the click path, which only reads the outcome in the routing snapshot. No server leads: what is learned
//! follows from what is stored, so several that look come to the same, and the second changes nothing.

use crate::{
    api::days::{midnight, parse_day, stored},
    app::App,
};
use jiff::{ToSpan, civil::Date, tz::TimeZone};
use konektor_core::{
    ids::{AgentId, RotatorId, WorkspaceId},
    rotation::learning::{Compared, Learned, Learning, Tally},
    routing::Share,
    time::UnixMs,
};
use konektor_store::{
    Lessons, Store, StoreError,
    model::{Given, Rotator},
};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};
use tokio_util::sync::CancellationToken;

const DAY_MS: i64 = 86_400_000;
/// How often to look whether a day has begun.
const LOOK: Duration = Duration::from_secs(60);

/// What the shares of each rotator were last learned by: looked at again when it is another.
pub type Seen = HashMap<RotatorId, (Date, Learning, Vec<Share>)>;

/// Learns until `stop`.
pub async fn run(app: Arc<App>, stop: CancellationToken) {
    let mut seen = Seen::new();
    loop {
        if app.degraded.since().is_none()
            && app.watch.doubt().is_none()
            && let Err(error) = pass(&app, &mut seen).await
        {
            tracing::error!(%error, "what was won could not be looked at for rotators that learn; it will be tried again");
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = app.routing_changed.notified() => {}
            () = stop.cancelled() => return,
        }
    }
}

/// Looks at each rotator that learns and has not been looked at today as it is set up now.
pub async fn pass(app: &App, seen: &mut Seen) -> Result<(), StoreError> {
    let routing = app.routing.load_full();
    let now = app.clock.now();
    let mut learning = HashSet::new();
    let mut is_changed = false;
    for rotator in routing.rotators() {
        let Some(learner) = &rotator.learning else { continue };
        learning.insert(rotator.id);
        let zone = &rotator.workspace.time_zone;
        let today = now.in_zone(zone).date();
        let by = (today, learner.settings, rotator.agents.clone());
        if seen.get(&rotator.id) != Some(&by) {
            is_changed |= look_at(app, rotator.workspace.id, rotator.id, zone, today).await?;
            seen.insert(rotator.id, by);
        }
    }
    seen.retain(|rotator, _| learning.contains(rotator));
    if is_changed {
        app.reload_routing().await?;
    }
    Ok(())
}

/// Learns a rotator's shares anew; whether anything changed.
async fn look_at(
    app: &App,
    workspace: WorkspaceId,
    rotator: RotatorId,
    zone: &TimeZone,
    today: Date,
) -> Result<bool, StoreError> {
    let rotators = app.store.rotators(workspace).await?;
    let Some(stored_rotator) = rotators.into_iter().find(|known| known.id == rotator) else {
        return Ok(false);
    };
    let Rotator { learned, fields, .. } = stored_rotator;
    let Some(settings) = fields.learning else {
        return Ok(false);
    };
    let ask = async |from: Date, to: Date| -> Result<Vec<Given>, StoreError> {
        let within_ms = i64::from(settings.wait_days) * DAY_MS;
        app.store
            .given((workspace, rotator), born(from, to, zone), within_ms)
            .await
    };
    let (from, to) = settings.window(today);
    let mut new = match (&learned, settings.frozen) {
        (_, false) => {
            let given = ask(from, to).await?;
            let agents = app.store.agents(workspace).await?;
            let is_there = |share: &Share| agents.iter().any(|agent| agent.id == share.agent);
            let shares: Vec<Share> = fields.agents.into_iter().filter(is_there).collect();
            Learned::of((stored(from), stored(to)), &shares, |agent| tally_of(&given, agent))
        }
        (Some(learned), true) => learned.clone(),
        (None, true) => return Ok(false),
    };
    let since = match learned.and_then(|learned| learned.compared) {
        Some(compared) => Some(compared.since),
        // The first whole day: what came before on this one was given by the set shares.
        None => new.verdict.is_enough().then(|| stored(today.saturating_add(1.day()))),
    };
    if let Some(since) = since {
        let given = match parse_day(&since.to_string()) {
            Ok(first) if first <= to => ask(first, to).await?,
            _ => Vec::new(),
        };
        new.compared = Some(Compared {
            since,
            to: stored(to),
            learned: tally_of_group(&given, false),
            held_out: tally_of_group(&given, true),
        });
    }
    app.store.set_learned(workspace, rotator, new).await
}

/// From the beginning of the one day to the end of the other.
fn born(from: Date, to: Date, zone: &TimeZone) -> (UnixMs, UnixMs) {
    (midnight(from, zone), midnight(to.saturating_add(1.day()), zone))
}

fn tally_of(given: &[Given], agent: AgentId) -> Tally {
    sum(given.iter().filter(|given| given.agent == agent))
}

fn tally_of_group(given: &[Given], held_out: bool) -> Tally {
    sum(given.iter().filter(|given| given.held_out == held_out))
}

fn sum<'g>(given: impl Iterator<Item = &'g Given>) -> Tally {
    let mut sum = Tally::default();
    given.for_each(|given| sum += given.tally);
    sum
}

#[cfg(test)]
mod tests;
