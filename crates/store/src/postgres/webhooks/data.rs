//! What messages are about.

use crate::{
    Result,
    model::{AbsentAgent, Edited, MessageData, MessageSubject, UntouchedLead},
    postgres::{
        config::{AGENT_COLUMNS, read_agent},
        deliveries::list,
        leads::find_lead,
        notices::{find_digest, find_reminder},
        sql,
        values::{click_columns, number, read_click, read_json, read_word},
    },
};
use deadpool_postgres::GenericClient;
use konektor_core::{
    click::Click,
    ids::{DeliveryId, LeadId},
    webhook::{Absence, EventKind},
};

/// What each is about; `None` if it is gone.
pub(super) async fn of(client: &impl GenericClient, subjects: &[MessageSubject]) -> Result<Vec<Option<MessageData>>> {
    let mut data = Vec::with_capacity(subjects.len());
    for subject in subjects {
        data.push(of_one(client, *subject).await?);
    }
    Ok(data)
}

async fn of_one(client: &impl GenericClient, subject: MessageSubject) -> Result<Option<MessageData>> {
    let MessageSubject {
        kind,
        lead,
        first,
        last,
    } = subject;
    Ok(match (kind, lead) {
        (EventKind::LeadCreated, Some(lead)) => find_lead(client, lead).await?.map(Box::new).map(MessageData::Created),
        (EventKind::LeadUpdated, Some(lead)) => match find_lead(client, lead).await? {
            Some(found) => {
                let edits = edits(client, lead, first, last).await?;
                Some(MessageData::Updated(Box::new(found), edits))
            }
            None => None,
        },
        (EventKind::ClickRecorded, Some(lead)) => {
            click(client, lead, first).await?.map(Box::new).map(MessageData::Click)
        }
        (EventKind::DeliveryFailed, Some(lead)) => list::find(client, lead.workspace, DeliveryId(first))
            .await?
            .map(Box::new)
            .map(MessageData::Delivery),
        (EventKind::AgentUnavailable, _) => absence(client, first).await?.map(Box::new).map(MessageData::Absence),
        (EventKind::LeadUntouched, Some(lead)) => {
            let reminder = find_reminder(client, lead, first).await?;
            let found = find_lead(client, lead).await?.zip(reminder);
            found.map(|(lead, reminder)| {
                MessageData::Untouched(Box::new(UntouchedLead {
                    lead: Box::new(lead),
                    reminder,
                }))
            })
        }
        (EventKind::Digest, _) => find_digest(client, first).await?.map(MessageData::Digest),
        _ => None,
    })
}

async fn edits(client: &impl GenericClient, lead: LeadId, first: i64, last: i64) -> Result<Vec<Edited>> {
    let sql = "SELECT field, old, new, by FROM lead_changes
               WHERE workspace_id = $1 AND number = $2 AND id BETWEEN $3 AND $4 ORDER BY id";
    let rows = sql::query(client, sql, &[&lead.workspace.0, &number(lead), &first, &last]).await?;
    let read = |row: &tokio_postgres::Row| Edited {
        field: row.get(0),
        old: row.get(1),
        new: row.get(2),
        by: row.get(3),
    };
    Ok(rows.iter().map(read).collect())
}

async fn click(client: &impl GenericClient, lead: LeadId, id: i64) -> Result<Option<Click>> {
    let sql = format!(
        "SELECT {} FROM clicks c WHERE c.workspace_id = $1 AND c.id = $2",
        click_columns("c")
    );
    let found = sql::query_opt(client, &sql, &[&lead.workspace.0, &id]).await?;
    found.map(|row| read_click(&row, 0)).transpose()
}

/// A removed agent's row is still there.
async fn absence(client: &impl GenericClient, id: i64) -> Result<Option<AbsentAgent>> {
    let sql = format!(
        "SELECT {AGENT_COLUMNS}, why, rotators FROM agents
         JOIN (SELECT agent_id, why, rotators FROM agent_absences WHERE id = $1) n ON n.agent_id = agents.id"
    );
    let Some(row) = sql::query_opt(client, &sql, &[&id]).await? else {
        return Ok(None);
    };
    Ok(Some(AbsentAgent {
        agent: read_agent(&row)?,
        why: read_word("agent_absences.why", Absence::ALL, Absence::as_str, row.get(10))?,
        rotators: read_json("agent_absences.rotators", row.get(11))?,
    }))
}
