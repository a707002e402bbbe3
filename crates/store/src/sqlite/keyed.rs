//! Requests with an idempotency key, and the answers that are kept of them.

use super::transaction;
use crate::{
    Result,
    model::{KeyedRequest, Repeat},
};
use konektor_core::time::UnixMs;
use rusqlite::{Connection, params};

/// Notes a request as under way, unless its key is known. Those that began at `forget` or before are forgotten first.
pub(super) fn begin(
    connection: &mut Connection,
    request: &KeyedRequest,
    now: UnixMs,
    forget: UnixMs,
) -> Result<Repeat> {
    let transaction = transaction::on_ground(connection)?;
    transaction.execute("DELETE FROM keyed_requests WHERE begun_at <= ?1", [forget.0])?;
    let noted = transaction.execute(
        "INSERT INTO keyed_requests (workspace_id, key, print, begun_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (workspace_id, key) DO NOTHING",
        params![request.workspace.0, request.key, request.print, now.0],
    )?;
    let repeat = match noted {
        0 => repeat_of(&transaction, request)?,
        _ => Repeat::No,
    };
    transaction.commit()?;
    Ok(repeat)
}

fn repeat_of(connection: &Connection, request: &KeyedRequest) -> Result<Repeat> {
    let (print, answer): ([u8; 32], Option<Vec<u8>>) = connection.query_row(
        "SELECT print, answer FROM keyed_requests WHERE workspace_id = ?1 AND key = ?2",
        params![request.workspace.0, request.key],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    Ok(match answer {
        _ if print != request.print => Repeat::OfAnother,
        Some(answer) => Repeat::Answered(answer),
        None => Repeat::UnderWay,
    })
}

/// Keeps a request's answer; without one the request is forgotten, and may be made again.
pub(super) fn end(connection: &Connection, request: &KeyedRequest, answer: Option<&[u8]>) -> Result<()> {
    match answer {
        Some(answer) => connection.execute(
            "UPDATE keyed_requests SET answer = ?4 WHERE workspace_id = ?1 AND key = ?2 AND print = ?3",
            params![request.workspace.0, request.key, request.print, answer],
        )?,
        None => connection.execute(
            "DELETE FROM keyed_requests WHERE workspace_id = ?1 AND key = ?2 AND print = ?3 AND answer IS NULL",
            params![request.workspace.0, request.key, request.print],
        )?,
    };
    Ok(())
}
