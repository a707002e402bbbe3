//! Requests with an idempotency key, and the answers that are kept of them.

use super::{sql, there, values::bytes};
use crate::{
    Result,
    model::{KeyedRequest, Repeat},
};
use deadpool_postgres::{GenericClient, Transaction};
use konektor_core::time::UnixMs;

/// Notes a request as under way, unless its key is known. Those that began at `forget` or before are forgotten first.
pub(super) async fn begin(
    transaction: &Transaction<'_>,
    request: &KeyedRequest,
    now: UnixMs,
    forget: UnixMs,
) -> Result<Repeat> {
    // One that another request is forgetting just now is not waited for.
    let sql = "DELETE FROM keyed_requests WHERE (workspace_id, key) IN (
                   SELECT workspace_id, key FROM keyed_requests WHERE begun_at <= $1 FOR UPDATE SKIP LOCKED)";
    sql::execute(transaction, sql, &[&forget.0]).await?;
    let (key, print) = (request.key.as_slice(), request.print.as_slice());
    let sql = "INSERT INTO keyed_requests (workspace_id, key, print, begun_at) VALUES ($1, $2, $3, $4)
               ON CONFLICT (workspace_id, key) DO NOTHING";
    match sql::execute(transaction, sql, &[&request.workspace.0, &key, &print, &now.0]).await? {
        0 => repeat_of(transaction, request).await,
        _ => Ok(Repeat::No),
    }
}

async fn repeat_of(client: &impl GenericClient, request: &KeyedRequest) -> Result<Repeat> {
    let sql = "SELECT print, answer FROM keyed_requests WHERE workspace_id = $1 AND key = $2";
    let found = sql::query_opt(client, sql, &[&request.workspace.0, &request.key.as_slice()]).await?;
    let row = there(found, "keyed_requests")?;
    let print: [u8; 32] = bytes("keyed_requests.print", row.get(0))?;
    Ok(match row.get::<_, Option<Vec<u8>>>(1) {
        _ if print != request.print => Repeat::OfAnother,
        Some(answer) => Repeat::Answered(answer),
        None => Repeat::UnderWay,
    })
}

/// Keeps a request's answer; without one the request is forgotten, and may be made again.
pub(super) async fn end(client: &impl GenericClient, request: &KeyedRequest, answer: Option<&[u8]>) -> Result<()> {
    let (key, print) = (request.key.as_slice(), request.print.as_slice());
    match answer {
        Some(answer) => {
            let sql = "UPDATE keyed_requests SET answer = $4 WHERE workspace_id = $1 AND key = $2 AND print = $3";
            sql::execute(client, sql, &[&request.workspace.0, &key, &print, &answer]).await?
        }
        None => {
            let sql = "DELETE FROM keyed_requests
                       WHERE workspace_id = $1 AND key = $2 AND print = $3 AND answer IS NULL";
            sql::execute(client, sql, &[&request.workspace.0, &key, &print]).await?
        }
    };
    Ok(())
}
