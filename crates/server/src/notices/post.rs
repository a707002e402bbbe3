//! Letters leave: what is due is claimed, written and sent, a few at a time; what came of it is written down. A letter that
//! cannot be sent is tried again for a day, and then somebody is told on the dashboard; so they are after the third attempt.

use super::{
    facts,
    letters::{DigestOf, ReminderRow, RemindersOf, Written, digest, reminder},
    words::language,
};
use crate::{
    app::App,
    mail::{Letter, Mail, MailError, token::MailToken},
};
use konektor_core::{
    digest::Plan,
    ids::AgentId,
    reminder::Step,
    routing::{Routing, Workspace},
    time::UnixMs,
    webhook::retry::after_failure,
};
use konektor_store::{
    Notices, Store, StoreError,
    model::{Alert, ClaimedMail, Digest, MAIL_FAILED, MailKind, NextMail, User},
};
use metrics::counter;
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// How often it is looked although nobody said that a letter is due.
const IDLE: Duration = Duration::from_secs(15);
/// Letters on their way at once.
const WIDTH: usize = 4;
/// How long nobody else gets what was claimed: longer than any letter takes.
const LEASE_MS: i64 = 120_000;
/// A letter that nobody could send for so long says nothing any more.
const STALE_MS: i64 = 3 * 86_400_000;
/// After so many failures somebody is told.
const TOLD_AFTER: u32 = 3;
/// Longest wait for letters that are on their way when the server ends. What is cut off is sent again under the same id.
const DRAIN: Duration = Duration::from_secs(5);
/// Leads that a reminder names.
const NAMED: usize = 20;

/// Sends until `stop`.
pub(super) async fn run(app: &Arc<App>, stop: &CancellationToken) {
    let Some(mail) = &app.mail else { return };
    loop {
        let pass = pass(app, mail);
        tokio::pin!(pass);
        let done = tokio::select! {
            done = &mut pass => done,
            () = stop.cancelled() => match tokio::time::timeout(DRAIN, pass).await {
                Ok(done) => done,
                Err(_) => return,
            },
        };
        match done {
            // There may be more.
            Ok(sent) if sent == WIDTH && !stop.is_cancelled() => continue,
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "letters could not be read or written"),
        }
        tokio::select! {
            () = app.letters.changed.notified() => {}
            () = tokio::time::sleep(IDLE) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// Sends what is due, at most [`WIDTH`]; how much that was.
pub(super) async fn pass(app: &App, mail: &Mail) -> Result<usize, StoreError> {
    // Sent and too old are both for good.
    if app.watch.doubt().is_some() {
        return Ok(0);
    }
    let now = app.watch.now();
    let claimed = app.store.claim_mails(now, now.plus_ms(LEASE_MS), WIDTH).await?;
    let count = claimed.len();
    let sending = claimed.into_iter().map(|claimed| send(app, mail, claimed));
    for done in futures_util::future::join_all(sending).await {
        done?;
    }
    Ok(count)
}

async fn send(app: &App, mail: &Mail, claimed: ClaimedMail) -> Result<(), StoreError> {
    let next = match write(app, &claimed).await? {
        None => NextMail::Dropped,
        Some(letter) => next(&claimed, mail.send(letter, app.watch.now()).await, app.watch.now()),
    };
    let outcome = match &next {
        NextMail::Sent => "sent",
        NextMail::Dropped => "dropped",
        NextMail::Failed { .. } => "failed",
        NextMail::Again { .. } => "retried",
    };
    counter!("konektor_mails_total", "outcome" => outcome).increment(1);
    alert(app, &claimed, &next).await?;
    app.store.settle_mail(claimed.id, next, app.watch.now()).await
}

/// What an attempt means for a letter.
fn next(claimed: &ClaimedMail, sent: Result<(), MailError>, now: UnixMs) -> NextMail {
    let error = match sent {
        Ok(()) => return NextMail::Sent,
        Err(error) => error,
    };
    let random = f64::from(u32::from_ne_bytes(crate::secrets::random())) / f64::from(u32::MAX);
    match after_failure(claimed.tries.saturating_add(1), None, random) {
        Some(delay) if !error.is_final => NextMail::Again {
            due: now.plus_ms(i64::try_from(delay.as_millis()).unwrap_or(i64::MAX)),
            reason: error.reason,
        },
        _ => NextMail::Failed { reason: error.reason },
    }
}

/// Tells on the dashboard that letters do not arrive, until one does.
async fn alert(app: &App, claimed: &ClaimedMail, next: &NextMail) -> Result<(), StoreError> {
    let now = app.watch.now();
    let is_news = match next {
        NextMail::Sent => app.store.end_alert(claimed.workspace, MAIL_FAILED, 0, now).await?,
        NextMail::Dropped => false,
        NextMail::Again { .. } if claimed.tries + 1 < TOLD_AFTER => false,
        NextMail::Again { reason, .. } | NextMail::Failed { reason } => {
            let alert = Alert {
                id: 0,
                workspace: claimed.workspace,
                kind: MAIL_FAILED.to_owned(),
                subject: 0,
                message: format!(
                    "An e-mail to {} could not be sent: {reason} Check the address and the server's mail settings.",
                    claimed.user.email
                ),
                since: now,
            };
            app.store.raise_alert(alert).await?
        }
    };
    if is_news {
        app.live.alerts_changed(claimed.workspace);
    }
    Ok(())
}

/// The letter; `None` if there is nothing to say any more.
async fn write(app: &App, claimed: &ClaimedMail) -> Result<Option<Letter>, StoreError> {
    let routing = app.routing.load_full();
    let Some(workspace) = routing.workspace(claimed.workspace) else {
        return Ok(None);
    };
    if app.watch.now().since(claimed.at) > STALE_MS {
        return Ok(None);
    }
    match claimed.kind {
        MailKind::Digest => {
            let Some(digest) = app.store.find_digest(claimed.subject).await? else {
                return Ok(None);
            };
            let written = write_digest(app, &routing, workspace, &claimed.user, &digest, false).await?;
            Ok(written.map(|written| {
                let id = format!("kn-digest-{}-{}-{}", digest.workspace, digest.last.0, claimed.user.id);
                letter(app, workspace, &claimed.user, MailKind::Digest, id, written)
            }))
        }
        MailKind::Reminder => {
            let written = write_reminder(app, workspace, claimed).await?;
            Ok(written.map(|written| {
                let id = format!("kn-reminder-{}-{}-{}", claimed.subject, claimed.at.0, claimed.user.id);
                letter(app, workspace, &claimed.user, MailKind::Reminder, id, written)
            }))
        }
    }
}

/// Where somebody turns letters off.
fn off(app: &App, workspace: &Workspace, user: &User, kind: MailKind) -> String {
    let token = MailToken {
        workspace: workspace.id,
        user: user.id,
        kind,
    };
    format!("{}/mail/{}", app.settings.base_url(), app.mail_tokens.sign(token))
}

fn letter(app: &App, workspace: &Workspace, user: &User, kind: MailKind, id: String, written: Written) -> Letter {
    Letter {
        to: user.email.clone(),
        subject: written.subject,
        text: written.text,
        html: written.html,
        id,
        off: off(app, workspace, user, kind),
    }
}

async fn write_digest(
    app: &App,
    routing: &Routing,
    workspace: &Workspace,
    user: &User,
    of: &Digest,
    is_trial: bool,
) -> Result<Option<Written>, StoreError> {
    let facts = facts::collect(app, workspace, of.first, of.last, app.watch.now()).await?;
    let written = digest(&DigestOf {
        language: language(user.language.as_deref(), workspace),
        workspace,
        frequency: of.frequency,
        first: of.first,
        last: of.last,
        facts: &facts,
        name_of: &|agent: AgentId| routing.agent(agent).map(|agent| agent.name.clone()),
        base: &app.settings.base_url(),
        off: &off(app, workspace, user, MailKind::Digest),
        is_trial,
    });
    Ok(logged(written))
}

/// Leads that were answered meanwhile, or have gone to somebody else, are not mentioned any more.
async fn write_reminder(
    app: &App,
    workspace: &Workspace,
    claimed: &ClaimedMail,
) -> Result<Option<Written>, StoreError> {
    let agent = AgentId(claimed.subject);
    let oldest = UnixMs(0);
    let untouched = app.store.untouched(workspace.id, oldest).await?;
    let reminders = app.store.reminders_of(workspace.id, agent, claimed.at).await?;
    let waits: Vec<_> = reminders
        .into_iter()
        .filter(|reminder| {
            untouched
                .iter()
                .any(|lead| lead.lead == reminder.lead && lead.agent == Some(agent))
        })
        .collect();
    let mut rows = Vec::new();
    for waiting in waits.iter().take(NAMED) {
        let Some(lead) = app.store.find_lead(waiting.lead).await? else {
            continue;
        };
        let code = workspace.code_key.code(lead.id.number).to_string();
        rows.push(ReminderRow {
            name: lead.name.map_or_else(|| code.clone(), |(name, _)| name),
            code,
            since: waiting.since,
            is_over: waiting.step == Step::HandOver,
        });
    }
    if rows.is_empty() {
        return Ok(None);
    }
    let written = reminder(&RemindersOf {
        language: language(claimed.user.language.as_deref(), workspace),
        workspace,
        leads: &rows,
        count: waits.len(),
        base: &app.settings.base_url(),
        off: &off(app, workspace, &claimed.user, MailKind::Reminder),
    });
    Ok(logged(written))
}

fn logged(written: Result<Written, askama::Error>) -> Option<Written> {
    written
        .inspect_err(|error| tracing::error!(%error, "a letter could not be written"))
        .ok()
}

/// Sends somebody the digest that there would be now, at once: for whoever tries it out.
pub async fn send_now(
    app: &App,
    mail: &Mail,
    workspace: &Workspace,
    user: &User,
    plan: &Plan,
) -> Result<Result<(), MailError>, StoreError> {
    let (now, routing) = (app.watch.now(), app.routing.load_full());
    let slot = plan.latest(now, &workspace.time_zone);
    let digest = Digest {
        id: 0,
        workspace: workspace.id,
        frequency: plan.frequency,
        first: slot.first,
        last: slot.last,
        at: now,
    };
    let written = write_digest(app, &routing, workspace, user, &digest, true).await?;
    let Some(written) = written else {
        return Ok(Err(MailError {
            reason: "The digest could not be written; the server's log says why.".to_owned(),
            is_final: true,
        }));
    };
    let id = format!("kn-trial-{}-{}-{}", workspace.id, user.id, now.0);
    let letter = letter(app, workspace, user, MailKind::Digest, id, written);
    let sent = mail.send(letter, now).await;
    if sent.is_ok() && app.store.end_alert(workspace.id, MAIL_FAILED, 0, now).await? {
        app.live.alerts_changed(workspace.id);
    }
    Ok(sent)
}
