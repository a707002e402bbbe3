//! The embedded database: SQLite, compiled in.
//!
//! Two files. `konektor.db` holds what must never be lost and syncs each commit; `konektor-fold.db` holds what
//! the fold computes from it. One thread writes each; reads have connections of their own and wait for
//! neither. Checkpoints run beside the writer.

mod access;
mod checkpoint;
mod config;
mod fold;
mod leads;
mod open;
mod record;
mod reports;
mod routing;
mod transaction;
mod values;
mod worker;

use crate::{Result, Store, StoreError, model::*};
use konektor_core::{
    decide::{Decisions, Memory, Visit},
    flood::FloodLimits,
    fold::Fresh,
    identity::continuity::Fingerprints,
    ids::{AgentId, ClickId, LeadId, RotatorId, UserId, WorkspaceId},
    routing::Routing,
    time::UnixMs,
};
use open::Files;
use std::{
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};
use worker::{Readers, Worker, join};

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
    stop: Arc<AtomicBool>,
    checkpoints: Mutex<Option<JoinHandle<()>>>,
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
        let installation = access::installation(&writer, now)?;
        let writer = Arc::new(Worker::start("writer", writer));
        let folder = Worker::start("fold", files.open_folder()?);
        let stop = Arc::new(AtomicBool::new(false));
        let checkpoints = checkpoint::start(files.clone(), writer.clone(), stop.clone())?;
        Ok(Self {
            writer,
            folder,
            readers: Readers::new(files, READERS),
            installation: Mutex::new(installation),
            stop,
            checkpoints: Mutex::new(Some(checkpoints)),
        })
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

impl Store for SqliteStore {
    async fn record(
        &self,
        routing: Arc<Routing>,
        memory: Box<Memory>,
        visits: Vec<Visit>,
    ) -> Result<(Box<Memory>, Decisions)> {
        self.writer
            .run(move |c| record::record(c, &routing, memory, visits))
            .await
    }

    async fn memory(&self, limits: FloodLimits) -> Result<Box<Memory>> {
        let prints = self.prints();
        self.writer.run(move |c| record::memory(c, &prints, limits)).await
    }

    async fn fold(&self, routing: Arc<Routing>, fresh: Fresh, limit: usize) -> Result<FoldProgress> {
        let prints = self.prints();
        self.folder
            .run(move |c| fold::fold_pass(c, &routing, &prints, fresh, limit))
            .await
    }

    async fn routing(&self) -> Result<Routing> {
        self.readers.run(routing::read).await
    }

    async fn installation(&self) -> Result<Installation> {
        Ok(self.installation.lock().expect("reading it cannot panic").clone())
    }

    async fn add_signing_salt(&self, salt: [u8; 32], now: UnixMs) -> Result<()> {
        self.writer.run(move |c| access::add_signing_salt(c, salt, now)).await
    }

    async fn add_screened(&self, screened: Vec<Screened>, samples: Vec<Sample>) -> Result<()> {
        self.folder
            .run(move |c| reports::add_screened(c, &screened, &samples))
            .await
    }

    async fn add_workspace(&self, new: NewWorkspace, now: UnixMs) -> Result<WorkspaceId> {
        self.writer.run(move |c| access::add_workspace(c, &new, now)).await
    }

    async fn workspaces(&self) -> Result<Vec<Workspace>> {
        self.readers.run(access::workspaces).await
    }

    async fn add_user(&self, new: NewUser, now: UnixMs) -> Result<UserId> {
        self.writer.run(move |c| access::add_user(c, &new, now)).await
    }

    async fn add_api_key(&self, new: NewApiKey, now: UnixMs) -> Result<ApiKey> {
        self.writer.run(move |c| access::add_api_key(c, new, now)).await
    }

    async fn find_api_key(&self, hash: [u8; 32], now: UnixMs) -> Result<Option<ApiKey>> {
        self.readers.run(move |c| access::find_api_key(c, hash, now)).await
    }

    async fn api_keys(&self, workspace: WorkspaceId) -> Result<Vec<ApiKey>> {
        self.readers.run(move |c| access::api_keys(c, workspace)).await
    }

    async fn revoke_api_key(&self, workspace: WorkspaceId, id: i64, now: UnixMs) -> Result<bool> {
        self.writer
            .run(move |c| access::revoke_api_key(c, workspace, id, now))
            .await
    }

    async fn hosts(&self, workspace: WorkspaceId) -> Result<Vec<String>> {
        self.readers.run(move |c| config::hosts(c, workspace)).await
    }

    async fn add_host(&self, workspace: WorkspaceId, host: String, now: UnixMs) -> Result<()> {
        self.writer
            .run(move |c| config::add_host(c, workspace, &host, now))
            .await
    }

    async fn remove_host(&self, workspace: WorkspaceId, host: String) -> Result<bool> {
        self.writer.run(move |c| config::remove_host(c, workspace, &host)).await
    }

    async fn agents(&self, workspace: WorkspaceId) -> Result<Vec<Agent>> {
        self.readers.run(move |c| config::agents(c, workspace)).await
    }

    async fn add_agent(&self, workspace: WorkspaceId, agent: AgentFields, now: UnixMs) -> Result<Agent> {
        self.writer
            .run(move |c| config::add_agent(c, workspace, agent, now))
            .await
    }

    async fn set_agent(&self, workspace: WorkspaceId, id: AgentId, agent: AgentFields) -> Result<Option<Agent>> {
        self.writer
            .run(move |c| config::set_agent(c, workspace, id, agent))
            .await
    }

    async fn remove_agent(&self, workspace: WorkspaceId, id: AgentId, now: UnixMs) -> Result<bool> {
        self.writer
            .run(move |c| config::remove(c, "agents", workspace, id.0, now))
            .await
    }

    async fn rotators(&self, workspace: WorkspaceId) -> Result<Vec<Rotator>> {
        self.readers.run(move |c| config::rotators(c, workspace)).await
    }

    async fn add_rotator(&self, workspace: WorkspaceId, rotator: RotatorFields, now: UnixMs) -> Result<Rotator> {
        self.writer
            .run(move |c| config::add_rotator(c, workspace, rotator, now))
            .await
    }

    async fn set_rotator(
        &self,
        workspace: WorkspaceId,
        id: RotatorId,
        rotator: RotatorFields,
    ) -> Result<Option<Rotator>> {
        self.writer
            .run(move |c| config::set_rotator(c, workspace, id, rotator))
            .await
    }

    async fn remove_rotator(&self, workspace: WorkspaceId, id: RotatorId, now: UnixMs) -> Result<bool> {
        self.writer
            .run(move |c| config::remove(c, "rotators", workspace, id.0, now))
            .await
    }

    async fn leads(
        &self,
        workspace: WorkspaceId,
        filter: LeadFilter,
        before: Option<LeadId>,
        limit: usize,
    ) -> Result<Vec<Lead>> {
        self.readers
            .run(move |c| leads::leads(c, workspace, &filter, before, limit))
            .await
    }

    async fn find_lead(&self, id: LeadId) -> Result<Option<Lead>> {
        self.readers.run(move |c| leads::find_lead(c, id)).await
    }

    async fn update_lead(&self, id: LeadId, patch: LeadPatch, by: String, now: UnixMs) -> Result<Option<Lead>> {
        self.writer
            .run(move |c| leads::update_lead(c, id, patch, &by, now))
            .await
    }

    async fn timeline(&self, id: LeadId, before: Option<UnixMs>, limit: usize) -> Result<Vec<TimelineItem>> {
        self.readers.run(move |c| leads::timeline(c, id, before, limit)).await
    }

    async fn counters(&self, workspace: WorkspaceId, metric: &'static str, range: ReportRange) -> Result<Vec<Counter>> {
        self.readers
            .run(move |c| reports::counters(c, workspace, metric, range))
            .await
    }

    async fn screening_samples(
        &self,
        workspace: WorkspaceId,
        rotator: Option<RotatorId>,
        limit: usize,
    ) -> Result<Vec<Sample>> {
        self.readers
            .run(move |c| reports::screening_samples(c, workspace, rotator, limit))
            .await
    }

    async fn ledger(&self, workspace: WorkspaceId, range: ReportRange) -> Result<Vec<LedgerLine>> {
        self.readers.run(move |c| reports::ledger(c, workspace, range)).await
    }

    async fn ping(&self) -> Result<()> {
        self.readers.run(|c| Ok(c.query_row("SELECT 1", [], |_| Ok(()))?)).await
    }

    async fn watermark(&self) -> Result<ClickId> {
        self.readers.run(fold::watermark).await
    }

    async fn close(&self) -> Result<()> {
        self.stop.store(true, Ordering::Release);
        let checkpoints = self.checkpoints.lock().expect("taking it cannot panic").take();
        if let Some(thread) = &checkpoints {
            thread.thread().unpark(); // it looks at `stop` at once
        }
        // The last connection that closes removes the log, so all of them are waited for.
        join(checkpoints).await;
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
