//! A person's rows: reading what each lead says, writing what is shown of all.

use crate::{
    Result,
    postgres::{
        sql, there,
        values::{json_text, lead, number, parse, read_json, read_platform},
    },
};
use deadpool_postgres::GenericClient;
use konektor_core::{
    attribution::Platform,
    ids::LeadId,
    lead::{Facts, Named, Own, Person, Status, Worth},
    time::UnixMs,
};
use tokio_postgres::Row;

const COLUMNS: &str = "number, name, name_source, name_at, status, phone, email, value, currency, notes, created_at,
    first_click, platform, source, campaign, own";

/// What a row says of itself.
fn read_own(row: &Row) -> Result<Own> {
    if let Some(own) = row.get(15) {
        return read_json("leads.own", own);
    }
    let name = match (row.get::<_, Option<String>>(1), row.get::<_, Option<&str>>(2)) {
        (Some(text), Some(source)) => Some(Named {
            text,
            source: parse("leads.name_source", source)?,
            at: UnixMs(row.get::<_, Option<i64>>(3).unwrap_or(0)),
        }),
        _ => None,
    };
    let status: Option<&str> = row.get(4);
    let currency = row.get(8);
    let facts = Facts {
        name,
        status: status.map(|status| parse("leads.status", status)).transpose()?,
        phone: row.get(5),
        email: row.get(6),
        worth: row.get::<_, Option<i64>>(7).map(|value| Worth { value, currency }),
        notes: row.get(9),
        born_at: UnixMs(row.get(10)),
        clicked: row.get::<_, i64>(11) != 0,
        platform: read_platform(row.get(12))?,
        source: row.get(13),
        campaign: row.get(14),
    };
    Ok(Own {
        facts,
        ..Own::default()
    })
}

/// The person that a lead stands for. It has to be there, and not merged into another.
pub(in crate::postgres) async fn load(client: &impl GenericClient, root: LeadId) -> Result<Person> {
    let sql = format!("SELECT {COLUMNS} FROM leads WHERE workspace_id = $1 AND number = $2");
    let row = sql::query_opt(client, &sql, &[&root.workspace.0, &number(root)]).await?;
    let row = there(row, "leads.merged_into")?;
    let has_members = row.get::<_, Option<&str>>(15).is_some();
    let mut person = Person {
        id: root,
        own: read_own(&row)?,
        members: Vec::new(),
    };
    if has_members {
        let sql = format!("SELECT {COLUMNS} FROM leads WHERE workspace_id = $1 AND merged_into = $2");
        for row in sql::query(client, &sql, &[&root.workspace.0, &number(root)]).await? {
            let id = lead(root.workspace.0, row.get(0));
            person.members.push((id, read_own(&row)?.facts));
        }
        person.sort();
    }
    Ok(person)
}

/// Writes what is shown of a person, and what the lead that stands for them says itself.
pub(in crate::postgres) async fn store(client: &impl GenericClient, person: &Person) -> Result<()> {
    let own = match person.has_members() {
        true => Some(json_text("leads.own", &person.own)?),
        false => None,
    };
    let Facts {
        name,
        status,
        phone,
        email,
        worth,
        notes,
        born_at,
        clicked: _,
        platform,
        source,
        campaign,
    } = person.shown();
    let sql = "UPDATE leads SET name = $3, name_source = $4, name_at = $5, status = $6, phone = $7, email = $8, value = $9,
                      currency = $10, notes = $11, created_at = $12, platform = $13, source = $14, campaign = $15, own = $16
               WHERE workspace_id = $1 AND number = $2";
    let values: sql::Values<'_> = &[
        &person.id.workspace.0,
        &number(person.id),
        &name.as_ref().map(|name| &name.text),
        &name.as_ref().map(|name| name.source.as_str()),
        &name.as_ref().map(|name| name.at.0),
        &status.map(Status::as_str),
        &phone,
        &email,
        &worth.as_ref().map(|worth| worth.value),
        &worth.as_ref().and_then(|worth| worth.currency.as_ref()),
        &notes,
        &born_at.0,
        &platform.map(Platform::as_str),
        &source,
        &campaign,
        &own,
    ];
    sql::execute(client, sql, values).await?;
    Ok(())
}

/// What a lead says itself, whether it stands for itself or was merged.
pub(in crate::postgres) async fn load_own(client: &impl GenericClient, lead: LeadId) -> Result<Option<Own>> {
    let sql = format!("SELECT {COLUMNS} FROM leads WHERE workspace_id = $1 AND number = $2");
    let row = sql::query_opt(client, &sql, &[&lead.workspace.0, &number(lead)]).await?;
    row.as_ref().map(read_own).transpose()
}

/// Writes what a merged lead says itself; its columns follow when it stands for itself again.
pub(in crate::postgres) async fn store_own(client: &impl GenericClient, lead: LeadId, own: &Own) -> Result<()> {
    let sql = "UPDATE leads SET own = $3 WHERE workspace_id = $1 AND number = $2";
    sql::execute(
        client,
        sql,
        &[&lead.workspace.0, &number(lead), &json_text("leads.own", own)?],
    )
    .await?;
    Ok(())
}
