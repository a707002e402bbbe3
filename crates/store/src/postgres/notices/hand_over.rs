//! Handing leads over that nobody answers: the claim, the turn, the owner and the timeline in one transaction.

use super::{claims, untouched::are_untouched};
use crate::{
    Result,
    model::{NewHandOver, Reminder},
    postgres::{
        PostgresStore,
        record::{Begun, capped_at, commit, load, owners},
        sql,
        values::number,
    },
};
use konektor_core::{
    decide::{HandOver, Keys, Memory, hand_over as decide},
    ids::{RotatorId, WorkspaceId},
    routing::Routing,
    time::UnixMs,
};
use std::collections::BTreeMap;

impl PostgresStore {
    /// See [`crate::Notices::hand_over`].
    pub(super) async fn hand_over_leads(
        &self,
        routing: &Routing,
        mut memory: Box<Memory>,
        leads: &[NewHandOver],
        now: UnixMs,
    ) -> Result<(Box<Memory>, Vec<Reminder>)> {
        let place = self.place_of(&memory).await?;
        let begun = Begun {
            client: Some(self.pools.recording().await?),
        };
        let keys = Keys {
            leads: leads.iter().map(|new| new.lead).collect(),
            ..Keys::default()
        };
        let rotators: Vec<RotatorId> = leads.iter().map(|new| new.rotator).collect();
        let capped = capped_at(routing, &rotators, now);
        // The transaction begins here.
        let loaded = load(begun.client(), &place, &keys, &capped, &mut memory).await?;
        let owners = owners(&loaded);
        let mut wanted = Vec::new();
        let mut by_workspace: BTreeMap<WorkspaceId, Vec<&NewHandOver>> = BTreeMap::new();
        for new in leads {
            by_workspace.entry(new.lead.workspace).or_default().push(new);
        }
        for (workspace, leads) in by_workspace {
            let numbers: Vec<i64> = leads.iter().map(|new| number(new.lead)).collect();
            // Whoever else hands one of them over waits here, and then sees it.
            let sql = "SELECT number FROM leads WHERE workspace_id = $1 AND number = ANY($2)
                       ORDER BY number FOR NO KEY UPDATE";
            sql::query(begun.client(), sql, &[&workspace.0, &numbers]).await?;
            let untouched = are_untouched(begun.client(), workspace, &numbers).await?;
            let over = claims::are_handed_over(begun.client(), workspace, &numbers).await?;
            wanted.extend(leads.into_iter().filter(|new| {
                let is_same = |owner: &&(_, _)| owner.0 == new.agent && owners.get(&new.lead) == Some(*owner);
                untouched.get(&new.lead).filter(is_same).is_some() && !over.contains(&new.lead)
            }));
        }
        let overs: Vec<HandOver> = wanted.iter().map(|new: &&NewHandOver| (**new).into()).collect();
        let (decisions, moved) = decide(routing, &mut memory, loaded, &overs, now);
        let mut done = Vec::new();
        for (over, to) in moved {
            let Some(new) = wanted.iter().find(|new| new.lead == over.lead) else {
                continue;
            };
            let sql = "INSERT INTO lead_changes (workspace_id, id, number, at, field, old, new, by, unfolded)
                       VALUES ($1, $2, $3, $4, 'agent_id', $5, $6, $7, true)";
            let values: sql::Values<'_> = &[
                &new.lead.workspace.0,
                &self.next_id(&place, now),
                &number(new.lead),
                &now.0,
                &new.agent.map(|agent| agent.to_string()),
                &to.to_string(),
                &new.by(),
            ];
            sql::execute(begun.client(), sql, values).await?;
            let reminder = new.done(self.next_id(&place, now), to, now);
            claims::note_hand_over(begun.client(), &reminder, new.by_mail).await?;
            done.push(reminder);
        }
        let writes = self.writes(&place, routing, &memory, &decisions, owners)?;
        commit(begun.client(), &writes).await?;
        begun.end();
        Ok((memory, done))
    }
}
