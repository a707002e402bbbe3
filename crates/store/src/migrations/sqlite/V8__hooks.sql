-- Form hooks: where form tools post what people filled in.
CREATE TABLE forms (
    -- Random, so that the secret can be sealed for it before the row exists.
    id               INTEGER PRIMARY KEY,
    workspace_id     INTEGER NOT NULL REFERENCES workspaces,
    name             TEXT    NOT NULL,
    -- In the address that the tool posts to: whoever knows it may post.
    token            TEXT    NOT NULL UNIQUE,
    -- Sealed; NULL: posts need no signature.
    secret           BLOB,
    -- {"name": "path", …}; NULL before the first payload.
    mapping          TEXT,
    -- Guessed from payloads, and filled up by further ones; what somebody has set is left alone.
    guessed          INTEGER NOT NULL,
    -- Where a browser is sent that posted the form itself; NULL: a page of ours.
    redirect         TEXT,
    active           INTEGER NOT NULL,
    -- [{"path", "label", "value"}] of the last payload, with hints of its answers.
    sample           TEXT,
    received         INTEGER NOT NULL DEFAULT 0,
    refused          INTEGER NOT NULL DEFAULT 0,
    last_received_at INTEGER,
    created_at       INTEGER NOT NULL,
    removed_at       INTEGER
);
CREATE INDEX forms_by_workspace ON forms (workspace_id, created_at);

-- What became of the latest posts of a form. Of one that was refused nothing but the reason is kept.
CREATE TABLE form_posts (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    form_id INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    -- done, repeated, refused.
    state   TEXT    NOT NULL,
    -- Why it was refused; else remarks, with commas in between.
    reason  TEXT    NOT NULL,
    lead_id INTEGER,
    -- Refusals for one reason within a minute are one row.
    count   INTEGER NOT NULL
);
CREATE INDEX form_posts_by_form ON form_posts (form_id, id);

-- A workspace's number at WhatsApp's Cloud API.
CREATE TABLE whatsapp (
    workspace_id     INTEGER PRIMARY KEY REFERENCES workspaces,
    -- In the address that Meta posts to.
    token            TEXT    NOT NULL UNIQUE,
    phone_number_id  TEXT    NOT NULL,
    -- Both sealed.
    app_secret       BLOB,
    verify_token     BLOB,
    -- What came: messages, notices of ours, other things, and what was refused.
    messages         INTEGER NOT NULL DEFAULT 0,
    statuses         INTEGER NOT NULL DEFAULT 0,
    others           INTEGER NOT NULL DEFAULT 0,
    refused          INTEGER NOT NULL DEFAULT 0,
    last_received_at INTEGER,
    created_at       INTEGER NOT NULL
);
