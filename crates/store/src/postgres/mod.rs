//! The database that many servers share: PostgreSQL, or one that speaks like it.
//!
//! Each server takes a **place** (a row of `nodes`) for as long as its session lasts. Its clicks bear the place's number
//! and are committed one batch after the other, so they are a log of their own, in order, with a watermark of its own: what
//! several servers commit at once needs no order between them. Credits and turns of the rotation are kept by place for
//! the same reason: no server waits for another's commit.
//!
//! All statements are set-based, with arrays: one a table and batch.

mod access;
mod address;
mod alerts;
mod config;
mod connect;
mod deliveries;
mod destinations;
mod fold;
mod funnel;
mod hooks;
mod identity;
mod installation;
mod keyed;
mod leads;
mod learning;
mod locks;
mod memory;
mod migrate;
mod notices;
mod partitions;
mod place;
mod privacy;
mod record;
mod replay;
mod reports;
mod routing;
mod run;
mod screening;
mod sql;
mod store;
#[cfg(test)]
pub(crate) mod testing;
mod timeline;
pub(crate) mod transfer;
mod values;
mod walk;
mod webhooks;

use crate::{
    Result, StoreError,
    model::{Change, Installation},
};
use address::Address;
use connect::{Pools, Session};
use deadpool_postgres::{GenericClient, Object, Transaction};
use konektor_core::{
    identity::continuity::Fingerprints,
    ids::{ClickId, ClickIds},
    time::UnixMs,
};
use place::Place;
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicI64},
};
use tokio::sync::broadcast;

/// Changes that a slow listener may be behind before it is told to look at everything anew.
const CHANGES_KEPT: usize = 1_024;

/// A Konektor database on a PostgreSQL server.
pub struct PostgresStore {
    pools: Pools,
    session: Session,
    installation: Mutex<Installation>,
    /// Ids of rows that are ordered by time: deliveries, exchanges, changes.
    ids: Mutex<ClickIds>,
    /// The greatest click id that was given to anybody, kept or not: a batch that failed leaves a gap, never a double. -1
    /// until it is known where to go on.
    last_click: AtomicI64,
    /// A lead was made beside the recorder, behind the numbers that it has at hand: it has to take new ones, so that who
    /// comes now stands after it in the list.
    made_beside: AtomicBool,
    /// Batches are grouped by workspace, so that each statement touches one machine of a distributed database.
    spread: bool,
    /// When partitions were last looked after.
    months_at: AtomicI64,
    /// Whether all is summed up that was there before there were sums.
    is_summed: AtomicBool,
    changes: broadcast::Sender<Change>,
}

/// Whether an address can be used, as far as that can be told without connecting.
pub fn check_address(url: &str) -> Result<()> {
    Address::parse(url).map(drop)
}

impl PostgresStore {
    /// Connects to `url` (`postgres://…`), brings the schema up to date, and takes a place.
    pub async fn open(url: &str, now: UnixMs) -> Result<Self> {
        let address = Address::parse(url)?;
        let migrate::Prepared { spread, half_copied } = migrate::prepare(&address).await?;
        if half_copied {
            let what = address.name();
            return Err(StoreError::HalfCopied { what });
        }
        let (changes, _) = broadcast::channel(CHANGES_KEPT);
        let session = Session::begin(address.clone(), changes.clone()).await?;
        let pools = Pools::new(address)?;
        let installation = installation::installation(&pools.any().await?, now).await?;
        let place = session.place().await?;
        let store = Self {
            pools,
            session,
            installation: Mutex::new(installation),
            ids: Mutex::new(ClickIds::after(ClickId::before(place.id, now))),
            last_click: AtomicI64::new(-1),
            made_beside: AtomicBool::new(false),
            spread,
            months_at: AtomicI64::new(0),
            is_summed: AtomicBool::new(false),
            changes,
        };
        store.look_after_months(now).await?;
        Ok(store)
    }

    /// What other servers change, as they say so.
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    /// Says something to the other servers: [`Change::Said`].
    pub async fn say(&self, said: &str) -> Result<()> {
        let text = connect::said_text(self.place().await?.id, said);
        notify(&self.any().await?, &text).await
    }

    /// The place of this server; if its session had ended, it takes one anew.
    async fn place(&self) -> Result<Arc<Place>> {
        self.session.place().await
    }

    /// A connection for anything but the recorder.
    async fn any(&self) -> Result<Object> {
        self.pools.any().await
    }

    /// The next id of a row that is ordered by time. It bears the place's number, so that no other server makes the same.
    fn next_id(&self, place: &Place, at: UnixMs) -> i64 {
        let mut ids = self.ids.lock().expect("counting cannot panic");
        if ids.last().node() != place.id {
            *ids = ClickIds::after(ClickId::before(place.id, ids.last().made_at().plus_ms(1)));
        }
        ids.next(at).0
    }

    /// Whether no other server has a place.
    async fn is_alone(&self) -> Result<bool> {
        let mine = self.place().await?;
        let sql = "SELECT count(*) FROM pg_locks
                   WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                     AND classid::bigint = $1 AND objid::bigint <> $2 AND granted";
        let others = sql::query_one(&self.any().await?, sql, &[&i64::from(locks::PLACE), &mine.id]).await?;
        Ok(others.get::<_, i64>(0) == 0)
    }

    fn prints(&self) -> Fingerprints {
        Fingerprints::new(
            self.installation
                .lock()
                .expect("reading it cannot panic")
                .fingerprint_key,
        )
    }
}

/// Makes ids of rows that are ordered by time.
type Ids<'i> = &'i (dyn Fn(UnixMs) -> i64 + Send + Sync);

/// Tells the other servers, when the transaction commits, that the routing snapshot is old.
async fn say_routing_changed(transaction: &Transaction<'_>) -> Result<()> {
    notify(transaction, connect::ROUTING).await
}

/// Says something to the other servers; within a transaction, when it commits.
async fn notify(client: &impl GenericClient, text: &str) -> Result<()> {
    sql::execute(client, "SELECT pg_notify($1, $2)", &[&connect::CHANNEL, &text]).await?;
    Ok(())
}

/// A row that must be there.
fn there<T>(found: Option<T>, what: &'static str) -> Result<T> {
    found.ok_or_else(|| StoreError::corrupt(what, "it is not there"))
}
