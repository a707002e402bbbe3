//! What a workspace is told without asking: its digest, and leads that nobody answers.
//!
//! One look after the other, off the click path and by every server: what is due is claimed by a row ([`digest`],
//! [`remind`]), so that whoever comes second finds it taken. Then webhooks get their messages ([`tell`]) and letters leave
//! ([`post`]). What a digest says is collected when it is sent ([`facts`]), and put into words in [`letters`].

mod digest;
pub mod facts;
pub mod letters;
mod post;
mod remind;
mod tell;
#[cfg(test)]
mod tests;
pub mod view;
mod words;

pub use post::send_now;
pub use words::language;

use crate::app::App;
use konektor_core::time::UnixMs;
use konektor_store::{
    Notices, StoreError,
    model::{NewHandOver, Reminder},
};
use std::{sync::Arc, time::Duration};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// How often it is looked what is due.
const LOOK: Duration = Duration::from_secs(20);
/// How often old rows are forgotten.
const FORGET_MS: i64 = 3_600_000;
const DAY_MS: i64 = 86_400_000;
/// What was done for a lead is known for longer than leads are looked at.
const KEPT_DAYS_LEAST: i64 = 14;

/// By which a look is woken.
#[derive(Debug, Default)]
pub struct Wake {
    changed: Notify,
}

impl Wake {
    /// Says that something may be due.
    pub fn wake(&self) {
        self.changed.notify_one();
    }
}

/// Who hands leads over: the recorder, which has the rotation's credits.
pub trait Hands: Send + Sync {
    /// What was done; `None` if the store failed.
    fn hand_over(&self, leads: Vec<NewHandOver>, now: UnixMs) -> impl Future<Output = Option<Vec<Reminder>>> + Send;
}

/// Looks until `stop`.
pub async fn run(app: Arc<App>, hands: impl Hands, stop: CancellationToken) {
    tokio::join!(look_on(&app, &hands, &stop), post::run(&app, &stop));
}

async fn look_on(app: &Arc<App>, hands: &impl Hands, stop: &CancellationToken) {
    let mut forgot_at = UnixMs(0);
    loop {
        // While visitors are sent on without the database it has enough to do; by a clock that has jumped everybody waits too long.
        if app.degraded.since().is_none()
            && app.watch.doubt().is_none()
            && let Err(error) = look(app, hands, &mut forgot_at).await
        {
            tracing::error!(%error, "digests and reminders failed; it will be tried again");
        }
        tokio::select! {
            () = app.notices.changed.notified() => {}
            () = tokio::time::sleep(LOOK) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// One look at everything.
async fn look(app: &Arc<App>, hands: &impl Hands, forgot_at: &mut UnixMs) -> Result<(), StoreError> {
    let now = app.clock.now();
    for (workspace, settings) in app.store.all_notice_settings().await? {
        let Some(workspace) = app.routing.load().workspace(workspace).cloned() else {
            continue;
        };
        digest::make(app, &workspace, &settings, now).await?;
        remind::remind(app, hands, &workspace, &settings, now).await?;
    }
    tell::tell(app).await?;
    if now.since(*forgot_at) >= FORGET_MS && app.watch.may_forget() {
        *forgot_at = now;
        let days = i64::from(app.settings.delivery_days).max(KEPT_DAYS_LEAST);
        app.store.forget_notices(now.plus_ms(-days * DAY_MS)).await?;
    }
    Ok(())
}
