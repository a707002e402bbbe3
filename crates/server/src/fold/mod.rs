//! The background pass: committed clicks → leads' freshness, counters, the click-ID index.

use crate::{app::App, click::handler::ClickPath, click::progress::Progress, telemetry::Meters};
use konektor_store::Store;
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// A pass waits this long for company: many returns of one second touch the same pages only once.
const GATHER: Duration = Duration::from_millis(350);
/// Most clicks that a pass reads from the log: bounds its time.
const PASS: usize = 20_000;
/// How often to look although nobody said that there is work.
const IDLE: Duration = Duration::from_secs(2);

/// Folds until `stop`, then once more what is left.
pub async fn run(
    app: Arc<App>,
    path: Arc<ClickPath>,
    progress: Arc<Progress>,
    meters: Meters,
    stop: CancellationToken,
) {
    loop {
        let stopping = tokio::select! {
            () = progress.recorded.notified() => false,
            () = app.delivery.statuses.notified() => false,
            () = tokio::time::sleep(IDLE) => false,
            () = stop.cancelled() => true,
        };
        if !stopping {
            tokio::select! {
                () = tokio::time::sleep(GATHER) => {}
                () = progress.crowded.notified() => {}
                () = stop.cancelled() => {}
            }
        }
        if let Err(error) = catch_up(&app, &path, &progress, &meters).await {
            tracing::error!(%error, "the fold failed; it will be tried again");
        }
        if stopping {
            return;
        }
    }
}

/// Folds all that is there, and stores what was not counted.
pub async fn catch_up(
    app: &App,
    path: &ClickPath,
    progress: &Progress,
    meters: &Meters,
) -> Result<(), konektor_store::StoreError> {
    loop {
        let fresh = progress.take_fresh();
        let standby = path.recorder.standby();
        let sent = fresh.clicks().map(|click| (click.lead, click.agent));
        standby.note_many(sent).await;
        let noted = !fresh.overflowed() && fresh.count() > 0;
        let pass = app.store.fold(app.routing.load_full(), fresh, PASS).await?;
        if !noted {
            let sent = pass.leads.iter().map(|folded| (folded.lead, folded.agent));
            standby.note_many(sent).await;
        }
        progress.set_folded(pass.watermark);
        app.live.folded(&pass.leads);
        for destination in pass.destinations {
            app.delivery.wake(destination);
        }
        for webhook in pass.webhooks {
            app.webhooks.wake(webhook);
        }
        meters.folded.increment(pass.clicks as u64);
        let lag_ms = if pass.clicks > 0 {
            app.clock.now().since(pass.watermark.made_at())
        } else {
            0
        };
        meters.fold_lag.set(lag_ms as f64 / 1_000.0);
        if pass.clicks < PASS {
            break;
        }
    }
    let (screened, samples) = path.not_counted.take();
    if !screened.is_empty() {
        app.store.add_screened(screened, samples).await?;
    }
    let mut counts = path.page_mode.counts.take();
    // A mistyped link that could not be written down is not worth a retry: it comes again.
    counts.extend(path.orphans.take());
    if !counts.is_empty()
        && let Err(error) = app.store.add_counts(counts.clone()).await
    {
        path.page_mode.counts.put_back(counts);
        return Err(error);
    }
    Ok(())
}
