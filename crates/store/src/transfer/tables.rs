//! Every table of both databases, once, and how a row of it is written in each.
//!
//! A table has the same name in both. Columns are named as in PostgreSQL; where SQLite keeps something otherwise (a lead's
//! workspace and number as one key, or no workspace where the row's owner has it), it says how it is read and written there. A
//! test holds this to both catalogues: a table or a column that is not named here makes it fail.

use super::row::Kind;

/// Which of SQLite's two files a table is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum File {
    /// What must never be lost.
    Ground,
    /// Projections and the outbox.
    Fold,
}

impl File {
    /// As what it is attached.
    pub(crate) fn schema(self) -> &'static str {
        match self {
            Self::Ground => "main",
            Self::Fold => "fold",
        }
    }
}

/// A column that both sides know of.
#[derive(Debug)]
pub(crate) struct Column {
    /// In PostgreSQL.
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// How SQLite has it, of the row `t`.
    pub(crate) in_sqlite: String,
}

/// A column that only PostgreSQL has, and that follows from the others.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Extra {
    /// A number that is 0.
    Zero(&'static str),
    /// A flag that is not set.
    Unset(&'static str),
    /// The same as another column.
    Same(&'static str, &'static str),
}

impl Extra {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Zero(name) | Self::Unset(name) | Self::Same(name, _) => name,
        }
    }
}

/// A table of both databases.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) file: File,
    pub(crate) columns: Vec<Column>,
    /// SQLite's columns, each with the value that is written into it: columns above in braces.
    pub(crate) sqlite_columns: Vec<(&'static str, String)>,
    pub(crate) extras: Vec<Extra>,
    /// The order in which SQLite reads it: that of a key, so that a copy that was cut off goes on where it was.
    pub(crate) sqlite_order: &'static str,
    pub(crate) postgres_order: &'static str,
    /// Where PostgreSQL reads it from, if it is not simply the table.
    pub(crate) postgres_from: Option<&'static str>,
    /// How SQLite writes a row, if it is not inserted.
    pub(crate) sqlite_write: Option<&'static str>,
}

/// What a column's kind is called below.
fn kind(word: &str) -> Kind {
    match word {
        "int" => Kind::Int,
        "day" => Kind::Day,
        "flag" => Kind::Flag,
        "real" => Kind::Real,
        "text" => Kind::Text,
        "bytes" => Kind::Bytes,
        _ => unreachable!("{word} is no kind; the test of the catalogues builds all tables"),
    }
}

impl Table {
    fn new(file: File, name: &'static str, order: &'static str) -> Self {
        Self {
            name,
            file,
            columns: Vec::new(),
            sqlite_columns: Vec::new(),
            extras: Vec::new(),
            sqlite_order: order,
            postgres_order: order,
            postgres_from: None,
            sqlite_write: None,
        }
    }

    /// In the order of these columns.
    fn ground(name: &'static str, order: &'static str) -> Self {
        Self::new(File::Ground, name, order)
    }

    fn fold(name: &'static str, order: &'static str) -> Self {
        Self::new(File::Fold, name, order)
    }

    /// Columns that are the same in both: `name:kind`, one after the other.
    fn with(mut self, columns: &'static str) -> Self {
        for column in columns.split_whitespace() {
            let (name, word) = column.split_once(':').unwrap_or((column, ""));
            self = self.read_as(name, kind(word), format!("t.\"{name}\""));
            self.sqlite_columns.push((name, format!("{{{name}}}")));
        }
        self
    }

    fn read_as(mut self, name: &'static str, kind: Kind, in_sqlite: String) -> Self {
        self.columns.push(Column { name, kind, in_sqlite });
        self
    }

    /// A lead that SQLite has as one key.
    fn lead(self, key: &'static str) -> Self {
        self.read_as("workspace_id", Kind::Int, format!("t.{key} >> 35"))
            .number("number", key)
    }

    /// A lead of the row's workspace by its number, which SQLite has as one key.
    fn number(mut self, name: &'static str, key: &'static str) -> Self {
        self = self.read_as(name, Kind::Int, format!("t.{key} & 34359738367"));
        self.sqlite_columns
            .push((key, format!("({{workspace_id}} << 35) | {{{name}}}")));
        self
    }

    /// A row whose workspace SQLite finds by another.
    fn workspace_of(self, by: &'static str) -> Self {
        self.read_as("workspace_id", Kind::Int, format!("coalesce(({by}), 0)"))
    }

    fn only_postgres(mut self, extra: Extra) -> Self {
        self.extras.push(extra);
        self
    }

    /// SQLite's key, where it is another than PostgreSQL's.
    fn sqlite_order(mut self, order: &'static str) -> Self {
        self.sqlite_order = order;
        self
    }

    fn postgres_from(mut self, from: &'static str) -> Self {
        self.postgres_from = Some(from);
        self
    }
}

/// Whose a row is that names a destination.
const BY_DESTINATION: &str = "SELECT workspace_id FROM main.destinations WHERE id = t.destination_id";
/// Whose a row is that names a delivery.
const BY_DELIVERY: &str =
    "SELECT d.workspace_id FROM fold.deliveries e JOIN main.destinations d ON d.id = e.destination_id
     WHERE e.id = t.delivery_id";
/// Whose a row is that names a message.
const BY_MESSAGE: &str =
    "SELECT w.workspace_id FROM fold.webhook_messages m JOIN main.webhooks w ON w.id = m.webhook_id
     WHERE m.id = t.message";
/// Whose a row is that names a rotator.
const BY_ROTATOR: &str = "SELECT workspace_id FROM main.rotators WHERE id = t.rotator_id";

/// All of them, in an order in which no row refers to one that comes later.
pub(crate) fn tables() -> Vec<Table> {
    let mut tables = small();
    tables.extend(of_visitors());
    tables.extend(folded());
    tables.extend(outbox());
    tables
}

/// Configuration and people.
fn small() -> Vec<Table> {
    let mut numbers = Table::ground("numbers", "workspace_id")
        .read_as("workspace_id", Kind::Int, "t.id".to_owned())
        .read_as("next", Kind::Int, "t.next_number".to_owned())
        .sqlite_order("id")
        // A workspace that nobody has visited has no row yet.
        .postgres_from(
            "(SELECT w.id AS workspace_id, coalesce(n.next, 1) AS next
              FROM workspaces w LEFT JOIN numbers n ON n.workspace_id = w.id)",
        );
    numbers.sqlite_write = Some("UPDATE main.workspaces SET next_number = {next} WHERE id = {workspace_id}");
    vec![
        Table::ground("installation", "id").with("id:int fingerprint_key:bytes created_at:int"),
        Table::ground("signing_keys", "id").with("id:int salt:bytes created_at:int"),
        Table::ground("workspaces", "id").with(
            "id:int name:text country:text time_zone:text code_key:bytes currency:text privacy_mode:text created_at:int",
        ),
        numbers,
        Table::ground("users", "id").with("id:int email:text password_hash:text language:text created_at:int"),
        Table::ground("memberships", "workspace_id, user_id")
            .with("workspace_id:int user_id:int role:text agent_id:int joined:flag"),
        Table::ground("sessions", "id").with(
            "id:int token_hash:bytes user_id:int workspace_id:int created_at:int seen_at:int expires_at:int \
             user_agent:text address:text",
        ),
        Table::ground("invitations", "workspace_id, user_id")
            .with("workspace_id:int user_id:int token_hash:bytes expires_at:int"),
        Table::ground("api_keys", "id").with(
            "id:int workspace_id:int name:text key_hash:bytes scopes:text created_at:int expires_at:int revoked_at:int",
        ),
        Table::ground("hosts", "host").with("host:text workspace_id:int created_at:int"),
        Table::ground("screening_rules", "id")
            .with("id:int workspace_id:int kind:text value:text created_at:int created_by:text"),
        Table::ground("agents", "id").with(
            "id:int workspace_id:int name:text phone:text active:flag paused_until:int hours:text time_zone:text \
             daily_cap:int created_at:int removed_at:int",
        ),
        Table::ground("rotators", "id").with(
            "id:int workspace_id:int slug:text name:text mode:text message:text target:text fallback:text page:text \
             agents:text on_public_host:flag created_at:int removed_at:int learning:text learned:text",
        ),
        Table::ground("destinations", "id").with(
            "id:int workspace_id:int platform:text name:text settings:text credentials:bytes mapping:text consent:text \
             active:flag hold:text hold_code:text hold_reason:text hold_since:int created_at:int removed_at:int",
        ),
        Table::ground("alerts", "id")
            .with("id:int workspace_id:int kind:text subject:int message:text since:int until:int")
            .only_postgres(Extra::Unset("unfolded")),
        Table::ground("webhooks", "id").with(
            "id:int workspace_id:int url:text events:text active:flag secret:bytes previous_secret:bytes \
             previous_until:int failing_since:int disabled_at:int created_at:int removed_at:int",
        ),
        Table::ground("agent_absences", "id")
            .with("id:int workspace_id:int agent_id:int at:int why:text rotators:text")
            .only_postgres(Extra::Unset("unfolded")),
        Table::ground("forms", "id").with(
            "id:int workspace_id:int name:text token:text secret:bytes mapping:text guessed:flag redirect:text \
             active:flag sample:text received:int refused:int last_received_at:int created_at:int removed_at:int",
        ),
        Table::ground("whatsapp", "workspace_id").with(
            "workspace_id:int token:text phone_number_id:text app_secret:bytes verify_token:bytes messages:int \
             statuses:int others:int refused:int last_received_at:int created_at:int",
        ),
        Table::ground("replayed", "segment").with("segment:int visits:int"),
        Table::ground("notices", "workspace_id").with(
            "workspace_id:int digest:text hour:int weekday:text digest_since:int remind_minutes:int \
             hand_over_minutes:int remind_by_mail:flag remind_since:int",
        ),
        Table::ground("mail_choices", "workspace_id, user_id")
            .with("workspace_id:int user_id:int digest:flag digest_off:flag reminders_off:flag"),
        Table::ground("digests", "id")
            .with("id:int workspace_id:int frequency:text first_day:day last_day:day at:int told:flag"),
        Table::ground("mails", "id").with(
            "id:int workspace_id:int user_id:int kind:text subject:int at:int state:text due:int tries:int reason:text \
             settled_at:int",
        ),
    ]
}

/// What grows with visitors.
fn of_visitors() -> Vec<Table> {
    vec![
        Table::ground("leads", "workspace_id, number")
            .lead("id")
            .with(
                "first_click:int created_at:int rotator_id:int agent_id:int flags:int platform:text source:text \
                 campaign:text stands:text name:text name_source:text status:text phone:text email:text value:int \
                 currency:text notes:text removed_at:int own:text name_at:int",
            )
            .number("merged_into", "merged_into")
            .sqlite_order("id"),
        Table::ground("lead_changes", "workspace_id, id")
            .lead("lead_id")
            .with("id:int at:int field:text old:text new:text by:text")
            .only_postgres(Extra::Unset("unfolded"))
            .sqlite_order("id"),
        Table::ground("reminders", "workspace_id, number, step")
            .lead("lead_id")
            .with("id:int step:text at:int waiting_since:int agent_id:int to_agent_id:int told:flag")
            .sqlite_order("lead_id, step"),
        Table::ground("erased", "workspace_id, number")
            .lead("lead_id")
            .with("at:int")
            .sqlite_order("lead_id"),
        Table::ground("clicks", "workspace_id, id")
            .lead("lead_id")
            .with("id:int at:int rotator_id:int agent_id:int facts:text")
            .sqlite_order("id"),
        // One node's in SQLite: those of several are put together, see `Rotation::together`.
        Table::ground("rotations", "workspace_id, rotator_id")
            .workspace_of(BY_ROTATOR)
            .with("rotator_id:int state:text")
            .only_postgres(Extra::Zero("node"))
            .sqlite_order("rotator_id")
            .postgres_from(
                "(SELECT workspace_id, rotator_id, string_agg(state, E'\\n' ORDER BY node) AS state
                  FROM rotations GROUP BY 1, 2)",
            ),
        Table::ground("turns", "workspace_id, rotator_id, day, agent_id")
            .workspace_of(BY_ROTATOR)
            .with("rotator_id:int day:day agent_id:int given:int due:real")
            .only_postgres(Extra::Zero("node"))
            .sqlite_order("rotator_id, day, agent_id")
            .postgres_from(
                "(SELECT workspace_id, rotator_id, day, agent_id, sum(given)::bigint AS given,
                         sum(due ORDER BY node) AS due
                  FROM turns GROUP BY 1, 2, 3, 4)",
            ),
        Table::ground("keyed_requests", "workspace_id, key")
            .with("workspace_id:int key:bytes print:bytes begun_at:int answer:bytes"),
        Table::ground("audit", "workspace_id, id")
            .with("workspace_id:int id:int at:int who:text what:text object:text")
            .sqlite_order("id"),
        Table::ground("form_posts", "workspace_id, id")
            .workspace_of("SELECT workspace_id FROM main.forms WHERE id = t.form_id")
            .number("number", "lead_id")
            .with("id:int form_id:int at:int state:text reason:text count:int")
            .sqlite_order("id"),
        Table::ground("merges", "workspace_id, id")
            .read_as("workspace_id", Kind::Int, "t.merged >> 35".to_owned())
            .number("merged", "merged")
            .number("survivor", "survivor")
            .with("id:int at:int by:text why:text before:text after:text lent_agent:int undone_at:int undone_by:text")
            .sqlite_order("id"),
        Table::ground("identifiers", "workspace_id, kind, value")
            .with("workspace_id:int kind:text value:text at:int by:text merge_id:int")
            .number("number", "lead_id"),
        Table::ground("submissions", "workspace_id, id")
            .with("workspace_id:int id:int at:int by:text said:text once:bytes merge_id:int")
            .number("number", "lead_id")
            .sqlite_order("id"),
    ]
}

/// What the fold has computed.
fn folded() -> Vec<Table> {
    vec![
        Table::fold("activity", "workspace_id, number")
            .lead("lead_id")
            .with("last_click:int clicks:int last_platform:text")
            .only_postgres(Extra::Same("head", "last_click"))
            .sqlite_order("lead_id"),
        Table::fold("links", "workspace_id, click")
            .workspace_of("SELECT lead_id >> 35 FROM main.clicks WHERE id = t.click")
            .with("click:int previous:int")
            .sqlite_order("click"),
        Table::fold("click_ids", "workspace_id, print")
            .lead("lead_id")
            .with("print:int with_browser:int at:int")
            .sqlite_order("print"),
        Table::fold("counters", "workspace_id, day, rotator_id, metric, key")
            .with("workspace_id:int day:day rotator_id:int metric:text key:text n:int"),
        Table::fold("sources", "workspace_id, kind, day, rotator_id, name")
            .with("workspace_id:int kind:text day:day rotator_id:int name:text clicks:int new:int"),
        Table::fold("arrivals", "workspace_id, number")
            .lead("lead_id")
            .with("at:int born_at:int rotator_id:int agent_id:text platform:text source:text campaign:text in_app:text")
            .sqlite_order("lead_id"),
        Table::fold("sales", "workspace_id, number")
            .lead("lead_id")
            .with("won_at:int born_at:int rotator_id:int returning_lead:flag")
            .sqlite_order("lead_id"),
        Table::fold("screening_samples", "workspace_id, id")
            .with("workspace_id:int id:int rotator_id:int reason:text at:int request:text")
            .sqlite_order("id"),
    ]
}

/// Events and messages, and what became of them.
fn outbox() -> Vec<Table> {
    vec![
        Table::fold("deliveries", "workspace_id, id")
            .workspace_of(BY_DESTINATION)
            .number("number", "lead_id")
            .with(
                "id:int destination_id:int click_id:int trigger_kind:text name:text event_id:text at:int consent:text \
                 details:text not_before:int expires_at:int state:text due:int attempts:int code:text reason:text \
                 exchange_id:int settled_at:int",
            )
            .sqlite_order("id"),
        Table::fold("requests", "workspace_id, delivery_id")
            .workspace_of(BY_DELIVERY)
            .with("delivery_id:int request:text")
            .sqlite_order("delivery_id"),
        Table::fold("exchanges", "workspace_id, id")
            .workspace_of(BY_DESTINATION)
            .with(
                "id:int destination_id:int at:int status:int trace:text response:text confirm_at:int confirm_tries:int",
            )
            .sqlite_order("id"),
        Table::fold("told", "workspace_id, destination_id, print")
            .workspace_of(BY_DESTINATION)
            .with("destination_id:int print:int")
            .sqlite_order("destination_id, print"),
        Table::fold("tracking", "workspace_id, number")
            .lead("lead_id")
            .with("pending:int sent:int failed:int")
            .sqlite_order("lead_id"),
        Table::fold("webhook_messages", "workspace_id, id")
            .workspace_of("SELECT workspace_id FROM main.webhooks WHERE id = t.webhook_id")
            .number("number", "lead_id")
            .with(
                "id:int webhook_id:int message_id:text event:text subject:int subject_end:int at:int state:text due:int \
                 leased:flag tries:int settled_at:int",
            )
            .sqlite_order("id"),
        Table::fold("webhook_payloads", "workspace_id, message")
            .workspace_of(BY_MESSAGE)
            .with("message:int payload:text")
            .sqlite_order("message"),
        Table::fold("webhook_attempts", "workspace_id, id")
            .workspace_of(BY_MESSAGE)
            .with("id:int message:int at:int status:int error:text duration_ms:int")
            .sqlite_order("id"),
    ]
}
