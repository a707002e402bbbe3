//! What a workspace is told without asking: digests, reminders, and their e-mails.

use super::{Lead, User};
use konektor_core::{
    decide::HandOver,
    digest::{Frequency, Plan as DigestPlan, Slot},
    ids::{AgentId, LeadId, RotatorId, UserId, WorkspaceId},
    reminder::{Plan as ReminderPlan, Step},
    time::{Day, UnixMs},
};

/// What a workspace wants to be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoticeSettings {
    /// When its digest is sent.
    pub digest: DigestPlan,
    /// Since when that holds.
    pub digest_since: UnixMs,
    /// What is done about leads that nobody answers.
    pub reminder: ReminderPlan,
    /// Leads that came before are left alone.
    pub remind_since: UnixMs,
}

/// What an e-mail is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MailKind {
    /// A day or a week.
    Digest,
    /// Leads that nobody has answered.
    Reminder,
}

impl MailKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Digest, Self::Reminder];

    /// As stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Digest => "digest",
            Self::Reminder => "reminder",
        }
    }
}

/// Which e-mails a member gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailChoice {
    /// Who.
    pub user: UserId,
    /// The workspace sends them its digest.
    pub digest: bool,
    /// They have turned it off.
    pub digest_off: bool,
    /// They have turned reminders off.
    pub reminders_off: bool,
}

/// A digest that came due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest {
    /// Its id.
    pub id: i64,
    /// Whose.
    pub workspace: WorkspaceId,
    /// A day's or a week's.
    pub frequency: Frequency,
    /// Its first day.
    pub first: Day,
    /// Its last.
    pub last: Day,
    /// When it was due.
    pub at: UnixMs,
}

/// A digest to claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewDigest {
    /// Whose.
    pub workspace: WorkspaceId,
    /// A day's or a week's.
    pub frequency: Frequency,
    /// When it was due, and of which days.
    pub slot: Slot,
    /// It goes out by e-mail too.
    pub by_mail: bool,
}

/// A step to claim for a lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewReminder {
    /// For which.
    pub lead: LeadId,
    /// Whose it is.
    pub agent: AgentId,
    /// Since when it waits.
    pub since: UnixMs,
    /// The agent is told by e-mail too.
    pub by_mail: bool,
}

/// A lead to hand over, if it is still untouched then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewHandOver {
    /// Which.
    pub lead: LeadId,
    /// Whose it is.
    pub agent: Option<AgentId>,
    /// Where it was born.
    pub rotator: RotatorId,
    /// Since when it waits.
    pub since: UnixMs,
    /// Minutes that it has waited, as its timeline says it.
    pub minutes: u32,
    /// Who gets it is told by e-mail too.
    pub by_mail: bool,
}

impl NewHandOver {
    /// Who moves it, as its timeline says it.
    pub(crate) fn by(&self) -> String {
        format!("reminder:{}", self.minutes)
    }

    /// As what it is noted once it is decided who gets it.
    pub(crate) fn done(&self, id: i64, to: AgentId, at: UnixMs) -> Reminder {
        Reminder {
            id,
            lead: self.lead,
            step: Step::HandOver,
            at,
            since: self.since,
            agent: self.agent,
            to: Some(to),
        }
    }
}

impl From<NewHandOver> for HandOver {
    fn from(new: NewHandOver) -> Self {
        Self {
            lead: new.lead,
            from: new.agent,
            rotator: new.rotator,
        }
    }
}

/// A step that was taken for a lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reminder {
    /// Its id.
    pub id: i64,
    /// For which.
    pub lead: LeadId,
    /// Which.
    pub step: Step,
    /// When.
    pub at: UnixMs,
    /// Since when it had waited.
    pub since: UnixMs,
    /// Whose it was.
    pub agent: Option<AgentId>,
    /// Who has got it.
    pub to: Option<AgentId>,
}

/// Digests and reminders of which webhooks have no messages yet.
#[derive(Clone, Debug, Default)]
pub struct Untold {
    /// Digests.
    pub digests: Vec<Digest>,
    /// Reminders.
    pub reminders: Vec<Reminder>,
}

/// A lead that nobody answered, with what was done about it.
#[derive(Clone, Debug)]
pub struct UntouchedLead {
    /// As it is now.
    pub lead: Box<Lead>,
    /// What was done.
    pub reminder: Reminder,
}

/// An e-mail to send now.
#[derive(Clone, Debug)]
pub struct ClaimedMail {
    /// Its id.
    pub id: i64,
    /// Whose workspace.
    pub workspace: WorkspaceId,
    /// To whom.
    pub user: User,
    /// What it is.
    pub kind: MailKind,
    /// The digest, or the agent.
    pub subject: i64,
    /// When it came due.
    pub at: UnixMs,
    /// Attempts that have failed.
    pub tries: u32,
}

/// What became of an e-mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextMail {
    /// The mail server has it.
    Sent,
    /// There is nothing to say any more.
    Dropped,
    /// It is given up.
    Failed {
        /// Why.
        reason: String,
    },
    /// Once more at this time.
    Again {
        /// When.
        due: UnixMs,
        /// What went wrong.
        reason: String,
    },
}

/// How far an e-mail is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailState {
    /// It waits for an attempt.
    Pending,
    /// The mail server took it.
    Sent,
    /// It was given up.
    Failed,
    /// There was nothing to say any more, or nobody to say it to.
    Dropped,
}

impl MailState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Sent, Self::Failed, Self::Dropped];

    /// As stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Dropped => "dropped",
        }
    }
}

/// An e-mail, as people see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Its id.
    pub id: i64,
    /// What it is.
    pub kind: MailKind,
    /// To whom.
    pub email: String,
    /// When it came due.
    pub at: UnixMs,
    /// How far it is.
    pub state: MailState,
    /// Attempts that have failed.
    pub tries: u32,
    /// What went wrong last.
    pub reason: Option<String>,
}

/// An e-mail cannot be sent; its subject is nothing.
pub const MAIL_FAILED: &str = "mail_failed";
