-- How a visitor becomes a person: what is said of them, by which they are known, and leads that are one.

-- The lead that stands for this one's person; NULL if it stands for itself. Always the last one of a chain, so that the
-- click path finds the owner with the row that it reads anyway.
ALTER TABLE leads ADD COLUMN merged_into INTEGER;
-- While others are merged into it: what this lead itself says, as JSON. Its columns then hold what is shown of all, so that
-- lists, searches and sums need not know of merges. NULL for a lead that stands alone: its columns are its own.
ALTER TABLE leads ADD COLUMN own TEXT;
-- When its name was given: of names that are equal in strength the latest is shown.
ALTER TABLE leads ADD COLUMN name_at INTEGER;
CREATE INDEX leads_merged ON leads (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX leads_of_several ON leads (id) WHERE own IS NOT NULL;
-- `first_click` and `rotator_id` are 0 for a lead that no click made.

-- The edges. `survivor` is the lead that it was merged into at the time, which may have been merged into another since, so
-- that taking apart finds everything where it was. A row whose merge was undone stays: what a person has taken apart, no
-- form puts together again.
CREATE TABLE merges (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    merged    INTEGER NOT NULL,
    survivor  INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    by        TEXT    NOT NULL,
    -- phone, email, whatsapp: the identifier that both have. hand: somebody said so.
    why       TEXT    NOT NULL,
    -- What the survivor said before and after the submission that merged them, as JSON: undone with it.
    before    TEXT,
    after     TEXT,
    -- The agent whom the survivor, who had none, has from the merged lead.
    lent_agent INTEGER,
    undone_at INTEGER,
    undone_by TEXT
);
CREATE UNIQUE INDEX merges_of ON merges (merged) WHERE undone_at IS NULL;
CREATE INDEX merges_into ON merges (survivor);
CREATE INDEX merges_undone ON merges (merged, survivor) WHERE undone_at IS NOT NULL;

-- By what a person is known. One person has several; none has two persons.
CREATE TABLE identifiers (
    workspace_id INTEGER NOT NULL REFERENCES workspaces,
    -- phone (E.164 digits), email (lower-cased), whatsapp (the id that WhatsApp has for them).
    kind         TEXT    NOT NULL,
    value        TEXT    NOT NULL,
    -- The row that it was given to, merged or not.
    lead_id      INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    by           TEXT    NOT NULL,
    -- The merge that came with the submission that gave it: undone with it.
    merge_id     INTEGER,
    PRIMARY KEY (workspace_id, kind, value)
) WITHOUT ROWID;
CREATE INDEX identifiers_by_lead ON identifiers (lead_id);
INSERT OR IGNORE INTO identifiers
SELECT id >> 35, 'phone', phone, id, created_at, 'upgrade', NULL FROM leads
WHERE phone IS NOT NULL AND removed_at IS NULL ORDER BY id;
INSERT OR IGNORE INTO identifiers
SELECT id >> 35, 'email', email, id, created_at, 'upgrade', NULL FROM leads
WHERE email IS NOT NULL AND removed_at IS NULL ORDER BY id;

-- What forms, messages, imports and CS said of people, as it was said.
CREATE TABLE submissions (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id INTEGER NOT NULL REFERENCES workspaces,
    lead_id      INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    -- form:3, page:7, whatsapp, import:user:1, link:4.
    by           TEXT    NOT NULL,
    -- {"name", "phone", "email", "whatsapp", "fields", "consent", "touch", …} as JSON.
    said         TEXT    NOT NULL,
    -- Key of what must not be taken twice; NULL where a repetition is a new word.
    once         BLOB,
    merge_id     INTEGER
);
CREATE UNIQUE INDEX submissions_once ON submissions (workspace_id, once) WHERE once IS NOT NULL;
CREATE INDEX submissions_by_lead ON submissions (lead_id, id);

-- The funnel's indexes again, without the leads that another stands for.
DROP INDEX leads_worked;
DROP INDEX leads_removed;
CREATE INDEX leads_worked
    ON leads ((id >> 35), created_at, rotator_id, agent_id, status, currency, value, removed_at, merged_into)
    WHERE removed_at IS NULL AND merged_into IS NULL AND (status IS NOT NULL OR value IS NOT NULL);
CREATE INDEX leads_gone ON leads ((id >> 35), created_at, rotator_id, removed_at, merged_into)
    WHERE removed_at IS NOT NULL OR merged_into IS NOT NULL;
-- Leads that no click made: the counters do not know of them.
CREATE INDEX leads_added ON leads ((id >> 35), created_at, rotator_id, first_click) WHERE first_click = 0;
