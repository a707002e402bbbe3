//! The digest's settings as the API shows them.

use super::settings;
use crate::{
    api::{error::ApiError, time::Time},
    app::App,
};
use konektor_core::{digest::Frequency as Often, routing::Workspace, webhook::EventKind};
use konektor_store::{
    Access, Notices,
    model::{Mail, Role},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// E-mails that are shown: enough to see whether they arrive.
const LATEST: usize = 10;

/// How often the digest is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DigestFrequency)]
pub enum Frequency {
    /// Never.
    Off,
    /// Each day, about the day before.
    Daily,
    /// Once a week, about the seven days before.
    Weekly,
}

impl From<Often> for Frequency {
    fn from(often: Often) -> Self {
        match often {
            Often::Off => Self::Off,
            Often::Daily => Self::Daily,
            Often::Weekly => Self::Weekly,
        }
    }
}

impl From<Frequency> for Often {
    fn from(frequency: Frequency) -> Self {
        match frequency {
            Frequency::Off => Self::Off,
            Frequency::Daily => Self::Daily,
            Frequency::Weekly => Self::Weekly,
        }
    }
}

/// When the digest is sent and to whom.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DigestSettings)]
pub struct DigestSettingsView {
    /// How often.
    frequency: Frequency,
    /// At this hour of the workspace's day, 0 to 23.
    #[schema(example = 7)]
    hour: u8,
    /// On this day, if it is weekly: `mon` to `sun`.
    #[schema(example = "mon")]
    weekday: &'static str,
    /// When the next one is due.
    #[schema(required)]
    next_at: Option<Time>,
    /// Owners and admins, who can get it by e-mail.
    recipients: Vec<DigestRecipient>,
    /// Whether the server can send e-mail. If not, webhooks are told all the same.
    mail_ready: bool,
    /// From whom e-mails are.
    #[schema(required, example = "Konektor <konektor@brand.com>")]
    mail_from: Option<String>,
    /// Webhooks that ask for the message `digest`.
    webhooks: usize,
    /// The latest e-mails, reminders too, newest first.
    latest: Vec<MailView>,
}

/// Somebody who can get the digest.
#[derive(Debug, Serialize, ToSchema)]
pub struct DigestRecipient {
    /// Who.
    #[schema(example = "1")]
    user_id: String,
    /// Their e-mail address.
    #[schema(example = "rina@brand.com")]
    email: String,
    /// The workspace sends it to them.
    chosen: bool,
    /// They have turned it off themselves, so they do not get it.
    off: bool,
}

/// An e-mail.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Mail)]
pub struct MailView {
    /// `digest` or `reminder`.
    kind: &'static str,
    /// To whom.
    email: String,
    /// When it came due.
    at: Time,
    /// `pending`, `sent`, `failed` (given up), or `dropped` (there was nothing to say any more, or nobody to say it to).
    state: &'static str,
    /// What the mail server said when it did not take it.
    #[schema(required)]
    reason: Option<String>,
}

impl From<Mail> for MailView {
    fn from(mail: Mail) -> Self {
        Self {
            kind: mail.kind.as_str(),
            email: mail.email,
            at: Time(mail.at),
            state: mail.state.as_str(),
            reason: mail.reason,
        }
    }
}

/// The settings of a workspace.
pub(super) async fn view(app: &App, workspace: &Workspace) -> Result<DigestSettingsView, ApiError> {
    let plan = settings(app, workspace.id).await?.digest;
    let choices = app.store.mail_choices(workspace.id).await?;
    let members = app.store.members(workspace.id).await?;
    let recipients = members
        .into_iter()
        .filter(|member| member.role != Role::Agent)
        .map(|member| {
            let choice = choices.iter().find(|choice| choice.user == member.user.id);
            DigestRecipient {
                user_id: member.user.id.to_string(),
                email: member.user.email,
                chosen: choice.is_some_and(|choice| choice.digest),
                off: choice.is_some_and(|choice| choice.digest_off),
            }
        });
    let routing = app.routing.load();
    let listens = routing.webhooks(workspace.id).iter();
    Ok(DigestSettingsView {
        frequency: plan.frequency.into(),
        hour: plan.hour,
        weekday: plan.weekday.as_str(),
        next_at: plan.next(app.clock.now(), &workspace.time_zone).map(Time),
        recipients: recipients.collect(),
        mail_ready: app.mail.is_some(),
        mail_from: app.mail.as_ref().map(crate::mail::Mail::sender),
        webhooks: listens
            .filter(|webhook| webhook.events.contains(EventKind::Digest))
            .count(),
        latest: app
            .store
            .mails(workspace.id, LATEST)
            .await?
            .into_iter()
            .map(MailView::from)
            .collect(),
    })
}
