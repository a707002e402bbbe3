//! The spool: clicks on local disk while the store is away.
//!
//! A thread of its own owns the files. Visits that wait for one another's sync share it: what has come while the last one
//! was being synced is written at once.

mod aside;
mod files;
mod format;
mod look;

pub use aside::{DIRECTORY, forget_aside};
use files::Files;
use konektor_core::decide::degraded::Spooled;
use konektor_store::model::ReplayBatch;
pub use look::waiting;
use metrics::{Counter, Gauge, counter, gauge};
use std::{
    io,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread::JoinHandle,
};
use tokio::sync::{Notify, oneshot};

/// Jobs that share a look at the disk.
const MOST_JOBS: usize = 512;

enum Job {
    Append(Vec<u8>, oneshot::Sender<io::Result<()>>),
    Read(usize, oneshot::Sender<io::Result<Option<ReplayBatch>>>),
    Done(i64, u64, oneshot::Sender<io::Result<Vec<i64>>>),
    SetAside(ReplayBatch, oneshot::Sender<io::Result<Vec<i64>>>),
}

/// Handle of the spool.
#[derive(Debug)]
pub struct Spool {
    jobs: Mutex<Option<mpsc::Sender<Job>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    shared: Arc<Shared>,
}

/// What the thread tells.
#[derive(Debug)]
struct Shared {
    /// Visits that are on disk and not done.
    visits: AtomicU64,
    /// Visits on their way to the disk.
    coming: AtomicU64,
    /// There are more.
    appended: Notify,
    spooled: Counter,
    lost: Counter,
    visits_gauge: Gauge,
    bytes_gauge: Gauge,
}

impl Shared {
    fn note(&self, files: &Files) {
        self.visits.store(files.visits(), Ordering::Release);
        self.visits_gauge.set(files.visits() as f64);
        self.bytes_gauge.set(files.bytes() as f64);
    }
}

impl Spool {
    /// Opens the spool below `directory`, with at most `limit` bytes, and gives what is left in it to `leftover`, in order.
    pub fn open(directory: &Path, limit: u64, leftover: impl FnMut(Spooled)) -> io::Result<Self> {
        let files = Files::open(directory, limit, random_id, leftover)?;
        let shared = Arc::new(Shared {
            visits: AtomicU64::new(0),
            coming: AtomicU64::new(0),
            appended: Notify::new(),
            spooled: counter!("konektor_spooled_clicks_total"),
            lost: counter!("konektor_clicks_lost_total"),
            visits_gauge: gauge!("konektor_spool_clicks"),
            bytes_gauge: gauge!("konektor_spool_bytes"),
        });
        shared.note(&files);
        let (jobs, queue) = mpsc::channel();
        let run = {
            let shared = shared.clone();
            move || run(files, &queue, &shared)
        };
        let thread = std::thread::Builder::new().name("spool".to_owned()).spawn(run)?;
        Ok(Self {
            jobs: Mutex::new(Some(jobs)),
            thread: Mutex::new(Some(thread)),
            shared,
        })
    }

    /// Whether no visits wait on disk, nor are on their way there.
    pub fn is_empty(&self) -> bool {
        self.shared.coming.load(Ordering::Acquire) == 0 && self.visits() == 0
    }

    /// Visits that wait on disk.
    pub fn visits(&self) -> u64 {
        self.shared.visits.load(Ordering::Acquire)
    }

    /// Returns when visits were appended since the last time.
    pub async fn appended(&self) {
        self.shared.appended.notified().await;
    }

    /// Writes a visit and syncs it. What cannot be written is counted as lost. The visit is on its way when this has been
    /// called; waiting for the end is only for knowing it.
    pub fn append(&self, visit: &Spooled) -> impl Future<Output = io::Result<()>> + use<> {
        self.shared.coming.fetch_add(1, Ordering::AcqRel);
        let content = serde_json::to_vec(visit).map_err(io::Error::other);
        let answered = content.and_then(|content| self.ask(|answer| Job::Append(content, answer)));
        if answered.is_err() {
            self.shared.coming.fetch_sub(1, Ordering::AcqRel);
            self.shared.lost.increment(1);
        }
        async { answered?.await.map_err(io::Error::other)? }
    }

    /// The oldest visits, at most `most`: until they are done, the same ones again.
    pub async fn read(&self, most: usize) -> io::Result<Option<ReplayBatch>> {
        self.ask(|answer| Job::Read(most, answer))?
            .await
            .map_err(io::Error::other)?
    }

    /// Visits of `segment` before `place` are in the store. Gives the segments that are over with that.
    pub async fn done(&self, segment: i64, place: u64) -> io::Result<Vec<i64>> {
        self.ask(|answer| Job::Done(segment, place, answer))?
            .await
            .map_err(io::Error::other)?
    }

    /// Keeps visits that the store refuses, out of the way of those behind them.
    pub async fn set_aside(&self, refused: ReplayBatch) -> io::Result<Vec<i64>> {
        self.ask(|answer| Job::SetAside(refused, answer))?
            .await
            .map_err(io::Error::other)?
    }

    /// Ends the thread, after all that it was asked.
    pub async fn close(&self) {
        self.jobs.lock().expect("handing a job over cannot panic").take();
        let thread = self.thread.lock().expect("taking it cannot panic").take();
        if let Some(thread) = thread {
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }

    fn ask<T>(&self, job: impl FnOnce(oneshot::Sender<T>) -> Job) -> io::Result<oneshot::Receiver<T>> {
        let (answer, answered) = oneshot::channel();
        let jobs = self.jobs.lock().expect("handing a job over cannot panic");
        let sent = jobs.as_ref().and_then(|jobs| jobs.send(job(answer)).ok());
        sent.map(|()| answered)
            .ok_or_else(|| io::Error::other("the spool is closed"))
    }
}

fn run(mut files: Files, queue: &mpsc::Receiver<Job>, shared: &Shared) {
    while let Ok(first) = queue.recv() {
        let mut contents = Vec::new();
        let mut answers = Vec::new();
        let mut others = Vec::new();
        for job in std::iter::once(first).chain(queue.try_iter()).take(MOST_JOBS) {
            match job {
                Job::Append(content, answer) => {
                    contents.push(content);
                    answers.push(answer);
                }
                other => others.push(other),
            }
        }
        if !contents.is_empty() {
            append(&mut files, shared, &contents, answers);
        }
        for job in others {
            match job {
                Job::Append(..) => {}
                Job::Read(most, answer) => drop(answer.send(files.read(most))),
                Job::Done(segment, place, answer) => {
                    let over = files.done(segment, place);
                    shared.note(&files);
                    let _ = answer.send(over);
                }
                Job::SetAside(refused, answer) => {
                    shared.lost.increment(refused.visits.len() as u64);
                    let over = files.set_visits_aside(&refused);
                    shared.note(&files);
                    let _ = answer.send(over);
                }
            }
        }
    }
}

fn append(files: &mut Files, shared: &Shared, contents: &[Vec<u8>], answers: Vec<oneshot::Sender<io::Result<()>>>) {
    let written = files.append(contents);
    let count = contents.len() as u64;
    match &written {
        Ok(()) => shared.spooled.increment(count),
        Err(error) => {
            shared.lost.increment(count);
            tracing::error!(%error, visits = count, "clicks are lost: neither the database nor the spool takes them");
        }
    }
    shared.note(files);
    shared.coming.fetch_sub(count, Ordering::AcqRel);
    // Whoever hung up does not wait for the answer.
    for answer in answers {
        let _ = answer.send(match &written {
            Ok(()) => Ok(()),
            Err(error) => Err(error.kind().into()),
        });
    }
    shared.appended.notify_one();
    if let Err(error) = files.prepare() {
        tracing::warn!(%error, "the spool could not set room aside");
    }
}

fn random_id() -> i64 {
    let mut bytes = [0; 8];
    // An id need not be secret, only its own; without random bytes the process could not have made its keys either.
    getrandom::fill(&mut bytes).expect("the system has random bytes");
    i64::from_le_bytes(bytes)
}
