-- How a visitor becomes a person: what is said of them, by which they are known, and leads that are one.
--
-- Only adds, so that servers of the version before go on beside newer ones: they write rows that stand for themselves.
-- That version refused a postgres:// address, so no table is large yet and indexes are made while nobody waits.

-- The number of the lead that stands for this one's person; NULL if it stands for itself. Always the last one of a chain, so
-- that the click path finds the owner with the row that it reads anyway.
ALTER TABLE leads ADD COLUMN merged_into BIGINT;
-- While others are merged into it: what this lead itself says, as JSON. Its columns then hold what is shown of all, so that
-- lists, searches and sums need not know of merges. NULL for a lead that stands alone: its columns are its own.
ALTER TABLE leads ADD COLUMN own TEXT;
-- When its name was given: of names that are equal in strength the latest is shown.
ALTER TABLE leads ADD COLUMN name_at BIGINT;
CREATE INDEX leads_merged ON leads (workspace_id, merged_into) WHERE merged_into IS NOT NULL;
-- `first_click` and `rotator_id` are 0 for a lead that no click made.

-- The edges. `survivor` is the lead that it was merged into at the time, which may have been merged into another since, so
-- that taking apart finds everything where it was. A row whose merge was undone stays: what a person has taken apart, no
-- form puts together again.
CREATE TABLE merges (
    workspace_id BIGINT NOT NULL,
    -- Ordered by time.
    id           BIGINT NOT NULL,
    -- Numbers of leads.
    merged       BIGINT NOT NULL,
    survivor     BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    by           TEXT   NOT NULL,
    -- phone, email, whatsapp: the identifier that both have. hand: somebody said so.
    why          TEXT   NOT NULL,
    -- What the survivor said before and after the submission that merged them, as JSON: undone with it.
    before       TEXT,
    after        TEXT,
    -- The agent whom the survivor, who had none, has from the merged lead.
    lent_agent   BIGINT,
    undone_at    BIGINT,
    undone_by    TEXT,
    PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX merges_of ON merges (workspace_id, merged) WHERE undone_at IS NULL;
CREATE INDEX merges_into ON merges (workspace_id, survivor);
CREATE INDEX merges_undone ON merges (workspace_id, merged, survivor) WHERE undone_at IS NOT NULL;

-- By what a person is known. One person has several; none has two persons.
CREATE TABLE identifiers (
    workspace_id BIGINT NOT NULL,
    -- phone (E.164 digits), email (lower-cased), whatsapp (the id that WhatsApp has for them).
    kind         TEXT   NOT NULL,
    value        TEXT   NOT NULL,
    -- Of the row that it was given to, merged or not.
    number       BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    by           TEXT   NOT NULL,
    -- The merge that came with the submission that gave it: undone with it.
    merge_id     BIGINT,
    PRIMARY KEY (workspace_id, kind, value)
);
CREATE INDEX identifiers_by_lead ON identifiers (workspace_id, number);
INSERT INTO identifiers
SELECT workspace_id, 'phone', phone, number, created_at, 'upgrade', NULL FROM leads
WHERE phone IS NOT NULL AND removed_at IS NULL ORDER BY workspace_id, number ON CONFLICT DO NOTHING;
INSERT INTO identifiers
SELECT workspace_id, 'email', email, number, created_at, 'upgrade', NULL FROM leads
WHERE email IS NOT NULL AND removed_at IS NULL ORDER BY workspace_id, number ON CONFLICT DO NOTHING;

-- What forms, messages, imports and CS said of people, as it was said.
CREATE TABLE submissions (
    workspace_id BIGINT NOT NULL,
    -- Ordered by time.
    id           BIGINT NOT NULL,
    number       BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    -- form:3, page:7, whatsapp, import:user:1, link:4.
    by           TEXT   NOT NULL,
    -- {"name", "phone", "email", "whatsapp", "fields", "consent", "touch", …} as JSON.
    said         TEXT   NOT NULL,
    -- Key of what must not be taken twice; NULL where a repetition is a new word.
    once         BYTEA,
    merge_id     BIGINT,
    PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX submissions_once ON submissions (workspace_id, once) WHERE once IS NOT NULL;
CREATE INDEX submissions_by_lead ON submissions (workspace_id, number, id);

-- The funnel's indexes again, without the leads that another stands for.
DROP INDEX leads_worked;
CREATE INDEX leads_worked ON leads (workspace_id, created_at)
    INCLUDE (rotator_id, agent_id, status, currency, value)
    WHERE removed_at IS NULL AND merged_into IS NULL AND (status IS NOT NULL OR value IS NOT NULL);
DROP INDEX leads_removed;
CREATE INDEX leads_gone ON leads (workspace_id, created_at, rotator_id)
    WHERE removed_at IS NOT NULL OR merged_into IS NOT NULL;
-- Leads that no click made: the counters do not know of them.
CREATE INDEX leads_added ON leads (workspace_id, created_at, rotator_id) WHERE first_click = 0;
