//! The embedded database: SQLite, compiled in.
//!
//! Two files. `konektor.db` holds what must never be lost; `konektor-fold.db` holds what the fold computes from it, and the
//! outbox: events on their way to ad platforms. What a platform said is nowhere else, so the second file must be kept as well
//! as the first. One thread writes each, and syncs each commit; reads have connections of their own and wait for neither. Checkpoints run beside the writer.

mod access;
mod activity;
mod alerts;
mod arrivals;
pub mod backup;
mod breath;
mod checkpoint;
mod click_ids;
mod config;
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
mod notices;
mod open;
mod privacy;
mod record;
mod replay;
mod reports;
mod routing;
mod rows;
mod screening;
mod store;
mod timeline;
mod transaction;
pub(crate) mod transfer;
mod values;
mod walk;
mod webhooks;
mod worker;

use crate::{Result, StoreError, model::Installation};
use checkpoint::Checkpoints;
use deliveries::upkeep::STEP;
use konektor_core::{identity::continuity::Fingerprints, time::UnixMs};
use open::{Descriptors, Files};
use std::{
    path::Path,
    sync::{Arc, Mutex, atomic::AtomicBool},
};
use worker::{Readers, Worker};

/// SQLite versions before this one can lose commits in write-ahead logging.
const OLDEST_SQLITE: i32 = 3_051_003;
/// Reads at once.
const READERS: usize = 4;

/// A Konektor database in a file.
pub struct SqliteStore {
    writer: Arc<Worker>,
    folder: Worker,
    readers: Readers,
    installation: Mutex<Installation>,
    /// A lead was made beside the recorder, with a number after its block. Set and looked at on the writer's thread.
    made_beside: Arc<AtomicBool>,
    checkpoints: Checkpoints,
    /// Held from looking for what is due to lending it.
    claiming: tokio::sync::Mutex<()>,
    /// The last, as it is closed after all connections.
    descriptors: Arc<Descriptors>,
}

impl SqliteStore {
    /// Opens `path`, makes it if it is not there, and brings its schema up to date.
    pub fn open(path: &Path, now: UnixMs) -> Result<Self> {
        if rusqlite::version_number() < OLDEST_SQLITE {
            return Err(StoreError::Pragma {
                pragma: "version",
                found: rusqlite::version().to_owned(),
            });
        }
        let files = Files::beside(path);
        files.prepare()?;
        let writer = files.open_writer()?;
        if transfer::is_begun(&writer, "main")? {
            let what = format!("sqlite:{}", path.display());
            return Err(StoreError::HalfCopied { what });
        }
        let installation = installation::installation(&writer, now)?;
        let writer = Arc::new(Worker::start("writer", writer));
        let folder = Worker::start("fold", files.open_folder()?);
        let descriptors = Arc::new(Descriptors::open(&files)?);
        let checkpoints = Checkpoints::start(&files, descriptors.clone(), writer.clone())?;
        Ok(Self {
            writer,
            folder,
            readers: Readers::new(files, READERS),
            installation: Mutex::new(installation),
            made_beside: Arc::default(),
            checkpoints,
            claiming: tokio::sync::Mutex::default(),
            descriptors,
        })
    }

    /// While a database is filled and nobody is served yet, the fold makes no pauses and may have half a gigabyte of memory: what it
    /// changes lies all over its file, and pages that it has by itself need not be read and written again and again.
    pub async fn set_filling(&self, is_filling: bool) -> Result<()> {
        let set = move |c: &mut rusqlite::Connection| {
            breath::hold(is_filling);
            open::set_fold_pace(c, is_filling)
        };
        self.folder.run(set).await
    }

    /// Does `work` on the folder's thread, in a transaction that is committed.
    async fn in_fold<T: Send + 'static>(
        &self,
        work: impl FnOnce(&rusqlite::Transaction<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.folder.run(move |c| transaction::in_fold(c, work)).await
    }

    /// Repeats `work`, each time in a transaction of its own so that others have their turn, until it did less than a whole
    /// step; how much it did in all.
    async fn in_steps(
        &self,
        work: impl Fn(&rusqlite::Transaction<'_>) -> Result<usize> + Copy + Send + 'static,
    ) -> Result<u64> {
        let mut done = 0;
        loop {
            let step = self.in_fold(work).await?;
            done += step as u64;
            if step < STEP {
                return Ok(done);
            }
        }
    }

    fn prints(&self) -> Fingerprints {
        Fingerprints::new(
            self.installation
                .lock()
                .expect("reading it cannot panic")
                .fingerprint_key,
        )
    }

    /// Ends the threads, in the order that leaves one file each behind, without a log.
    async fn shut(&self) -> Result<()> {
        // The last connection that closes removes the log, so all of them are waited for.
        self.checkpoints.close().await;
        self.readers.close();
        let truncate = |schema: &'static str| {
            move |c: &mut rusqlite::Connection| {
                let sql = format!("PRAGMA {schema}.wal_checkpoint(TRUNCATE)");
                Ok(c.query_row(&sql, [], |_| Ok(()))?)
            }
        };
        self.folder.run(truncate("fold")).await?;
        self.folder.close().await;
        self.writer.run(truncate("main")).await?;
        self.writer.close().await;
        Ok(())
    }
}
