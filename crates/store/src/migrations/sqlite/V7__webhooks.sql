-- Other programs that are told of what happens.
CREATE TABLE webhooks (
    -- Random, so that its secret can be sealed for it before the row exists.
    id              INTEGER PRIMARY KEY,
    workspace_id    INTEGER NOT NULL REFERENCES workspaces,
    url             TEXT    NOT NULL,
    -- ["lead.created", …].
    events          TEXT    NOT NULL,
    active          INTEGER NOT NULL,
    -- Sealed; the key is not in the database.
    secret          BLOB    NOT NULL,
    -- The one before a rotation: messages are signed with it too until then.
    previous_secret BLOB,
    previous_until  INTEGER,
    -- Since when no attempt has succeeded.
    failing_since   INTEGER,
    -- Since when it is given up, until somebody switches it on again.
    disabled_at     INTEGER,
    created_at      INTEGER NOT NULL,
    -- A removed one keeps its row until its messages are forgotten.
    removed_at      INTEGER
);
CREATE INDEX webhooks_by_workspace ON webhooks (workspace_id, created_at);

-- Agents who were switched off, paused or removed while rotators gave them leads: a log that the fold reads behind a
-- watermark, written with the change itself. An id never comes back.
CREATE TABLE agent_absences (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace_id INTEGER NOT NULL REFERENCES workspaces,
    agent_id     INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    -- switched_off, paused, removed.
    why          TEXT    NOT NULL,
    -- [{"id": 7, "slug": "promo", "name": "Promo", "available": 0}]: where they got leads, and how many agents were left.
    rotators     TEXT    NOT NULL
);
