//! A thread that owns one connection and does jobs in the order in which they are asked.

use super::{
    breath::{self, Haste},
    open::Files,
};
use crate::{Result, StoreError};
use rusqlite::Connection;
use std::{
    sync::{
        Arc, Mutex,
        mpsc::{self, RecvTimeoutError},
    },
    thread::JoinHandle,
    time::Duration,
};
use tokio::sync::oneshot;

/// How long a thread waits for a job before it rests. To read a page again that the system still has takes some microseconds.
const AT_REST: Duration = Duration::from_secs(1);

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// Handle of such a thread. The thread ends, and closes its connection, when the handle is closed.
pub(super) struct Worker {
    /// `None` after closing. Locked only for the moment of handing a job over.
    jobs: Mutex<Option<mpsc::Sender<Job>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Worker {
    /// Starts a thread for `connection`.
    pub(super) fn start(name: &str, mut connection: Connection) -> Self {
        let (jobs, queue) = mpsc::channel::<Job>();
        let run = move || {
            while let Some(job) = next(&queue, &connection) {
                job(&mut connection);
            }
        };
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(run)
            .expect("the system can start a thread");
        Self {
            jobs: Mutex::new(Some(jobs)),
            thread: Mutex::new(Some(thread)),
        }
    }

    /// Does `work` on the connection and gives its result back.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            // Nobody waits any more if the receiver is gone; the work is done all the same.
            let _ = answer.send(work(connection));
        });
        self.send(job)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }

    /// Does `work` when its turn comes; nobody waits for it.
    pub(super) fn post(&self, work: impl FnOnce(&mut Connection) + Send + 'static) {
        // A closed worker needs no upkeep any more.
        let _ = self.send(Box::new(work));
    }

    fn send(&self, job: Job) -> Result<()> {
        let jobs = self.jobs.lock().expect("handing a job over cannot panic");
        jobs.as_ref()
            .and_then(|jobs| jobs.send(job).ok())
            .ok_or(StoreError::Closed)
    }

    /// Takes no further jobs, does those that were asked, and closes the connection.
    pub(super) async fn close(&self) {
        self.jobs.lock().expect("handing a job over cannot panic").take();
        let thread = self.thread.lock().expect("taking it cannot panic").take();
        join(thread).await;
    }
}

/// The next job. Where none comes for a while, the pages that the connection holds are given back meanwhile.
fn next(jobs: &mpsc::Receiver<Job>, connection: &Connection) -> Option<Job> {
    match jobs.recv_timeout(AT_REST) {
        Err(RecvTimeoutError::Timeout) => {
            // What cannot be given back is kept.
            let _ = connection.release_memory();
            jobs.recv().ok()
        }
        job => job.ok(),
    }
}

/// Waits for a thread's end without holding up others.
pub(super) async fn join(thread: Option<JoinHandle<()>>) {
    if let Some(thread) = thread {
        // A thread that panicked is over too, and has said so.
        let _ = tokio::task::spawn_blocking(move || thread.join()).await;
    }
}

/// Read-only connections, opened as they are needed and kept.
pub(super) struct Readers {
    files: Files,
    idle: Mutex<Vec<Connection>>,
    /// Reads at once: more would only wait for the disk, and memory grows with each. Once it is closed, reads under way end, too: with
    /// millions of leads, one that goes through all of them would hold up the end.
    permits: Arc<tokio::sync::Semaphore>,
}

impl Readers {
    pub(super) fn new(files: Files, most: usize) -> Self {
        Self {
            files,
            idle: Mutex::default(),
            permits: Arc::new(tokio::sync::Semaphore::new(most)),
        }
    }

    /// Does `work` on a read-only connection, in one read transaction: what it sees is of one moment.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let _permit = self.permits.acquire().await.map_err(|_| StoreError::Closed)?;
        let idle = self.idle.lock().expect("taking a connection cannot panic").pop();
        let (files, permits) = (self.files.clone(), self.permits.clone());
        let reading = tokio::task::spawn_blocking(move || {
            let connection = match idle {
                Some(connection) => connection,
                None => {
                    let mut connection = files.open_reader()?;
                    breath::within_queries(&mut connection, move || permits.is_closed())?;
                    connection
                }
            };
            breath::begin();
            let _haste = Haste::make();
            let transaction = connection.unchecked_transaction()?;
            let result = work(&transaction);
            drop(transaction);
            // Once somebody has written, its pages are of no use to the next read, and four readers would keep 16 MB of them.
            connection.release_memory()?;
            Ok::<_, StoreError>((connection, result))
        });
        let (connection, result) = reading.await.map_err(|_| StoreError::Closed)??;
        if self.permits.is_closed() {
            return result.map_err(|_| StoreError::Closed);
        }
        self.idle
            .lock()
            .expect("giving a connection back cannot panic")
            .push(connection);
        result
    }

    /// Does `work` that opens what it reads itself; it counts as a read.
    pub(super) async fn run_apart<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Files) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let _permit = self.permits.acquire().await.map_err(|_| StoreError::Closed)?;
        let files = self.files.clone();
        let working = tokio::task::spawn_blocking(move || work(&files));
        working.await.map_err(|_| StoreError::Closed)?
    }

    pub(super) fn close(&self) {
        self.permits.close();
        self.idle.lock().expect("taking a connection cannot panic").clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_long_read_ends_when_it_is_closed() {
        let directory = tempfile::tempdir().unwrap();
        let files = Files::beside(&directory.path().join("konektor.db"));
        files.prepare().unwrap();
        let readers = Arc::new(Readers::new(files, 1));
        let (begun, has_begun) = oneshot::channel();
        let reading = tokio::spawn({
            let readers = readers.clone();
            async move {
                let count = |connection: &Connection| -> Result<i64> {
                    begun.send(()).unwrap();
                    let sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) SELECT count(*) FROM n";
                    Ok(connection.query_row(sql, [], |row| row.get(0))?)
                };
                readers.run(count).await
            }
        });
        has_begun.await.unwrap();
        readers.close();
        let read = tokio::time::timeout(Duration::from_secs(20), reading).await;
        assert!(matches!(read, Ok(Ok(Err(StoreError::Closed)))), "{read:?}");
    }
}
