//! Taking a place among the servers of a database.
//!
//! A place is held by an advisory lock of the server's session: the moment that a process, its connection or the database
//! ends, it is free, and no clock decides it. Its row outlives that: who takes it next goes on with its rotations, its
//! turns and its clicks that are not folded yet.

use super::locks;
use crate::{Result, StoreError};
use konektor_core::ids::NODE_BITS;
use tokio_postgres::Client;

/// Where a server stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Its number, which its clicks bear.
    pub(super) id: i64,
    /// How many servers have had it: a batch of one that lost it is refused.
    pub(super) epoch: i64,
}

/// Takes the lowest place that nobody has, for as long as `session` lasts.
pub(super) async fn take(session: &mut Client) -> Result<Place> {
    for id in 0..1 << NODE_BITS {
        let sql = "SELECT pg_try_advisory_lock($1, $2)";
        let taken: bool = session.query_one(sql, &[&locks::PLACE, &(id as i32)]).await?.get(0);
        if !taken {
            continue;
        }
        let transaction = session.transaction().await?;
        // A batch of the server before may still be on its way to the disk; with the next epoch no further one comes.
        transaction
            .query("SELECT pg_advisory_xact_lock($1, $2)", &[&locks::RECORD, &(id as i32)])
            .await?;
        let sql = "INSERT INTO nodes (id, epoch) VALUES ($1, 1)
                   ON CONFLICT (id) DO UPDATE SET epoch = nodes.epoch + 1, drained = false RETURNING epoch";
        let epoch = transaction.query_one(sql, &[&id]).await?.get(0);
        transaction.commit().await?;
        return Ok(Place { id, epoch });
    }
    Err(StoreError::Unavailable {
        reason: format!("all {} places for servers are taken", 1 << NODE_BITS),
    })
}
