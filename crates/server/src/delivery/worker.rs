//! Which destinations have senders, as they come, change and go; expires and forgets; raises alerts.

use super::{hold::hold, sender::Sender};
use crate::{
    app::App,
    seal::{self, SealError},
    senders::{self, Outbox, Running, Senders},
};
use konektor_core::{ids::DestinationId, time::UnixMs};
use konektor_platforms::{ConfigError, Connection, Hold};
use konektor_store::{
    Store, StoreError,
    model::{Alert, DESTINATION_SILENT, Destination},
};
use metrics::gauge;
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// How often silence is looked for: it counts a day of deliveries.
const WATCH_MS: i64 = 600_000;
/// A destination that has taken nothing for this long, although it has something to take, is reported.
const SILENT_MS: i64 = 3_600_000;
const DAY_MS: i64 = 86_400_000;

/// Events for destinations.
struct Events {
    app: Arc<App>,
    /// When silence was looked for last.
    watched: UnixMs,
}

/// Delivers until `stop`.
pub async fn run(app: Arc<App>, stop: CancellationToken) {
    let watched = UnixMs(0);
    senders::run(app.clone(), Events { app, watched }, stop).await;
}

impl Outbox for Events {
    type Id = DestinationId;
    type Receiver = Destination;
    const NAME: &str = "deliveries";
    const DRAIN: Duration = Duration::from_secs(10);

    fn changed(&self) -> &Notify {
        &self.app.delivery.changed
    }

    async fn release(&self, now: UnixMs) -> Result<(), StoreError> {
        self.app.store.release_claims(now).await
    }

    async fn look(&mut self, senders: &mut Senders<DestinationId, Destination>) -> Result<(), StoreError> {
        let app = &self.app;
        let destinations = app.store.all_destinations().await?;
        let held = destinations
            .iter()
            .filter(|destination| destination.hold.is_some())
            .count();
        gauge!("konektor_destinations_held").set(held as f64);
        reconcile(app, senders, &destinations).await?;
        let now = app.watch.now();
        app.store.expire_deliveries(now).await?;
        if app.watch.may_forget() {
            let kept_ms = DAY_MS * i64::from(app.settings.delivery_days);
            app.store.forget_deliveries(now.plus_ms(-kept_ms)).await?;
        }
        if now.since(self.watched) >= WATCH_MS {
            self.watched = now;
            for destination in &destinations {
                watch_silence(app, destination, senders.find(destination.id), now).await?;
            }
        }
        Ok(())
    }

    fn ended(&self, id: DestinationId) {
        self.app.delivery.forget_sender(id);
    }
}

/// Makes the senders those of the destinations as they are.
async fn reconcile(
    app: &Arc<App>,
    senders: &mut Senders<DestinationId, Destination>,
    destinations: &[Destination],
) -> Result<(), StoreError> {
    let is_wanted = |destination: &&Destination| destination.fields.active && destination.hold.is_none();
    let wanted: HashMap<_, _> = destinations.iter().filter(is_wanted).map(|d| (d.id, d)).collect();
    let ended = senders.end_unless(|id, running| {
        let wanted = wanted.get(&id);
        wanted.is_some_and(|wanted| *wanted == running || is_sealed_anew(app, wanted))
    });
    ended.into_iter().for_each(|id| app.delivery.forget_sender(id));
    for (id, destination) in wanted {
        if senders.find(id).is_some() {
            continue;
        }
        if is_sealed_anew(app, destination) {
            tracing::warn!(destination = %id, "its credentials were sealed with a key made after the start: restart the server");
            continue;
        }
        match connection(app, destination) {
            Ok(connection) => start(app, senders, destination, connection),
            Err(error) => hold_unusable(app, destination, &error).await?,
        }
    }
    Ok(())
}

fn start(
    app: &Arc<App>,
    senders: &mut Senders<DestinationId, Destination>,
    destination: &Destination,
    connection: Connection,
) {
    let wake = Arc::new(Notify::new());
    app.delivery.add_sender(destination.id, wake.clone());
    senders.start(destination.id, destination.clone(), app.clock.now(), |stop| {
        Sender::new(app.clone(), destination.clone(), Arc::new(connection), wake, stop).run()
    });
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
    sender: Option<&Running<Destination>>,
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
