//! The database that the settings name, of either kind: the server is compiled once for both.

use crate::{
    Access, Attempt, Hooks, Identity, Lessons, Notices, Privacy, Reports, Result, Store, StoreError, WebhookStore,
    model::*, postgres::PostgresStore, sqlite::SqliteStore,
};
use konektor_core::{
    attribution::Platform,
    click::Click,
    decide::{Decisions, Memory, Visit},
    flood::FloodLimits,
    fold::{Came, Fresh, SourceKind},
    identity::{continuity::ClickIdPrint, seen::SeenClickIds},
    ids::{AgentId, ClickId, DeliveryId, DestinationId, FormId, LeadId, RotatorId, UserId, WebhookId, WorkspaceId},
    reminder::Untouched,
    rotation::{Rotation, learning::Learned},
    routing::Routing,
    screening::taught::Rule,
    time::UnixMs,
    webhook::{MessageId, NewMessage},
};
use std::{fmt, path::PathBuf, str::FromStr, sync::Arc};
use tokio::sync::broadcast;

/// Where a database is. Shown without the password.
#[derive(Clone, PartialEq, Eq)]
pub enum Address {
    /// A file.
    Sqlite(PathBuf),
    /// `postgres://…`
    Postgres(String),
}

impl FromStr for Address {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self> {
        match text.split_once(':') {
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(path.trim_start_matches("//").into())),
            Some(("postgres" | "postgresql", _)) => {
                crate::postgres::check_address(text)?;
                Ok(Self::Postgres(text.to_owned()))
            }
            _ => Err(StoreError::Address {
                reason: "write it as sqlite:PATH or as postgres://user:password@host/database".to_owned(),
            }),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => {
                // A password may stand before the host and among the parameters.
                let url = url.split('?').next().unwrap_or_default();
                let (scheme, rest) = url.split_once("://").unwrap_or((url, ""));
                match rest.rsplit_once('@') {
                    Some((who, place)) => {
                        let user = who.split(':').next().unwrap_or_default();
                        write!(f, "{scheme}://{user}@{place}")
                    }
                    None => write!(f, "{scheme}://{rest}"),
                }
            }
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An open database.
pub enum Database {
    /// A file.
    Sqlite(Box<SqliteStore>),
    /// A server that others may share.
    Postgres(Box<PostgresStore>),
}

impl Database {
    /// Opens a database, and brings its schema up to date.
    pub async fn open(address: &Address, now: UnixMs) -> Result<Self> {
        match address {
            Address::Sqlite(path) => Ok(Self::Sqlite(Box::new(SqliteStore::open(path, now)?))),
            Address::Postgres(url) => Ok(Self::Postgres(Box::new(PostgresStore::open(url, now).await?))),
        }
    }

    /// What other servers of the same database change; `None` where there are no others.
    pub fn changes(&self) -> Option<broadcast::Receiver<Change>> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(store) => Some(store.changes()),
        }
    }

    /// Says something to the other servers of the same database, if there are any: [`Change::Said`]. At most 7,900 bytes with its
    /// quotation marks escaped.
    pub async fn say(&self, said: &str) -> Result<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(store) => store.say(said).await,
        }
    }

    /// While it is filled and nobody is served yet, see [`SqliteStore::set_filling`]; PostgreSQL makes no difference.
    pub async fn set_filling(&self, is_filling: bool) -> Result<()> {
        match self {
            Self::Sqlite(store) => store.set_filling(is_filling).await,
            Self::Postgres(_) => Ok(()),
        }
    }
}

/// Hands each function of a trait on.
macro_rules! hand_on {
    ($of:ident: $($name:ident($($argument:ident: $kind:ty),*) -> $answer:ty;)*) => {
        impl $of for Database {
            $(
                async fn $name(&self, $($argument: $kind),*) -> Result<$answer> {
                    match self {
                        Self::Sqlite(store) => store.$name($($argument),*).await,
                        Self::Postgres(store) => store.$name($($argument),*).await,
                    }
                }
            )*
        }
    };
}

hand_on! {
    Store:
    record(routing: Arc<Routing>, memory: Box<Memory>, visits: Vec<Visit>, attempt: Arc<Attempt>) -> (Box<Memory>, Decisions);
    replay(routing: Arc<Routing>, memory: Box<Memory>, batch: ReplayBatch) -> (Box<Memory>, Replayed);
    forget_segment(segment: i64) -> ();
    reserve_numbers(wanted: Vec<NumberBlock>) -> Vec<NumberBlock>;
    recent_owners(limit: usize) -> Vec<(LeadId, AgentId)>;
    seen_click_ids() -> Option<SeenClickIds>;
    warm_click_ids(prints: Vec<ClickIdPrint>) -> ();
    memory(limits: FloodLimits) -> Box<Memory>;
    fold(routing: Arc<Routing>, fresh: Fresh, limit: usize) -> FoldProgress;
    rotation(rotator: RotatorId) -> Rotation;
    ledger(workspace: WorkspaceId, range: ReportRange) -> Vec<LedgerLine>;
    routing() -> Routing;
    installation() -> Installation;
    add_signing_salt(salt: [u8; 32], now: UnixMs) -> ();
    add_screened(screened: Vec<Screened>, samples: Vec<Sample>) -> ();
    add_counts(counts: Vec<Count>) -> ();
    add_workspace(new: NewWorkspace, now: UnixMs) -> WorkspaceId;
    workspaces() -> Vec<Workspace>;
    find_workspace(id: WorkspaceId) -> Option<Workspace>;
    set_workspace(workspace: Workspace) -> bool;
    begin_keyed(request: KeyedRequest, now: UnixMs, forget: UnixMs) -> Repeat;
    end_keyed(request: KeyedRequest, answer: Option<Vec<u8>>) -> ();
    hosts(workspace: WorkspaceId) -> Vec<String>;
    add_host(workspace: WorkspaceId, host: String, now: UnixMs) -> ();
    remove_host(workspace: WorkspaceId, host: String) -> bool;
    screening_rules(workspace: WorkspaceId) -> Vec<ScreeningRule>;
    add_screening_rule(workspace: WorkspaceId, rule: Rule, by: String, now: UnixMs) -> Option<ScreeningRule>;
    remove_screening_rule(workspace: WorkspaceId, id: i64) -> bool;
    agents(workspace: WorkspaceId) -> Vec<Agent>;
    add_agent(workspace: WorkspaceId, agent: AgentFields, now: UnixMs) -> Agent;
    set_agent(workspace: WorkspaceId, id: AgentId, agent: AgentFields, now: UnixMs) -> Option<Agent>;
    remove_agent(workspace: WorkspaceId, id: AgentId, now: UnixMs) -> bool;
    rotators(workspace: WorkspaceId) -> Vec<Rotator>;
    add_rotator(workspace: WorkspaceId, rotator: RotatorFields, now: UnixMs) -> Rotator;
    set_rotator(workspace: WorkspaceId, id: RotatorId, rotator: RotatorFields) -> Option<Rotator>;
    remove_rotator(workspace: WorkspaceId, id: RotatorId, now: UnixMs) -> bool;
    destinations(workspace: WorkspaceId) -> Vec<Destination>;
    all_destinations() -> Vec<Destination>;
    add_destination(workspace: WorkspaceId, id: DestinationId, destination: DestinationFields, now: UnixMs) -> Destination;
    set_destination(workspace: WorkspaceId, id: DestinationId, destination: DestinationFields, repaired: bool, now: UnixMs) -> Option<Destination>;
    remove_destination(workspace: WorkspaceId, id: DestinationId, now: UnixMs) -> bool;
    hold_destination(id: DestinationId, hold: DestinationHold, message: String) -> ();
    destination_stats(id: DestinationId, now: UnixMs) -> DestinationStats;
    claim_deliveries(destination: DestinationId, now: UnixMs, lease: UnixMs, limit: usize) -> Claim;
    release_claims(now: UnixMs) -> ();
    settle(exchange: Exchange) -> ();
    unconfirmed(destination: DestinationId, now: UnixMs, limit: usize) -> Vec<Unconfirmed>;
    settle_confirmation(exchange: i64, ask_again: Option<UnixMs>, settled: Vec<Settled>, now: UnixMs) -> ();
    expire_deliveries(now: UnixMs) -> u64;
    forget_deliveries(before: UnixMs) -> u64;
    deliveries(workspace: WorkspaceId, filter: DeliveryFilter, before: Option<DeliveryId>, limit: usize) -> Vec<Delivery>;
    find_delivery(workspace: WorkspaceId, id: DeliveryId) -> Option<Delivery>;
    replay_delivery(workspace: WorkspaceId, id: DeliveryId, now: UnixMs) -> Replay;
    attributed_click(lead: LeadId, platform: Platform) -> Option<Click>;
    raise_alert(alert: Alert) -> bool;
    end_alert(workspace: WorkspaceId, kind: &'static str, subject: i64, now: UnixMs) -> bool;
    alerts(workspace: WorkspaceId) -> Vec<Alert>;
    leads(workspace: WorkspaceId, filter: LeadFilter, before: Option<LeadId>, limit: usize) -> FoundLeads;
    find_lead(id: LeadId) -> Option<Lead>;
    update_lead(id: LeadId, patch: LeadPatch, by: String, now: UnixMs) -> Option<Lead>;
    remove_lead(id: LeadId, by: String, now: UnixMs) -> bool;
    update_leads(ids: Vec<LeadId>, patch: LeadPatch, by: String, now: UnixMs) -> ();
    timeline(id: LeadId, before: Option<UnixMs>, limit: usize) -> Vec<TimelineItem>;
    ping() -> ();
    newest_click() -> Option<UnixMs>;
    watermark() -> ClickId;
    close() -> ();
}

hand_on! {
    Access:
    add_user(new: NewUser, now: UnixMs) -> UserId;
    has_users() -> bool;
    set_up(new: NewOwner, now: UnixMs) -> Option<(UserId, WorkspaceId)>;
    credentials(email: String) -> Option<Credentials>;
    memberships(user: UserId) -> Vec<Membership>;
    members(workspace: WorkspaceId) -> Vec<Member>;
    invite(new: NewInvitation, now: UnixMs) -> UserId;
    find_invitation(hash: [u8; 32], now: UnixMs) -> Option<Invitation>;
    accept_invitation(hash: [u8; 32], password_hash: Option<String>, now: UnixMs) -> bool;
    set_member(workspace: WorkspaceId, user: UserId, role: Role, agent: Option<AgentId>) -> MemberChange;
    remove_member(workspace: WorkspaceId, user: UserId) -> MemberChange;
    set_language(user: UserId, language: Option<String>) -> ();
    set_password(user: UserId, password_hash: String, keep: Option<i64>) -> ();
    add_session(new: NewSession, now: UnixMs) -> Option<i64>;
    find_session(hash: [u8; 32], now: UnixMs) -> Option<Session>;
    touch_session(id: i64, now: UnixMs, expires_at: UnixMs) -> ();
    sessions(user: UserId, now: UnixMs) -> Vec<Session>;
    switch_session(id: i64, workspace: WorkspaceId) -> bool;
    end_session(user: UserId, id: i64) -> bool;
    end_other_sessions(user: UserId, keep: Option<i64>) -> ();
    add_api_key(new: NewApiKey, now: UnixMs) -> ApiKey;
    find_api_key(hash: [u8; 32], now: UnixMs) -> Option<ApiKey>;
    api_keys(workspace: WorkspaceId) -> Vec<ApiKey>;
    revoke_api_key(workspace: WorkspaceId, id: i64, now: UnixMs) -> bool;
    add_audit(line: AuditLine) -> ();
    audit(workspace: WorkspaceId, limit: usize) -> Vec<AuditLine>;
}

hand_on! {
    WebhookStore:
    webhooks(workspace: WorkspaceId) -> Vec<Webhook>;
    all_webhooks() -> Vec<Webhook>;
    add_webhook(workspace: WorkspaceId, id: WebhookId, webhook: WebhookFields, now: UnixMs) -> Webhook;
    set_webhook(workspace: WorkspaceId, id: WebhookId, webhook: WebhookFields, revived: bool, now: UnixMs) -> Option<Webhook>;
    remove_webhook(workspace: WorkspaceId, id: WebhookId, now: UnixMs) -> bool;
    set_webhook_health(id: WebhookId, health: WebhookHealth, now: UnixMs) -> Option<Webhook>;
    claim_messages(webhook: WebhookId, now: UnixMs, lease: UnixMs, limit: usize) -> MessageClaim;
    release_messages(now: UnixMs) -> ();
    message_data(subjects: Vec<MessageSubject>) -> Vec<Option<MessageData>>;
    freeze_messages(payloads: Vec<(i64, String)>) -> ();
    settle_messages(settled: Vec<SettledMessage>) -> ();
    add_test_message(webhook: WebhookId, id: MessageId, payload: String, now: UnixMs, lease: UnixMs) -> i64;
    messages(webhook: WebhookId, filter: MessageFilter, before: Option<i64>, limit: usize) -> Vec<Message>;
    find_message(webhook: WebhookId, id: MessageId) -> Option<Message>;
    replay_message(webhook: WebhookId, id: MessageId, now: UnixMs) -> MessageReplay;
    forget_messages(before: UnixMs) -> u64;
    add_messages(messages: Vec<NewMessage>) -> ();
}

hand_on! {
    Identity:
    submit(workspace: WorkspaceId, submission: Submission, now: UnixMs) -> Submitted;
    import_leads(workspace: WorkspaceId, rows: Vec<ImportRow>, dry_run: bool, by: String, now: UnixMs) -> Vec<Imported>;
    merge_leads(from: LeadId, into: LeadId, by: String, now: UnixMs) -> Merge;
    unmerge_lead(id: LeadId, by: String, now: UnixMs) -> Unmerge;
    identifiers(lead: LeadId) -> Vec<Identifier>;
    said_on_page(lead: LeadId) -> Option<SaidInFull>;
    lead_details(lead: LeadId) -> Option<LeadDetails>;
}

hand_on! {
    Lessons:
    given(rotator: (WorkspaceId, RotatorId), born: (UnixMs, UnixMs), won_within_ms: i64) -> Vec<Given>;
    set_learned(workspace: WorkspaceId, rotator: RotatorId, learned: Learned) -> bool;
}

hand_on! {
    Privacy:
    find_persons(workspace: WorkspaceId, whom: Whom) -> Vec<LeadId>;
    all_leads_of(leads: Vec<LeadId>) -> Vec<LeadId>;
    erase(leads: Vec<LeadId>, now: UnixMs) -> Erased;
    not_erased(leads: Vec<LeadId>) -> Vec<LeadId>;
    scrub(needles: Vec<String>) -> bool;
    forget_of_clicks(what: Forgotten, before: UnixMs) -> usize;
    forget_samples(before: UnixMs) -> usize;
    silent_leads(before: UnixMs, now: UnixMs, after: Option<LeadId>, limit: usize) -> SilentLeads;
    held_data(workspace: WorkspaceId, range: (UnixMs, UnixMs), after: Option<LeadId>, limit: usize) -> Vec<HeldData>;
}

hand_on! {
    Notices:
    notice_settings(workspace: WorkspaceId) -> Option<NoticeSettings>;
    all_notice_settings() -> Vec<(WorkspaceId, NoticeSettings)>;
    set_notice_settings(workspace: WorkspaceId, settings: NoticeSettings) -> ();
    mail_choices(workspace: WorkspaceId) -> Vec<MailChoice>;
    set_digest_recipients(workspace: WorkspaceId, users: Vec<UserId>) -> ();
    set_mail_off(workspace: WorkspaceId, user: UserId, kind: MailKind, off: bool) -> bool;
    add_digest(new: NewDigest) -> Option<i64>;
    find_digest(id: i64) -> Option<Digest>;
    untouched(workspace: WorkspaceId, from: UnixMs) -> Vec<Untouched>;
    remind(new: Vec<NewReminder>, now: UnixMs) -> Vec<Reminder>;
    hand_over(routing: Arc<Routing>, memory: Box<Memory>, leads: Vec<NewHandOver>, now: UnixMs) -> (Box<Memory>, Vec<Reminder>);
    reminders_of(workspace: WorkspaceId, agent: AgentId, at: UnixMs) -> Vec<Reminder>;
    untold(limit: usize) -> Untold;
    set_told(told: Untold) -> ();
    claim_mails(now: UnixMs, lease: UnixMs, limit: usize) -> Vec<ClaimedMail>;
    settle_mail(id: i64, next: NextMail, now: UnixMs) -> ();
    mails(workspace: WorkspaceId, limit: usize) -> Vec<Mail>;
    forget_notices(before: UnixMs) -> u64;
}

hand_on! {
    Reports:
    counters(workspace: WorkspaceId, metric: &'static str, range: ReportRange) -> Vec<Counter>;
    sources(workspace: WorkspaceId, kind: SourceKind, range: ReportRange, limit: usize) -> (Vec<SourceCount>, Came);
    funnel(workspace: WorkspaceId, born: BornRange) -> Funnel;
    arrivals(workspace: WorkspaceId, group: ArrivalGroup, born: BornRange) -> Vec<(String, u64)>;
    sales(workspace: WorkspaceId, by: SaleDate, range: BornRange) -> Vec<Sale>;
    latest_clicks(workspace: WorkspaceId, from: UnixMs, limit: usize) -> Vec<Click>;
    screening_samples(workspace: WorkspaceId, rotator: Option<RotatorId>, limit: usize) -> Vec<Sample>;
}

hand_on! {
    Hooks:
    forms(workspace: WorkspaceId) -> Vec<Form>;
    find_form(token: String) -> Option<Form>;
    add_form(workspace: WorkspaceId, id: FormId, token: String, form: FormFields, now: UnixMs) -> Form;
    set_form(workspace: WorkspaceId, id: FormId, form: FormFields) -> Option<Form>;
    remove_form(workspace: WorkspaceId, id: FormId, now: UnixMs) -> bool;
    add_form_post(form: FormId, post: FormPost, learnt: Option<Learnt>) -> ();
    form_posts(form: FormId, before: Option<i64>, limit: usize) -> Vec<FormPost>;
    whatsapp(workspace: WorkspaceId) -> Option<Whatsapp>;
    find_whatsapp(token: String) -> Option<Whatsapp>;
    set_whatsapp(workspace: WorkspaceId, token: String, fields: WhatsappFields, now: UnixMs) -> Whatsapp;
    remove_whatsapp(workspace: WorkspaceId) -> bool;
    count_whatsapp(workspace: WorkspaceId, counts: WhatsappCounts, now: UnixMs) -> ();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_password() {
        let file: Address = "sqlite:/var/lib/konektor.db".parse().unwrap();
        assert_eq!(file.to_string(), "sqlite:/var/lib/konektor.db");
        for (url, shown) in [
            ("postgres://k:hush@db.example:5432/k", "postgres://k@db.example:5432/k"),
            ("postgres://k@db.example/k?password=hush", "postgres://k@db.example/k"),
            ("postgresql://db.example/k", "postgresql://db.example/k"),
        ] {
            let address = Address::Postgres(url.to_owned());
            assert_eq!(address.to_string(), shown);
            assert_eq!(format!("{address:?}"), shown);
        }
        for wrong in ["", "sqlite:", "mysql://db", "konektor.db", "postgres://k@db:port/k"] {
            assert!(wrong.parse::<Address>().is_err(), "{wrong}");
        }
    }
}
