//! What became of the posts of a form.

use super::super::{
    transaction::on_ground,
    values::{json_text, read_word},
};
use crate::{
    Result, StoreError,
    model::{FormPost, Learnt, PostOutcome},
};
use konektor_core::{
    form::{Refusal, Remark},
    ids::{FormId, LeadId},
    time::UnixMs,
};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

/// Posts of a form that are kept.
const KEPT: i64 = 500;
/// Refusals for one reason within this time are one row.
const TOGETHER_MS: i64 = 60_000;

/// Notes a post and counts it. A refusal like the one before it, a moment ago, is counted there.
pub(super) fn add(connection: &mut Connection, form: FormId, post: &FormPost, learnt: Option<&Learnt>) -> Result<()> {
    let transaction = on_ground(connection)?;
    let (state, reason, lead) = columns(&post.outcome);
    let is_refused = matches!(post.outcome, PostOutcome::Refused(_));
    count(&transaction, form, post, is_refused)?;
    if let Some(learnt) = learnt {
        learn(&transaction, form, learnt)?;
    }
    if !(is_refused && is_like_the_last(&transaction, form, post, &reason)?) {
        transaction
            .prepare_cached(
                "INSERT INTO form_posts (form_id, at, state, reason, lead_id, count) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![form.0, post.at.0, state, reason, lead, post.count])?;
        transaction
            .prepare_cached(
                "DELETE FROM form_posts WHERE form_id = ?1 AND id <=
                     (SELECT id FROM form_posts WHERE form_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
            )?
            .execute([form.0, KEPT])?;
    }
    transaction.commit()?;
    Ok(())
}

fn columns(outcome: &PostOutcome) -> (&'static str, String, Option<i64>) {
    match outcome {
        PostOutcome::Done { lead, remarks } => {
            let remarks: Vec<_> = remarks.iter().map(|remark| remark.as_str()).collect();
            ("done", remarks.join(","), Some(lead.packed()))
        }
        PostOutcome::Repeated { lead } => ("repeated", String::new(), lead.map(LeadId::packed)),
        PostOutcome::Refused(reason) => ("refused", reason.as_str().to_owned(), None),
    }
}

fn count(transaction: &Transaction<'_>, form: FormId, post: &FormPost, is_refused: bool) -> Result<()> {
    match is_refused {
        true => transaction
            .prepare_cached("UPDATE forms SET refused = refused + ?2 WHERE id = ?1")?
            .execute(params![form.0, post.count])?,
        false => transaction
            .prepare_cached("UPDATE forms SET received = received + ?2, last_received_at = ?3 WHERE id = ?1")?
            .execute(params![form.0, post.count, post.at.0])?,
    };
    Ok(())
}

fn learn(transaction: &Transaction<'_>, form: FormId, learnt: &Learnt) -> Result<()> {
    let mapping = learnt.mapping.as_ref();
    let mapping = mapping.map(|mapping| json_text("forms.mapping", mapping)).transpose()?;
    transaction
        .prepare_cached(
            "UPDATE forms SET sample = ?2, mapping = CASE WHEN guessed AND ?3 IS NOT NULL THEN ?3 ELSE mapping END
             WHERE id = ?1",
        )?
        .execute(params![form.0, json_text("forms.sample", &learnt.sample)?, mapping])?;
    Ok(())
}

fn is_like_the_last(transaction: &Transaction<'_>, form: FormId, post: &FormPost, reason: &str) -> Result<bool> {
    let last: Option<(i64, String, String, i64)> = transaction
        .prepare_cached("SELECT id, state, reason, at FROM form_posts WHERE form_id = ?1 ORDER BY id DESC LIMIT 1")?
        .query_row([form.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .optional()?;
    let Some((id, state, last, at)) = last else {
        return Ok(false);
    };
    if state != "refused" || last != reason || post.at.since(UnixMs(at)) >= TOGETHER_MS {
        return Ok(false);
    }
    transaction
        .prepare_cached("UPDATE form_posts SET count = count + ?2 WHERE id = ?1")?
        .execute([id, i64::from(post.count)])?;
    Ok(true)
}

/// The latest posts, newest first.
pub(super) fn posts(connection: &Connection, form: FormId, before: Option<i64>, limit: usize) -> Result<Vec<FormPost>> {
    let mut stored = connection.prepare_cached(
        "SELECT id, at, state, reason, lead_id, count FROM main.form_posts
         WHERE form_id = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3",
    )?;
    let mut rows = stored.query(params![form.0, before.unwrap_or(i64::MAX), limit])?;
    let mut posts = Vec::new();
    while let Some(row) = rows.next()? {
        posts.push(read(row)?);
    }
    Ok(posts)
}

fn read(row: &Row<'_>) -> Result<FormPost> {
    let (state, reason): (String, String) = (row.get(2)?, row.get(3)?);
    let lead = row.get::<_, Option<i64>>(4)?.map(LeadId::from_packed);
    let outcome = match (state.as_str(), lead) {
        ("done", Some(lead)) => PostOutcome::Done {
            lead,
            remarks: remarks(&reason)?,
        },
        ("repeated", lead) => PostOutcome::Repeated { lead },
        ("refused", _) => PostOutcome::Refused(read_word("form_posts.reason", Refusal::ALL, Refusal::as_str, &reason)?),
        (other, _) => return Err(StoreError::corrupt("form_posts.state", format!("\"{other}\""))),
    };
    Ok(FormPost {
        id: row.get(0)?,
        at: UnixMs(row.get(1)?),
        outcome,
        count: row.get(5)?,
    })
}

fn remarks(text: &str) -> Result<Vec<Remark>> {
    let words = text.split(',').filter(|word| !word.is_empty());
    words
        .map(|word| read_word("form_posts.reason", Remark::ALL, Remark::as_str, word))
        .collect()
}
