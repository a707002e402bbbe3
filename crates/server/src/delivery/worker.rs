//! Starts and ends senders as destinations come, change and go; expires and forgets; raises alerts.

use super::{hold::hold, sender::Sender};
use crate::{
    app::App,
    seal::{self, SealError},
};
use konektor_core::{ids::DestinationId, time::UnixMs};
use konektor_platforms::{ConfigError, Connection, Hold};
use konektor_store::{
    Store, StoreError,
    model::{Alert, DESTINATION_SILENT, Destination},
};
use metrics::gauge;
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::{sync::Notify, task::JoinHandle};
use tokio_util::sync::CancellationToken;

/// How often upkeep is done, and destinations are read again although nobody said that they changed: another node may
/// have changed them, or the command line.
const UPKEEP: Duration = Duration::from_secs(30);
/// How often silence is looked for: it counts a day of deliveries.
const WATCH_MS: i64 = 600_000;
/// A destination that has taken nothing for this long, although it has something to take, is reported.
const SILENT_MS: i64 = 3_600_000;
const DAY_MS: i64 = 86_400_000;
/// Longest wait for requests that are under way when the server ends. What is cut off is sent again under the same id.
const DRAIN: Duration = Duration::from_secs(10);

/// A destination's sender, with what it was started for.
struct Running {
    destination: Destination,
    since: UnixMs,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

/// Delivers until `stop`.
pub async fn run(app: Arc<App>, stop: CancellationToken) {
    let mut senders: HashMap<DestinationId, Running> = HashMap::new();
    let mut watched = UnixMs(0);
    if let Err(error) = app.store.release_claims(app.clock.now()).await {
        tracing::error!(%error, "deliveries of before the start could not be released");
    }
    loop {
        if let Err(error) = look(&app, &mut senders, &mut watched).await {
            tracing::error!(%error, "the delivery's upkeep failed; it will be tried again");
        }
        tokio::select! {
            () = app.delivery.changed.notified() => {}
            () = tokio::time::sleep(UPKEEP) => {}
            () = stop.cancelled() => break,
        }
    }
    for sender in senders.values() {
        sender.stop.cancel();
    }
    let ended = async {
        for (_, sender) in senders {
            let _ = sender.task.await;
        }
    };
    if tokio::time::timeout(DRAIN, ended).await.is_err() {
        tracing::warn!("requests to ad platforms were still under way at the end; they will be sent again");
    }
}

/// One look at everything.
async fn look(
    app: &Arc<App>,
    senders: &mut HashMap<DestinationId, Running>,
    watched: &mut UnixMs,
) -> Result<(), StoreError> {
    let destinations = app.store.all_destinations().await?;
    let held = destinations
        .iter()
        .filter(|destination| destination.hold.is_some())
        .count();
    gauge!("konektor_destinations_held").set(held as f64);
    reconcile(app, senders, &destinations).await?;
    let now = app.clock.now();
    app.store.expire_deliveries(now).await?;
    app.store
        .forget_deliveries(now.plus_ms(-DAY_MS * i64::from(app.settings.delivery_days)))
        .await?;
    if now.since(*watched) >= WATCH_MS {
        *watched = now;
        for destination in &destinations {
            watch_silence(app, destination, senders.get(&destination.id), now).await?;
        }
    }
    Ok(())
}

/// Makes the senders those of the destinations as they are.
async fn reconcile(
    app: &Arc<App>,
    senders: &mut HashMap<DestinationId, Running>,
    destinations: &[Destination],
) -> Result<(), StoreError> {
    let is_wanted = |destination: &&Destination| destination.fields.active && destination.hold.is_none();
    let wanted: HashMap<_, _> = destinations.iter().filter(is_wanted).map(|d| (d.id, d)).collect();
    let outdated: Vec<_> = senders
        .iter()
        .filter(|(id, running)| {
            let has_changed = |wanted: &&Destination| **wanted != running.destination && !is_sealed_anew(app, wanted);
            running.task.is_finished() || wanted.get(id).is_none_or(has_changed)
        })
        .map(|(id, _)| *id)
        .collect();
    let mut ending = HashMap::new();
    for id in outdated {
        if let Some(Running { stop, task, .. }) = senders.remove(&id) {
            stop.cancel();
            ending.insert(id, task);
        }
        app.delivery.forget_sender(id);
    }
    for (id, destination) in wanted {
        if senders.contains_key(&id) {
            continue;
        }
        if is_sealed_anew(app, destination) {
            tracing::warn!(destination = %id, "its credentials were sealed with a key made after the start: restart the server");
            continue;
        }
        match connection(app, destination) {
            Ok(connection) => drop(senders.insert(id, start(app, destination, connection, ending.remove(&id)))),
            Err(error) => hold_unusable(app, destination, &error).await?,
        }
    }
    Ok(())
}

fn start(app: &Arc<App>, destination: &Destination, connection: Connection, before: Option<JoinHandle<()>>) -> Running {
    let wake = Arc::new(Notify::new());
    let stop = CancellationToken::new();
    app.delivery.add_sender(destination.id, wake.clone());
    let sender = Sender::new(
        app.clone(),
        destination.clone(),
        Arc::new(connection),
        wake,
        stop.clone(),
    );
    let task = tokio::spawn(async move {
        // The one before may still be at its last request: two at once would pace the platform wrongly.
        if let Some(before) = before {
            let _ = before.await;
        }
        sender.run().await;
    });
    Running {
        destination: destination.clone(),
        since: app.clock.now(),
        stop,
        task,
    }
}

/// Whether `konektor key rotate` has sealed its credentials since this server started: nothing is wrong with them, and the
/// sender that has them opened goes on.
fn is_sealed_anew(app: &App, destination: &Destination) -> bool {
    matches!(seal::open_credentials(app, destination), Err(SealError::Key))
}

/// The adapter with its credentials opened.
pub(super) fn connection(app: &App, destination: &Destination) -> Result<Connection, ConfigError> {
    let credentials = seal::open_credentials(app, destination).map_err(|error| {
        ConfigError::new(
            "credentials",
            format!("They cannot be read: {error}. Enter them again."),
        )
    })?;
    Connection::new(destination.fields.platform, &destination.fields.settings, &credentials)
}

async fn hold_unusable(app: &App, destination: &Destination, error: &ConfigError) -> Result<(), StoreError> {
    let kind = match error.field.starts_with("credentials") {
        true => Hold::Auth,
        false => Hold::Config,
    };
    hold(app, destination, kind, None, error.to_string()).await
}

/// Reports a destination that has taken nothing for an hour although clicks came; ends the report when it does again.
async fn watch_silence(
    app: &App,
    destination: &Destination,
    sender: Option<&Running>,
    now: UnixMs,
) -> Result<(), StoreError> {
    let stats = app.store.destination_stats(destination.id, now).await?;
    let long_ago = |at: UnixMs| now.since(at) >= SILENT_MS;
    // A destination that was repaired or switched on a moment ago has had no time yet.
    let is_silent = sender.is_some_and(|sender| long_ago(sender.since))
        && stats.last_sent.is_none_or(long_ago)
        && stats.oldest_due.is_some_and(long_ago);
    let is_news = if is_silent {
        let message = format!(
            "{} has taken nothing for an hour although {} events wait. They are sent again and again; look at the \
             deliveries for the platform's answer.",
            destination.fields.name, stats.pending
        );
        let alert = Alert {
            id: 0,
            workspace: destination.workspace,
            kind: DESTINATION_SILENT.to_owned(),
            subject: destination.id.0,
            message,
            since: now,
        };
        app.store.raise_alert(alert).await?
    } else {
        app.store
            .end_alert(destination.workspace, DESTINATION_SILENT, destination.id.0, now)
            .await?
    };
    if is_news {
        app.live.alerts_changed(destination.workspace);
    }
    Ok(())
}
