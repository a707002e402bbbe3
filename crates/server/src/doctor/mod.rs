//! The doctor: what is wrong without anybody having noticed. The rules are in `core/doctor`; this collects what they look
//! at, and says what they found in words.

mod backup;
mod facts;
mod machine;
pub mod words;

use crate::app::App;
use konektor_core::{
    doctor::{Finding, examine},
    routing::Workspace,
    time::UnixMs,
};
use konektor_store::StoreError;

/// What was found, and what was looked at.
#[derive(Debug)]
pub struct Examination {
    /// Worst first.
    pub findings: Vec<Finding>,
    /// How many clicks were looked at one by one.
    pub clicks: u64,
    /// Since when.
    pub from: UnixMs,
}

/// Looks at a workspace, and at the server that it is on.
pub async fn look(app: &App, workspace: &Workspace) -> Result<Examination, StoreError> {
    let facts = facts::collect(app, workspace).await?;
    Ok(Examination {
        clicks: facts.traffic.clicks,
        from: facts::from(facts.now),
        findings: examine(&facts),
    })
}
