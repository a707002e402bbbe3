-- What must never be lost: configuration, leads, clicks, turns. Times are unix milliseconds, ids integers.

CREATE TABLE installation (
    id              INTEGER PRIMARY KEY CHECK (id = 1),
    -- Keys fingerprints of requests and click IDs.
    fingerprint_key BLOB    NOT NULL,
    created_at      INTEGER NOT NULL
);

-- Salts from which the secret key makes the keys that sign visitor cookies. The newest signs, all recognise.
CREATE TABLE signing_keys (
    id         INTEGER PRIMARY KEY,
    salt       BLOB    NOT NULL,
    created_at INTEGER NOT NULL
);

CREATE TABLE workspaces (
    id          INTEGER PRIMARY KEY,
    name        TEXT    NOT NULL,
    country     TEXT    NOT NULL,
    time_zone   TEXT    NOT NULL,
    -- Key of the visitor codes' permutation; never changed.
    code_key    BLOB    NOT NULL,
    -- First visitor number that no block has reserved yet. Number 0 is nobody: its code stands in redirects that
    -- are not counted.
    next_number INTEGER NOT NULL DEFAULT 1,
    created_at  INTEGER NOT NULL
);

CREATE TABLE users (
    id            INTEGER PRIMARY KEY,
    email         TEXT    NOT NULL UNIQUE,
    password_hash TEXT    NOT NULL,
    created_at    INTEGER NOT NULL
);

CREATE TABLE memberships (
    workspace_id INTEGER NOT NULL REFERENCES workspaces,
    user_id      INTEGER NOT NULL REFERENCES users,
    role         TEXT    NOT NULL CHECK (role IN ('owner', 'admin', 'agent')),
    agent_id     INTEGER,
    PRIMARY KEY (workspace_id, user_id)
) WITHOUT ROWID;

CREATE TABLE api_keys (
    id           INTEGER PRIMARY KEY,
    workspace_id INTEGER NOT NULL REFERENCES workspaces,
    name         TEXT    NOT NULL,
    -- SHA-256 of the key: the key itself is shown once and kept nowhere.
    key_hash     BLOB    NOT NULL UNIQUE,
    scopes       TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    revoked_at   INTEGER
);

CREATE TABLE hosts (
    host         TEXT    PRIMARY KEY,
    workspace_id INTEGER NOT NULL REFERENCES workspaces,
    created_at   INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE agents (
    id           INTEGER PRIMARY KEY,
    workspace_id INTEGER NOT NULL REFERENCES workspaces,
    name         TEXT    NOT NULL,
    phone        TEXT    NOT NULL,
    active       INTEGER NOT NULL DEFAULT 1,
    paused_until INTEGER,
    hours        TEXT,
    time_zone    TEXT,
    daily_cap    INTEGER,
    created_at   INTEGER NOT NULL,
    removed_at   INTEGER
);
CREATE INDEX agents_by_workspace ON agents (workspace_id);

CREATE TABLE rotators (
    id             INTEGER PRIMARY KEY,
    workspace_id   INTEGER NOT NULL REFERENCES workspaces,
    slug           TEXT    NOT NULL,
    name           TEXT    NOT NULL,
    mode           TEXT    NOT NULL CHECK (mode IN ('redirect', 'page')),
    message        TEXT    NOT NULL,
    target         TEXT    NOT NULL CHECK (target IN ('wa.me', 'api')),
    -- A phone number's digits or an https address.
    fallback       TEXT,
    page           TEXT,
    -- [{"agent_id": 1, "weight": 1}, …] in the order that breaks ties.
    agents         TEXT    NOT NULL,
    on_public_host INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    removed_at     INTEGER
);
CREATE UNIQUE INDEX rotators_by_slug ON rotators (workspace_id, slug) WHERE removed_at IS NULL;
CREATE UNIQUE INDEX rotators_on_public_host ON rotators (slug) WHERE on_public_host AND removed_at IS NULL;

-- The key of a lead is its workspace (high bits) and the number of its first visitor (low 35 bits), so the
-- leads of a workspace lie together in the order of their arrival. A row is born with the first nine columns.
CREATE TABLE leads (
    id           INTEGER PRIMARY KEY,
    first_click  INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    rotator_id   INTEGER NOT NULL,
    agent_id     INTEGER,
    -- Bit 1: came by a shared link. Bit 2: the owner was set by hand.
    flags        INTEGER NOT NULL,
    -- Of the first touch: what the list is filtered by. The whole touch is in the first click.
    platform     TEXT,
    source       TEXT,
    campaign     TEXT,
    -- Owners at other rotators and substitutes, by rotator: {"7": {"agent": 2, "substitute": 3}}.
    stands       TEXT,
    name         TEXT,
    name_source  TEXT,
    status       TEXT,
    phone        TEXT,
    email        TEXT,
    value        INTEGER,
    currency     TEXT,
    notes        TEXT,
    removed_at   INTEGER
);
CREATE INDEX leads_by_name ON leads (name COLLATE NOCASE, id) WHERE name IS NOT NULL;
CREATE INDEX leads_by_phone ON leads (phone, id) WHERE phone IS NOT NULL;
CREATE INDEX leads_by_email ON leads (email, id) WHERE email IS NOT NULL;
CREATE INDEX leads_by_status ON leads (status, id) WHERE status IS NOT NULL;

-- Who changed what of a lead, when: the part of the timeline that is not clicks.
CREATE TABLE lead_changes (
    id       INTEGER PRIMARY KEY,
    lead_id  INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    field    TEXT    NOT NULL,
    old      TEXT,
    new      TEXT,
    by       TEXT    NOT NULL
);
CREATE INDEX lead_changes_by_lead ON lead_changes (lead_id, id);

-- Visitors that were erased: their cookies make new visitors.
CREATE TABLE erased (
    lead_id INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL
);

-- The log: one appended row a click, under a time-ordered key, never updated on the click path. `facts` is JSON.
CREATE TABLE clicks (
    id         INTEGER PRIMARY KEY,
    at         INTEGER NOT NULL,
    lead_id    INTEGER NOT NULL,
    rotator_id INTEGER NOT NULL,
    agent_id   INTEGER,
    facts      TEXT    NOT NULL
);

-- Each rotator's credits, stored in the transaction of the lead that moved them.
CREATE TABLE rotations (
    rotator_id INTEGER PRIMARY KEY,
    state      TEXT    NOT NULL
);

-- The rotation ledger: what a day's turns owed each agent and gave them.
CREATE TABLE turns (
    rotator_id INTEGER NOT NULL,
    day        INTEGER NOT NULL,
    agent_id   INTEGER NOT NULL,
    given      INTEGER NOT NULL,
    due        REAL    NOT NULL,
    PRIMARY KEY (rotator_id, day, agent_id)
) WITHOUT ROWID;
