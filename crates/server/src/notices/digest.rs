//! Claims the digest that is due.

use crate::app::App;
use konektor_core::{routing::Workspace, time::UnixMs};
use konektor_store::{
    Notices, StoreError,
    model::{NewDigest, NoticeSettings},
};

pub(super) async fn make(
    app: &App,
    workspace: &Workspace,
    settings: &NoticeSettings,
    now: UnixMs,
) -> Result<(), StoreError> {
    let plan = settings.digest;
    let Some(slot) = plan.due(settings.digest_since, now, &workspace.time_zone) else {
        return Ok(());
    };
    let new = NewDigest {
        workspace: workspace.id,
        frequency: plan.frequency,
        slot,
        by_mail: app.mail.is_some(),
    };
    if app.store.add_digest(new).await?.is_some() {
        tracing::info!(workspace = %workspace.id, frequency = plan.frequency.as_str(), "a digest is due");
        app.letters.wake();
    }
    Ok(())
}
