//! What became of the posts of a form.

use super::forms::mapping_text;
use crate::{
    Result, StoreError,
    model::{FormPost, Learnt, PostOutcome},
    postgres::{
        sql,
        values::{json_text, lead, number, read_word},
    },
};
use deadpool_postgres::{GenericClient, Transaction};
use konektor_core::{
    form::{Refusal, Remark},
    ids::{FormId, LeadId},
    time::UnixMs,
};
use tokio_postgres::Row;

/// Posts of a form that are kept.
const KEPT: i64 = 500;
/// Refusals for one reason within this time are one row.
const TOGETHER_MS: i64 = 60_000;

/// Notes a post under `id` and counts it. A refusal like the one before it, a moment ago, is counted there.
pub(super) async fn add(
    transaction: &Transaction<'_>,
    id: i64,
    form: FormId,
    post: &FormPost,
    learnt: Option<&Learnt>,
) -> Result<()> {
    let (state, reason, about) = columns(&post.outcome);
    let is_refused = matches!(post.outcome, PostOutcome::Refused(_));
    // The form's row is locked from here on: posts of one form are noted one after the other.
    let Some(workspace) = count(transaction, form, post, is_refused).await? else {
        return Ok(());
    };
    if let Some(learnt) = learnt {
        learn(transaction, form, learnt).await?;
    }
    if is_refused && is_like_the_last(transaction, (workspace, form), post, &reason).await? {
        return Ok(());
    }
    let sql = "INSERT INTO form_posts (workspace_id, id, form_id, at, state, reason, number, count)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let (about, count) = (about.map(number), i64::from(post.count));
    let values: sql::Values<'_> = &[&workspace, &id, &form.0, &post.at.0, &state, &reason, &about, &count];
    sql::execute(transaction, sql, values).await?;
    let sql = "DELETE FROM form_posts WHERE workspace_id = $1 AND form_id = $2 AND id <=
                   (SELECT id FROM form_posts WHERE workspace_id = $1 AND form_id = $2
                    ORDER BY id DESC LIMIT 1 OFFSET $3)";
    sql::execute(transaction, sql, &[&workspace, &form.0, &KEPT]).await?;
    Ok(())
}

fn columns(outcome: &PostOutcome) -> (&'static str, String, Option<LeadId>) {
    match outcome {
        PostOutcome::Done { lead, remarks } => {
            let remarks: Vec<_> = remarks.iter().map(|remark| remark.as_str()).collect();
            ("done", remarks.join(","), Some(*lead))
        }
        PostOutcome::Repeated { lead } => ("repeated", String::new(), *lead),
        PostOutcome::Refused(reason) => ("refused", reason.as_str().to_owned(), None),
    }
}

/// The form's workspace, if there is such a form.
async fn count(transaction: &Transaction<'_>, form: FormId, post: &FormPost, is_refused: bool) -> Result<Option<i64>> {
    let n = i64::from(post.count);
    let counted = match is_refused {
        true => {
            let sql = "UPDATE forms SET refused = refused + $2 WHERE id = $1 RETURNING workspace_id";
            sql::query_opt(transaction, sql, &[&form.0, &n]).await?
        }
        false => {
            let sql = "UPDATE forms SET received = received + $2, last_received_at = $3 WHERE id = $1
                       RETURNING workspace_id";
            sql::query_opt(transaction, sql, &[&form.0, &n, &post.at.0]).await?
        }
    };
    Ok(counted.map(|row| row.get(0)))
}

async fn learn(transaction: &Transaction<'_>, form: FormId, learnt: &Learnt) -> Result<()> {
    let sql = "UPDATE forms
               SET sample = $2, mapping = CASE WHEN guessed AND $3::text IS NOT NULL THEN $3 ELSE mapping END
               WHERE id = $1";
    let (sample, mapping) = (
        json_text("forms.sample", &learnt.sample)?,
        mapping_text(learnt.mapping.as_ref())?,
    );
    sql::execute(transaction, sql, &[&form.0, &sample, &mapping]).await?;
    Ok(())
}

async fn is_like_the_last(
    transaction: &Transaction<'_>,
    (workspace, form): (i64, FormId),
    post: &FormPost,
    reason: &str,
) -> Result<bool> {
    let sql = "SELECT id, state, reason, at FROM form_posts WHERE workspace_id = $1 AND form_id = $2
               ORDER BY id DESC LIMIT 1";
    let Some(row) = sql::query_opt(transaction, sql, &[&workspace, &form.0]).await? else {
        return Ok(false);
    };
    let (id, state, last, at): (i64, &str, &str, i64) = (row.get(0), row.get(1), row.get(2), row.get(3));
    if state != "refused" || last != reason || post.at.since(UnixMs(at)) >= TOGETHER_MS {
        return Ok(false);
    }
    let sql = "UPDATE form_posts SET count = count + $3 WHERE workspace_id = $1 AND id = $2";
    sql::execute(transaction, sql, &[&workspace, &id, &i64::from(post.count)]).await?;
    Ok(true)
}

/// The latest posts, newest first.
pub(super) async fn posts(
    client: &impl GenericClient,
    form: FormId,
    before: Option<i64>,
    limit: usize,
) -> Result<Vec<FormPost>> {
    let sql = "SELECT p.id, p.at, p.state, p.reason, p.number, p.count, p.workspace_id
               FROM forms f JOIN form_posts p ON p.workspace_id = f.workspace_id AND p.form_id = f.id
               WHERE f.id = $1 AND p.id < $2 ORDER BY p.id DESC LIMIT $3";
    let values: sql::Values<'_> = &[&form.0, &before.unwrap_or(i64::MAX), &(limit as i64)];
    sql::query(client, sql, values).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<FormPost> {
    let (state, reason): (&str, &str) = (row.get(2), row.get(3));
    let about = row.get::<_, Option<i64>>(4).map(|number| lead(row.get(6), number));
    let outcome = match (state, about) {
        ("done", Some(lead)) => PostOutcome::Done {
            lead,
            remarks: remarks(reason)?,
        },
        ("repeated", lead) => PostOutcome::Repeated { lead },
        ("refused", _) => PostOutcome::Refused(read_word("form_posts.reason", Refusal::ALL, Refusal::as_str, reason)?),
        (other, _) => return Err(StoreError::corrupt("form_posts.state", format!("\"{other}\""))),
    };
    Ok(FormPost {
        id: row.get(0),
        at: UnixMs(row.get(1)),
        outcome,
        count: row.get::<_, i64>(5) as u32,
    })
}

fn remarks(text: &str) -> Result<Vec<Remark>> {
    let words = text.split(',').filter(|word| !word.is_empty());
    words
        .map(|word| read_word("form_posts.reason", Remark::ALL, Remark::as_str, word))
        .collect()
}
