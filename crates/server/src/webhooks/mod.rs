//! From the outbox to other programs: messages as Standard Webhooks.
//!
//! Each webhook has a [`sender`] of its own, so that a receiver that hangs costs the others nothing. A sender claims what
//! is due, has what is sent of it made and frozen ([`payload`]), signs it ([`secret`]) and posts it ([`transport`]), to
//! where it may go and nowhere else ([`target`], [`guard`]). [`run`] starts and ends senders as webhooks come and go.

pub mod attempt;
pub mod guard;
pub mod payload;
pub mod secret;
mod sender;
pub mod target;
pub mod transport;
mod worker;

#[cfg(test)]
mod tests;

pub use sender::random_id;
pub use worker::run;

use crate::enrich::networks::Networks;
use guard::{Guard, Lookup, SystemLookup};
use konektor_core::ids::{WebhookId, WorkspaceId};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::Notify;
use transport::Transport;

/// How long an attempt may take, from the first look-up to the head of the answer.
const ATTEMPT_WITHIN: Duration = Duration::from_secs(15);

/// What the rest of the server knows of webhooks.
pub struct Webhooks {
    /// Posts messages.
    pub transport: Transport,
    /// Webhooks were added, changed or removed.
    changed: Notify,
    /// By which senders are woken.
    senders: Mutex<HashMap<WebhookId, (WorkspaceId, Arc<Notify>)>>,
}

impl Webhooks {
    /// Nothing is sent before [`run`]. `allowed` are networks that may be reached although they are private.
    pub fn new(allowed: Networks) -> Result<Self, crate::serve::Error> {
        Self::with_lookup(allowed, Arc::new(SystemLookup::default()), ATTEMPT_WITHIN)
    }

    /// The same, with another way to look names up: tests lie.
    pub fn with_lookup(
        allowed: Networks,
        lookup: Arc<dyn Lookup>,
        within: Duration,
    ) -> Result<Self, crate::serve::Error> {
        Ok(Self {
            transport: Transport::new(Guard::new(allowed), lookup, within)?,
            changed: Notify::new(),
            senders: Mutex::default(),
        })
    }

    /// Says that webhooks were added, changed or removed.
    pub fn webhooks_changed(&self) {
        self.changed.notify_one();
    }

    /// Says that a webhook has something to be told.
    pub fn wake(&self, webhook: WebhookId) {
        let senders = self.senders.lock().expect("waking a sender cannot panic");
        if let Some((_, sender)) = senders.get(&webhook) {
            sender.notify_one();
        }
    }

    /// Says that the webhooks of a workspace may have something to be told.
    pub fn wake_all(&self, workspace: WorkspaceId) {
        let senders = self.senders.lock().expect("waking a sender cannot panic");
        for (_, sender) in senders.values().filter(|(whose, _)| *whose == workspace) {
            sender.notify_one();
        }
    }

    fn add_sender(&self, workspace: WorkspaceId, webhook: WebhookId, wake: Arc<Notify>) {
        let mut senders = self.senders.lock().expect("adding a sender cannot panic");
        senders.insert(webhook, (workspace, wake));
    }

    fn forget_sender(&self, webhook: WebhookId) {
        let mut senders = self.senders.lock().expect("removing a sender cannot panic");
        senders.remove(&webhook);
    }
}
