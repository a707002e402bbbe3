//! Keeps at hand what is needed when the store goes away: visitor numbers, and how near agents are to their caps.

use super::{outlook::TurnsToday, standby::Standby};
use crate::{app::App, telemetry::Meters};
use konektor_core::ids::WorkspaceId;
use konektor_store::{Store, StoreError, model::NumberBlock};
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// Visitor numbers of a workspace that are at hand: a quarter of an hour of eighteen new visitors a second.
const BLOCK: u64 = 16_384;
/// How often to look.
const EVERY: Duration = Duration::from_secs(1);
/// Looks between two that ask the store.
const ASK_EVERY: u64 = 10;
/// Looks between two in which numbers that are old are replaced, so that numbers go on telling who came first. A block costs
/// nothing but its numbers, of which there are 34 billion; where none were given meanwhile, it stays.
const RENEW_EVERY: u64 = 900;

/// The ends of the blocks that are held.
pub type Held = HashMap<WorkspaceId, u64>;

/// Keeps them until `stop`.
pub async fn run(app: Arc<App>, standby: Arc<Standby>, meters: Meters, mut held: Held, stop: CancellationToken) {
    for look in 0_u64.. {
        let waiting = standby.oldest_waits_ms().unwrap_or(0);
        meters.spool_age.set(waiting as f64 / 1_000.0);
        app.degraded.set_waiting(standby.spool.visits());
        // While the store is away, asking it would only keep its thread busy.
        if look % ASK_EVERY == 0 && app.degraded.since().is_none() {
            let kept = async {
                reserve(&app, &standby, &mut held, look % RENEW_EVERY == 0).await?;
                read_turns(&app, &standby).await
            };
            if let Err(error) = kept.await {
                tracing::warn!(%error, "nothing could be put by for the time when the database is away");
            }
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// Reserves numbers for workspaces that have none at hand, or few; `renew` for all.
pub async fn reserve(app: &App, standby: &Standby, held: &mut Held, renew: bool) -> Result<(), StoreError> {
    let workspaces: Vec<_> = app.routing.load().workspaces().map(|workspace| workspace.id).collect();
    let wanted = {
        let away = standby.away();
        let few = |workspace: &WorkspaceId| {
            let numbers = away.numbers(*workspace);
            numbers.end - numbers.start < BLOCK / 2
        };
        let wanted = workspaces.into_iter().filter_map(|workspace| {
            let few = few(&workspace);
            // Few are replaced in any case; old ones only if others were given since.
            let end = held.get(&workspace).copied().filter(|_| !few).unwrap_or(0);
            let numbers = end..end + BLOCK;
            (few || renew).then_some(NumberBlock { workspace, numbers })
        });
        wanted.collect::<Vec<_>>()
    };
    if wanted.is_empty() {
        return Ok(());
    }
    let reserved = app.store.reserve_numbers(wanted).await?;
    let mut away = standby.away();
    for NumberBlock { workspace, numbers } in reserved {
        held.insert(workspace, numbers.end);
        away.set_numbers(workspace, numbers);
    }
    Ok(())
}

/// Reads how many new leads the agents with a daily cap have had today.
async fn read_turns(app: &App, standby: &Standby) -> Result<(), StoreError> {
    let (routing, now) = (app.routing.load_full(), app.clock.now());
    let capped: Vec<_> = routing
        .agents()
        .filter(|agent| agent.daily_cap.is_some())
        .cloned()
        .collect();
    if capped.is_empty() {
        return Ok(());
    }
    for workspace in routing.workspaces() {
        let turns = TurnsToday::load(app, workspace.id, now).await?;
        let mut away = standby.away();
        for agent in &capped {
            if let Some(given) = turns.find(agent) {
                away.set_turns(agent.id, now.day_in(&agent.time_zone), given);
            }
        }
    }
    Ok(())
}
