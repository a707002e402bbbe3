-- People who sign in: their sessions, the links that invite them, and who changed what.

-- Money is shown in this currency; NULL is the country's.
ALTER TABLE workspaces ADD COLUMN currency TEXT;
ALTER TABLE workspaces ADD COLUMN privacy_mode TEXT NOT NULL DEFAULT 'off' CHECK (privacy_mode IN ('off', 'strict'));

-- The dashboard's language, such as 'id'; NULL is the browser's. A user who was invited and has not chosen a password
-- yet has an empty password_hash, which fits no password.
ALTER TABLE users ADD COLUMN language TEXT;

-- Whether they accepted the invitation. Until then they are nobody in that workspace.
ALTER TABLE memberships ADD COLUMN joined INTEGER NOT NULL DEFAULT 1;

-- One row a browser that is signed in; a session that ends loses its row.
CREATE TABLE sessions (
    -- An id is never used again: who revokes one from a list that is old must not hit another.
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    -- SHA-256 of the token in the cookie.
    token_hash   BLOB    NOT NULL UNIQUE,
    user_id      INTEGER NOT NULL REFERENCES users,
    -- The one that they are looking at.
    workspace_id INTEGER NOT NULL REFERENCES workspaces,
    created_at   INTEGER NOT NULL,
    -- To the hour.
    seen_at      INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    -- Of the sign-in, so that people recognise their own in the list.
    user_agent   TEXT    NOT NULL,
    address      TEXT    NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);

-- An open invitation; the newest of a person in a workspace is the one that counts.
CREATE TABLE invitations (
    workspace_id INTEGER NOT NULL REFERENCES workspaces,
    user_id      INTEGER NOT NULL REFERENCES users,
    -- SHA-256 of the token in the link.
    token_hash   BLOB    NOT NULL UNIQUE,
    expires_at   INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, user_id)
) WITHOUT ROWID;

-- Changes made through the API: who did what to what. Appended, never changed.
CREATE TABLE audit (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    at           INTEGER NOT NULL,
    workspace_id INTEGER NOT NULL REFERENCES workspaces,
    -- user:3, key:1.
    who          TEXT    NOT NULL,
    -- PATCH /agents/{id}.
    what         TEXT    NOT NULL,
    -- /agents/7.
    object       TEXT    NOT NULL
);
CREATE INDEX audit_by_workspace ON audit (workspace_id, id);
