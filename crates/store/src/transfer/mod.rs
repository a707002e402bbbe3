//! Everything from one database into another of the other kind: `konektor migrate-store`.
//!
//! Table by table, in the order of a key and in batches; each batch is one transaction of the target, which also notes how far
//! the table is. So a transfer that was cut off goes on where it was, and until the last table is compared, no server starts on
//! the target. At the end both sides are read once more, and each table must have the same rows with the same checksum.
//!
//! The source is brought to rest first: what is not folded yet is folded, as a server would at its start. Then both
//! databases mean the same by "all is folded", and how each notes it need not be translated.

pub(crate) mod row;
pub(crate) mod tables;
#[cfg(test)]
mod tests;

use crate::{Address, Database, Result, Store, StoreError, postgres, sqlite};
use konektor_core::{fold::Fresh, ids::ClickId, time::UnixMs};
use row::Row;
pub use row::Sum;
use std::{collections::BTreeMap, sync::Arc};
use tables::{Table, tables};
use tokio::sync::mpsc;

/// Tables whose rows a database makes for itself: a target that has nothing else counts as empty, and gets the source's.
const MADE_AT_THE_START: [&str; 2] = ["installation", "signing_keys"];
/// Clicks folded by one pass while the source is brought to rest.
const PASS: usize = 20_000;
/// Passes over what is not clicks, each of which has a limit, before it is looked whether any are left.
const PASSES: usize = 20;

/// Rows of a table as they come.
pub(crate) type Rows = mpsc::Receiver<Result<Vec<Row>>>;
/// The last ids that were given, by table.
pub(crate) type Sequences = BTreeMap<String, i64>;

/// A transfer into a database that has not ended.
pub(crate) struct Begun {
    /// From which installation.
    pub(crate) source: String,
    /// Rows that are there, by table.
    pub(crate) done: BTreeMap<String, u64>,
}

/// Why nothing was moved, or not all of it.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// A database said so.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Both are of one kind.
    #[error("{0}")]
    SameKind(&'static str),
    /// There is nothing to be moved.
    #[error("{what} is not there; --from is the database that you have")]
    NoSource {
        /// Which.
        what: String,
    },
    /// The target has something of its own.
    #[error(
        "{what} is not empty (it has {rows} rows of {table}); nothing was changed. Give --to a database of its own"
    )]
    NotEmpty {
        /// Which.
        what: String,
        /// The first table with rows.
        table: &'static str,
        /// How many.
        rows: u64,
    },
    /// The target was begun from something else.
    #[error("{what} is half copied from another installation; empty it and start again")]
    OtherSource {
        /// Which.
        what: String,
    },
    /// The source does not come to rest.
    #[error(
        "{what} has {rows} changes that could not be folded; start its server for a moment, stop it, and try again"
    )]
    NotAtRest {
        /// Which.
        what: String,
        /// How many.
        rows: u64,
    },
    /// What is there is not what was read.
    #[error(
        "{table} differs: {from} rows with checksum {from_checksum:032x} against {to} rows with {to_checksum:032x}. \
         Did a server run on the source in between? Empty the target and start again"
    )]
    Differs {
        /// Which table.
        table: &'static str,
        /// Rows of the source.
        from: u64,
        /// Its checksum.
        from_checksum: u128,
        /// Rows of the target.
        to: u64,
        /// Its checksum.
        to_checksum: u128,
    },
}

/// How far a transfer is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// At which table.
    pub table: &'static str,
    /// Rows that were copied or compared.
    pub done: u64,
    /// Of how many.
    pub total: u64,
}

/// What was moved.
#[derive(Clone, Copy, Debug)]
pub struct Moved {
    /// Which table.
    pub table: &'static str,
    /// Its rows and their checksum, the same on both sides.
    pub sum: Sum,
}

/// Moves everything from `from` to `to`, which must be empty or half copied from the same source. `google_click_wait_ms` is
/// the server's setting: events that are still to be made of the source's last clicks keep it. Who looks on is told of each batch.
pub async fn transfer(
    from: &Address,
    to: &Address,
    google_click_wait_ms: i64,
    now: UnixMs,
    mut tell: impl FnMut(Progress),
) -> std::result::Result<Vec<Moved>, TransferError> {
    match (from, to) {
        (Address::Sqlite(_), Address::Sqlite(_)) => {
            return Err(TransferError::SameKind(
                "both are SQLite: stop the server and copy both files, konektor.db and konektor-fold.db",
            ));
        }
        (Address::Postgres(_), Address::Postgres(_)) => {
            return Err(TransferError::SameKind(
                "both are PostgreSQL: use pg_dump and pg_restore",
            ));
        }
        _ => {}
    }
    let source = at_rest(from, google_click_wait_ms, now).await?;
    let target = Side::open(to, false).await?;
    let tables = tables();
    let key = source.fingerprint_key().await?.unwrap_or_default();
    let done = begin(&source, &target, &tables, &identity(&key), now).await?;

    let mut counts = Vec::with_capacity(tables.len());
    for table in &tables {
        counts.push(source.count(table).await?);
    }
    // Copied once, then read once on either side.
    let mut progress = Told {
        tell: &mut tell,
        done: 0,
        total: counts.iter().sum::<u64>() * 3,
    };
    for table in &tables {
        let there = done.get(table.name).copied().unwrap_or(0);
        progress.add(table, there);
        copy(&source, &target, table, there, &mut progress).await?;
    }
    target.finish(&source.sequences().await?, now).await?;
    let mut moved = Vec::with_capacity(tables.len());
    for table in &tables {
        let (from, to) = (
            sum(&source, table, &mut progress).await?,
            sum(&target, table, &mut progress).await?,
        );
        if from != to {
            return Err(TransferError::Differs {
                table: table.name,
                from: from.rows,
                from_checksum: from.checksum,
                to: to.rows,
                to_checksum: to.checksum,
            });
        }
        moved.push(Moved {
            table: table.name,
            sum: from,
        });
    }
    target.complete().await?;
    Ok(moved)
}

/// Opens the source with nothing left to be folded in it.
async fn at_rest(from: &Address, google_click_wait_ms: i64, now: UnixMs) -> std::result::Result<Side, TransferError> {
    if let Address::Sqlite(path) = from
        && !path.exists()
    {
        let what = from.to_string();
        return Err(TransferError::NoSource { what });
    }
    // Closed again at once: whether somebody else is in it, before it is opened as a server would.
    let mut side = Side::open(from, true).await?;
    let mut before = None;
    loop {
        side.close();
        let store = Database::open(from, now).await?;
        let folded = fold(&store, google_click_wait_ms).await;
        store.close().await?;
        let has_webhooks = folded?;
        side = Side::open(from, true).await?;
        if !has_webhooks {
            side.pass_over_alerts().await?;
        }
        match side.unfolded().await? {
            0 => {
                side.put_in_order().await?;
                return Ok(side);
            }
            rows if before.is_none_or(|before| rows < before) => before = Some(rows),
            rows => {
                let what = side.what().to_owned();
                return Err(TransferError::NotAtRest { what, rows });
            }
        }
    }
}

/// Folds everything; whether there are webhooks.
async fn fold(store: &Database, google_click_wait_ms: i64) -> Result<bool> {
    let routing = store.routing().await?.with_google_click_wait_ms(google_click_wait_ms);
    let routing = Arc::new(routing);
    while store.fold(routing.clone(), Fresh::default(), PASS).await?.clicks > 0 {}
    for _ in 0..PASSES {
        store.fold(routing.clone(), Fresh::default(), PASS).await?;
    }
    Ok(routing.has_webhooks())
}

/// By what an installation is known: its keys are in no message.
fn identity(key: &[u8]) -> String {
    let mut sum = Sum::default();
    sum.add(&[row::Value::Bytes(key.to_vec())]);
    format!("{:032x}", sum.checksum)
}

/// Begins, or finds what was begun; the rows that are there already, by table.
async fn begin(
    source: &Side,
    target: &Side,
    tables: &[Table],
    identity: &str,
    now: UnixMs,
) -> std::result::Result<BTreeMap<String, u64>, TransferError> {
    if let Some(begun) = target.begun().await? {
        if begun.source != identity {
            let what = target.what().to_owned();
            return Err(TransferError::OtherSource { what });
        }
        return Ok(begun.done);
    }
    for table in tables.iter().filter(|table| !MADE_AT_THE_START.contains(&table.name)) {
        let rows = target.count(table).await?;
        if rows > 0 {
            let (what, table) = (target.what().to_owned(), table.name);
            return Err(TransferError::NotEmpty { what, table, rows });
        }
    }
    target.begin(identity, &MADE_AT_THE_START).await?;
    if let (Some(first), Side::Postgres(target)) = (source.first_click()?, target) {
        target.make_months(first, now).await?;
    }
    Ok(BTreeMap::new())
}

async fn copy(
    source: &Side,
    target: &Side,
    table: &Table,
    there: u64,
    progress: &mut Told<'_>,
) -> std::result::Result<(), TransferError> {
    let (mut rows, mut done) = (source.rows(table, there).await?, there);
    while let Some(batch) = rows.recv().await {
        let batch = batch?;
        done += batch.len() as u64;
        target.write(table, &batch, done).await?;
        progress.add(table, batch.len() as u64);
    }
    Ok(())
}

async fn sum(side: &Side, table: &Table, progress: &mut Told<'_>) -> Result<Sum> {
    let (mut rows, mut sum) = (side.rows(table, 0).await?, Sum::default());
    while let Some(batch) = rows.recv().await {
        let batch = batch?;
        batch.iter().for_each(|row| sum.add(row));
        progress.add(table, batch.len() as u64);
    }
    Ok(sum)
}

/// Who looks on.
struct Told<'t> {
    tell: &'t mut dyn FnMut(Progress),
    done: u64,
    total: u64,
}

impl Told<'_> {
    fn add(&mut self, table: &Table, rows: u64) {
        self.done += rows;
        (self.tell)(Progress {
            table: table.name,
            done: self.done,
            total: self.total,
        });
    }
}

/// A database that is read or written.
enum Side {
    Sqlite(sqlite::transfer::Side),
    Postgres(Box<postgres::transfer::Side>),
}

/// What is done on either side.
macro_rules! either {
    ($side:expr, $one:ident => $sqlite:expr, $other:ident => $postgres:expr) => {
        match $side {
            Side::Sqlite($one) => $sqlite,
            Side::Postgres($other) => $postgres.await,
        }
    };
}

impl Side {
    async fn open(address: &Address, is_source: bool) -> Result<Self> {
        Ok(match address {
            Address::Sqlite(path) => Self::Sqlite(sqlite::transfer::Side::open(path)?),
            Address::Postgres(url) => {
                let what = address.to_string();
                Self::Postgres(Box::new(postgres::transfer::Side::open(url, what, is_source).await?))
            }
        })
    }

    /// Lets others in again.
    fn close(self) {}

    fn what(&self) -> &str {
        match self {
            Self::Sqlite(side) => side.what(),
            Self::Postgres(side) => side.what(),
        }
    }

    /// Only SQLite's: where its clicks go, months are made first.
    fn first_click(&self) -> Result<Option<UnixMs>> {
        match self {
            Self::Sqlite(side) => Ok(side.first_click()?.map(ClickId::made_at)),
            Self::Postgres(_) => Ok(None),
        }
    }

    /// Only PostgreSQL's may be out of order: SQLite has one node.
    async fn put_in_order(&self) -> Result<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(side) => side.put_in_order().await,
        }
    }

    async fn fingerprint_key(&self) -> Result<Option<Vec<u8>>> {
        either!(self, side => side.fingerprint_key(), side => side.fingerprint_key())
    }

    async fn unfolded(&self) -> Result<u64> {
        either!(self, side => side.unfolded(), side => side.unfolded())
    }

    async fn pass_over_alerts(&self) -> Result<()> {
        either!(self, side => side.pass_over_alerts(), side => side.pass_over_alerts())
    }

    async fn count(&self, table: &Table) -> Result<u64> {
        either!(self, side => side.count(table), side => side.count(table))
    }

    async fn rows(&self, table: &Table, skip: u64) -> Result<Rows> {
        either!(self, side => Ok(side.rows(table, skip)), side => side.rows(table, skip))
    }

    async fn write(&self, table: &Table, rows: &[Row], done: u64) -> Result<()> {
        either!(self, side => side.write(table, rows, done), side => side.write(table, rows, done))
    }

    async fn begun(&self) -> Result<Option<Begun>> {
        either!(self, side => side.begun(), side => side.begun())
    }

    async fn begin(&self, source: &str, replaced: &[&str]) -> Result<()> {
        either!(self, side => side.begin(source, replaced), side => side.begin(source, replaced))
    }

    async fn sequences(&self) -> Result<Sequences> {
        either!(self, side => side.sequences(), side => side.sequences())
    }

    async fn finish(&self, sequences: &Sequences, now: UnixMs) -> Result<()> {
        either!(self, side => side.finish(sequences, now), side => side.finish(sequences))
    }

    async fn complete(&self) -> Result<()> {
        either!(self, side => side.complete(), side => side.complete())
    }
}
