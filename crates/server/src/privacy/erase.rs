//! Erasing persons: the journal first, then the database, then what lies beside it.

use super::journal;
use crate::{app::App, click::spool::forget_aside};
use konektor_core::{
    ids::{LeadId, WorkspaceId},
    time::UnixMs,
};
use konektor_store::{
    Privacy, StoreError,
    model::{Erased, Whom},
};
use std::{io, path::Path, sync::Arc, time::Duration};

/// How long to wait before the files are looked at again that others were using.
const SCRUB_AGAIN: Duration = Duration::from_secs(30);
/// How often that is tried.
const SCRUB_MOST: usize = 120;
/// Persons who are erased in one transaction.
const AT_ONCE: usize = 50;

/// An erasure that was not done, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    /// By the database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file beside it cannot be written.
    #[error("the data directory cannot be written: {0}")]
    Io(#[from] io::Error),
}

/// Erases whoever is meant; `None` if there is nobody.
pub async fn erase_whom(
    store: &impl Privacy,
    data: &Path,
    workspace: WorkspaceId,
    whom: Whom,
    now: UnixMs,
) -> Result<Option<Erased>, EraseError> {
    let leads = store.find_persons(workspace, whom).await?;
    match leads.is_empty() {
        true => Ok(None),
        false => erase(store, data, leads, now).await.map(Some),
    }
}

/// Erases these persons.
pub async fn erase(store: &impl Privacy, data: &Path, leads: Vec<LeadId>, now: UnixMs) -> Result<Erased, EraseError> {
    let mut all = Erased::default();
    for leads in leads.chunks(AT_ONCE) {
        let rows = store.all_leads_of(leads.to_vec()).await?;
        journal::add(data, &rows, now)?;
        let erased = store.erase(leads.to_vec(), now).await?;
        forget_aside(data, &erased.leads)?;
        all.leads.extend(erased.leads);
        all.agents.extend(erased.agents);
        all.clicks += erased.clicks;
        all.submissions += erased.submissions;
        all.deliveries += erased.deliveries;
        all.messages += erased.messages;
        all.needles.extend(erased.needles);
    }
    Ok(all)
}

/// Sees to the bytes that are left in the database's files. If others use them just now, it is tried again beside.
pub async fn scrub_or_later(app: &Arc<App>, needles: Vec<String>) -> Result<bool, StoreError> {
    if app.store.scrub(needles.clone()).await? {
        return Ok(true);
    }
    let app = app.clone();
    tokio::spawn(async move {
        for _ in 0..SCRUB_MOST {
            tokio::time::sleep(SCRUB_AGAIN).await;
            match app.store.scrub(needles.clone()).await {
                Ok(true) => return,
                Ok(false) => {}
                Err(StoreError::Closed) => return,
                Err(error) => {
                    tracing::warn!(%error, "what an erasure left in the database's log could not be removed yet")
                }
            }
        }
        tracing::error!("what an erasure left in the database's log is still there: restart the server");
    });
    Ok(false)
}

/// Erases who is in a journal and not noted as erased in the database: it is an older one, or an erasure was cut off. Gives how
/// many leads that were.
pub async fn catch_up(store: &impl Privacy, data: &Path, journal: &Path, now: UnixMs) -> Result<usize, EraseError> {
    let known = journal::read(journal)?;
    if known.is_empty() {
        return Ok(0);
    }
    let left = store.not_erased(known).await?;
    if left.is_empty() {
        return Ok(0);
    }
    let mut needles = Vec::new();
    let mut count = 0;
    for leads in left.chunks(AT_ONCE) {
        let erased = store.erase(leads.to_vec(), now).await?;
        forget_aside(data, &erased.leads)?;
        count += erased.leads.len();
        needles.extend(erased.needles);
    }
    store.scrub(needles).await?;
    Ok(count)
}

/// What to add for people when the files could not be seen to at once.
pub fn scrub_message(files_clean: bool) -> &'static str {
    match files_clean {
        true => "",
        false => {
            " Something reads the database just now, so a copy may be left in its log for a while: repeat konektor erase for \
             another lead, or restart the server, to be sure."
        }
    }
}
