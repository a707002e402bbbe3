-- What a workspace is told without asking: digests, reminders of leads that nobody answers, and the e-mails of both.

-- What it wants; no row: nothing.
CREATE TABLE notices (
    workspace_id      INTEGER PRIMARY KEY REFERENCES workspaces,
    -- off, daily, weekly.
    digest            TEXT    NOT NULL,
    -- By the workspace's clock, 0 to 23, and the day of a weekly one: mon, tue, …
    hour              INTEGER NOT NULL,
    weekday           TEXT    NOT NULL,
    -- What was due before is not sent.
    digest_since      INTEGER NOT NULL,
    -- NULL: never.
    remind_minutes    INTEGER,
    hand_over_minutes INTEGER,
    remind_by_mail    INTEGER NOT NULL,
    -- Leads that came before are left alone.
    remind_since      INTEGER NOT NULL
);

-- Who gets which e-mails. What somebody has turned off themselves, nobody turns on for them.
CREATE TABLE mail_choices (
    workspace_id  INTEGER NOT NULL REFERENCES workspaces,
    user_id       INTEGER NOT NULL REFERENCES users,
    digest        INTEGER NOT NULL DEFAULT 0,
    digest_off    INTEGER NOT NULL DEFAULT 0,
    reminders_off INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace_id, user_id)
) WITHOUT ROWID;

-- Digests that came due. The row is the claim: whoever writes it makes the digest, nobody else.
CREATE TABLE digests (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id INTEGER NOT NULL REFERENCES workspaces,
    frequency    TEXT    NOT NULL,
    -- YYYYMMDD, in the workspace's zone at the time.
    first_day    INTEGER NOT NULL,
    last_day     INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    -- Whether webhooks have their messages of it.
    told         INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX digests_once ON digests (workspace_id, frequency, last_day);
CREATE INDEX digests_untold ON digests (id) WHERE NOT told;

-- What was done for a lead that nobody answered: each step once.
CREATE TABLE reminders (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    lead_id       INTEGER NOT NULL,
    -- remind, hand_over.
    step          TEXT    NOT NULL,
    at            INTEGER NOT NULL,
    waiting_since INTEGER NOT NULL,
    -- Whose it was; of a hand-over also who has it now.
    agent_id      INTEGER,
    to_agent_id   INTEGER,
    told          INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX reminders_once ON reminders (lead_id, step);
CREATE INDEX reminders_at ON reminders (at);
CREATE INDEX reminders_untold ON reminders (id) WHERE NOT told;

-- E-mails on their way. What one says is made when it is sent.
CREATE TABLE mails (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id INTEGER NOT NULL REFERENCES workspaces,
    user_id      INTEGER NOT NULL REFERENCES users,
    -- digest, reminder.
    kind         TEXT    NOT NULL,
    -- The digest; of a reminder the agent, whose reminders of one moment are one e-mail.
    subject      INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    -- pending, sent, failed, dropped.
    state        TEXT    NOT NULL DEFAULT 'pending',
    -- Next attempt of what is pending; a claim moves it to the end of its lease.
    due          INTEGER NOT NULL,
    tries        INTEGER NOT NULL DEFAULT 0,
    reason       TEXT,
    settled_at   INTEGER
);
CREATE UNIQUE INDEX mails_once ON mails (workspace_id, user_id, kind, subject, at);
CREATE INDEX mails_due ON mails (due) WHERE state = 'pending';
CREATE INDEX mails_listed ON mails (workspace_id, id);
