//! Starts and ends senders as webhooks come, change and go; forgets what is long over.

use super::{secret::Secrets, sender::Sender};
use crate::{app::App, seal::SealError};
use konektor_core::ids::WebhookId;
use konektor_store::{StoreError, WebhookStore, model::Webhook};
use metrics::gauge;
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::{sync::Notify, task::JoinHandle};
use tokio_util::sync::CancellationToken;

/// How often webhooks are read again although nobody said that they changed, and old messages forgotten.
const UPKEEP: Duration = Duration::from_secs(30);
const DAY_MS: i64 = 86_400_000;
/// Longest wait for attempts that are under way when the server ends. What is cut off is sent again under the same id.
const DRAIN: Duration = Duration::from_secs(5);

/// A webhook's sender, with what it was started for.
struct Running {
    webhook: Webhook,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

/// Sends until `stop`.
pub async fn run(app: Arc<App>, stop: CancellationToken) {
    let mut senders: HashMap<WebhookId, Running> = HashMap::new();
    if let Err(error) = app.store.release_messages(app.clock.now()).await {
        tracing::error!(%error, "messages of before the start could not be released");
    }
    loop {
        if let Err(error) = look(&app, &mut senders).await {
            tracing::error!(%error, "the webhooks' upkeep failed; it will be tried again");
        }
        tokio::select! {
            () = app.webhooks.changed.notified() => {}
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
        tracing::warn!("messages were still on their way at the end; they will be sent again");
    }
}

/// One look at everything.
async fn look(app: &Arc<App>, senders: &mut HashMap<WebhookId, Running>) -> Result<(), StoreError> {
    let webhooks = app.store.all_webhooks().await?;
    let is_disabled = |webhook: &&Webhook| webhook.disabled_at.is_some();
    let is_failing = |webhook: &&Webhook| webhook.failing_since.is_some() && webhook.disabled_at.is_none();
    gauge!("konektor_webhooks_disabled").set(webhooks.iter().filter(is_disabled).count() as f64);
    gauge!("konektor_webhooks_failing").set(webhooks.iter().filter(is_failing).count() as f64);
    reconcile(app, senders, &webhooks);
    let kept_ms = DAY_MS * i64::from(app.settings.delivery_days);
    app.store
        .forget_messages(app.clock.now().plus_ms(-kept_ms))
        .await
        .map(drop)
}

/// Makes the senders those of the webhooks as they are. How a webhook does is its sender's own affair and starts no other.
fn reconcile(app: &Arc<App>, senders: &mut HashMap<WebhookId, Running>, webhooks: &[Webhook]) {
    let is_wanted = |webhook: &&Webhook| webhook.fields.active && webhook.disabled_at.is_none();
    let wanted: HashMap<_, _> = webhooks.iter().filter(is_wanted).map(|w| (w.id, w)).collect();
    let outdated: Vec<_> = senders
        .iter()
        .filter(|(id, running)| {
            let has_changed =
                |wanted: &&Webhook| wanted.fields != running.webhook.fields && !is_sealed_anew(app, wanted);
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
        app.webhooks.forget_sender(id);
    }
    for (id, webhook) in wanted {
        if senders.contains_key(&id) {
            continue;
        }
        match Secrets::open(app, webhook) {
            Ok(secrets) => drop(senders.insert(id, start(app, webhook, secrets, ending.remove(&id)))),
            Err(error) => {
                tracing::error!(webhook = %id, %error, "its secret cannot be used, so nothing is sent; give it a new one");
            }
        }
    }
}

/// Whether `konektor key rotate` has sealed its secret since this server started: the sender that has it opened goes on.
fn is_sealed_anew(app: &App, webhook: &Webhook) -> bool {
    matches!(Secrets::open(app, webhook), Err(SealError::Key))
}

fn start(app: &Arc<App>, webhook: &Webhook, secrets: Secrets, before: Option<JoinHandle<()>>) -> Running {
    let wake = Arc::new(Notify::new());
    let stop = CancellationToken::new();
    app.webhooks.add_sender(webhook.workspace, webhook.id, wake.clone());
    let sender = Sender::new(app.clone(), webhook.clone(), secrets, wake, stop.clone());
    let task = tokio::spawn(async move {
        // The one before may still be at its last attempts: together they would be too many.
        if let Some(before) = before {
            let _ = before.await;
        }
        sender.run().await;
    });
    Running {
        webhook: webhook.clone(),
        stop,
        task,
    }
}
