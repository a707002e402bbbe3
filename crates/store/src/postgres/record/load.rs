//! What a batch has to know, loaded in one round trip: whose the leads and the click IDs are that it names, and the turns of
//! agents who have a cap.

use super::{FLAG_PINNED, Values};
use crate::{
    Result, StoreError,
    postgres::{
        locks,
        place::Place,
        values::{lead, number, read_stands},
    },
};
use deadpool_postgres::Object;
use foldhash::{HashMap, HashMapExt};
use futures_util::future;
use konektor_core::{
    decide::{Keys, LeadRoute, LeadState, Loaded, Memory, Visit},
    identity::continuity::ClickIdUse,
    ids::{AgentId, LeadId, RotatorId},
    routing::Routing,
    time::{Day, UnixMs},
};
use std::collections::BTreeSet;
use tokio_postgres::{Row, Statement};

const LOCK: &str = "SELECT pg_advisory_xact_lock($1, $2)";
/// By itself: what was read while the lock was waited for may be old.
const EPOCH: &str = "SELECT epoch FROM nodes WHERE id = $1";
/// A lead `l`, the one `r` that it was merged into, and whether it was erased, as [`add_lead`] reads them. A lead that stands
/// for itself names nobody, so for most nothing is looked up but its own row.
macro_rules! lead_columns {
    () => {
        "l.rotator_id, l.agent_id, l.flags, l.stands, l.name, l.removed_at, l.merged_into, e.number IS NOT NULL,
         r.rotator_id, r.agent_id, r.flags, r.stands, r.name, r.removed_at"
    };
}
pub(in crate::postgres) const LOAD_LEADS: &str = concat!(
    "SELECT k.workspace_id, k.number, ",
    lead_columns!(),
    " FROM unnest($1::bigint[], $2::bigint[]) AS k (workspace_id, number)
    LEFT JOIN leads l ON l.workspace_id = k.workspace_id AND l.number = k.number
    LEFT JOIN leads r ON r.workspace_id = l.workspace_id AND r.number = l.merged_into
    LEFT JOIN erased e ON e.workspace_id = k.workspace_id AND e.number = k.number"
);
/// Uses `c` of click IDs `k`: the first, and this browser's own, if it is another's link. Nobody but them can have one of
/// their own before there is a first, so for nearly all one look-up says that there is none.
macro_rules! click_id_uses {
    () => {
        "unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS k (workspace_id, print, own)
         JOIN click_ids first ON first.workspace_id = k.workspace_id AND first.print = k.print
         JOIN click_ids c ON c.workspace_id = k.workspace_id AND c.print = ANY (ARRAY[k.print, k.own])"
    };
}
pub(in crate::postgres) use click_id_uses;
pub(in crate::postgres) const LOAD_CLICK_IDS: &str = concat!(
    "SELECT c.workspace_id, c.number, ",
    lead_columns!(),
    ", c.print, c.with_browser, c.at
    FROM ",
    click_id_uses!(),
    "
    LEFT JOIN leads l ON l.workspace_id = c.workspace_id AND l.number = c.number
    LEFT JOIN leads r ON r.workspace_id = l.workspace_id AND r.number = l.merged_into
    LEFT JOIN erased e ON e.workspace_id = c.workspace_id AND e.number = c.number"
);
/// Days of agents in any zone. Other nodes give turns too, so a cap is looked up.
const LOAD_TURNS: &str = "
    SELECT agent_id, day, sum(given)::bigint FROM turns
    WHERE workspace_id = ANY($1) AND agent_id = ANY($2) AND day >= $3 GROUP BY 1, 2";

/// Agents with a cap who may be given a turn by these visits, with their workspaces, and the day before the earliest
/// visit's.
#[derive(Default)]
pub(in crate::postgres) struct Capped {
    workspaces: BTreeSet<i64>,
    pub(super) agents: BTreeSet<i64>,
    from: Day,
}

pub(super) fn capped(routing: &Routing, visits: &[Visit]) -> Capped {
    match visits.iter().map(|visit| visit.at).min() {
        Some(earliest) => capped_of(routing, visits.iter().map(|visit| visit.rotator), earliest),
        None => Capped::default(),
    }
}

/// The same for turns that these rotators give at a moment.
pub(in crate::postgres) fn capped_at(routing: &Routing, rotators: &[RotatorId], now: UnixMs) -> Capped {
    capped_of(routing, rotators.iter().copied(), now)
}

fn capped_of(routing: &Routing, rotators: impl Iterator<Item = RotatorId>, earliest: UnixMs) -> Capped {
    let mut capped = Capped::default();
    for rotator in rotators {
        let Some(rotator) = routing.rotator(rotator) else {
            continue;
        };
        let has_cap = |id: AgentId| routing.agent(id).is_some_and(|agent| agent.daily_cap.is_some());
        let mut agents = rotator.agents.iter().filter(|share| has_cap(share.agent)).peekable();
        if agents.peek().is_some() {
            capped.workspaces.insert(rotator.workspace.id.0);
            capped.agents.extend(agents.map(|share| share.agent.0));
        }
    }
    capped.from = earliest.plus_ms(-24 * 3_600_000).day_in(&jiff::tz::TimeZone::UTC);
    capped
}

/// Begins the transaction and loads, in one round trip.
pub(in crate::postgres) async fn load(
    client: &Object,
    place: &Place,
    keys: &Keys,
    capped: &Capped,
    memory: &mut Memory,
) -> Result<Loaded> {
    let lock = client.prepare_cached(LOCK).await?;
    let epoch = client.prepare_cached(EPOCH).await?;
    let by_lead = client.prepare_cached(LOAD_LEADS).await?;
    let by_click_id = client.prepare_cached(LOAD_CLICK_IDS).await?;
    let turns = client.prepare_cached(LOAD_TURNS).await?;
    let (mut lead_workspaces, mut numbers) = (Vec::new(), Vec::new());
    for lead in &keys.leads {
        lead_workspaces.push(lead.workspace.0);
        numbers.push(number(*lead));
    }
    let (mut workspaces, mut prints, mut own) = (Vec::new(), Vec::new(), Vec::new());
    for (workspace, print) in &keys.click_ids {
        workspaces.push(workspace.0);
        prints.push(print.click_id);
        own.push(print.with_browser);
    }
    let ask = |statement: Statement, wanted: bool, values: Values<'static>| async move {
        match wanted {
            false => Ok(Vec::new()),
            true => {
                let values: Vec<_> = values
                    .iter()
                    .map(|value| value.as_ref() as &(dyn tokio_postgres::types::ToSql + Sync))
                    .collect();
                client.query(&statement, &values).await
            }
        }
    };
    let (by_leads, by_prints) = (!numbers.is_empty(), !prints.is_empty());
    let capped_days: Values<'static> = vec![
        Box::new(capped.workspaces.iter().copied().collect::<Vec<_>>()),
        Box::new(capped.agents.iter().copied().collect::<Vec<_>>()),
        Box::new(capped.from.0),
    ];
    let locked: Values<'static> = vec![Box::new(locks::RECORD), Box::new(place.id as i32)];
    let begin = future::try_join(client.batch_execute("BEGIN"), ask(lock, true, locked));
    let (_, epochs, leads, uses, given) = future::try_join5(
        begin,
        ask(epoch, true, vec![Box::new(place.id)]),
        ask(by_lead, by_leads, vec![Box::new(lead_workspaces), Box::new(numbers)]),
        ask(
            by_click_id,
            by_prints,
            vec![Box::new(workspaces), Box::new(prints), Box::new(own)],
        ),
        ask(turns, !capped.agents.is_empty(), capped_days),
    )
    .await?;
    if epochs.first().map(|row| row.get::<_, i64>(0)) != Some(place.epoch) {
        return Err(StoreError::PlaceLost);
    }
    for row in given {
        let (day, turns): (i32, i64) = (row.get(1), row.get(2));
        memory.set_turns(AgentId(row.get(0)), Day(day), turns as u32);
    }
    let mut loaded = Loaded::default();
    for row in &leads {
        add_lead(&mut loaded, row)?;
    }
    for row in &uses {
        add_lead(&mut loaded, row)?;
        let known = ClickIdUse {
            lead: lead(row.get(0), row.get(1)),
            with_browser: row.get(17),
            at: UnixMs(row.get(18)),
        };
        loaded.click_ids.insert(row.get(16), known);
    }
    Ok(loaded)
}

/// A lead from the first columns of a row, and the one that it was merged into; one that was never there is left out.
fn add_lead(loaded: &mut Loaded, row: &Row) -> Result<()> {
    const OWN: usize = 2;
    const ROOTS: usize = OWN + 8;
    let id = lead(row.get(0), row.get(1));
    let state = match (row.get::<_, Option<i64>>(OWN + 6), route(row, OWN)?) {
        (Some(root), _) => {
            let root = lead(id.workspace.0, root);
            // The row that another was merged into is never merged itself.
            let of_root = route(row, ROOTS)?.map_or(LeadState::Erased, LeadState::Known);
            loaded.leads.insert(root, of_root);
            LeadState::Merged(root)
        }
        (None, Some(route)) => LeadState::Known(route),
        // Somebody took it out of the list: whoever comes back must be seen, so they come as somebody new.
        (None, None) if row.get(OWN + 7) || row.get::<_, Option<i64>>(OWN).is_some() => LeadState::Erased,
        (None, None) => return Ok(()),
    };
    loaded.leads.insert(id, state);
    Ok(())
}

/// To whom a lead goes, from the columns that start at `first`; `None` if it is not there or was removed.
fn route(row: &Row, first: usize) -> Result<Option<LeadRoute>> {
    let (home, removed): (Option<i64>, Option<i64>) = (row.get(first), row.get(first + 5));
    let Some(home) = home.filter(|_| removed.is_none()) else {
        return Ok(None);
    };
    Ok(Some(LeadRoute {
        rotator: RotatorId(home),
        agent: row.get::<_, Option<i64>>(first + 1).map(AgentId),
        pinned: row.get::<_, i64>(first + 2) & FLAG_PINNED != 0,
        others: read_stands(row.get(first + 3))?,
        name: row.get(first + 4),
        first_click: None,
    }))
}

/// Whose leads are, and whether by hand.
pub(in crate::postgres) type Owners = HashMap<LeadId, (Option<AgentId>, bool)>;

/// Whose the loaded leads are, before it is decided anew.
pub(in crate::postgres) fn owners(loaded: &Loaded) -> Owners {
    let mut owners = HashMap::with_capacity(loaded.leads.len());
    for (lead, state) in &loaded.leads {
        if let LeadState::Known(route) = state {
            owners.insert(*lead, (route.agent, route.pinned));
        }
    }
    owners
}
