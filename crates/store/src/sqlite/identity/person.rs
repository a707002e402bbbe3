//! A person's rows: reading what each lead says, writing what is shown of all.

use crate::{
    Result, StoreError,
    sqlite::values::{json_text, parse, read_json},
};
use konektor_core::{
    attribution::Platform,
    ids::LeadId,
    lead::{Facts, Named, Own, Person, Status, Worth},
    time::UnixMs,
};
use rusqlite::{Connection, Row, Transaction, params, types::ValueRef};

const COLUMNS: &str = "id, name, name_source, name_at, status, phone, email, value, currency, notes, created_at,
    first_click, platform, source, campaign, own";

/// What a row says of itself.
fn read_own(row: &Row<'_>) -> Result<Own> {
    if row.get_ref(15)? != ValueRef::Null {
        return read_json("leads.own", row.get_ref(15)?);
    }
    let word = |column: usize| -> Result<bool> { Ok(row.get_ref(column)? != ValueRef::Null) };
    let name = match row.get::<_, Option<String>>(1)? {
        Some(text) if word(2)? => Some(Named {
            text,
            source: parse("leads.name_source", row.get_ref(2)?)?,
            at: UnixMs(row.get::<_, Option<i64>>(3)?.unwrap_or(0)),
        }),
        _ => None,
    };
    let status = match word(4)? {
        true => Some(parse("leads.status", row.get_ref(4)?)?),
        false => None,
    };
    let platform = match word(12)? {
        true => Some(parse("leads.platform", row.get_ref(12)?)?),
        false => None,
    };
    let currency = row.get(8)?;
    let facts = Facts {
        name,
        status,
        phone: row.get(5)?,
        email: row.get(6)?,
        worth: row.get::<_, Option<i64>>(7)?.map(|value| Worth { value, currency }),
        notes: row.get(9)?,
        born_at: UnixMs(row.get(10)?),
        clicked: row.get::<_, i64>(11)? != 0,
        platform,
        source: row.get(13)?,
        campaign: row.get(14)?,
    };
    Ok(Own {
        facts,
        ..Own::default()
    })
}

/// The person that a lead stands for. It has to be there, and not merged into another.
pub(in crate::sqlite) fn load(connection: &Connection, root: LeadId) -> Result<Person> {
    let sql = format!("SELECT {COLUMNS} FROM main.leads WHERE id = ?1");
    let mut by_id = connection.prepare_cached(&sql)?;
    let mut rows = by_id.query([root.packed()])?;
    let row = rows.next()?;
    let row =
        row.ok_or_else(|| StoreError::corrupt("leads.merged_into", "a lead that is not there stands for another"))?;
    let has_members = row.get_ref(15)? != ValueRef::Null;
    let mut person = Person {
        id: root,
        own: read_own(row)?,
        members: Vec::new(),
    };
    if has_members {
        let sql = format!("SELECT {COLUMNS} FROM main.leads WHERE merged_into = ?1");
        let mut merged = connection.prepare_cached(&sql)?;
        let mut rows = merged.query([root.packed()])?;
        while let Some(row) = rows.next()? {
            let id = LeadId::from_packed(row.get(0)?);
            person.members.push((id, read_own(row)?.facts));
        }
        person.sort();
    }
    Ok(person)
}

/// Writes what is shown of a person, and what the lead that stands for them says itself.
pub(in crate::sqlite) fn store(transaction: &Transaction<'_>, person: &Person) -> Result<()> {
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
    transaction
        .prepare_cached(
            "UPDATE leads SET name = ?2, name_source = ?3, name_at = ?4, status = ?5, phone = ?6, email = ?7, value = ?8,
                    currency = ?9, notes = ?10, created_at = ?11, platform = ?12, source = ?13, campaign = ?14, own = ?15
             WHERE id = ?1",
        )?
        .execute(params![
            person.id.packed(),
            name.as_ref().map(|name| &name.text),
            name.as_ref().map(|name| name.source.as_str()),
            name.as_ref().map(|name| name.at.0),
            status.map(Status::as_str),
            phone,
            email,
            worth.as_ref().map(|worth| worth.value),
            worth.as_ref().and_then(|worth| worth.currency.as_ref()),
            notes,
            born_at.0,
            platform.map(Platform::as_str),
            source,
            campaign,
            own
        ])?;
    Ok(())
}

/// What a lead says itself, whether it stands for itself or was merged.
pub(in crate::sqlite) fn load_own(connection: &Connection, lead: LeadId) -> Result<Option<Own>> {
    let sql = format!("SELECT {COLUMNS} FROM main.leads WHERE id = ?1");
    let mut by_id = connection.prepare_cached(&sql)?;
    let mut rows = by_id.query([lead.packed()])?;
    rows.next()?.map(read_own).transpose()
}

/// Writes what a merged lead says itself; its columns follow when it stands for itself again.
pub(in crate::sqlite) fn store_own(transaction: &Transaction<'_>, lead: LeadId, own: &Own) -> Result<()> {
    transaction
        .prepare_cached("UPDATE leads SET own = ?2 WHERE id = ?1")?
        .execute(params![lead.packed(), json_text("leads.own", own)?])?;
    Ok(())
}
