-- What was taught: whose user agent or network is a person's although the patterns say otherwise.
CREATE TABLE screening_rules (
    id           INTEGER PRIMARY KEY,
    workspace_id INTEGER NOT NULL REFERENCES workspaces,
    kind         TEXT    NOT NULL CHECK (kind IN ('user_agent', 'network')),
    value        TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    -- user:1, key:3
    created_by   TEXT    NOT NULL
);
CREATE UNIQUE INDEX screening_rules_by_value ON screening_rules (workspace_id, kind, value);
