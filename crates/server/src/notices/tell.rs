//! Messages for webhooks. They are in another file than what they are about, so they are put in by a transaction of their
//! own, and noted after it: cut off in between, they are put in again under the same id, which changes nothing.

use crate::app::App;
use konektor_core::webhook::{of_digest, of_untouched};
use konektor_store::{Notices, StoreError, WebhookStore};

/// Digests and reminders that are told of at once.
const TOGETHER: usize = 200;

pub(super) async fn tell(app: &App) -> Result<(), StoreError> {
    loop {
        let untold = app.store.untold(TOGETHER).await?;
        if untold.digests.is_empty() && untold.reminders.is_empty() {
            return Ok(());
        }
        let is_all = untold.digests.len().max(untold.reminders.len()) < TOGETHER;
        let routing = app.routing.load_full();
        let digests = untold.digests.iter();
        let mut messages: Vec<_> = digests
            .flat_map(|digest| of_digest(&routing, digest.id, digest.workspace, digest.at))
            .collect();
        let reminders = untold.reminders.iter();
        messages.extend(reminders.flat_map(|reminder| of_untouched(&routing, reminder.id, reminder.lead, reminder.at)));
        if !messages.is_empty() {
            app.store.add_messages(messages.clone()).await?;
        }
        app.store.set_told(untold).await?;
        for message in messages {
            app.webhooks.wake(message.webhook);
        }
        if is_all {
            return Ok(());
        }
    }
}
