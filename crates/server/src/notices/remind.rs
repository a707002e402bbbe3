//! Leads that nobody answers: reminds their agents, and has others take them.

use super::Hands;
use crate::app::App;
use konektor_core::{
    ids::AgentId,
    reminder::{Due, LOOK_BACK_MS, Untouched, due},
    routing::Workspace,
    time::UnixMs,
};
use konektor_store::{
    Notices, StoreError,
    model::{NewHandOver, NewReminder, NoticeSettings, Reminder},
};
use std::collections::HashSet;

/// Leads for which a step is taken in one look: the others follow with the next.
const MOST: usize = 200;
/// Leads that are handed over in one transaction, for which visitors may wait.
const TOGETHER: usize = 20;

pub(super) async fn remind(
    app: &App,
    hands: &impl Hands,
    workspace: &Workspace,
    settings: &NoticeSettings,
    now: UnixMs,
) -> Result<(), StoreError> {
    let plan = &settings.reminder;
    if plan.is_off() {
        return Ok(());
    }
    let from = settings.remind_since.max(now.plus_ms(-LOOK_BACK_MS));
    let routing = app.routing.load_full();
    let by_mail = plan.by_mail && app.mail.is_some();
    let untouched = app.store.untouched(workspace.id, from).await?;
    // Whoever waits for longest comes first.
    let waiting: Vec<(Untouched, Due)> = untouched
        .into_iter()
        .rev()
        .map(|lead| {
            let agent = lead.agent.and_then(|agent| routing.agent(agent));
            (lead, due(plan, agent.map(|agent| &**agent), &lead, now))
        })
        .filter(|(_, due)| due.remind || due.hand_over)
        .take(MOST)
        .collect();
    let overs: Vec<NewHandOver> = waiting
        .iter()
        // A lead without an agent is a fallback's: it waits for nobody of ours.
        .filter(|(lead, due)| due.hand_over && lead.agent.is_some())
        .map(|(lead, due)| NewHandOver {
            lead: lead.lead,
            agent: lead.agent,
            rotator: lead.rotator,
            since: lead.since,
            minutes: due.minutes,
            by_mail,
        })
        .collect();
    let mut moved = HashSet::new();
    for together in overs.chunks(TOGETHER) {
        for over in hands.hand_over(together.to_vec(), now).await.unwrap_or_default() {
            moved.insert(over.lead);
            told(app, &over);
        }
    }
    let reminders: Vec<NewReminder> = waiting
        .iter()
        .filter(|(lead, due)| due.remind && !moved.contains(&lead.lead))
        .filter_map(|(lead, _)| {
            Some(NewReminder {
                lead: lead.lead,
                agent: lead.agent?,
                since: lead.since,
                by_mail,
            })
        })
        .collect();
    if !reminders.is_empty() {
        let reminded = app.store.remind(reminders, now).await?;
        reminded.iter().for_each(|reminder| told(app, reminder));
    }
    app.letters.wake();
    Ok(())
}

/// Says so in open dashboards: to whoever had the lead, and to who has it now.
fn told(app: &App, reminder: &Reminder) {
    let agents: Vec<AgentId> = reminder.agent.into_iter().chain(reminder.to).collect();
    if reminder.to.is_some() {
        app.live.lead_updated(reminder.lead, agents.iter().copied());
    }
    app.live.lead_untouched(reminder.lead, agents);
}
