//! Handing leads over that nobody answers: the claim, the turn, the owner and the timeline in one transaction.

use super::{claims, untouched::is_untouched};
use crate::{
    Result,
    model::{NewHandOver, Reminder},
    sqlite::{
        identity::notes::Notes,
        record::{apply, load},
        transaction::on_ground,
    },
};
use konektor_core::{
    decide::{HandOver, Keys, Memory, hand_over as decide},
    routing::Routing,
    time::UnixMs,
};
use rusqlite::Connection;

/// See [`crate::Notices::hand_over`].
pub(super) fn hand_over(
    connection: &mut Connection,
    routing: &Routing,
    mut memory: Box<Memory>,
    leads: &[NewHandOver],
    now: UnixMs,
) -> Result<(Box<Memory>, Vec<Reminder>)> {
    let transaction = on_ground(connection)?;
    let mut wanted = Vec::new();
    for new in leads {
        if is_untouched(&transaction, new.lead, new.agent)? && !claims::is_handed_over(&transaction, new.lead)? {
            wanted.push(*new);
        }
    }
    let keys = Keys {
        leads: wanted.iter().map(|new| new.lead).collect(),
        ..Keys::default()
    };
    let loaded = load(&transaction, &keys)?;
    let overs: Vec<HandOver> = wanted.iter().map(|new| (*new).into()).collect();
    let (decisions, moved) = decide(routing, &mut memory, loaded, &overs, now);
    apply(&transaction, &memory, &decisions)?;
    let mut done = Vec::new();
    for (over, to) in moved {
        let Some(new) = wanted.iter().find(|new| new.lead == over.lead) else {
            continue;
        };
        let notes = Notes {
            transaction: &transaction,
            by: &new.by(),
            now,
        };
        notes.note(
            new.lead,
            "agent_id",
            new.agent.map(|agent| agent.to_string()),
            Some(to.to_string()),
        )?;
        let mut reminder = new.done(0, to, now);
        reminder.id = claims::note_hand_over(&transaction, &reminder, new.by_mail)?;
        done.push(reminder);
    }
    transaction.commit()?;
    Ok((memory, done))
}
