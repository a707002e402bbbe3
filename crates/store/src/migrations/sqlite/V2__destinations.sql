-- Connections to ad platforms.
CREATE TABLE destinations (
    -- Random, so that credentials can be sealed for it before the row exists.
    id           INTEGER PRIMARY KEY,
    workspace_id INTEGER NOT NULL REFERENCES workspaces,
    platform     TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    -- JSON.
    settings     TEXT    NOT NULL,
    -- Sealed; the key is not in the database.
    credentials  BLOB    NOT NULL,
    -- {"qualified": "Lead", "won": "Purchase"}.
    mapping      TEXT    NOT NULL,
    -- What holds for visitors who said nothing: granted, denied, unspecified.
    consent      TEXT    NOT NULL,
    active       INTEGER NOT NULL,
    -- While it is held: what it waits for (auth, config), the platform's code and words, since when.
    hold         TEXT,
    hold_code    TEXT,
    hold_reason  TEXT,
    hold_since   INTEGER,
    created_at   INTEGER NOT NULL,
    -- A removed one keeps its row, for the deliveries that name it.
    removed_at   INTEGER
);
CREATE INDEX destinations_by_workspace ON destinations (workspace_id, created_at);

-- What somebody should look at. An alert that is over keeps its row.
CREATE TABLE alerts (
    id           INTEGER PRIMARY KEY,
    workspace_id INTEGER NOT NULL REFERENCES workspaces,
    -- destination_held, destination_silent.
    kind         TEXT    NOT NULL,
    -- The destination.
    subject      INTEGER NOT NULL,
    message      TEXT    NOT NULL,
    since        INTEGER NOT NULL,
    until        INTEGER
);
CREATE UNIQUE INDEX alerts_open ON alerts (workspace_id, kind, subject) WHERE until IS NULL;

-- The fold now reads changes of status behind a watermark. So an id must never come back: without AUTOINCREMENT the
-- next change after an erased one would get its id, and be taken for folded.
ALTER TABLE lead_changes RENAME TO lead_changes_before;
CREATE TABLE lead_changes (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    lead_id  INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    field    TEXT    NOT NULL,
    old      TEXT,
    new      TEXT,
    by       TEXT    NOT NULL
);
INSERT INTO lead_changes SELECT * FROM lead_changes_before;
DROP TABLE lead_changes_before;
CREATE INDEX lead_changes_by_lead ON lead_changes (lead_id, id);
