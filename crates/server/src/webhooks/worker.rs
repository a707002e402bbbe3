//! Which webhooks have senders, as they come, change and go; forgets what is long over.

use super::{secret::Secrets, sender::Sender};
use crate::{
    app::App,
    seal::SealError,
    senders::{self, Outbox, Senders},
};
use konektor_core::{ids::WebhookId, time::UnixMs};
use konektor_store::{StoreError, WebhookStore, model::Webhook};
use metrics::gauge;
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

const DAY_MS: i64 = 86_400_000;

/// Messages for webhooks.
struct Messages(Arc<App>);

/// Sends until `stop`.
pub async fn run(app: Arc<App>, stop: CancellationToken) {
    senders::run(app.clone(), Messages(app), stop).await;
}

impl Outbox for Messages {
    type Id = WebhookId;
    type Receiver = Webhook;
    const NAME: &str = "messages";
    const DRAIN: Duration = Duration::from_secs(5);

    fn changed(&self) -> &Notify {
        &self.0.webhooks.changed
    }

    async fn release(&self, now: UnixMs) -> Result<(), StoreError> {
        self.0.store.release_messages(now).await
    }

    async fn look(&mut self, senders: &mut Senders<WebhookId, Webhook>) -> Result<(), StoreError> {
        let app = &self.0;
        let webhooks = app.store.all_webhooks().await?;
        let is_disabled = |webhook: &&Webhook| webhook.disabled_at.is_some();
        let is_failing = |webhook: &&Webhook| webhook.failing_since.is_some() && webhook.disabled_at.is_none();
        gauge!("konektor_webhooks_disabled").set(webhooks.iter().filter(is_disabled).count() as f64);
        gauge!("konektor_webhooks_failing").set(webhooks.iter().filter(is_failing).count() as f64);
        reconcile(app, senders, &webhooks);
        if app.watch.may_forget() {
            let kept_ms = DAY_MS * i64::from(app.settings.delivery_days);
            app.store.forget_messages(app.watch.now().plus_ms(-kept_ms)).await?;
        }
        Ok(())
    }

    fn ended(&self, id: WebhookId) {
        self.0.webhooks.forget_sender(id);
    }
}

/// Makes the senders those of the webhooks as they are. How a webhook does is its sender's own affair and starts no other.
fn reconcile(app: &Arc<App>, senders: &mut Senders<WebhookId, Webhook>, webhooks: &[Webhook]) {
    let is_wanted = |webhook: &&Webhook| webhook.fields.active && webhook.disabled_at.is_none();
    let wanted: HashMap<_, _> = webhooks.iter().filter(is_wanted).map(|w| (w.id, w)).collect();
    let ended = senders.end_unless(|id, running| {
        let wanted = wanted.get(&id);
        wanted.is_some_and(|wanted| wanted.fields == running.fields || is_sealed_anew(app, wanted))
    });
    ended.into_iter().for_each(|id| app.webhooks.forget_sender(id));
    for (id, webhook) in wanted {
        if senders.find(id).is_some() {
            continue;
        }
        match Secrets::open(app, webhook) {
            Ok(secrets) => start(app, senders, webhook, secrets),
            Err(error) => {
                tracing::error!(webhook = %id, %error, "its secret cannot be used, so nothing is sent; give it a new one");
            }
        }
    }
}

fn start(app: &Arc<App>, senders: &mut Senders<WebhookId, Webhook>, webhook: &Webhook, secrets: Secrets) {
    let wake = Arc::new(Notify::new());
    app.webhooks.add_sender(webhook.workspace, webhook.id, wake.clone());
    senders.start(webhook.id, webhook.clone(), app.clock.now(), |stop| {
        Sender::new(app.clone(), webhook.clone(), secrets, wake, stop).run()
    });
}

/// Whether `konektor key rotate` has sealed its secret since this server started: the sender that has it opened goes on.
fn is_sealed_anew(app: &App, webhook: &Webhook) -> bool {
    matches!(Secrets::open(app, webhook), Err(SealError::Key))
}
