//! Checkpoints off the writer's thread.
//!
//! Moving a log of a hundred megabytes into the database takes a hundred milliseconds; done between two
//! commits it would be every visitor's wait (measured: p99 12 ms against 3.5 ms). So a connection of its own
//! moves the bulk while clicks go on, and the writer only moves the few pages that came in the meantime,
//! after which it starts the log over. The bulk is moved in small steps, since SQLite copies all that it can at a
//! stretch, for which a core's visitors wait.
//!
//! SQLite syncs the database only when all of the log is moved, which under load is in the writer's part: it would wait for
//! the whole bulk's way to the disk. So the bulk is synced before.
//!
//! A log is started over by the first commit that finds all of it moved and nobody reading from it. Under load the fold reads
//! nearly all the time, so once the log is long it waits, between two of its passes, until that can be. Where little comes, all
//! of it is moved each time, and so the log stays within its first pages: a commit that writes over what was there is synced
//! sooner than one that makes the file longer, since the file system has nothing of its own to write down with it.

use super::{
    open::{Descriptors, Files},
    worker::{Worker, join},
};
use crate::Result;
use rusqlite::Connection;
use std::{
    fs::File,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    thread::JoinHandle,
    time::Duration,
};
use tokio::sync::oneshot;

/// It is tried to start the log over once it is this large.
const WAL_TARGET_BYTES: u64 = 8 << 20;
/// Beyond this the fold waits for it.
const WAL_LONG_BYTES: u64 = 32 << 20;
const PAGE_BYTES: u64 = 4_096;
/// How often some of the log is moved when much comes. At full speed, what comes in so long is copied in 1.5 ms.
const STEP_EVERY: Duration = Duration::from_millis(50);
/// Steps from one look to the next when little comes, and always to the next try to start the log over.
const STEPS_OF_A_LOOK: u32 = 4;
/// Pages that are worth moving, and in a step are much. Moving fewer would sync the database for each handful of clicks.
const MUCH_PAGES: u64 = 128;

/// The thread's handle.
pub(super) struct Checkpoints {
    /// Who asks for one now, and is told of its end by the channel's. `None` after closing.
    asks: Mutex<Option<mpsc::Sender<oneshot::Sender<()>>>>,
    is_long: Arc<AtomicBool>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Checkpoints {
    /// Starts the thread.
    pub(super) fn start(files: &Files, descriptors: Arc<Descriptors>, writer: Arc<Worker>) -> Result<Self> {
        let connection = files.open_reader()?;
        connection.execute_batch("PRAGMA query_only = OFF")?;
        let connection = files.can_write(connection)?;
        let (asks, asked) = mpsc::channel::<oneshot::Sender<()>>();
        let is_long = Arc::new(AtomicBool::new(false));
        let run = {
            let is_long = is_long.clone();
            // In steps: to the next look, and since it was last tried to start the log over.
            let (mut to_next, mut since_try) = (STEPS_OF_A_LOOK, 0);
            let mut in_log_before = 0;
            move || loop {
                let asked = match asked.recv_timeout(STEP_EVERY * to_next) {
                    Ok(asked) => Some(asked),
                    Err(RecvTimeoutError::Timeout) => None,
                    Err(RecvTimeoutError::Disconnected) => return,
                };
                let Ok(Log { pages, moved }) = look(&connection) else {
                    continue;
                };
                since_try = (since_try + to_next).min(STEPS_OF_A_LOOK);
                // Fewer than before are in a log that was started over.
                let came = pages.checked_sub(in_log_before).unwrap_or(pages);
                in_log_before = pages;
                let is_much = came >= MUCH_PAGES * u64::from(to_next);
                to_next = if is_much { 1 } else { STEPS_OF_A_LOOK };
                is_long.store(pages * PAGE_BYTES >= WAL_LONG_BYTES, Ordering::Relaxed);
                if asked.is_none() && pages.saturating_sub(moved) < MUCH_PAGES {
                    continue;
                }
                let Ok(Log { pages, moved }) = passive(&connection) else {
                    continue;
                };
                if asked.is_none() && (pages * PAGE_BYTES < WAL_TARGET_BYTES || since_try < STEPS_OF_A_LOOK) {
                    continue;
                }
                since_try = 0;
                sync_bulk(&connection, &descriptors.ground);
                // The rest, by the writer, between two batches. It does not wait for readers: while one holds an old page, the log
                // goes on growing and the next round tries again.
                if moved > 0 {
                    writer.post(move |connection| {
                        drop(passive(connection));
                        drop(asked);
                    });
                }
            }
        };
        let thread = std::thread::Builder::new()
            .name("checkpoint".to_owned())
            .spawn(run)
            .expect("the system can start a thread");
        Ok(Self {
            asks: Mutex::new(Some(asks)),
            is_long,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Where the log is long, waits until all of it is moved. For who reads from it most of the time, and does not just now.
    pub(super) async fn shorten(&self) {
        if !self.is_long.swap(false, Ordering::Relaxed) {
            return;
        }
        let (done, is_done) = oneshot::channel();
        if let Some(asks) = &*self.asks.lock().expect("asking cannot panic") {
            let _ = asks.send(done);
        }
        // Nobody answers; that it is over is said by letting go of the other end.
        let _ = is_done.await;
    }

    /// Ends the thread.
    pub(super) async fn close(&self) {
        self.asks.lock().expect("asking cannot panic").take();
        let thread = self.thread.lock().expect("taking it cannot panic").take();
        join(thread).await;
    }
}

/// Sees to it that little of what was moved is left to be synced, and little to be moved. If it fails, so does the writer's
/// part, which is the one that counts.
fn sync_bulk(connection: &Connection, database: &File) {
    // Syncing takes some milliseconds, in which more is written: what came meanwhile is moved too, and takes less.
    for _ in 0..2 {
        if database.sync_data().is_err() || passive(connection).is_err() {
            return;
        }
    }
    let _ = database.sync_data();
}

/// What is in the log.
struct Log {
    pages: u64,
    /// Of these, those that are in the database too.
    moved: u64,
}

/// Looks at the log and moves nothing.
fn look(connection: &Connection) -> Result<Log> {
    checkpoint(connection, "PRAGMA main.wal_checkpoint(NOOP)")
}

/// Moves what can be moved without waiting for anybody.
fn passive(connection: &Connection) -> Result<Log> {
    checkpoint(connection, "PRAGMA main.wal_checkpoint(PASSIVE)")
}

fn checkpoint(connection: &Connection, pragma: &str) -> Result<Log> {
    Ok(connection.query_row(pragma, [], |row| {
        Ok(Log {
            pages: row.get(1)?,
            moved: row.get(2)?,
        })
    })?)
}
