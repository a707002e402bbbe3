//! From clicks to what people look at and what ad platforms are told: a lead's freshness, the click-ID index, the
//! counters of the reports, the events.
//!
//! The clicks are the log; what is computed here are its projections. A pass takes the clicks behind the
//! watermark in order, [`fold`]s them, and stores the [`Changes`] with the new watermark in one transaction:
//! a crash repeats a pass, it never doubles one.

mod counted;
mod events;
mod fresh;
mod passed;
mod sources;
mod tracking;

#[cfg(test)]
mod tests;

pub use counted::{BORROWED, RECOGNISED, RECOGNISED_HOST, RECOGNISED_MODE};
pub use events::{AdClick, AdClickSearch, LeadStep, NewEvent, Told, Wanted, listeners};
pub use fresh::Fresh;
pub use passed::{PASSED_OVER, PassedOver, is_given, passed_over, read_passed_over};
pub use sources::{Came, MOST_NAMES, NAME_MAX_BYTES, OTHER, SourceKey, SourceKind, Sources, cut};
pub use tracking::{NO_CONSENT, Tracking};

use crate::{
    attribution::Platform,
    click::{Click, RecognisedBy},
    identity::continuity::{CLICK_ID_WINDOW_MS, ClickIdPrint, ClickIdUse, Fingerprints},
    ids::{ClickId, LeadId, RotatorId, WorkspaceId},
    routing::Routing,
    time::Day,
};
use foldhash::HashMap;
use std::collections::BTreeMap;

/// A returning lead's narrow row: all that a return changes. Everything else of "last seen" is in the click.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Activity {
    /// The latest click, a duplicate included.
    pub last_click: ClickId,
    /// Counted clicks.
    pub clicks: u32,
    /// The latest click's platform, for the list's filter.
    pub last_platform: Option<Platform>,
}

/// What is counted. A metric may have kinds: a parameter for `ignored`, `by/browser/in-app` for `recognised`, the agent's
/// id for `agent` and `borrowed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CounterKey {
    /// Whose.
    pub workspace: WorkspaceId,
    /// The workspace's day.
    pub day: Day,
    /// At which link.
    pub rotator: RotatorId,
    /// What: `clicks`, `new`, `returning`, `duplicate`, `shared_link`, `ignored`, `recognised`, `recognised_host`,
    /// `recognised_mode`, `agent`, `passed_over`, `borrowed`.
    pub metric: &'static str,
}

/// What a pass needs to know of the leads and click IDs that its clicks touch.
#[derive(Debug, Default)]
pub struct Known {
    /// Activity of leads that have returned before.
    pub activity: HashMap<LeadId, Activity>,
    /// First click of leads that have not.
    pub first_clicks: HashMap<LeadId, ClickId>,
    /// Click-ID fingerprints that are indexed already.
    pub click_ids: HashMap<i64, ClickIdUse>,
    /// Of the clicks' [`listeners`], which were told of their click IDs already.
    pub told: Told,
}

/// What a pass changes.
#[derive(Debug, Default)]
pub struct Changes {
    /// Returning leads' activity, in key order.
    pub activity: BTreeMap<i64, (LeadId, Activity)>,
    /// Each click's predecessor of the same lead, by which a timeline walks back.
    pub links: Vec<(ClickId, ClickId)>,
    /// Click IDs used for the first time (by anybody, or by a browser) or anew after a day, in key order.
    pub click_ids: BTreeMap<i64, ClickIdUse>,
    /// Leads that were born, the lowest and the highest id of each day.
    pub born: BTreeMap<(WorkspaceId, Day), [LeadId; 2]>,
    /// Counters to add to, by kind.
    pub counters: HashMap<CounterKey, HashMap<String, u64>>,
    /// Where clicks came from, to be added.
    pub sources: Sources,
    /// Events for ad platforms, in the order of their clicks.
    pub events: Vec<NewEvent>,
}

/// Folds clicks in the order of their ids. `day_of` gives a click's day in its workspace's zone. What is known afterwards is
/// what the next clicks need.
pub fn fold(
    clicks: &[Click],
    known: &mut Known,
    routing: &Routing,
    prints: &Fingerprints,
    mut day_of: impl FnMut(&Click) -> Day,
) -> Changes {
    let mut changes = Changes::default();
    let mut counts = counted::Counted::default();
    let mut tally = sources::Tally::default();
    for click in clicks {
        let (facts, day) = (&click.facts, day_of(click));
        counts.add(click, day);
        if !facts.dup {
            tally.add(click, day);
        }
        let (lead, platform) = (click.lead, facts.touch.platform);
        if facts.new {
            known.first_clicks.insert(lead, click.id);
            let [first, last] = changes.born.entry((lead.workspace, day)).or_insert([lead; 2]);
            (*first, *last) = ((*first).min(lead), (*last).max(lead));
        } else {
            let before = known.activity.get(&lead).copied().or_else(|| {
                let first = *known.first_clicks.get(&lead)?;
                Some(Activity {
                    last_click: first,
                    clicks: 1,
                    last_platform: None,
                })
            });
            if let Some(before) = before {
                changes.links.push((click.id, before.last_click));
            }
            let counted = u32::from(!facts.dup);
            let clicks = before.map_or(counted, |before| before.clicks.saturating_add(counted));
            let activity = Activity {
                last_click: click.id,
                clicks,
                last_platform: platform,
            };
            known.activity.insert(lead, activity);
            changes.activity.insert(lead.packed(), (lead, activity));
        }
        if let Some(print) = click_id_print(click, prints) {
            let used = ClickIdUse {
                lead,
                with_browser: print.with_browser,
                at: click.at,
            };
            index_click_id(known, &mut changes, print.click_id, print.with_browser, used);
            events::of_click(routing, click, print.click_id, &mut known.told, &mut changes.events);
        }
        // Who pressed again is the same lead, from this press on for a day.
        if let Some(press) = facts.press {
            let (_, used) = ClickIdUse::of_press(press, lead, click.at);
            changes.click_ids.insert(press, used);
        }
    }
    changes.counters = counts.close();
    let counters = &mut changes.counters;
    changes.sources = tally.close(|workspace, day, rotator, agent, clicks| {
        let key = CounterKey {
            workspace,
            day,
            rotator,
            metric: "agent",
        };
        *counters.entry(key).or_default().entry(agent.to_string()).or_default() += clicks;
    });
    changes
}

/// The fingerprints of a click's primary click ID, if it has one: made anew where whoever recorded it has not left them.
pub fn click_id_print(click: &Click, prints: &Fingerprints) -> Option<ClickIdPrint> {
    let facts = &click.facts;
    click.print.or_else(|| {
        facts.touch.primary_click_id()?;
        let ua = prints.user_agent(&facts.ua);
        prints.click_id(click.lead.workspace, &facts.touch, ua, &facts.lang)
    })
}

/// Whether a click itself says what the index will hold: a click ID that nobody had used, or a new visitor for whom nobody
/// had, or not within its window. Then nothing has to be looked up.
pub fn knows_its_click_id(click: &Click) -> bool {
    click.is_first_use || click.facts.by == RecognisedBy::New && !click.facts.shared
}

/// One entry for the click ID's first user; others who share the link get one of their own.
fn index_click_id(known: &mut Known, changes: &mut Changes, by_id: i64, by_browser: i64, used: ClickIdUse) {
    let key = match known.click_ids.get(&by_id) {
        None => by_id,
        Some(first) if first.with_browser == by_browser => by_id,
        Some(_) => by_browser,
    };
    // Within its window an entry stays that of the first use; after it, the same browser is a new visitor.
    if known
        .click_ids
        .get(&key)
        .is_some_and(|known| used.at.since(known.at) < CLICK_ID_WINDOW_MS)
    {
        return;
    }
    known.click_ids.insert(key, used);
    changes.click_ids.insert(key, used);
}
