-- Requests that came with an idempotency key: a repeat within a day is answered as the first was, and not done again.
CREATE TABLE keyed_requests (
    workspace_id INTEGER NOT NULL REFERENCES workspaces,
    -- SHA-256 of the key that was sent.
    key          BLOB    NOT NULL,
    -- SHA-256 of who asked for what: a key that is used for something else is refused.
    print        BLOB    NOT NULL,
    begun_at     INTEGER NOT NULL,
    -- Sealed, for it may hold what is shown once; NULL while it is under way, or was cut off.
    answer       BLOB,
    PRIMARY KEY (workspace_id, key)
);
CREATE INDEX keyed_requests_by_age ON keyed_requests (begun_at);
